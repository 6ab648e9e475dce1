// Compiled regular expressions: RE2, whose time is linear in the text whatever the pattern, and whose memory is bounded.
// A pattern is compiled once and kept among the last few of its thread: compiling is pure, so nobody can tell.
//
// Syntax as RE2 has it (no back references, no look-around), UTF-8; bytes that are ill-formed match nothing but \C.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace m31::words {

inline constexpr std::size_t pattern_bytes_max = 64 << 10;
inline constexpr std::size_t pattern_memory_bytes_max = 8 << 20;   // of one compiled pattern with its automata
inline constexpr std::size_t patterns_kept_max = 16;               // in a thread
inline constexpr std::size_t regex_text_bytes_max = std::size_t{256} << 20;   // looking through one is not interrupted

// The pattern, or why it is none. What it points to lives as long as the pointer.
std::expected<std::shared_ptr<const re2::RE2>, std::string> compiled(std::string_view pattern);

}  // namespace m31::words
