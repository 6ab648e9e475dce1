// BlockingPool: at most two threads for what blocks: files, name look-ups, fsync. A thread starts
// when there is work and none is idle, and stays. Jobs are short (a chunk of a file, one fsync);
// longer work is cut into jobs that submit the next one.
//
// Thread: submit from any thread; jobs run with every signal blocked and must not throw.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/io/event_loop.h"

namespace m31::runtime {

class BlockingPool {
 public:
  explicit BlockingPool(unsigned threads_max = 2) : threads_max_(threads_max) {}
  ~BlockingPool() { stop(); }
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Gives false, and destroys the job unrun, once stop has been called.
  bool submit(Task job);
  // Ends the threads after the jobs that now run; destroys those that wait. Blocks. May be called twice.
  void stop();

 private:
  void serve();

  const unsigned threads_max_;
  std::mutex mutex_;                  // guards all below
  std::condition_variable changed_;
  std::deque<Task> jobs_;
  std::vector<std::thread> threads_;
  unsigned idle_ = 0;
  bool stopping_ = false;
};

// A thread that no signal interrupts: signals are for the thread of the face. (SIGTTIN and SIGTTOU
// stay open: a background process that reads the terminal is stopped, as everywhere.)
std::thread start_quiet_thread(Task body);

}  // namespace m31::runtime
