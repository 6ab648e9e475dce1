// The interpreter: computed goto over 8-byte instructions, dispatched separately at each one's end. It is the
// specification: what compiled code may ever do is what happens here.
//
// `r` is the current frame's register 0, `ip` the instruction at work. fibril.code and fibril.base follow every call and return;
// fibril.pc is written before whatever may collect, raise or suspend. Fuel is handed out in slices, so that the
// interrupt flag is looked at now and then without being read at every call.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernel/code/call_site.h"
#include "kernel/code/opcodes.h"
#include "kernel/code/symbols.h"
#include "kernel/vm/map_ops.h"
#include "kernel/vm/ops.h"
#include "kernel/vm/raise.h"
#include "kernel/vm/value_ops.h"

namespace m31::vm {
namespace {

// So that children begin while what they are made of is still in the cache.
constexpr std::int64_t spawn_fuel = 500;

using code::FnCode;
using code::Instruction;
using code::Op;

constexpr std::size_t trace_frames_max = 100;
#ifdef M31_TORMENT
constexpr std::int64_t fuel_slice = 1, native_fuel_min = 64;
#else
constexpr std::int64_t fuel_slice = 4096, native_fuel_min = 1;
#endif

// Finds the handler of fibril.error, leaving frames; false when there is none.
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

// Ended by a limit or from outside: no handler sees it.
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

// What a blocked host call was completed with; false when it raised.
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

inline std::int64_t wide(Instruction ins) {
  return static_cast<std::int32_t>(std::uint32_t{ins.b} | std::uint32_t{ins.c} << 16);
}
inline std::int64_t s(Slot slot) { return static_cast<std::int64_t>(slot); }
inline double d(Slot slot) { return float_of(slot); }
inline std::int64_t imm(std::uint16_t field) { return static_cast<std::int16_t>(field); }

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
#define EXTRA() static_cast<std::uint32_t>(wide(ip[1]))

