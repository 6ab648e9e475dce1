// Ring: the one-way road from one processor to another: a bounded queue with exactly one thread that
// pushes and one that pops. After Lamport's single-producer queue, with each side remembering what it
// last saw of the other, so that a push or pop touches the other's cache line only when it must.
//
// Never blocks: push says false when full, and the sender keeps the parcel back for its next turn.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace m31::runtime {

template <class T, std::size_t Capacity>
class Ring {
  static_assert((Capacity & (Capacity - 1)) == 0, "a power of two");

 public:
  // The pushing thread only.
  bool push(const T& item) {
    std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_seen_ == Capacity) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail - head_seen_ == Capacity) return false;
    }
    items_[tail & (Capacity - 1)] = item;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // The popping thread only.
  bool pop(T& item) {
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return false;
    }
    item = items_[head & (Capacity - 1)];
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  // Any thread; only a hint on all but the popping one.
  bool empty() const {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }

 private:
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::uint64_t head_seen_ = 0;
  alignas(64) std::atomic<std::uint64_t> head_{0};
  std::uint64_t tail_seen_ = 0;
  alignas(64) T items_[Capacity];
};

}  // namespace m31::runtime
