// Expressions: literals, and which function infers each kind of node.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

// The member of `expected` (a type or a union) that is of this kind.
const Type* member_of_kind(const Type* expected, TypeKind kind) {
  if (!expected) return nullptr;
  if (expected->kind == kind) return expected;
  if (expected->kind != TypeKind::union_) return nullptr;
  const Type* found = nullptr;
  for (const Type* each : expected->args)
    if (each->kind == kind) {
      if (found) return nullptr;
      found = each;
    }
  return found;
}

}  // namespace

std::vector<Expr*>::iterator Inference::leaving_since(std::size_t mark) {
  return std::find_if(evaluated_.begin() + static_cast<std::ptrdiff_t>(mark), evaluated_.end(), [&](Expr* part) {
    return !is_poison(part) && vars.resolve(part->type)->kind == TypeKind::never;
  });
}

// An expression of which a part never gives a value has none either: what was read of it until there is evaluated, and leaves.
Expr* Inference::infer(const Node& node, const Type* expected, bool wanted) {
  const std::size_t mark = evaluated_.size(), errors = instance.diagnostics.size();
  Expr* value = infer_node(node, expected, wanted);
  if (is_poison(value) && instance.diagnostics.size() == errors) {
    const auto leaves = leaving_since(mark);
    if (leaves != evaluated_.end()) value = block_of({evaluated_.begin() + static_cast<std::ptrdiff_t>(mark), leaves + 1}, node.span);
  }
  evaluated_.resize(mark);
  evaluated_.push_back(value);
  return value;
}

Expr* Inference::infer_node(const Node& node, const Type* expected, bool wanted) {
  const Span span = node.span;
  if (expected) expected = vars.resolve(expected);
  switch (node.kind) {
    case Kind::int_lit: {
      if (expected && expected->kind == TypeKind::float_ && node.text.empty()) {
        Expr* expr = make(Op::real, expected, span);
        expr->real = static_cast<double>(node.number);
        return expr;
      }
      return int_const(node.number, span);
    }
    case Kind::float_lit: {
      Expr* expr = make(Op::real, basic(TypeKind::float_), span);
      expr->real = node.real;
      return expr;
    }
    case Kind::duration_lit: {
      Expr* expr = int_const(node.number, span);
      expr->type = basic(TypeKind::duration);
      return expr;
    }
    case Kind::string_lit: return string_const(node.text, span);
    case Kind::bytes_lit: {
      Expr* expr = make(Op::bytes, basic(TypeKind::bytes), span);
      expr->text = checker.arena.copy(node.text);
      return expr;
    }
    case Kind::bool_lit: return bool_const(node.number != 0, span);
    case Kind::none_lit: return none_const(span);
    case Kind::interpolation: return infer_interpolation(node);
    case Kind::name: return infer_name(node);
    case Kind::member: return infer_member(node);
    case Kind::safe_member: return infer_safe(node);
    case Kind::index: return infer_index(node);
    case Kind::slice: return infer_slice(node);
    case Kind::optional:
      if (const Type* type = type_of_expr(node)) return make(Op::type_const, unary_of(TypeKind::type_value, type), span);
      return error(span, "`?` after an expression makes a type optional, and this is no type", "`??` gives a default, `?.` goes on unless None");
    case Kind::operator_name: {
      Template made;
  made.kind = Template::Kind::operator_;
      made.name = node.text;
      made.identity = "(" + std::string(node.text) + ")";
      made.context = context;
      return template_value(std::move(made), span);
    }
    case Kind::field_fn:
    case Kind::lambda: return infer_lambda(node);
    case Kind::call: return infer_call(node);
    case Kind::method_call: return infer_method_call(node);
    case Kind::pipe: return infer_pipe(node);
    case Kind::tuple: return infer_tuple(node, expected);
    case Kind::list: return infer_list(node, member_of_kind(expected, TypeKind::list));
    case Kind::map: return infer_map(node, member_of_kind(expected, TypeKind::map));
    case Kind::record: return infer_record(node, member_of_kind(expected, TypeKind::record));
    case Kind::comprehension: return infer_comprehension(node, expected);
    case Kind::binary: return infer_binary(node);
    case Kind::unary: return infer_unary(node);
    case Kind::compare_chain: return infer_chain(node);
    case Kind::range: return infer_range(node);
    case Kind::fn: return infer_nested_fns({&node});
    case Kind::block: return infer_block(node, expected, wanted);
    case Kind::assign: return infer_assign(node);
    case Kind::multi_assign: return infer_multi_assign(node);
    case Kind::typed_assign: return infer_typed_assign(node);
    case Kind::expr_stmt: return infer(node[0], expected, wanted);
    case Kind::command: return infer_command(node);
    case Kind::import: return infer_import(node);
    case Kind::return_: return infer_return(node);
    case Kind::raise: return infer_raise(node);
    case Kind::assert_: return infer_assert(node);
    case Kind::test: return none_const(node.span);   // m31sh test runs it
    case Kind::break_:
    case Kind::continue_: {
      bool leaves = node.is(Kind::break_);
      if (breaks_.empty()) return error(span, leaves ? "`break` outside of a loop" : "`continue` outside of a loop", "it stands inside a `for` or `while`");
      if (leaves) breaks_.back() = true;
      Expr* expr = make(leaves ? Op::break_ : Op::continue_, basic(TypeKind::never), span);
      flow_.reachable = false;
      return expr;
    }
    case Kind::if_: return infer_if(node, expected, wanted);
    case Kind::match: return infer_match(node, expected, wanted);
    case Kind::for_: return infer_for(node);
    case Kind::while_: return infer_while(node);
    case Kind::try_: return infer_try(node, expected, wanted);
    case Kind::select: return infer_select(node, expected, wanted);
    case Kind::spawn: return infer_spawn(node);
    case Kind::move: return infer_move(node);
    case Kind::type_decl:
      if (!is_cell_) return error(span, "a type is declared at top level only", "move it before the function");
      return none_const(span);
    case Kind::type_name:
    case Kind::type_optional:
    case Kind::type_record:
    case Kind::type_tuple:
    case Kind::type_fn:
    case Kind::type_union:
      return make(Op::type_const, unary_of(TypeKind::type_value, resolve_type(node, context, context.type_args)), span);
    default: break;
  }
  return error(span, "this cannot stand here");
}

Expr* Inference::infer_as(const Node& node, const Type* type, std::string_view what) {
  return coerce(infer(node, type), type, node.span, what);
}

}  // namespace m31::types
