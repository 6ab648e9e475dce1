// Names of a round: scopes, what is assigned where, parameters, captures; and how a body begins and ends.
#include <algorithm>
#include <set>

#include "kernel/base/ensure.h"
#include "kernel/types/inference.h"

namespace m31::types {

Inference::Inference(Checker& checker_, Instance& instance_)
    : checker(checker_), instance(instance_), vars(checker_.vars), context(instance_.context), core_fn(*instance_.core) {
  scopes_.emplace_back();
  local_fns_ = context.local_fns;
  in_ = instance.in_hint;
}

Var* Inference::lookup(std::string_view name) {
  constexpr std::size_t short_scope = 32;
  for (std::size_t i = scopes_.size(); i-- > 0;) {
    Scope& scope = scopes_[i];
    if (scope.vars.size() <= short_scope) {
      for (std::size_t j = scope.vars.size(); j-- > 0;)
        if (scope.vars[j]->name == name) return scope.vars[j];
      continue;
    }
    for (; scope.indexed < scope.vars.size(); ++scope.indexed) scope.by_name[scope.vars[scope.indexed]->name] = scope.vars[scope.indexed];
    if (auto found = scope.by_name.find(name); found != scope.by_name.end()) return found->second;
  }
  return nullptr;
}

Var* Inference::declare(std::string_view name, const Type* type, Span span, Var::Origin origin) {
  Var& var = var_store_.emplace_back();
  var.name = name;
  var.type = type;
  var.local = fresh_local(type, name);
  var.number = var_count_++;
  var.origin = origin;
  var.declared = span;
  scopes_[origin == Var::Origin::plain ? 0 : scopes_.size() - 1].vars.push_back(&var);
  if (origin != Var::Origin::plain) set_assigned(var);
  return &var;
}

Var* Inference::declare_global(std::string_view name, const Type* type, Span span) {
  Var& var = var_store_.emplace_back();
  var.name = name;
  var.type = type;
  var.is_global = true;
  var.number = var_count_++;
  var.declared = span;
  scopes_[0].vars.push_back(&var);
  return &var;
}

std::size_t Inference::push_scope() {
  scopes_.emplace_back();
  return scopes_.size() - 1;
}

void Inference::pop_scope(std::size_t mark) {
  while (scopes_.size() > mark) scopes_.pop_back();
}

bool Inference::is_assigned(const Var& var) const {
  return !flow_.reachable || (var.number < flow_.assigned.size() && flow_.assigned[var.number]);
}

void Inference::set_assigned(const Var& var) {
  if (flow_.assigned.size() <= var.number) flow_.assigned.resize(var.number + 1, 0);
  flow_.assigned[var.number] = 1;
  if (var.number < flow_.moved.size()) flow_.moved[var.number] = 0;
}

Flow Inference::join_flow(const Flow& a, const Flow& b) const {
  if (!a.reachable) return b;
  if (!b.reachable) return a;
  Flow joined;
  joined.assigned.resize(std::min(a.assigned.size(), b.assigned.size()));
  for (std::size_t i = 0; i < joined.assigned.size(); ++i) joined.assigned[i] = a.assigned[i] && b.assigned[i];
  joined.moved.resize(std::max(a.moved.size(), b.moved.size()));
  for (std::size_t i = 0; i < joined.moved.size(); ++i)
    joined.moved[i] = (i < a.moved.size() && a.moved[i]) || (i < b.moved.size() && b.moved[i]);
  for (const auto& [key, type] : a.facts)
    if (auto other = b.facts.find(key); other != b.facts.end()) {
      const Type* members[] = {type, other->second};
      joined.facts[key] = union_of(members);
    }
  return joined;
}

Expr* Inference::read_var(Var& var, Span span) {
  if (vars.resolve(var.type)->kind == TypeKind::never) return poison(span);
  if (!is_assigned(var) && var.origin == Var::Origin::parameter)
    return error(span, "this default reads `" + var.name + "`, which has no value yet", "a default reads the parameters before it only: move `" + var.name + "` before it");
  if (!is_assigned(var))
    return error(span, "`" + var.name + "` may have no value here",
                 "it is set only where a branch or loop was taken: give it a value before");
  if (var.number < flow_.moved.size() && flow_.moved[var.number] && vars.resolve(var.type)->kind == TypeKind::stream)
    return error(span, "the stream `" + var.name + "` was used before, and a stream is used once", "keep what comes from it: `xs = list(" + var.name + ")`");
  if (var.number < flow_.moved.size() && flow_.moved[var.number])
    return error(span, "`" + var.name + "` was handed off by `move` before", "delete that `move`, or give the name a new value",
                 {{var.moved_at, var.name}});
  var.reads.push_back(span.begin);
  if (vars.resolve(var.type)->kind == TypeKind::stream) {
    // It is used up by this.
    if (flow_.moved.size() <= var.number) flow_.moved.resize(var.number + 1, 0);
    flow_.moved[var.number] = 1;
    var.moved_at = span;
  }
  if (var.is_global) {
    Expr* expr = make(Op::global, var.type, span);
    expr->text = checker.arena.copy(std::string_view(var.name));
    instance.globals[var.name] = var.type;
    return expr;
  }
  return read_local(var.local, var.type, span);
}

Expr* Inference::read_global(const std::string& symbol, const Global& global, Span span) {
  const Type* type = known(global.type, span);
  if (type->kind == TypeKind::never) return poison(span);
  Expr* expr = make(Op::global, type, span);
  expr->text = checker.arena.copy(std::string_view(symbol));
  instance.globals[symbol] = type;
  return expr;
}

// ------------------------------------------------------------------------------- bodies

void Inference::begin_params(const std::vector<ParamDef>& params, const std::vector<Capture>& captures) {
  ENSURE(instance.params.size() == params.size() + captures.size(), instance.params.size(), params.size());
  std::vector<std::pair<Var*, const Node*>> patterns;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const ParamDef& param = params[i];
    Var* var = declare(param.name, instance.params[i], param.node->span, Var::Origin::parameter);
    var->is_var_param = param.is_var;
    core_fn.is_var.push_back(param.is_var);
    if (param.pattern) patterns.emplace_back(var, param.pattern);
  }
  for (std::size_t i = 0; i < captures.size(); ++i) {
    const Capture& capture = captures[i];
    Var* var = declare(capture.name, instance.params[params.size() + i], {}, Var::Origin::capture);
    core_fn.is_var.push_back(false);
    // A nested function knows a captured local by its own name; by the hidden one it hands it on to itself.
    std::size_t at = capture.name.find('@');
    if (at == std::string::npos) continue;
    std::string plain = capture.name.substr(0, at);
    if (lookup(plain)) continue;
    Var& alias = var_store_.emplace_back(*var);
    alias.name = plain;
    scopes_.back().vars.push_back(&alias);
  }
  core_fn.parameter_count = static_cast<std::uint32_t>(instance.params.size());
  core_fn.capture_count = 0;
  for (auto& [var, pattern] : patterns) {
    std::uint32_t local = var->local;
    const Type* type = var->type;
    Span span = pattern->span;
    Expr* bound = bind_irrefutable(*pattern, {type, [this, local, type, span] { return read_local(local, type, span); }});
    pattern_binds_.push_back(bound);
  }
}

