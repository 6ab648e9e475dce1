// Mailbox: how threads that are no processors (I/O, store, readers) hand things to one: answers of
// drivers, chunks of streams. Rare beside messages between fibrils, so a mutex serves.
//
// post() from any thread; take() on the processor that owns the mailbox. What is still in it when it
// dies is destroyed unread.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/sleeper.h"

namespace m31::runtime {

class Mailbox {
 public:
  using Letter = std::function<void()>;   // run on the processor

  explicit Mailbox(Sleeper& owner) : owner_(owner) {}

  void post(Letter letter) {
    {
      std::lock_guard lock(mutex_);
      letters_.push_back(std::move(letter));
      waiting_.store(true, std::memory_order_release);
    }
    owner_.wake();
  }

  bool empty() const { return !waiting_.load(std::memory_order_acquire); }

  std::vector<Letter> take() {
    std::lock_guard lock(mutex_);
    waiting_.store(false, std::memory_order_relaxed);
    return std::exchange(letters_, {});
  }

 private:
  Sleeper& owner_;
  std::mutex mutex_;
  std::atomic<bool> waiting_{false};
  std::vector<Letter> letters_;
};

}  // namespace m31::runtime
