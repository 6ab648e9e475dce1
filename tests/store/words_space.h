// The space of Figure 2, and batches over it.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/lmdb_store.h"
#include "store/store.h"

namespace m31::tests {

inline const types::Type* int_type() { return types::basic(types::TypeKind::int_); }
inline const types::Type* string_type() { return types::basic(types::TypeKind::string); }

inline store::Space words_space() {
  store::Space space;
  space.key = {"word", string_type(), true};
  space.attributes = {{"freq", int_type(), true}};
  return space;
}

inline store::Command increment(std::uint32_t space, std::string_view word, std::int64_t by = 1) {
  store::Command command;
  command.space = space;
  command.key = data::Datum::of_text(word);
  command.changes.push_back({0, store::Operation::add, data::Datum::of_int(by)});
  return command;
}

inline store::Token token(std::uint64_t fibril, std::uint32_t sequence, std::uint64_t hash = 1, std::uint32_t epoch = 0) {
  return {.incarnation_high = 31, .incarnation_low = 7, .fibril = fibril, .epoch = epoch, .sequence = sequence, .hash = hash};
}

inline std::unique_ptr<store::Store> opened(const std::string& directory, std::size_t map_bytes = store::OpenOptions().map_bytes) {
  auto store = store::open_lmdb_store(directory, {.map_bytes = map_bytes});
  if (!store) FAIL(store.error().message);
  return std::move(*store);
}

inline store::Result<store::BatchResult> apply_one(store::Store& store, store::Batch batch) {
  std::vector<store::Batch> batches;
  batches.push_back(std::move(batch));
  auto results = store.apply(batches);
  REQUIRE(results.size() == 1);
  return results[0];
}

inline std::int64_t count_of(store::Store& store, std::uint32_t space, std::string_view word) {
  auto record = store.get(space, data::Datum::of_text(word));
  if (!record) FAIL(record.error().message);
  return *record ? (*record)->value.items[1].integer : 0;
}

}  // namespace m31::tests
