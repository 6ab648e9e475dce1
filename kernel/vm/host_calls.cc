// The numbered operations of the host (host.h); all others go by name.
#include "kernel/vm/host_calls.h"

#include <fmt/format.h>

#include "kernel/vm/raise.h"

namespace m31::vm {

using code::FnCode;
using code::Instruction;
using code::Op;

HostStatus call_host(Fibril& f, Host& host, Op op, const FnCode::CallSite& site) {
  HostCall call{f, f.base + f.pc->a, site.arg_count, site.types, site.result, f.base + f.pc->c, site.result_unused};
  switch (op) {
    case Op::channel: {
      // The item type is a value without bits; the capacity comes last.
      std::int64_t capacity = site.arg_count ? static_cast<std::int64_t>(call.args[site.arg_count - 1]) : 0;
      if (site.arg_count && site.types.back()->kind != types::TypeKind::int_) capacity = 0;
      if (capacity < 0 || capacity > (std::int64_t{1} << 30))
        return call.raise("ValueError", fmt::format("a channel cannot hold {} messages", capacity));
      return host.make_channel(call, static_cast<std::uint32_t>(capacity));
    }
    case Op::send: return host.send(call);
    case Op::receive:
    case Op::receive_each: return host.receive(call);
    case Op::close: return host.close(call);
    case Op::spawn: return host.spawn(call, site.callee);
    case Op::parent: return host.parent(call, site.parent_receiver);
    case Op::select: return host.select(call, site.arg_count / 3);
    default: return host.operation(call, site.name);
  }
}

bool take_completion(Fibril& f) {
  const Instruction ins = *f.pc;
  Completion completed = f.completed;
  f.completed = Completion::none;
  f.completion_is_ref = false;
  Slot value = f.completion;
  f.completion = 0;
  switch (completed) {
    case Completion::none: break;
    case Completion::value:
      f.base[ins.c] = value;
      f.pc += static_cast<Op>(ins.op) == Op::receive_each ? 2 : 1;
      break;
    case Completion::select:
      f.base[ins.c] = f.select_arm;
      f.base[ins.a] = value;
      f.pc += 1;
      break;
    case Completion::error:
      if (static_cast<Op>(ins.op) != Op::receive_each || !is_error_kind(f.error, "Ended")) return false;
      f.error = 0;
      f.pc += 1;
      break;
  }
  return true;
}

}  // namespace m31::vm
