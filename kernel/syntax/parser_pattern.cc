// Patterns of match, for, catch, select and parameters.
#include <utf8proc.h>

#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

namespace {

// A capitalised name never binds.
bool is_capitalised(std::string_view name) {
  if (name.empty()) return false;
  unsigned char first = static_cast<unsigned char>(name[0]);
  if (first < 0x80) return first >= 'A' && first <= 'Z';
  utf8proc_int32_t code_point = 0;
  if (utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(name.data()), static_cast<utf8proc_ssize_t>(name.size()),
                       &code_point) <= 0)
    return false;
  auto category = utf8proc_category(code_point);
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT;
}

}  // namespace

// pat {"," pat}: of a `for` or a receive, where a tuple needs no brackets
const Node* Parser::patterns() {
  std::uint32_t first = at_;
  const Node* node = pattern(true);
  if (!see(Tok::comma)) return node;
  Items items{node};
  while (take(Tok::comma)) items.push_back(pattern(true));
  return make(Kind::pat_tuple, from(first), {}, items);
}

// p {"|" p}. In `catch e:` the colon is no type's: typed is false.
const Node* Parser::pattern(bool typed) {
  Nest nest(*this);
  if (panic_) return none();
  std::uint32_t first = at_;
  const Node* node = pattern_atom(typed);
  if (!see(Tok::bar)) return node;
  Items alternatives{node};
  while (see(Tok::bar)) {
    advance_joined();
    alternatives.push_back(pattern_atom(typed));
  }
  return make(Kind::pat_or, from(first), {}, alternatives);
}

const Node* Parser::pattern_literal() {
  std::uint32_t first = at_;
  bool negative = take(Tok::minus);
  if (negative && !see(Tok::int_number) && !see(Tok::float_number) && !see(Tok::duration)) {
    unexpected("a number after `-`");
    return none();
  }
  Node* value = nullptr;
  if (negative && see(Tok::int_number) && token().magnitude == 1ull << 63) {
    advance();
    value = make(Kind::int_lit, from(first));
    value->number = INT64_MIN;
  } else {
    value = literal();
    if (negative) {
      if (value->is(Kind::float_lit))
        value->real = -value->real;
      else
        value->number = -value->number;
      value->text = {};
      value->span = from(first);
    }
  }
  return make(Kind::pat_lit, from(first), {}, {value});
}

const Node* Parser::pattern_atom(bool typed) {
  Nest nest(*this);
  if (panic_) return none();
  std::uint32_t first = at_;
  if (literal_ahead() || see(Tok::minus)) return pattern_literal();
  Tok closer;
  switch (look()) {
    case Tok::name:
      return pattern_name(typed);
    case Tok::open_paren:
      closer = Tok::close_paren;
      break;
    case Tok::open_square:
      closer = Tok::close_square;
      break;
    case Tok::open_brace:
      closer = Tok::close_brace;
      break;
    case Tok::string_open:
      error_here("a string in a pattern has no \\( )", "compare in a guard: `s if s == ..`");
      return none();
    default:
      unexpected("a pattern");
      return none();
  }
  Keep keep(*this);
  open_bracket();
  bracket_mode();
  Items items;
  bool comma = false, rest = false;
  while (!panic_ && !see(closer)) {
    std::uint32_t item = at_;
    if (see(Tok::spread) && closer != Tok::close_paren) {
      if (rest) error_here("a second `...` in one pattern", "one takes the rest: name the elements before and after it");
      rest = true;
      items.push_back(rest_pattern());
    } else if (closer == Tok::close_brace) {
      bool is_name = see(Tok::name);
      std::string_view key;
      if (!field_key(key)) return none();
      const Node* of_field = nullptr;
      if (take(Tok::colon))
        of_field = pattern(true);
      else if (is_name)
        of_field = make(Kind::pat_bind, from(item), key, {none()});
      else
        unexpected("`:` after the field's name");
      if (panic_) return none();
      items.push_back(make(Kind::pat_field, from(item), key, {of_field}));
    } else {
      items.push_back(pattern(true));
    }
    comma = see(Tok::comma);
    if (!next_item(closer)) break;
  }
  if (closer == Tok::close_paren) {
    if (!close_bracket("`,` or `)`")) return none();
    if (items.size() == 1 && !comma) return items[0];
    return make(Kind::pat_tuple, from(first), {}, items);
  }
  if (!close_bracket(closer == Tok::close_square ? "`,` or `]`" : "`,` or `}`")) return none();
  return make(closer == Tok::close_square ? Kind::pat_list : Kind::pat_record, from(first), {}, items);
}

// ...rest
const Node* Parser::rest_pattern() {
  std::uint32_t first = at_;
  advance();
  std::string_view name;
  if (see(Tok::name)) {
    if (token().text != "_") name = token().text;
    advance();
  }
  return make(Kind::pat_rest, from(first), name);
}

// _   x   x: T   sys.SUCCESS   Circle(r: x)
const Node* Parser::pattern_name(bool typed) {
  std::uint32_t first = at_;
  std::string_view text = token().text;
  advance();
  bool type_follows = typed && see(Tok::colon);
  if (type_follows && is_capitalised(text)) {
    error(from(first), "a capitalised name never binds", "begin it with a small letter");
    return none();
  }
  if (type_follows) {
    advance();
    const Node* declared = type();
    return make(Kind::pat_bind, from(first), text, {declared});
  }
  if (text == "_" && !see(Tok::open_paren) && !see(Tok::dot)) return make(Kind::pat_wild, from(first));
  bool qualified = see(Tok::dot);
  if (!qualified && !see(Tok::open_paren) && !is_capitalised(text)) return make(Kind::pat_bind, from(first), text, {none()});
  const Node* name = make(Kind::name, from(first), text);
  while (take(Tok::dot)) {
    if (!see(Tok::name) && !is_word(look())) {
      unexpected("a name after `.`");
      return none();
    }
    std::string_view part = token().text;
    advance();
    name = make(Kind::member, from(first), part, {name});
  }
  if (see(Tok::open_paren)) return constructor_pattern(name, first);
  return make(Kind::pat_const, from(first), {}, {name});
}

const Node* Parser::constructor_pattern(const Node* name, std::uint32_t first) {
  Keep keep(*this);
  open_bracket();
  bracket_mode();
  Items kids{name};
  while (!panic_ && !see(Tok::close_paren)) {
    std::uint32_t item = at_;
    if ((see(Tok::name) || is_word(look())) && token_at(at_ + 1).kind == Tok::colon) {
      std::string_view key = token().text;
      advance();
      advance();
      const Node* of_field = pattern(true);
      kids.push_back(make(Kind::pat_field, from(item), key, {of_field}));
    } else {
      kids.push_back(pattern(true));
    }
    if (!next_item(Tok::close_paren)) break;
  }
  if (!close_bracket("`,` or `)`")) return none();
  return make(Kind::pat_ctor, from(first), {}, kids);
}

}  // namespace m31::syntax
