// Pieces of a text, and the blanks between them.
#include "kernel/syntax/format_core.h"
#include "kernel/syntax/lexer.h"

namespace m31::syntax {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// What stands between two pieces: blanks, line ends, comments.
void read_gap(std::string_view text, std::uint32_t begin, std::uint32_t end, Piece& next) {
  bool own_line = begin == 0;
  unsigned line_ends = begin == 0 ? 1 : 0;
  std::uint32_t line_begin = begin;
  while (line_begin > 0 && text[line_begin - 1] != '\n') --line_begin;
  for (std::uint32_t at = begin; at < end;) {
    if (text[at] == '\n') {
      ++line_ends;
      own_line = true;
      line_begin = ++at;
    } else if (text[at] == '#') {
      std::size_t stop = std::min<std::size_t>(text.find('\n', at), end);
      Comment comment{trimmed(text.substr(at, stop - at)), at - line_begin, line_ends > 1};
      if (own_line) next.above.push_back(comment);
      else next.behind = comment;
      line_ends = 0;
      at = static_cast<std::uint32_t>(stop);
    } else {
      ++at;
    }
  }
  next.empty_line_before = line_ends > 1;
}

}  // namespace

unsigned columns_of(std::string_view text) {
  unsigned count = 0;
  for (unsigned char c : text) count += (c & 0xC0) != 0x80;
  return count;
}

void mark(const Node& node, std::string_view text, Marks& marks) {
  switch (node.kind) {
    case Kind::unary:
    case Kind::int_lit:
    case Kind::float_lit:
    case Kind::duration_lit:
    case Kind::pat_lit:
      if (node.span.begin < text.size() && text[node.span.begin] == '-') marks.minus.insert(node.span.begin);
      break;
    case Kind::block:
    case Kind::match:
    case Kind::select: {
      std::size_t first = node.is(Kind::match) ? 1 : 0;
      marks.blocks.insert(node.is(Kind::block) ? node.span.begin : node[first].span.begin);
      break;
    }
    default:
      break;
  }
  for (const Node* kid : node.kids) mark(*kid, text, marks);
}

std::vector<Piece> pieces_of(const SourcePtr& source, const Marks& marks) {
  Arena arena;
  const Lexed lexed = lex(source, arena);
  std::string_view text = source->text();
  std::vector<Piece> pieces;
  std::vector<std::size_t> piece_of(lexed.tokens.size());
  std::uint32_t end = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (std::size_t i = 0; i < lexed.tokens.size(); ++i) {
    const Token& token = lexed.tokens[i];
    Piece& piece = pieces.emplace_back();
    piece_of[i] = pieces.size() - 1;
    piece.kind = token.kind;
    piece.begin = token.begin;
    piece.column = token.column;
    piece.line_first = token.line_first;
    piece.after_blank = token.after_blank;
    read_gap(text, end, token.begin, piece);
    end = token.end;
    if (token.kind == Tok::string_open) {   // up to its end, holes and all
      std::size_t last = i;
      while (lexed.tokens[last].kind != Tok::string_close) last = lexed.tokens[last].match;
      end = lexed.tokens[last].end;
      i = last;
      piece.kind = Tok::string;
    } else if (is_opener(token.kind) || is_closer(token.kind)) {
      piece.match = token.match;            // a token's index for now
    }
    piece.text = text.substr(piece.begin, end - piece.begin);
    piece.is_unary = token.kind == Tok::minus && marks.minus.contains(token.begin);
  }
  for (Piece& piece : pieces)
    if (is_opener(piece.kind) || is_closer(piece.kind)) piece.match = piece_of[piece.match];
  return pieces;
}

bool ends_operand(const std::vector<Piece>& pieces, std::size_t at) {
  const Tok kind = pieces[at].kind;
  if (is_word(kind)) {
    // A reserved word that is a name: after a dot, and as a function of a module.
    const bool is_member = at > 0 && (pieces[at - 1].kind == Tok::dot || pieces[at - 1].kind == Tok::safe_dot || pieces[at - 1].kind == Tok::word_fn);
    return is_member || kind == Tok::word_true_ || kind == Tok::word_false_ || kind == Tok::word_none;
  }
  switch (kind) {
    case Tok::name:
    case Tok::int_number:
    case Tok::float_number:
    case Tok::duration:
    case Tok::string:
    case Tok::bytes:
    case Tok::question:
    case Tok::close_paren:
    case Tok::close_square:
    case Tok::close_brace:
      return true;
    default:
      return false;
  }
}

bool is_binary_operator(const std::vector<Piece>& pieces, std::size_t at) {
  const Piece& piece = pieces[at];
  if (at == 0 || !ends_operand(pieces, at - 1) || piece.is_unary) return false;
  const Tok kind = piece.kind;
  return is_definable_operator(kind) || kind == Tok::word_and_ || kind == Tok::word_or_ || kind == Tok::coalesce || kind == Tok::bar;
}

bool is_blank_between(const std::vector<Piece>& pieces, std::size_t next) {
  const Piece& before = pieces[next - 1];
  const Piece& after = pieces[next];
  const Tok b = before.kind, a = after.kind;
  const auto is_dot = [](Tok kind) { return kind == Tok::dot || kind == Tok::safe_dot; };
  const auto is_range = [](Tok kind) { return kind == Tok::dots || kind == Tok::dots_equal; };
  if (is_opener(b) || is_closer(a) || a == Tok::comma || a == Tok::semicolon) return false;
  if (b == Tok::comma || b == Tok::semicolon) return true;
  if (a == Tok::colon) return false;
  if (b == Tok::colon) {                                   // `:name` at the beginning of a line
    const bool is_command = before.line_first && !(next >= 2 && ends_operand(pieces, next - 2) && pieces[next - 2].begin > before.begin);
    return !is_command;
  }
  if (b == Tok::spread || before.is_unary) return false;
  // Spellings that would grow together stay as they are.
  const bool is_number = b == Tok::int_number || b == Tok::float_number || b == Tok::duration;
  if (is_dot(a) && (is_number || b == Tok::question || is_range(b))) return after.after_blank;
  if (is_range(b) && a == Tok::spread) return after.after_blank;
  if (is_dot(b)) return false;
  if (is_dot(a)) return !ends_operand(pieces, next - 1);
  if (is_range(a)) {
    if (!ends_operand(pieces, next - 1)) return true;
    const bool follows = next + 1 < pieces.size() && !pieces[next + 1].line_first && !is_closer(pieces[next + 1].kind);
    return after.after_blank || (follows && pieces[next + 1].after_blank);
  }
  if (is_range(b)) return after.after_blank || (before.after_blank && next >= 2 && ends_operand(pieces, next - 2));
  if (a == Tok::question) return b == Tok::question && after.after_blank;
  if (a == Tok::open_paren || a == Tok::open_square) {
    if (b == Tok::word_fn) return false;                   // fn(Int) -> Int
    if (next >= 2 && pieces[next - 2].kind == Tok::word_fn && !is_word(b)) return false;   // fn +(a, b)
    if (b == Tok::name && (before.text == "after" || before.text == "assert")) return after.after_blank;
    return !ends_operand(pieces, next - 1);
  }
  return true;
}

}  // namespace m31::syntax
