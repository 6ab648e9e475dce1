// What stands in brackets: groups, tuples, lists, maps, comprehensions, records.
#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

// (op)  ()  (a)  (a, b)  (a; b)  (x = e)
const Node* Parser::parenthesised() {
  std::uint32_t first = at_;
  const Token& inner = token_at(at_ + 1);
  if (is_definable_operator(inner.kind) && token().match == at_ + 2) {
    advance();
    advance();
    advance();
    return make(Kind::operator_name, from(first), inner.text);
  }
  Keep keep(*this);
  open_bracket();
  bracket_mode();
  mode_.many = true;
  if (see(Tok::close_paren)) {
    close_bracket("`)`");
    return make(Kind::tuple, from(first));
  }
  Items statements{statement()};
  auto expression_of = [](const Node* node) { return node->is(Kind::expr_stmt) ? node->kids[0] : node; };
  auto is_assignment = [](const Node* node) {
    return node->is(Kind::assign) || node->is(Kind::typed_assign) || node->is(Kind::multi_assign);
  };
  if (see(Tok::comma)) {
    if (is_assignment(statements[0])) {
      error_here("an assignment among the items of a tuple", "to name arguments of a call, write `f(a: 1, b: 2)`");
      return none();
    }
    Items items{expression_of(statements[0])};
    while (next_item(Tok::close_paren)) items.push_back(expression());
    if (!close_bracket("`,` or `)`")) return none();
    return make(Kind::tuple, from(first), {}, items);
  }
  while (take(Tok::semicolon) && !see(Tok::close_paren)) statements.push_back(statement());
  if (!close_bracket(statements.size() == 1 ? "`,` or `)`" : "`;` or `)`")) return none();
  check_unreachable(statements, false);
  if (statements.size() == 1 && !is_assignment(statements[0])) return expression_of(statements[0]);
  return make(Kind::block, from(first), {}, statements);
}

// [a, b]  ["k": 1]  [:]  [...xs, a]  [f(x) for x in xs if p(x)]
const Node* Parser::square() {
  Keep keep(*this);
  std::uint32_t first = at_;
  open_bracket();
  bracket_mode();
  mode_.clause_if = true;
  if (see(Tok::colon) && token_at(at_ + 1).kind == Tok::close_square) {
    advance();
    close_bracket("`]`");
    return make(Kind::map, from(first));
  }
  Items items;
  bool entries = false, plain = false;
  while (!panic_ && !see(Tok::close_square)) {
    std::uint32_t item = at_;
    if (take(Tok::spread)) {
      const Node* value = expression();
      items.push_back(make(Kind::spread, from(item), {}, {value}));
    } else {
      const Node* value = expression();
      bool entry = take(Tok::colon);
      if (entry) {
        const Node* key = value;
        value = expression();
        value = make(Kind::map_entry, from(item), {}, {key, value});
      }
      if (!panic_ && (entry ? plain : entries)) {
        error(from(item), entry ? "an entry of a map among the items of a list" : "an item without a key among the entries of a map",
              entry ? "a map has keys only: `[1: .., \"a\": 2]`" : "write `key: value`");
        return none();
      }
      (entry ? entries : plain) = true;
      items.push_back(value);
      if (items.size() == 1 && (see(Tok::word_for_) || see(Tok::word_if_))) return comprehension(value, first);
    }
    if (!next_item(Tok::close_square)) break;
  }
  if (!close_bracket("`,` or `]`")) return none();
  return make(entries ? Kind::map : Kind::list, from(first), {}, items);
}

// At the first `for` or `if`, inside the bracket that `first` opened.
const Node* Parser::comprehension(const Node* element, std::uint32_t first) {
  Items kids{element};
  while (!panic_) {
    std::uint32_t clause = at_;
    if (take(Tok::word_for_)) {
      const Node* pattern = patterns();
      if (!expect(Tok::word_in, " after the pattern")) return none();
      const Node* items = expression();
      kids.push_back(make(Kind::for_clause, from(clause), {}, {pattern, items}));
    } else if (see(Tok::word_if_)) {
      Span at{token().begin, token().end};
      advance();
      std::uint32_t condition_token = at_;
      const Node* condition = expression();
      if (see(Tok::word_else_)) {   // [a if c else b ..]
        Span condition_span = from(condition_token);
        error(at, "`if` does not follow the value",
              kids.size() == 1 ? "write `if " + source_text(condition_span) + ": " + source_text(element->span) + " else: ..`"
                               : "a clause `if` has no `else`");
        return none();
      }
      kids.push_back(make(Kind::if_clause, from(clause), {}, {condition}));
    } else {
      break;
    }
  }
  if (!close_bracket("`for`, `if` or `]`")) return none();
  return make(Kind::comprehension, from(first), {}, kids);
}

bool Parser::field_key(std::string_view& key) {
  if (!see(Tok::name) && !see(Tok::string) && !is_word(look())) {
    if (literal_ahead() || see(Tok::open_paren) || see(Tok::string_open))
      error_here("the keys of a record are names, found " + found(), "a map is written in square brackets: [1: \"a\"]");
    else
      unexpected("a field");
    return false;
  }
  key = token().text;
  advance();
  return true;
}

// {a: 1, "b": 2, c, ...r}
const Node* Parser::record() {
  Keep keep(*this);
  std::uint32_t first = at_;
  open_bracket();
  bracket_mode();
  Items fields;
  while (!panic_ && !see(Tok::close_brace)) {
    std::uint32_t field = at_;
    if (take(Tok::spread)) {
      const Node* value = expression();
      fields.push_back(make(Kind::spread, from(field), {}, {value}));
    } else {
      bool is_name = see(Tok::name);
      std::string_view key;
      if (!field_key(key)) return none();
      const Node* value = nullptr;
      if (see(Tok::assign)) {
        Span span{previous().end, token().end};
        mistake({token().begin, token().end}, "a field's value follows `:`", "write `" + std::string(key) + ": ..`", {{span, token_at(at_ + 1).after_blank ? ":" : ": "}});
        advance();
        value = expression();
      } else if (take(Tok::colon)) {
        value = expression();
      } else if (is_name && (see(Tok::comma) || see(Tok::close_brace))) {
        value = make(Kind::name, from(field), key);
      } else {
        unexpected(is_name ? "`:`, `,` or `}` after the field's name" : "`:` after the field's name");
        return none();
      }
      fields.push_back(make(Kind::record_field, from(field), key, {value}));
    }
    if (!next_item(Tok::close_brace)) break;
  }
  if (!close_bracket("`,` or `}`")) return none();
  return make(Kind::record, from(first), {}, fields);
}

}  // namespace m31::syntax