  DISPATCH();

do_move:
  r[ins.a] = r[ins.b];
  NEXT();
do_share:
  share(r[ins.a]);
  NEXT();
do_move_share: {
  Slot value = r[ins.b];
  share(value);
  r[ins.a] = value;
  NEXT();
}
do_own: {
  Slot value = r[ins.a];
  if (object(value)->shared()) [[unlikely]] {
    f.pc = ip;
    r[ins.a] = own(f.heap, value);
  }
  NEXT();
}
do_load_int:
  r[ins.a] = static_cast<Slot>(wide(ins));
  NEXT();
do_load_const:
  r[ins.a] = code->constants[static_cast<std::size_t>(wide(ins))];
  NEXT();
do_load_string:
  r[ins.a] = reinterpret_cast<Slot>(code->string_objects[static_cast<std::size_t>(wide(ins))]);
  NEXT();
do_get_global: {
  const Global* global = find_global(f, code->symbols[static_cast<std::size_t>(wide(ins))]);
  if (!global) [[unlikely]]
    RAISE(raise_error(f, "ValueError", fmt::format("{} is read before it has a value", code::symbol_name(code->symbols[static_cast<std::size_t>(wide(ins))]))));
  r[ins.a] = global->value;
  NEXT();
}
do_set_global: {
  std::uint32_t symbol = code->symbols[static_cast<std::size_t>(wide(ins))];
  if (Global* global = find_global(f, symbol)) [[likely]] {
    global->type = code->types[EXTRA()];
    global->value = r[ins.a];
  } else {
    put_global(f, symbol, code->types[EXTRA()], r[ins.a]);
  }
  GO(2);
}

#define ARITH(name, builtin, sign)                                             \
  do_##name : {                                                                \
    std::int64_t result;                                                       \
    if (builtin(s(r[ins.b]), s(r[ins.c]), &result)) [[unlikely]]               \
      RAISE(raise_overflow(f, sign, r[ins.b], r[ins.c]));                      \
    r[ins.a] = static_cast<Slot>(result);                                      \
    NEXT();                                                                    \
  }
  ARITH(add, __builtin_add_overflow, "+")
  ARITH(sub, __builtin_sub_overflow, "-")
  ARITH(mul, __builtin_mul_overflow, "*")
#undef ARITH
do_add_imm: {
  std::int64_t result;
  if (__builtin_add_overflow(s(r[ins.b]), imm(ins.c), &result)) [[unlikely]]
    RAISE(raise_overflow(f, imm(ins.c) < 0 ? "-" : "+", r[ins.b], static_cast<Slot>(std::abs(imm(ins.c)))));
  r[ins.a] = static_cast<Slot>(result);
  NEXT();
}
do_mul_imm: {
  std::int64_t result;
  if (__builtin_mul_overflow(s(r[ins.b]), imm(ins.c), &result)) [[unlikely]]
    RAISE(raise_overflow(f, "*", r[ins.b], static_cast<Slot>(imm(ins.c))));
  r[ins.a] = static_cast<Slot>(result);
  NEXT();
}
do_floordiv:
  f.pc = ip;
  if (!op_floordiv(f, r[ins.b], r[ins.c], r + ins.a)) goto raised;
  NEXT();
do_floordiv_imm: {
  std::int64_t a = s(r[ins.b]), b = imm(ins.c);
  if ((a >> 32) == 0) [[likely]] {
    r[ins.a] = static_cast<std::uint32_t>(a) / static_cast<std::uint32_t>(b);
    NEXT();
  }
  std::int64_t quotient = a / b;
  r[ins.a] = static_cast<Slot>(a < 0 && quotient * b != a ? quotient - 1 : quotient);
  NEXT();
}
do_mod: {
  std::int64_t a = s(r[ins.b]), b = s(r[ins.c]);
  if (b > 0) [[likely]] {
    std::int64_t rest = (a | b) >> 32 == 0 ? static_cast<std::int64_t>(static_cast<std::uint32_t>(a) % static_cast<std::uint32_t>(b)) : a % b;
    r[ins.a] = static_cast<Slot>(rest < 0 ? rest + b : rest);
    NEXT();
  }
  f.pc = ip;
  if (!op_mod(f, r[ins.b], r[ins.c], r + ins.a)) goto raised;
  NEXT();
}
do_mod_imm: {
  std::int64_t a = s(r[ins.b]), b = imm(ins.c);
  std::int64_t rest = (a >> 32) == 0 ? static_cast<std::int64_t>(static_cast<std::uint32_t>(a) % static_cast<std::uint32_t>(b)) : a % b;
  r[ins.a] = static_cast<Slot>(rest < 0 ? rest + b : rest);
  NEXT();
}
do_pow:
  f.pc = ip;
  if (!op_pow(f, r[ins.b], r[ins.c], r + ins.a)) goto raised;
  NEXT();
do_neg: {
  std::int64_t result;
  if (__builtin_sub_overflow(std::int64_t{0}, s(r[ins.b]), &result)) [[unlikely]]
    RAISE(raise_overflow(f, "-", 0, r[ins.b]));
  r[ins.a] = static_cast<Slot>(result);
  NEXT();
}
#define WORD(name, expression) \
  do_##name : {                \
    r[ins.a] = (expression);   \
    NEXT();                    \
  }
  WORD(wrap_add, r[ins.b] + r[ins.c])
  WORD(wrap_sub, r[ins.b] - r[ins.c])
  WORD(wrap_mul, r[ins.b] * r[ins.c])
  WORD(bit_and, r[ins.b] & r[ins.c])
  WORD(bit_or, r[ins.b] | r[ins.c])
  WORD(bit_xor, r[ins.b] ^ r[ins.c])
  WORD(bit_not, ~r[ins.b])
do_shl:
  if (r[ins.c] > 63) [[unlikely]]
    RAISE(raise_shift(f, r[ins.c]));
  r[ins.a] = r[ins.b] << r[ins.c];
  NEXT();
do_shr:
  if (r[ins.c] > 63) [[unlikely]]
    RAISE(raise_shift(f, r[ins.c]));
  r[ins.a] = static_cast<Slot>(s(r[ins.b]) >> r[ins.c]);
  NEXT();
  WORD(eq, r[ins.b] == r[ins.c])
  WORD(ne, r[ins.b] != r[ins.c])
  WORD(lt, s(r[ins.b]) < s(r[ins.c]))
  WORD(le, s(r[ins.b]) <= s(r[ins.c]))
  WORD(float_add, slot_of_float(d(r[ins.b]) + d(r[ins.c])))
  WORD(float_sub, slot_of_float(d(r[ins.b]) - d(r[ins.c])))
  WORD(float_mul, slot_of_float(d(r[ins.b]) * d(r[ins.c])))
