// Places: a variable followed by fields and indices, and what changes them.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

// Null with a message when it cannot be changed; null without one when it is no place at all.
std::optional<PlaceUse> Inference::place_of(const Node& node, bool for_change) {
  if (node.is(Kind::expr_stmt) && node.size() == 1) return place_of(node[0], for_change);
  if (node.is(Kind::block) && node.size() == 1) return place_of(node[0], for_change);
  if (node.is(Kind::name)) {
    Var* var = lookup(node.text);
    if (!var && is_cell_ && lambda_depth_ == 0) {
      auto global = checker.globals.find(node.text);
      if (global != checker.globals.end()) {
        var = declare_global(node.text, global->second.type, node.span);
        set_assigned(*var);
      }
    }
    if (!var) {
      if (checker.globals.count(node.text))
        error(node.span, "`" + std::string(node.text) + "` is a top-level name: a function reads it only, and nobody would see this change",
              "take it as a parameter marked `var`, or return the new value");
      else
        unknown_name(node.text, node.span, "the name", names_in_scope());
      return std::nullopt;
    }
    if (!is_assigned(*var)) {
      error(node.span, "`" + var->name + "` may have no value here", "give it a value before");
      return std::nullopt;
    }
    if (var->is_global) {
      instance.globals[var->name] = var->type;
      Global& global = checker.globals[var->name];
      global.constant = nullptr;
      if (!global.type) global.type = var->type;
      checker.note_defined(var->name);
    }
    if (for_change && var->origin != Var::Origin::plain && !var->is_var_param) note_change(*var, node.span, node.span.begin);
    PlaceUse place;
    place.root = var;
    place.type = var->type;
    return place;
  }
  if (node.is(Kind::member)) {
    if (qualifier_of(node[0])) return std::nullopt;
    std::optional<PlaceUse> place = place_of(node[0], for_change);
    if (!place) return std::nullopt;
    const Type* type = known(place->type, node[0].span);
    if (type->kind == TypeKind::never) return std::nullopt;
    int index = field_index(type, node.text);
    if (index < 0 || (type->kind == TypeKind::named && type->constructors.empty())) {
      std::size_t errors = instance.diagnostics.size();
      Span name_span{node.span.end - static_cast<std::uint32_t>(node.text.size()), node.span.end};
      if (type->kind == TypeKind::any) error(node.span, "what is inside an Any is not changed in place", "give it a type first: `x: {..} = ..`");
      else member_of(make(Op::none, type, node[0].span), node.text, node, name_span);
      if (instance.diagnostics.size() == errors) error(node.span, "this part cannot be changed");
      return std::nullopt;
    }
    core::Step step;
    step.kind = core::Step::Kind::field;
    step.index = static_cast<std::uint32_t>(index);
    step.container = type;
    step.part = type->kind == TypeKind::named ? type->constructors[0].types[step.index] : type->args[step.index];
    place->steps.push_back(step);
    place->type = step.part;
    return place;
  }
  if (node.is(Kind::index)) {
    std::optional<PlaceUse> place = place_of(node[0], for_change);
    if (!place) return std::nullopt;
    for (std::size_t i = 1; i < node.size(); ++i) {
      const Type* type = known(place->type, node[0].span);
      core::Step step;
      step.container = type;
      if (type->kind == TypeKind::list) {
        step.kind = core::Step::Kind::list_index;
        step.key = infer_as(node[i], basic(TypeKind::int_), "the index");
        step.part = type->args[0];
      } else if (type->kind == TypeKind::map) {
        step.kind = core::Step::Kind::map_key;
        step.key = infer_as(node[i], type->args[0], "the key");
        step.part = type->args[1];
      } else {
        infer(node[i]);
        if (type->kind != TypeKind::never)
          error(node.span, "the parts of a value of type " + show(type) + " are not changed in place",
                type->kind == TypeKind::string   ? "make a new text: `replace(..)`"
                : type->kind == TypeKind::record ? "a record has the fields that it was made with: a map is written `[\"key\": 1]`, an empty one `[:]`"
                                                 : "make a new value, and assign that");
        return std::nullopt;
      }
      if (vars.resolve(step.key->type)->kind == TypeKind::never) return std::nullopt;
      place->steps.push_back(step);
      place->type = step.part;
    }
    return place;
  }
  return std::nullopt;
}

core::Place* Inference::make_place(const PlaceUse& place) {
  core::Place* made = checker.arena.make<core::Place>();
  made->is_global = place.root->is_global;
  made->local = place.root->local;
  if (place.root->is_global) made->symbol = checker.arena.copy(std::string_view(place.root->name));
  made->type = place.root->type;
  std::span<core::Step> steps = checker.arena.copy(place.steps);
  for (core::Step& step : steps) made_steps_.push_back(&step);
  made->steps = steps;
  made_places_.push_back(made);
  return made;
}

Expr* Inference::modify(PlaceUse& place, Span span, const std::function<Expr*(std::uint32_t)>& body) {
  std::uint32_t hole = fresh_local(place.type);
  Expr* change = body(hole);
  Expr* expr = make(Op::place_modify, change->type, span, {change});
  expr->place = make_place(place);
  expr->index = hole;
  return expr;
}

