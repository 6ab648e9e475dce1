// Lines of the formatter: where each begins, and where one that is too long is broken.
#include <algorithm>

#include "kernel/syntax/format.h"
#include "kernel/syntax/format_core.h"

namespace m31::syntax {

namespace {

constexpr unsigned step = 2;
constexpr unsigned step_after_operator = 4;   // apart from the block that may follow

bool is_end_of_line_opener(Tok kind) { return kind == Tok::colon || kind == Tok::fat_arrow; }
bool begins_continuation(Tok kind) {
  return kind == Tok::bar || kind == Tok::dot || kind == Tok::safe_dot || kind == Tok::comma;
}
bool continues_block(Tok kind) {
  return kind == Tok::word_else_ || kind == Tok::word_elif_ || kind == Tok::word_catch_ || kind == Tok::word_finally_;
}

}  // namespace

// Where the lines inside a bracket stand.
unsigned Layout::inside(const Bracket& bracket, std::size_t at) const {
  if (bracket.hangs) return bracket.line_indent + step;
  return bracket.column + (pieces_[at].kind == Tok::comma ? 0 : 1);
}

void Layout::leave_blocks_inside(std::size_t brackets) {
  while (blocks_.size() > 1 && blocks_.back().brackets >= brackets) blocks_.pop_back();
}

// `a, b = ..` that begins a line of a block: its commas end no block.
bool Layout::is_target_list(std::size_t comma) const {
  std::size_t first = comma;
  while (first > 0 && !pieces_[first].line_first) --first;
  for (std::size_t i = first; i < pieces_.size() && (i == first || !pieces_[i].line_first); ++i) {
    switch (pieces_[i].kind) {
      case Tok::name:
      case Tok::dot:
      case Tok::comma: break;
      case Tok::open_square: i = pieces_[i].match; break;
      case Tok::assign: return i > comma;
      default:
        if (!is_word(pieces_[i].kind) || i == first || pieces_[i - 1].kind != Tok::dot) return false;
    }
  }
  return false;
}

// The column of the line that begins with a piece.
unsigned Layout::indent_of(std::size_t at) {
  const Piece& piece = pieces_[at];
  if (at == 0) {
    blocks_.push_back({piece.column, 0, 0, 0});
    return 0;
  }
  const Tok before = pieces_[at - 1].kind;
  if (piece.is_broken_before) {
    if (!brackets_.empty() && brackets_.size() > blocks_.back().brackets) return inside(brackets_.back(), at);
    return blocks_.back().indent + (piece.kind == Tok::bar ? step : step_after_operator);
  }
  if (is_end_of_line_opener(before) && marks_.blocks.contains(piece.begin)) {
    blocks_.push_back({piece.column, line_indent_ + step, brackets_.size(), line_indent_});
    return blocks_.back().indent;
  }
  if (is_closer(piece.kind) && !brackets_.empty()) {
    leave_blocks_inside(brackets_.size());
    return brackets_.back().line_indent;
  }
  // Leave the blocks that are indented deeper, as far as the innermost bracket reaches.
  unsigned opener_indent = 0;
  bool left = false;
  while (blocks_.size() > 1 && blocks_.back().brackets == brackets_.size() && blocks_.back().was > piece.column) {
    opener_indent = blocks_.back().opener_indent;
    left = true;
    blocks_.pop_back();
  }
  const Block& block = blocks_.back();
  if (brackets_.size() > block.brackets) {
    if (left && continues_block(piece.kind)) return opener_indent;
    return inside(brackets_.back(), at);
  }
  if (begins_continuation(piece.kind)) return left ? block.indent : block.indent + step;
  if (before == Tok::assign || before == Tok::assign_op) return block.indent + step;
  if (is_binary_operator(pieces_, at - 1) || pieces_[at - 1].kind == Tok::comma) return block.indent + step_after_operator;
  return block.indent;
}

// A comment on a line of its own belongs to the block in whose column it stands, or to what follows it.
unsigned Layout::indent_of_comment(const Comment& comment, std::size_t at, const std::vector<Block>& before, unsigned indent) const {
  const Piece& piece = pieces_[at];
  if (is_closer(piece.kind) && !brackets_.empty()) return inside(brackets_.back(), at);
  if (comment.column <= piece.column && piece.kind != Tok::end_of_text) return indent;
  for (auto block = before.rbegin(); block != before.rend(); ++block)
    if (block->was <= comment.column && block->indent > indent) return block->indent;
  return indent;
}

void Layout::comments_above(std::size_t at, const std::vector<Block>& before, unsigned indent) {
  for (const Comment& comment : pieces_[at].above) {
    if (comment.empty_line_before && !out_.empty()) out_ += '\n';
    out_.append(indent_of_comment(comment, at, before, indent), ' ');
    out_ += comment.text;
    out_ += '\n';
  }
  if (pieces_[at].empty_line_before && !out_.empty() && pieces_[at].kind != Tok::end_of_text) out_ += '\n';
}

std::size_t Layout::line_end(std::size_t first) const {
  std::size_t end = first + 1;
  while (end < pieces_.size() && !pieces_[end].line_first && !pieces_[end].is_broken_before) ++end;
  return end;
}

// Brackets and the blocks that they or a comma end.
void Layout::track(std::size_t at, unsigned column) {
  const Tok kind = pieces_[at].kind;
  if (is_opener(kind)) {
    const bool hangs = at + 1 < pieces_.size() && (pieces_[at + 1].line_first || pieces_[at + 1].is_broken_before);
    brackets_.push_back({at, column, line_indent_, hangs});
  } else if (is_closer(kind) && !brackets_.empty()) {
    leave_blocks_inside(brackets_.size());
    brackets_.pop_back();
  } else if (kind == Tok::comma && !brackets_.empty() && blocks_.back().brackets == brackets_.size() && !is_target_list(at)) {
    leave_blocks_inside(brackets_.size());
  }
}

// The best place to break a line that does not fit: as far outside as possible; behind a comma, else in front of a pipe, else
// behind another operator; as late as fits. 0: none.
std::size_t Layout::break_of(std::size_t first, std::size_t end, unsigned indent) const {
  std::size_t best = 0;
  int best_rank = -1;
  int depth = 0;
  unsigned column = indent;
  std::vector<std::size_t> opened;
  for (std::size_t i = first; i < end; ++i) {
    const bool blank = i > first && is_blank_between(pieces_, i);
    if (is_closer(pieces_[i].kind)) --depth;
    const unsigned stop = column + (i > first && blank ? 1 : 0);
    if (i > first + 1 && column <= format_columns_max) {
      const Tok before = pieces_[i - 1].kind;
      const bool in_brackets = brackets_.size() > blocks_.back().brackets || depth > 0;
      int quality = -1;
      if (pieces_[i].kind == Tok::bar && is_binary_operator(pieces_, i)) quality = 2;
      else if (before == Tok::comma && in_brackets) quality = 3;
      else if (is_binary_operator(pieces_, i - 1) && before != Tok::bar) quality = 1;
      else if (is_opener(before) && pieces_[i - 1].match != i) quality = 0;
      if (quality >= 0) {
        // A bracket less counts for more than a better place; behind an opening bracket is the last resort.
        const int rank = quality == 0 ? 0 : 1000 - 4 * std::min(depth, 200) + quality;
        if (rank >= best_rank) best_rank = rank, best = i;
      }
    }
    if (is_opener(pieces_[i].kind)) ++depth;
    const std::string_view text = pieces_[i].text;
    column = stop + columns_of(text.substr(0, text.find('\n')));
  }
  return column > format_columns_max ? best : 0;
}

std::string Layout::write() {
  for (std::size_t first = 0; first < pieces_.size();) {
    const std::vector<Block> before = blocks_;
    if (pieces_[first].kind == Tok::end_of_text) {
      comments_above(first, before, 0);
      break;
    }
    const unsigned indent = indent_of(first);
    comments_above(first, before, indent);
    line_indent_ = indent;
    line_first_ = first;
    std::size_t end = line_end(first);
    if (may_break_)
      if (const std::size_t at = break_of(first, end, indent); at > 0) {
        pieces_[at].is_broken_before = true;
        end = at;
      }
    out_.append(indent, ' ');
    std::size_t line_begin = out_.size() - indent;
    for (std::size_t i = first; i < end; ++i) {
      if (i > first && is_blank_between(pieces_, i)) out_ += ' ';
      track(i, columns_of(std::string_view(out_).substr(line_begin)));
      out_ += pieces_[i].text;
      if (std::size_t line_end_in = pieces_[i].text.rfind('\n'); line_end_in != std::string_view::npos)
        line_begin = out_.size() - (pieces_[i].text.size() - line_end_in - 1);
    }
    if (end < pieces_.size() && !pieces_[end].behind.text.empty()) {
      const Comment& comment = pieces_[end].behind;
      const unsigned at = columns_of(std::string_view(out_).substr(line_begin));
      const bool fits = std::max(at + step, comment.column) + columns_of(comment.text) <= format_columns_max;
      out_.append(fits && comment.column > at + step ? comment.column - at : step, ' ');
      out_ += comment.text;
    }
    out_ += '\n';
    first = end;
  }
  return std::move(out_);
}

}  // namespace m31::syntax
