#include "runtime/drivers/file_import.h"

#include <errno.h>
#include <unistd.h>

#include "runtime/drivers/fs_call.h"

namespace m31::runtime {
namespace {

constexpr std::size_t step_bytes = std::size_t{8} << 20;
constexpr std::size_t step_files = 256;
constexpr std::size_t buffer_bytes = std::size_t{256} << 10;

}  // namespace

FileImport::FileImport(store::Files& files, std::vector<std::string> from, std::vector<std::string> to, store::Provenance author)
    : files_(files), from_(std::move(from)), to_(std::move(to)), author_(std::move(author)), writer_(files.environment()), buffer_(buffer_bytes) {}

FileImport::~FileImport() {
  if (fd_ >= 0) close(fd_);
}

Failure FileImport::failed(const store::Error& error) const {
  Failure failure = failure_of(error);
  if (!rows_.empty()) failure.message += " (" + std::to_string(rows_.size()) + " files were looked at before; what was stored of them is kept)";
  return failure;
}

std::expected<std::size_t, Failure> FileImport::read(std::span<char> to) {
  for (;;) {
    const ssize_t got = ::read(fd_, to.data(), to.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return std::unexpected(file_failure("read", from_[next_ - 1], errno));
  }
}

std::expected<void, Failure> FileImport::open_next() {
  const std::string& path = from_[next_];
  auto file = open_to_read(path);
  if (!file) return std::unexpected(file.error());
  fd_ = file->fd;
  const std::string& to = to_[next_++];
  if (file->may_wait)
    return std::unexpected(Failure{"IoError", "cannot store " + path + ": it is no regular file, and may have no end", EINVAL});
  auto before = files_.find(to);
  if (!before) return std::unexpected(failed(before.error()));
  before_ = std::move(*before);
  compares_ = before_ && before_->size_bytes == file->size_bytes;
  if (compares_) {
    hash_.begin();
    compared_ = 0;
    return {};
  }
  store::Provenance provenance = author_;
  provenance.origin = path;
  writer_.begin(to, std::move(provenance));
  return {};
}

void FileImport::close_file(Change change) {
  close(std::exchange(fd_, -1));
  rows_.back().change = change;
}

std::expected<void, Failure> FileImport::compare_some() {
  auto got = read(buffer_);
  if (!got) return std::unexpected(got.error());
  if (*got > 0) {
    hash_.add({buffer_.data(), *got});
    compared_ += *got;
    return {};
  }
  if (compared_ == before_->size_bytes && hash_.end() == before_->hash) {
    rows_.push_back({to_[next_ - 1], compared_});
    close_file(Change::unchanged);
    return {};
  }
  compares_ = false;
  if (lseek(fd_, 0, SEEK_SET) != 0) return std::unexpected(file_failure("read", from_[next_ - 1], errno));
  store::Provenance provenance = author_;
  provenance.origin = from_[next_ - 1];
  writer_.begin(to_[next_ - 1], std::move(provenance));
  return {};
}

std::expected<void, Failure> FileImport::copy_some() {
  auto got = read(writer_.room());
  if (!got) return std::unexpected(got.error());
  if (*got > 0) {
    if (rows_.size() < next_) rows_.push_back({to_[next_ - 1], 0});
    rows_.back().size_bytes += *got;
    if (auto done = writer_.commit(*got); !done) return std::unexpected(failed(done.error()));
    return {};
  }
  if (rows_.size() < next_) rows_.push_back({to_[next_ - 1], 0});
  if (auto done = writer_.end(); !done) return std::unexpected(failed(done.error()));
  close_file(before_ ? Change::replaced : Change::stored);
  return {};
}

std::expected<bool, Failure> FileImport::step() {
  const std::size_t last_file = next_ + step_files;
  for (std::size_t bytes = 0; bytes < step_bytes; bytes += buffer_bytes / 8) {
    if (fd_ < 0) {
      if (next_ == from_.size()) {
        if (auto done = writer_.flush(); !done) return std::unexpected(failed(done.error()));
        return true;
      }
      if (next_ == last_file) return false;
      if (auto opened = open_next(); !opened) {
        // What was ended before is kept.
        if (auto done = writer_.flush(); !done) return std::unexpected(failed(done.error()));
        return std::unexpected(opened.error());
      }
    }
    if (auto done = compares_ ? compare_some() : copy_some(); !done) return std::unexpected(done.error());
  }
  return false;
}

}  // namespace m31::runtime
