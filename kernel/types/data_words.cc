// data(text): the reader must know which constructors there are. The checker hands them over as a hidden argument, a tuple of types; where
// the value is asked for as a T at once (`x: T = data(text)`), T is handed over too, and nothing is left to be guessed.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Span;

const Type* Inference::constructing_types() {
  std::vector<std::pair<std::string, const Type*>> named;
  auto take = [&](const Module& module) {
    for (const auto& [name, def] : module.types)
      // What a parameter stands for is not said in the text: Any, until the value is given a type.
      if (def->decl) named.emplace_back(def->shown, instance_of(*def, std::vector<const Type*>(def->params.size(), basic(TypeKind::any))));
  };
  take(checker.session);
  if (context.module != &checker.session && !context.module->is_library) take(*context.module);
  for (const auto& [name, module] : checker.library.user_modules())
    if (module != context.module) take(*module);
  for (std::string_view library : {"errors", "sys"})
    if (Module* module = checker.library.find(library)) take(*module);
  std::stable_sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Type*> all;
  for (const auto& [name, type] : named)
    if (type && type->kind == TypeKind::named) all.push_back(vars.zonk(type));
  return tuple_of(all);
}

Expr* Inference::read_data(Expr* text, const Type* wanted, Span span) {
  Expr* known = make(Op::type_const, unary_of(TypeKind::type_value, constructing_types()), span);
  Expr* as = make(Op::type_const, unary_of(TypeKind::type_value, wanted), span);
  return native("data.read", wanted, span, {text, known, as});
}

// What csv, json and searches of unknown spaces give as a List[Any] becomes a List[T] with a check, where that is asked for at once. Any other list
// keeps its element type.
namespace {

bool is_rows_type(const Type* type, std::string_view name) {
  return type->kind == TypeKind::named && type->decl->module == "rows" && type->decl->name == name;
}

// The name in `.name`; empty: it is more than that, or another function.
std::string_view field_named_by(const Type* from) {
  if (!is_template(from) || template_of(from)->kind != Template::Kind::field_fn) return {};
  const syntax::Node& body = (*template_of(from)->node)[0];
  return body.is(syntax::Kind::member) && body[0].is(syntax::Kind::name) ? body.text : std::string_view();
}

}  // namespace

bool Inference::is_row_argument(const Type* from, const Type* to) const {
  return (is_rows_type(to, "rows.Field") && !field_named_by(from).empty()) || (is_rows_type(to, "rows.Example") && from->kind == TypeKind::record);
}

Expr* Inference::row_argument(Expr* value, const Type* from, const Type* to, Span span) {
  if (!is_row_argument(from, to)) return nullptr;
  if (from->kind == TypeKind::record) return make(Op::make_record, to, span, {make(Op::box, basic(TypeKind::any), span, {value})});
  return block_of({value, make(Op::make_record, to, span, {string_const(field_named_by(from), span)})}, span);
}

Expr* Inference::checked_rows(Expr* value, const Type* from, const Type* to, Span span) {
  const Type* any = basic(TypeKind::any);
  if (from != list_of(any) || to->kind != TypeKind::list || is_variable(vars.resolve(to->args[0]))) return nullptr;
  bool outside = value->op == Op::host ||
                 (value->op == Op::call && value->callee && value->callee->source && value->callee->source->name() == "m31/interchange.m31");
  if (!outside) return nullptr;
  return make(Op::cast, to, span, {make(Op::box, any, span, {value})});
}

}  // namespace m31::types
