// Calls in all their forms: f(x), x.f(a), m.f(a), x | f(a), values that can be called.
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

bool Inference::is_callable(const Type* type) {
  type = vars.resolve(type);
  return is_template(type) || type->kind == TypeKind::fn || type->kind == TypeKind::type_value || type->kind == TypeKind::never;
}

Expr* Inference::value_of(Arg& arg, const Type* expected) {
  if (!arg.value) {
    const Node* statement = call_statement_;
    call_statement_ = nullptr;
    arg.value = infer(*arg.node, expected);
    call_statement_ = statement;
  }
  return arg.value;
}

std::vector<Arg> Inference::args_of(const Node& node, std::size_t first) {
  std::vector<Arg> args;
  for (std::size_t i = first; i < node.size(); ++i) {
    Arg arg;
    const Node* each = node.kids[i];
    if (each->is(Kind::named_arg)) {
      arg.name = each->text;
      each = each->kids[0];
    } else if (each->is(Kind::spread)) {
      error(each->span, "`...` does not spread into arguments", "write the arguments out");
      each = each->kids[0];
    }
    arg.node = each;
    arg.span = each->span;
    args.push_back(arg);
  }
  return args;
}

Expr* Inference::infer_call(const Node& node) {
  const Node& callee = node[0];
  std::vector<Arg> args = args_of(node, 1);
  if (callee.is(Kind::name)) return call_name(callee.text, std::move(args), node, callee.span);
  if (const Type* type = type_of_expr(callee)) {
    Expr* value = make(Op::type_const, unary_of(TypeKind::type_value, type), callee.span);
    return apply(value, std::move(args), node, callee.span);
  }
  return apply(infer(callee), std::move(args), node, callee.span);
}

Expr* Inference::call_name(std::string_view name, std::vector<Arg> args, const Node& node, Span name_span) {
  Var* var = lookup(name);
  if (var && is_callable(var->type)) return apply(read_var(*var, name_span), std::move(args), node, name_span);
  auto global = checker.globals.find(name);
  bool is_global = !var && global != checker.globals.end() && !context.module->is_library;
  if (is_global && is_callable(global->second.type))
    return apply(read_global(global->first, global->second, name_span), std::move(args), node, name_span);
  if (name == "print" && context.module->fns.find(name) == context.module->fns.end()) return print(std::move(args), node);
  // Arguments are read once, before the functions of their types are sought.
  Callable callable = functions_named(name, context, nullptr, args);
  bool known_function = !callable.empty();
  ConstructorDef constructor;
  Module* module = nullptr;
  if (!known_function && find_constructor(name, context, constructor, module))
    return apply_constructor(*constructor.type, constructor.index, *module, std::move(args), node, name_span);
  TypeDef* type_def = known_function ? nullptr : find_type(name, context);
  if (type_def && type_def->decl && type_def->decl->is_sum) {
    std::string all;
    for (std::size_t i = 1; i < type_def->node->size(); ++i) all += (i > 1 ? ", " : "") + std::string((*type_def->node)[i].text) + "(..)";
    return error(name_span, "`" + std::string(name) + "` is a type; its values are made by " + all);
  }
  if (!known_function || callable.levels.size() > 0) {
    std::size_t count = 0;
    for (const auto& level : callable.levels) count += level.size();
    if (count != 1)
      for (Arg& arg : args) value_of(arg);
    callable = functions_named(name, context, nullptr, args);
  }
  if (!callable.empty()) return call_overloads(callable, args, node, name_span);
  if (var || is_global) {
    const Type* type = var ? var->type : global->second.type;
    if (vars.resolve(type)->kind == TypeKind::any)
      return error(name_span, "`" + std::string(name) + "` is an Any: what it takes is not known", "write `f: fn(Int) -> Int = " + std::string(name) + "` first");
    return error(name_span, "`" + std::string(name) + "` is " + show(type) + ": it cannot be called");
  }
  syntax::Node* as_name = checker.arena.make<syntax::Node>();
  as_name->kind = Kind::name;
  as_name->text = name;
  as_name->span = name_span;
  if (const Type* type = type_of_expr(*as_name))
    return apply(make(Op::type_const, unary_of(TypeKind::type_value, type), name_span), std::move(args), node, name_span);
  if (is_capability(name) || name == "PARENT")
    return error(name_span, "`" + std::string(name) + "` is no function", "write `" + std::string(name) + ".f(..)`");
  if (Library::has(name) && !Library::is_open(name)) return error(name_span, "`" + std::string(name) + "` is a module", "write `" + std::string(name) + ".f(..)`");
  for (Arg& arg : args) value_of(arg);
  return unknown_name(name, name_span, "the function", names_in_scope());
}