do_float_div:
  if (d(r[ins.c]) == 0) [[unlikely]]
    RAISE(raise_error(f, "DivideByZero", fmt::format("{} / 0.0", d(r[ins.b]))));
  r[ins.a] = slot_of_float(d(r[ins.b]) / d(r[ins.c]));
  NEXT();
do_float_floordiv:
  f.pc = ip;
  if (!op_float_floordiv(f, r[ins.b], r[ins.c], r + ins.a)) goto raised;
  NEXT();
do_float_mod:
  f.pc = ip;
  if (!op_float_mod(f, r[ins.b], r[ins.c], r + ins.a)) goto raised;
  NEXT();
  WORD(float_pow, slot_of_float(std::pow(d(r[ins.b]), d(r[ins.c]))))
  WORD(float_neg, slot_of_float(-d(r[ins.b])))
  WORD(float_sqrt, slot_of_float(std::sqrt(d(r[ins.b]))))
  WORD(float_eq, d(r[ins.b]) == d(r[ins.c]))
  WORD(float_ne, d(r[ins.b]) != d(r[ins.c]))
  WORD(float_lt, d(r[ins.b]) < d(r[ins.c]))
  WORD(float_le, d(r[ins.b]) <= d(r[ins.c]))
  WORD(int_to_float, slot_of_float(static_cast<double>(s(r[ins.b]))))
  WORD(not_, r[ins.b] ^ 1)

#define BY_TYPE(name, expression)                     \
  do_##name : {                                       \
    const types::Type* type = code->types[EXTRA()];   \
    Slot a = r[ins.b], b = r[ins.c];                  \
    r[ins.a] = (expression);                          \
    GO(2);                                            \
  }
  BY_TYPE(equal, equal(type, a, b))
  BY_TYPE(not_equal, !equal(type, a, b))
  BY_TYPE(less, compare(type, a, b) < 0)
  BY_TYPE(less_equal, compare(type, a, b) <= 0)
#undef BY_TYPE
  WORD(text_eq, r[ins.b] == r[ins.c] || text_of(r[ins.b]) == text_of(r[ins.c]))
  WORD(is_none, r[ins.b] == 0)
  WORD(is_type, holds(r[ins.b], code->types[ins.c]))

do_jump:
  GO(wide(ins));
do_jump_loop:
  if (--fuel < 0) [[unlikely]]
    goto out_of_fuel;
  GO(wide(ins));
#define JUMP_WIDE(name, condition)        \
  do_##name : {                           \
    if (condition) GO(wide(ins));         \
    NEXT();                               \
  }                                       \
  do_##name##_loop : {                    \
    if (condition) {                      \
      if (--fuel < 0) [[unlikely]]        \
        goto out_of_fuel;                 \
      GO(wide(ins));                      \
    }                                     \
    NEXT();                               \
  }
  JUMP_WIDE(jump_true, r[ins.a])
  JUMP_WIDE(jump_false, !r[ins.a])
#define JUMP(name, condition)             \
  do_##name : {                           \
    if (condition) GO(imm(ins.c));        \
    NEXT();                               \
  }                                       \
  do_##name##_loop : {                    \
    if (condition) {                      \
      if (--fuel < 0) [[unlikely]]        \
        goto out_of_fuel;                 \
      GO(imm(ins.c));                     \
    }                                     \
    NEXT();                               \
  }
  JUMP(jump_eq, r[ins.a] == r[ins.b])
  JUMP(jump_ne, r[ins.a] != r[ins.b])
  JUMP(jump_lt, s(r[ins.a]) < s(r[ins.b]))
  JUMP(jump_le, s(r[ins.a]) <= s(r[ins.b]))
  JUMP(jump_eq_imm, s(r[ins.a]) == imm(ins.b))
  JUMP(jump_ne_imm, s(r[ins.a]) != imm(ins.b))
  JUMP(jump_lt_imm, s(r[ins.a]) < imm(ins.b))
  JUMP(jump_le_imm, s(r[ins.a]) <= imm(ins.b))
  JUMP(jump_gt_imm, s(r[ins.a]) > imm(ins.b))
  JUMP(jump_ge_imm, s(r[ins.a]) >= imm(ins.b))
  JUMP(jump_float_eq, d(r[ins.a]) == d(r[ins.b]))
  JUMP(jump_float_ne, d(r[ins.a]) != d(r[ins.b]))
  JUMP(jump_float_lt, d(r[ins.a]) < d(r[ins.b]))
  JUMP(jump_float_le, d(r[ins.a]) <= d(r[ins.b]))
  JUMP(jump_float_nlt, !(d(r[ins.a]) < d(r[ins.b])))
  JUMP(jump_float_nle, !(d(r[ins.a]) <= d(r[ins.b])))
  JUMP(jump_is_type, holds(r[ins.a], code->types[ins.b]))
  JUMP(jump_not_type, !holds(r[ins.a], code->types[ins.b]))
