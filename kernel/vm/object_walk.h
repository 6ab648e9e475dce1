// The one walk over objects: how long an object is and which of its slots are references, told from its header alone.
// Collector, message copier and serialiser differ only in what they do at each reference.
//
// A map is walked as a whole: its entries (a Raw, which knows no pointers itself) belong to exactly one map.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/vm/value.h"

namespace m31::vm {

inline std::size_t round8(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

inline std::size_t size_bytes(const Object* o) {
  switch (o->kind()) {
    case ObjectKind::fixed: return sizeof(Fixed) + 8 * std::size_t{o->count()};
    case ObjectKind::box: return sizeof(Box);
    case ObjectKind::closure: return sizeof(Closure) + 8 * std::size_t{o->count()};
    case ObjectKind::str: return sizeof(Str) + round8(o->high());
    case ObjectKind::str_ext: return sizeof(StrExt);
    case ObjectKind::list: return sizeof(List);
    case ObjectKind::array:
    case ObjectKind::raw: return sizeof(Raw) + 8 * std::size_t{o->high()};
    case ObjectKind::map: return sizeof(Map);
    case ObjectKind::handle: return sizeof(Handle);
  }
  return sizeof(Object);
}

inline bool is_external(const Object* o) {
  return o->kind() == ObjectKind::str_ext || o->kind() == ObjectKind::handle;
}

// Slots of a Fixed or Closure: those the pointer map names.
template <class Visit>
inline void visit_mapped(std::uint64_t header, Slot* slots, Visit&& visit) {
  std::uint32_t count = static_cast<std::uint16_t>(header >> 16);
  if (header & flag_wide) {
    std::uint32_t words = 1;
    while (words + 64 * words < count) ++words;
    for (std::uint32_t w = 0; w < words; ++w)
      for (std::uint64_t bits = slots[w]; bits; bits &= bits - 1)
        visit(slots[words + 64 * w + static_cast<std::uint32_t>(__builtin_ctzll(bits))]);
    return;
  }
  for (std::uint32_t bits = static_cast<std::uint32_t>(header >> 32); bits; bits &= bits - 1)
    visit(slots[__builtin_ctz(bits)]);
}

// Key and value slots of a map's entries, which lie at `entries` (already where they are to be visited).
template <class Visit>
inline void visit_entries(const Map* map, Raw* entries, Visit&& visit) {
  bool keys = map->header & flag_ref_keys, values = map->header & flag_ref_values;
  if (!keys && !values) return;
  auto* at = reinterpret_cast<MapEntry*>(entries->words);
  for (std::uint64_t i = 0; i < map->used; ++i) {
    if (at[i].hash == 0) continue;
    if (keys) visit(at[i].key);
    if (values) visit(at[i].value);
  }
}

// Calls visit(Slot&) for each reference slot (which may be null). A map's entries come after `entries` itself, so that
// the visitor may move the Raw first.
template <class Visit>
inline void visit_slots(Object* o, Visit&& visit) {
  switch (o->kind()) {
    case ObjectKind::fixed: visit_mapped(o->header, static_cast<Fixed*>(o)->slots, visit); break;
    case ObjectKind::closure: visit_mapped(o->header, static_cast<Closure*>(o)->captures, visit); break;
    case ObjectKind::box:
      if (o->header & flag_ref_items) visit(static_cast<Box*>(o)->value);
      break;
    case ObjectKind::list: visit(static_cast<List*>(o)->items); break;
    case ObjectKind::array:
      if (o->header & flag_ref_items)
        for (std::uint32_t i = 0, n = o->high(); i < n; ++i) visit(static_cast<Array*>(o)->slots[i]);
      break;
    case ObjectKind::map: {
      Map* map = static_cast<Map*>(o);
      visit(map->entries);
      visit(map->index);
      if (map->entries) visit_entries(map, as<Raw>(map->entries), visit);
      break;
    }
    case ObjectKind::str:
    case ObjectKind::str_ext:
    case ObjectKind::raw:
    case ObjectKind::handle: break;
  }
}

}  // namespace m31::vm
