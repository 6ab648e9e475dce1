#include "kernel/words/csv_marks.h"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace m31::words {
namespace {

constexpr std::size_t block_bytes = 32;
constexpr std::size_t row_bytes_max = std::size_t{1} << 20;

// Bit i: byte i is a separator, a quote or a line end.
std::uint32_t marks_of(const char* p, char separator) {
#if defined(__SSE2__)
  const auto half = [&](const char* at) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(separator)),
                                       _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n'))));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(found));
  };
  return half(p) | half(p + 16) << 16;
#else
  std::uint32_t marks = 0;
  for (std::size_t i = 0; i < block_bytes; ++i) marks |= std::uint32_t{p[i] == separator || p[i] == '"' || p[i] == '\n'} << i;
  return marks;
#endif
}

}  // namespace

std::size_t CsvMarks::find(std::string_view text) {
  cuts_.clear();
  text = text.substr(0, row_bytes_max);
  std::size_t cell = 0;            // where the cell under way begins
  std::size_t closed = 0;          // behind the quote that closed it, or 0
  std::size_t passed = 0;          // the second quote of two stands before this
  bool quoted = false;
  for (std::size_t block = 0; block < text.size(); block += block_bytes) {
    const std::size_t left = text.size() - block;
    std::uint32_t marks;
    if (left >= block_bytes) {
      marks = marks_of(text.data() + block, separator_);
    } else {
      char padded[block_bytes] = {};
      std::memcpy(padded, text.data() + block, left);
      marks = marks_of(padded, separator_);
    }
    for (; marks; marks &= marks - 1) {
      const std::size_t at = block + static_cast<std::size_t>(std::countr_zero(marks));
      const char c = text[at];
      if (c == '"') {
        if (at < passed) continue;
        if (!quoted) {
          if (at == cell) quoted = true;          // elsewhere it is a letter like others
          else if (closed) return 0;
          continue;
        }
        if (at + 1 == text.size()) return 0;
        if (text[at + 1] == '"') {
          passed = at + 2;
          continue;
        }
        quoted = false;
        closed = at + 1;
        continue;
      }
      if (quoted) continue;
      if (closed && closed != at && !(c == '\n' && closed + 1 == at && text[closed] == '\r')) return 0;
      if (c == '\n') return at + 1;
      cuts_.push_back(static_cast<std::uint32_t>(at));
      cell = at + 1;
      closed = 0;
    }
  }
  return 0;
}

}  // namespace m31::words
