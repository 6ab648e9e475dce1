// Brackets, blocks and the lines in them; and what never runs.
#include <utility>

#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

std::uint32_t Parser::block_column() const { return stack_.back().column; }

void Parser::open_bracket() {
  stack_.push_back({true, true, block_column(), at_});
  ++bracket_depth_;
  advance();
}

bool Parser::close_bracket(std::string_view wanted) {
  if (panic_) return false;
  std::uint32_t opener = stack_.back().token;
  if (at_ != tokens_[opener].match) {
    Diagnostic* made = unexpected(wanted);
    if (made && source_->position(tokens_[opener].begin).line != source_->position(made->span.begin).line)
      made->notes.push_back({source_, {tokens_[opener].begin, tokens_[opener].end}, "inside the bracket opened here"});
    return false;
  }
  stack_.pop_back();
  --bracket_depth_;
  advance();
  return true;
}

bool Parser::next_item(Tok closer) {
  if (panic_ || see(closer)) return false;
  if (take(Tok::comma)) return !see(closer);
  return false;
}

bool Parser::push_block(std::string_view opener) {
  const Token& first = token();
  if (first.column <= block_column() || is_closer(first.kind)) {
    error({previous().begin, previous().end}, "expected an indented block after " + std::string(opener),
          "indent the lines that belong to it, or write it on the same line");
    return false;
  }
  stack_.push_back({false, bracket_depth_ > 0, first.column, 0});
  return true;
}

// A line that ends a block must stand where one of the blocks around it stands.
void Parser::pop_block(std::uint32_t column) {
  stack_.pop_back();
  const Token& next = token();
  const Context& around = stack_.back();
  if (panic_ || around.bracket || !next.line_first || next.kind == Tok::end_of_text || handled_ == at_) return;
  if (next.column > around.column && next.column < column && !continues_a_line(next.kind) &&
      !continues_a_block(next.kind))
    error({next.begin, next.end}, "this line's indentation fits no block around it",
          "the blocks around it begin in columns " + std::to_string(around.column + 1) + " and " +
              std::to_string(column + 1));
}

// Said once, with the edits for the whole text: one tab seldom comes alone.
void Parser::tab_in_indentation(const Token& where) {
  if (tab_said_ || panic_) return;
  tab_said_ = true;
  std::vector<Edit> edits;
  for (const Token& each : tokens_) {
    if (!each.tab_indent || !each.line_first) continue;
    for (std::uint32_t i = each.begin - each.column; i < each.begin; ++i)
      if (source_->text()[i] == '\t') edits.push_back({{i, i + 1}, "    "});
  }
  mistake({where.begin - where.column, where.begin}, "a tab in the indentation", "indent with spaces", std::move(edits));
}

void Parser::block_lines(Items& out, Line line) {
  std::size_t depth = stack_.size();
  for (;;) {
    if (token().kind == Tok::end_of_text) return;
    std::uint32_t begun = at_;
    begin_statement();
    if (token().tab_indent) tab_in_indentation(token());
    do {
      out.push_back((this->*line)());
    } while (take(Tok::semicolon) && !ends_statement());
    if (!panic_) {
      Tok kind = look();
      if (kind == Tok::block_end || kind == Tok::end_of_text) return;
      const Token& next = token();
      if (kind == Tok::newline) {
        if (next.column == stack_.back().column && !continues_a_block(next.kind)) continue;
        if (next.tab_indent) tab_in_indentation(next);
        if (continues_a_block(next.kind) && stack_.back().inside_bracket) return;   // its column does not matter
        if (continues_a_block(next.kind)) {
          bool of_try = next.kind == Tok::word_catch_ || next.kind == Tok::word_finally_;
          if (next.kind == Tok::word_else_ && token_at(at_ + 1).kind == Tok::fat_arrow) {
            Span span{next.begin, next.end};
            error(span, "expected a pattern, found `else`", "the arm for everything else is `_ => ..`", {{span, "_"}});
            return;
          }
          error({next.begin, next.end}, std::string("no ") + (of_try ? "`try`" : "`if`") + " begins in the column of this " +
                                            std::string(spelling_of(next.kind)),
                "write it in the column of the statement that it goes on with");
        } else if (tab_said_) {
          panic_ = true;
        } else {
          error({next.begin, next.end}, "this line is indented deeper, but nothing opened a block",
                "a block follows `:` or `=>`; a line that continues begins with `|` `.` or `,`");
        }
      } else {
        after_statement();
      }
    }
    recover(depth);
    Tok kind = look();
    if (kind == Tok::block_end || kind == Tok::end_of_text) return;
    if (at_ <= begun) advance();   // whatever happens, the text gets shorter
  }
}

