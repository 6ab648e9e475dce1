// The call of the function that was chosen: arguments, defaults, places of var parameters, the instance; one call for each member of a union.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

Expr* Inference::call_match(const Match& match, std::vector<Arg>& args, const Node& node, Span name_span) {
  const FnDef& def = *match.def;
  TypeArgs type_args;
  std::vector<const Type*> types = param_types(def, type_args);
  if (!type_args.empty() && std::any_of(args.begin(), args.end(), [&](const Arg& arg) { return vars.resolve(arg.value->type)->kind == TypeKind::any; }))
    bind_dynamic(match, args, types);
  // Arguments are evaluated as they stand in the text, also where their names bring them into another order.
  std::vector<Expr*> before, after;
  bool in_order = true;
  for (std::size_t i = 0, last = 0; i < match.arg_of_param.size(); ++i) {
    if (match.arg_of_param[i] < 0) continue;
    auto at = static_cast<std::size_t>(match.arg_of_param[i]);
    in_order &= at >= last;
    last = at;
  }
  if (std::any_of(args.begin(), args.end(), [](const Arg& arg) { return !arg.name.empty(); })) {
    instance.named_calls += "(";
    for (int at : match.arg_of_param) instance.named_calls += std::to_string(at) + ",";
  }
  if (!in_order)
    for (std::size_t i = 0; i < args.size(); ++i) {
      bool changed = false;
      for (std::size_t p = 0; p < def.params.size(); ++p) changed |= def.params[p].is_var && match.arg_of_param[p] == static_cast<int>(i);
      Expr*& value = args[i].value;
      if (changed || is_int_literal(value) || is_template(vars.resolve(value->type))) continue;
      std::uint32_t local = 0;
      before.push_back(copy_to_temp(value, local));
      value = read_local(local, value->type, value->span);
    }
  // Values first, functions after them: what a function takes is known from the others.
  std::vector<Expr*> values(def.params.size(), nullptr);
  for (int pass = 0; pass < 2; ++pass)
    for (std::size_t i = 0; i < def.params.size(); ++i) {
      int at = match.arg_of_param[i];
      if (at < 0) continue;
      Arg& arg = args[static_cast<std::size_t>(at)];
      bool is_function = is_template(vars.resolve(arg.value->type));
      if (is_function != (pass == 1)) continue;
      values[i] = types[i] ? coerce(arg.value, types[i], arg.span.end ? arg.span : arg.value->span,
                                    "argument `" + std::string(def.params[i].name) + "`")
                           : arg.value;
    }
  fill_defaults(def, types, values, before, node);
  // A parameter marked var changes the place that is given.
  std::vector<std::pair<PlaceUse, std::uint32_t>> holes;
  for (std::size_t i = 0; i < def.params.size(); ++i) {
    if (!def.params[i].is_var) continue;
    int at = match.arg_of_param[i];
    if (at < 0) continue;
    Arg& arg = args[static_cast<std::size_t>(at)];
    std::optional<PlaceUse> place;
    if (arg.node) place = place_of(*arg.node, true);
    const Type* held = place ? vars.resolve(place->type) : nullptr;
    if (held && held->kind == TypeKind::union_ && vars.resolve(arg.value->type) != held) {
      // What is known of the place is narrower than what it holds: changed beside it, and put back.
      std::uint32_t local = 0;
      before.push_back(copy_to_temp(arg.value, local));
      values[i] = read_local(local, arg.value->type, arg.span);
      Expr* changed = coerce(read_local(local, arg.value->type, arg.span), held, arg.span);
      if (place->steps.empty() && !place->root->is_global) {
        after.push_back(set_local(place->root->local, changed, arg.span));
      } else if (place->steps.empty()) {
        after.push_back(make(Op::set_global, basic(TypeKind::none), arg.span, {changed}));
        after.back()->text = checker.arena.copy(std::string_view(place->root->name));
      } else {
        after.push_back(make(Op::place_set, basic(TypeKind::none), arg.span, {changed}));
        after.back()->place = make_place(*place);
      }
      continue;
    }
    if (place && arg.node) forget_changed(*arg.node);
    if (!place) {
      if (arg.node && arg.node->is(Kind::name)) return poison(node.span);
      return error(arg.span.end ? arg.span : node.span,
                   "`" + std::string(def.name) + "` changes its argument, and nobody would see this change",
                   "give the value a name: `x = ..`, then `x." + std::string(def.name) + "(..)`");
    }
    if (place->steps.empty() && !place->root->is_global) {
      values[i] = read_local(place->root->local, place->root->type, arg.span);
    } else {
      std::uint32_t hole = fresh_local(place->type);
      values[i] = read_local(hole, place->type, arg.span);
      holes.emplace_back(*place, hole);
    }
  }
  Expr* call = emit_call(def, values, type_args, node, name_span);
  for (auto at = holes.rbegin(); at != holes.rend(); ++at) {
    Expr* modify = make(Op::place_modify, call->type, node.span, {call});
    modify->place = make_place(at->first);
    modify->index = at->second;
    call = modify;
  }
  if (before.empty()) return call;
  before.push_back(call);
  if (vars.resolve(call->type)->kind == TypeKind::none || vars.resolve(call->type)->kind == TypeKind::never) {
    before.insert(before.end(), after.begin(), after.end());
    before.push_back(none_const(node.span));
    return block_of(before, node.span);
  }
  std::uint32_t result = 0;
  before.back() = copy_to_temp(call, result);
  before.insert(before.end(), after.begin(), after.end());
  before.push_back(read_local(result, call->type, node.span));
  return block_of(before, node.span);
}