Expr* Inference::assign_place(const Node& target, std::string_view op, const Node& value_node) {
  Span span{target.span.begin, value_node.span.end};
  if (op == "=") {
    // The value first, so that it may read the place.
    const std::size_t errors = instance.diagnostics.size(), mark = evaluated_.size();
    const Type* expected = nullptr;
    std::optional<PlaceUse> place = place_of(target, true);
    const bool leaves = !place && leaving_since(mark) != evaluated_.end();   // an index that never comes
    if (place) expected = vars.resolve(place->type);
    Expr* value = infer(value_node, expected && !is_variable(expected) ? expected : nullptr);
    if (!place) {
      if (instance.diagnostics.size() == errors && !leaves && unknown_.empty() && vars.resolve(value->type)->kind != TypeKind::never)
        error(target.span, "this cannot be assigned to", "a target is a variable, followed by fields and indices");
      return poison(span);
    }
    std::string what;
    if (target.is(Kind::member)) what = "the field `" + std::string(target.text) + "`";
    else what = "an element";
    const Type* given = vars.resolve(value->type);
    value = coerce(value, place->type, value_node.span, what);
    if (std::optional<Path> path = path_of(target)) {
      forget(path->key);
      if (given->kind != TypeKind::none && !is_subset(basic(TypeKind::none), given)) learn(*path, given);
    }
    Expr* set = make(Op::place_set, basic(TypeKind::none), span, {value});
    set->place = make_place(*place);
    return set;
  }
  op.remove_suffix(op.back() == '=' ? 1 : 0);
  std::optional<PlaceUse> place = place_of(target, true);
  Expr* value = infer(value_node);
  if (!place) return poison(span);
  forget_changed(target);
  // The operand is evaluated before the part is taken out.
  std::uint32_t operand = 0;
  const Type* of = vars.resolve(place->type);
  bool literal = is_int_literal(value) || value->op == Op::string || value->op == Op::real;
  Expr* keep = literal ? nullptr : copy_to_temp(value, operand);
  auto read_operand = [&] { return literal ? value : read_local(operand, value->type, value_node.span); };
  if (vars.resolve(value->type)->kind == TypeKind::never) return poison(span);
  Expr* changed = modify(*place, span, [&](std::uint32_t hole) {
    if (op == "+" && of->kind == TypeKind::list && vars.resolve(value->type)->kind == TypeKind::list)
      return native("list.extend", basic(TypeKind::none), span, {read_local(hole, of, span), coerce(read_operand(), of, value_node.span)});
    Node* as_binary = checker.arena.make<Node>();
    as_binary->kind = Kind::binary;
    as_binary->span = span;
    Expr* after = binary(op, read_local(hole, of, target.span), read_operand(), *as_binary, span);
    return set_local(hole, coerce(after, of, value_node.span), span);
  });
  if (!keep) return changed;
  return block_of({keep, changed}, span);
}

void Inference::note_change(Var& var, Span span, std::uint32_t root) {
  if (var.origin == Var::Origin::plain || var.is_var_param) return;
  Var::Change change;
  change.span = span;
  change.root = root;
  for (std::uint32_t begin : loops_)
    if (begin > var.declared.begin || var.origin == Var::Origin::capture || var.origin == Var::Origin::parameter) {
      change.loop = begin;
      break;
    }
  var.changes.push_back(change);
}

// A change that nothing can see: of a loop variable, a parameter or a captured name that is not read again.
void Inference::check_changes() {
  // Code that came in the compact form has no places in a text; it was checked where it was written.
  if ((context.module && context.module->is_library) || !context.source) return;
  for (Var& var : var_store_) {
    if (var.changes.empty()) continue;
    for (const Var::Change& change : var.changes) {
      bool seen = false;
      for (std::uint32_t read : var.reads) {
        bool of_a_change = std::any_of(var.changes.begin(), var.changes.end(), [&](const Var::Change& each) { return each.root == read; });
        if (of_a_change) continue;
        if (read >= change.span.end || (change.loop != UINT32_MAX && read >= change.loop)) seen = true;
      }
      if (seen) continue;
      std::string name = "`" + var.name + "`";
      std::string what = var.origin == Var::Origin::loop        ? "a copy of the element that the loop is at"
                         : var.origin == Var::Origin::parameter ? "this function's own copy"
                         : var.origin == Var::Origin::capture   ? "a copy that the function took with it"
                                                                : "a copy of what was matched";
      std::string advice = var.origin == Var::Origin::parameter ? "mark the parameter: `var " + var.name + "`, or return the new value"
                           : var.origin == Var::Origin::loop    ? "change the list itself: `for i in 0..count(xs): xs[i] = ..`, or make a new one: `[.. for " + var.name + " in xs]`"
                                                                : "return the new value";
      std::vector<syntax::Edit> edits;
      if (var.origin == Var::Origin::parameter && instance.def && !instance.def->is_nested) edits.push_back({{var.declared.begin, var.declared.begin}, "var "});
      error(change.span, "nobody sees this change: " + name + " is " + what, advice, edits);
      break;
    }
  }
}

}  // namespace m31::types
