// Session::eval, step by step: check the text → generate code → a root fibril with the globals it reads → drive
// this session's processor until the root has ended → stop what it left behind (a program) or let it be (a
// prompt) → tell value or error. Globals live on in the root fibril that last touched them.
#include "runtime/session.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <sys/random.h>
#include <thread>

#include "kernel/base/ensure.h"
#include "kernel/code/code.h"
#include "kernel/syntax/parser.h"
#include "kernel/types/program.h"
#include "runtime/drivers/fs.h"
#include "runtime/drivers/stored_driver.h"
#include "runtime/error_report.h"
#include "runtime/module_files.h"
#include "runtime/node.h"
#include "runtime/nucleus_peer.h"
#include "runtime/packing.h"
#include "runtime/progress_text.h"
#include "runtime/session_state.h"

namespace m31::runtime {

namespace {

constexpr std::uint64_t first_progress_ns = 500'000'000, progress_every_ns = 200'000'000;
constexpr std::uint64_t first_deadlock_look_ns = 1'000'000, last_deadlock_look_ns = 500'000'000;

// A root fibril that has ended, kept for the globals in its heap.
struct Holder {
  vm::Fibril* vm;
  explicit Holder(vm::Fibril* fibril) : vm(fibril) {}
  ~Holder() { vm::destroy(vm); }                 // on the session's processor
};

struct Global {
  const types::Type* type = nullptr;
  std::shared_ptr<Holder> holder;
};

// Code in the store is for who may use the store; one that cannot be read is none, and the import says so.
ModuleFiles::ReadStored stored_modules(Node& node, const SessionOptions& options) {
  if (std::ranges::find(options.capabilities, "fs") == options.capabilities.end()) return nullptr;
  return [&node](const std::string& path, std::size_t bytes_max) -> std::optional<std::string> {
    auto text = static_cast<StoredDriver*>(node.driver("stored"))->text_of(path, bytes_max);
    return text ? std::move(*text) : std::nullopt;
  };
}

class SessionImplementation final : public Session, private CodeSource {
 public:
  SessionImplementation(std::shared_ptr<Node> node, SessionOptions options)
      : node_(std::move(node)), options_(std::move(options)), module_files_(stored_modules(*node_, options_)) {
    state_.node = node_.get();
    state_.code = this;
    state_.home = node_->claim_processor();
    state_.fibrils_max = node_->options().fibrils_max;
    state_.stdin_fd = options_.stdin_fd;
    std::uint64_t random[2] = {};
    if (getrandom(random, sizeof random, 0) != sizeof random) random[0] = monotonic_ns();
    state_.incarnation_high = random[0];
    state_.incarnation_low = random[1];
    std::sort(options_.capabilities.begin(), options_.capabilities.end());
  }

  ~SessionImplementation() override {
    if (!state_.home) return;
    if (understudy_.joinable()) {
      ending_.store(true);
      take_stage();
      leave_stage();
      understudy_.join();
    }
    state_.home->enter();
    stop_all();
    globals_.clear();
    if (state_.stdin_stream) state_.stdin_stream->drop();
    // No fibril of ours will ever flush again.
    if (Driver* fs = node_->driver_if_made("fs")) static_cast<FsDriver*>(fs)->retire(state_.incarnation_high, state_.incarnation_low);
    state_.home->forget_session(state_);
    state_.home->leave();
    node_->give_back(*state_.home);
  }

  Outcome eval(std::string name, std::string source, const EventSink& sink) override;

  void interrupt() noexcept override {
    state_.interrupted.store(true);
    state_.oldest_alive.store(state_.generation.load() + 1);
    if (state_.home) state_.home->call();
  }

  std::vector<std::string> names() const override { return program_.names(); }
  std::optional<int> exit_status() const override { return exit_status_; }
  Dumped dump(std::string_view stage, std::string name, std::string source) override;

