// Variable-length integers of the compact form: seven bits a byte, least significant first, the high bit set on all but the last;
// at most ten bytes. Signed ones are zigzagged first (0 -1 1 -2 ...), so that small ones stay short.
//
// Readers advance `bytes` only when they succeed and never read past its end: the input may be hostile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace m31::data {

inline void write_varint(std::uint64_t value, std::string& to) {
  while (value >= 0x80) {
    to += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  to += static_cast<char>(value);
}

inline bool read_varint(std::string_view& bytes, std::uint64_t& value) {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < 10 && i < bytes.size(); ++i) {
    auto byte = static_cast<unsigned char>(bytes[i]);
    if (i == 9 && byte > 1) return false;
    result |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      if (i > 0 && byte == 0) return false;   // one way to write each number
      value = result;
      bytes.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

inline void write_sized(std::string_view text, std::string& to) {
  write_varint(text.size(), to);
  to += text;
}

inline bool read_sized(std::string_view& bytes, std::string_view& text) {
  std::string_view rest = bytes;
  std::uint64_t size = 0;
  if (!read_varint(rest, size) || size > rest.size()) return false;
  text = rest.substr(0, size);
  bytes = rest.substr(size);
  return true;
}

}  // namespace m31::data
