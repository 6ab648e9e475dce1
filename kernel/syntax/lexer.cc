#include "kernel/syntax/lexer.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "kernel/syntax/lexer_core.h"
#include "kernel/syntax/parser.h"

namespace m31::syntax {

namespace {

constexpr std::size_t diagnostics_max = 50;   // a text with more is no program

struct Word {
  std::string_view spelling;
  Tok kind;
};
constexpr Word words[] = {
#define TOKEN(kind, meaning)
#define WORD(kind, spelling) {spelling, Tok::word_##kind},
#include "kernel/syntax/tokens.def"
#undef TOKEN
#undef WORD
};

Tok word_or_name(std::string_view spelling) {
  if (spelling.size() < 2 || spelling.size() > 8) return Tok::name;
  for (const Word& word : words)
    if (word.spelling == spelling) return word.kind;
  return Tok::name;
}

std::string_view bracket_of(Tok closer) {
  if (closer == Tok::close_paren) return "(";
  if (closer == Tok::close_square) return "[";
  if (closer == Tok::close_brace) return "{";
  return "\\(";
}

std::string_view closing_of(Tok closer) {
  if (closer == Tok::close_square) return "]";
  if (closer == Tok::close_brace) return "}";
  return ")";
}

}  // namespace

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

unsigned name_letter_bytes(std::string_view text, bool inside) {
  utf8proc_int32_t code_point = 0;
  auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size(), 4)), &code_point);
  if (bytes <= 0) return 0;
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
      return static_cast<unsigned>(bytes);
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC:
      return inside ? static_cast<unsigned>(bytes) : 0;
    default:
      return 0;
  }
}

Lexer::Lexer(const SourcePtr& source, Arena& arena, Lexed& out)
    : source_(source), text_(source->text()), arena_(arena), out_(out), size_(static_cast<std::uint32_t>(text_.size())) {}

void Lexer::error(std::uint32_t begin, std::uint32_t end, std::string message, std::string advice,
                  std::vector<Edit> edits) {
  if (out_.diagnostics.size() >= diagnostics_max) return;
  Diagnostic diagnostic;
  diagnostic.source = source_;
  diagnostic.span = {begin, end};
  diagnostic.message = std::move(message);
  diagnostic.advice = std::move(advice);
  diagnostic.edits = std::move(edits);
  out_.diagnostics.push_back(std::move(diagnostic));
}

Token& Lexer::push(Tok kind, std::uint32_t begin) {
  Token token;
  token.kind = kind;
  token.line_first = line_first_;
  token.tab_indent = tab_indent_;
  token.after_blank = after_blank_;
  token.begin = begin;
  token.end = at_;
  token.column = begin - line_begin_;
  if (has_doc_) {
    if (line_first_ && doc_end_line_ == line_begin_)
      out_.docs.emplace_back(static_cast<std::uint32_t>(out_.tokens.size()), arena_.copy(std::string_view(doc_)));
    has_doc_ = false;
  }
  line_first_ = tab_indent_ = after_blank_ = false;
  out_.tokens.push_back(token);
  return out_.tokens.back();
}

// ------------------------------------------------------------------------- blanks and comments

bool Lexer::skip_blank() {
  while (at_ < size_) {
    char c = text_[at_];
    if (c == '\n') {
      if (!open_.empty() && open_.back().closer == Tok::string_close && !open_.back().form.triple)
        end_of_line_in_interpolation();
      ++at_;
      line_begin_ = at_;
      line_first_ = true;
      tab_indent_ = false;
    } else if (c == ' ' || c == '\r' || c == '\f' || c == '\v') {
      ++at_;
      after_blank_ = true;
    } else if (c == '\t') {
      if (line_first_) tab_indent_ = true;
      ++at_;
      after_blank_ = true;
    } else if (c == '#') {
      std::uint32_t begin = at_;
      const void* end = std::memchr(text_.data() + at_, '\n', size_ - at_);
      at_ = end ? static_cast<std::uint32_t>(static_cast<const char*>(end) - text_.data()) : size_;
      if (line_first_ && begin + 1 < size_ && text_[begin + 1] == '#') doc_comment(begin);
    } else if (c == '\\' && (peek(1) == '\n' || (peek(1) == '\r' && peek(2) == '\n'))) {
      error(at_, at_ + 1, "a backslash does not continue a line",
            "end the line with an operator, begin the next one with `|` `.` or `,`, or use brackets");
      at_ += text_[at_ + 1] == '\r' ? 3 : 2;   // read on as it was meant
      line_begin_ = at_;
    } else {
      return true;
    }
  }
  return false;
}

