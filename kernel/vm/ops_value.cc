// Construction and parts of values.
#include <fmt/format.h>

#include <algorithm>

#include "kernel/vm/convert.h"
#include "kernel/vm/map_ops.h"
#include "kernel/vm/ops.h"
#include "kernel/vm/raise.h"
#include "kernel/vm/value_ops.h"

namespace m31::vm {

using types::Type;
using types::TypeKind;

void op_make_fixed(Fibril& f, const code::FnCode::Shape& shape, const Slot* window, Slot* result) {
  std::uint32_t count = shape.field_count, first = shape.tag < 0 ? 0 : 1;
  Slot fixed;
  if (count <= 32) {
    std::size_t bytes = sizeof(Fixed) + 8 * std::size_t{count};
    auto* o = static_cast<Fixed*>(allocate(f.heap, bytes));
    o->header = static_cast<std::uint64_t>(ObjectKind::fixed) | std::uint64_t{count} << 16 | shape.pointer_map[0] << 32;
    if (first) o->slots[0] = static_cast<Slot>(shape.tag);
    for (std::uint32_t i = first; i < count; ++i) o->slots[i] = window[i - first];
    fixed = slot_of(o);
  } else {
    fixed = make_wide(f.heap, count, shape.pointer_map.data());
    Slot* slots = as<Fixed>(fixed)->slots + wide_words(count);
    if (first) slots[0] = static_cast<Slot>(shape.tag);
    for (std::uint32_t i = first; i < count; ++i) slots[i] = window[i - first];
  }
  *result = fixed;
}

void op_make_list(Fibril& f, bool refs, const Slot* window, std::uint32_t count, Slot* result) {
  Slot list = make_list(f.heap, refs, count);
  as<List>(list)->count = count;
  if (count) std::copy_n(window, count, as<Array>(as<List>(list)->items)->slots);
  *result = list;
}

void op_list_extend(Fibril& f, Slot* list, const Slot* window, std::uint32_t count) {
  Root root(f.heap, *list);
  for (std::uint32_t i = 0; i < count; ++i) list_append(f.heap, root, window[i]);
  *list = root.get();
}

void op_make_map(Fibril& f, const Type* type, const Slot* window, std::uint32_t pairs, Slot* result) {
  Root map(f.heap, make_map(f.heap, type->args[0]->is_ref, type->args[1]->is_ref, pairs));
  for (std::uint32_t i = 0; i < pairs; ++i) map_set(f.heap, map, type->args[0], window[2 * i], window[2 * i + 1]);
  *result = map.get();
}

void op_make_closure(Fibril& f, const code::FnCode* code, const Slot* window, Slot* result) {
  std::uint32_t count = code->capture_count;
  std::uint64_t map[8] = {};
  std::vector<std::uint64_t> wide;
  std::uint64_t* bits = map;
  if (count > 512) {
    wide.resize((count + 63) / 64);
    bits = wide.data();
  }
  for (std::uint32_t i = 0; i < count; ++i)
    if (code->instance->locals[code->parameter_count + i].type->is_ref) bits[i / 64] |= std::uint64_t{1} << (i % 64);
  Slot closure = make_closure(f.heap, code, count, bits);
  std::copy_n(window, count, as<Closure>(closure)->captures + wide_words(count));
  *result = closure;
}

void op_box(Fibril& f, const Type* type, const Slot* value, Slot* result) {
  auto* box = static_cast<Box*>(allocate(f.heap, sizeof(Box)));
  box->header = static_cast<std::uint64_t>(ObjectKind::box) | (type->is_ref ? flag_ref_items : 0);
  box->type_id = type->id;
  box->value = *value;
  *result = slot_of(box);
}

bool op_concat(Fibril& f, const Slot* window, std::uint32_t count, Slot* result) {
  std::size_t bytes = 0;
  std::uint64_t ascii = flag_ascii;
  for (std::uint32_t i = 0; i < count; ++i) {
    bytes += text_of(window[i]).size();
    ascii &= object(window[i])->header;
  }
  auto fill = [&](char* to) {
    for (std::uint32_t i = 0; i < count; ++i) {
      std::string_view text = text_of(window[i]);
      if (!text.empty()) std::memcpy(to, text.data(), text.size());
      to += text.size();
    }
  };
  if (bytes <= 4096) {
    auto* str = static_cast<Str*>(allocate(f.heap, sizeof(Str) + round8(bytes)));
    str->header = static_cast<std::uint64_t>(ObjectKind::str) | ascii | std::uint64_t{bytes} << 32;
    fill(str->bytes);
    *result = slot_of(str);
    return true;
  }
  if (bytes > room_bytes(f.heap)) {
    collect(f.heap);
    if (bytes > room_bytes(f.heap)) {
      f.over_memory = true;
      return false;
    }
  }
  data::Buffer* buffer = data::Buffer::make(bytes);
  fill(buffer->bytes);
  *result = make_string(f.heap, data::Text(buffer, {buffer->bytes, bytes}));
  return true;
}

bool raise_index(Fibril& f, Slot list, Slot index) {
  std::uint64_t count = list_count(list);
  return raise_error(f, "IndexError",
                     fmt::format("index {} in a list of {} item{}", static_cast<std::int64_t>(index), count, count == 1 ? "" : "s"));
}

static bool position(Slot list, Slot index, std::uint64_t& at) {
  auto i = static_cast<std::int64_t>(index);
  auto count = static_cast<std::int64_t>(list_count(list));
  if (i < 0) i += count;
  at = static_cast<std::uint64_t>(i);
  return i >= 0 && i < count;
}

bool op_list_set(Fibril& f, Slot list, Slot index, Slot value) {
  std::uint64_t at;
  if (!position(list, index, at)) return raise_index(f, list, index);
  as<Array>(as<List>(list)->items)->slots[at] = value;
  return true;
}

bool op_own_item(Fibril& f, const Slot* list, Slot index, Slot* result) {
  std::uint64_t at;
  if (!position(*list, index, at)) return raise_index(f, *list, index);
  Slot item = list_at(*list, at);
  if (object(item)->shared()) {
    item = own(f.heap, item);
    as<Array>(as<List>(*list)->items)->slots[at] = item;
  }
  *result = item;
  return true;
}

void op_own_field(Fibril& f, const Slot* record, std::uint32_t slot, Slot* result) {
  Slot part = as<Fixed>(*record)->slots[slot];
  if (object(part)->shared()) {
    part = own(f.heap, part);
    as<Fixed>(*record)->slots[slot] = part;
  }
  *result = part;
}

bool op_list_slice(Fibril& f, const Slot* window, Slot* result) {
  auto count = static_cast<std::int64_t>(list_count(window[0]));
  auto from = static_cast<std::int64_t>(window[1]), to = static_cast<std::int64_t>(window[2]);
  if (from < 0) from += count;
  if (to < 0) to += count;
  if (from < 0 || from > count || to < from || to > count)
    return raise_error(f, "IndexError", fmt::format("slice {}..{} of a list of {} item{}", static_cast<std::int64_t>(window[1]),
                                                    static_cast<std::int64_t>(window[2]), count, count == 1 ? "" : "s"));
  bool refs = object(window[0])->header & flag_ref_items;
  auto length = static_cast<std::size_t>(to - from);
  Slot slice = make_list(f.heap, refs, length);
  if (length) {
    const Slot* items = as<Array>(as<List>(window[0])->items)->slots + from;
    if (refs)
      for (std::size_t i = 0; i < length; ++i) share(items[i]);
    std::copy_n(items, length, as<Array>(as<List>(slice)->items)->slots);
    as<List>(slice)->count = length;
  }
  *result = slice;
  return true;
}

void op_list_append(Fibril& f, Slot* list, Slot item) {
  Root root(f.heap, *list);
  list_append(f.heap, root, item);
  *list = root.get();
}

bool op_map_get(Fibril& f, const Type* key_type, Slot map, Slot key, Slot* result) {
  if (const MapEntry* entry = map_find(map, key_type, key)) {
    *result = entry->value;
    return true;
  }
  std::string shown = data::show(key_type, read(key_type, key));
  if (shown.size() > 200) shown = shown.substr(0, 200) + "...";
  return raise_error(f, "KeyError", "no key " + shown);
}

void op_map_set(Fibril& f, const Type* key_type, Slot* map, Slot key, Slot value) {
  Root root(f.heap, *map);
  map_set(f.heap, root, key_type, key, value);
  *map = root.get();
}

bool op_own_entry(Fibril& f, const Type* key_type, const Slot* map, Slot key, Slot* result) {
  Slot value;
  if (!op_map_get(f, key_type, *map, key, &value)) return false;
  if (object(value)->shared()) {
    // The key keeps its place in the map; only its object may move.
    auto number = static_cast<std::size_t>(map_find(*map, key_type, key) - entries_of(*map).data());
    value = own(f.heap, value);
    entries_of(*map)[number].value = value;
  }
  *result = value;
  return true;
}

static std::string held_type(Slot boxed) {
  return boxed ? types::show(types::by_id(static_cast<std::uint32_t>(as<Box>(boxed)->type_id))) : "None";
}

bool op_cast(Fibril& f, const Type* type, const Slot* boxed, Slot* result) {
  Slot value = *boxed;
  const Type* held = value ? types::by_id(static_cast<std::uint32_t>(as<Box>(value)->type_id))
                           : types::basic(TypeKind::none);
  if (type->kind == TypeKind::any || (type->kind == TypeKind::union_ && types::is_subset(held, type))) {
    *result = value;
    return true;
  }
  if (held == type) {
    *result = value ? as<Box>(value)->value : 0;
    return true;
  }
  if (held->kind == TypeKind::int_ && type->kind == TypeKind::float_) {
    *result = slot_of_float(static_cast<double>(static_cast<std::int64_t>(as<Box>(value)->value)));
    return true;
  }
  data::Datum converted;
  std::string misfit;
  if (value && convert(held, read(held, as<Box>(value)->value), type, converted, &misfit)) {
    Slot made = build(f.heap, type, converted);
    *result = made;
    return true;
  }
  // Inside a collection the place matters; otherwise the two types.
  if (misfit.starts_with("expected")) misfit.clear();
  return raise_error(f, "TypeError", misfit.empty() ? fmt::format("expected {}, found {}", types::show(type), held_type(value)) : misfit);
}

void put_global(Fibril& f, std::uint32_t symbol, const Type* type, Slot value) {
  if (Global* known = find_global(f, symbol)) {
    known->type = type;
    known->value = value;
    return;
  }
  if (!f.globals) f.globals = std::make_unique<Globals>();
  Globals& globals = *f.globals;
  auto add = [](std::vector<Global>& table, const Global& global) {
    std::size_t mask = table.size() - 1, at = global.symbol & mask;
    while (table[at].symbol) at = (at + 1) & mask;
    table[at] = global;
  };
  if ((globals.count + 1) * 4 > globals.table.size() * 3) {
    std::vector<Global> grown(std::max<std::size_t>(4, globals.table.size() * 2), Global{0, nullptr, 0});
    for (const Global& each : globals.table)
      if (each.symbol) add(grown, each);
    globals.table = std::move(grown);
  }
  add(globals.table, {symbol, type, value});
  ++globals.count;
}

}  // namespace m31::vm
