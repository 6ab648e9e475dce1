// Statements: assignments, typed assignments, commands, and expressions as statements.
#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

const Node* Parser::statement() {
  Nest nest(*this);
  if (panic_) return none();
  Keep keep(*this);
  std::uint32_t first = mode_.statement = at_;
  mode_.pipe_line = false;
  std::string_view doc = doc_of(first);
  if (see(Tok::colon) && token().line_first && bracket_depth_ == 0 && same_line(at_ + 1)) return command();
  if (see(Tok::name) && token_at(at_ + 1).kind == Tok::colon && same_line(at_ + 1)) return typed_assign(doc);
  if (see_name("test") && token_at(at_ + 1).kind == Tok::string && same_line(at_ + 1)) return test();
  if (assertion_ahead()) return assertion();
  if (target_list_ahead()) return target_list_in_brackets(doc);
  return statement_of_expression(first, doc);
}

// `fn`, jumps and the like are statements themselves; other expressions are wrapped.
const Node* Parser::as_statement(const Node* node) {
  switch (node->kind) {
    case Kind::fn:
    case Kind::type_decl:
    case Kind::import:
    case Kind::return_:
    case Kind::raise:
    case Kind::break_:
    case Kind::continue_:
      return node;
    default:
      return make(Kind::expr_stmt, node->span, {}, {node});
  }
}

const Node* Parser::statement_of_expression(std::uint32_t first, std::string_view doc) {
  const Node* left = see(Tok::word_type) ? type_decl() : rhs();
  if (panic_) return none();
  if (left->is(Kind::type_decl)) {                               // no operand of anything
    const_cast<Node*>(left)->doc = doc;                          // made a moment ago, by this parser
    return left;
  }
  bool plain = see(Tok::assign);
  if (!plain && !see(Tok::assign_op)) {
    if (left->is(Kind::fn)) const_cast<Node*>(left)->doc = doc;  // likewise
    return as_statement(left);
  }
  std::string_view op = token().text;
  bool several = left->is(Kind::tuple);
  for (const Node* target : several ? left->kids : std::span<const Node* const>(&left, 1))
    if (!is_place(*target)) {
      bad_target(*target);
      return none();
    }
  if (several && (!plain || left->kids.empty())) {
    error_here("several names are assigned by `=` only", "write an assignment for each");
    return none();
  }
  advance_joined();
  const Node* value = rhs();
  if (see(Tok::assign)) {
    error_here("assignments do not chain", "write two: `b = ..; a = b`");
    return none();
  }
  if (panic_) return none();
  Node* made = nullptr;
  if (several) {
    Items kids(left->kids.begin(), left->kids.end());
    kids.push_back(value);
    made = make(Kind::multi_assign, from(first), {}, kids);
  } else {
    made = make(Kind::assign, from(first), op, {left, value});
    made->doc = doc;
  }
  return made;
}

const Node* Parser::rhs() {
  std::uint32_t first = at_;
  const Node* node = expression();
  if (!tuple_commas() || !see(Tok::comma)) return node;
  Items items{node};
  while (take(Tok::comma)) {
    if (ends_statement() && !panic_) {
      error_here("expected an expression after `,`", "a line that continues a list begins with `,`");
      return none();
    }
    items.push_back(expression());
  }
  return make(Kind::tuple, from(first), {}, items);
}

bool Parser::is_place(const Node& node) const {
  const Node* at = &node;
  while (at->is(Kind::member) || at->is(Kind::index)) at = at->kids[0];
  return at->is(Kind::name);
}

void Parser::bad_target(const Node& node) {
  std::string advice = "a target is a variable, followed by fields and indices";
  if (node.is(Kind::binary) || node.is(Kind::compare_chain)) advice = "`==` compares; " + advice;
  if (node.is(Kind::slice)) advice = "a slice cannot be assigned to";
  error(node.span, "cannot assign to this", advice);
}

// ------------------------------------------------------------------- targets inside brackets

// Inside brackets a comma ends the block, except in `a, b = ..` at the beginning of a line.
bool Parser::target_list_ahead() const {
  if (!stack_.back().inside_bracket || stack_.back().bracket || !token().line_first || panic_) return false;
  bool comma = false;
  for (std::uint32_t i = at_; i < tokens_.size();) {
    const Token& each = tokens_[i];
    if (i != at_ && each.line_first) return false;
    switch (each.kind) {
      case Tok::comma:
        comma = true;
        ++i;
        break;
      case Tok::name:
      case Tok::dot:
        ++i;
        break;
      case Tok::open_square:
        i = group_end(i);
        break;
      case Tok::assign:
        return comma;
      default:
        if (!is_word(each.kind) || i == at_ || tokens_[i - 1].kind != Tok::dot) return false;
        ++i;
    }
  }
  return false;
}

