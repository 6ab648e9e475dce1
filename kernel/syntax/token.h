// Token: one lexeme, with what layout needs to know about it: whether it is the first on its line,
// and in which column it stands. Brackets know their partner. Newlines, ends of blocks and the
// like are no tokens: the parser, which knows what it is reading, derives them (parser_core.h).
#pragma once

#include <cstdint>
#include <string_view>

namespace m31::syntax {

enum class Tok : std::uint8_t {
#define TOKEN(kind, meaning) kind,
#define WORD(kind, spelling) word_##kind,
#include "kernel/syntax/tokens.def"
#undef TOKEN
#undef WORD
};

struct Token {
  Tok kind = Tok::end_of_text;
  bool line_first = false;     // no other token before it on its line
  bool tab_indent = false;     // the blank before it, at its line's start, holds a tab
  bool after_blank = false;    // a blank stands before it
  std::uint32_t begin = 0, end = 0;   // bytes of the source
  std::uint32_t column = 0;    // from 0, in bytes since the line's start
  std::uint32_t match = 0;     // of a bracket: index of its partner
  std::string_view text;       // spelling of a name or word; value of a string
  union {
    std::uint64_t magnitude = 0;   // of an int_number or duration (in nanoseconds)
    double real;
  };
};

std::string_view name_of(Tok kind);       // stable, for dumps: "open_paren"
std::string_view spelling_of(Tok kind);   // for messages: "`(`"
inline bool is_word(Tok kind) { return kind >= Tok::word_and_; }
inline bool is_definable_operator(Tok kind) { return kind >= Tok::plus && kind <= Tok::greater_equal; }
inline bool is_opener(Tok kind) {
  return kind == Tok::open_paren || kind == Tok::open_square || kind == Tok::open_brace || kind == Tok::string_open;
}
inline bool is_closer(Tok kind) {
  return kind == Tok::close_paren || kind == Tok::close_square || kind == Tok::close_brace ||
         kind == Tok::string_close || kind == Tok::string_middle;
}

}  // namespace m31::syntax
