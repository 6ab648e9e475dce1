// Writes stored files (store/files.h): begin a file, fill chunks, end it. What has been written goes to the disk in transactions of a
// few MiB, many small files in one, so memory stays bounded and a fsync serves many. A file of several transactions is noted as
// begun, and a sweep deletes what a killed process left of it; its record stands in the last of them, so whoever reads sees the old
// file or the new one.
//
// Blocking; one thread at a time. Files are durable when flush() gives success; a writer that ends before leaves nothing of
// those not flushed.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include "store/files.h"

namespace m31::store {

class FileWriter {
 public:
  explicit FileWriter(std::shared_ptr<lmdb::Environment> environment);

  // REQUIRES: no file is open; `path` has path_bytes_max bytes at most and no NUL.
  void begin(std::string path, Provenance provenance);
  // Where the next bytes go, and how many came there.
  std::span<char> room();
  Result<void> commit(std::size_t size_bytes);
  Result<void> add(std::string_view bytes);      // both, with a copy
  Result<void> end();
  Result<void> flush();

 private:
  struct Chunk {
    std::string key, bytes;                      // with the head
  };
  Result<void> close_chunk();
  int put_record(lmdb::Transaction& txn, FileRecord& record, std::uint64_t stamp);

  std::shared_ptr<lmdb::Environment> environment_;
  LockFile lock_;
  FileHash hash_;
  FileRecord file_;                              // the one that is open
  std::uint32_t part_ = 0, next_chunk_ = 0;
  bool is_noted_ = false;                        // in database m as begun
  std::string filling_;                          // the chunk's head and room
  std::size_t filled_ = 0;
  std::vector<Chunk> chunks_;                    // to be written
  std::size_t chunk_bytes_ = 0;
  std::vector<FileRecord> ended_;                // to be made visible, with whether each was noted:
  std::vector<bool> ended_noted_;
  std::vector<std::string> spare_;               // buffers of chunks
};

}  // namespace m31::store
