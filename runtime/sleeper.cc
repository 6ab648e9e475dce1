#include "runtime/sleeper.h"

#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace m31::runtime {

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

void Sleeper::sleep(std::uint64_t deadline_ns) {
  // FUTEX_WAIT_BITSET takes an absolute time, so a late start does not lengthen the sleep.
  timespec until{};
  until.tv_sec = static_cast<time_t>(deadline_ns / 1'000'000'000u);
  until.tv_nsec = static_cast<long>(deadline_ns % 1'000'000'000u);
  if (state_.load(std::memory_order_seq_cst) == asleep)
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&state_), FUTEX_WAIT_BITSET_PRIVATE, asleep,
            deadline_ns ? &until : nullptr, nullptr, FUTEX_BITSET_MATCH_ANY);
  state_.store(awake, std::memory_order_seq_cst);
}

void Sleeper::wake_slowly() noexcept {
  std::uint32_t expected = asleep;
  if (state_.compare_exchange_strong(expected, awake))
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&state_), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace m31::runtime