Expr* Inference::call_qualified(const Qualifier& qualifier, std::string_view name, std::vector<Arg> args, const Node& node, Span name_span) {
  if (qualifier.is_parent) return parent_call(name, std::move(args), node, name_span);
  Span of{node.span.begin, name_span.begin > node.span.begin ? name_span.begin - 1 : name_span.begin};
  if (node.is(Kind::method_call)) of = node[0].span;
  if (!qualifier.capability.empty() && !use_capability(qualifier.capability, of)) {
    for (Arg& arg : args)
      if (arg.node && !arg.node->is(Kind::name)) value_of(arg);
    return poison(node.span);
  }
  if (qualifier.capability == "sys" && name == "spawn") return call_spawn(std::move(args), node);
  if (qualifier.capability == "fs")
    if (Expr* done = call_fs(name, args, node, name_span)) return done;
  Module* module = qualifier.module;
  if (module && module->fns.count(name)) {
    Callable callable = functions_named(name, context, module, args);
    return call_overloads(callable, args, node, name_span);
  }
  if (module && module->constructors.count(name)) {
    ConstructorDef found = module->constructors[name];
    return apply_constructor(*found.type, found.index, *module, std::move(args), node, name_span);
  }
  for (Arg& arg : args) value_of(arg);
  std::vector<std::string> names;
  if (module) {
    for (const auto& [each, fns] : module->fns) names.emplace_back(each);
    for (const auto& [each, def] : module->constructors) names.emplace_back(each);
  }
  if (qualifier.capability == "sys") names.emplace_back("spawn");
  if (qualifier.capability == "fs")
    for (const char* each : {"addSpace", "invoke", "put", "get", "search", "space", "explain"}) names.emplace_back(each);
  std::string near = nearest(name, names);
  std::string of_what = qualifier.type ? show(qualifier.type) : !qualifier.capability.empty() ? qualifier.capability : module->name;
  return error(name_span, "`" + of_what + "` has no function `" + std::string(name) + "`", near.empty() ? "" : "did you mean `" + near + "`?",
               near.empty() ? std::vector<syntax::Edit>{} : std::vector<syntax::Edit>{{name_span, near}});
}

Expr* Inference::infer_method_call(const Node& node) {
  std::vector<Arg> args = args_of(node, 1);
  Span name_span = node.span;
  // The name stands after the object and its dot.
  if (context.source) {
    std::string_view text = context.source->text();
    std::size_t at = text.find(node.text, node[0].span.end);
    if (at != std::string_view::npos && at < node.span.end)
      name_span = {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + node.text.size())};
  }
  if (node.number != 1)
    if (Qualifier qualifier = qualifier_of(node[0])) return call_qualified(qualifier, node.text, std::move(args), node, name_span);
  const Node* statement = call_statement_;
  call_statement_ = nullptr;
  Expr* object = infer(node[0]);
  call_statement_ = statement;
  if (node.number != 1) return call_method(node.text, object, &node[0], std::move(args), node, name_span);
  // x?.f(a)
  const Type* type = known(object->type, object->span);
  if (type->kind == TypeKind::never) return poison(node.span);
  if (type->kind == TypeKind::none) return object;
  if (type->kind != TypeKind::union_ || !is_subset(basic(TypeKind::none), type)) {
    if (type->kind != TypeKind::any) warn(name_span, "`?.` after a value that is never None", "write `.`");
    return call_method(node.text, object, &node[0], std::move(args), node, name_span);
  }
  std::uint32_t local = 0;
  Expr* keep = copy_to_temp(object, local);
  Access subject{type, [=, this] { return read_local(local, type, node.span); }};
  std::vector<const Type*> rest;
  for (const Type* each : type->args)
    if (each->kind != TypeKind::none) rest.push_back(each);
  Access part;
  narrowed(subject, union_of(rest), part, node.span);
  Expr* value = call_method(node.text, part.make(), nullptr, std::move(args), node, name_span);
  if (vars.resolve(value->type)->kind == TypeKind::never) return poison(node.span);
  const Type* whole = join(basic(TypeKind::none), value->type);
  Expr* test = prim(Prim::is_none, basic(TypeKind::boolean), node.span, {subject.make()});
  return block_of({keep, if_expr(test, coerce(none_const(node.span), whole, node.span), coerce(value, whole, node.span), whole, node.span)},
                  node.span);
}

