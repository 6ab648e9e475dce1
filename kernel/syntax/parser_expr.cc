// Expressions: pipes and operators by precedence.
#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

Parser::Level Parser::level_of(Tok kind) {
  switch (kind) {
    case Tok::word_or_:
    case Tok::foreign_or:
      return level_or;
    case Tok::word_and_:
    case Tok::foreign_and:
      return level_and;
    case Tok::equal:
    case Tok::not_equal:
    case Tok::less:
    case Tok::less_equal:
    case Tok::greater:
    case Tok::greater_equal:
    case Tok::word_in:
    case Tok::word_not_:   // not in
      return level_compare;
    case Tok::coalesce:
      return level_coalesce;
    case Tok::dots:
    case Tok::dots_equal:
      return level_range;
    case Tok::plus:
    case Tok::minus:
    case Tok::plus_wrap:
    case Tok::minus_wrap:
      return level_sum;
    case Tok::star:
    case Tok::slash:
    case Tok::floor_slash:
    case Tok::percent:
    case Tok::star_wrap:
      return level_mul;
    default:
      return level_none;
  }
}

const Node* Parser::expression() {
  const Node* node = pipe();
  if (see(Tok::word_if_) && !mode_.clause_if) foreign_conditional(node);
  return node;
}

// `a if c else b` is `if c: a else: b` here. At the `if`.
void Parser::foreign_conditional(const Node* value) {
  Span at{token().begin, token().end};
  std::uint32_t value_begin = value->span.begin, value_end = previous().end;
  std::size_t before = diagnostics.size();
  advance();
  std::uint32_t condition_token = at_;
  operators(level_or);
  Span condition = panic_ ? at : from(condition_token);
  std::string advice = "write `if c: a else: b`", other;
  std::uint32_t end = previous().end;
  if (!panic_ && take(Tok::word_else_)) {
    std::uint32_t other_token = at_;
    expression();
    if (!panic_) {
      other = " else: " + source_text(from(other_token));
      end = previous().end;
    }
  }
  std::vector<Edit> edits;
  if (!panic_) {
    std::string text = "if " + source_text(condition) + ": " + source_text({value_begin, value_end}) + other;
    if (text.size() <= quoted_max && text.find('\n') == std::string::npos) {
      advice = "write `" + text + "`";
      edits.push_back({{value_begin, end}, text});
    }
  }
  diagnostics.resize(before);
  panic_ = false;
  error(at, "`if` does not follow the value", advice, std::move(edits));
}

const Node* Parser::pipe() {
  std::uint32_t first = at_;
  const Node* left = operators(level_or);
  while (see(Tok::bar)) {
    if (token().line_first && !stack_.back().bracket) mode_.pipe_line = true;
    advance_joined();
    const Node* callee = pipe_callee();
    if (panic_) return none();
    left = make(Kind::pipe, from(first), {}, {left, callee});
    if (level_of(look()) != level_none || see(Tok::power)) {
      std::uint32_t begin = tokens_[first].begin, end = previous().end;
      std::string text = source_text({begin, end}), op = source_text({token().begin, token().end});
      std::string advice = "`|` binds loosest: put the pipe in brackets";
      if (text.size() <= quoted_max && text.find('\n') == std::string::npos) advice = "write `(" + text + ") " + op + " ..`";
      error({token().begin, token().end}, "an operator right of `|`", advice, {{{begin, begin}, "("}, {{end, end}, ")"}});
      return none();
    }
  }
  return left;
}

const Node* Parser::pipe_callee() {
  std::uint32_t first = at_;
  if (lambda_ahead() || opens_block(look())) {
    bool is_lambda = lambda_ahead();
    std::uint32_t begin = token().begin;
    std::size_t before = diagnostics.size();
    std::vector<Edit> edits;
    if (is_lambda) {
      lambda();
      if (!panic_) edits = {{{begin, begin}, "("}, {{previous().end, previous().end}, ")"}};
    }
    if (diagnostics.size() > before) return none();
    error({begin, is_lambda && !edits.empty() ? edits[1].span.end : token().end},
          "right of `|` stands a name, a call or a bracketed expression",
          is_lambda ? "put the function in brackets: `| (x => ..)`" : "put it in brackets", std::move(edits));
    return none();
  }
  const Node* node = postfix();
  if (panic_) return none();
  if (tokens_[first].kind == Tok::open_paren) {
    // x | (f(a)) applies the value of f(a); without brackets it is f(x, a).
    bool whole = group_end(first) == at_;
    if (whole && (node->is(Kind::call) || node->is(Kind::method_call)))
      return make(Kind::block, from(first), {}, {as_statement(node)});
    return node;
  }
  switch (node->kind) {
    case Kind::int_lit:
    case Kind::float_lit:
    case Kind::duration_lit:
    case Kind::string_lit:
    case Kind::bytes_lit:
    case Kind::bool_lit:
    case Kind::interpolation:
    case Kind::return_:
    case Kind::raise:
    case Kind::break_:
    case Kind::continue_:
    case Kind::spawn:
    case Kind::move:
    case Kind::import:
      error(node->span, "right of `|` stands a name, a call or a bracketed expression");
      return none();
    default:
      return node;
  }
}

