// What follows an operand: members, calls and their arguments, indices and slices, `?`.
#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

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
    error_here("expected an index between `[` and `]`", "the first element is `xs[0]`, the last `xs[-1]`");
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
  std::string advice = text == "::-1" ? "backwards is `reverse(xs)`" : "a slice is written with `..`: xs[1..3]";
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
  bool block = colon && (see(Tok::word_try_) || see(Tok::word_select));   // try: .. as a value
  if ((see(Tok::name) || is_word(look())) && (colon || equals) && !block) {
    std::string_view name = token().text;
    if (!see(Tok::name) && (equals || !see(Tok::word_else_))) {
      error_here("the reserved word " + found() + " cannot name an argument", "take another name for the parameter");
      return none();
    }
    advance();
    Span span{token().begin, token().end};
    bool blank = token_at(at_ + 1).after_blank;
    Span wide{previous().end, span.end};
    advance();
    const Node* value = expression();
    if (equals && !panic_) {
      std::string shown = value->span.end - value->span.begin > quoted_max ? ".." : source_text(value->span);
      mistake(span, "an argument is named with `:`", "write `" + std::string(name) + ": " + shown + "`", {{wide, blank ? ":" : ": "}});
    }
    return make(Kind::named_arg, from(first), name, {value});
  }
  return expression();
}

}  // namespace m31::syntax