Expr* Inference::emit_call(const FnDef& def, const std::vector<Expr*>& values, const TypeArgs& type_args, const Node& node,
                           Span name_span) {
  const Type* result = nullptr;
  if (def.result) {
    TypeArgs all = def.context.type_args;
    all.insert(all.end(), type_args.begin(), type_args.end());
    Context before = context;
    context = def.context;
    result = resolve_type(*def.result, def.context, all);
    context = before;
  }
  if (def.uses && def.context.module->is_library)
    for (const Node* field : def.uses->kids) {
      std::string_view effect = field->text;
      if (effect == "chan" || effect == "any") instance.effects.insert(std::string(effect));
      else if (!use_capability(effect, name_span)) return poison(node.span);
    }
  if (!def.native.empty()) {
    Expr* call = make_with(Op::native, result ? result : basic(TypeKind::none), node.span, values);
    call->text = def.native;
    if (def.native == "display" || (def.native == "show" && is_template(vars.resolve(values[0]->type)))) return display(values[0], node.span);
    if (def.native.starts_with("prim.")) {
      call->op = Op::prim;
      call->index = static_cast<std::uint32_t>(core::prim_named(std::string_view(def.native).substr(5)));
      call->text = {};
      return call;
    }
    if (def.native == "data.read") return read_data(values[0], call->type, node.span);
    return fuse(call);
  }
  if (!def.host.empty()) {
    Expr* call = make_with(Op::host, result ? result : basic(TypeKind::none), node.span, values);
    call->text = def.host;
    call->integer = call_statement_ == &node;
    return call;
  }
  TypeArgs settled;
  std::vector<const Type*> params;
  bool open = false;
  for (const auto& [name, type] : type_args) {
    settled.emplace_back(name, vars.zonk(type));
    open |= vars.is_open(type);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    params.push_back(vars.zonk(values[i]->type));
    if (!vars.is_open(params.back())) continue;
    open = true;
    unknown_.push_back({values[i]->span, "the element type of this value is not known yet, and `" + std::string(def.name) + "` needs it",
                        "write it where the value is made: `x: List[Int] = []`"});
  }
  if (open) {
    if (std::none_of(params.begin(), params.end(), [&](const Type* type) { return vars.is_open(type); }))
      unknown_.push_back({node.span, "a type parameter of `" + std::string(def.name) + "` is not known here", "give the result a type: `x: T = ..`"});
    return result && !vars.is_open(result) ? make(Op::none, result, node.span) : poison(node.span);
  }
  std::vector<Expr*> all = values;
  for (const Capture& capture : def.captures) {
    Var* var = lookup(capture.name);
    if (!var) return error(name_span, "`" + std::string(def.name) + "` cannot be called here: it takes a local of its function with it");
    all.push_back(read_var(*var, node.span));
    params.push_back(capture.type);
  }
  Instance* callee = checker.instantiate(def, params, settled, nullptr, {&instance, context.source, name_span});
  if (!callee) {
    std::string chain;
    std::vector<std::string> deep = checker.too_deep;
    auto name_in = [](const std::string& shown) { return shown.substr(0, shown.find('(')); };
    std::size_t begin = 0;                 // where the repetition begins
    while (begin < deep.size() && name_in(deep[begin]) != name_in(deep.back())) ++begin;
    for (std::size_t i = begin; i < deep.size() && i < begin + 4; ++i) chain += (chain.empty() ? "" : " calls ") + deep[i];
    chain += " calls ..";
    std::string first = deep.empty() ? "" : deep.back().substr(0, deep.back().find('('));
    bool itself = deep.size() < 2 || first == deep[deep.size() - 2].substr(0, deep[deep.size() - 2].find('(')) || first == def.name;
    if (!itself) return error(name_span, "calls of functions without types nest more than " + std::to_string(deep.size()) + " deep here", "the chain: " + chain);
    return error(name_span, "`" + std::string(def.name) + "` calls itself with ever new types: its instances nest without end",
                 "the chain: " + chain);
  }
  use_parent_of(callee, name_span);
  Expr* call = call_instance(callee, all, node.span);
  if (callee->uses_parent)
    parent_calls_.push_back({call, callee, [this, &def, params, settled, name_span](const Type* out) {
                               return checker.instantiate(def, params, settled, out, {&instance, context.source, name_span});
                             }});
  if (result && !def.context.module->is_library) call->type = result;
  else if (result) call->type = vars.zonk(result);
  return call;
}