#undef JUMP
#undef JUMP_WIDE

do_range_next: {
  std::int64_t at = s(r[ins.a]);
  if (at < s(r[ins.a + 1])) {
    if (--fuel < 0) [[unlikely]]
      goto out_of_fuel;
    r[ins.b] = static_cast<Slot>(at);
    r[ins.a] = static_cast<Slot>(at + 1);
    GO(imm(ins.c));
  }
  NEXT();
}
do_list_next: {
  const List* list = as<List>(r[ins.a]);
  Slot at = r[ins.a + 1];
  if (at < list->count) {
    if (--fuel < 0) [[unlikely]]
      goto out_of_fuel;
    r[ins.b] = as<Array>(list->items)->slots[at];
    r[ins.a + 1] = at + 1;
    GO(imm(ins.c));
  }
  NEXT();
}
do_map_next: {
  std::span<MapEntry> entries = entries_of(r[ins.a]);
  Slot at = r[ins.a + 1];
  while (at < entries.size() && entries[at].hash == 0) ++at;
  if (at < entries.size()) {
    if (--fuel < 0) [[unlikely]]
      goto out_of_fuel;
    r[ins.b] = entries[at].key;
    if (std::uint32_t value = EXTRA()) r[value - 1] = entries[at].value;
    r[ins.a + 1] = at + 1;
    GO(imm(ins.c));
  }
  GO(2);
}

do_call: {
  const FnCode* callee = code->callees[ins.b];
  if (--fuel < 0) [[unlikely]]
    goto out_of_fuel;
  Slot* window = r + ins.a;
  if (window + callee->register_count > f.stack_end) [[unlikely]] {
    f.pc = ip;
    if (!grow_stack(f, window, callee->register_count)) {
      raise_error(f, "StackOverflow", fmt::format("calls nested without end in {}", callee->instance->name));
      goto raised;
    }
    r = f.base;
    window = r + ins.a;
  }
  window[-2] = reinterpret_cast<Slot>(code);
  window[-1] = reinterpret_cast<Slot>(ip + 1);
  r = f.base = window;
  code = f.code = callee;
  ip = callee->instructions.data();
  DISPATCH();
}
do_call_closure: {
  const Closure* closure = as<Closure>(r[ins.b]);
  const auto* callee = static_cast<const FnCode*>(closure->code);
  if (--fuel < 0) [[unlikely]]
    goto out_of_fuel;
  Slot* window = r + ins.a;
  if (window + callee->register_count > f.stack_end) [[unlikely]] {
    f.pc = ip;
    if (!grow_stack(f, window, callee->register_count)) {
      raise_error(f, "StackOverflow", fmt::format("calls nested without end in {}", callee->instance->name));
      goto raised;
    }
    r = f.base;
    window = r + ins.a;
  }
  const Slot* captures = closure->captures + wide_words(callee->capture_count);
  for (std::uint32_t i = 0; i < callee->capture_count; ++i) window[callee->parameter_count + i] = captures[i];
  window[-2] = reinterpret_cast<Slot>(code);
  window[-1] = reinterpret_cast<Slot>(ip + 1);
  r = f.base = window;
  code = f.code = callee;
  ip = callee->instructions.data();
  DISPATCH();
}
do_tail_call: {
  const FnCode* callee = code->callees[ins.b];
  if (--fuel < 0) [[unlikely]]
    goto out_of_fuel;
  Slot* window = r + ins.a;
  if (window + callee->register_count > f.stack_end) [[unlikely]] {
    f.pc = ip;
    if (!grow_stack(f, window, callee->register_count)) {
      raise_error(f, "StackOverflow", fmt::format("calls nested without end in {}", callee->instance->name));
      goto raised;
    }
    r = f.base;
    window = r + ins.a;
  }
  for (std::uint32_t i = 0; i < callee->parameter_count; ++i) r[i] = window[i];
  code = f.code = callee;
  ip = callee->instructions.data();
  DISPATCH();
}
do_ret: {
  Slot value = r[ins.a];
  const auto* caller = reinterpret_cast<const FnCode*>(r[-2]);
  if (!caller) [[unlikely]] {
    f.completion = value;
    f.completion_is_ref = f.result_type->is_ref;
    f.code = nullptr;
    f.state = State::done;
    return RunStatus::done;
  }
  ip = reinterpret_cast<const Instruction*>(r[-1]);
  Instruction call = ip[-1];
  r -= call.a;
  f.base = r;
  code = f.code = caller;
  r[call.c] = value;
  DISPATCH();
}

