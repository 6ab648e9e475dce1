// Stored files: bytes of any length under a path, in the same LMDB environment as the records (store/format.md). No folders: a path
// is a label, looking into a "folder" is a search by prefix.
//
// A file is seen whole or not at all: its chunks are written first, under a random upload id, and the record that names them in
// the transaction that makes it so (file_writer.h). Replaced and removed bytes stay until no reader can want them: readers share
// a lock file, and what has been dead for dead_bytes_kept_s goes whoever reads, so that a reader that lags so far gets an
// error (`stale`) and the file on disk stays bounded. No transaction outlives a call.
//
// Blocking; may be used by one thread at a time. Several may look at one directory, in one process or many.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/file_record.h"
#include "store/lmdb.h"
#include "store/lock_file.h"
#include "store/store.h"

namespace m31::store {

inline constexpr std::uint64_t dead_bytes_kept_s = 600;

class Files {
 public:
  // Makes the directory when missing.
  static Result<std::unique_ptr<Files>> open(const std::string& directory);
  explicit Files(std::shared_ptr<lmdb::Environment> environment) : environment_(std::move(environment)) {}

  Result<std::optional<FileRecord>> find(std::string_view path);
  // Those whose path begins so and that `wants` takes, in the order of their paths.
  Result<std::vector<FileRecord>> list(std::string_view path_prefix, const std::function<bool(std::string_view)>& wants);
  // Removes those that are there, all in one transaction; gives how many there were.
  Result<std::size_t> remove(const std::vector<std::string>& paths);

  // Deletes chunks that nobody can want: of uploads whose process was killed, of files that were replaced or removed. REQUIRES: this
  // thread has no FileWriter or FileReader of this directory.
  Result<void> sweep();

  const std::shared_ptr<lmdb::Environment>& environment() const { return environment_; }

 private:
  std::shared_ptr<lmdb::Environment> environment_;
};

// Reads the bytes of records that Files gave, also after they were replaced, as long as it lives (see above). May go from
// thread to thread.
class FileReader {
 public:
  explicit FileReader(std::shared_ptr<lmdb::Environment> environment);
  // Copies from byte `at` on: to.size() bytes, or to the end of the file. Checks the sums of chunks that are begun.
  Result<std::size_t> read(const FileRecord& file, std::uint64_t at, std::span<char> to);

 private:
  std::shared_ptr<lmdb::Environment> environment_;
  LockFile lock_;
};

// Lock files of a store's directory: who writes files holds the first, who reads them the second.
std::string upload_lock_path(const lmdb::Environment& environment);
std::string reader_lock_path(const lmdb::Environment& environment);

// Database `m`: an upload that has begun and has no record yet, and one that no record names any more.
std::string begun_key(const UploadId& upload);
std::string dead_key(const UploadId& upload);
std::string dead_value(std::uint64_t stamp, std::uint32_t part);

}  // namespace m31::store
