// UTF-8 as M31's strings have it: bytes that may be ill-formed, which are kept, act as U+FFFD, and leave unchanged.
//
// One ill-formed "code point" is a maximal subpart in the sense of the Unicode standard (3.9, U+FFFD substitution): the longest
// prefix of a well-formed sequence, or one byte. Lengths, indices and word ends count so; Python's errors="replace" does too.
// Functions here are pure; a std::string_view that they return points into their argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/words/char_class.h"

namespace m31::words {

struct Decoded {
  char32_t cp;   // replacement where ill-formed
  uint8_t size;  // bytes it takes, 1..4
  bool well_formed;
};

// The code point that begins at `p`. REQUIRES: p < end.
Decoded decode_multibyte(const char* p, const char* end);
inline Decoded decode(const char* p, const char* end) {
  const auto byte = static_cast<unsigned char>(*p);
  if (byte < 0x80) return {byte, 1, true};
  return decode_multibyte(p, end);
}

// Writes 1 to 4 bytes and returns how many. REQUIRES: cp is a scalar value.
size_t encode(char32_t cp, char out[4]);

// Bytes at the end of `text` (0 to 3) that begin a well-formed sequence which later bytes could complete.
size_t incomplete_tail(std::string_view text);

// The last place at or before `at` where a code point begins. REQUIRES: at < text.size().
size_t boundary_before(std::string_view text, size_t at);

// The number of leading ASCII bytes.
size_t ascii_prefix(std::string_view text);

bool is_valid(std::string_view text);

// Code points in `text`, each ill-formed maximal subpart counting as one.
size_t count_code_points(std::string_view text);

// Byte offset of code point `index` (text.size() for the one past the last); nothing if there are fewer.
std::optional<size_t> offset_of(std::string_view text, size_t index);

// Simple case mappings; ill-formed bytes are copied as they are.
void append_lower(std::string& out, std::string_view text);
void append_upper(std::string& out, std::string_view text);
std::string lower(std::string_view text);
std::string upper(std::string_view text);

// `text` without white space at its ends.
std::string_view trim_start(std::string_view text);
std::string_view trim_end(std::string_view text);
std::string_view trim(std::string_view text);

}  // namespace m31::words
