// Words on lists. What a word puts into its result out of its argument is marked shared; what is taken out of a var
// list for good is not.
#include <algorithm>

#include "kernel/vm/layout.h"
#include "kernel/vm/native.h"
#include "kernel/vm/raise.h"

namespace m31::vm {
namespace {

Slot* items_of(Slot list) { return as<List>(list)->items ? as<Array>(as<List>(list)->items)->slots : nullptr; }
bool has_refs(Slot list) { return object(list)->header & flag_ref_items; }

std::string at_text(std::int64_t at, std::size_t count) {
  return "index " + std::to_string(at) + " in a list of " + std::to_string(count) + (count == 1 ? " item" : " items");
}

NativeStatus done(NativeCall& call, Slot value) {
  *call.result = value;
  return NativeStatus::done;
}

NativeStatus append(NativeCall& call) {
  Root list(call.heap, own(call.heap, call.args[0]));
  list_append(call.heap, list, call.args[1]);
  call.args[0] = list.get();
  return done(call, 0);
}

NativeStatus extend(NativeCall& call) {
  Slot owned = own(call.heap, call.args[0]);
  call.args[0] = owned;
  std::size_t before = list_count(owned), more = list_count(call.args[1]);
  if (more == 0) return done(call, 0);
  bool refs = has_refs(owned);
  std::size_t capacity = items_of(owned) ? as<Array>(as<List>(owned)->items)->high() : 0;
  if (before + more > capacity) {
    Slot grown = make_array(call.heap, refs, std::max(before + more, capacity * 2));
    List* list = as<List>(call.args[0]);
    if (before) std::copy_n(items_of(call.args[0]), before, as<Array>(grown)->slots);
    list->items = grown;
  }
  const Slot* from = items_of(call.args[1]);
  if (refs)
    for (std::size_t i = 0; i < more; ++i) share(from[i]);
  std::copy_n(from, more, items_of(call.args[0]) + before);
  as<List>(call.args[0])->count = before + more;
  return done(call, 0);
}

NativeStatus insert(NativeCall& call) {
  std::size_t count = list_count(call.args[0]);
  auto at = static_cast<std::int64_t>(call.args[1]);
  if (at < 0) at += static_cast<std::int64_t>(count);
  if (at < 0 || at > static_cast<std::int64_t>(count))
    return call.raise("IndexError", at_text(static_cast<std::int64_t>(call.args[1]), count));
  {
    Root list(call.heap, own(call.heap, call.args[0]));
    list_append(call.heap, list, call.args[2]);
    call.args[0] = list.get();
  }
  Slot* items = items_of(call.args[0]);
  std::rotate(items + at, items + count, items + count + 1);
  return done(call, 0);
}

NativeStatus remove_at(NativeCall& call, std::int64_t at) {
  std::size_t count = list_count(call.args[0]);
  std::int64_t i = at < 0 ? at + static_cast<std::int64_t>(count) : at;
  if (i < 0 || i >= static_cast<std::int64_t>(count)) return call.raise("IndexError", at_text(at, count));
  Slot owned = own(call.heap, call.args[0]);
  call.args[0] = owned;
  Slot* items = items_of(owned);
  Slot item = items[i];
  std::copy(items + i + 1, items + count, items + i);
  items[count - 1] = 0;
  --as<List>(owned)->count;
  return done(call, item);
}

NativeStatus pop(NativeCall& call) {
  if (list_count(call.args[0]) == 0) return call.raise("IndexError", "pop from an empty list");
  return remove_at(call, -1);
}

NativeStatus remove(NativeCall& call) { return remove_at(call, static_cast<std::int64_t>(call.args[1])); }

NativeStatus clear(NativeCall& call) {
  call.args[0] = make_list(call.heap, has_refs(call.args[0]), 0);
  return done(call, 0);
}

NativeStatus count(NativeCall& call) { return done(call, list_count(call.args[0])); }

NativeStatus range_count(NativeCall& call) {
  auto from = static_cast<std::int64_t>(field_slot(call.args[0], 0)), to = static_cast<std::int64_t>(field_slot(call.args[0], 1));
  if (to <= from) return done(call, 0);
  std::int64_t length;
  if (__builtin_sub_overflow(to, from, &length)) return call.raise("Overflow", "the range's length does not fit in an Int");
  return done(call, static_cast<Slot>(length));
}

NativeStatus range_contains(NativeCall& call) {
  auto from = static_cast<std::int64_t>(field_slot(call.args[0], 0)), to = static_cast<std::int64_t>(field_slot(call.args[0], 1));
  auto x = static_cast<std::int64_t>(call.args[1]);
  return done(call, from <= x && x < to);
}

constexpr NativeEntry entries[] = {
    {"list.append", append, 2, 1},
    {"list.extend", extend, 0, 1},
    {"list.insert", insert, 4, 1},
    {"list.pop", pop, 0, 1},
    {"list.remove", remove, 0, 1},
    {"list.clear", clear, 0, 1},
    {"count.list", count},
    {"count.range", range_count},
    {"contains.range", range_contains},
};

}  // namespace

extern const NativeTable list_natives;
const NativeTable list_natives(entries);

}  // namespace m31::vm
