// The interpreter: computed goto over 8-byte instructions, dispatched separately at each one's end. It is the
// specification: what compiled code may ever do is what happens here. The handlers of the instructions, by theme, are in
// handlers_*.inc: parts of the one function, for their labels are.
//
// `r` is the current frame's register 0, `ip` the instruction at work. fibril.code and fibril.base follow every call and return;
// fibril.pc is written before whatever may collect, raise or suspend. Fuel is handed out in slices, so that the
// interrupt flag is looked at now and then without being read at every call.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernel/code/symbols.h"
#include "kernel/code/text_switch.h"
#include "kernel/vm/frames.h"
#include "kernel/vm/host_calls.h"
#include "kernel/vm/map_ops.h"
#include "kernel/vm/ops.h"
#include "kernel/vm/raise.h"
#include "kernel/vm/unwind.h"
#include "kernel/vm/value_ops.h"

namespace m31::vm {
namespace {

// So that children begin while what they are made of is still in the cache.
constexpr std::int64_t spawn_fuel = 500;

using code::FnCode;
using code::Instruction;
using code::Op;

#ifdef M31_TORMENT
constexpr std::int64_t fuel_slice = 1, native_fuel_min = 64;
#else
constexpr std::int64_t fuel_slice = 4096, native_fuel_min = 1;
#endif

inline std::int64_t wide(Instruction ins) {
  return static_cast<std::int32_t>(std::uint32_t{ins.b} | std::uint32_t{ins.c} << 16);
}
inline std::int64_t s(Slot slot) { return static_cast<std::int64_t>(slot); }
inline double d(Slot slot) { return float_of(slot); }
inline std::int64_t imm(std::uint16_t field) { return static_cast<std::int16_t>(field); }

// Division of small numbers is several times as quick.
inline std::int64_t mod_positive(std::int64_t a, std::int64_t by) {
  if ((a >> 32) == 0) return static_cast<std::uint32_t>(a) % static_cast<std::uint32_t>(by);
  std::int64_t rest = a % by;
  return rest < 0 ? rest + by : rest;
}

inline bool holds(Slot boxed, const types::Type* type) { return boxed && as<Box>(boxed)->type_id == type->id; }

}  // namespace

RunStatus run(Fibril& f, Host& host, std::int64_t total) {
#ifdef M31_TORMENT
  total = std::min<std::int64_t>(total, 1);
#endif
  ENSURE(f.state == State::runnable || f.state == State::blocked, static_cast<std::uint64_t>(f.state));
  if (f.killed) return end_killed(f, f.rare->kill_kind, f.rare->kill_message);
  if (f.state == State::blocked) {
    ENSURE(f.completed != Completion::none);
    f.state = State::runnable;
    if (!take_completion(f)) {
      if (!unwind(f)) return end_trapped(f);
    }
  }

  static const void* const table[] = {
#define OP(name, operands, flags, meaning) &&do_##name,
#include "kernel/code/opcodes.def"
#undef OP
  };
  const Instruction* ip = f.pc;
  const FnCode* code = f.code;
  Slot* r = f.base;
  std::int64_t slice = std::min(fuel_slice, total), fuel = slice;
  Instruction ins = *ip;

#define DISPATCH()        \
  do {                    \
    ins = *ip;            \
    goto* table[ins.op];  \
  } while (0)
#define NEXT()  \
  do {          \
    ++ip;       \
    DISPATCH(); \
  } while (0)
#define GO(distance)  \
  do {                \
    ip += (distance); \
    DISPATCH();       \
  } while (0)
#define RELOAD() \
  do {           \
    ip = f.pc;   \
    code = f.code; \
    r = f.base;  \
  } while (0)
#define RAISE(call) \
  do {              \
    f.pc = ip;      \
    call;           \
    goto raised;    \
  } while (0)
#define OWN(reg)                               \
  do {                                         \
    if (object(r[reg])->shared()) [[unlikely]] { \
      f.pc = ip;                               \
      r[reg] = own(f.heap, r[reg]);            \
    }                                          \
  } while (0)
#define EXTRA() static_cast<std::uint32_t>(wide(ip[1]))

  DISPATCH();
#include "kernel/vm/handlers_number.inc"
#include "kernel/vm/handlers_jump.inc"
#include "kernel/vm/handlers_call.inc"
#include "kernel/vm/handlers_value.inc"

raised:
  if (f.killed) [[unlikely]]
    return end_killed(f, f.rare->kill_kind, f.rare->kill_message);
  if (!unwind(f)) return end_trapped(f);
  RELOAD();
  DISPATCH();

out_of_fuel:
  f.pc = ip;
  total -= slice - std::max<std::int64_t>(fuel, 0);
  if (f.over_memory) [[unlikely]]
    return end_killed(f, "LimitExceeded",
                      f.rare && !f.rare->memory_message.empty() ? std::string(f.rare->memory_message)
                                                                : fmt::format("the fibril needs more than {} MiB", f.heap.bytes_max >> 20));
  if (f.interrupt.load(std::memory_order_relaxed)) {
    f.interrupt.store(false, std::memory_order_relaxed);
    return RunStatus::yielded;
  }
  if (total <= 0) return RunStatus::yielded;
  slice = fuel = std::min(fuel_slice, total);
  DISPATCH();

#undef EXTRA
#undef OWN
#undef RAISE
#undef RELOAD
#undef GO
#undef NEXT
#undef DISPATCH
#undef WORD
}

}  // namespace m31::vm
