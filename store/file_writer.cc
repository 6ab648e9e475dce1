#include "store/file_writer.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/base/ensure.h"
#include "store/catalogue.h"

namespace m31::store {
namespace {

constexpr std::size_t transaction_bytes = std::size_t{8} << 20;
constexpr std::size_t transaction_files = 1000;

UploadId random_upload() {
  UploadId upload;
  ENSURE(getrandom(upload.data(), upload.size(), 0) == static_cast<ssize_t>(upload.size()));
  return upload;
}

}  // namespace

FileWriter::FileWriter(std::shared_ptr<lmdb::Environment> environment)
    : environment_(std::move(environment)), lock_(LockFile::shared(upload_lock_path(*environment_))) {}

void FileWriter::begin(std::string path, Provenance provenance) {
  ENSURE(path.size() <= path_bytes_max, path.size());
  hash_.begin();
  file_ = FileRecord{};
  file_.upload = random_upload();
  part_ = file_part(path);
  file_.labels.emplace_back(path_label, std::move(path));
  file_.provenance = std::move(provenance);
  next_chunk_ = 0;
  is_noted_ = false;
  filled_ = 0;
}

std::span<char> FileWriter::room() {
  if (filling_.empty()) {
    if (!spare_.empty()) {
      filling_ = std::move(spare_.back());
      spare_.pop_back();
    }
    filling_.resize(chunk_head_bytes + chunk_bytes_max);
    filled_ = 0;
  }
  return {filling_.data() + chunk_head_bytes + filled_, chunk_bytes_max - filled_};
}

Result<void> FileWriter::close_chunk() {
  if (filled_ == 0) return {};
  const std::string_view bytes(filling_.data() + chunk_head_bytes, filled_);
  const std::uint64_t sum = chunk_sum(bytes);
  std::memcpy(filling_.data(), &sum, sizeof sum);
  filling_.resize(chunk_head_bytes + filled_);
  chunk_bytes_ += filling_.size();
  chunks_.push_back({chunk_key(part_, file_.upload, next_chunk_++), std::move(filling_)});
  filling_.clear();
  filled_ = 0;
  return chunk_bytes_ >= transaction_bytes ? flush() : Result<void>();
}

Result<void> FileWriter::commit(std::size_t size_bytes) {
  ENSURE(size_bytes <= chunk_bytes_max - filled_, size_bytes);
  hash_.add({filling_.data() + chunk_head_bytes + filled_, size_bytes});
  filled_ += size_bytes;
  file_.size_bytes += size_bytes;
  return filled_ == chunk_bytes_max ? close_chunk() : Result<void>();
}

Result<void> FileWriter::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> to = room();
    const std::size_t size = std::min(to.size(), bytes.size());
    std::memcpy(to.data(), bytes.data(), size);
    bytes.remove_prefix(size);
    if (auto done = commit(size); !done) return done;
  }
  return {};
}

Result<void> FileWriter::end() {
  if (auto done = close_chunk(); !done) return done;
  file_.hash = hash_.end();
  ended_.push_back(std::move(file_));
  ended_noted_.push_back(is_noted_);
  file_ = FileRecord{};
  return ended_.size() >= transaction_files ? flush() : Result<void>();
}

// Over what stands there under the path.
int FileWriter::put_record(lmdb::Transaction& txn, FileRecord& record, std::uint64_t stamp) {
  const std::string key = file_key(record.path());
  std::string_view bytes;
  int code = txn.get(lmdb::Database::objects, key, bytes);
  if (code != 0 && code != lmdb::not_found) return code;
  FileRecord before;
  record.version = 1;
  if (code == 0 && read_file_record(bytes, before) == nullptr) {
    record.version = before.version + 1;
    if (before.size_bytes > 0)
      if ((code = txn.put(lmdb::Database::meta, dead_key(before.upload), dead_value(stamp, file_part(before.path()))))) return code;
  }
  record.stamp = stamp;
  std::string made;
  write_file_record(record, made);
  return txn.put(lmdb::Database::objects, key, made);
}

Result<void> FileWriter::flush() {
  if (chunks_.empty() && ended_.empty()) return {};
  // A file that is not ended yet, with chunks among these, is noted.
  const bool notes = next_chunk_ > 0 && !is_noted_ && !file_.labels.empty();
  std::optional<Error> fault;
  auto written = lmdb::write_whole(*environment_, [&](lmdb::Transaction& txn) {
    auto stamp = next_stamp(txn, environment_->directory());
    if (!stamp) {
      fault = stamp.error();
      return ECANCELED;
    }
    std::uint64_t last = *stamp;
    for (const Chunk& chunk : chunks_)
      if (int code = txn.put(lmdb::Database::chunks, chunk.key, chunk.bytes)) return code;
    if (notes)
      if (int code = txn.put(lmdb::Database::meta, begun_key(file_.upload), dead_value(last, part_))) return code;
    for (std::size_t i = 0; i < ended_.size(); ++i) {
      if (int code = put_record(txn, ended_[i], last++)) return code;
      if (ended_noted_[i])
        if (int code = txn.remove(lmdb::Database::meta, begun_key(ended_[i].upload)); code && code != lmdb::not_found) return code;
    }
    return txn.put(lmdb::Database::meta, stamp_key, number_bytes(last));
  });
  if (fault) return std::unexpected(std::move(*fault));
  if (!written) return written;
  if (notes) is_noted_ = true;
  for (Chunk& chunk : chunks_) spare_.push_back(std::move(chunk.bytes));
  spare_.resize(std::min<std::size_t>(spare_.size(), transaction_bytes / chunk_bytes_max));
  chunks_.clear();
  chunk_bytes_ = 0;
  ended_.clear();
  ended_noted_.clear();
  return {};
}

}  // namespace m31::store
