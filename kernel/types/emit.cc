// Making typed core, and filling in at the end of a round what was found late.
#include "kernel/types/inference.h"

namespace m31::types {

Expr* Inference::make_with(Op op, const Type* type, Span span, const std::vector<Expr*>& kids) {
  Expr* expr = checker.arena.make<Expr>();
  expr->op = op;
  expr->type = type;
  expr->span = span;
  if (!kids.empty()) {
    std::vector<const Expr*> items(kids.begin(), kids.end());
    expr->kids = checker.arena.copy(items);
  }
  made_.push_back(expr);
  return expr;
}

Expr* Inference::make(Op op, const Type* type, Span span, std::initializer_list<Expr*> kids) {
  return make_with(op, type, span, std::vector<Expr*>(kids));
}

Expr* Inference::prim(Prim op, const Type* type, Span span, std::initializer_list<Expr*> kids) {
  Expr* expr = make(Op::prim, type, span, kids);
  expr->index = static_cast<std::uint32_t>(op);
  return expr;
}

Expr* Inference::string_const(std::string_view text, Span span) {
  Expr* expr = make(Op::string, basic(TypeKind::string), span);
  expr->text = checker.arena.copy(text);
  return expr;
}

Expr* Inference::int_const(std::int64_t value, Span span) {
  Expr* expr = make(Op::integer, basic(TypeKind::int_), span);
  expr->integer = value;
  return expr;
}

Expr* Inference::bool_const(bool value, Span span) {
  Expr* expr = make(Op::boolean, basic(TypeKind::boolean), span);
  expr->integer = value;
  return expr;
}

Expr* Inference::none_const(Span span) { return make(Op::none, basic(TypeKind::none), span); }

Expr* Inference::poison(Span span) { return make(Op::none, basic(TypeKind::never), span); }

Expr* Inference::read_local(std::uint32_t local, const Type* type, Span span) {
  Expr* expr = make(Op::local, type, span);
  expr->index = local;
  return expr;
}

Expr* Inference::set_local(std::uint32_t local, Expr* value, Span span) {
  Expr* expr = make(Op::set_local, basic(TypeKind::none), span, {value});
  expr->index = local;
  return expr;
}

Expr* Inference::block_of(const std::vector<Expr*>& kids, Span span) {
  if (kids.empty()) return none_const(span);
  if (kids.size() == 1) return kids[0];
  return make_with(Op::block, kids.back()->type, span, kids);
}

Expr* Inference::native(std::string_view word, const Type* type, Span span, std::initializer_list<Expr*> kids) {
  Expr* expr = make(Op::native, type, span, kids);
  expr->text = checker.arena.copy(word);
  return expr;
}

// a + b of lists and maps: a copy of a, made longer.
Expr* Inference::concat_lists(Expr* a, Expr* b, Span span) {
  std::uint32_t local = 0;
  Expr* keep = copy_to_temp(a, local);
  Expr* extend = native("list.extend", basic(TypeKind::none), span, {read_local(local, a->type, span), b});
  return block_of({keep, extend, read_local(local, a->type, span)}, span);
}

Expr* Inference::merge_maps(Expr* a, Expr* b, Span span) {
  const Type* type = vars.resolve(a->type);
  std::uint32_t local = 0;
  Expr* keep = copy_to_temp(a, local);
  std::uint32_t key = fresh_local(type->args[0]), value = fresh_local(type->args[1]);
  PlaceUse place;
  Var& root = var_store_.emplace_back();
  root.local = local;
  root.type = place.type = type;
  core::Step step{};
  step.kind = core::Step::Kind::map_key;
  step.key = read_local(key, type->args[0], span);
  step.container = type;
  step.part = type->args[1];
  place.root = &root;
  place.steps.push_back(step);
  Expr* set = make(Op::place_set, basic(TypeKind::none), span, {read_local(value, type->args[1], span)});
  set->place = make_place(place);
  Expr* loop = make(Op::for_map, basic(TypeKind::none), span, {b, set});
  loop->index = key;
  loop->integer = value;
  return block_of({keep, loop, read_local(local, type, span)}, span);
}

Expr* Inference::host(std::string_view operation, const Type* type, Span span, const std::vector<Expr*>& kids) {
  Expr* expr = make_with(Op::host, type, span, kids);
  expr->text = checker.arena.copy(operation);
  return expr;
}

Expr* Inference::if_expr(Expr* condition, Expr* then, Expr* otherwise, const Type* type, Span span) {
  return make(Op::if_, type, span, {condition, then, otherwise});
}

std::uint32_t Inference::fresh_local(const Type* type, std::string_view name) {
  core_fn.locals.push_back({checker.arena.copy(name), type});
  return static_cast<std::uint32_t>(core_fn.locals.size() - 1);
}

Expr* Inference::copy_to_temp(Expr* value, std::uint32_t& local) {
  local = fresh_local(value->type);
  return set_local(local, value, value->span);
}

bool Inference::is_int_literal(const Expr* expr) {
  return expr->op == Op::integer && expr->type->kind == TypeKind::int_;
}

void Inference::finish_core(Expr* body) {
  for (Expr* expr : made_) {
    expr->type = vars.runtime(expr->type);
    if (expr->tested) expr->tested = vars.runtime(expr->tested);
  }
  for (core::Step* step : made_steps_) {
    step->container = vars.runtime(step->container);
    step->part = vars.runtime(step->part);
  }
  for (core::Place* place : made_places_) place->type = vars.runtime(place->type);
  for (core::Local& local : core_fn.locals) local.type = vars.runtime(local.type);
  core_fn.body = body;
}

}  // namespace m31::types
