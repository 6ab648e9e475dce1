// Functions, lambdas, their parameters; type declarations.
#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

bool Parser::lambda_ahead() const {
  if (panic_ || mode_.no_lambda) return false;
  Tok kind = look();
  std::uint32_t after = kind == Tok::name ? at_ + 1 : kind == Tok::open_paren ? group_end(at_) : 0;
  return after && token_at(after).kind == Tok::fat_arrow && same_line(after);
}

// x => ..   (x, y = 2) => ..
const Node* Parser::lambda() {
  std::uint32_t first = at_;
  Items kids;
  if (see(Tok::name)) {
    std::string_view name = token().text;
    advance();
    kids.push_back(make(Kind::param, from(first), name, {none(), none(), none()}));
  } else {
    parameters(kids);
  }
  if (!expect(Tok::fat_arrow, " after the parameters")) return none();
  kids.push_back(arm_body("`=>`"));
  return make(Kind::lambda, from(first), {}, kids);
}

// At `(`.
void Parser::parameters(Items& out) {
  Keep keep(*this);
  open_bracket();
  bracket_mode();
  while (!panic_ && !see(Tok::close_paren)) {
    out.push_back(parameter());
    if (!next_item(Tok::close_paren)) break;
  }
  close_bracket("`,` or `)`");
}

// ["var"] name [":" type] ["=" expr]  or  a tuple pattern
const Node* Parser::parameter() {
  std::uint32_t first = at_;
  if (see(Tok::open_paren)) {
    const Node* taken = pattern(true);
    if (!taken->is(Kind::pat_tuple)) {
      error(from(first), "a parameter is a name or a tuple of names", "match the value in the body");
      return none();
    }
    return make(Kind::param, from(first), {}, {none(), none(), taken});
  }
  bool var = see_name("var") && token_at(at_ + 1).kind == Tok::name;
  if (var) advance();
  if (!see(Tok::name)) {
    if (is_word(look()))
      error_here("the reserved word " + found() + " cannot name a parameter", "take another name");
    else if (see(Tok::spread))
      error_here("a parameter cannot take the rest", "take a list");
    else
      unexpected("a parameter");
    return none();
  }
  std::string_view name = token().text;
  advance();
  const Node* declared = none();
  const Node* value = none();
  if (take(Tok::colon)) declared = type();
  if (take(Tok::assign)) value = expression();
  Node* made = make(Kind::param, from(first), name, {value, declared, none()});
  made->number = var;
  return made;
}

const Node* Parser::type_parameters() {
  if (!see(Tok::open_square)) return none();
  std::uint32_t first = at_;
  Keep keep(*this);
  open_bracket();
  bracket_mode();
  Items names;
  while (!panic_ && see(Tok::name)) {
    std::uint32_t name = at_;
    advance();
    names.push_back(make(Kind::name, from(name), tokens_[name].text));
    if (!next_item(Tok::close_square)) break;
  }
  if (names.empty() && !panic_) unexpected("the name of a type parameter");
  close_bracket("`,` or `]`");
  return make(Kind::type_params, from(first), {}, names);
}

// "uses" record, or nothing
const Node* Parser::uses() {
  if (!see_name("uses")) return none();
  advance();
  if (!see(Tok::open_brace)) {
    unexpected("`{` after `uses`");
    return none();
  }
  const Node* named = record();
  for (const Node* field : named->kids) {
    const bool is_name = field->is(Kind::record_field) && (*field)[0].is(Kind::name) && (*field)[0].text == field->text;
    if (!is_name) error(field->span, "`uses` names capabilities, and nothing else", "write their names: `uses {fs, http}`");
  }
  return named;
}

const Node* Parser::fn() {
  std::uint32_t first = at_;
  bool begins = at_ == mode_.statement;
  advance();
  std::string_view name = token().text;
  // Of a module also `import`: reserved words may follow the dot of m.import(..).
  if (!see(Tok::name) && !see(Tok::word_import) && !is_definable_operator(look())) {
    if (see(Tok::open_paren))
      error_here("a function needs a name", "a function without one is written `x => ..` or `(x, y) => ..`");
    else if (is_word(look()))
      error_here("the reserved word " + found() + " cannot name a function", "take another name");
    else
      unexpected("the function's name");
    return none();
  }
  advance();
  const Node* generic = type_parameters();
  if (!see(Tok::open_paren)) {
    unexpected("`(` after the function's name");
    return none();
  }
  std::uint32_t list = at_;
  Items params;
  parameters(params);
  const Node* param_list = make(Kind::param_list, panic_ ? Span{} : from(list), {}, params);
  const Node* result = take(Tok::arrow) ? type() : none();
  const Node* effects = uses();
  if (!see(Tok::colon)) {
    Span span{token().begin, token().end};
    bool wrong = see(Tok::assign) || see(Tok::fat_arrow);
    Diagnostic* made = unexpected("`:` before the function's body");
    if (made && wrong) {
      made->advice = "write `:`";
      made->edits = {{span, ":"}};
    }
    return none();
  }
  advance();
  const Node* block = body(begins, "`fn ..:`");
  return make(Kind::fn, from(first), name, {generic, param_list, result, effects, block});
}

const Node* Parser::type_decl() {
  std::uint32_t first = at_;
  advance();
  if (!see(Tok::name)) {
    unexpected("the type's name");
    return none();
  }
  std::string_view name = token().text;
  advance();
  Items kids{type_parameters()};
  if (!expect(Tok::assign, " after the type's name")) return none();
  handled_ = operand_at_ = at_;
  if (take(Tok::bar)) handled_ = at_;
  kids.push_back(alternative());
  while (see(Tok::bar)) {
    advance_joined();
    kids.push_back(alternative());
  }
  return make(Kind::type_decl, from(first), name, kids);
}

// Circle(r: Float), or a type
const Node* Parser::alternative() {
  if (!see(Tok::name) || token_at(at_ + 1).kind != Tok::open_paren || !same_line(at_ + 1)) return type_atom();
  std::uint32_t first = at_;
  std::string_view name = token().text;
  advance();
  Keep keep(*this);
  open_bracket();
  bracket_mode();
  Items fields;
  while (!panic_ && !see(Tok::close_paren)) {
    fields.push_back(type_field());
    if (!next_item(Tok::close_paren)) break;
  }
  close_bracket("`,` or `)`");
  return make(Kind::type_ctor, panic_ ? Span{} : from(first), name, fields);
}

}  // namespace m31::syntax
