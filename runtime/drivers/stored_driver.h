// The driver `stored`: files in the store, served beside the driver `fs` and over the same environment, on the I/O thread's pool, so
// that an import of gigabytes holds up no record. Its operations are those of share/m31/fs.m31 that name it:
//
//   stored.import(paths List[String], under String) -> List[{path, size, change}]
//   stored.list(pattern) -> List[String]          stored.entries(start) -> List[(path, size, version, ns since 1970, origin)]
//   stored.read(path) -> String                   stored.readBytes(path) -> Bytes
//   stored.write(path, String | Bytes) -> None    stored.remove(pattern) -> Int         stored.exists(path) -> Bool
//
// Thread: as other drivers (drivers.h). Opens no store to look into one that is not there.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/drivers/call_queue.h"
#include "runtime/drivers/path_pattern.h"
#include "runtime/drivers/stored_source.h"

namespace m31::runtime {

class StoredDriver final : public Driver {
 public:
  StoredDriver(IoThread& io, std::string store_directory);
  ~StoredDriver() override { io_.stop(); }

  std::string_view name() const override { return "stored"; }
  void call(Call call, Answer answer) override { queue_.call(std::move(call), std::move(answer)); }
  void cancel(std::uint64_t fibril) override { queue_.cancel(fibril); }

  // The stored files that match a pattern, as a flow. Called back on the pool.
  using FlowAnswer = std::function<void(std::expected<StoredFlow, Failure>)>;
  void open_flow(std::string pattern, FlowAnswer answer);

  // The text of a stored module, for who checks programs. Blocks.
  std::expected<std::optional<std::string>, Failure> text_of(const std::string& path, std::size_t bytes_max);

 private:
  Reply perform(NativeFibril& self, const Call& call);
  Reply import(NativeFibril& self, const Call& call);
  Reply answer(const Call& call);               // blocks
  Reply read(const std::string& path);
  Reply write(const Call& call, const std::string& path, std::string_view bytes);
  Reply remove(std::string_view pattern);
  Reply entries(std::string_view start);
  // Null when there is no store and none may be made.
  std::expected<store::Files*, Failure> files(bool may_make);
  std::expected<std::vector<store::FileRecord>, Failure> matching(const PathPattern& pattern);

  IoThread& io_;
  const std::string directory_;
  CallQueue queue_;
  std::mutex mutex_;                            // guards the making of:
  std::unique_ptr<store::Files> files_;
};

// Where the store is when nobody says: $XDG_DATA_HOME/m31/store.
std::string default_store_directory();

}  // namespace m31::runtime