void Inference::set_result(Expr* body, const Type* declared) {
  const Type* result = declared;
  if (!result && !returns_.empty()) {
    std::vector<Expr*> values{body};
    for (Expr* each : returns_)
      if (!each->kids.empty()) values.push_back(const_cast<Expr*>(each->kids[0]));
    if (settle_functions(values)) {
      body = values[0];
      std::size_t next = 1;
      for (Expr* each : returns_) {
        if (each->kids.empty()) continue;
        std::vector<const Expr*> kids{values[next++]};
        each->kids = checker.arena.copy(kids);
      }
    } else {
      body = poison(body->span);
      returns_.clear();
    }
  }
  if (!result) {
    result = body->type;
    for (Expr* each : returns_)
      if (!each->kids.empty()) result = join(result, each->kids[0]->type);
    result = vars.zonk(result);
  }
  auto convert = [&](Expr* value, Span span) {
    if (result->kind == TypeKind::none && vars.resolve(value->type)->kind != TypeKind::none) {
      if (vars.resolve(value->type)->kind == TypeKind::never) return value;
      return block_of({value, none_const(span)}, span);
    }
    return coerce(value, result, span, "the result");
  };
  // The message stands where the value does.
  Span span = body->span;
  if (body->op == Op::block && !body->kids.empty()) span = body->kids.back()->span;
  body = convert(body, span);
  for (Expr* each : returns_) {
    if (each->kids.empty()) continue;
    std::vector<const Expr*> kids{convert(const_cast<Expr*>(each->kids[0]), each->span)};
    each->kids = checker.arena.copy(kids);
  }
  if (!pattern_binds_.empty()) {
    std::vector<Expr*> all = pattern_binds_;
    all.push_back(body);
    body = block_of(all, body->span);
  }
  check_changes();
  check_boxes();

  // What is sent to PARENT.
  const Type* never = basic(TypeKind::never);
  const Type* out = never;
  for (Expr* send : sends_) out = join(out, send->kids[1]->type);
  for (const Type* type : sent_) out = join(out, type);
  out = vars.zonk(out);
  const Type* wide = instance.forced_out ? instance.forced_out : out;
  for (Expr* send : sends_) {
    Expr* end = const_cast<Expr*>(send->kids[0]);
    end->type = unary_of(TypeKind::sender, vars.runtime(wide));
    std::vector<const Expr*> kids{end, coerce(const_cast<Expr*>(send->kids[1]), wide, send->span)};
    send->kids = checker.arena.copy(kids);
  }

  for (ParentCall& each : parent_calls_) {
    if (each.callee->out->kind == TypeKind::never || each.callee->out == vars.runtime(wide)) continue;
    Instance* other = each.instantiate(vars.runtime(wide));
    if (!other) continue;
    each.call->callee = other->core;
    std::erase(instance.uses, each.callee);
    if (std::find(instance.uses.begin(), instance.uses.end(), other) == instance.uses.end()) instance.uses.push_back(other);
  }

  // Literals whose elements were not known where that was needed: known now?
  bool needed = !unknown_.empty();
  if (needed) {
    bool found = false;
    for (auto& [node, type] : open_literals_) {
      const Type* now = vars.zonk(type);
      if (vars.is_open(now) || instance.literal_hints.count(node)) continue;
      instance.literal_hints[node] = now;
      found = true;
    }
    if (in_ && !instance.in_hint) {
      const Type* now = vars.zonk(in_);
      instance.in_hint = vars.is_open(now) ? basic(TypeKind::any) : now;
      found = true;
    }
    if (found)
      learned = true;
    else
      for (const Unknown& each : unknown_) error(each.span, each.message, each.advice);
  }
  instance.out = vars.runtime(out);
  if (in_) {
    const Type* in = vars.zonk(in_);
    if (vars.is_open(in)) {
      // Received and never looked at: anything may come.
      instance.in_hint = basic(TypeKind::any);
      learned = true;
    } else {
      instance.in = in;
    }
  }
  const Type* final = vars.zonk(result);
  if (vars.is_open(final)) final = vars.runtime(final);
  instance.result = final;
  core_fn.result = vars.runtime(final);
  core_fn.in = vars.runtime(instance.in);
  const Type* carried = instance.forced_out ? instance.forced_out : instance.out;
  core_fn.out = final->kind == TypeKind::none ? carried : vars.runtime(join(carried, final));
  finish_core(body);
}

