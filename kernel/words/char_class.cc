#include "kernel/words/char_class.h"

#include <memory>

#include <utf8proc.h>

namespace m31::words {
namespace {

bool white_space(char32_t cp) {
  return (cp >= 0x09 && cp <= 0x0D) || cp == 0x20 || cp == 0x85 || cp == 0xA0 || cp == 0x1680 ||
         (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

bool letter(char32_t cp) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(cp))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return true;
    default:
      return false;
  }
}

}  // namespace

namespace detail {

std::atomic<const CharPage*> char_pages[(code_point_max >> 8) + 1];

const CharPage& make_char_page(uint32_t page) {
  auto made = std::make_unique<CharPage>();
  for (uint32_t i = 0; i < 256; ++i) {
    const char32_t cp = (page << 8) | i;
    const auto lower = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(cp)));
    made->lower[i] = lower;
    made->classes[i] = static_cast<uint8_t>((letter(cp) ? letter_bit : 0) | (white_space(cp) ? space_bit : 0) |
                                            (lower != cp ? lower_differs_bit : 0));
  }
  // Two threads may make the same page: the first to publish wins, the other's is dropped.
  const CharPage* expected = nullptr;
  if (char_pages[page].compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel)) return *made.release();
  return *expected;
}

}  // namespace detail

char32_t simple_upper(char32_t cp) {
  if (cp < 0x80) return cp - U'a' < 26 ? cp - 32 : cp;
  return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(cp)));
}

}  // namespace m31::words