Expr* Inference::call_method(std::string_view name, Expr* object, const Node* object_node, std::vector<Arg> rest, const Node& node,
                             Span name_span) {
  const Type* type = vars.resolve(object->type);
  if (type->kind == TypeKind::never) {
    for (Arg& arg : rest)
      if (arg.node && !arg.node->is(Kind::lambda) && !arg.node->is(Kind::field_fn)) value_of(arg);
    return poison(node.span);
  }
  int index = field_index(type, name);
  if (index >= 0) {
    auto at = static_cast<std::size_t>(index);
    const Type* of_field = type->kind == TypeKind::named ? type->constructors[0].types[at] : type->args[at];
    if (is_callable(of_field)) {
      Expr* field = make(Op::field, of_field, name_span, {object});
      field->index = static_cast<std::uint32_t>(index);
      return apply(field, std::move(rest), node, name_span);
    }
  }
  std::vector<Arg> args;
  Arg first;
  first.node = object_node;
  first.value = object;
  first.span = object->span;
  args.push_back(first);
  for (Arg& arg : rest) args.push_back(arg);
  if (name == "print" && context.module->fns.find(name) == context.module->fns.end()) return print(std::move(args), node);
  if (Var* var = lookup(name); var && is_callable(var->type)) return apply(read_var(*var, name_span), std::move(args), node, name_span);
  auto global = checker.globals.find(name);
  if (global != checker.globals.end() && !context.module->is_library && is_callable(global->second.type))
    return apply(read_global(global->first, global->second, name_span), std::move(args), node, name_span);
  Callable callable = functions_named(name, context, nullptr, args);
  ConstructorDef constructor;
  Module* module = nullptr;
  if (callable.empty() && find_constructor(name, context, constructor, module))
    return apply_constructor(*constructor.type, constructor.index, *module, std::move(args), node, name_span);
  if (!callable.empty()) return call_overloads(callable, args, node, name_span);
  for (Arg& arg : rest) value_of(arg);
  std::vector<std::string> candidates = names_in_scope();
  std::vector<std::string> near_ones;
  std::string near = nearest(name, candidates);
  std::vector<syntax::Edit> edits;
  if (!near.empty()) edits.push_back({name_span, near});
  std::string advice = near.empty() ? "" : "did you mean `" + near + "`?";
  if (index >= 0) advice = "its field `" + std::string(name) + "` is no function: write it without `()`";
  return error(name_span, "no function `" + std::string(name) + "` is known for " + show(type), advice, edits);
}

// x | f, x | f(a), x | e.f(a), x | (function)
Expr* Inference::infer_pipe(const Node& node) {
  const Node& callee = node[1];
  // Two types: a union.
  if (const Type* type = type_of_expr(node)) return make(Op::type_const, unary_of(TypeKind::type_value, type), node.span);
  const Node* statement = call_statement_ == &node ? &node : nullptr;
  call_statement_ = nullptr;
  Arg first;
  first.node = &node[0];
  first.value = infer(node[0]);
  first.span = node[0].span;
  call_statement_ = statement;
  auto with = [&](std::vector<Arg> rest) {
    std::vector<Arg> args{first};
    for (Arg& arg : rest) args.push_back(arg);
    return args;
  };
  switch (callee.kind) {
    case Kind::name: return call_name(callee.text, with({}), node, callee.span);
    case Kind::call:
      if (callee[0].is(Kind::name)) return call_name(callee[0].text, with(args_of(callee, 1)), node, callee[0].span);
      return apply(infer(callee[0]), with(args_of(callee, 1)), node, callee[0].span);
    case Kind::method_call:
    case Kind::member: {
      std::vector<Arg> rest = args_of(callee, 1);
      Span name_span{callee.span.end, callee.span.end};
      if (context.source) {
        std::size_t at = context.source->text().find(callee.text, callee[0].span.end);
        if (at != std::string_view::npos)
          name_span = {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + callee.text.size())};
      }
      if (Qualifier qualifier = qualifier_of(callee[0])) {
        if (!qualifier.capability.empty() && !use_capability(qualifier.capability, callee[0].span)) return poison(node.span);
        Qualifier granted = qualifier;
        if (qualifier.capability != "sys" && qualifier.capability != "fs") granted.capability.clear();
        return call_qualified(granted, callee.text, with(rest), node, name_span);
      }
      if (callee.is(Kind::member)) return apply(infer(callee), with({}), node, callee.span);
      Expr* object = infer(callee[0]);
      std::vector<Arg> args = with(rest);
      return call_method(callee.text, object, &callee[0], args, node, name_span);
    }
    default: return apply(infer(callee), with({}), node, callee.span);
  }
}