void Lexer::doc_comment(std::uint32_t begin) {
  std::uint32_t end = at_;
  while (end > begin && (text_[end - 1] == ' ' || text_[end - 1] == '\r' || text_[end - 1] == '\t')) --end;
  begin += 2;
  if (begin < end && text_[begin] == ' ') ++begin;
  if (has_doc_ && doc_end_line_ == line_begin_)
    doc_ += '\n';
  else
    doc_.clear();
  if (begin < end) doc_ += slice(begin, end);
  has_doc_ = true;
  doc_end_line_ = at_ + 1;
}

// ------------------------------------------------------------------------------------- lexemes

void Lexer::run() {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = line_begin_ = 3;
  while (!out_.fatal && skip_blank()) token();
  finish();
}

void Lexer::token() {
  char c = text_[at_];
  if (string_begins()) return string();
  if (is_name_start(c)) return word();
  if (c >= '0' && c <= '9') return number();
  if (static_cast<unsigned char>(c) >= 0x80 && name_letter_bytes(text_.substr(at_), false)) return word();
  operators();
}

void Lexer::word() {
  std::uint32_t begin = at_;
  while (at_ < size_) {
    if (is_name_char(text_[at_])) {
      ++at_;
    } else if (static_cast<unsigned char>(text_[at_]) >= 0x80) {
      unsigned bytes = name_letter_bytes(text_.substr(at_), at_ != begin);
      if (!bytes) break;
      at_ += bytes;
    } else {
      break;
    }
  }
  std::string_view spelling = slice(begin, at_);
  push(word_or_name(spelling), begin).text = spelling;
}

bool Lexer::operator_is(std::string_view spelling, Tok kind) {
  if (!text_.substr(at_).starts_with(spelling)) return false;
  std::uint32_t begin = at_;
  at_ += static_cast<std::uint32_t>(spelling.size());
  push(kind, begin).text = slice(begin, at_);
  return true;
}

void Lexer::operators() {
  struct Spelling {
    std::string_view text;
    Tok kind;
  };
  // By first byte; longer ones first. A space keeps two question marks from reading as a trigraph.
  static constexpr Spelling spellings[] = {
      {"...", Tok::spread},       {"..=", Tok::dots_equal},   {"..", Tok::dots},         {".", Tok::dot},
      {"?.", Tok::safe_dot},      {"\?\?", Tok::coalesce},    {"?", Tok::question},      {",", Tok::comma},
      {";", Tok::semicolon},      {":", Tok::colon},          {"=>", Tok::fat_arrow},    {"==", Tok::equal},
      {"=", Tok::assign},         {"+%=", Tok::assign_op},    {"-%=", Tok::assign_op},   {"*%=", Tok::assign_op},
      {"**=", Tok::assign_op},    {"//=", Tok::assign_op},    {"+=", Tok::assign_op},    {"-=", Tok::assign_op},
      {"*=", Tok::assign_op},     {"/=", Tok::assign_op},     {"%=", Tok::assign_op},    {"+%", Tok::plus_wrap},
      {"-%", Tok::minus_wrap},    {"*%", Tok::star_wrap},     {"++", Tok::foreign_step}, {"->", Tok::arrow},
      {"**", Tok::power},         {"//", Tok::floor_slash},   {"+", Tok::plus},          {"-", Tok::minus},
      {"*", Tok::star},           {"/", Tok::slash},          {"%", Tok::percent},       {"||", Tok::foreign_or},
      {"|", Tok::bar},            {"&&", Tok::foreign_and},   {"&", Tok::foreign_bits},  {"^", Tok::foreign_bits},
      {"~", Tok::foreign_bits},   {"<<", Tok::foreign_bits},  {">>", Tok::foreign_bits}, {"<>", Tok::foreign_other},
      {"<=", Tok::less_equal},    {">=", Tok::greater_equal}, {"<", Tok::less},          {">", Tok::greater},
      {"!=", Tok::not_equal},     {"!", Tok::foreign_not},
  };
  switch (text_[at_]) {
    case '(':
      return open(Tok::close_paren, Tok::open_paren);
    case '[':
      return open(Tok::close_square, Tok::open_square);
    case '{':
      return open(Tok::close_brace, Tok::open_brace);
    case ')':
      return close(Tok::close_paren);
    case ']':
      return close(Tok::close_square);
    case '}':
      return close(Tok::close_brace);
    default:
      break;
  }
  char first = text_[at_];
  for (const Spelling& spelling : spellings)
    if (spelling.text[0] == first && operator_is(spelling.text, spelling.kind)) return;
  stray();
}

