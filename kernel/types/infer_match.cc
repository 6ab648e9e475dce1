// match; patterns that always fit.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

Expr* Inference::bind_irrefutable(const Node& pattern, const Access& subject) {
  const Type* type = vars.resolve(subject.type);
  if (pattern.is(Kind::pat_bind) && !pattern[0]) {
    if (pattern.text == "_") return none_const(pattern.span);
    Var* var = declare(pattern.text, type, pattern.span, Var::Origin::loop);
    if (type->kind == TypeKind::never) return none_const(pattern.span);
    return set_local(var->local, subject.make(), pattern.span);
  }
  // Parts are read from a local.
  std::vector<Expr*> binds;
  std::size_t errors = instance.diagnostics.size();
  Expr* test = pattern_test(pattern, subject, binds);
  if (test && instance.diagnostics.size() == errors && type->kind != TypeKind::never) {
    if (type->kind == TypeKind::any && pattern.is(Kind::pat_bind)) {
      Expr* failed = make(Op::cast, resolve_type(pattern[0], context, context.type_args), pattern.span, {subject.make()});
      binds.insert(binds.begin(), failed);
    } else if (type->kind == TypeKind::any && pattern.is(Kind::pat_tuple)) {
      binds.insert(binds.begin(), make(Op::cast, tuple_of(std::vector<const Type*>(pattern.size(), type)), pattern.span, {subject.make()}));
    } else {
      error(pattern.span, "this pattern may not fit a value of type " + show(type), "take it apart with `match`");
    }
  }
  binds.push_back(none_const(pattern.span));
  return block_of(binds, pattern.span);
}

Expr* Inference::infer_match(const Node& node, const Type* expected, bool wanted) {
  Expr* value = infer(node[0]);
  const Type* type = known(value->type, node[0].span);
  std::uint32_t local = 0;
  Expr* keep = type->kind == TypeKind::never ? value : copy_to_temp(value, local);
  Span at = node[0].span;
  std::optional<Path> matched = path_of(node[0]);
  std::vector<const Type*> remaining;
  if (type->kind == TypeKind::union_) remaining.assign(type->args.begin(), type->args.end());
  struct Arm {
    Expr* test;
    Expr* body;
  };
  std::vector<Arm> arms;
  bool takes_all = false;
  Flow before = flow_;
  Flow after;
  after.reachable = false;
  std::size_t errors = instance.diagnostics.size();
  const Type* boolean = basic(TypeKind::boolean);
  for (std::size_t i = 1; i < node.size(); ++i) {
    const Node& arm = node[i];
    flow_ = before;
    std::size_t scope = push_scope();
    std::vector<Expr*> binds;
    Access subject{type, [this, local, type, at] { return type->kind == TypeKind::never ? poison(at) : read_local(local, type, at); }};
    const Node& pattern = arm[0];
    // A name alone takes what the arms before it left.
    if (type->kind == TypeKind::union_ && pattern.is(Kind::pat_bind) && !pattern[0] && remaining.size() < type->args.size() && !remaining.empty()) {
      Access whole = subject;
      Access part;
      narrowed(whole, union_of(remaining), part, pattern.span);
      subject = part;
    }
    if (takes_all) {
      warn(pattern.span, "this arm is never reached: one before it takes all", "delete it, or move it before that one");
      takes_all = false;
    }
    std::size_t wrong = instance.diagnostics.size();
    Expr* test = pattern_test(pattern, subject, binds);
    takes_all |= !test && instance.diagnostics.size() == wrong && !arm[1] && type->kind != TypeKind::never;
    bool guarded = static_cast<bool>(arm[1]);
    // The name that is matched is what the arm says.
    if (matched && type->kind == TypeKind::union_) {
      const Type* told = nullptr;
      if (pattern.is(Kind::pat_lit) && pattern[0].is(Kind::none_lit)) told = basic(TypeKind::none);
      else if (pattern.is(Kind::pat_bind) && pattern[0]) told = resolve_type(pattern[0], context, context.type_args);
      else if ((pattern.is(Kind::pat_wild) || pattern.is(Kind::pat_bind)) && !remaining.empty()) told = union_of(remaining);
      if (told) learn(*matched, told);
    }
    if (guarded) {
      Expr* guard = condition(arm[1]);
      assume(arm[1], true);
      binds.push_back(guard);
      Expr* with = block_of(binds, arm.span);
      binds.clear();
      test = test ? if_expr(test, with, bool_const(false, arm.span), boolean, arm.span) : with;
    } else if (type->kind == TypeKind::union_) {
      auto cover = [&](const Node& each, auto& self) -> void {
        const Type* covered = nullptr;
        if (each.is(Kind::pat_lit) && each[0].is(Kind::none_lit)) covered = basic(TypeKind::none);
        if (each.is(Kind::pat_bind) && each[0]) covered = resolve_type(each[0], context, context.type_args);
        if (each.is(Kind::pat_or))
          for (const Node* one : each.kids) self(*one, self);
        if (covered) std::erase_if(remaining, [&](const Type* member) { return is_subset(member, covered); });
      };
      cover(pattern, cover);
    }
    Expr* body = infer(arm[2], expected, wanted);
    after = join_flow(after, flow_);
    binds.push_back(body);
    arms.push_back({test, block_of(binds, arm.span)});
    pop_scope(scope);
  }
  flow_ = after;
  if (arms.empty()) return error(node.span, "a `match` without arms");
  if (type->kind != TypeKind::never && instance.diagnostics.size() == errors) check_exhaustive(node, type);
  const Type* result = basic(TypeKind::none);
  if (wanted) {
    std::vector<Expr*> values;
    for (Arm& arm : arms) values.push_back(arm.body);
    bool fits = expected && expected->kind != TypeKind::any;
    for (Expr* each : values) fits = fits && converts(each, expected);
    bool all_never = true;
    for (Expr* each : values) all_never &= vars.resolve(each->type)->kind == TypeKind::never;
    if (fits && !all_never) {
      for (Expr*& each : values) each = coerce(each, expected, each->span);
      result = expected;
    } else {
      result = join_all(values, node.span);
    }
    for (std::size_t i = 0; i < arms.size(); ++i) arms[i].body = values[i];
  } else {
    bool all_never = true;
    for (Arm& arm : arms) all_never &= vars.resolve(arm.body->type)->kind == TypeKind::never;
    if (all_never) result = basic(TypeKind::never);
  }
  if (type->kind == TypeKind::never) return poison(node.span);
  // What no arm takes was shown not to be; the last arm needs no test then. A guarded last arm has one that fails.
  Expr* chain = nullptr;
  for (std::size_t i = arms.size(); i-- > 0;) {
    if (!chain) {
      bool guarded = static_cast<bool>(node[i + 1][1]);
      if (!guarded || !arms[i].test) {
        chain = arms[i].body;
        continue;
      }
      chain = none_const(node.span);
      chain->type = result->kind == TypeKind::none ? result : basic(TypeKind::never);
    }
    if (arms[i].test) chain = if_expr(arms[i].test, arms[i].body, chain, result, node.span);
    else chain = arms[i].body;
  }
  return block_of({keep, chain}, node.span);
}

}  // namespace m31::types
