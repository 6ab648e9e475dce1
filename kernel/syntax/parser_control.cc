// Expressions that hold blocks: if, for, while, match, select, try; jumps; spawn, move, import.
#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

// An expression and the `:` after it.
const Node* Parser::header(std::string_view of) {
  const Node* node = nullptr;
  {
    Keep keep(*this);
    mode_.header = true;
    node = expression();
    if (!see(Tok::colon)) unexpected("`:` after " + std::string(of));
  }
  take(Tok::colon);
  return node;
}

// Is `kind` next, and does it belong to the block construct being read? On the same line and in
// brackets it belongs to the innermost one; on a line of its own to the statement of its column.
bool Parser::clause(Tok kind) {
  const Token& raw = token();
  if (panic_ || raw.kind != kind) return false;
  if (raw.line_first && handled_ != at_ && !stack_.back().bracket) {
    if (raw.column < block_column() || raw.column != tokens_[mode_.statement].column) return false;
    if (raw.tab_indent) tab_in_indentation(raw);
    handled_ = at_;
  }
  return look() == kind;
}

const Node* Parser::if_expression() {
  struct Branch {
    std::uint32_t first;
    const Node* condition;
    const Node* body;
  };
  bool begins = at_ == mode_.statement;
  std::vector<Branch> branches;
  const Node* otherwise = none();
  do {
    std::uint32_t first = at_;
    advance();
    const Node* condition = header("the condition");
    const Node* then = body(begins, "`if ..:`");
    branches.push_back({first, condition, then});
  } while (clause(Tok::word_elif_));
  if (clause(Tok::word_else_)) {
    advance();
    if (see(Tok::word_if_)) {
      Span span{previous().begin, token().end};
      error(span, "`else if` is one word here", "write `elif`", {{span, "elif"}});
      return none();
    }
    if (!expect(Tok::colon, " after `else`")) return none();
    otherwise = body(begins, "`else:`");
  }
  if (panic_) return none();
  for (std::size_t i = branches.size(); i-- > 0;)
    otherwise = make(Kind::if_, from(branches[i].first), {}, {branches[i].condition, branches[i].body, otherwise});
  return otherwise;
}

const Node* Parser::for_expression() {
  std::uint32_t first = at_;
  bool begins = at_ == mode_.statement;
  advance();
  const Node* pattern = patterns();
  if (!expect(Tok::word_in, " after the pattern of `for`")) return none();
  const Node* items = header("what `for` goes through");
  const Node* block = body(begins, "`for ..:`");
  return make(Kind::for_, from(first), {}, {pattern, items, block});
}

const Node* Parser::while_expression() {
  std::uint32_t first = at_;
  bool begins = at_ == mode_.statement;
  advance();
  const Node* condition = header("the condition");
  const Node* block = body(begins, "`while ..:`");
  return make(Kind::while_, from(first), {}, {condition, block});
}

// -------------------------------------------------------------------------------- match, select

void Parser::arms(Items& out, Line line, std::string_view opener) {
  if (panic_) return;
  if (token().kind == Tok::end_of_text) {
    wants_more = diagnostics.empty();
    error({previous().begin, previous().end}, "expected arms after " + std::string(opener), "an arm is written `pattern => value`");
    return;
  }
  Keep keep(*this);
  if (token().line_first) {
    std::uint32_t column = token().column;
    mode_ = {};
    if (!push_block(opener)) return;
    block_lines(out, line);
    if (token().kind == Tok::end_of_text) open_block_at_end = true;
    pop_block(column);
    return;
  }
  do {
    out.push_back((this->*line)());
  } while (take(Tok::semicolon) && value_follows());
}

const Node* Parser::match_expression() {
  std::uint32_t first = at_;
  advance();
  Items kids{header("the value that is matched")};
  arms(kids, &Parser::arm, "`match ..:`");
  return make(Kind::match, from(first), {}, kids);
}

const Node* Parser::arm() {
  Nest nest(*this);
  Keep keep(*this);
  std::uint32_t first = mode_.statement = at_;
  bool after_semicolon = at_ > 0 && previous().kind == Tok::semicolon;
  mode_.many = mode_.header = mode_.pipe_line = false;
  if (see_name("case") && token_at(at_ + 1).kind != Tok::fat_arrow && token_at(at_ + 1).kind != Tok::word_if_) {
    Span span{token().begin, token_at(at_ + 1).begin};
    error({token().begin, token().end}, "an arm begins with its pattern", "delete `case`; an arm is written `pattern => value`", {{span, ""}});
    return none();
  }
  if (see(Tok::word_else_)) {
    Span span{token().begin, token().end};
    error(span, "expected a pattern, found `else`", "the arm for everything else is `_ => ..`", {{span, "_"}});
    return none();
  }
  const Node* matched = pattern(true);
  if (see(Tok::comma)) {
    error_here("expected `=>` after the pattern, found `,`", "alternatives are written `a | b`, tuples `(a, b)`");
    return none();
  }
  const Node* guard = none();
  if (take(Tok::word_if_)) {
    mode_.no_lambda = true;
    guard = expression();
    mode_.no_lambda = false;
  }
  if (!see(Tok::fat_arrow) && !panic_) {
    Diagnostic* made = unexpected("`=>` after the pattern");
    if (made && after_semicolon)
      made->advice = "here `;` separates arms: put an arm's statements, or the whole `match`, in brackets";
    else if (made && token().kind == Tok::colon)
      made->advice = "an arm is written `pattern => value`";
    return none();
  }
  take(Tok::fat_arrow);
  const Node* block = arm_body("`=>`");
  return make(Kind::arm, from(first), {}, {matched, guard, block});
}