void Inference::run_fn(const FnDef& def) {
  if (!def.body) return;
  if (def.result) {
    declared_result_ = resolve_type(*def.result, context, context.type_args);
    instance.result = declared_result_;
  }
  begin_params(def.params, def.captures);
  Expr* body = infer_block(*def.body, declared_result_, !declared_result_ || declared_result_->kind != TypeKind::none);
  set_result(body, declared_result_);
  if (!context.module->is_library) check_uses(def);
}

void Inference::run_lambda(const Template& lambda) {
  ++lambda_depth_;
  std::vector<ParamDef> params;
  ParamDef it;
  it.name = "it";
  it.node = lambda.node;
  if (lambda.kind == Template::Kind::field_fn) {
    params.push_back(it);
  } else {
    params = read_params(lambda.node->kids.first(lambda.node->size() - 1));
  }
  begin_params(params, lambda.captures);
  const Node& body = *lambda.node->kids.back();
  set_result(body.is(Kind::block) ? infer_block(body, nullptr, true) : infer(body), nullptr);
}

void Inference::run_made(const std::function<Expr*(Inference&)>& body) {
  core_fn.locals.clear();
  core_fn.is_var.clear();
  for (const Type* type : instance.params) {
    fresh_local(type);
    core_fn.is_var.push_back(false);
  }
  set_result(body(*this), nullptr);
}

// What cells before defined and this one changes the ground of is checked again; what no longer checks is reported, and stays.
void Inference::check_again(const Node& root) {
  bool changed = checker.redefines;
  for (const std::string& name : checker.defined) {
    auto before = checker.globals_before_.find(name);
    if (before == checker.globals_before_.end() || !before->second.type) continue;
    changed |= vars.zonk(before->second.type) != vars.zonk(checker.globals[name].type);
  }
  if (!changed) return;
  std::map<std::string_view, const std::vector<FnDef*>*> sorted;
  for (const auto& [name, defs] : context.module->fns) sorted[name] = &defs;
  for (const auto& [name, defs] : sorted)
    for (const FnDef* def : *defs) {
      if (!def->type_params.empty() || std::find(root.kids.begin(), root.kids.end(), def->node) != root.kids.end()) continue;
      const_cast<FnDef*>(def)->resolved = false;     // a type that it names may be another
      TypeArgs none;
      std::vector<const Type*> params = param_types(*def, none);
      bool typed = std::all_of(params.begin(), params.end(), [](const Type* each) { return each && each->kind != TypeKind::never; });
      if (!typed) continue;
      if (Instance* made = checker.instantiate(*def, params, {}, nullptr, {nullptr, def->context.source, def->node->span}))
        instance.checked_again.push_back(made);
    }
  // Generic ones, as they were used.
  if (!checker.used_before) return;
  for (const UsedInstance& each : *checker.used_before) {
    Module& module = *each.def->context.module;
    const auto current = module.fns.find(each.def->name);
    if (&module != context.module && checker.library.find(module.name) != &module) continue;      // of a module as it was
    if (current == module.fns.end() || std::find(current->second.begin(), current->second.end(), each.def) == current->second.end()) continue;
    std::vector<const Type*> params;
    for (const Type* type : each.params) params.push_back(checker.as_now(type));
    TypeArgs type_args;
    for (const auto& [name, type] : each.type_args) type_args.emplace_back(name, checker.as_now(type));
    Instance* made = checker.instantiate(*each.def, params, type_args, nullptr, {nullptr, each.def->context.source, each.def->node->span});
    if (made && std::find(instance.checked_again.begin(), instance.checked_again.end(), made) == instance.checked_again.end())
      instance.checked_again.push_back(made);
  }
}

