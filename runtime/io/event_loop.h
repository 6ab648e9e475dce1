// EventLoop: epoll, a timer heap and an inbox: all that the I/O thread waits for. Level-triggered.
// It owns no thread and no policy: IoThread runs it, native fibrils await its events.
//
// Thread: post() and stop() from any thread; everything else on the thread that calls run_until().
// Tasks run one after the other and may add, replace or remove watches and timers, their own
// included. A task must not block and must not throw.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace m31::runtime {

using Task = std::move_only_function<void()>;
using SteadyTime = std::chrono::steady_clock::time_point;

// A duration from now; what lies beyond the clock's range is never.
SteadyTime deadline_after(std::chrono::milliseconds duration);

class EventLoop {
 public:
  using FdTask = std::function<void(std::uint32_t events)>;   // EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP
  using TimerId = std::pair<SteadyTime, std::uint64_t>;       // {_, 0} names no timer

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Any thread. Posted tasks run in the order in which they came.
  void post(Task task);

  // Runs until `ended` says so; it is asked after every turn. Wake it with post.
  void run_until(const std::function<bool()>& ended);

  // Runs in this turn, after the task that now runs: no system call.
  void defer(Task task) { deferred_.push_back(std::move(task)); }

  // Calls `on_ready` whenever `fd` has one of `events`, until unwatch; replaces what was watched on
  // it. Gives 0 or errno (EPERM: a regular file, which is always ready). Unwatch before closing.
  int watch(int fd, std::uint32_t events, FdTask on_ready);
  void unwatch(int fd);

  TimerId add_timer(SteadyTime when, Task task);
  void cancel_timer(TimerId id) { timers_.erase(id); }

 private:
  struct Watch {
    std::uint32_t generation;      // an event of an earlier watch of the same number is ignored
    std::uint32_t events;
    std::shared_ptr<FdTask> on_ready;
  };

  void turn();
  int wait_ms() const;
  void run_inbox();
  void run_timers();
  void run_deferred();

  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  std::uint32_t generation_ = 0;
  std::uint64_t next_timer_ = 1;
  std::unordered_map<int, Watch> watches_;
  std::map<TimerId, Task> timers_;
  std::deque<Task> deferred_;

  std::mutex mutex_;               // guards the two below
  std::vector<Task> inbox_;
  bool signalled_ = false;         // wake_fd_ has been written since the inbox was last emptied
};

}  // namespace m31::runtime
