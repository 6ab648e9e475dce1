// The index (database `x`): for each queryable attribute of each record an entry [space][branch][attribute][value][part][key],
// so that equality is one range.
//
// Counters change all the time and are hardly ever searched by, so a flush does not touch the index: for a record whose queryable
// fields it changes, database `y` notes under the record's key the fields as the index has them, once, however often the record
// changes. `y` is in the order in which a flush walks anyway. A search by attribute also looks at the records noted in
// `y`; when they are many, it first brings the index up to date (catch_up), sorted, in one write transaction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/catalogue.h"
#include "store/key.h"
#include "store/lmdb.h"

namespace m31::store {

inline constexpr std::size_t behind_max = 1000;   // more records than this behind the index: a search catches up first

// Changes of the index, applied sorted.
class IndexChanges {
 public:
  // False when the field is malformed.
  [[nodiscard]] bool add(const KnownSpace& space, std::uint32_t attribute, std::string_view field, std::string_view record_key,
                         bool is_added);
  int write(lmdb::Transaction& txn);   // a code of LMDB

 private:
  struct Change {
    std::uint64_t head = 0;            // of the value: orders most pairs
    std::size_t at = 0;
    std::uint32_t size = 0;
    bool is_added = false;
  };
  std::string keys_;
  std::vector<Change> changes_;
};

// The entry of one field. False when it is malformed.
bool append_index_key(const KnownSpace& space, std::uint32_t attribute, std::string_view field, std::string_view record_key,
                      std::string& to);

// What `y` keeps of a record: nothing for one that the index does not have at all, else 01 and its queryable fields.
void write_noted(const KnownSpace& space, const std::vector<std::string_view>& fields, std::string& to);
// Into the fields of the space's queryable attributes; none for one not in the index. False when malformed.
bool read_noted(const KnownSpace& space, std::string_view noted, std::vector<std::string_view>& fields);

// Calls `visit(record_key, noted)` for the records of `space` that the index is behind on, until it gives false. A code of LMDB.
template <class Visit>
int visit_behind(lmdb::Transaction& txn, const KnownSpace& space, Visit visit);
std::size_t count_behind(lmdb::Transaction& txn, const KnownSpace& space, std::size_t count_max);

// Brings the index of one space up to date. REQUIRES: a write transaction. A code of LMDB; a record that is damaged stays noted.
int catch_up(lmdb::Transaction& txn, const KnownSpace& space);

template <class Visit>
int visit_behind(lmdb::Transaction& txn, const KnownSpace& space, Visit visit) {
  auto cursor = txn.cursor(lmdb::Database::behind);
  if (!cursor) return lmdb::unreadable;
  int code = cursor->seek_at_least(partition_prefix(space.first_partition));
  std::string end = partition_prefix(space.first_partition + space.space.options.partitions);
  for (; code == 0 && cursor->key() < end; code = cursor->next())
    if (!visit(cursor->key(), cursor->value())) return 0;
  return code == lmdb::not_found ? 0 : code;
}

}  // namespace m31::store
