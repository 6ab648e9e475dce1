#include "runtime/io/blocking_pool.h"

#include <pthread.h>
#include <signal.h>

namespace m31::runtime {

std::thread start_quiet_thread(Task body) {
  sigset_t quiet, before;
  sigfillset(&quiet);
  for (int open : {SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&quiet, open);
  pthread_sigmask(SIG_BLOCK, &quiet, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

bool BlockingPool::submit(Task job) {
  std::lock_guard lock(mutex_);
  if (stopping_) return false;
  jobs_.push_back(std::move(job));
  if (jobs_.size() > idle_ && threads_.size() < threads_max_)
    threads_.push_back(start_quiet_thread([this] { serve(); }));
  else
    changed_.notify_one();
  return true;
}

void BlockingPool::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (stopping_) return;
    Task job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

void BlockingPool::stop() {
  std::vector<std::thread> threads;
  std::deque<Task> unrun;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    unrun.swap(jobs_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace m31::runtime