// A byte that begins nothing. One message for the whole text: a file that is no program has many.
void Lexer::stray() {
  std::uint32_t begin = at_;
  unsigned char c = static_cast<unsigned char>(text_[at_]);
  utf8proc_int32_t code_point = c;
  std::uint32_t bytes = 1;
  if (c >= 0x80) {
    auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text_.data() + at_),
                                   static_cast<utf8proc_ssize_t>(std::min<std::uint32_t>(size_ - at_, 4)), &code_point);
    if (length > 0)
      bytes = static_cast<std::uint32_t>(length);
    else
      code_point = -1;
  }
  at_ += bytes;
  if (!stray_reported_) {
    char text[96];
    std::string advice;
    if (code_point < 0) {
      std::snprintf(text, sizeof text, "byte 0x%02x is not UTF-8 text", c);
      advice = "outside strings and comments a program is UTF-8";
    } else if (code_point < 0x20 || code_point == 0x7f) {
      std::snprintf(text, sizeof text, "byte 0x%02x does not belong in a program", c);
      advice = "is this file a program? in a string, write it as an escape";
    } else if (code_point >= 0x80) {
      std::snprintf(text, sizeof text, "the character `%.*s` (U+%04X) does not belong here", static_cast<int>(bytes),
                    text_.data() + begin, static_cast<unsigned>(code_point));
      if (code_point == 0xA0 || (code_point >= 0x2000 && code_point <= 0x200B) || code_point == 0x3000)
        advice = "it looks like a space: write a plain one";
      else if (code_point >= 0x2018 && code_point <= 0x201F)
        advice = "strings stand in straight quotes: \" or '";
    } else {
      std::snprintf(text, sizeof text, "the character `%c` has no meaning here", c);
    }
    error(begin, at_, text, std::move(advice));
    stray_reported_ = true;
  }
  push(Tok::bad, begin);
}

// ------------------------------------------------------------------------------------ brackets

void Lexer::open(Tok closer, Tok kind) {
  std::uint32_t begin = at_++;
  if (open_.size() >= nesting_max) {
    out_.diagnostics.clear();
    error(begin, at_, "brackets nest deeper than " + std::to_string(nesting_max),
          "give the inner parts names of their own");
    out_.fatal = true;
    return;
  }
  open_.push_back({closer, static_cast<std::uint32_t>(out_.tokens.size()), {}, 0, begin});
  push(kind, begin).text = slice(begin, at_);
}

// Makes up closers for what is open above `depth`.
void Lexer::close_down_to(std::size_t depth, std::uint32_t at) {
  while (open_.size() > depth) {
    Open top = open_.back();
    open_.pop_back();
    std::uint32_t index = static_cast<std::uint32_t>(out_.tokens.size());
    Token& token = push(top.closer, at);
    token.end = at;
    token.line_first = false;
    token.match = top.token;
    out_.tokens[top.token].match = index;
    if (top.closer == Tok::string_close) line_starts_.resize(top.line_starts);
  }
}

