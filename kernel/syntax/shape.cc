#include "kernel/syntax/shape.h"

#include <algorithm>

namespace m31::syntax {

namespace {

constexpr Shape shapes[] = {
#define SHAPE(kind, payload, children) {payload, children},
#include "kernel/syntax/node_shapes.def"
#undef SHAPE
};
static_assert(std::size(shapes) == kind_count);

// The rows stand in the order of the kinds.
constexpr bool in_order() {
  unsigned at = 0;
  bool right = true;
#define SHAPE(kind, payload, children) right = right && static_cast<unsigned>(Kind::kind) == at++;
#include "kernel/syntax/node_shapes.def"
#undef SHAPE
  return right;
}
static_assert(in_order());

bool is_literal(Kind kind) { return kind >= Kind::int_lit && kind <= Kind::none_lit; }

bool is_type(Kind kind) {
  switch (kind) {
    case Kind::type_union:
    case Kind::type_name:
    case Kind::type_optional:
    case Kind::type_record:
    case Kind::type_tuple:
    case Kind::type_fn:
      return true;
    default:
      return false;
  }
}

bool is_pattern(Kind kind) {
  switch (kind) {
    case Kind::pat_wild:
    case Kind::pat_bind:
    case Kind::pat_lit:
    case Kind::pat_const:
    case Kind::pat_ctor:
    case Kind::pat_record:
    case Kind::pat_tuple:
    case Kind::pat_list:
    case Kind::pat_or:
      return true;
    default:
      return false;
  }
}

bool is_bare_statement(Kind kind) {
  switch (kind) {
    case Kind::fn:
    case Kind::type_decl:
    case Kind::import:
    case Kind::return_:
    case Kind::raise:
    case Kind::break_:
    case Kind::continue_:
      return true;
    default:
      return false;
  }
}

bool is_expression(Kind kind) {
  if (is_literal(kind) || is_bare_statement(kind)) return true;
  switch (kind) {
    case Kind::interpolation:
    case Kind::name:
    case Kind::member:
    case Kind::safe_member:
    case Kind::index:
    case Kind::slice:
    case Kind::optional:
    case Kind::operator_name:
    case Kind::field_fn:
    case Kind::call:
    case Kind::method_call:
    case Kind::pipe:
    case Kind::tuple:
    case Kind::list:
    case Kind::map:
    case Kind::record:
    case Kind::comprehension:
    case Kind::binary:
    case Kind::unary:
    case Kind::compare_chain:
    case Kind::range:
    case Kind::lambda:
    case Kind::block:
    case Kind::if_:
    case Kind::match:
    case Kind::for_:
    case Kind::while_:
    case Kind::try_:
    case Kind::select:
    case Kind::spawn:
    case Kind::move:
    case Kind::type_fn:
      return true;
    default:
      return false;
  }
}

bool is_statement(Kind kind) {
  return is_bare_statement(kind) || kind == Kind::expr_stmt || kind == Kind::assign || kind == Kind::multi_assign ||
         kind == Kind::typed_assign || kind == Kind::command || kind == Kind::assert_ || kind == Kind::test;
}

bool is_place(const Node& node) {
  const Node* at = &node;
  while ((at->is(Kind::member) || at->is(Kind::index)) && at->size() > 0) at = at->kids[0];
  return at->is(Kind::name);
}

bool fits(char letter, const Node& node) {
  Kind kind = node.kind;
  switch (letter) {
    case 'e':
      return is_expression(kind);
    case 'E':
      return is_expression(kind) || kind == Kind::none;
    case 's':
      return is_statement(kind);
    case 'b':
      return kind == Kind::block;
    case 'B':
      return kind == Kind::block || kind == Kind::none;
    case 'i':
      return kind == Kind::block || kind == Kind::if_ || kind == Kind::none;
    case 'p':
      return is_pattern(kind);
    case 'P':
      return is_pattern(kind) || kind == Kind::none;
    case 't':
      return is_type(kind);
    case 'T':
      return is_type(kind) || kind == Kind::none;
    case 'n':
      return kind == Kind::name;
    case 'v':
      return kind == Kind::name || (kind == Kind::member && is_place(node));
    case 'a':
      return is_expression(kind) || kind == Kind::named_arg || kind == Kind::spread;
    case 'l':
      return is_expression(kind) || kind == Kind::spread;
    case 'm':
      return kind == Kind::map_entry || kind == Kind::spread;
    case 'D':
      return is_expression(kind) || kind == Kind::map_entry;
    case 'c':
      return kind == Kind::for_clause || kind == Kind::if_clause;
    case 'q':
      return kind == Kind::compare_part;
    case 'f':
      return kind == Kind::record_field || kind == Kind::spread;
    case 'x':
      return kind == Kind::param;
    case 'X':
      return kind == Kind::param_list;
    case 'Y':
      return kind == Kind::type_params || kind == Kind::none;
    case 'r':
      return kind == Kind::record;
    case 'R':
      return kind == Kind::record || kind == Kind::none;
    case 'A':
      return kind == Kind::arm;
    case 'S':
      return kind == Kind::select_arm;
    case 'C':
      return kind == Kind::catch_;
    case 'F':
      return kind == Kind::type_field;
    case 'L':
      return is_type(kind) || kind == Kind::type_ctor;
    case 'h':
      return is_type(kind) || kind == Kind::record;
    case 'y':
      return is_pattern(kind) || kind == Kind::pat_field;
    case 'z':
      return kind == Kind::pat_field || kind == Kind::pat_rest;
    case 'w':
      return is_pattern(kind) || kind == Kind::pat_rest;
    case 'd':
      return is_literal(kind);
    case 'g':
      return is_place(node);
    default:
      return false;
  }
}

bool one_of(std::string_view text, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

bool is_comparison(std::string_view op) {
  return one_of(op, {"==", "!=", "<", "<=", ">", ">=", "in", "not in"});
}

bool is_arithmetic(std::string_view op) {
  return one_of(op, {"+", "-", "*", "/", "//", "%", "**", "+%", "-%", "*%"});
}

// What a kind's letters do not say.
bool payload_fits(const Node& node) {
  auto kids = node.kids;
  switch (node.kind) {
    case Kind::binary:
      return is_arithmetic(node.text) || is_comparison(node.text) || one_of(node.text, {"and", "or", "\?\?"});
    case Kind::unary:
      return one_of(node.text, {"-", "not"});
    case Kind::compare_part:
      return is_comparison(node.text);
    case Kind::operator_name:
      return is_arithmetic(node.text) || (is_comparison(node.text) && !one_of(node.text, {"in", "not in"}));
    case Kind::assign:
      return node.text.ends_with('=') && (node.text == "=" || is_arithmetic(node.text.substr(0, node.text.size() - 1)));
    case Kind::compare_chain:
      return kids.size() >= 3;
    case Kind::interpolation:
      return true;
    case Kind::bool_lit:
    case Kind::slice:
    case Kind::range:
    case Kind::method_call:
    case Kind::select_arm:
      return node.number == 0 || node.number == 1;
    case Kind::param:
      return (node.number == 0 || node.number == 1) && node.text.empty() != kids[2]->is(Kind::none);
    case Kind::type_fn:
      if (node.number != 0 && node.number != 1) return false;
      for (std::size_t i = 0; i + 1 < kids.size(); ++i)
        if (kids[i]->is(Kind::record)) return false;
      return kids.back()->is(Kind::record) == (node.number == 1) && kids.size() >= 1u + (node.number == 1);
    case Kind::spawn:
      return kids[0]->is(Kind::call) || kids[0]->is(Kind::method_call);
    case Kind::pat_or:
    case Kind::type_union:
      return kids.size() >= 2;
    case Kind::field_fn: {
      const Node* at = kids[0];
      if (at->is(Kind::name)) return false;
      while (at->size() > 0 && !at->is(Kind::name)) at = at->kids[0];
      return at->is(Kind::name) && at->text == "it";
    }
    case Kind::pat_list:
    case Kind::pat_record:
      return std::count_if(kids.begin(), kids.end(), [](const Node* kid) { return kid->is(Kind::pat_rest); }) <= 1;
    default:
      return true;
  }
}

}  // namespace

const Shape& shape_of(Kind kind) { return shapes[static_cast<unsigned>(kind)]; }

bool well_formed(const Node& node) {
  std::string_view wanted = shape_of(node.kind).children;
  std::size_t fixed = 0;
  for (char c : wanted) fixed += c != '*' && c != '+';
  std::size_t repeat = wanted.find_first_of("*+");
  std::size_t least = fixed;
  if (repeat != std::string_view::npos && wanted[repeat] == '*') --least;
  if (node.size() < least || (repeat == std::string_view::npos && node.size() != fixed)) return false;
  std::size_t repeats = repeat == std::string_view::npos ? 0 : node.size() - (fixed - 1);
  std::size_t kid = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i + 1 == repeat) {
      for (; repeats; --repeats)
        if (!fits(wanted[i], *node.kids[kid++])) return false;
      ++i;
    } else if (!fits(wanted[i], *node.kids[kid++])) {
      return false;
    }
  }
  return payload_fits(node);
}

}  // namespace m31::syntax
