// Reading records: by key, and by equality of attributes. One condition drives (the key itself, or the queryable attribute with the
// fewest index entries of that value); the others are checked on the records it leads to. Index keys hold the partition after the
// value, so one seek serves all partitions; records that the index is behind on are looked at beside it. Without a condition that can drive, every record of the space is read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/catalogue.h"
#include "store/lmdb.h"

namespace m31::store {

// True when a search for these is driven by the index.
bool uses_index(const KnownSpace& space, const std::vector<Condition>& conditions);

Result<std::optional<Record>> get_record(const lmdb::Transaction& txn, const KnownSpace& space, const data::Datum& key,
                                         const std::string& directory);
// In key order; the first `records_max`.
Result<std::vector<Record>> search_records(lmdb::Transaction& txn, const KnownSpace& space, const std::vector<Condition>& conditions,
                                           std::size_t records_max, const std::string& directory);
Result<Page> page_of_records(lmdb::Transaction& txn, const KnownSpace& space, const std::string& from, std::size_t records_max,
                             const std::string& directory);
// Makes the search, and says what it did.
Result<std::string> explain_search(lmdb::Transaction& txn, const KnownSpace& space, const std::vector<Condition>& conditions,
                                   const std::string& directory);

}  // namespace m31::store