// Everything that binds at `level` or tighter.
const Node* Parser::operators(int level) {
  std::uint32_t first = at_;
  const Node* left = nullptr;
  if ((see(Tok::word_not_) || see(Tok::foreign_not)) && level <= level_not) {
    Nest nest(*this);
    if (see(Tok::foreign_not)) {
      Span span{token().begin, token().end};
      mistake(span, "`!` is not an operator", "write `not`", {{span, "not "}});
    }
    advance();
    const Node* operand = operators(level_not);
    left = make(Kind::unary, from(first), "not", {operand});
  } else {
    left = unary();
  }
  for (;;) {
    if (panic_) return none();
    Tok op = look();
    Level here = level_of(op);
    if (here == level_none || here < level) return left;
    if (op == Tok::word_not_ && (token_at(at_ + 1).kind != Tok::word_in || !same_line(at_ + 1))) return left;
    if (here == level_compare) {
      left = comparisons(left, first);
      if (level < level_compare) continue;
      return left;
    }
    std::string_view text = token().text;
    if (op == Tok::foreign_and || op == Tok::foreign_or) {
      std::string_view right = op == Tok::foreign_and ? "and" : "or";
      Span span{token().begin, token().end};
      mistake(span, "`" + std::string(text) + "` is not an operator", "write `" + std::string(right) + "`",
              {{span, std::string(right)}});
      text = right;
    }
    advance_joined();
    if (here == level_range) {
      bool open = mode_.open_range && see(Tok::close_square);
      const Node* to = open ? none() : operators(level_sum);
      Node* made = make(Kind::range, from(first), {}, {left, to});
      made->number = op == Tok::dots_equal;
      left = made;
      if (see(Tok::dots) || see(Tok::dots_equal)) error_here("a range has two ends");
      continue;
    }
    const Node* right = nullptr;
    if (here == level_coalesce) {   // to the right
      Nest nest(*this);
      right = operators(level_coalesce);
    } else {
      right = operators(here + 1);
    }
    if (panic_) return none();
    left = make(Kind::binary, from(first), text, {left, right});
  }
}

const Node* Parser::comparisons(const Node* left, std::uint32_t first) {
  Items parts{left};
  while (level_of(look()) == level_compare) {
    std::uint32_t op_token = at_;
    std::string_view op = token().text;
    if (see(Tok::word_not_)) {
      if (token_at(at_ + 1).kind != Tok::word_in) break;
      op = "not in";
      advance();
    }
    advance_joined();
    if (see(Tok::assign)) {   // ===
      Span span{tokens_[op_token].begin, token().end};
      const std::string right(op == "!=" ? "!=" : "==");
      error(span, "`" + source_text(span) + "` is not an operator", "write `" + right + "`", {{span, right}});
      return none();
    }
    const Node* operand = operators(level_coalesce);
    if (panic_) return none();
    parts.push_back(make(Kind::compare_part, from(op_token), op, {operand}));
  }
  if (parts.size() == 2) return make(Kind::binary, from(first), parts[1]->text, {left, parts[1]->kids[0]});
  return make(Kind::compare_chain, from(first), {}, parts);
}

const Node* Parser::unary() {
  Nest nest(*this);
  if (panic_) return none();
  if (lambda_ahead()) return lambda();
  std::uint32_t first = at_;
  if (see(Tok::minus)) {
    advance();
    constexpr std::uint64_t lowest = 1ull << 63;
    if (see(Tok::int_number) && token().magnitude == lowest) {
      advance();
      Node* made = make(Kind::int_lit, from(first));
      made->number = static_cast<std::int64_t>(lowest);
      return made;
    }
    const Node* operand = unary();
    return make(Kind::unary, from(first), "-", {operand});
  }
  if (see(Tok::word_not_) || see(Tok::foreign_not)) {
    error_here("`not` binds looser than the operator before it", "put it in brackets: `(not ..)`");
    return none();
  }
  const Node* node = postfix();
  if (!see(Tok::power)) return node;
  advance_joined();
  const Node* exponent = unary();
  return make(Kind::binary, from(first), "**", {node, exponent});
}

}  // namespace m31::syntax
