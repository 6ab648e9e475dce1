// The formatter's parts: a text as pieces (tokens; a string with all its holes is one) and the comments between them, and how
// lines are laid out. Private to kernel/syntax. Spacing: format_space.cc; lines: format_lines.cc.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "kernel/syntax/ast.h"
#include "kernel/syntax/token.h"

namespace m31::syntax {

struct Comment {
  std::string_view text;          // from its #, without blanks behind it
  unsigned column = 0;            // where it began
  bool empty_line_before = false;
};

struct Piece {
  Tok kind = Tok::end_of_text;
  std::string_view text;
  std::uint32_t begin = 0;
  unsigned column = 0;            // where it stood
  bool line_first = false, after_blank = false, empty_line_before = false;
  bool is_unary = false;          // a minus before its operand
  bool is_broken_before = false;  // a line that was too long is broken here
  std::size_t match = 0;          // of a bracket: its partner
  std::vector<Comment> above;     // on lines of their own
  Comment behind;                 // of the piece before, at the end of its line; empty text: none
};

// Offsets that only the grammar tells.
struct Marks {
  std::unordered_set<std::uint32_t> minus;    // unary
  std::unordered_set<std::uint32_t> blocks;   // where the first statement or arm of a block begins
};
void mark(const Node& node, std::string_view text, Marks& marks);

std::vector<Piece> pieces_of(const SourcePtr& source, const Marks& marks);

// Stands a blank between the two, on one line?
bool is_blank_between(const std::vector<Piece>& pieces, std::size_t next);
bool ends_operand(const std::vector<Piece>& pieces, std::size_t at);
bool is_binary_operator(const std::vector<Piece>& pieces, std::size_t at);

unsigned columns_of(std::string_view text);   // code points

class Layout {
 public:
  // may_break: lines that are too long are broken.
  Layout(std::vector<Piece>& pieces, const Marks& marks, bool may_break) : pieces_(pieces), marks_(marks), may_break_(may_break) {}
  std::string write();

 private:
  struct Block {
    unsigned was = 0, indent = 0;    // columns of its lines: in the text, and now
    std::size_t brackets = 0;        // how many were open where it began
    unsigned opener_indent = 0;      // of the line that opened it
  };
  struct Bracket {
    std::size_t piece = 0;
    unsigned column = 0;             // now
    unsigned line_indent = 0;        // of the line it stands on
    bool hangs = false;              // nothing follows it on its line
  };
  unsigned indent_of(std::size_t at);
  unsigned inside(const Bracket& bracket, std::size_t at) const;
  unsigned indent_of_comment(const Comment& comment, std::size_t at, const std::vector<Block>& before, unsigned indent) const;
  void leave_blocks_inside(std::size_t brackets);
  bool is_target_list(std::size_t comma) const;
  void comments_above(std::size_t at, const std::vector<Block>& before, unsigned indent);
  std::size_t line_end(std::size_t first) const;
  void track(std::size_t at, unsigned column);
  std::size_t break_of(std::size_t first, std::size_t end, unsigned indent) const;

  std::vector<Piece>& pieces_;
  const Marks& marks_;
  bool may_break_;
  std::vector<Block> blocks_;
  std::vector<Bracket> brackets_;
  std::string out_;
  unsigned line_indent_ = 0;
  std::size_t line_first_ = 0;
};

}  // namespace m31::syntax