Expr* Inference::call_instance(Instance* callee, const std::vector<Expr*>& args, Span span) {
  // The elements of what a function that is still being checked gives may not be known yet.
  const Type* result = callee->state == Instance::State::done ? callee->result : vars.with_unknowns(callee->result);
  Expr* call = make_with(Op::call, result, span, args);
  call->callee = callee->core;
  return call;
}

// A union argument: one call for each of its members.
Expr* Inference::call_per_member(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span) {
  std::size_t which = 0;
  while (vars.resolve(args[which].value->type)->kind != TypeKind::union_) ++which;
  const Type* type = vars.resolve(args[which].value->type);
  // Every argument is evaluated once, before the choice.
  std::vector<Expr*> before;
  std::vector<std::uint32_t> locals(args.size());
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (is_int_literal(args[i].value) || is_template(vars.resolve(args[i].value->type))) continue;
    before.push_back(copy_to_temp(args[i].value, locals[i]));
  }
  std::vector<Expr*> calls, tests;
  std::vector<std::string> missing;
  std::size_t errors = instance.diagnostics.size();
  for (const Type* member : type->args) {
    std::vector<Arg> mine = args;
    for (std::size_t i = 0; i < args.size(); ++i) {
      mine[i].span = args[i].span.end ? args[i].span : args[i].value->span;
      if (is_int_literal(args[i].value) || is_template(vars.resolve(args[i].value->type))) continue;
      mine[i].value = read_local(locals[i], args[i].value->type, mine[i].span);
      if (mine[i].node && !mine[i].node->is(Kind::name)) mine[i].node = nullptr;
    }
    Access whole{type, [=, this] { return read_local(locals[which], type, node.span); }};
    Access part;
    tests.push_back(narrowed(whole, member, part, node.span));
    mine[which].value = part.make();
    mine[which].node = nullptr;
    calls.push_back(call_overloads(callable, mine, node, name_span));
    if (instance.diagnostics.size() == errors) continue;
    instance.diagnostics.resize(errors);
    missing.push_back(show(member));
  }
  if (!missing.empty()) {
    std::string all, there;
    for (std::size_t i = 0; i < missing.size(); ++i) all += std::string(i == 0 ? "" : i + 1 == missing.size() ? " and " : ", ") + "`" + missing[i] + "`";
    std::size_t shown = 0;
    for (const auto& level : callable.levels)
      for (const FnDef* def : level)
        if (++shown <= 4) there += (shown > 1 ? ", " : "") + describe(*def);
    if (shown > 4) there += ", ..";
    bool none_only = missing.size() == 1 && missing[0] == "None";
    return error(name_span, "`" + std::string(callable.name) + "` does not take " + all + ", and the argument is " + show(type) + ": every one of its types needs a function",
                 none_only ? "go on only where it is not None: `?.`, or `if x != None:`" : "say what happens for each with `match`; there is " + there);
  }
  const Type* result = join_all(calls, node.span);
  Expr* chain = calls.back();
  for (std::size_t i = calls.size() - 1; i-- > 0;) chain = if_expr(tests[i], calls[i], chain, result, node.span);
  before.push_back(chain);
  return block_of(before, node.span);
}

}  // namespace m31::types
