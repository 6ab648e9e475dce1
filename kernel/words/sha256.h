// SHA-256 (FIPS 180-4), for names of contents. Fed in parts; a value type.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace m31::words {

class Sha256 {
 public:
  void feed(std::string_view bytes);
  std::array<std::uint8_t, 32> finish();       // then it is used up

 private:
  void block(const std::uint8_t* bytes);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::uint8_t held_[64];
  std::size_t held_bytes_ = 0;
  std::uint64_t fed_bytes_ = 0;
};

}  // namespace m31::words