Expr* Inference::apply(Expr* callee, std::vector<Arg> args, const Node& node, Span callee_span) {
  const Type* type = known(callee->type, callee_span);
  if (type->kind == TypeKind::never) {
    for (Arg& arg : args)
      if (!arg.node || !arg.node->is(Kind::lambda)) value_of(arg);
    return poison(node.span);
  }
  if (is_template(type)) return apply_template(callee, *template_of(type), std::move(args), node, callee_span);
  if (type->kind == TypeKind::fn) {
    std::size_t count = type->args.size() - 1;
    std::vector<Expr*> kids{callee};
    for (Arg& arg : args)
      if (!arg.name.empty()) return error(arg.span, "a function value's arguments have no names", "write the value alone");
    if (args.size() != count)
      return error(node.span, "this function takes " + std::to_string(count) + (count == 1 ? " argument" : " arguments") + ", found " +
                                  std::to_string(args.size()), "it is " + show(type));
    for (std::size_t i = 0; i < count; ++i)
{
      Expr* value = value_of(args[i], type->args[i]);
      kids.push_back(coerce(value, type->args[i], args[i].span.end ? args[i].span : value->span, "an argument"));
    }
    for (std::string_view effect : type->names) instance.effects.insert(std::string(effect));
    return make_with(Op::call_closure, type->args.back(), node.span, kids);
  }
  if (type->kind == TypeKind::type_value) {
    const Type* of = type->args[0];
    if (of->kind == TypeKind::named && !of->decl->is_sum)
      if (TypeDef* def = checker.type_def_of(of->decl)) return apply_constructor(*def, 0, *def->module, std::move(args), node, callee_span);
    if (args.size() == 1) {
      Expr* value = value_of(args[0], of);
      const Type* from = vars.resolve(value->type);
      if (from == of || from->kind == TypeKind::any) return coerce(value, of, node.span);
      if (of->kind == TypeKind::string) return display(value, node.span);
      std::string advice = "there is no conversion from " + show(from) + " to " + show(of);
      if (of->kind == TypeKind::float_ && from->kind == TypeKind::int_) return prim(Prim::int_to_float, of, node.span, {value});
      if (from->kind == TypeKind::string && (of->kind == TypeKind::int_ || of->kind == TypeKind::float_))
        advice = "write `" + show(of) + ".parse(" + source_text(args[0].span) + ")`";
      if (from->kind == TypeKind::float_ && of->kind == TypeKind::int_) advice = "write `round(..)`, `floor(..)` or `toInt(..)`";
      return error(callee_span, "the type " + show(of) + " is no function", advice);
    }
    return error(callee_span, "the type " + show(of) + " is no function");
  }
  for (Arg& arg : args) value_of(arg);
  if (type->kind == TypeKind::any)
    return error(callee_span, "what an Any takes is not known", "write `f: fn(Int) -> Int = ..` first");
  return error(callee_span, "a value of type " + show(type) + " cannot be called");
}

