// Maps: insertion-ordered hash tables. `entries` holds {hash, key, value} in order of insertion, a removed one has hash 0;
// beyond small_map_entries of capacity an index of entry numbers is probed linearly. Hashes are stored, so growing and
// moving never looks at keys.
//
// map_set and map_remove change the map in place: own() it first. Keys and values are slots as the map's type says.
#pragma once

#include <span>

#include "kernel/types/type.h"
#include "kernel/vm/heap.h"

namespace m31::vm {

inline constexpr std::uint64_t small_map_entries = 8;

inline std::span<MapEntry> entries_of(Slot map) {
  const Map* m = as<Map>(map);
  if (!m->entries) return {};
  return {reinterpret_cast<MapEntry*>(as<Raw>(m->entries)->words), m->used};
}

MapEntry* map_find(Slot map, const types::Type* key_type, Slot key);       // null when absent; until the next allocation
MapEntry* map_find_hashed(Slot map, const types::Type* key_type, std::uint64_t hash, Slot key);
// The entry whose key equals `key` of another type.
MapEntry* map_find_across(Slot map, const types::Type* key_type, std::uint64_t hash, const types::Type* type, Slot key);
MapEntry* map_find_text(Slot map, std::string_view key);
// Replaces the value or adds an entry at the end. May collect.
void map_set(Heap& heap, Root& map, const types::Type* key_type, Slot key, Slot value);
// For makers of whole maps: words of the index for so many entries (0: none), and its filling from the entries.
std::size_t map_index_words(std::uint64_t entry_count);
void fill_map_index(Map* map);
bool map_remove(Slot map, const types::Type* key_type, Slot key);          // false when absent

}  // namespace m31::vm
