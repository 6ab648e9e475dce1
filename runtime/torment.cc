#include "runtime/torment.h"

#include <cstdlib>

namespace m31::runtime {

std::uint64_t mix(std::uint64_t seed, std::uint64_t count) {
  // splitmix64's finaliser.
  std::uint64_t x = seed + 0x9e3779b97f4a7c15u * (count + 1);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

Torment Torment::from_environment() {
  Torment torment;
#ifdef M31_TORMENT
  const auto number = [](const char* name) -> std::uint64_t {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : 0;
  };
  if (const char* peer = std::getenv("M31_TORMENT_PEER"); peer && *peer && std::string(peer) != "0")
    torment.peer = std::string(peer) == "1" ? "/proc/self/exe" : peer;
  torment.kill_seed = number("M31_TORMENT_KILL");
  torment.delay_seed = number("M31_TORMENT_DELAY");
#endif
  return torment;
}

}  // namespace m31::runtime