 private:
  std::string bundle(std::string_view identity) override;
  std::string listing(std::string_view name) override;
  const code::FnCode* find(std::string_view identity) override;
  const code::FnCode* generate(const core::FnInstance* instance);
  types::Environment environment() override;
  void take_stage();
  void leave_stage();
  void serve_between_cells();
  vm::Fibril* make_root(const types::Checked& checked);
  void run_root(vm::Fibril* vm, const types::Checked& checked);
  void drive_root();
  void tell_progress(std::uint64_t elapsed_ns);
  void look_for_deadlock();
  std::string who_waits();
  void stop_all();
  // A fibril of ours somewhere, or a parcel that names this session.
  bool has_something_out() const {
    return state_.fibrils.load(std::memory_order_acquire) > 0 || state_.parcels.load(std::memory_order_acquire) > 0 ||
           state_.quiescence.is_asking();
  }
  void keep_globals(const types::Checked& checked, std::shared_ptr<Holder> holder);

  const std::shared_ptr<Node> node_;
  SessionOptions options_;
  ModuleFiles module_files_;
  types::Program program_;
  code::Code code_;
  std::mutex code_mutex_;                        // other processors ask for code in torment builds
  SessionState state_;
  std::optional<int> exit_status_;
  std::map<std::string, Global, std::less<>> globals_;
  std::uint64_t deadlock_look_ns_ = 0;           // when to look next; 0: not idle now
  std::uint64_t deadlock_pause_ns_ = 0;

