#include "runtime/replay_host.h"

#include "runtime/processor.h"
#include "runtime/replay.h"

namespace m31::runtime {

using vm::HostCall;
using vm::HostStatus;

template <class Do>
HostStatus ReplayHost::once(HostCall& call, bool flushes, Do&& really) {
  FibrilRecord& fibril = record_of(call.fibril);
  ReplayLog& log = *fibril.extra().log;
  vm::Heap& heap = vm::heap_of(call.fibril);
  if (!log.is_replaying()) {
    const HostStatus status = really();
    if (status == HostStatus::done) log.record_value(heap, *call.result, call.result_type->is_ref);
    if (status == HostStatus::raised) log.record_error(heap, vm::error(call.fibril));
    return status;
  }
  // Where writes left the first time they leave again, with the same token.
  if (flushes && real_.flush_first(call)) return HostStatus::blocked;
  const ReplayLog::Outcome outcome = log.next(heap);
  switch (outcome.kind) {
    case ReplayLog::Outcome::Kind::value: *call.result = outcome.slot; return HostStatus::done;
    case ReplayLog::Outcome::Kind::select:
      call.args[0] = outcome.slot;
      *call.result = outcome.arm;
      return HostStatus::done;
    case ReplayLog::Outcome::Kind::error:
      processor_.replayed_error_ = true;
      return real_.raise_value(fibril, outcome.slot);
  }
  return HostStatus::raised;
}

HostStatus ReplayHost::make_channel(HostCall& call, std::uint32_t capacity) {
  return once(call, false, [&] { return real_.make_channel(call, capacity); });
}
HostStatus ReplayHost::send(HostCall& call) {
  return once(call, true, [&] { return real_.send(call); });
}
HostStatus ReplayHost::receive(HostCall& call) {
  return once(call, false, [&] { return real_.receive(call); });
}
HostStatus ReplayHost::spawn(HostCall& call, const code::FnCode* code) {
  return once(call, true, [&] { return real_.spawn(call, code); });
}
// Of the fibril's own, and the same each time.
HostStatus ReplayHost::close(HostCall& call) { return real_.close(call); }
HostStatus ReplayHost::parent(HostCall& call, bool receiver) { return real_.parent(call, receiver); }

HostStatus ReplayHost::select(HostCall& call, std::uint32_t arm_count) {
  FibrilRecord& fibril = record_of(call.fibril);
  ReplayLog& log = *fibril.extra().log;
  if (log.is_replaying()) return once(call, true, [] { return HostStatus::raised; });
  const HostStatus status = real_.select(call, arm_count);
  vm::Heap& heap = vm::heap_of(call.fibril);
  if (status == HostStatus::done) {
    const auto arm = static_cast<std::uint32_t>(*call.result);
    const bool is_ref = call.types[3 * arm + 2]->is_ref && call.args[3 * arm] == 0;
    log.record_select(heap, arm, call.args[0], is_ref);
  }
  if (status == HostStatus::raised) log.record_error(heap, vm::error(call.fibril));
  return status;
}

HostStatus ReplayHost::operation(HostCall& call, std::string_view name) {
  FibrilRecord& fibril = record_of(call.fibril);
  const ReplayLog& log = *fibril.extra().log;
  // Buffered: lost with the fibril, so made again.
  if (call.result_unused && (name == "fs.invoke" || name == "fs.put")) return real_.operation(call, name);
  const bool is_local = name == "clock.now" || name == "clock.ticks" || name == "random.int" || name == "random.float" || name == "stdin";
  // A write whose result is used is a flush of its own, and keeps its number.
  if ((name == "fs.invoke" || name == "fs.put") && log.is_replaying() && !has_writes(fibril)) ++fibril.extra().flushes;
  return once(call, !is_local, [&] { return real_.operation(call, name); });
}

}  // namespace m31::runtime