const Node* Parser::target_list_in_brackets(std::string_view) {
  std::uint32_t first = at_;
  Items kids;
  for (;;) {
    const Node* target = postfix();
    if (panic_) return none();
    if (!is_place(*target)) {
      bad_target(*target);
      return none();
    }
    kids.push_back(target);
    if (token().kind != Tok::comma) break;
    advance();
  }
  if (!expect(Tok::assign, " after the targets")) return none();
  handled_ = operand_at_ = at_;
  kids.push_back(rhs());
  return make(Kind::multi_assign, from(first), {}, kids);
}

// ------------------------------------------------------------------------------ other statements

const Node* Parser::typed_assign(std::string_view doc) {
  std::uint32_t first = at_;
  const Node* name = make(Kind::name, {token().begin, token().end}, token().text);
  if (name->text == "except") {
    error(name->span, "`except:` opens no block", "write `catch e:`", {{name->span, "catch e"}});
    return none();
  }
  advance();
  advance();
  if (token().kind == Tok::assign && token().begin == previous().end) {
    Span span{previous().begin, token().end};
    error(span, "`:=` is not needed", "write `=`", {{span, "="}});
    return none();
  }
  if (ends_statement()) {
    error(name->span, "`" + std::string(name->text) + ":` opens no block",
          "blocks follow if elif else for while match select try catch finally fn");
    return none();
  }
  const Node* declared = type();
  if (!see(Tok::assign)) {
    if (!panic_ && ends_statement())
      error_here("a name with a type needs a value", "write `" + source_text(from(first)) + " = ..`");
    else
      unexpected("`=` after the type");
    return none();
  }
  advance_joined();
  const Node* value = rhs();
  Node* made = make(Kind::typed_assign, from(first), {}, {name, declared, value});
  made->doc = doc;
  return made;
}

const Node* Parser::command() {
  std::uint32_t first = at_;
  advance();
  if (!see(Tok::name) && !is_word(look())) {
    unexpected("a name after `:`");
    return none();
  }
  std::string_view name = token().text;
  advance();
  Items args;
  if (!ends_statement() && !see(Tok::semicolon)) {
    args.push_back(expression());
    while (take(Tok::comma)) args.push_back(expression());
  }
  return make(Kind::command, from(first), name, args);
}

// `assert` and `test` are names like others where no condition and no name of a test follows.
bool Parser::assertion_ahead() const {
  if (!see_name("assert") || !same_line(at_ + 1)) return false;
  switch (token_at(at_ + 1).kind) {
    case Tok::name:
    case Tok::int_number:
    case Tok::float_number:
    case Tok::duration:
    case Tok::string:
    case Tok::string_open:
    case Tok::open_paren:
    case Tok::open_square:
    case Tok::open_brace:
    case Tok::word_not_:
    case Tok::word_true_:
    case Tok::word_false_:
    case Tok::word_none:
      return true;
    case Tok::minus:
      return token_at(at_ + 1).after_blank && !token_at(at_ + 2).after_blank;
    default:
      return false;
  }
}

const Node* Parser::assertion() {
  std::uint32_t first = at_;
  advance();
  const Node* condition = expression();
  const Node* message = none();
  if (tuple_commas() && take(Tok::comma)) message = expression();
  return make(Kind::assert_, from(first), {}, {condition, message});
}

const Node* Parser::test() {
  std::uint32_t first = at_;
  if (bodies_ > 0 || bracket_depth_ > 0) {
    error({token().begin, token().end}, "a test stands by itself, not inside of something", "move it to the beginning of a line");
    return none();
  }
  advance();
  std::string_view name = token().text;
  advance();
  if (!expect(Tok::colon, " after the test's name")) return none();
  const Node* block = body(true, "`test ..:`");
  return make(Kind::test, from(first), name, {block});
}

// A statement is over, and its line goes on.
void Parser::after_statement() {
  if (panic_) return;
  if (foreign_choice() || foreign_format() || foreign_lambda() || foreign_statement()) return;
  if (see(Tok::foreign_step)) {
    Span span{token().begin, token().end};
    error(span, "`++` is not an operator", "write `+= 1`; strings and lists join with `+`", {{span, " += 1"}});
    return;
  }
  if (see(Tok::fat_arrow)) {
    error_here("expected the end of the statement, found `=>`", "a function is written `x => ..` or `(x, y) => ..`");
    return;
  }
  if (see(Tok::word_else_) || see(Tok::word_elif_)) {
    error_here(found() + " without an `if`", "an `if ..:` stands before it");
    return;
  }
  if (see(Tok::word_catch_) || see(Tok::word_finally_)) {
    error_here(found() + " without a `try`", "a `try: ..` stands before it");
    return;
  }
  unexpected("the end of the statement");
}

}  // namespace m31::syntax