void Lexer::close(Tok kind) {
  std::uint32_t begin = at_;
  if (!open_.empty() && open_.back().closer == Tok::string_close && kind == Tok::close_paren) return resume_string();
  // Brackets inside \( ) do not close brackets outside.
  std::size_t floor = open_.size();
  while (floor > 0 && open_[floor - 1].closer != kind && open_[floor - 1].closer != Tok::string_close) --floor;
  bool in_string_hole = floor > 0 && open_[floor - 1].closer == Tok::string_close;
  if (floor == 0 || (in_string_hole && kind != Tok::close_paren)) {
    ++at_;
    if (out_.trusted_end > begin) {
      std::string spelling(1, text_[begin]);
      std::size_t first = out_.diagnostics.size();
      if (open_.empty()) {
        error(begin, at_, "`" + spelling + "` closes nothing", "delete it", {{{begin, at_}, ""}});
      } else {
        const Open& top = open_.back();
        std::string right(closing_of(top.closer));
        error(begin, at_, "`" + spelling + "` does not close `" + std::string(bracket_of(top.closer)) + "`",
              "write `" + right + "`", {{{begin, at_}, right}});
        if (out_.diagnostics.size() > first)
          out_.diagnostics.back().notes.push_back(
              {source_, {top.begin, top.begin + 1}, "`" + std::string(bracket_of(top.closer)) + "` was opened here"});
      }
      out_.trusted_end = begin;
    }
    // Take it for the closer that is missing, if there is one.
    if (!open_.empty() && open_.back().closer != Tok::string_close) {
      close_down_to(open_.size() - 1, begin);
      return;
    }
    push(Tok::bad, begin);
    return;
  }
  if (floor != open_.size()) {
    const Open& top = open_.back();
    if (out_.trusted_end > begin) {
      std::string name = "`" + std::string(bracket_of(top.closer)) + "`";
      std::size_t first = out_.diagnostics.size();
      error(top.begin, top.begin + 1, name + " is never closed",
            "write `" + std::string(closing_of(top.closer)) + "` before this place ends");
      if (out_.diagnostics.size() > first)
        out_.diagnostics.back().notes.push_back(
            {source_, {begin, begin + 1}, std::string("here `") + text_[begin] + "` closes the bracket around it"});
      out_.trusted_end = top.begin;
    }
    close_down_to(floor, begin);
    if (in_string_hole) return resume_string();
  }
  ++at_;
  Open top = open_.back();
  open_.pop_back();
  std::uint32_t index = static_cast<std::uint32_t>(out_.tokens.size());
  Token& token = push(kind, begin);
  token.text = slice(begin, at_);
  token.match = top.token;
  out_.tokens[top.token].match = index;
}

// A line ended inside the \( ) of a string that must end on its line.
void Lexer::end_of_line_in_interpolation() {
  std::size_t floor = open_.size() - 1;
  // Strings nested in this one on the same line are closed as well.
  while (floor > 0 && open_[floor - 1].closer == Tok::string_close && !open_[floor - 1].form.triple) --floor;
  std::uint32_t begin = open_[floor].begin;
  if (out_.trusted_end > begin) {
    error(begin, at_, "this string's `\\(` is not closed on its line", "write `)` and the closing quote, or use `\"\"\"`");
    out_.trusted_end = begin;
  }
  close_down_to(floor, at_);
}

void Lexer::finish() {
  std::uint32_t end = size_;
  if (!open_.empty()) {
    const Open& top = open_.back();
    bool hole = top.closer == Tok::string_close;
    if (out_.trusted_end == ~0u && !out_.fatal) {
      out_.open_at_end = !hole || top.form.triple;
      error(top.begin, top.begin + 1, hole ? "this string is never closed" : "`" + std::string(bracket_of(top.closer)) + "` is never closed",
            hole ? "its `\\(` has no `)`" : "it was opened here: write `" + std::string(closing_of(top.closer)) + "` where it ends");
      out_.trusted_end = open_.front().begin;
    }
    close_down_to(0, end);
  }
  out_.doc_at_end = has_doc_ && doc_end_line_ >= line_begin_;
  at_ = end;
  line_first_ = true;
  has_doc_ = false;
  line_begin_ = end;
  push(Tok::end_of_text, end);
}

Lexed lex(const SourcePtr& source, Arena& arena) {
  Lexed out;
  Lexer(source, arena, out).run();
  return out;
}

}  // namespace m31::syntax
