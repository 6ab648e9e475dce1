#include "runtime/io/io_thread.h"

namespace m31::runtime {

bool IoThread::post(Task task) {
  std::lock_guard lock(mutex_);
  if (stopped_) return false;
  if (!loop_) {
    loop_ = std::make_unique<EventLoop>();
    fibrils_ = std::make_unique<NativeFibrils>(*loop_);
    thread_ = start_quiet_thread([this] { run(); });
  }
  loop_->post(std::move(task));
  return true;
}

bool IoThread::after(std::chrono::milliseconds duration, Task task) {
  SteadyTime when = deadline_after(duration);
  return post([this, when, task = std::move(task)]() mutable { loop_->add_timer(when, std::move(task)); });
}

void IoThread::run() {
  thread_id_.store(std::this_thread::get_id(), std::memory_order_release);
  loop_->run_until([this] { return stopping_; });
  fibrils_->cancel_all();
  loop_->run_until([this] { return fibrils_->live() == 0; });
}

void IoThread::stop() {
  std::thread thread;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    thread = std::move(thread_);
    if (loop_ && thread.joinable()) loop_->post([this] { stopping_ = true; });
  }
  if (thread.joinable()) thread.join();   // its fibrils may still need the pool
  pool_.stop();
}

}  // namespace m31::runtime