const Node* Parser::select_expression() {
  std::uint32_t first = at_;
  advance();
  if (!expect(Tok::colon, " after `select`")) return none();
  Items kids;
  arms(kids, &Parser::select_arm, "`select:`");
  return make(Kind::select, from(first), {}, kids);
}

// x = r.recv() => ..   s.send(v) => ..   after 5s => ..
const Node* Parser::select_arm() {
  Nest nest(*this);
  Keep keep(*this);
  std::uint32_t first = mode_.statement = at_;
  mode_.many = mode_.header = mode_.pipe_line = false;
  const Node* bound = none();
  bool after = false;
  if (see_name("after") && same_line(at_ + 1)) {
    Tok next = token_at(at_ + 1).kind;
    after = next != Tok::assign && next != Tok::comma && next != Tok::dot && next != Tok::fat_arrow && next != Tok::colon;
  }
  if (after) {
    advance();
  } else {
    bool binds = false;
    for (std::uint32_t i = at_; i < tokens_.size(); i = is_opener(tokens_[i].kind) ? group_end(i) : i + 1) {
      if (tokens_[i].kind == Tok::assign) binds = true;
      if (tokens_[i].kind == Tok::fat_arrow || tokens_[i].kind == Tok::assign || (i != at_ && tokens_[i].line_first)) break;
    }
    if (binds) {
      bound = patterns();
      if (!expect(Tok::assign, " after the pattern")) return none();
      handled_ = operand_at_ = at_;
    }
  }
  mode_.no_lambda = true;
  const Node* operation = expression();
  mode_.no_lambda = false;
  if (!expect(Tok::fat_arrow, " after the operation")) return none();
  const Node* block = arm_body("`=>`");
  Node* made = make(Kind::select_arm, from(first), {}, {bound, operation, block});
  made->number = after;
  return made;
}

// ------------------------------------------------------------------------------------------ try

const Node* Parser::try_expression() {
  std::uint32_t first = at_;
  bool begins = at_ == mode_.statement;
  advance();
  if (!expect(Tok::colon, " after `try`")) return none();
  Items kids{body(begins, "`try:`")};
  while (clause(Tok::word_catch_)) {
    std::uint32_t catch_token = at_;
    advance();
    const Node* caught = none();
    const Node* guard = none();
    {
      Keep keep(*this);
      mode_.header = true;
      if (!see(Tok::colon) && !see(Tok::word_if_)) caught = pattern(false);
      const Token& type_name = token_at(at_ + 1);
      if (caught->is(Kind::pat_bind) && see(Tok::colon) && type_name.kind == Tok::name && token_at(at_ + 2).kind == Tok::colon) {
        std::string typed = std::string(caught->text) + ": " + std::string(type_name.text);
        Span span{caught->span.begin, type_name.end};
        mistake(span, "the pattern of a `catch` with a type is bracketed", "write `catch (" + typed + "):`", {{span, "(" + typed + ")"}});
        advance();
        advance();
      }
      if (take(Tok::word_if_)) guard = expression();
    }
    if (!expect(Tok::colon, " after the pattern of `catch`")) return none();
    const Node* block = body(begins, "`catch ..:`");
    kids.push_back(make(Kind::catch_, from(catch_token), {}, {caught, guard, block}));
  }
  const Node* last = none();
  bool bare = kids.size() == 1;
  if (clause(Tok::word_finally_)) {
    advance();
    if (!expect(Tok::colon, " after `finally`")) return none();
    last = body(begins, "`finally:`");
    bare = false;
  }
  kids.push_back(last);
  bare_try_at_end = bare && token().kind == Tok::end_of_text;
  return make(Kind::try_, from(first), {}, kids);
}

// ------------------------------------------------------------------------------- one-word things

const Node* Parser::jump(Kind kind, bool with_value) {
  std::uint32_t first = at_;
  advance();
  if (!with_value) return make(kind, from(first));
  Keep keep(*this);
  mode_.open_range = false;
  const Node* value = value_follows() ? rhs() : none();
  return make(kind, from(first), {}, {value});
}

const Node* Parser::spawn_or_move(Kind kind) {
  Nest nest(*this);
  std::uint32_t first = at_;
  advance();
  const Node* operand = postfix();
  if (panic_) return none();
  if (kind == Kind::spawn && !operand->is(Kind::call) && !operand->is(Kind::method_call)) {
    error(operand->span, "`spawn` needs a call", "write `spawn " + source_text(operand->span) + "(..)`");
    return none();
  }
  return make(kind, from(first), {}, {operand});
}

const Node* Parser::import() {
  std::uint32_t first = at_;
  advance();
  Items names;
  do {
    names.push_back(qualified_name(Kind::name));
  } while (!panic_ && take(Tok::comma));
  return make(Kind::import, from(first), {}, names);
}

}  // namespace m31::syntax