Expr* Inference::apply_template(Expr* callee, const Template& called, std::vector<Arg> args, const Node& node, Span callee_span) {
  switch (called.kind) {
    case Template::Kind::operator_: {
      if (args.size() != 2)
        return error(node.span, "`(" + called.name + ")` takes 2 arguments, found " + std::to_string(args.size()));
      Expr* left = value_of(args[0]);
      Expr* right = value_of(args[1]);
      return block_of({callee, binary(called.name, left, right, node, node.span)}, node.span);
    }
    case Template::Kind::constructor:
      return apply_constructor(*called.constructor.type, called.constructor.index, *called.qualifier, std::move(args), node, callee_span);
    case Template::Kind::named: {
      if (called.name == "print" && !called.qualifier) return print(std::move(args), node);
      for (Arg& arg : args) value_of(arg);
      // Captures of a nested function come along under their hidden names.
      std::size_t scope = push_scope();
      std::vector<Expr*> before;
      std::uint32_t local = 0;
      if (!called.captures.empty()) {
        before.push_back(copy_to_temp(callee, local));
        for (std::size_t i = 0; i < called.captures.size(); ++i) {
          Expr* part = make(Op::field, called.captures[i].type, node.span, {read_local(local, callee->type, node.span)});
          part->index = static_cast<std::uint32_t>(i);
          Var* var = declare(called.captures[i].name, called.captures[i].type, node.span, Var::Origin::pattern);
          before.push_back(set_local(var->local, part, node.span));
        }
      }
      const LocalFns* local_fns = local_fns_;
      if (!called.qualifier) local_fns_ = called.context.local_fns;
      Callable callable = functions_named(called.name, called.context, called.qualifier, args);
      Expr* call = callable.empty() ? poison(node.span) : call_overloads(callable, args, node, callee_span);
      local_fns_ = local_fns;
      pop_scope(scope);
      before.push_back(call);
      return block_of(before, node.span);
    }
    case Template::Kind::lambda:
    case Template::Kind::field_fn: break;
  }
  const Node& lambda = *called.node;
  bool is_lambda = called.kind == Template::Kind::lambda;
  std::size_t count = is_lambda ? lambda.size() - 1 : 1;
  if (args.size() != count) {
    for (Arg& arg : args) value_of(arg);
    return error(callee_span, "this function takes " + std::to_string(count) + (count == 1 ? " argument" : " arguments") + ", found " +
                                  std::to_string(args.size()));
  }
  std::vector<const Type*> params;
  std::vector<Expr*> kids;
  for (std::size_t i = 0; i < count; ++i) {
    if (!args[i].name.empty()) return error(args[i].span, "a lambda's arguments have no names", "write the value alone");
    const Type* declared = nullptr;
    if (is_lambda && lambda[i][1]) {
      Context before = context;
      context = called.context;
      declared = resolve_type(lambda[i][1], called.context, called.context.type_args);
      context = before;
    }
    Expr* value = value_of(args[i], declared);
    if (declared) value = coerce(value, declared, args[i].span.end ? args[i].span : value->span, "argument `" + std::string(lambda[i].text) + "`");
    kids.push_back(value);
    params.push_back(vars.zonk(value->type));
    if (params.back()->kind == TypeKind::never) {
      kids.push_back(poison(node.span));
      return block_of(kids, node.span);
    }
    if (vars.is_open(params.back())) {
      unknown_.push_back({value->span, "the element type of this value is not known yet, and the function needs it",
                          "write it where the value is made: `x: List[Int] = []`"});
      return poison(node.span);
    }
  }
  std::vector<Expr*> before;
  if (!called.captures.empty()) {
    std::uint32_t local = 0;
    bool direct = callee->op == Op::make_tuple;
    if (!direct) {
      if (callee->op == Op::local) {
        local = callee->index;
      } else {
        before.push_back(copy_to_temp(callee, local));
      }
    }
    for (std::size_t i = 0; i < called.captures.size(); ++i) {
      if (direct) {
        kids.push_back(const_cast<Expr*>(callee->kids[i]));
      } else {
        Expr* part = make(Op::field, called.captures[i].type, node.span, {read_local(local, callee->type, node.span)});
        part->index = static_cast<std::uint32_t>(i);
        kids.push_back(part);
      }
      params.push_back(called.captures[i].type);
    }
  }
  Instance* made = checker.instantiate(called, params, nullptr, {&instance, context.source, callee_span.end ? callee_span : node.span});
  if (!made) {
    return error(node.span, "a lambda calls itself with ever new types: its instances nest without end");
  }
  use_parent_of(made, callee_span);
  Expr* call = call_instance(made, kids, node.span);
  before.push_back(call);
  if (made->uses_parent)
    parent_calls_.push_back({call, made, [this, &called, params, callee_span](const Type* out) {
                               return checker.instantiate(called, params, out, {&instance, context.source, callee_span});
                             }});
  return block_of(before, node.span);
}

