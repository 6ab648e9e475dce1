#include "runtime/processor.h"

#include <cstdio>

#include "kernel/base/ensure.h"
#include "runtime/box.h"
#include "runtime/node.h"
#include "runtime/packing.h"
#include "runtime/drivers/write_buffer.h"
#include "runtime/nucleus_peer.h"
#include "runtime/replay.h"
#include "runtime/session_state.h"

namespace m31::runtime {

namespace {
#ifdef M31_TORMENT
constexpr bool is_tormented = true;
constexpr std::int64_t slice_fuel = 1;
#else
constexpr bool is_tormented = false;
constexpr std::int64_t slice_fuel = 50'000;      // some 100 µs: the unit of fairness, of sharing and of Ctrl-C
#endif
constexpr unsigned batch_fibrils = 64;           // between two looks at rings, letters and the clock
constexpr std::uint64_t long_run_ns = 10'000;    // a fibril that runs this long at a time is worth moving
constexpr unsigned looks_before_sleep = 400;     // some tens of µs
}  // namespace

FibrilExtra::FibrilExtra() = default;
FibrilExtra::~FibrilExtra() = default;

std::uint64_t child_id(std::uint64_t parent, std::uint32_t number) {
  // splitmix64's finaliser over both: a re-run of the parent names the same children.
  std::uint64_t x = parent + 0x9e3779b97f4a7c15u * (std::uint64_t{number} + 1);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  x ^= x >> 31;
  return x ? x : 1;
}

Processor::Processor(Node& node, std::uint16_t index, bool takes_work)
    : node_(node), index_(index), takes_work_(takes_work), traces_(node.traces("fibril")), mailbox_(sleeper_), host_(*this), replay_host_(*this, host_), records_(node.slabs()), channels_(node.slabs()) {}

// One line for each step in a fibril's life:  fibril: processor 0: work#1f2e spawned by main#03a1
void Processor::trace(const FibrilRecord& fibril, std::string_view what, const FibrilRecord* other) const {
  std::string line = "fibril: processor " + std::to_string(index_) + ": " + name_of(fibril) + " " + std::string(what);
  if (other) line += " " + name_of(*other);
  std::fprintf(stderr, "%s\n", line.c_str());
}

Processor::~Processor() {
  for (auto& road : roads_in_) delete road.load(std::memory_order_relaxed);
}

// ------------------------------------------------------------------------------------------ driving

void Processor::turn() {
  called_.store(false, std::memory_order_relaxed);
  if (!mailbox_.empty())
    for (Mailbox::Letter& letter : mailbox_.take()) letter();
  receive_parcels();
  now_ns_ = monotonic_ns();
  run_timers();
  if (queue_.empty()) return;
  unsigned ran = 0;
  slice_used_up_ = false;
  while (ran < batch_fibrils && !slice_used_up_) {
    FibrilRecord* fibril = queue_.pop();
    if (!fibril) break;
    ++ran;
    if (fibril->is_heavy) {
      fibril->is_heavy = false;
      --heavy_;
    }
    run_one(*fibril);
  }
  const std::uint64_t before_ns = now_ns_;
  now_ns_ = monotonic_ns();
  if (!slice_used_up_) turns_are_long_ = now_ns_ - before_ns > ran * long_run_ns;
  update_surplus();
}

bool Processor::is_idle() const {
  if (!queue_.empty() || !mailbox_.empty() || called_.load(std::memory_order_seq_cst)) return false;
  for (std::uint16_t i = 0; i < node_.processor_count(); ++i) {
    const ParcelRing* road = roads_in_[i].load(std::memory_order_acquire);
    if (road && !road->empty()) return false;
  }
  return true;
}

void Processor::rest(std::uint64_t deadline_ns_max) {
  if (!is_idle()) return;
  update_surplus();
  if (holds_back_) return;                       // a full ring: its reader is at work, so look again soon
  if (node_.others_are_awake(index_)) {
    look_for_work();
    for (unsigned i = 0; i < looks_before_sleep; ++i) {
      if (!is_idle()) return;
      __builtin_ia32_pause();
    }
  }
  std::uint64_t deadline_ns = timers_.next_deadline_ns();
  if (deadline_ns_max && (!deadline_ns || deadline_ns_max < deadline_ns)) deadline_ns = deadline_ns_max;
  sleeper_.prepare();
  if (is_idle() && !node_.is_stopping())
    sleeper_.sleep(deadline_ns);
  else
    sleeper_.cancel();
}

void Processor::run_timers() {
  while (Timer* due = timers_.pop_due(now_ns_)) fire(*static_cast<FibrilRecord*>(due->owner));
}

void Processor::set_timer(FibrilRecord& fibril, std::uint64_t deadline_ns) {
  Timer& timer = fibril.extra().timer;
  timer.owner = &fibril;
  timers_.add(timer, deadline_ns);
}

void Processor::fire(FibrilRecord& fibril) {
  back_from_outside(fibril);
  if (fibril.state == FibrilState::selecting) {
    const std::uint16_t arm = fibril.extra().select->timer_arm;
    leave_select(fibril);
    resume_select(fibril, arm, 0, false);
  } else {
    ENSURE(fibril.state == FibrilState::sleeping, static_cast<std::uint64_t>(fibril.state));
    resume(fibril, vm::Slot{0});
  }
}

// ------------------------------------------------------------------------------- life of a fibril

SessionPart& Processor::part_of(SessionState& session) {
  for (auto& part : parts_)
    if (part->session == &session) return *part;
  // That of a session of which nothing is here any more will do.
  for (auto& part : parts_) {
    if (part->first || part->outside > 0) continue;
    part->session = &session;
    return *part;
  }
  parts_.push_back(std::make_unique<SessionPart>());
  parts_.back()->session = &session;
  return *parts_.back();
}

void Processor::forget_session(SessionState& session) {
  std::erase_if(parts_, [&](const std::unique_ptr<SessionPart>& part) {
    if (part->session != &session) return false;
    ENSURE(part->first == nullptr, part->outside);
    return true;
  });
}

void Processor::adopt(FibrilRecord& fibril, SessionState& session) {
  SessionPart& part = part_of(session);
  fibril.part = &part;
  fibril.previous = nullptr;
  fibril.next = part.first;
  if (part.first) part.first->previous = &fibril;
  part.first = &fibril;
  fibril.waiter.processor = index_;
}

void Processor::release(FibrilRecord& fibril) {
  if (fibril.next) fibril.next->previous = fibril.previous;
  (fibril.previous ? fibril.previous->next : fibril.part->first) = fibril.next;
  fibril.next = fibril.previous = nullptr;
}

FibrilRecord* Processor::make_record(vm::Fibril* vm, SessionState& session, const Cell* cell, std::uint64_t id) {
  FibrilRecord* fibril = records_.make();
  fibril->vm = vm;
  fibril->cell = cell;
  fibril->id = id;
  fibril->waiter.fibril = fibril;
  vm::set_host_data(*vm, fibril);
  adopt(*fibril, session);
  return fibril;
}

void Processor::make_runnable(FibrilRecord& fibril) {
  fibril.state = FibrilState::runnable;
  queue_.push(&fibril);
}

void Processor::run_one(FibrilRecord& fibril) {
  SessionState& session = *fibril.part->session;
  if (session.wants_dead(fibril)) [[unlikely]] {
    if (!(fibril.is_root && session.trouble)) return die(fibril);   // in trouble the root still has to say why
  }
  fibril.state = FibrilState::running;
  switch (fibril.box ? run_boxed(fibril) : run_leg(fibril)) {
    case vm::RunStatus::blocked:
      if (is_tormented && dies_here(fibril)) {
        fibril.is_restarting = true;
        kill(fibril);
        break;
      }
      ENSURE(fibril.state != FibrilState::running, fibril.id);
      if (error_to_raise_) raise_in(fibril, std::exchange(error_to_raise_, 0));
      if (leaving_) send_away(*std::exchange(leaving_, nullptr), *leaving_for_, true);
      break;
    case vm::RunStatus::yielded:
      slice_used_up_ = true;
      fibril.far_calls = 0;
      if (is_tormented && dies_here(fibril)) {
        restart(fibril);
        break;
      }
      if (!fibril.is_root) {
        fibril.is_heavy = true;
        ++heavy_;
      }
      make_runnable(fibril);
      break;
    case vm::RunStatus::done: finish(fibril, false); break;
    case vm::RunStatus::trapped: finish(fibril, true); break;
  }
}

vm::RunStatus Processor::run_leg(FibrilRecord& fibril) {
  if constexpr (!is_tormented) return vm::run(*fibril.vm, host_, slice_fuel);
  vm::Host* host = &host_;
  if (fibril.extra_ && fibril.extra_->log) host = &replay_host_;
  return run_elsewhere(fibril, *host, slice_fuel);
}

bool Processor::is_at_rest(SessionState& session, bool collect_first) {
  SessionPart& part = part_of(session);
  if (part.outside > 0 || !queue_.empty() || !mailbox_.empty()) return false;
  if (collect_first)
    for (FibrilRecord* fibril = part.first; fibril; fibril = fibril->next) vm::collect(vm::heap_of(*fibril->vm));
  return queue_.empty();
}

void Processor::answer_probe(Processor& from, SessionState& session, const Parcel& question) {
  const bool rests = is_at_rest(session, question.value == 1);
  post(from, {.kind = rests ? ParcelKind::at_rest : ParcelKind::busy, .number = question.number,
              .subject = &session, .value = sent_, .more = received_});
}

void Processor::wait_outside(FibrilRecord& fibril, FibrilState state) {
  fibril.state = state;
  ++fibril.part->outside;
}

void Processor::back_from_outside(FibrilRecord& fibril) { --fibril.part->outside; }

std::shared_ptr<PendingCall> Processor::open_call(FibrilRecord& fibril, FibrilState state) {
  wait_outside(fibril, state);
  auto call = std::make_shared<PendingCall>();
  call->processor = this;
  call->fibril = &fibril;
  fibril.extra().call = call;
  return call;
}

FibrilRecord* Processor::close_call(PendingCall& call) {
  FibrilRecord* fibril = call.fibril;
  if (!fibril) return nullptr;
  call.fibril = nullptr;
  fibril->extra().call.reset();
  back_from_outside(*fibril);
  return fibril;
}

void Processor::on_reply(PendingCall& call, const Reply& reply) {
  FibrilRecord* fibril = close_call(call);
  if (!fibril) return;
  if (reply)
    resume(*fibril, *reply);
  else
    resume_error(*fibril, reply.error().kind, reply.error().message, reply.error().code);
}

// After the last instruction: what is buffered goes out, the result or the error is sent, the ends are dropped.
void Processor::finish(FibrilRecord& fibril, bool failed) {
  SessionState& session = *fibril.part->session;
  if (traces_) trace(fibril, failed ? "failed" : "ended");
  fibril.failed = failed;
  if (!session.trouble && flush_at_end(fibril)) return;   // comes back when the verdict is in
  if (fibril.is_root) {
    fibril.state = FibrilState::ending;
    session.root_state = failed ? SessionState::Root::trapped : SessionState::Root::done;
    return;
  }
  tell_parent(fibril, failed);
  bury(fibril);
}

void Processor::tell_parent(FibrilRecord& fibril, bool failed) {
  if (!fibril.out) return;
  vm::Heap& heap = vm::heap_of(*fibril.vm);
  Channel& out = *fibril.out;
  if (failed) {
    last_word(out, pack(heap, vm::error(*fibril.vm), true), true, true);
    return;
  }
  const types::Type* type = fibril.instance->result;
  if (type->kind == types::TypeKind::none || type->kind == types::TypeKind::never) return;
  vm::Slot value = vm::result(*fibril.vm);
  const bool is_boxed = type->kind == types::TypeKind::any || type->kind == types::TypeKind::union_;
  if (is_boxed && value == 0) return;            // None is not sent
  // A channel that carries more than the result's type carries boxes.
  if (fibril.instance->out != type && !is_boxed) value = vm::make_box(heap, type->id, value, type->is_ref);
  const bool is_reference = out.carries_references();
  last_word(out, pack(heap, value, is_reference), false, is_reference);
}

void Processor::bury(FibrilRecord& fibril) {
  SessionState& session = *fibril.part->session;
  ENSURE(!fibril.waiter.is_linked(), fibril.id);
  vm::destroy(fibril.vm);                        // drops every end it held
  leave_box(fibril);
  if (fibril.out) fibril.out->sender_end.drop();
  if (fibril.in) fibril.in->receiver_end.drop();
  release(fibril);
  records_.destroy(&fibril);
  Processor* home = session.home;                // the session may be gone once its last fibril is
  if (session.fibrils.fetch_sub(1, std::memory_order_acq_rel) == 1 && home != this) home->call();
}

// The root of a cell is kept: its session reads what it leaves behind.
void Processor::die(FibrilRecord& fibril) {
  if (fibril.is_restarting) return restart(fibril);
  if (fibril.box && fibril.box->over() && !fibril.part->session->wants_dead(fibril)) return make_runnable(fibril);   // it says why
  if (!fibril.is_root) return bury(fibril);
  SessionState& session = *fibril.part->session;
  if (session.trouble) {
    vm::kill(*fibril.vm, session.trouble->kind, session.trouble->message);
    make_runnable(fibril);
  } else {
    fibril.state = FibrilState::ending;
    session.root_state = SessionState::Root::interrupted;
  }
}

void Processor::forget_root(FibrilRecord& fibril) {
  ENSURE(fibril.is_root && fibril.state == FibrilState::ending, fibril.id);
  fibril.part->session->fibrils.fetch_sub(1, std::memory_order_acq_rel);
  leave_box(fibril);
  release(fibril);
  records_.destroy(&fibril);
}

void Processor::kill(FibrilRecord& fibril) {
  switch (fibril.state) {
    case FibrilState::running:
    case FibrilState::runnable: return;          // dies when its turn comes
    case FibrilState::at_channel:
      if (fibril.dying != FibrilRecord::Dying::no) return;
      // Who looks at a waiter owns it: the home first.
      if (fibril.waiter.channel->home() == this && fibril.waiter.is_linked()) {
        fibril.waiter.channel->withdraw(fibril.waiter);
        if (fibril.waiter.sends) discard_packed(fibril.waiter.value, fibril.waiter.channel->carries_references());
        break;
      }
      // The waiter is lent out, or on its way. The withdrawal takes the road that it took.
      fibril.dying = FibrilRecord::Dying::waits_for_both;
      post(node_.processor(fibril.waiter.lent_to), {.kind = ParcelKind::withdraw, .subject = &fibril.waiter});
      return;
    case FibrilState::gathering: fibril.dying = FibrilRecord::Dying::waits_for_one; return;
    case FibrilState::selecting:
      if (fibril.extra().timer.is_set()) back_from_outside(fibril);
      leave_select(fibril);
      break;
    case FibrilState::sleeping:
      timers_.cancel(fibril.extra().timer);
      back_from_outside(fibril);
      break;
    case FibrilState::calling:
    case FibrilState::streaming:
    case FibrilState::flushing:
    case FibrilState::ending:
      if (!fibril.extra_ || !fibril.extra_->call) return;   // a root that has ended already
      node_.cancel_calls(fibril.id);
      close_call(*std::shared_ptr<PendingCall>(fibril.extra_->call));
      break;
  }
  die(fibril);
}

// One of the two things a dying fibril waits for has come: its waiter, or the word that the withdrawal was seen.
void Processor::came_back(FibrilRecord& fibril) {
  if (fibril.dying == FibrilRecord::Dying::waits_for_both) {
    fibril.dying = FibrilRecord::Dying::waits_for_one;
    return;
  }
  fibril.dying = FibrilRecord::Dying::no;
  die(fibril);
}

void Processor::kill_before(SessionState& session, std::uint32_t generation) {
  FibrilRecord* next = nullptr;
  for (FibrilRecord* fibril = part_of(session).first; fibril; fibril = next) {
    next = fibril->next;
    if (fibril->cell->generation < generation) kill(*fibril);
  }
}

}  // namespace m31::runtime
