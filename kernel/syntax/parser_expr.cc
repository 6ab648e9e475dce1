// Expressions: pipes, operators by precedence, postfixes, literals.
#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

namespace {

// Loosest first; `|` and `**` have rules of their own.
enum Level : int { level_or = 1, level_and, level_not, level_compare, level_coalesce, level_range, level_sum, level_mul, level_none = 99 };

Level level_of(Tok kind) {
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

constexpr std::size_t quoted_max = 60;   // longer pieces of source are not repeated in advice

bool opens_block(Tok kind) {
  return kind == Tok::word_if_ || kind == Tok::word_match || kind == Tok::word_select || kind == Tok::word_for_ ||
         kind == Tok::word_while_ || kind == Tok::word_try_ || kind == Tok::word_fn || kind == Tok::word_type;
}

}  // namespace

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
      error(span, "`" + source_text(span) + "` is not an operator", "write `==`", {{span, "=="}});
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

const Node* Parser::postfix() {
  std::uint32_t first = at_;
  return postfix_of(primary(), first);
}

const Node* Parser::postfix_of(const Node* node, std::uint32_t first) {
  for (;;) {
    if (panic_) return none();
    switch (look()) {
      case Tok::dot:
      case Tok::safe_dot:
        if (token().line_first && handled_ != at_ && !stack_.back().bracket && mode_.pipe_line) {
          error_here("a line that begins with `.` after one that begins with `|`",
                     "put the lines above in brackets, or write it at the end of the line above");
          return none();
        }
        node = member(node, first);
        break;
      case Tok::open_paren: {
        Items kids{node};
        arguments(kids);
        node = make(Kind::call, from(first), {}, kids);
        break;
      }
      case Tok::open_square:
        node = subscript(node, first);
        break;
      case Tok::question:
        advance();
        node = make(Kind::optional, from(first), {}, {node});
        break;
      default:
        return node;
    }
  }
}

// .name  ?.name  .name(args)  ?.name(args)
const Node* Parser::member(const Node* object, std::uint32_t first) {
  bool safe = see(Tok::safe_dot);
  advance();
  if (!see(Tok::name) && !is_word(look())) {
    if (see(Tok::int_number) || see(Tok::float_number))
      error_here("expected a name after `.`, found " + found(), "items are taken by `[0]`; a number begins with a digit: 0.5");
    else
      unexpected("a name after `.`");
    return none();
  }
  std::string_view name = token().text;
  advance();
  if (see(Tok::open_paren)) {
    Items kids{object};
    arguments(kids);
    Node* made = make(Kind::method_call, from(first), name, kids);
    made->number = safe;
    return made;
  }
  return make(safe ? Kind::safe_member : Kind::member, from(first), name, {object});
}

// xs[i]  xs[i, j]  xs[a..b]  xs[a..]  xs[..b]
const Node* Parser::subscript(const Node* object, std::uint32_t first) {
  Keep keep(*this);
  open_bracket();
  bracket_mode();
  mode_.open_range = true;
  std::uint32_t begin = at_;
  Items kids{object};
  if (see(Tok::dots) || see(Tok::dots_equal)) {
    bool closed = see(Tok::dots_equal);
    advance();
    const Node* to = see(Tok::close_square) ? none() : operators(level_sum);
    if (!close_bracket("`]`")) return none();
    Node* made = make(Kind::slice, from(first), {}, {object, none(), to});
    made->number = closed;
    return made;
  }
  if (see(Tok::colon)) {
    python_slice(begin);
    return none();
  }
  if (see(Tok::close_square)) {
    error_here("expected an index between `[` and `]`");
    return none();
  }
  do {
    kids.push_back(expression());
    if (see(Tok::colon)) {
      python_slice(begin);
      return none();
    }
  } while (next_item(Tok::close_square));
  if (!close_bracket("`,` or `]`")) return none();
  if (kids.size() == 2 && kids[1]->is(Kind::range)) {
    Node* made = make(Kind::slice, from(first), {}, {object, kids[1]->kids[0], kids[1]->kids[1]});
    made->number = kids[1]->number;
    return made;
  }
  return make(Kind::index, from(first), {}, kids);
}

// xs[1:3]. At the colon.
void Parser::python_slice(std::uint32_t first) {
  Span span{token().begin, token().end};
  const Token& closer = tokens_[tokens_[first - 1].match];
  std::string text = source_text({tokens_[first].begin, closer.begin});
  std::string advice = "a slice is written with `..`: xs[1..3]";
  std::vector<Edit> edits;
  if (text.find(':') == text.rfind(':') && text.size() <= quoted_max && text.find('\n') == std::string::npos) {
    text.replace(text.find(':'), 1, "..");
    advice = "write `[" + text + "]`";
    edits.push_back({span, ".."});
  }
  error(span, "a slice is not written with `:`", advice, std::move(edits));
}

// At `(`.
void Parser::arguments(Items& out) {
  Keep keep(*this);
  open_bracket();
  bracket_mode();
  while (!panic_ && !see(Tok::close_paren)) {
    out.push_back(argument());
    if (!next_item(Tok::close_paren)) break;
  }
  close_bracket("`,` or `)`");
}

const Node* Parser::argument() {
  std::uint32_t first = at_;
  if (take(Tok::spread)) {
    const Node* value = expression();
    return make(Kind::spread, from(first), {}, {value});
  }
  Tok next = token_at(at_ + 1).kind;
  bool colon = next == Tok::colon, equals = next == Tok::assign;
  if ((see(Tok::name) || is_word(look())) && (colon || equals)) {
    std::string_view name = token().text;
    if (!see(Tok::name) && (equals || !see(Tok::word_else_))) {
      error_here("the reserved word " + found() + " cannot name an argument");
      return none();
    }
    advance();
    if (equals) {
      Span span{token().begin, token().end};
      bool blank = token_at(at_ + 1).after_blank;
      Span wide{previous().end, span.end};
      mistake(span, "an argument is named with `:`", "write `" + std::string(name) + ": ..`", {{wide, blank ? ":" : ": "}});
    }
    advance();
    const Node* value = expression();
    return make(Kind::named_arg, from(first), name, {value});
  }
  return expression();
}

// ------------------------------------------------------------------------------------ primaries

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

const Node* Parser::literal() {
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
  if (see(Tok::word_else_) || see(Tok::word_elif_)) {
    error_here(found() + " without an `if`");
    return none();
  }
  if (see(Tok::word_catch_) || see(Tok::word_finally_)) {
    error_here(found() + " without a `try`");
    return none();
  }
  if (see(Tok::spread))
    advice = "`...` spreads inside brackets";
  else if (see(Tok::plus))
    advice = "a number needs no `+`";
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
    error({token().begin, token_at(at_ + 1).end}, "a number begins with a digit", "write `0." + source_text({token_at(at_ + 1).begin, token_at(at_ + 1).end}) + "`");
    return none();
  }
  std::string_view name = token_at(at_ + 1).text;
  const Node* body = postfix_of(it, first);
  return make(Kind::field_fn, from(first), name, {body});
}

}  // namespace m31::syntax
