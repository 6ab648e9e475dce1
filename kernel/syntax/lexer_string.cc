// Strings: "text \(expr)", 'text', """block""", r"raw", b"bytes". What stands between the quotes
// becomes the value here; \( ) hands over to the ordinary lexer until its `)`.
#include <cstring>

#include "kernel/syntax/lexer_core.h"
#include "kernel/syntax/parser.h"

namespace m31::syntax {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& to, std::uint32_t c) {
  if (c < 0x80) {
    to += static_cast<char>(c);
  } else if (c < 0x800) {
    to += static_cast<char>(0xC0 | (c >> 6));
    to += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    to += static_cast<char>(0xE0 | (c >> 12));
    to += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    to += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    to += static_cast<char>(0xF0 | (c >> 18));
    to += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    to += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    to += static_cast<char>(0x80 | (c & 0x3F));
  }
}

}  // namespace

bool Lexer::string_begins() const {
  char c = text_[at_];
  if (c == '"' || c == '\'') return true;
  return (c == 'r' || c == 'b') && (peek(1) == '"' || peek(1) == '\'');
}

bool Lexer::at_quote(const StringForm& form) const {
  return peek() == form.quote && at_ < size_ && (!form.triple || (peek(1) == form.quote && peek(2) == form.quote));
}

void Lexer::string() {
  std::uint32_t begin = at_;
  StringForm form;
  form.raw = peek() == 'r';
  form.bytes = peek() == 'b';
  if (form.raw || form.bytes) ++at_;
  form.quote = peek();
  form.triple = peek(1) == form.quote && peek(2) == form.quote;
  at_ += form.triple ? 3 : 1;
  if (form.triple) {
    std::uint32_t skip = peek() == '\n' ? 1 : peek() == '\r' && peek(1) == '\n' ? 2 : 0;
    form.block = skip != 0;
    at_ += skip;
  }
  std::uint32_t token = static_cast<std::uint32_t>(out_.tokens.size());
  std::uint32_t line_starts = static_cast<std::uint32_t>(line_starts_.size());
  push(Tok::string, begin);
  if (form.block) line_starts_.push_back({token, 0});
  PartEnd part = string_part(form, begin, line_starts);
  Token& made = out_.tokens[token];
  if (part == PartEnd::interpolation) {
    made.kind = Tok::string_open;
    return;
  }
  if (form.bytes) made.kind = Tok::bytes;
  if (part == PartEnd::quote) end_string(form, line_starts);
  line_starts_.resize(line_starts);
}

// After the `)` of a \( ).
void Lexer::resume_string() {
  Open hole = open_.back();
  open_.pop_back();
  std::uint32_t token = static_cast<std::uint32_t>(out_.tokens.size());
  Token& made = push(Tok::string_close, at_);
  made.match = hole.token;
  made.line_first = false;
  out_.tokens[hole.token].match = token;
  ++at_;
  PartEnd part = string_part(hole.form, hole.begin, hole.line_starts);
  if (part == PartEnd::interpolation) {
    out_.tokens[token].kind = Tok::string_middle;
    return;
  }
  if (part == PartEnd::quote) end_string(hole.form, hole.line_starts);
  line_starts_.resize(hole.line_starts);
}

// Reads up to the closing quote or the next \( into the text of the last token.
Lexer::PartEnd Lexer::string_part(const StringForm& form, std::uint32_t opened, std::uint32_t line_starts) {
  std::uint32_t token = static_cast<std::uint32_t>(out_.tokens.size() - 1);
  std::uint32_t plain_begin = at_;   // while nothing had to be changed, the value is a slice of the source
  bool plain = true;
  std::string value;
  auto change = [&](std::uint32_t upto) {
    if (plain) value = slice(plain_begin, upto);
    plain = false;
  };
  auto settle = [&] {
    out_.tokens[token].text = plain ? slice(plain_begin, at_) : arena_.copy(std::string_view(value));
  };
  while (at_ < size_) {
    char c = text_[at_];
    if (c == form.quote && at_quote(form)) {
      settle();
      at_ += form.triple ? 3 : 1;
      out_.tokens[token].end = at_;
      return PartEnd::quote;
    }
    if (c == '\\' && !form.raw) {
      if (peek(1) == '(' && !form.bytes) {
        settle();
        std::uint32_t hole = at_;
        at_ += 2;
        out_.tokens[token].end = at_;
        if (open_.size() >= nesting_max) {
          out_.diagnostics.clear();
          error(hole, at_, "brackets nest deeper than " + std::to_string(nesting_max),
                "give the inner parts names of their own");
          out_.fatal = true;
        }
        open_.push_back({Tok::string_close, token, form, line_starts, opened});
        return PartEnd::interpolation;
      }
      change(at_);
      escape(form, value);
      continue;
    }
    if (c == '\n' || (c == '\r' && peek(1) == '\n')) {
      if (!form.triple) break;
      if (c == '\r') {
        change(at_);
        ++at_;
      }
      ++at_;
      line_begin_ = at_;
      if (!plain) value += '\n';
      if (form.block)
        line_starts_.push_back({token, static_cast<std::uint32_t>(plain ? at_ - plain_begin : value.size())});
      continue;
    }
    if (!plain) value += c;
    ++at_;
  }
  settle();
  out_.tokens[token].end = at_;
  bool consequence = out_.trusted_end >= line_begin_ && out_.trusted_end < opened;   // of a bracket wrong in this line
  if (form.triple) {
    out_.open_at_end = out_.trusted_end == ~0u;
    if (!consequence)
      error(opened, std::min(opened + 3, size_), "this string is never closed",
            std::string("write ") + std::string(3, form.quote) + " where it ends");
  } else if (!consequence) {
    error(opened, at_, "this string is not closed on its line",
          std::string("write ") + form.quote + " where it ends, or use " + std::string(3, form.quote) +
              " for a text of several lines");
  }
  out_.trusted_end = std::min(out_.trusted_end, opened);
  return PartEnd::broken;
}

