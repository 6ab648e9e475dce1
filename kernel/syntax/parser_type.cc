// Types, where the grammar asks for one.
#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

// type1 {"|" type1}
const Node* Parser::type() {
  Nest nest(*this);
  if (panic_) return none();
  std::uint32_t first = at_;
  const Node* node = type_atom();
  if (!see(Tok::bar)) return node;
  Items members{node};
  while (see(Tok::bar)) {
    advance_joined();
    members.push_back(type_atom());
  }
  return make(Kind::type_union, from(first), {}, members);
}

const Node* Parser::type_atom() {
  Nest nest(*this);
  std::uint32_t first = at_;
  const Node* node = nullptr;
  switch (look()) {
    case Tok::word_none:
      advance();
      node = make(Kind::type_name, from(first), "None");
      break;
    case Tok::name:
      node = type_named();
      break;
    case Tok::word_fn:
      node = type_function();
      break;
    case Tok::open_brace: {
      Keep keep(*this);
      open_bracket();
      bracket_mode();
      Items fields;
      while (!panic_ && !see(Tok::close_brace)) {
        fields.push_back(type_field());
        if (!next_item(Tok::close_brace)) break;
      }
      if (!close_bracket("`,` or `}`")) return none();
      node = make(Kind::type_record, from(first), {}, fields);
      break;
    }
    case Tok::open_paren: {
      Keep keep(*this);
      open_bracket();
      bracket_mode();
      Items types;
      bool comma = false;
      while (!panic_ && !see(Tok::close_paren)) {
        types.push_back(type());
        comma = see(Tok::comma);
        if (!next_item(Tok::close_paren)) break;
      }
      if (!close_bracket("`,` or `)`")) return none();
      node = types.size() == 1 && !comma ? types[0] : make(Kind::type_tuple, from(first), {}, types);
      break;
    }
    default:
      if (token().kind == Tok::end_of_text && operand_at_ == at_) wants_more = diagnostics.empty();
      if (!panic_ && see(Tok::open_square))
        error_here("expected a type, found `[`", "the type of a list is List[T], of a map Map[K, V]");
      else
        unexpected("a type");
      return none();
  }
  while (!panic_ && (see(Tok::question) || see(Tok::coalesce))) {
    unsigned count = see(Tok::question) ? 1 : 2;
    advance();
    for (; count; --count) node = make(Kind::type_optional, from(first), {}, {node});
  }
  return panic_ ? none() : node;
}

// key ":" type
const Node* Parser::type_field() {
  std::uint32_t first = at_;
  std::string_view key;
  if (see(Tok::name) && token_at(at_ + 1).kind != Tok::colon) {
    error_here("a field needs a name and a type", "write `name: " + std::string(token().text) + "`");
    return none();
  }
  if (!field_key(key)) return none();
  if (!expect(Tok::colon, " after the field's name")) return none();
  const Node* declared = type();
  return make(Kind::type_field, from(first), key, {declared});
}

// a.b.c as one text
const Node* Parser::qualified_name(Kind kind) {
  std::uint32_t first = at_;
  if (!see(Tok::name)) {
    unexpected("a name");
    return none();
  }
  std::string_view text = token().text;
  advance();
  std::string joined;
  while (see(Tok::dot)) {
    advance();
    if (!see(Tok::name) && !is_word(look())) {
      unexpected("a name after `.`");
      return none();
    }
    if (joined.empty()) joined = text;
    joined += '.';
    joined += token().text;
    advance();
  }
  if (!joined.empty()) text = tree_.arena.copy(std::string_view(joined));
  return make(kind, from(first), text);
}

// qname ["[" type,+ "]"]
const Node* Parser::type_named() {
  std::uint32_t first = at_;
  const Node* name = qualified_name(Kind::type_name);
  if (panic_ || !see(Tok::open_square)) return name;
  Keep keep(*this);
  open_bracket();
  bracket_mode();
  Items args;
  do {
    args.push_back(type());
  } while (next_item(Tok::close_square));
  if (!close_bracket("`,` or `]`")) return none();
  return make(Kind::type_name, from(first), name->text, args);
}

// "fn" "(" type,* ")" "->" type1 ["uses" rec]
const Node* Parser::type_function() {
  std::uint32_t first = at_;
  advance();
  if (!see(Tok::open_paren)) {
    unexpected("`(` after `fn`");
    return none();
  }
  Items types;
  {
    Keep keep(*this);
    open_bracket();
    bracket_mode();
    while (!panic_ && !see(Tok::close_paren)) {
      types.push_back(type());
      if (!next_item(Tok::close_paren)) break;
    }
    if (!close_bracket("`,` or `)`")) return none();
  }
  if (!expect(Tok::arrow, " before the function type's result")) return none();
  types.push_back(type_atom());
  bool effects = see_name("uses");
  if (effects) types.push_back(uses());
  Node* made = make(Kind::type_fn, panic_ ? Span{} : from(first), {}, types);
  made->number = effects;
  return made;
}

}  // namespace m31::syntax
