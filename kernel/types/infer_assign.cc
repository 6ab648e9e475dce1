// Assignments to names.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

// Constants only: what an addSpace can be read from when the program is checked.
bool is_constant(const Node& node) {
  switch (node.kind) {
    case Kind::record:
    case Kind::record_field:
    case Kind::tuple:
    case Kind::list: return std::all_of(node.kids.begin(), node.kids.end(), [](const Node* kid) { return is_constant(*kid); });
    case Kind::int_lit:
    case Kind::float_lit:
    case Kind::string_lit:
    case Kind::bool_lit:
    case Kind::none_lit:
    case Kind::name:
    case Kind::index:
    case Kind::optional:
    case Kind::member: return true;
    default: return false;
  }
}

}  // namespace

Expr* Inference::assign_name(std::string_view name, Span span, Expr* value, const Node* value_node, const Type* declared) {
  if (name == "_") return value;
  if (is_capability(name) && is_cell_) {
    if (name == "print" || name == "stdin" || name == "fs" || name == "sys" || name == "http")
      return error(span, "`" + std::string(name) + "` is a capability: it cannot be assigned", "take another name");
  }
  const Type* type = vars.resolve(declared ? declared : value->type);
  Var* var = lookup(name);
  bool is_new = !var;
  auto hint = instance.name_hints.find(std::string(name));
  if (!var) {
    if (hint != instance.name_hints.end() && !declared) type = hint->second;
    var = is_cell_ && lambda_depth_ == 0 ? declare_global(name, type, span) : declare(name, type, span, Var::Origin::plain);
    var->is_annotated = declared != nullptr;
  } else if (declared && !var->is_global) {
    if (vars.resolve(var->type)->kind != TypeKind::never && !vars.unify(var->type, declared))
      return error(span, "`" + std::string(name) + "` has a type already: " + show(var->type), "take another name");
  } else if (declared) {
    // A top-level name takes another type only in another cell.
    if (vars.resolve(var->type)->kind != TypeKind::never && !vars.unify(var->type, declared))
      return error(span, "`" + std::string(name) + "` has a type already: " + show(var->type), "take another name");
  }
  const Type* of_var = vars.resolve(var->type);
  const Type* of_value = vars.resolve(value->type);
  if (of_var->kind == TypeKind::never && of_value->kind != TypeKind::never) {
    var->type = of_var = of_value;
    if (!var->is_global) core_fn.locals[var->local].type = of_var;
  }
  if (of_value->kind == TypeKind::never) {
    set_assigned(*var);
    if (var->is_global && !checker.globals.count(name)) checker.globals[std::string(name)] = {var->type, nullptr, nullptr};
    return value->op == Op::none ? poison(span) : value;
  }
  if (Expr* converted = try_coerce(value, of_var)) {
    value = converted;
  } else if (!var->is_annotated && (of_var->kind == TypeKind::none || (hint != instance.name_hints.end() && of_value->kind != TypeKind::none &&
                                                                       of_var == optional_of(of_value)))) {
    // It began as None.
    instance.name_hints[std::string(name)] = optional_of(vars.zonk(of_value));
    learned = true;
    set_assigned(*var);
    return poison(span);
  } else if (!var->is_annotated && of_value->kind == TypeKind::none && var->origin == Var::Origin::plain) {
    return error(value_node ? value_node->span : span, "`" + std::string(name) + "` is " + show(of_var) + ": it cannot become None",
                 "say so where it is made: `" + std::string(name) + ": " + show(optional_of(vars.zonk(of_var))) + " = ..`",
                 {{{var->declared.end, var->declared.end}, ": " + show(optional_of(vars.zonk(of_var)))}});
  } else {
    std::string what = "`" + std::string(name) + "`";
    std::size_t errors = instance.diagnostics.size();
    coerce(value, of_var, value_node ? value_node->span : span, what);
    if (instance.diagnostics.size() > errors && !var->is_annotated && var->origin == Var::Origin::plain) {
      syntax::Diagnostic& made = instance.diagnostics.back();
      if (made.advice.empty())
        made.advice = "it was " + show(of_var) + " before: take another name, or say `" + std::string(name) + ": " + show(of_var) + " | " +
                      show(of_value) + " = ..` where it is made";
      made.notes.push_back({context.source, var->declared, "here it became " + show(of_var)});
    }
    return poison(span);
  }
  set_assigned(*var);
  forget(key_of(*var));
  if (!is_new && !declared && of_value->kind != TypeKind::none && of_var->kind == TypeKind::union_ && !is_subset(basic(TypeKind::none), of_value))
    learn({key_of(*var), of_var}, of_value);
  if (!var->is_global) return set_local(var->local, value, span);
  Global& global = checker.globals[std::string(name)];
  global.type = var->type;
  global.constant = value_node && is_constant(*value_node) ? value_node : nullptr;
  global.source = context.source;
  checker.note_defined(name);
  Expr* set = make(Op::set_global, basic(TypeKind::none), span, {value});
  set->text = checker.arena.copy(name);
  return set;
}

