// A store as text, for people and tests: its spaces, records and tokens, and whether it is sound. Reads one consistent state;
// other processes may go on writing. Damage is part of the text, not an error.
#pragma once

#include <string>

#include "store/store.h"

namespace m31::store {

struct DumpOptions {
  std::size_t records_max = 20;   // shown of each space; of the files too
};

// Stable: spaces by number, records by key.
Result<std::string> dump(const std::string& directory, const DumpOptions& options);

struct Verification {
  std::uint64_t records = 0;
  std::uint64_t index_entries = 0;
  std::uint64_t behind = 0;          // records that the index is behind on
  std::uint64_t tokens = 0;
  std::uint64_t files = 0, chunks = 0;
  std::uint64_t waiting = 0;         // uploads whose chunks are to be deleted
  std::string listing;               // of files
  std::vector<std::string> faults;   // the first hundred; empty: sound
};

// Reads everything: checksums and types of records, each under its own key; the index and the counts as recomputed; stored files
// with all their chunks.
Result<Verification> verify(const std::string& directory);

}  // namespace m31::store