bool Parser::value_follows() const {
  if (ends_statement()) return false;
  Tok kind = look();
  return kind != Tok::semicolon && kind != Tok::comma && kind != Tok::colon && !is_closer(kind) && !continues_a_block(kind);
}

void Parser::bracket_mode() {
  mode_.many = mode_.no_lambda = mode_.header = mode_.pipe_line = mode_.clause_if = mode_.open_range = false;
}

void Parser::one_line_statements(Items& out, bool many) {
  Keep keep(*this);
  mode_.many = many;
  out.push_back(statement());
  while (many && take(Tok::semicolon)) {
    if (ends_statement() || continues_a_block(look()) || is_closer(look())) break;
    out.push_back(statement());
  }
}

const Node* Parser::body(bool begins, std::string_view opener) {
  if (panic_) return none();
  std::uint32_t first = at_;
  Items statements;
  if (token().kind == Tok::end_of_text) {
    wants_more = diagnostics.empty();
    error({previous().begin, previous().end}, "expected a block after " + std::string(opener),
          "write it on the same line, or indented on the next lines");
    return none();
  }
  ++bodies_;
  if (token().line_first) {
    std::uint32_t column = token().column;
    Keep keep(*this);
    mode_ = {};
    if (!push_block(opener)) {
      --bodies_;
      return none();
    }
    block_lines(statements, &Parser::statement);
    if (token().kind == Tok::end_of_text) open_block_at_end = true;
    pop_block(column);
    check_unreachable(statements, false);
  } else {
    const bool open_range = std::exchange(mode_.open_range, false);   // of a subscript around
    one_line_statements(statements, begins && mode_.many);
    mode_.open_range = open_range;
    check_unreachable(statements, true);
  }
  --bodies_;
  return make(Kind::block, from(first), {}, statements);
}

const Node* Parser::arm_body(std::string_view opener) {
  // An arm and a lambda take one statement, whatever stands around.
  return body(false, opener);
}

// A statement after one that leaves its block never runs. On one line brackets were meant:
// `if x>3: continue; print(x)` is `(if x>3: continue); print(x)`.
void Parser::check_unreachable(const Items& statements, bool one_line) {
  if (panic_) return;
  for (std::size_t i = 0; i + 1 < statements.size(); ++i) {
    const Node& leaves = *statements[i];
    std::string_view word;
    if (leaves.is(Kind::break_)) word = "break";
    if (leaves.is(Kind::continue_)) word = "continue";
    if (leaves.is(Kind::return_)) word = "return";
    if (leaves.is(Kind::raise)) word = "raise";
    if (word.empty()) continue;
    std::string message = "this never runs: `" + std::string(word) + "` before it leaves the block";
    Span span = statements[i + 1]->span;
    Diagnostic* made = nullptr;
    if (one_line && mode_.statement < tokens_.size()) {
      std::uint32_t begin = tokens_[mode_.statement].begin;
      std::string inner = source_text({begin, leaves.span.end});
      std::string advice = "for the statement after it, write brackets";
      if (inner.size() <= 60 && inner.find('\n') == std::string::npos) advice = "write `(" + inner + ");` before it";
      made = mistake(span, message, advice, {{{begin, begin}, "("}, {{leaves.span.end, leaves.span.end}, ")"}});
    } else {
      made = mistake(span, message, "delete it, or indent it less");
    }
    if (made) made->notes.push_back({source_, leaves.span, "leaves here"});
    return;
  }
}

}  // namespace m31::syntax
