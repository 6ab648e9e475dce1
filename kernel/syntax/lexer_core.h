// The lexer's state, shared by its parts: lexer.cc (blanks, names, operators, brackets),
// lexer_number.cc and lexer_string.cc. Private to kernel/syntax.
#pragma once

#include <string>
#include <vector>

#include "kernel/syntax/lexer.h"

namespace m31::syntax {

class Lexer {
 public:
  Lexer(const SourcePtr& source, Arena& arena, Lexed& out);
  void run();

 private:
  // How the string being read is written.
  struct StringForm {
    char quote = '"';
    bool triple = false, raw = false, bytes = false;
    bool block = false;   // """ with a line end right after it: the closing line's indentation is taken off
  };
  struct Open {           // a bracket, or the \( of a string, not closed yet
    Tok closer;           // string_close for \(
    std::uint32_t token;  // index of the opener
    StringForm form;      // of the string around a \(
    std::uint32_t line_starts = 0;   // for block strings: where its entries in line_starts_ begin
    std::uint32_t begin = 0;         // byte where the bracket (or the string) was opened
  };
  struct LineStart {      // a literal line of a block string begins here
    std::uint32_t token;
    std::uint32_t offset; // in that token's text
  };
  enum class PartEnd { quote, interpolation, broken };

  // lexer.cc
  bool skip_blank();                   // false at the end of the text
  void doc_comment(std::uint32_t begin);
  void token();
  void word();
  void operators();
  bool operator_is(std::string_view spelling, Tok kind);
  void open(Tok closer, Tok kind);
  void close(Tok kind);
  void close_down_to(std::size_t depth, std::uint32_t at);
  void end_of_line_in_interpolation();
  void finish();
  void stray();
  Token& push(Tok kind, std::uint32_t begin);
  void error(std::uint32_t begin, std::uint32_t end, std::string message, std::string advice = {},
             std::vector<Edit> edits = {});
  // lexer_number.cc
  void number();
  void based_number(unsigned base);
  bool unit(std::uint32_t begin, bool real, std::uint64_t whole, double value);
  // lexer_string.cc
  bool string_begins() const;
  void string();
  void resume_string();
  PartEnd string_part(const StringForm& form, std::uint32_t opened, std::uint32_t line_starts);
  void escape(const StringForm& form, std::string& value);
  void end_string(const StringForm& form, std::uint32_t line_starts);
  bool at_quote(const StringForm& form) const;

  char peek(std::uint32_t ahead = 0) const { return at_ + ahead < size_ ? text_[at_ + ahead] : '\0'; }
  bool ends_at(std::uint32_t offset) const { return offset >= size_; }
  std::string_view slice(std::uint32_t begin, std::uint32_t end) const { return text_.substr(begin, end - begin); }

  SourcePtr source_;
  std::string_view text_;
  Arena& arena_;
  Lexed& out_;
  std::uint32_t at_ = 0, size_ = 0;
  std::uint32_t line_begin_ = 0;
  bool line_first_ = true, tab_indent_ = false, after_blank_ = false;
  bool stray_reported_ = false, tab_reported_ = false;
  std::string doc_;                    // doc comment lines read since the last token
  std::uint32_t doc_end_line_ = 0;     // byte where the line after the doc comment begins
  bool has_doc_ = false;
  std::vector<Open> open_;
  std::vector<LineStart> line_starts_;
};

bool is_name_start(char c);
bool is_name_char(char c);
// Bytes of the letter (or, inside a name, of the digit or mark) at the front of `text`, which begins
// with a byte above 127; 0 if there is none.
unsigned name_letter_bytes(std::string_view text, bool inside);

}  // namespace m31::syntax