Expr* Inference::apply_constructor(TypeDef& def, std::uint32_t index, Module& module, std::vector<Arg> args, const Node& node, Span span) {
  (void)module;
  const Node& decl = *def.node;
  if (!def.decl) return error(span, "`" + def.shown + "` is an abbreviation: it has no constructor");
  std::vector<const Type*> type_args;
  TypeArgs bound;
  for (std::string_view name : def.params) {
    type_args.push_back(vars.fresh());
    bound.emplace_back(name, type_args.back());
  }
  const Type* type = instance_of(def, type_args);
  const Node& shape = decl[index + 1];
  std::string shown = def.decl->is_sum ? std::string(shape.text) : def.shown;
  std::size_t count = shape.size();
  Context where;
  where.module = def.module;
  where.source = def.source;
  std::vector<Expr*> values(count, nullptr);
  std::size_t next = 0;
  std::size_t errors = instance.diagnostics.size();
  for (Arg& arg : args) {
    std::size_t field = next;
    if (!arg.name.empty()) {
      std::vector<std::string> names;
      for (field = 0; field < count; ++field) {
        names.emplace_back(shape[field].text);
        if (shape[field].text == arg.name) break;
      }
      if (field == count) {
        std::string near = nearest(arg.name, names);
        value_of(arg);
        error(arg.span, "`" + shown + "` has no field `" + std::string(arg.name) + "`", near.empty() ? "" : "did you mean `" + near + "`?");
        continue;
      }
    } else {
      ++next;
    }
    if (field >= count) {
      value_of(arg);
      error(arg.span.end ? arg.span : span, "`" + shown + "` has " + std::to_string(count) + (count == 1 ? " field" : " fields") + ", found " +
                                                std::to_string(args.size()) + " values");
      break;
    }
    Context before = context;
    const Type* of_field = resolve_type(shape[field][0], where, bound, false);
    context = before;
    Expr* value = value_of(arg, vars.zonk(of_field));
    if (values[field]) {
      error(arg.span, "the field `" + std::string(shape[field].text) + "` is given twice");
      continue;
    }
    values[field] = coerce(value, of_field, arg.span.end ? arg.span : value->span, "field `" + std::string(shape[field].text) + "`");
  }
  std::string missing;
  for (std::size_t i = 0; i < count; ++i)
    if (!values[i]) missing += (missing.empty() ? "`" : ", `") + std::string(shape[i].text) + "`";
  if (!missing.empty() && instance.diagnostics.size() == errors) {
    std::string call = shown + "(";
    for (std::size_t i = 0; i < count; ++i) call += (i ? ", " : "") + std::string(shape[i].text) + ": ..";
    return error(span, "`" + shown + "` is missing " + missing, "write `" + call + ")`");
  }
  if (instance.diagnostics.size() > errors) return poison(node.span);
  for (Expr* value : values)
    if (vars.resolve(value->type)->kind == TypeKind::never) return poison(node.span);
  Expr* made = make_with(def.decl->is_sum ? Op::make_variant : Op::make_record, vars.zonk(type), node.span, values);
  made->index = index;
  return made;
}

// print(x, ...): one text of all, a space between. The host adds the line end.
Expr* Inference::print(std::vector<Arg> args, const Node& node) {
  Span name_span = node.is(Kind::call) ? node[0].span : node.span;
  if (!use_capability("print", name_span)) return poison(node.span);
  std::vector<Expr*> parts;
  for (Arg& arg : args) {
    if (!arg.name.empty()) return error(arg.span, "print has no parameter `" + std::string(arg.name) + "`");
    if (!parts.empty()) parts.push_back(string_const(" ", node.span));
    parts.push_back(display(value_of(arg), arg.span.end ? arg.span : node.span));
  }
  const Type* string = basic(TypeKind::string);
  Expr* text = parts.size() == 1 ? parts[0] : parts.empty() ? string_const("", node.span) : make_with(Op::concat, string, node.span, parts);
  Expr* call = host("print", basic(TypeKind::none), node.span, {text});
  call->integer = 1;
  return call;
}

}  // namespace m31::types
