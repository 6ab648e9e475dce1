// ParseClient: the node's side of the parse helper (runtime/parse): at most two processes, started when
// there is work and kept for more. Each job has a deadline; a helper that misses it, dies or answers
// nonsense is killed, its caller gets a Failure, and the next job gets a new one.
//
// Thread: the I/O thread; made and destroyed anywhere (after the I/O thread has stopped).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <deque>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "kernel/data/text.h"
#include "runtime/driver.h"
#include "runtime/io/io_thread.h"
#include "runtime/parse/parse_frame.h"

namespace m31::runtime {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int parse_deadline_ms = 60'000;          // instrumented code is slow
#else
inline constexpr int parse_deadline_ms = 10'000;
#endif

struct ParseLimits {
  std::chrono::milliseconds deadline{parse_deadline_ms};  // from when a helper takes the job
  std::uint64_t input_bytes_max = std::uint64_t{512} << 20;
  std::uint64_t payload_bytes_max = std::uint64_t{256} << 20;
  std::uint64_t entries_max = 65'536;
  unsigned helpers_max = 2;
};

class ParseClient {
 public:
  using Done = std::move_only_function<void(std::expected<data::Text, Failure> payload)>;

  struct Job {
    ParseTask task;
    data::Text base;                                      // links: the page's address
    data::Text body;
    std::uint64_t fibril = 0;                             // for cancel
    Done done;                                            // called once, on the I/O thread
  };

  ParseClient(IoThread& io, std::string helper_path, ParseLimits limits);
  ~ParseClient();
  ParseClient(const ParseClient&) = delete;
  ParseClient& operator=(const ParseClient&) = delete;

  void submit(Job job);
  void cancel(std::uint64_t fibril);                      // its jobs end soon, as Killed
  std::vector<pid_t> helpers() const;                     // that live; for tests

 private:
  struct Helper {
    pid_t pid = -1;
    int fd = -1;
    std::uint64_t fibril = 0;                             // whose job it has
    NativeFibril* server = nullptr;                       // null: idle
  };
  using Payload = std::expected<data::Text, Failure>;
  enum class Io : std::uint8_t { done, closed, late, cancelled };

  void serve(NativeFibril& self, Helper& helper);
  Payload perform(NativeFibril& self, Helper& helper, const Job& job);
  Payload receive(NativeFibril& self, Helper& helper, SteadyTime deadline, Io& status);
  Io write_all(NativeFibril& self, int fd, std::string_view bytes, SteadyTime deadline);
  Io read_all(NativeFibril& self, int fd, char* to, std::size_t size_bytes, SteadyTime deadline);
  Failure explain(NativeFibril& self, Helper& helper, Io status);
  int start(Helper& helper);                              // errno
  int end(NativeFibril& self, Helper& helper);            // kills and reaps it: its wait status

  IoThread& io_;
  const std::string helper_path_;
  const ParseLimits limits_;
  std::deque<Job> waiting_;
  std::vector<Helper> helpers_;                           // helpers_max of them, running or not
};

}  // namespace m31::runtime
