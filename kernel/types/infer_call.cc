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
  if (var && is_callable(fact_of(key_of(*var), vars.resolve(var->type)))) return apply(read_known(*var, name_span), std::move(args), node, name_span);
  auto global = checker.globals.find(name);
  bool is_global = !var && global != checker.globals.end() && context.module->name.empty();
  if (is_global && is_callable(global->second.type))
    return apply(read_global(global->first, global->second, name_span), std::move(args), node, name_span);
  if (name == "print" && context.module->fns.find(name) == context.module->fns.end()) return print(std::move(args), node);
  if (name == "sandbox" && context.module->fns.find(name) == context.module->fns.end()) return sandbox(std::move(args), node, name_span);
  if (is_reflection(name)) return reflection(name, std::move(args), node);
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
    return error(name_span, "`" + std::string(name) + "` is a type, and its values are made by others: " + all, "write one of them");
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
    return error(name_span, "`" + std::string(name) + "` is " + show(type) + ": it cannot be called", "only functions and types can");
  }
  syntax::Node* as_name = checker.arena.make<syntax::Node>();
  as_name->kind = Kind::name;
  as_name->text = name;
  as_name->span = name_span;
  if (const Type* type = type_of_expr(*as_name))
    return apply(make(Op::type_const, unary_of(TypeKind::type_value, type), name_span), std::move(args), node, name_span);
  if (is_capability(name) || name == "PARENT")
    return error(name_span, "`" + std::string(name) + "` is no function", "write `" + std::string(name) + ".f(..)`");
  if ((name == "int" || name == "float") && args.size() == 1 && args[0].node) {
    const Type* from = vars.resolve(value_of(args[0])->type);
    if (from->kind == TypeKind::never) return poison(node.span);
    const std::string type = name == "int" ? "Int" : "Float";
    const std::string right = from->kind == TypeKind::string ? type + ".parse" : "to" + type;
    return error_rewrite(name_span, "`" + std::string(name) + "` is no function", name_span, right);
  }
  if (checker.library.has(name) && !Library::is_open(name)) return error(name_span, "`" + std::string(name) + "` is a module", "write `" + std::string(name) + ".f(..)`");
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
  if (module && module->name == "shell" && is_shell_word(name)) return shell_word(name, std::move(args), node);
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
  if (type->kind == TypeKind::sandbox && functions_named(name, context, nullptr, rest).empty())
    return call_sandbox(name, object, std::move(rest), node, name_span);
  int index = field_index(type, name);
  if (index >= 0) {
    auto at = static_cast<std::size_t>(index);
    const Type* of_field = type->kind == TypeKind::named ? type->constructors[0].types[at] : type->args[at];
    std::optional<Path> path;
    if (object_node && !flow_.facts.empty()) path = path_of(*object_node);
    std::string key = path ? path->key + "." + std::string(name) : "";
    if (is_callable(path ? fact_of(key, vars.resolve(of_field)) : of_field)) {
      Expr* field = make(Op::field, of_field, name_span, {object});
      field->index = static_cast<std::uint32_t>(index);
      return apply(path ? as_known(field, key, name_span) : field, std::move(rest), node, name_span);
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
  if (is_reflection(name)) return reflection(name, std::move(args), node);
  if (Var* var = lookup(name); var && is_callable(var->type)) return apply(read_var(*var, name_span), std::move(args), node, name_span);
  auto global = checker.globals.find(name);
  if (global != checker.globals.end() && context.module->name.empty() && is_callable(global->second.type))
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
  std::string near = known_name_like(name, candidates);
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

}  // namespace m31::types
