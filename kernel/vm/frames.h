// Frames: how one is set up, for every kind of call. The caller has put the arguments into the window (registers from `a` on) and
// left the two slots before it free (layout.h); the callee's other registers need no value.
//
// `ip`, `code` and `r` are run()'s own: the instruction at work, its code, register 0. For the interpreter only; always inlined,
// so that they stay in machine registers.
#pragma once

#include "kernel/vm/layout.h"

namespace m31::vm {

// Gets the stack room for a frame of `callee` at `window`; moves the stack, or raises StackOverflow. Out of line: rare.
bool grow_for_frame(Fibril& f, const code::FnCode* callee, const code::Instruction* ip, Slot* window);

// Afterwards the callee's registers fit in from `window` on; false when that raised.
[[gnu::always_inline]] inline bool room_for_frame(Fibril& f, const code::FnCode* callee, const code::Instruction* ip, Slot*& window,
                                                  Slot*& r) {
  if (window + callee->register_count <= f.stack_end) [[likely]]
    return true;
  std::ptrdiff_t distance = window - r;
  if (!grow_for_frame(f, callee, ip, window)) return false;
  r = f.base;
  window = r + distance;
  return true;
}

// Goes on in `callee`, returning to the instruction after `ip`; false when that raised.
[[gnu::always_inline]] inline bool enter_frame(Fibril& f, const code::FnCode* callee, std::uint16_t a, const code::Instruction*& ip,
                                               const code::FnCode*& code, Slot*& r) {
  Slot* window = r + a;
  if (!room_for_frame(f, callee, ip, window, r)) return false;
  window[-2] = reinterpret_cast<Slot>(code);
  window[-1] = reinterpret_cast<Slot>(ip + 1);
  r = f.base = window;
  code = f.code = callee;
  ip = callee->instructions.data();
  return true;
}

}  // namespace m31::vm