do_native: {
  const FnCode::CallSite& site = code->call_sites[ins.b];
  f.pc = ip;
  if (!site.native) [[unlikely]]
    RAISE(raise_error(f, "NotFound", fmt::format("this node has no native word {}", site.name)));
  if (fuel < 0) goto out_of_fuel;
  std::int64_t spent = std::max(fuel, native_fuel_min);
  NativeCall call{f, f.heap, r + ins.a, site.arg_count, site.types, site.result, r + ins.c, spent};
  NativeStatus status = site.native(call);
  fuel = std::min(fuel, spent);
  switch (status) {
    case NativeStatus::done: NEXT();
    case NativeStatus::raised: goto raised;
    case NativeStatus::again: fuel = -1; goto out_of_fuel;
    case NativeStatus::blocked: f.state = State::blocked; return RunStatus::blocked;
  }
  __builtin_unreachable();
}
do_host:
do_channel:
do_send:
do_receive:
do_receive_each:
do_close:
do_spawn:
do_parent:
do_select: {
  f.pc = ip;
  switch (call_host(f, host, static_cast<Op>(ins.op), code->call_sites[ins.b])) {
    case HostStatus::done:
      if (static_cast<Op>(ins.op) == Op::spawn) fuel -= spawn_fuel;
      r = f.base;
      GO(static_cast<Op>(ins.op) == Op::receive_each ? 2 : 1);
    case HostStatus::raised:
      if (static_cast<Op>(ins.op) == Op::receive_each && is_error_kind(f.error, "Ended")) {
        f.error = 0;
        NEXT();
      }
      goto raised;
    case HostStatus::blocked: f.state = State::blocked; return RunStatus::blocked;
  }
  __builtin_unreachable();
}
do_raise:
  f.pc = ip;
  f.error = r[ins.a];
  goto raised;

do_make_fixed:
  f.pc = ip;
  op_make_fixed(f, code->shapes[ins.c], r + ins.b, r + ins.a);
  NEXT();
do_make_list:
  f.pc = ip;
  op_make_list(f, false, r + ins.b, ins.c, r + ins.a);
  NEXT();
do_make_list_refs:
  f.pc = ip;
  op_make_list(f, true, r + ins.b, ins.c, r + ins.a);
  NEXT();
do_list_extend:
  f.pc = ip;
  op_list_extend(f, r + ins.a, r + ins.b, ins.c);
  NEXT();
do_make_map:
  f.pc = ip;
  op_make_map(f, code->types[EXTRA()], r + ins.b, ins.c, r + ins.a);
  GO(2);
do_make_range: {
  f.pc = ip;
  Slot range = make_fixed(f.heap, 2, 0);
  as<Fixed>(range)->slots[0] = r[ins.b];
  as<Fixed>(range)->slots[1] = r[ins.c];
  r[ins.a] = range;
  NEXT();
}
do_make_closure:
  f.pc = ip;
  op_make_closure(f, code->callees[ins.c], r + ins.b, r + ins.a);
  NEXT();
do_box:
  f.pc = ip;
  op_box(f, code->types[ins.c], r + ins.b, r + ins.a);
  NEXT();
do_concat:
  f.pc = ip;
  op_concat(f, r + ins.b, ins.c, r + ins.a);
  NEXT();

do_field:
  r[ins.a] = as<Fixed>(r[ins.b])->slots[ins.c];
  NEXT();
