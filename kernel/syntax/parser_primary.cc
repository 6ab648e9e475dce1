// Operands: literals, strings with holes, names, and the way to every bracket and block.
#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

bool Parser::opens_block(Tok kind) {
  return kind == Tok::word_if_ || kind == Tok::word_match || kind == Tok::word_select || kind == Tok::word_for_ ||
         kind == Tok::word_while_ || kind == Tok::word_try_ || kind == Tok::word_fn || kind == Tok::word_type;
}

bool Parser::literal_ahead() const {
  switch (look()) {
    case Tok::int_number:
    case Tok::float_number:
    case Tok::duration:
    case Tok::string:
    case Tok::bytes:
    case Tok::word_true_:
    case Tok::word_false_:
    case Tok::word_none:
      return true;
    default:
      return false;
  }
}

Node* Parser::literal() {
  const Token& raw = token();
  Span span{raw.begin, raw.end};
  Tok kind = look();
  advance();
  switch (kind) {
    case Tok::int_number: {
      if (raw.magnitude >> 63) error(span, "this number does not fit into an Int", "an Int goes up to 9223372036854775807");
      Node* made = make(Kind::int_lit, span, raw.text);
      made->number = static_cast<std::int64_t>(raw.magnitude);
      return made;
    }
    case Tok::float_number: {
      Node* made = make(Kind::float_lit, span);
      made->real = raw.real;
      return made;
    }
    case Tok::duration: {
      Node* made = make(Kind::duration_lit, span);
      made->number = static_cast<std::int64_t>(raw.magnitude);
      return made;
    }
    case Tok::string:
      return make(Kind::string_lit, span, raw.text);
    case Tok::bytes:
      return make(Kind::bytes_lit, span, raw.text);
    case Tok::word_none:
      return make(Kind::none_lit, span);
    default: {
      Node* made = make(Kind::bool_lit, span);
      made->number = kind == Tok::word_true_;
      return made;
    }
  }
}

const Node* Parser::primary() {
  if (panic_) return none();
  if (literal_ahead()) return literal();
  Tok kind = look();
  // fn(A) -> B as a value is the type.
  if (kind == Tok::word_fn && token_at(at_ + 1).kind == Tok::open_paren && token_at(group_end(at_ + 1)).kind == Tok::arrow) return type_function();
  if (opens_block(kind) && mode_.header) {
    error_here("a block in the head of another", "put it in brackets");
    return none();
  }
  switch (kind) {
    case Tok::name: {
      Span span{token().begin, token().end};
      std::string_view text = token().text;
      advance();
      return make(Kind::name, span, text);
    }
    case Tok::string_open:
      return interpolation();
    case Tok::dot:
      return field_fn();
    case Tok::open_paren:
      return parenthesised();
    case Tok::open_square:
      return square();
    case Tok::open_brace:
      return record();
    case Tok::word_if_:
      return if_expression();
    case Tok::word_for_:
      return for_expression();
    case Tok::word_while_:
      return while_expression();
    case Tok::word_match:
      return match_expression();
    case Tok::word_select:
      return select_expression();
    case Tok::word_try_:
      return try_expression();
    case Tok::word_return_:
      return jump(Kind::return_, true);
    case Tok::word_raise:
      return jump(Kind::raise, true);
    case Tok::word_break_:
      return jump(Kind::break_, false);
    case Tok::word_continue_:
      return jump(Kind::continue_, false);
    case Tok::word_spawn:
      return spawn_or_move(Kind::spawn);
    case Tok::word_move:
      return spawn_or_move(Kind::move);
    case Tok::word_import:
      return import();
    case Tok::word_fn:
      return fn();
    case Tok::word_type:
      return type_decl();
    default:
      return expected_expression();
  }
}

const Node* Parser::expected_expression() {
  if (panic_) return none();
  bool after_operator = operand_at_ == at_ && at_ > 0;
  if (token().kind == Tok::end_of_text && after_operator) wants_more = diagnostics.empty();
  std::string wanted = "an expression";
  if (after_operator) wanted += " after `" + source_text({previous().begin, previous().end}) + "`";
  std::string advice;
  if (!panic_ && token().kind != Tok::bad && foreign_here(wanted)) return none();
  if (see(Tok::word_else_) || see(Tok::word_elif_)) {
    error_here(found() + " without an `if`", "an `if ..:` stands before it");
    return none();
  }
  if (see(Tok::word_catch_) || see(Tok::word_finally_)) {
    error_here(found() + " without a `try`", "a `try: ..` stands before it");
    return none();
  }
  if (see(Tok::spread))
    advice = "`...` spreads inside brackets";
  else if (see(Tok::plus))
    advice = "a number needs no `+`";
  else if (after_operator && !see(Tok::bad) && (previous().kind == Tok::dots || previous().kind == Tok::dots_equal))
    advice = "a range has two ends: `0..n`";
  else if (after_operator && !see(Tok::bad))
    advice = "a value stands on both sides of an operator";
  if (advice.empty())
    unexpected(wanted);
  else
    error_here("expected " + wanted + ", found " + found(), advice);
  return none();
}

// "text \(expr) text"
const Node* Parser::interpolation() {
  std::uint32_t first = at_;
  Items parts;
  auto text_part = [&] {
    if (!token().text.empty()) parts.push_back(make(Kind::string_lit, {token().begin, token().end}, token().text));
  };
  for (;;) {
    Keep keep(*this);
    text_part();
    std::uint32_t match = token().match;
    open_bracket();
    bracket_mode();
    if (at_ == match) {
      error({previous().end - 2, previous().end}, "`\\(` `)` holds no expression", "write an expression, or `\\\\(` for the characters");
      return none();
    }
    const Node* value = expression();
    if (panic_) return none();
    if (at_ != match) {
      unexpected("`)` after the expression in the string");
      return none();
    }
    parts.push_back(value);
    stack_.pop_back();
    --bracket_depth_;
    if (token().kind == Tok::string_close) break;
  }
  text_part();
  advance();
  return make(Kind::interpolation, from(first), {}, parts);
}

// .name.upper() is it => it.name.upper()
const Node* Parser::field_fn() {
  std::uint32_t first = at_;
  Span nowhere{token().begin, token().begin};
  const Node* it = make(Kind::name, nowhere, "it");
  if (token_at(at_ + 1).kind == Tok::int_number && token_at(at_ + 1).begin == token().end) {
    error({token().begin, token_at(at_ + 1).end}, "a number begins with a digit", "write `0." + source_text({token_at(at_ + 1).begin, token_at(at_ + 1).end}) + "`",
          {{{token().begin, token().begin}, "0"}});
    return none();
  }
  std::string_view name = token_at(at_ + 1).text;
  const Node* body = postfix_of(it, first);
  return make(Kind::field_fn, from(first), name, {body});
}

}  // namespace m31::syntax
