// The spaces of a store as one process knows them, and everything else that database `m` holds under fixed keys
// (store/format.md). Spaces are only ever added, so what is known stays right; the catalogue's version, read in each
// transaction, tells when another process added one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "store/lmdb.h"
#include "store/store.h"

namespace m31::store {

inline constexpr std::uint32_t store_format = 1;

// A space with what every operation on it needs.
struct KnownSpace {
  Space space;
  std::uint32_t first_partition = 0;
  const types::Type* record_type = nullptr;
  std::uint64_t type_fingerprint = 0;
  std::vector<const types::Type*> field_types;   // key, then attributes
  std::vector<std::string> zeros;                // of each attribute, in compact form
  std::vector<std::uint32_t> indexed;            // numbers of the queryable attributes
  std::vector<const types::Type*> indexed_types;
};

class Catalogue {
 public:
  // Reads again what another process added since the last time.
  Result<void> refresh(const lmdb::Transaction& txn, const std::string& directory);
  const KnownSpace* find(std::uint32_t id) const;
  const KnownSpace* find(std::string_view name) const;
  const std::vector<std::shared_ptr<const KnownSpace>>& spaces() const { return spaces_; }

 private:
  std::uint64_t version_ = 0;
  std::vector<std::shared_ptr<const KnownSpace>> spaces_;   // by id
};

// Checks the format's version, and writes it into a new store. REQUIRES: a write transaction if `may_write`.
Result<bool> check_format(lmdb::Transaction& txn, bool may_write, const std::string& directory);   // false: not there yet

// Empty when `space` can be kept; else why not.
std::string fault_of(const Space& space);
// Empty when they are equal; else what differs, for a person.
std::string difference(const Space& existing, const Space& wanted);
// Gives `wanted` its id and partitions and writes it. REQUIRES: a write transaction; fault_of is empty; no space of that name.
Result<std::uint32_t> write_space(lmdb::Transaction& txn, const Space& wanted, const std::string& directory);

// Numbers of `m` under a key; absent ones are 0.
Result<std::uint64_t> read_number(const lmdb::Transaction& txn, std::string_view key, const std::string& directory);
std::string number_bytes(std::uint64_t value);
std::string count_key(std::uint32_t space);        // of a space's records
inline constexpr std::string_view stamp_key = "l";  // of the last change
// For a change made now: later than the last one, whatever the clock says. An error when that cannot be read.
Result<std::uint64_t> next_stamp(const lmdb::Transaction& txn, const std::string& directory);

}  // namespace m31::store
