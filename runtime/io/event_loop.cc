#include "runtime/io/event_loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

#include "kernel/base/ensure.h"

namespace m31::runtime {

using std::chrono::steady_clock;

SteadyTime deadline_after(std::chrono::milliseconds duration) {
  SteadyTime now = steady_clock::now();
  if (duration >= std::chrono::duration_cast<std::chrono::milliseconds>(SteadyTime::max() - now)) return SteadyTime::max();
  return now + duration;
}

EventLoop::EventLoop() {
  epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ENSURE(epoll_fd_ >= 0 && wake_fd_ >= 0, static_cast<std::uint64_t>(errno));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint32_t>(wake_fd_);   // generation 0 is the loop's own
  ENSURE(epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event) == 0);
}

EventLoop::~EventLoop() {
  close(epoll_fd_);
  close(wake_fd_);
}

void EventLoop::post(Task task) {
  bool must_signal;
  {
    std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(task));
    must_signal = !std::exchange(signalled_, true);
  }
  if (!must_signal) return;
  std::uint64_t one = 1;
  while (write(wake_fd_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

int EventLoop::watch(int fd, std::uint32_t events, FdTask on_ready) {
  Watch watch{++generation_ ? generation_ : ++generation_, events, std::make_shared<FdTask>(std::move(on_ready))};
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{watch.generation} << 32 | static_cast<std::uint32_t>(fd);
  // The kernel forgets a descriptor that was closed while watched, and its number comes back.
  bool known = watches_.contains(fd);
  int failed = epoll_ctl(epoll_fd_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  if (failed && known && errno == ENOENT) failed = epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event);
  if (failed) {
    int error = errno;
    watches_.erase(fd);
    return error;
  }
  watches_[fd] = std::move(watch);
  return 0;
}

void EventLoop::unwatch(int fd) {
  if (watches_.erase(fd) == 0) return;
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);   // fails harmlessly if it has been closed
}

EventLoop::TimerId EventLoop::add_timer(SteadyTime when, Task task) {
  TimerId id{when, next_timer_++};
  timers_.emplace(id, std::move(task));
  return id;
}

int EventLoop::wait_ms() const {
  if (!deferred_.empty()) return 0;
  if (timers_.empty()) return -1;
  auto left = timers_.begin()->first.first - steady_clock::now();
  if (left.count() <= 0) return 0;
  auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::min<std::int64_t>(ms, 60'000));
}

void EventLoop::run_inbox() {
  std::vector<Task> tasks;
  {
    std::lock_guard lock(mutex_);
    tasks.swap(inbox_);
    signalled_ = false;
  }
  for (Task& task : tasks) {
    task();
    task = nullptr;        // what it holds goes now, not after the others
    run_deferred();
  }
}

void EventLoop::run_timers() {
  if (timers_.empty()) return;
  SteadyTime now = steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    node.mapped()();
    run_deferred();
  }
}

void EventLoop::run_deferred() {
  while (!deferred_.empty()) {
    Task task = std::move(deferred_.front());
    deferred_.pop_front();
    task();
  }
}

void EventLoop::turn() {
  std::array<epoll_event, 64> events;
  int count = epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), wait_ms());
  ENSURE(count >= 0 || errno == EINTR, static_cast<std::uint64_t>(errno));
  bool inbox = false;
  for (int i = 0; i < count; ++i) {
    auto generation = static_cast<std::uint32_t>(events[i].data.u64 >> 32);
    auto fd = static_cast<int>(static_cast<std::uint32_t>(events[i].data.u64));
    if (generation == 0) {
      std::uint64_t drained;
      while (read(wake_fd_, &drained, sizeof drained) < 0 && errno == EINTR) {
      }
      inbox = true;
      continue;
    }
    auto found = watches_.find(fd);
    if (found == watches_.end() || found->second.generation != generation) continue;
    std::shared_ptr<FdTask> on_ready = found->second.on_ready;   // it may unwatch itself
    (*on_ready)(events[i].events);
    run_deferred();
  }
  if (inbox) run_inbox();
  run_timers();
  run_deferred();
}

void EventLoop::run_until(const std::function<bool()>& ended) {
  run_deferred();
  while (!ended()) turn();
}

}  // namespace m31::runtime
