// Storing files of this machine, step by step: each step is a bounded piece of blocking work for the pool, so that an import of any
// size can be cancelled and lets other jobs run. A file whose bytes are stored already is left alone; each other one is replaced
// whole. What was stored stays stored if a later file fails.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "runtime/driver.h"
#include "runtime/drivers/host_files.h"
#include "store/file_writer.h"

namespace m31::runtime {

class FileImport {
 public:
  // `from` and `to` are of one length: paths here, and of the store.
  FileImport(store::Files& files, std::vector<std::string> from, std::vector<std::string> to, store::Provenance author);
  ~FileImport();
  FileImport(const FileImport&) = delete;

  // True when all is done and durable.
  std::expected<bool, Failure> step();

  enum class Change : std::uint8_t { stored, replaced, unchanged };
  struct Row {
    std::string path;
    std::uint64_t size_bytes = 0;
    Change change = Change::stored;
  };
  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::expected<void, Failure> open_next();
  std::expected<std::size_t, Failure> read(std::span<char> to);
  std::expected<void, Failure> compare_some();
  std::expected<void, Failure> copy_some();
  void close_file(Change change);
  Failure failed(const store::Error& error) const;

  store::Files& files_;
  std::vector<std::string> from_, to_;
  store::Provenance author_;
  store::FileWriter writer_;
  std::vector<Row> rows_;
  std::size_t next_ = 0;                   // file to be opened
  int fd_ = -1;
  std::optional<store::FileRecord> before_;   // what stands under the open file's path
  bool compares_ = false;                  // the open file may be what is stored: its hash is being made
  store::FileHash hash_;
  std::uint64_t compared_ = 0;
  std::vector<char> buffer_;
};

}  // namespace m31::runtime