Expr* Inference::infer_assign(const Node& node) {
  const Node& target = node[0];
  std::string_view op = node.text.empty() ? std::string_view("=") : node.text;
  if (!target.is(Kind::name)) return assign_place(target, op, node[1]);
  if (op == "=") {
    Var* var = lookup(target.text);
    const Type* expected = var ? vars.resolve(var->type) : nullptr;
    auto hint = instance.name_hints.find(std::string(target.text));
    if (!var && hint != instance.name_hints.end()) expected = hint->second;
    if (expected && (expected->kind == TypeKind::never || expected->kind == TypeKind::none || is_variable(expected))) expected = nullptr;
    Expr* value = infer(node[1], expected);
    if (var && var->origin != Var::Origin::plain) note_change(*var, node.span, target.span.begin);
    return assign_name(target.text, target.span, value, &node[1], nullptr);
  }
  // x += e
  op.remove_suffix(1);
  Var* var = lookup(target.text);
  if (!var && is_cell_) {
    auto global = checker.globals.find(target.text);
    if (global != checker.globals.end()) {
      var = declare_global(target.text, global->second.type, target.span);
      set_assigned(*var);
    }
  }
  if (!var) {
    infer(node[1]);
    if (checker.globals.count(target.text))
      return error(target.span, "`" + std::string(target.text) + "` is a top-level name: a function reads it only",
                   "return the new value, and assign it at top level");
    return unknown_name(target.text, target.span, "the name", names_in_scope());
  }
  note_change(*var, node.span, target.span.begin);
  Expr* before = read_known(*var, target.span);
  Expr* value = infer(node[1], nullptr);
  const Type* type = vars.resolve(before->type);
  if (op == "+" && type->kind == TypeKind::list && !var->is_global && vars.resolve(value->type)->kind == TypeKind::list)
    return native("list.extend", basic(TypeKind::none), node.span, {before, coerce(value, type, node[1].span)});
  Expr* after = binary(op, before, value, node, node.span);
  if (vars.resolve(after->type)->kind == TypeKind::never) return after;
  Var::Origin origin = var->origin;
  Expr* set = assign_name(target.text, target.span, after, &node, nullptr);
  (void)origin;
  return set;
}

Expr* Inference::infer_typed_assign(const Node& node) {
  const Type* declared = resolve_type(node[1], context, context.type_args);
  Expr* value = infer(node[2], declared);
  if (declared->kind == TypeKind::never) return poison(node.span);
  if (vars.resolve(value->type)->kind != TypeKind::never) {
    std::size_t errors = instance.diagnostics.size();
    value = as_declared(value, declared, node[2].span);
    if (instance.diagnostics.size() > errors) value = poison(node.span);
  }
  return assign_name(node[0].text, node[0].span, value, &node[2], declared);
}

// `x: T = e` makes what holds an Any typed, with a check when it runs, also a list of them.
Expr* Inference::as_declared(Expr* value, const Type* declared, Span span) {
  const Type* from = vars.zonk(value->type);
  const bool inside = from->kind != TypeKind::any && !is_template(from) && !vars.is_open(from) && from != declared && holds_any(from) && may_be(from, declared);
  if (!inside || converts(value, declared)) return coerce(value, declared, span);
  return make(Op::cast, declared, span, {coerce(value, basic(TypeKind::any), span)});
}

Expr* Inference::infer_multi_assign(const Node& node) {
  const Node& value_node = *node.kids.back();
  std::size_t count = node.size() - 1;
  // a, b = b, a: both values first.
  Expr* value = infer(value_node);
  const Type* type = known(value->type, value_node.span);
  std::vector<Expr*> parts;
  if (type->kind == TypeKind::any) {
    type = tuple_of(std::vector<const Type*>(count, type));
    value = coerce(value, type, value_node.span);
  }
  if (type->kind != TypeKind::never && type->kind != TypeKind::tuple) {
    if (type->kind == TypeKind::list)
      error(value_node.span, "expected a tuple of " + std::to_string(count) + ", found " + show(type), "take its elements: `x = xs[0]`, or `match` it");
    else
      error(value_node.span, "expected a tuple of " + std::to_string(count) + ", found " + show(type), "assign to one name: `x = ..`");
    type = basic(TypeKind::never);
  } else if (type->kind == TypeKind::tuple && type->args.size() != count) {
    error(node.span, std::to_string(count) + " names, and a tuple of " + std::to_string(type->args.size()) + ": " + show(type), "name each part, with `_` for those that do not matter");
    type = basic(TypeKind::never);
  }
  std::uint32_t local = 0;
  parts.push_back(type->kind != TypeKind::never ? copy_to_temp(value, local) : value);
  for (std::size_t i = 0; i < count; ++i) {
    const Node& target = node[i];
    Expr* part = nullptr;
    if (type->kind == TypeKind::never) {
      part = poison(target.span);
    } else {
      part = make(Op::field, type->args[i], target.span, {read_local(local, type, target.span)});
      part->index = static_cast<std::uint32_t>(i);
    }
    if (target.is(Kind::name)) {
      parts.push_back(assign_name(target.text, target.span, part, nullptr, nullptr));
      continue;
    }
    std::optional<PlaceUse> place = place_of(target, true);
    if (!place) continue;
    forget_changed(target);
    Expr* set = make(Op::place_set, basic(TypeKind::none), target.span, {coerce(part, place->type, target.span)});
    set->place = make_place(*place);
    parts.push_back(set);
  }
  parts.push_back(none_const(node.span));
  return block_of(parts, node.span);
}

}  // namespace m31::types