do_variant_tag:
  r[ins.a] = field_slot(r[ins.b], 0);
  NEXT();
do_variant_field:
  r[ins.a] = field_slot(r[ins.b], ins.c);
  NEXT();
do_set_field:
  as<Fixed>(r[ins.a])->slots[ins.b] = r[ins.c];
  NEXT();
do_own_field:
  f.pc = ip;
  op_own_field(f, r + ins.b, ins.c, r + ins.a);
  NEXT();
do_list_get: {
  const List* list = as<List>(r[ins.b]);
  std::int64_t at = s(r[ins.c]);
  if (at < 0) at += s(list->count);
  if (static_cast<std::uint64_t>(at) >= list->count) [[unlikely]]
    RAISE(raise_index(f, r[ins.b], r[ins.c]));
  r[ins.a] = as<Array>(list->items)->slots[at];
  NEXT();
}
do_list_set: {
  const List* list = as<List>(r[ins.a]);
  std::int64_t at = s(r[ins.b]);
  if (at < 0) at += s(list->count);
  if (static_cast<std::uint64_t>(at) >= list->count) [[unlikely]]
    RAISE(raise_index(f, r[ins.a], r[ins.b]));
  as<Array>(list->items)->slots[at] = r[ins.c];
  NEXT();
}
do_own_item:
  f.pc = ip;
  if (!op_own_item(f, r + ins.b, r[ins.c], r + ins.a)) goto raised;
  NEXT();
do_list_len:
  r[ins.a] = as<List>(r[ins.b])->count;
  NEXT();
do_list_slice:
  f.pc = ip;
  if (!op_list_slice(f, r + ins.b, r + ins.a)) goto raised;
  NEXT();
do_list_append: {
  List* list = as<List>(r[ins.a]);
  if (list->shared()) [[unlikely]] {
    f.pc = ip;
    Slot owned = own(f.heap, r[ins.a]);
    r[ins.a] = owned;
    list = as<List>(owned);
  }
  if (list->items && list->count < as<Array>(list->items)->high()) [[likely]] {
    as<Array>(list->items)->slots[list->count++] = r[ins.b];
    NEXT();
  }
  f.pc = ip;
  op_list_append(f, r + ins.a, r[ins.b]);
  NEXT();
}
do_map_get:
  f.pc = ip;
  if (!op_map_get(f, code->types[EXTRA()], r[ins.b], r[ins.c], r + ins.a)) goto raised;
  GO(2);
do_map_has:
  r[ins.a] = map_find(r[ins.b], code->types[EXTRA()], r[ins.c]) != nullptr;
  GO(2);
do_map_find:
  if (const MapEntry* entry = map_find(r[ins.b], code->types[EXTRA()], r[ins.c])) {
    r[ins.a] = entry->value;
    GO(3);
  }
  GO(2);
do_map_set:
  f.pc = ip;
  op_map_set(f, code->types[EXTRA()], r + ins.a, r[ins.b], r[ins.c]);
  GO(2);
do_own_entry:
  f.pc = ip;
  if (!op_own_entry(f, code->types[EXTRA()], r + ins.b, r[ins.c], r + ins.a)) goto raised;
  GO(2);
do_unbox:
  r[ins.a] = as<Box>(r[ins.b])->value;
  NEXT();
do_cast:
  f.pc = ip;
  if (!op_cast(f, code->types[ins.c], r + ins.b, r + ins.a)) goto raised;
  NEXT();

raised:
  if (!unwind(f)) return end_trapped(f);
  RELOAD();
  DISPATCH();

out_of_fuel:
  f.pc = ip;
  total -= slice - std::max<std::int64_t>(fuel, 0);
  if (f.over_memory) [[unlikely]]
    return end_killed(f, "LimitExceeded", fmt::format("the fibril needs more than {} MiB", f.heap.bytes_max >> 20));
  if (f.interrupt.load(std::memory_order_relaxed)) {
    f.interrupt.store(false, std::memory_order_relaxed);
    return RunStatus::yielded;
  }
  if (total <= 0) return RunStatus::yielded;
  slice = fuel = std::min(fuel_slice, total);
  DISPATCH();

#undef EXTRA
#undef RAISE
#undef RELOAD
#undef GO
#undef NEXT
#undef DISPATCH
#undef WORD
}

}  // namespace m31::vm
