// Sleeper: how a thread with nothing to do waits to be told of work, and costs its wakers nothing
// while it is awake: they look at one word, and only who finds it asleep makes a system call.
//
//   sleeper                              waker
//   prepare(); look for work again       make work visible
//   none: sleep(deadline)                wake()
//   some: cancel()
//
// wake() may be called from any thread and from a signal handler.
#pragma once

#include <atomic>
#include <cstdint>

namespace m31::runtime {

class Sleeper {
 public:
  void prepare() {
    state_.store(asleep, std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);   // against the waker's: one of the two sees the other
  }
  void cancel() { state_.store(awake, std::memory_order_relaxed); }
  // Until woken or `deadline_ns` of the monotonic clock has come (0: no deadline).
  void sleep(std::uint64_t deadline_ns);

  void wake() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (state_.load(std::memory_order_relaxed) == asleep) wake_slowly();
  }
  bool is_asleep() const { return state_.load(std::memory_order_relaxed) == asleep; }

 private:
  static constexpr std::uint32_t awake = 0, asleep = 1;
  void wake_slowly() noexcept;
  std::atomic<std::uint32_t> state_{awake};
};

std::uint64_t monotonic_ns();

}  // namespace m31::runtime
