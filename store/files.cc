#include "store/files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "store/catalogue.h"
#include "store/key.h"
#include "store/lmdb_store.h"

namespace m31::store {
namespace {

constexpr std::size_t deletions_of_a_transaction_max = 4096;

std::string upload_key(char kind, const UploadId& upload) {
  std::string key{kind};
  return key.append(upload.data(), upload.size());
}

Error damaged(const char* what, std::string_view path, const std::string& directory) {
  return {ErrorCode::damaged, std::string(what) + (path.empty() ? "" : " (" + std::string(path) + ")") + " in the store in " + directory};
}

// An upload to be deleted: its range in `b`, its note in `m`.
struct Dead {
  std::string note;
  std::string range;
};

// Notes of one kind; `is_due` looks at the value.
Result<void> collect(lmdb::Transaction& txn, char kind, const std::function<bool(std::string_view)>& is_due, std::vector<Dead>& to) {
  auto cursor = txn.cursor(lmdb::Database::meta);
  if (!cursor) return std::unexpected(cursor.error());
  const std::string range{kind};
  for (int code = cursor->seek_at_least(range); code == 0 && cursor->key().starts_with(kind); code = cursor->next()) {
    if (cursor->key().size() != 17 || cursor->value().size() != 12 || !is_due(cursor->value())) continue;
    UploadId upload;
    std::memcpy(upload.data(), cursor->key().data() + 1, upload.size());
    to.push_back({std::string(cursor->key()), chunk_range(read_u32(cursor->value().substr(8)), upload)});
  }
  return {};
}

}  // namespace

std::string begun_key(const UploadId& upload) { return upload_key('u', upload); }
std::string dead_key(const UploadId& upload) { return upload_key('g', upload); }

std::string dead_value(std::uint64_t stamp, std::uint32_t part) {
  std::string value;
  append_u64(stamp, value);
  append_u32(part, value);
  return value;
}

std::string upload_lock_path(const lmdb::Environment& environment) { return environment.directory() + "/uploads.lock"; }
std::string reader_lock_path(const lmdb::Environment& environment) { return environment.directory() + "/readers.lock"; }

Result<std::unique_ptr<Files>> Files::open(const std::string& directory) {
  auto environment = open_environment(directory, {});
  if (!environment) return std::unexpected(environment.error());
  return std::make_unique<Files>(std::move(*environment));
}

Result<std::optional<FileRecord>> Files::find(std::string_view path) {
  auto txn = environment_->read();
  if (!txn) return std::unexpected(txn.error());
  std::string_view bytes;
  int code = txn->get(lmdb::Database::objects, file_key(path), bytes);
  if (code == lmdb::not_found) return std::nullopt;
  if (code) return std::unexpected(lmdb::error_of(code, "cannot read", environment_->directory()));
  FileRecord record;
  if (const char* fault = read_file_record(bytes, record)) return std::unexpected(damaged(fault, path, environment_->directory()));
  if (record.path() != path) return std::nullopt;   // another long path with the same hash
  return record;
}

Result<std::vector<FileRecord>> Files::list(std::string_view path_prefix, const std::function<bool(std::string_view)>& wants) {
  auto txn = environment_->read();
  if (!txn) return std::unexpected(txn.error());
  auto cursor = txn->cursor(lmdb::Database::objects);
  if (!cursor) return std::unexpected(cursor.error());
  std::vector<FileRecord> found;
  for (std::uint32_t part = 0; part < file_parts; ++part) {
    const std::string range = file_prefix_key(part, path_prefix);
    int code = cursor->seek_at_least(range);
    for (; code == 0 && cursor->key().starts_with(range); code = cursor->next()) {
      FileRecord record;
      if (const char* fault = read_file_record(cursor->value(), record)) return std::unexpected(damaged(fault, {}, environment_->directory()));
      if (record.path().starts_with(path_prefix) && wants(record.path())) found.push_back(std::move(record));
    }
    if (code != 0 && code != lmdb::not_found) return std::unexpected(lmdb::error_of(code, "cannot read", environment_->directory()));
  }
  std::sort(found.begin(), found.end(), [](const FileRecord& a, const FileRecord& b) { return a.path() < b.path(); });
  return found;
}

Result<std::size_t> Files::remove(const std::vector<std::string>& paths) {
  std::size_t removed = 0;
  std::optional<Error> fault;
  auto written = lmdb::write_whole(*environment_, [&](lmdb::Transaction& txn) {
    removed = 0;
    auto stamp = next_stamp(txn, environment_->directory());
    if (!stamp) {
      fault = stamp.error();
      return ECANCELED;
    }
    for (const std::string& path : paths) {
      const std::string key = file_key(path);
      std::string_view bytes;
      int code = txn.get(lmdb::Database::objects, key, bytes);
      if (code == lmdb::not_found) continue;
      if (code) return code;
      FileRecord record;
      // A damaged record can be removed; its chunks stay.
      const bool is_sound = read_file_record(bytes, record) == nullptr;
      if (is_sound && record.path() != path) continue;
      if ((code = txn.remove(lmdb::Database::objects, key))) return code;
      if (is_sound && record.size_bytes > 0)
        if ((code = txn.put(lmdb::Database::meta, dead_key(record.upload), dead_value(*stamp, file_part(path))))) return code;
      ++removed;
    }
    return txn.put(lmdb::Database::meta, stamp_key, number_bytes(*stamp));
  });
  if (fault) return std::unexpected(std::move(*fault));
  if (!written) return std::unexpected(written.error());
  return removed;
}

Result<void> Files::sweep() {
  std::vector<Dead> dead;
  const LockFile no_uploads = LockFile::alone(upload_lock_path(*environment_));
  const LockFile no_readers = LockFile::alone(reader_lock_path(*environment_));
  {
    auto txn = environment_->read();
    if (!txn) return std::unexpected(txn.error());
    if (no_uploads.is_held())
      if (auto done = collect(*txn, 'u', [](std::string_view) { return true; }, dead); !done) return done;
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const std::uint64_t kept_ns = dead_bytes_kept_s * 1'000'000'000;
    const std::uint64_t now_ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
    const auto is_due = [&](std::string_view value) { return no_readers.is_held() || read_u64(value) + kept_ns < now_ns; };
    if (auto done = collect(*txn, 'g', is_due, dead); !done) return done;
  }
  // The note goes in the transaction of the last chunks: a kill in between leaves it for the next sweep.
  for (std::size_t next = 0; next < dead.size();) {
    std::size_t begun = next;
    auto written = lmdb::write_whole(*environment_, [&](lmdb::Transaction& txn) {
      next = begun;
      std::size_t deletions = 0;
      auto chunks = txn.cursor(lmdb::Database::chunks);
      if (!chunks) return lmdb::unreadable;
      for (; next < dead.size(); ++next) {
        int code = chunks->seek_at_least(dead[next].range);
        while (code == 0 && chunks->key().starts_with(dead[next].range)) {
          if (++deletions > deletions_of_a_transaction_max) return 0;
          if (int failed = chunks->remove()) return failed;
          code = chunks->seek_at_least(dead[next].range);
        }
        if (code != 0 && code != lmdb::not_found) return code;
        if ((code = txn.remove(lmdb::Database::meta, dead[next].note)) && code != lmdb::not_found) return code;
      }
      return 0;
    });
    if (!written) return written;
  }
  return {};
}

FileReader::FileReader(std::shared_ptr<lmdb::Environment> environment)
    : environment_(std::move(environment)), lock_(LockFile::shared(reader_lock_path(*environment_))) {}

Result<std::size_t> FileReader::read(const FileRecord& file, std::uint64_t at, std::span<char> to) {
  auto txn = environment_->read();
  if (!txn) return std::unexpected(txn.error());
  const std::uint32_t part = file_part(file.path());
  std::size_t done = 0;
  while (done < to.size() && at < file.size_bytes) {
    const auto number = static_cast<std::uint32_t>(at / chunk_bytes_max);
    const std::size_t skipped = at % chunk_bytes_max;
    const std::size_t expected = std::min<std::uint64_t>(chunk_bytes_max, file.size_bytes - std::uint64_t{number} * chunk_bytes_max);
    std::string_view bytes;
    int code = txn->get(lmdb::Database::chunks, chunk_key(part, file.upload, number), bytes);
    if (code == lmdb::not_found)
      return std::unexpected(Error{ErrorCode::stale, std::string(file.path()) + " was replaced or removed while it was read; read it again"});
    if (code) return std::unexpected(lmdb::error_of(code, "cannot read", environment_->directory()));
    if (bytes.size() != chunk_head_bytes + expected) return std::unexpected(damaged("a chunk of a stored file has another length", file.path(), environment_->directory()));
    std::uint64_t sum = 0;
    std::memcpy(&sum, bytes.data(), sizeof sum);
    bytes.remove_prefix(chunk_head_bytes);
    if (skipped == 0 && sum != chunk_sum(bytes))
      return std::unexpected(damaged("a chunk of a stored file does not fit its checksum", file.path(), environment_->directory()));
    const std::size_t size = std::min(expected - skipped, to.size() - done);
    std::memcpy(to.data() + done, bytes.data() + skipped, size);
    done += size;
    at += size;
  }
  return done;
}

}  // namespace m31::store
