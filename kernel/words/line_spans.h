// The lines of a whole text, one by one, as slices of it: for lines(s) on a string that stays where it is.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace m31::words {

struct LineSpan {
  std::size_t size;  // of the line that begins at `at`, without its LF or CR LF
  std::size_t next;  // where the one after it begins
};

// REQUIRES: at < text.size(), where a line begins.
inline LineSpan line_at(std::string_view text, std::size_t at) {
  const std::string_view left = text.substr(at);
  const auto* const end = static_cast<const char*>(std::memchr(left.data(), '\n', left.size()));
  if (!end) return {left.size(), text.size()};
  const auto size = static_cast<std::size_t>(end - left.data());
  const bool cr = size > 0 && left[size - 1] == '\r';
  return {size - cr, at + size + 1};
}

}  // namespace m31::words