  // Who drives the processor: the thread in eval, or between cells, while fibrils are left, the understudy.
  std::mutex stage_;
  std::condition_variable stage_changed_;
  std::atomic<bool> eval_wants_stage_{false}, ending_{false};
  std::thread understudy_;
};

void SessionImplementation::take_stage() {
  eval_wants_stage_.store(true);
  state_.home->call();
  stage_.lock();
}

void SessionImplementation::leave_stage() {
  eval_wants_stage_.store(false);
  stage_.unlock();
  if (understudy_.joinable()) {
    stage_changed_.notify_one();
  } else if (options_.interactive && state_.fibrils.load() > 0 && !ending_.load()) {
    understudy_ = start_quiet_thread([this] { serve_between_cells(); });
  }
}

void SessionImplementation::serve_between_cells() {
  std::unique_lock lock(stage_);
  while (!ending_.load()) {
    if (eval_wants_stage_.load() || state_.fibrils.load() == 0) {
      stage_changed_.wait(lock);
      continue;
    }
    state_.home->enter();
    while (!eval_wants_stage_.load() && !ending_.load() && state_.fibrils.load() > 0) {
      state_.home->turn();
      if (eval_wants_stage_.load()) break;
      state_.home->rest();
    }
    state_.home->leave();
    // The lock is not fair: let the thread that asked have it.
    if (eval_wants_stage_.load()) stage_changed_.wait(lock);
  }
}

const code::FnCode* SessionImplementation::generate(const core::FnInstance* instance) {
  std::lock_guard lock(code_mutex_);
  return code_.generate(instance);
}

const code::FnCode* SessionImplementation::find(std::string_view identity) {
  std::lock_guard lock(code_mutex_);
  return code_.find(identity);
}

std::string SessionImplementation::bundle(std::string_view identity) {
  std::lock_guard lock(code_mutex_);
  const code::FnCode* code = code_.find(identity);
  return code ? program_.bundle(*code->instance) : std::string();
}

std::string SessionImplementation::listing(std::string_view name) {
  std::string all;
  for (const core::FnInstance* instance : program_.instances_named(name)) all += code::dump(*generate(instance));
  return all;
}

types::Environment SessionImplementation::environment() {
  types::Environment environment;
  environment.at_prompt = options_.interactive;
  environment.capabilities = options_.capabilities;
  environment.modules = &module_files_;
  // A program that does not name `fs` opens no store.
  environment.context = node_.get();
  environment.load_spaces = [](void* node) {
    std::vector<types::SpaceShape> shapes;
    auto* fs = static_cast<FsDriver*>(static_cast<Node*>(node)->driver("fs"));
    auto spaces = fs->spaces();
    if (!spaces) return shapes;                  // the first operation says why
    for (const store::Space& space : *spaces) {
      types::SpaceShape& shape = shapes.emplace_back();
      shape.name = space.name;
      shape.key = space.key.name;
      shape.key_type = space.key.type;
      for (const store::Attribute& attribute : space.attributes) {
        shape.attributes.push_back(attribute.name);
        shape.attribute_types.push_back(attribute.type);
      }
    }
    return shapes;
  };
  return environment;
}

Outcome SessionImplementation::eval(std::string name, std::string source, const EventSink& sink) {
  if (!state_.home) {
    sink({.kind = Event::Kind::error, .text = "too many sessions on one node"});
    sink({.kind = Event::Kind::done, .ok = false});
    return Outcome::failed;
  }
  const auto text = std::make_shared<const syntax::Source>(std::move(name), std::move(source));
  types::Checked checked = program_.check(text, environment());
  if (!checked.diagnostics.empty())
    sink({.kind = Event::Kind::diagnostics, .diagnostics = std::move(checked.diagnostics), .ok = checked.ok()});
  if (!checked.ok()) {
    sink({.kind = Event::Kind::done, .ok = false});
    return Outcome::ill_typed;
  }

  Processor& processor = *state_.home;
  take_stage();
  processor.enter();
  state_.sink = &sink;
  while (!state_.unheard.empty()) {
    sink(std::move(state_.unheard.front()));
    state_.unheard.pop_front();
  }
  run_root(make_root(checked), checked);

  FibrilRecord& root = *state_.root;
  const auto ended = state_.root_state;
  auto holder = std::make_shared<Holder>(root.vm);
  Outcome outcome = Outcome::ok;
  Event last;
  bool has_last = false;
  if (state_.trouble && state_.trouble->kind == exit_trouble) {
    exit_status_ = std::stoi(state_.trouble->message);
    outcome = exit_status_ == 0 ? Outcome::ok : Outcome::failed;
  } else if (ended == SessionState::Root::done) {
    const types::Type* type = checked.cell->result;
    if (type->kind != types::TypeKind::none && type->kind != types::TypeKind::never) {
      last = {.kind = Event::Kind::value, .type = type, .value = vm::result_datum(*root.vm)};
      const data::Datum* value = &last.value;
      if (value->kind == data::DatumKind::boxed && !value->items.empty()) value = &value->items[0];
      has_last = value->kind != data::DatumKind::none;
    }
  } else if (ended == SessionState::Root::trapped) {
    ErrorReport report = report_error(vm::error_datum(*root.vm), vm::trace(*root.vm));
    last = {.kind = Event::Kind::error, .text = std::move(report.text), .diagnostics = std::move(report.places), .ok = false};
    has_last = true;
    outcome = Outcome::failed;
  } else if (ended == SessionState::Root::unflushed) {
    last = {.kind = Event::Kind::error, .text = "error: " + state_.trouble->kind + ": " + state_.trouble->message + "\n", .ok = false};
    has_last = true;
    outcome = Outcome::failed;
  } else {
    outcome = Outcome::interrupted;
  }
  processor.forget_root(root);
  state_.root = nullptr;
  state_.root_state = SessionState::Root::none;
  // What a program leaves running ends with it; at a prompt it goes on.
  const bool has_run_away = state_.trouble && state_.trouble->kind != "Deadlock";
  if (!options_.interactive || outcome == Outcome::interrupted || has_run_away) stop_all();
  keep_globals(checked, std::move(holder));
  state_.trouble.reset();
  if (has_last) sink(std::move(last));
  state_.sink = nullptr;
  processor.leave();
  leave_stage();
  sink({.kind = Event::Kind::done, .ok = outcome == Outcome::ok});
  return outcome;
}

vm::Fibril* SessionImplementation::make_root(const types::Checked& checked) {
  vm::Fibril* vm = vm::make_fibril(generate(checked.cell), {});
  auto cell = std::make_unique<Cell>();
  cell->generation = state_.generation.fetch_add(1) + 1;
  for (const auto& [symbol, global] : globals_) cell->global_types[symbol] = global.type;
  for (const types::GlobalBinding& defined : checked.defined) cell->global_types[std::string(defined.symbol)] = defined.type;
  for (std::string_view symbol : checked.cell->globals) {
    auto known = globals_.find(symbol);
    if (known == globals_.end()) continue;
    const auto& [type, holder] = known->second;
    const vm::Slot value = vm::get_global(*holder->vm, symbol);
    vm::set_global(*vm, symbol, type, copy_across(vm::heap_of(*vm), value, type->is_ref));
  }
  state_.cells.push_back(std::move(cell));
  return vm;
}

void SessionImplementation::run_root(vm::Fibril* vm, const types::Checked& checked) {
  const Cell* cell = state_.cells.back().get();
  state_.fibrils.fetch_add(1);
  FibrilRecord* root = state_.home->make_record(vm, state_, cell, child_id(state_.incarnation_low, cell->generation));
  root->is_root = true;
  root->instance = checked.cell;
  state_.root = root;
  state_.root_state = SessionState::Root::running;
  state_.interrupted.store(false);
  state_.home->make_runnable(*root);
  drive_root();
}

void SessionImplementation::drive_root() {
  Processor& processor = *state_.home;
  deadlock_look_ns_ = 0;
  const std::uint64_t began_ns = monotonic_ns();
  std::uint64_t progress_ns = began_ns + first_progress_ns;
  while (state_.root_state == SessionState::Root::running) {
    processor.turn();
    if (processor.now_ns() >= progress_ns) {
      tell_progress(processor.now_ns() - began_ns);
      progress_ns = processor.now_ns() + progress_every_ns;
    }
    if (state_.root_state != SessionState::Root::running) break;
    if (state_.next_trouble) state_.fail_all(std::move(*std::exchange(state_.next_trouble, nullptr)));
    if (state_.interrupted.load(std::memory_order_relaxed)) processor.kill_before(state_, state_.oldest_alive.load());
    if (!processor.is_idle()) {
      deadlock_look_ns_ = 0;
      continue;
    }
    look_for_deadlock();
    if (state_.root_state != SessionState::Root::running) break;
    processor.rest(deadlock_look_ns_ && deadlock_look_ns_ < progress_ns ? deadlock_look_ns_ : progress_ns);
  }
}

// Of what is read, if anything is; else that something goes on.
void SessionImplementation::tell_progress(std::uint64_t elapsed_ns) {
  if (const SessionState::Progress flows = state_.progress(); flows.flows > 0)
    return state_.emit({.kind = Event::Kind::progress,
                        .text = progress_text(flows.done, flows.total, flows.is_records, elapsed_ns),
                        .done = flows.done, .total = flows.total});
  const std::uint64_t fibrils = state_.fibrils.load();
  state_.emit({.kind = Event::Kind::progress,
               .text = std::to_string(elapsed_ns / 1'000'000'000) + " s, " + std::to_string(fibrils) + (fibrils == 1 ? " fibril" : " fibrils")});
}

// Called when there is nothing to run here.
void SessionImplementation::look_for_deadlock() {
  Processor& processor = *state_.home;
  if (processor.part_of(state_).outside > 0) {
    deadlock_look_ns_ = 0;
    return;
  }
  const std::uint64_t now_ns = monotonic_ns();
  if (deadlock_look_ns_ == 0) {                  // others may yet send something
    deadlock_pause_ns_ = first_deadlock_look_ns;
    deadlock_look_ns_ = node_->has_workers() ? now_ns + deadlock_pause_ns_ : now_ns;
    state_.quiescence.forget();
  }
  if (now_ns < deadlock_look_ns_) return;
  state_.quiescence.ask(processor, state_);
  if (state_.quiescence.is_proven()) {
    state_.quiescence.forget();
    state_.fail_all({"Deadlock", who_waits()});
    return;
  }
  deadlock_pause_ns_ = std::min(deadlock_pause_ns_ * 2, last_deadlock_look_ns);
  deadlock_look_ns_ = now_ns + deadlock_pause_ns_;
}

std::string SessionImplementation::who_waits() {
  constexpr int named_max = 5;
  const auto describe = [](const FibrilRecord& fibril) {
    std::string text = fibril.is_root ? std::string("the program") : name_of(fibril);
    if (fibril.state == FibrilState::at_channel) {
      text += fibril.waiter.sends ? " waits in send" : " waits in recv";
      text += " on /chan/" + std::to_string(fibril.waiter.channel->id());
    } else {
      text += " waits in select";
    }
    return text;
  };
  std::string text = "nobody is left who could go on: " + describe(*state_.root);
  std::uint64_t others = 0;
  for (FibrilRecord* fibril = state_.home->part_of(state_).first; fibril; fibril = fibril->next) {
    if (fibril == state_.root) continue;
    if (++others <= named_max) text += "; " + describe(*fibril);
  }
  const std::uint64_t all = state_.fibrils.load() - 1;
  if (all > std::min<std::uint64_t>(others, named_max))
    text += "; and " + std::to_string(all - std::min<std::uint64_t>(others, named_max)) + " more fibrils";
  return text;
}

// Ends every fibril of this session, here and elsewhere.
void SessionImplementation::stop_all() {
  Processor& processor = *state_.home;
  const std::uint32_t generation = state_.generation.load() + 1;
  state_.oldest_alive.store(generation);
  if (has_something_out()) {
    for (std::uint16_t i = 0; i < node_->processor_count(); ++i)
      if (Processor& other = node_->processor(i); other.takes_work())
        processor.post(other, {.kind = ParcelKind::stop, .number = generation, .subject = &state_});
    processor.kill_before(state_, generation);
    while (has_something_out()) {
      processor.turn();
      if (has_something_out()) processor.rest(monotonic_ns() + 10'000'000);
    }
  }
  state_.next_trouble.reset();
}

void SessionImplementation::keep_globals(const types::Checked& checked, std::shared_ptr<Holder> holder) {
  for (const types::GlobalBinding& defined : checked.defined) {
    // A cell that failed may not have come to it. An older value stays if it has the type that the name has now.
    auto known = globals_.find(defined.symbol);
    if (vm::global_type(*holder->vm, defined.symbol) == defined.type) globals_[std::string(defined.symbol)] = {defined.type, holder};
    else if (known != globals_.end() && known->second.type != defined.type) globals_.erase(known);
  }
  for (std::string_view symbol : checked.cell->globals)
    if (auto known = globals_.find(symbol); known != globals_.end()) known->second.holder = holder;
}

Session::Dumped SessionImplementation::dump(std::string_view stage, std::string name, std::string source) {
  const auto text = std::make_shared<const syntax::Source>(std::move(name), std::move(source));
  if (stage == "tokens") return syntax::dump_tokens(*text);
  if (stage == "ast") {
    syntax::Parsed parsed = syntax::parse(text);
    if (!parsed.ok()) return std::unexpected(std::move(parsed.diagnostics));
    return syntax::dump(*parsed.tree->root);
  }
  types::Checked checked = program_.check(text, environment());
  if (!checked.ok()) return std::unexpected(std::move(checked.diagnostics));
  // The cell first, then what it reaches, each once, in the order of first mention.
  std::vector<const core::FnInstance*> reached = {checked.cell};
  for (std::size_t i = 0; i < reached.size(); ++i)
    for (const core::FnInstance* callee : reached[i]->callees)
      if (std::find(reached.begin(), reached.end(), callee) == reached.end()) reached.push_back(callee);
  std::string all;
  for (const core::FnInstance* instance : reached)
    all += stage == "bytecode" ? code::dump(*generate(instance)) : core::dump(*instance);
  return all;
}

}  // namespace

std::unique_ptr<Session> Session::make(std::shared_ptr<Node> node, SessionOptions options) {
  return std::make_unique<SessionImplementation>(std::move(node), std::move(options));
}

}  // namespace m31::runtime
