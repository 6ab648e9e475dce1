// Stored files as verify and dump see them (store/store_dump.h): each record under its own path, each of its chunks there, of its
// length and sum; and no chunk that no record names, but for those that `m` notes as begun or dead.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/lmdb.h"

namespace m31::store {

struct FileCheck {
  std::uint64_t files = 0, chunks = 0;
  std::uint64_t waiting = 0;                // uploads whose chunks the next sweep deletes
  std::vector<std::string> faults;
  std::string listing;                      // a line for each of the first files
};

Result<FileCheck> check_files(lmdb::Transaction& txn, std::size_t listed_max, const std::string& directory);

}  // namespace m31::store
