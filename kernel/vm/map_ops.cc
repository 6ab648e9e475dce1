#include "kernel/vm/map_ops.h"

#include <algorithm>

#include "kernel/vm/layout.h"
#include "kernel/vm/value_ops.h"

namespace m31::vm {
namespace {

std::uint32_t* index_of(const Map* map, std::uint64_t& mask) {
  Raw* raw = as<Raw>(map->index);
  mask = std::uint64_t{raw->high()} * 2 - 1;
  return reinterpret_cast<std::uint32_t*>(raw->words);
}

std::uint64_t place_of(std::uint64_t hash, std::uint64_t mask) { return (hash ^ hash >> 32) >> 1 & mask; }

std::uint64_t capacity_of(const Map* map) { return map->entries ? as<Raw>(map->entries)->high() / 3 : 0; }

template <class Same>
MapEntry* find(Slot map, std::uint64_t hash, Same same) {
  const Map* m = as<Map>(map);
  std::span<MapEntry> entries = entries_of(map);
  if (!m->index) {
    for (MapEntry& entry : entries)
      if (entry.hash == hash && same(entry.key)) return &entry;
    return nullptr;
  }
  std::uint64_t mask;
  const std::uint32_t* index = index_of(m, mask);
  for (std::uint64_t at = place_of(hash, mask);; at = (at + 1) & mask) {
    std::uint32_t number = index[at];
    if (number == 0) return nullptr;
    MapEntry& entry = entries[number - 1];
    if (entry.hash == hash && same(entry.key)) return &entry;
  }
}

// The entry that was found last, if its key is this one: `m[k] += 1` and its like look for the same key two or three times, and comparing is
// cheaper than hashing. Its number stands in the header's upper half, and is never trusted.
MapEntry* found_before(Slot map, const types::Type* key_type, Slot key) {
  const Map* m = as<Map>(map);
  if (m->high() >= m->used) return nullptr;
  MapEntry& entry = entries_of(map)[m->high()];
  if (!entry.hash) return nullptr;
  if (key_type->kind != types::TypeKind::string) return equal(key_type, entry.key, key) ? &entry : nullptr;
  // Texts of a kind tend to differ at their ends.
  std::string_view known = text_of(entry.key), text = text_of(key);
  if (known.size() != text.size() || (!text.empty() && known.back() != text.back())) return nullptr;
  return known == text ? &entry : nullptr;
}
MapEntry* found(Slot map, MapEntry* entry) {
  if (!entry) return nullptr;
  Map* const m = as<Map>(map);
  m->header = static_cast<std::uint32_t>(m->header) | static_cast<std::uint64_t>(entry - entries_of(map).data()) << 32;
  return entry;
}

void enter(Map* map, std::uint64_t hash, std::uint64_t number) {
  std::uint64_t mask;
  std::uint32_t* index = index_of(map, mask);
  std::uint64_t at = place_of(hash, mask);
  while (index[at]) at = (at + 1) & mask;
  index[at] = static_cast<std::uint32_t>(number + 1);
}

// Entries moved to a new Raw without the removed ones, index made anew.
void rebuild(Heap& heap, Root& map, std::uint64_t capacity) {
  Root entries(heap, make_raw(heap, capacity * 3));
  Slot index = 0;
  if (std::size_t words = map_index_words(capacity)) index = make_raw(heap, words);
  Map* m = map.as<Map>();
  auto* to = reinterpret_cast<MapEntry*>(entries.as<Raw>()->words);
  std::uint64_t used = 0;
  for (const MapEntry& entry : entries_of(map.get()))
    if (entry.hash) to[used++] = entry;
  m->entries = entries.get();
  m->index = index;
  m->used = used;
  if (index) fill_map_index(m);
}

void append_entry(Heap& heap, Root& map, std::uint64_t hash, Root& key, Root& value, Slot scalar_key, Slot scalar_value) {
  Map* m = map.as<Map>();
  std::uint64_t capacity = capacity_of(m);
  if (m->used == capacity) {
    std::uint64_t grown = std::max<std::uint64_t>(4, m->live * 4 > capacity * 3 ? capacity * 2 : capacity);
    ENSURE(grown < UINT32_MAX / 4, grown);
    rebuild(heap, map, grown);
    m = map.as<Map>();
  }
  auto* entries = reinterpret_cast<MapEntry*>(as<Raw>(m->entries)->words);
  entries[m->used] = {hash, m->header & flag_ref_keys ? key.get() : scalar_key,
                      m->header & flag_ref_values ? value.get() : scalar_value};
  if (m->index) enter(m, hash, m->used);
  ++m->used;
  ++m->live;
}

}  // namespace

std::size_t map_index_words(std::uint64_t entry_count) {
  if (entry_count <= small_map_entries) return 0;
  std::uint64_t places = 16;
  while (places < 2 * entry_count) places *= 2;
  return places / 2;
}

void fill_map_index(Map* map) {
  Raw* index = as<Raw>(map->index);
  std::memset(index->words, 0, 8 * std::size_t{index->high()});
  std::span<MapEntry> entries = entries_of(slot_of(map));
  for (std::uint64_t i = 0; i < entries.size(); ++i) enter(map, entries[i].hash, i);
}

MapEntry* map_find_text(Slot map, std::string_view key) {
  return find(map, hash_text(key), [&](Slot other) { return text_of(other) == key; });
}

MapEntry* map_find_hashed(Slot map, const types::Type* key_type, std::uint64_t hash, Slot key) {
  switch (key_kind(key_type)) {
    case KeyKind::text: {
      std::string_view text = text_of(key);
      return find(map, hash, [&](Slot other) { return other == key || text_of(other) == text; });
    }
    case KeyKind::scalar:
      if (key_type->kind == types::TypeKind::float_) break;
      return find(map, hash, [&](Slot other) { return other == key; });
    case KeyKind::structural: break;
  }
  return find(map, hash, [&](Slot other) { return equal(key_type, other, key); });
}

MapEntry* map_find_across(Slot map, const types::Type* key_type, std::uint64_t hash, const types::Type* type, Slot key) {
  return find(map, hash, [&](Slot other) { return equal(key_type, other, type, key); });
}

MapEntry* map_find(Slot map, const types::Type* key_type, Slot key) {
  if (as<Map>(map)->live == 0) return nullptr;
  if (key_kind(key_type) == KeyKind::scalar) return map_find_hashed(map, key_type, hash_value(key_type, key), key);
  if (MapEntry* entry = found_before(map, key_type, key)) return entry;
  return found(map, map_find_hashed(map, key_type, hash_value(key_type, key), key));
}

void map_set(Heap& heap, Root& map, const types::Type* key_type, Slot key, Slot value) {
  if (key_kind(key_type) != KeyKind::scalar) {
    if (MapEntry* entry = found_before(map.get(), key_type, key)) {
      entry->value = value;
      return;
    }
  }
  std::uint64_t hash = hash_value(key_type, key);
  if (MapEntry* entry = map_find_hashed(map.get(), key_type, hash, key)) {
    entry->value = value;
    return;
  }
  std::uint64_t header = map.as<Map>()->header;
  Root keep_key(heap, header & flag_ref_keys ? key : 0), keep_value(heap, header & flag_ref_values ? value : 0);
  append_entry(heap, map, hash, keep_key, keep_value, key, value);
}

void map_put_text(Heap& heap, Root& map, std::string_view key, Slot value) {
  std::uint64_t hash = hash_text(key);
  if (MapEntry* entry = find(map.get(), hash, [&](Slot other) { return text_of(other) == key; })) {
    entry->value = value;
    return;
  }
  Root keep_value(heap, map.as<Map>()->header & flag_ref_values ? value : 0);
  Root keep_key(heap, make_string(heap, key));
  append_entry(heap, map, hash, keep_key, keep_value, 0, value);
}

bool map_remove(Slot map, const types::Type* key_type, Slot key) {
  MapEntry* entry = map_find(map, key_type, key);
  if (!entry) return false;
  *entry = {0, 0, 0};
  if (--as<Map>(map)->live == 0 && !as<Map>(map)->index) as<Map>(map)->used = 0;
  return true;
}

}  // namespace m31::vm
