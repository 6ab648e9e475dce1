// IoThread: the one thread of a node on which drivers live. It starts at the first post and runs an
// EventLoop, native fibrils and the blocking pool that serves them, until stop.
//
// Thread: post, after, stop, pool and is_current from any thread; loop and fibrils on the I/O
// thread only. It outlives drivers and stream sources; stop() ends all native fibrils (their awaits
// answer `cancelled`) before it returns, so that what they use may be destroyed after it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

#include "runtime/io/blocking_pool.h"
#include "runtime/io/event_loop.h"
#include "runtime/io/native_fibril.h"

namespace m31::runtime {

class IoThread {
 public:
  IoThread() = default;
  ~IoThread() { stop(); }
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  // Runs `task` on the I/O thread, in order. After stop the task is destroyed unrun: false.
  bool post(Task task);
  bool after(std::chrono::milliseconds duration, Task task);
  // Blocks until the thread has ended. Not from the I/O thread or the pool. May be called twice.
  void stop();
  bool is_current() const { return thread_id_.load(std::memory_order_acquire) == std::this_thread::get_id(); }

  EventLoop& loop() { return *loop_; }
  NativeFibrils& fibrils() { return *fibrils_; }
  BlockingPool& pool() { return pool_; }            // usable before the I/O thread has started

 private:
  void run();

  std::mutex mutex_;                                // guards start and stop
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<NativeFibrils> fibrils_;
  BlockingPool pool_;
  std::thread thread_;
  std::atomic<std::thread::id> thread_id_{};
  bool stopped_ = false;
  bool stopping_ = false;                           // I/O thread only
};

}  // namespace m31::runtime