void Lexer::escape(const StringForm& form, std::string& value) {
  std::uint32_t begin = at_++;
  char c = peek();
  ++at_;
  switch (c) {
    case 'n':
      value += '\n';
      return;
    case 't':
      value += '\t';
      return;
    case 'r':
      value += '\r';
      return;
    case '0':
      if (at_ - 1 >= size_) break;
      value += '\0';
      return;
    case 'e':
      value += '\x1b';
      return;
    case '\\':
    case '"':
    case '\'':
      value += c;
      return;
    case '\n':
      line_begin_ = at_;
      return;
    case '\r':
      if (peek() == '\n') {
        ++at_;
        line_begin_ = at_;
        return;
      }
      break;
    case 'x': {
      int high = hex_digit(peek()), low = high < 0 ? -1 : hex_digit(peek(1));
      if (low < 0) {
        error(begin, at_, "`\\x` needs two hexadecimal digits", "write the byte as \\x41");
        return;
      }
      at_ += 2;
      value += static_cast<char>(high * 16 + low);
      return;
    }
    case 'u': {
      if (form.bytes) break;
      std::uint32_t code_point = 0, digits = 0;
      if (peek() == '{') {
        ++at_;
        for (; hex_digit(peek()) >= 0 && digits < 9; ++digits, ++at_)
          code_point = code_point * 16 + static_cast<std::uint32_t>(hex_digit(peek()));
        if (digits && digits <= 6 && peek() == '}')
          ++at_;
        else
          digits = 0;
      }
      if (!digits || code_point > 0x10FFFF || (code_point >= 0xD800 && code_point < 0xE000)) {
        error(begin, at_, "`\\u` needs a code point in braces", "write it as \\u{1F600}");
        return;
      }
      append_utf8(value, code_point);
      return;
    }
    default:
      break;
  }
  // The whole character, if it is one of several bytes.
  while (at_ < size_ && (static_cast<unsigned char>(text_[at_]) & 0xC0) == 0x80) ++at_;
  if (at_ > size_) at_ = size_;
  std::string spelling(slice(begin, at_));
  bool printable = spelling.size() > 1 && static_cast<unsigned char>(spelling[1]) >= 0x20;
  error(begin, at_, printable ? "`" + spelling + "` is no escape" : "a backslash before this byte is no escape",
        form.bytes ? "escapes here are \\n \\t \\r \\0 \\e \\\\ \\\" \\' \\xHH"
                   : "write `\\\\` for a backslash, or r\"..\" for a text without escapes",
        {{{begin, begin + 1}, "\\\\"}});
}

// Takes the closing line's indentation off every line of a block string.
void Lexer::end_string(const StringForm& form, std::uint32_t line_starts) {
  if (!form.block || line_starts_.size() <= line_starts) return;
  Token& last = out_.tokens.back();
  LineStart closing = line_starts_.back();
  if (closing.token != out_.tokens.size() - 1) return;
  std::string_view tail = last.text.substr(closing.offset);
  if (tail.find_first_not_of(' ') != std::string_view::npos) return;
  std::size_t indent = tail.size();
  last.text = last.text.substr(0, closing.offset);
  if (indent == 0) return;
  // From the back, so that the offsets of one token stay right.
  std::size_t at = line_starts_.size() - 1;
  while (at > line_starts) {
    std::size_t group_end = at;
    std::uint32_t token = line_starts_[at - 1].token;
    while (at > line_starts && line_starts_[at - 1].token == token) --at;
    std::string_view text = out_.tokens[token].text;
    std::string stripped;
    std::size_t from = 0;
    for (std::size_t i = at; i < group_end; ++i) {
      std::size_t begin = line_starts_[i].offset;
      if (begin > text.size()) break;
      stripped += text.substr(from, begin - from);
      from = begin;
      while (from < text.size() && from - begin < indent && text[from] == ' ') ++from;
    }
    stripped += text.substr(from);
    out_.tokens[token].text = arena_.copy(std::string_view(stripped));
  }
}

}  // namespace m31::syntax
