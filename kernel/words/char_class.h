// What a code point is, as far as the text words care: letter, white space, and its simple case mappings.
//
// * A letter is a code point of general category L* (Lu Ll Lt Lm Lo). A combining mark (M*) is none, so it ends a word:
//   texts with decomposed accents are normalised first.
// * White space is Unicode's property White_Space: for ASCII exactly " \t\n\v\f\r", as tr and isspace have it.
// * Case mappings are Unicode's simple ones (one code point to one code point): no locale, no "ß" -> "SS".
//
// The facts come from utf8proc. They are kept in pages of 256 code points, each made when it is first asked for, so that
// starting costs nothing and ASCII never comes here. A page is immutable once published (release/acquire): any thread may ask.
#pragma once

#include <atomic>
#include <cstdint>

namespace m31::words {

inline constexpr char32_t replacement = 0xFFFD;
inline constexpr char32_t code_point_max = 0x10FFFF;

// Bits of a code point's class.
inline constexpr uint8_t letter_bit = 1;
inline constexpr uint8_t space_bit = 2;
inline constexpr uint8_t lower_differs_bit = 4;  // its lower case is another code point

struct CharPage {
  uint8_t classes[256];
  char32_t lower[256];
};

namespace detail {
extern std::atomic<const CharPage*> char_pages[(code_point_max >> 8) + 1];
const CharPage& make_char_page(uint32_t page);
}  // namespace detail

// REQUIRES: cp <= code_point_max.
inline const CharPage& char_page(char32_t cp) {
  const CharPage* page = detail::char_pages[cp >> 8].load(std::memory_order_acquire);
  return page ? *page : detail::make_char_page(cp >> 8);
}

inline uint8_t char_class(char32_t cp) { return char_page(cp).classes[cp & 0xFF]; }
inline bool is_letter(char32_t cp) { return char_class(cp) & letter_bit; }
inline bool is_space(char32_t cp) { return char_class(cp) & space_bit; }
inline char32_t simple_lower(char32_t cp) { return char_page(cp).lower[cp & 0xFF]; }
char32_t simple_upper(char32_t cp);

}  // namespace m31::words
