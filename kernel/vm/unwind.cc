// Handlers are found by the ranges of each function's code, innermost first.
#include "kernel/vm/unwind.h"

#include "kernel/vm/raise.h"

namespace m31::vm {

using code::FnCode;
using code::Instruction;

bool unwind(Fibril& f) {
  std::vector<FrameInfo>& trace = f.rare_parts().trace;
  trace.clear();
  for (;;) {
    std::uint32_t pc = f.pc_index();
    if (trace.size() < trace_frames_max) trace.push_back({f.code, pc});
    for (const code::HandlerRange& range : f.code->handlers) {
      if (pc < range.begin || pc >= range.end) continue;
      f.base[range.reg] = f.error;
      f.error = 0;
      f.pc = f.code->instructions.data() + range.handler;
      return true;
    }
    const auto* caller = reinterpret_cast<const FnCode*>(f.base[-2]);
    if (!caller) return false;
    f.pc = reinterpret_cast<const Instruction*>(f.base[-1]) - 1;
    f.base -= f.pc->a;
    f.code = caller;
  }
}

RunStatus end_trapped(Fibril& f) {
  f.state = State::trapped;
  f.code = nullptr;
  return RunStatus::trapped;
}

RunStatus end_killed(Fibril& f, std::string_view kind, std::string_view message) {
  std::vector<FrameInfo>& trace = f.rare_parts().trace;
  trace.clear();
  for_each_frame(f, [&](Slot*, const FnCode* code, std::uint32_t pc, bool) {
    if (trace.size() < trace_frames_max) trace.push_back({code, pc});
  });
  f.code = nullptr;                      // nothing but the error lives from here on
  f.completion_is_ref = false;
  raise_error(f, kind, message);
  return end_trapped(f);
}

}  // namespace m31::vm