// `xs = []` in a cell before: what it holds is told by this one. As it is still empty, it is made again, with the type.
std::vector<Expr*> Inference::empty_globals(const Node& root) {
  std::set<std::string_view> mentioned, assigned;
  std::function<void(const Node&)> look = [&](const Node& node) {
    if (node.is(Kind::name)) mentioned.insert(node.text);
    if ((node.is(Kind::assign) && node.text == "=") || node.is(Kind::typed_assign)) assigned.insert(node[0].text);
    if (node.is(Kind::multi_assign))
      for (const Node* target : node.kids) assigned.insert(target->text);
    for (const Node* kid : node.kids) look(*kid);
  };
  look(root);
  std::vector<Expr*> parts;
  for (auto& [name, global] : checker.globals) {
    const Type* type = global.type ? vars.resolve(global.type) : nullptr;
    if (!type || (type->kind != TypeKind::list && type->kind != TypeKind::map) || vars.resolve(type->args[0])->kind != TypeKind::never) continue;
    if (!mentioned.count(name) || assigned.count(name)) continue;
    const Node*& node = checker.empty_globals[name];
    if (!node) node = checker.arena.make<Node>();
    auto hint = instance.literal_hints.find(node);
    type = hint != instance.literal_hints.end() ? hint->second
           : type->kind == TypeKind::list       ? list_of(vars.fresh())
                                                : map_of(vars.fresh(), vars.fresh());
    open_literals_.emplace_back(node, type);
    Var* var = declare_global(name, type, {});
    set_assigned(*var);
    global.type = type;
    checker.note_defined(name);
    instance.globals[name] = type;
    Expr* made = make(Op::set_global, basic(TypeKind::none), root.span, {make(type->kind == TypeKind::list ? Op::make_list : Op::make_map, type, root.span)});
    made->text = checker.arena.copy(std::string_view(name));
    parts.push_back(made);
  }
  return parts;
}

void Inference::run_cell(const Node& root) {
  is_cell_ = true;
  checker.begin_cell_round();
  core_fn.parameter_count = core_fn.capture_count = 0;
  std::vector<Expr*> parts = empty_globals(root);
  parts.push_back(infer_block(root, nullptr, true));
  Expr* body = block_of(parts, parts.back()->span);
  for (const Node* statement : root.kids)
    if (statement->is(Kind::type_decl)) check_type_decl(*statement);
    else if (statement->is(Kind::fn)) check_params(*statement);
  // Functions whose parameters all have types are checked even when nothing calls them.
  for (const Node* statement : root.kids) {
    if (!statement->is(Kind::fn)) continue;
    for (FnDef* def : context.module->fns[statement->text]) {
      if (def->node != statement) continue;
      check_if_typed(*def, *statement);
    }
  }
  for (Module* module : checker.new_modules) check_module(*module);
  check_again(root);
  const Type* type = vars.resolve(body->type);
  if (is_template(type)) {
    const Template& shown = *template_of(type);
    std::string text = shown.name.empty() ? "<fn>" : "<fn " + shown.name + ">";
    body = block_of({body, string_const(text, body->span)}, body->span);
  } else if (type->kind == TypeKind::list && vars.resolve(type->args[0])->kind == TypeKind::none) {
    body = block_of({body, none_const(body->span)}, body->span);
  } else if (Module* module = type->kind == TypeKind::named ? module_of(type) : nullptr; module && module->is_library) {
    body = display(body, body->span);
  } else if (type->kind == TypeKind::stream) {
    // A stream of text is shown as it comes, for it may be larger than any memory; the columns of records need all of them.
    std::vector<Arg> args(1);
    args[0].value = body;
    args[0].span = body->span;
    const bool is_text = vars.resolve(type->args[0])->kind == TypeKind::string;
    body = call_overloads(functions_named(is_text ? "printLines" : "list", context, nullptr, args), args, root, body->span);
  }
  set_result(body, nullptr);
}

}  // namespace m31::types
