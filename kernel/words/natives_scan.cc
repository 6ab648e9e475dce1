// Words that walk through a list once: sum, max, min, contains; and those that copy a part of it: take, drop, reverse. They pause after
// some ten thousand items, when their fuel is used up, and go on from there.
#include <algorithm>
#include <string>

#include "kernel/vm/value_ops.h"
#include "kernel/words/native_state.h"
#include "kernel/words/slot_order.h"

namespace m31::words {
namespace {

constexpr std::size_t items_at_once = 16 * quantum_items;

// Calls step(items, from, to) for parts of the list until it gives false; `so_far`, no reference, is kept between calls. True when the
// word is to return `again`. Slots of the state: the list, `so_far`, the position.
template <class Step>
bool walk(NativeCall& call, Slot& so_far, Step step) {
  std::size_t at = 0;
  if (resumed(call)) {
    so_far = state_slot(call, 1);
    at = state_slot(call, 2);
  }
  const std::size_t count = vm::list_count(first_argument(call));
  while (at < count) {
    const std::size_t to = std::min(count, at + items_at_once);
    if (!step(items_of(first_argument(call)), at, to)) return false;
    const std::size_t done_items = to - at;
    at = to;
    if (at < count && spent(call, done_items)) {
      if (!resumed(call)) suspend_with(call, 3, 1);
      state_slot(call, 1) = so_far;
      state_slot(call, 2) = at;
      return true;
    }
  }
  return false;
}

NativeStatus sum_int(NativeCall& call) {
  Slot so_far = 0;
  bool overflow = false;
  const bool pause = walk(call, so_far, [&](const Slot* items, std::size_t from, std::size_t to) {
    auto sum = static_cast<std::int64_t>(so_far);
    for (std::size_t i = from; i < to && !overflow; ++i)
      overflow = __builtin_add_overflow(sum, static_cast<std::int64_t>(items[i]), &sum);
    so_far = static_cast<Slot>(sum);
    return !overflow;
  });
  if (pause) return NativeStatus::again;
  if (overflow) return call.raise("Overflow", "the sum does not fit in an Int");
  return done(call, so_far);
}

NativeStatus sum_float(NativeCall& call) {
  Slot so_far = vm::slot_of_float(0);
  const bool pause = walk(call, so_far, [&](const Slot* items, std::size_t from, std::size_t to) {
    double sum = vm::float_of(so_far);
    for (std::size_t i = from; i < to; ++i) sum += vm::float_of(items[i]);
    so_far = vm::slot_of_float(sum);
    return true;
  });
  return pause ? NativeStatus::again : done(call, so_far);
}

// The largest (sign 1) or smallest, the first of equal ones. `so_far` is its number in the list.
NativeStatus extreme(NativeCall& call, int sign) {
  if (vm::list_count(first_argument(call)) == 0)
    return call.raise("ValueError", sign > 0 ? "max of an empty list" : "min of an empty list");
  const types::Type* const type = call.types[0]->args[0];
  Slot best = 0;
  const bool pause = walk(call, best, [&](const Slot* items, std::size_t from, std::size_t to) {
    for (std::size_t i = std::max<std::size_t>(from, 1); i < to; ++i)
      if (sign * vm::compare(type, items[i], items[best]) > 0) best = i;
    return true;
  });
  if (pause) return NativeStatus::again;
  const Slot item = items_of(first_argument(call))[best];
  if (type->is_ref) vm::share(item);
  return done(call, item);
}
NativeStatus max(NativeCall& call) { return extreme(call, 1); }
NativeStatus min(NativeCall& call) { return extreme(call, -1); }

NativeStatus contains(NativeCall& call) {
  const types::Type* const type = call.types[0]->args[0];
  Slot found = 0;
  const bool pause = walk(call, found, [&](const Slot* items, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && !found; ++i) found = vm::equal(type, items[i], call.args[1]);
    return !found;
  });
  return pause ? NativeStatus::again : done(call, found);
}

// `count` items from `first` on, forwards or backwards, as a new list. Slots of the state: the argument, the new list.
NativeStatus copied(NativeCall& call, std::size_t first, std::size_t count, bool backwards) {
  const bool references = vm::object(first_argument(call))->header & vm::flag_ref_items;
  vm::Root list(call.heap, resumed(call) ? state_slot(call, 1) : vm::make_list(call.heap, references, count));
  for (;;) {
    const std::size_t at = vm::list_count(list.get()), to = std::min(count, at + items_at_once);
    if (at == to) return done(call, list.get());
    const Slot* const from = items_of(first_argument(call)) + first;
    Slot* const into = items_of(list.get());
    for (std::size_t i = at; i < to; ++i) {
      into[i] = from[backwards ? count - 1 - i : i];
      if (references) vm::share(into[i]);
    }
    list.as<vm::List>()->count = to;
    if (to < count && spent(call, to - at)) {
      if (!resumed(call)) suspend_with(call, 2, 2);
      state_slot(call, 1) = list.get();
      return NativeStatus::again;
    }
  }
}

std::size_t at_most(Slot number, std::size_t count) {
  const auto n = static_cast<std::int64_t>(number);
  return n < 0 ? 0 : std::min(count, static_cast<std::size_t>(n));
}

NativeStatus take(NativeCall& call) {
  return copied(call, 0, at_most(call.args[1], vm::list_count(first_argument(call))), false);
}
NativeStatus drop(NativeCall& call) {
  const std::size_t count = vm::list_count(first_argument(call)), first = at_most(call.args[1], count);
  return copied(call, first, count - first, false);
}
NativeStatus reverse(NativeCall& call) { return copied(call, 0, vm::list_count(first_argument(call)), true); }

constexpr vm::NativeEntry entries[] = {
    {"sum.int", sum_int},   {"sum.float", sum_float}, {"max.list", max},   {"min.list", min},
    {"contains.list", contains}, {"take.list", take}, {"drop.list", drop}, {"reverse.list", reverse},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable scan_natives;
const NativeTable scan_natives = words::entries;
}  // namespace m31::vm
