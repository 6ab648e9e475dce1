// The driver `fs`: the embedded store, behind a thread of its own. Operations, arguments and results stand in share/m31/fs.m31.
//
// Nothing starts before the first call: then the thread, and by it the store. Whatever has come while one transaction was
// written goes into the next together (group commit): one fsync for many fibrils. A fibril's requests are served in order.
//
// Thread: any, for all functions; answers come on the store's thread. spaces() blocks; the others do not.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/driver.h"
#include "runtime/drivers/write_buffer.h"
#include "store/store.h"

namespace m31::runtime {

class FsDriver final : public Driver {
 public:
  // `directory` "" is $XDG_DATA_HOME/m31/store.
  FsDriver(std::string directory, bool traces);
  ~FsDriver() override;                         // what was handed in to be flushed is still written

  std::string_view name() const override { return "fs"; }
  void call(Call call, Answer answer) override;
  void cancel(std::uint64_t fibril) override;   // its queued reads; writes are done

  // Writes what a fibril buffered, once for each token. The token's hash is set from the flush. With `wants_last` the
  // reply is the last command's record as `result_type` has it, else None.
  void flush(store::Token token, Flush flush, bool wants_last, const types::Type* result_type, Answer answer);
  // Forgets the tokens of a session's fibrils, once all have ended. Opens no store that was not.
  void retire(std::uint64_t incarnation_high, std::uint64_t incarnation_low);
  // The catalogue, for the checker.
  std::expected<std::vector<store::Space>, Failure> spaces();

 private:
  struct Request;
  void push(Request request);
  void serve();
  bool open();
  void write(std::vector<Request>& writes);
  void answer_read(Request& request);
  void trace(const std::string& line) const;
  void trace_flush(const std::vector<store::Space>& spaces, const store::Batch& batch) const;

  const std::string directory_;
  const bool traces_;

  std::mutex mutex_;                            // guards what follows
  std::condition_variable wake_;
  std::deque<Request> queue_;
  std::thread thread_;
  bool stopping_ = false;

  // The store's thread only.
  std::unique_ptr<store::Store> store_;
  Failure open_failure_;
};

}  // namespace m31::runtime
