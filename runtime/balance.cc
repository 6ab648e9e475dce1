// Sharing work by asking. A processor that has more than it can do shows a surplus, and wakes (or
// starts) a worker; a worker with nothing to do asks the processors that show one; who is asked gives half
// of what is worth moving. Worth moving is a fibril that used up its last slice of fuel, or any while each run
// takes long: two fibrils that only talk to each other stay together, where a message costs no atomic.
//
// Also here: fibrils that go to another processor because of their channels. A select works on channels of its own
// processor only, so one that names others goes to its session's home and has the channels brought there for
// good. Channels only ever move to a session's home, so this ends.
#include <string>

#include "kernel/base/ensure.h"
#include "runtime/node.h"
#include "runtime/processor.h"
#include "runtime/session_state.h"

namespace m31::runtime {

namespace {
constexpr std::size_t gift_fibrils_max = 64;
}

void Processor::update_surplus() {
  const bool surplus = queue_.size() >= 2 && (heavy_ > 0 || turns_are_long_);
  if (surplus != surplus_.load(std::memory_order_relaxed)) surplus_.store(surplus, std::memory_order_relaxed);
  if (surplus) node_.offer_work(*this);
}

void Processor::look_for_work() {
  if (asked_ || !takes_work_) return;
  const std::uint16_t count = node_.processor_count();
  for (std::uint16_t n = 0; n < count; ++n) {
    const std::uint16_t i = static_cast<std::uint16_t>((ask_next_ + n) % count);
    if (i == index_) continue;
    Processor& other = node_.processor(i);
    if (!other.has_surplus()) continue;
    asked_ = true;
    ask_next_ = static_cast<std::uint16_t>(i + 1);
    post(other, {.kind = ParcelKind::ask});
    return;
  }
}

void Processor::give_work(Processor& to) {
  std::size_t movable = turns_are_long_ ? queue_.size() : heavy_;
  if (queue_.size() < 2) movable = 0;
  std::size_t gift = (movable + 1) / 2;
  if (gift > gift_fibrils_max) gift = gift_fibrils_max;
  RunQueue kept;
  std::size_t given = 0;
  while (FibrilRecord* fibril = queue_.pop()) {
    const bool moves = given < gift && !fibril->is_root && (fibril->is_heavy || turns_are_long_) &&
                       !fibril->part->session->wants_dead(*fibril);
    if (!moves) {
      kept.push(fibril);
      continue;
    }
    ++given;
    send_away(*fibril, to, false);
  }
  queue_ = kept;
  if (given == 0) post(to, {.kind = ParcelKind::nothing});
}

void Processor::send_away(FibrilRecord& fibril, Processor& to, bool calls_again) {
  if (fibril.is_heavy) {
    fibril.is_heavy = false;
    --heavy_;
  }
  SessionState* session = fibril.part->session;
  if (traces_) trace(fibril, "moves to processor " + std::to_string(to.index_));
  release(fibril);
  fibril.part = nullptr;
  fibril.state = FibrilState::runnable;
  post(to, {.kind = ParcelKind::give, .number = calls_again, .subject = &fibril,
            .value = reinterpret_cast<std::uint64_t>(session)});
}

void Processor::take_in(FibrilRecord& fibril, SessionState& session, bool calls_again) {
  asked_ = false;
  adopt(fibril, session);
  if (calls_again) vm::retry(*fibril.vm);
  make_runnable(fibril);
}

void Processor::leave_for(FibrilRecord& fibril, Processor& to) {
  fibril.state = FibrilState::gathering;         // until `run` has returned
  leaving_ = &fibril;
  leaving_for_ = &to;
}

bool Processor::gather(FibrilRecord& fibril, Channel& channel) {
  if (channel.home() == this) return false;
  Processor& home = *fibril.part->session->home;
  if (&home != this) {
    leave_for(fibril, home);
    return true;
  }
  fibril.state = FibrilState::gathering;
  post(*static_cast<Processor*>(channel.home()),
       {.kind = ParcelKind::bring, .subject = &channel, .value = reinterpret_cast<std::uint64_t>(this),
        .more = reinterpret_cast<std::uint64_t>(&fibril)});
  return true;
}

void Processor::bring(Channel& channel, Processor& to, FibrilRecord& fibril) {
  if (&to == this) return gathered(fibril);      // it came with another fibril's select
  // Selects that wait at it here have to follow: each does its call again and finds the channel elsewhere.
  while (Waiter* arm = channel.find_select_arm()) {
    FibrilRecord& follower = *arm->fibril;
    if (follower.extra().timer.is_set()) back_from_outside(follower);
    leave_select(follower);
    resume_again(follower);
  }
  channel.move_to(&to);
  post(to, {.kind = ParcelKind::brought, .subject = &channel, .more = reinterpret_cast<std::uint64_t>(&fibril)});
}

void Processor::gathered(FibrilRecord& fibril) {
  if (fibril.dying != FibrilRecord::Dying::no) return came_back(fibril);
  resume_again(fibril);
}

}  // namespace m31::runtime
