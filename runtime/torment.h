// Torment: what a torment build (M31_TORMENT) does to fibrils to prove that any of them can be stopped,
// moved or lost at any suspension. Told by the environment, read once for each node; in other builds all is off.
//
//   M31_TORMENT_PEER=1       each leg of each fibril runs in a separately started process (nucleus.h)
//   M31_TORMENT_PEER=PATH    the same, with that program instead of this one
//   M31_TORMENT_KILL=SEED    fibrils are killed at random suspensions and restarted (replay.h)
//   M31_TORMENT_DELAY=SEED   answers of drivers are delayed and so come in another order
#pragma once

#include <cstdint>
#include <string>

namespace m31::runtime {

struct Torment {
  std::string peer;                    // program to start; "" : off
  std::uint64_t kill_seed = 0;         // 0: off
  std::uint64_t delay_seed = 0;
  static Torment from_environment();
};

// A well-mixed number from a seed and a count: the same for the same pair.
std::uint64_t mix(std::uint64_t seed, std::uint64_t count);

}  // namespace m31::runtime
