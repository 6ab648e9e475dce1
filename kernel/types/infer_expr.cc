// Expressions: literals, names, parts, collections, function values.
#include <algorithm>
#include <unordered_set>

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

void names_in(const Node& node, std::unordered_set<std::string_view>& names) {
  if (node.is(Kind::name) || node.is(Kind::method_call)) names.insert(node.text);
  for (const Node* kid : node.kids) names_in(*kid, names);
}

}  // namespace

Expr* Inference::infer(const Node& node, const Type* expected, bool wanted) {
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
    case Kind::fn: return infer_nested_fn(node);
    case Kind::block: return infer_block(node, expected, wanted);
    case Kind::assign: return infer_assign(node);
    case Kind::multi_assign: return infer_multi_assign(node);
    case Kind::typed_assign: return infer_typed_assign(node);
    case Kind::expr_stmt: return infer(node[0], expected, wanted);
    case Kind::command: return infer_command(node);
    case Kind::import: return infer_import(node);
    case Kind::return_: return infer_return(node);
    case Kind::raise: return infer_raise(node);
    case Kind::break_:
    case Kind::continue_: {
      bool leaves = node.is(Kind::break_);
      if (breaks_.empty()) return error(span, leaves ? "`break` outside of a loop" : "`continue` outside of a loop");
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

// --------------------------------------------------------------------------------------- names

Expr* Inference::infer_name(const Node& node) {
  std::string_view name = node.text;
  const Span span = node.span;
  if (Var* var = lookup(name)) return read_var(*var, span);
  auto global = checker.globals.find(name);
  if (global != checker.globals.end() && !context.module->is_library) return read_global(global->first, global->second, span);
  auto constant_here = context.module->constants.find(name);
  if (constant_here != context.module->constants.end()) return constant(*context.module, constant_here->second);
  std::vector<Arg> none;
  Callable callable = functions_named(name, context, nullptr, none);
  TypeDef* type_def = find_type(name, context);
  if (callable.empty()) {
    ConstructorDef found;
    Module* module = nullptr;
    if (!type_def && find_constructor(name, context, found, module)) {
      Template made;
  made.kind = Template::Kind::constructor;
      made.constructor = found;
      made.qualifier = module;
      made.name = name;
      made.identity = "constructor " + module->name + "." + std::string(name);
      made.context = context;
      return template_value(std::move(made), span);
    }
    if (const Type* type = type_of_expr(node)) return make(Op::type_const, unary_of(TypeKind::type_value, type), span);
  }
  if (name == "PARENT")
    return error(span, "PARENT is no value of its own", "PARENT.send(x) and PARENT.recv() are its two ends");
  if (name == "stdin") {
    if (!use_capability(name, span)) return poison(span);
    return host("stdin", unary_of(TypeKind::stream, basic(TypeKind::string)), span, {});
  }
  if (!callable.empty() || name == "print") {
    Template made;
  made.kind = Template::Kind::named;
    made.name = name;
    made.identity = "fn " + context.module->name + "." + std::string(name) + "@" + context.identity;
    made.context = context;
    made.context.local_fns = local_fns_;
    // A nested function takes what it captures with it.
    for (const auto& level : callable.levels)
      for (const FnDef* def : level)
        for (const Capture& capture : def->captures)
          if (Var* var = lookup(capture.name)) made.captures.push_back({capture.name, var->type});
    if (made.captures.empty()) {
      made.identity = "fn " + context.module->name + "." + std::string(name);
      for (const auto& level : callable.levels)
        for (const FnDef* def : level)
          if (def->is_nested) made.identity += "@" + def->context.identity;
    }
    return template_value(std::move(made), span);
  }
  if (is_capability(name)) {
    if (!use_capability(name, span)) return poison(span);
    return make(Op::type_const, capability_of(name), span);
  }
  if (Library::has(name) && !Library::is_open(name)) return make(Op::type_const, types::module_of(name), span);
  if (name == "true" || name == "false" || name == "none" || name == "null" || name == "nil") {
    std::string right = name == "true" ? "True" : name == "false" ? "False" : "None";
    return error(span, "`" + std::string(name) + "` is not known", "write `" + right + "`", {{span, right}});
  }
  return unknown_name(name, span, "the name", names_in_scope());
}

Expr* Inference::template_value(Template made, Span span) {
  std::vector<Expr*> parts;
  for (Capture& capture : made.captures) {
    Var* var = lookup(capture.name);
    if (!var) continue;
    parts.push_back(read_var(*var, span));
    capture.type = vars.zonk(parts.back()->type);
  }
  const Template* kept = checker.intern(std::move(made));
  if (parts.empty()) return make(Op::none, kept->type, span);
  Expr* expr = make_with(Op::make_tuple, kept->type, span, parts);
  return expr;
}

// Locals of this function that the code names, other than those it binds itself.
std::vector<Capture> Inference::captures_of(const Node& body, const std::vector<std::string_view>& bound) {
  std::unordered_set<std::string_view> names;
  names_in(body, names);
  for (std::string_view name : bound) names.erase(name);
  std::vector<Capture> captures;
  auto take = [&](const std::string& name) {
    for (const Capture& each : captures)
      if (each.name == name) return;
    Var* var = lookup(name);
    if (!var || var->is_global || !is_assigned(*var)) return;
    const Type* type = vars.resolve(var->type);
    if (type->kind == TypeKind::never) return;
    captures.push_back({name, type});
  };
  std::vector<std::string> sorted;
  for (std::string_view name : names) sorted.emplace_back(name);
  std::sort(sorted.begin(), sorted.end());
  for (const std::string& name : sorted) {
    take(name);
    for (const LocalFns* fns = local_fns_; fns; fns = fns->outer)
      for (const FnDef* def : fns->fns)
        if (def->name == name)
          for (const Capture& capture : def->captures) take(capture.name);
  }
  return captures;
}

Expr* Inference::infer_lambda(const Node& node) {
  Template made;
  made.kind = node.is(Kind::lambda) ? Template::Kind::lambda : Template::Kind::field_fn;
  made.node = &node;
  made.context = context;
  made.context.local_fns = local_fns_;
  std::vector<std::string_view> bound;
  if (node.is(Kind::lambda)) {
    for (std::size_t i = 0; i + 1 < node.size(); ++i) bound.push_back(node[i].text);
  } else {
    bound.push_back("it");
  }
  made.captures = captures_of(node, bound);
  for (Capture& capture : made.captures) {
    // A captured list whose elements are not known yet cannot be part of what the lambda is.
    if (!vars.is_open(capture.type)) continue;
    unknown_.push_back({node.span, "the element type of `" + capture.name + "` is not known where this function takes it",
                        "write its type: `" + capture.name + ": List[Int] = []`"});
    capture.type = basic(TypeKind::never);
  }
  std::erase_if(made.captures, [](const Capture& capture) { return capture.type->kind == TypeKind::never; });
  std::size_t count = 0;
  std::function<bool(const Node&)> find = [&](const Node& at) {
    if (&at == &node) return true;
    ++count;
    for (const Node* kid : at.kids)
      if (find(*kid)) return true;
    return false;
  };
  if (context.root) find(*context.root);
  made.identity = "lambda " + std::to_string(count) + " of " + context.identity;
  return template_value(std::move(made), node.span);
}

Expr* Inference::infer_move(const Node& node) {
  const Node& operand = node[0];
  if (!operand.is(Kind::name)) return error(operand.span, "`move` hands off a name", "write `move x`");
  Var* var = lookup(operand.text);
  Expr* value = infer(operand);
  if (!var) return value;
  if (flow_.moved.size() <= var->number) flow_.moved.resize(var->number + 1, 0);
  flow_.moved[var->number] = 1;
  return value;
}

// --------------------------------------------------------------------------------------- parts

Qualifier Inference::qualifier_of(const Node& node) {
  Qualifier found;
  if (node.is(Kind::name)) {
    std::string_view name = node.text;
    if (lookup(name)) return found;
    if (!context.module->is_library && checker.globals.count(name)) return found;
    if (name == "PARENT") {
      found.is_parent = true;
      return found;
    }
    std::vector<Arg> none;
    if (is_capability(name) && name != "stdin" && name != "print") {
      found.capability = name;
      if (Library::has(name)) found.module = checker.library.find(name);
      return found;
    }
    if (Library::has(name) && !Library::is_open(name)) {
      found.module = checker.library.find(name);
      return found;
    }
  }
  if (node.is(Kind::name) || node.is(Kind::index) || node.is(Kind::optional)) {
    if (const Type* type = type_of_expr(node)) {
      found.type = type;
      switch (type->kind) {
        case TypeKind::int_: found.module = checker.library.find("int"); break;
        case TypeKind::float_: found.module = checker.library.find("float"); break;
        case TypeKind::string: found.module = checker.library.find("string"); break;
        default: break;
      }
    }
  }
  return found;
}

Expr* Inference::constant(Module& module, const ConstDef& def) {
  Context before = context;
  std::vector<Scope> scopes;
  std::swap(scopes, scopes_);
  scopes_.emplace_back();
  context.module = &module;
  context.source = module.source;
  Expr* value = infer(*def.value);
  context = before;
  std::swap(scopes, scopes_);
  return value;
}

Expr* Inference::qualified(const Qualifier& qualifier, std::string_view name, const Node& node, Span name_span) {
  if (!qualifier.capability.empty() && !use_capability(qualifier.capability, node[0].span)) return poison(node.span);
  if (qualifier.is_parent)
    return error(node.span, "PARENT has no field `" + std::string(name) + "`", "PARENT.send(x) and PARENT.recv() are its two ends");
  Module* module = qualifier.module;
  if (module) {
    auto constant_there = module->constants.find(name);
    if (constant_there != module->constants.end()) {
      Expr* value = constant(*module, constant_there->second);
      value->span = node.span;
      return value;
    }
    if (module->fns.count(name)) {
      Template made;
  made.kind = Template::Kind::named;
      made.name = name;
      made.qualifier = module;
      made.identity = "fn " + module->name + "." + std::string(name);
      made.context = context;
      return template_value(std::move(made), node.span);
    }
    auto type = module->types.find(name);
    auto constructor = module->constructors.find(name);
    if (constructor != module->constructors.end() && type == module->types.end()) {
      Template made;
  made.kind = Template::Kind::constructor;
      made.constructor = constructor->second;
      made.qualifier = module;
      made.name = name;
      made.identity = "constructor " + module->name + "." + std::string(name);
      made.context = context;
      return template_value(std::move(made), node.span);
    }
    if (const Type* found = type_of_expr(node)) return make(Op::type_const, unary_of(TypeKind::type_value, found), node.span);
  }
  if (qualifier.capability == "fs" || qualifier.capability == "sys")
    return error(name_span, "`" + qualifier.capability + "." + std::string(name) + "` is called: it is no value of its own",
                 "write `" + qualifier.capability + "." + std::string(name) + "(..)`");
  std::vector<std::string> names;
  std::string of = qualifier.type ? show(qualifier.type) : module ? module->name : qualifier.capability;
  if (module) {
    for (const auto& [each, def] : module->fns) names.emplace_back(each);
    for (const auto& [each, def] : module->constants) names.emplace_back(each);
    for (const auto& [each, def] : module->types) names.emplace_back(each);
  }
  std::string near = nearest(name, names);
  return error(name_span, "`" + of + "` has no `" + std::string(name) + "`", near.empty() ? "" : "did you mean `" + near + "`?",
               near.empty() ? std::vector<syntax::Edit>{} : std::vector<syntax::Edit>{{name_span, near}});
}

Expr* Inference::infer_member(const Node& node) {
  Span name_span{node.span.end - static_cast<std::uint32_t>(std::min<std::size_t>(node.text.size(), node.span.end)), node.span.end};
  if (Qualifier qualifier = qualifier_of(node[0])) return qualified(qualifier, node.text, node, name_span);
  return member_of(infer(node[0]), node.text, node, name_span);
}

Expr* Inference::member_of(Expr* object, std::string_view name, const Node& node, Span name_span) {
  const Type* type = known(object->type, object->span);
  if (type->kind == TypeKind::never) return poison(node.span);
  if (type->kind == TypeKind::any) {
    Expr* part = any_word("any.field", basic(TypeKind::any), node.span, {object, string_const(name, name_span)});
    if (name == "message" && node.size() > 0 && node[0].is(Kind::name))
      if (Var* var = lookup(node[0].text); var && var->is_caught) {
        Expr* text = make(Op::cast, basic(TypeKind::string), node.span, {part});
        return text;
      }
    return part;
  }
  int index = field_index(type, name);
  std::vector<std::string> names;
  if (type->kind == TypeKind::record) {
    for (std::string_view each : type->names) names.emplace_back(each);
    if (index >= 0) {
      Expr* expr = make(Op::field, type->args[static_cast<std::size_t>(index)], node.span, {object});
      expr->index = static_cast<std::uint32_t>(index);
      return expr;
    }
  } else if (type->kind == TypeKind::tuple && index >= 0) {
    Expr* expr = make(Op::field, type->args[static_cast<std::size_t>(index)], node.span, {object});
    expr->index = static_cast<std::uint32_t>(index);
    return expr;
  } else if (type->kind == TypeKind::named && !type->decl->is_sum && !type->constructors.empty()) {
    for (std::string_view each : type->constructors[0].fields) names.emplace_back(each);
    if (index >= 0) {
      Expr* expr = make(Op::field, type->constructors[0].types[static_cast<std::size_t>(index)], node.span, {object});
      expr->index = static_cast<std::uint32_t>(index);
      return expr;
    }
  } else if (type->kind == TypeKind::union_) {
    std::string advice = "say what happens for each of its types: `match` with arms `x: Type => ..`";
    if (is_subset(basic(TypeKind::none), type)) advice = "it may be None: use `?.`, `??`, or `match`";
    return error(name_span, "`" + std::string(name) + "` is asked of a value that is " + show(type), advice);
  }
  // A function without arguments, written as if it were a field.
  std::vector<Arg> args(1);
  args[0].value = object;
  Callable callable = functions_named(name, context, nullptr, args);
  std::string message = "a value of type " + show(type) + " has no field `" + std::string(name) + "`";
  if (!callable.empty()) {
    std::string text(name);
    return error(name_span, message, "to call the function write `." + text + "()`", {{name_span, text + "()"}});
  }
  std::string near = nearest(name, names);
  if (near.empty() && !names.empty()) {
    std::string all;
    for (const std::string& each : names) all += (all.empty() ? "" : ", ") + each;
    return error(name_span, message, "its fields are " + all);
  }
  return error(name_span, message, near.empty() ? "" : "did you mean `" + near + "`?",
               near.empty() ? std::vector<syntax::Edit>{} : std::vector<syntax::Edit>{{name_span, near}});
}

// a?.b: None when a is None.
Expr* Inference::infer_safe(const Node& node) {
  Expr* object = infer(node[0]);
  const Type* type = known(object->type, object->span);
  if (type->kind == TypeKind::never) return poison(node.span);
  Span name_span{node.span.end - static_cast<std::uint32_t>(node.text.size()), node.span.end};
  if (type->kind == TypeKind::any) return member_of(object, node.text, node, name_span);
  if (type->kind == TypeKind::none) return object;
  if (!is_subset(basic(TypeKind::none), type)) {
    warn(name_span, "`?.` after a value that is never None", "write `.`");
    return member_of(object, node.text, node, name_span);
  }
  std::uint32_t local = 0;
  Expr* keep = copy_to_temp(object, local);
  Access subject{type, [=, this] { return read_local(local, type, node.span); }};
  std::vector<const Type*> rest;
  for (const Type* each : type->args)
    if (each->kind != TypeKind::none) rest.push_back(each);
  Access part;
  narrowed(subject, union_of(rest), part, node.span);
  Expr* value = member_of(part.make(), node.text, node, name_span);
  const Type* whole = optional_of(vars.zonk(value->type));
  Expr* test = prim(Prim::is_none, basic(TypeKind::boolean), node.span, {subject.make()});
  return block_of({keep, if_expr(test, coerce(none_const(node.span), whole, node.span), coerce(value, whole, node.span), whole, node.span)},
                  node.span);
}

Expr* Inference::infer_index(const Node& node) {
  if (const Type* type = type_of_expr(node)) return make(Op::type_const, unary_of(TypeKind::type_value, type), node.span);
  Expr* object = infer(node[0]);
  const Type* type = known(object->type, object->span);
  if (type->kind == TypeKind::never) {
    for (std::size_t i = 1; i < node.size(); ++i) infer(node[i]);
    return poison(node.span);
  }
  Expr* value = object;
  for (std::size_t i = 1; i < node.size(); ++i) {
    type = known(value->type, value->span);
    Span at = node[i].span;
    switch (type->kind) {
      case TypeKind::list:
        value = make(Op::list_get, type->args[0], node.span, {value, infer_as(node[i], basic(TypeKind::int_), "the index")});
        break;
      case TypeKind::map:
        value = make(Op::map_get, type->args[1], node.span, {value, infer_as(node[i], type->args[0], "the key")});
        break;
      case TypeKind::string:
        value = native("index.string", type, node.span, {value, infer_as(node[i], basic(TypeKind::int_), "the index")});
        break;
      case TypeKind::bytes:
        value = native("index.bytes", basic(TypeKind::int_), node.span, {value, infer_as(node[i], basic(TypeKind::int_), "the index")});
        break;
      case TypeKind::any:
        value = any_word("any.index", type, node.span, {value, coerce(infer(node[i]), type, at)});
        break;
      case TypeKind::tuple: {
        Expr* index = infer(node[i]);
        if (!is_int_literal(index) || index->integer < -static_cast<std::int64_t>(type->args.size()) ||
            index->integer >= static_cast<std::int64_t>(type->args.size()))
          return error(at, "a tuple of " + std::to_string(type->args.size()) + " is indexed by a literal that it holds",
                       "take it apart: `a, b = ..`");
        std::int64_t place = index->integer < 0 ? index->integer + static_cast<std::int64_t>(type->args.size()) : index->integer;
        value = make(Op::field, type->args[static_cast<std::size_t>(place)], node.span, {value});
        value->index = static_cast<std::uint32_t>(place);
        break;
      }
      case TypeKind::record:
      case TypeKind::named:
        if (node[i].is(Kind::string_lit)) {
          value = member_of(value, node[i].text, node, at);
          break;
        }
        [[fallthrough]];
      case TypeKind::never:
        if (type->kind == TypeKind::never) return poison(node.span);
        [[fallthrough]];
      default:
        infer(node[i]);
        return error(node[0].span, "a value of type " + show(type) + " has no elements",
                     type->kind == TypeKind::union_ ? "say what happens for each of its types with `match`" : "");
    }
  }
  return value;
}

Expr* Inference::infer_slice(const Node& node) {
  Expr* object = infer(node[0]);
  const Type* type = known(object->type, object->span);
  const Type* integer = basic(TypeKind::int_);
  if (type->kind == TypeKind::never) return poison(node.span);
  if (type->kind != TypeKind::list && type->kind != TypeKind::string && type->kind != TypeKind::bytes)
    return error(node[0].span, "a value of type " + show(type) + " cannot be sliced", "a List, String or Bytes can");
  std::uint32_t local = 0;
  Expr* keep = copy_to_temp(object, local);
  auto whole = [&] { return read_local(local, type, node.span); };
  Expr* from = node[1] ? infer_as(node[1], integer, "where the slice begins") : int_const(0, node.span);
  Expr* to = nullptr;
  if (node[2]) {
    to = infer_as(node[2], integer, "where the slice ends");
    if (node.number == 1) to = is_int_literal(to) ? int_const(to->integer + 1, to->span) : prim(Prim::int_add, integer, node.span, {to, int_const(1, node.span)});
  } else if (type->kind == TypeKind::list) {
    to = make(Op::list_len, integer, node.span, {whole()});
  } else {
    to = native(type->kind == TypeKind::string ? "len.string" : "len.bytes", integer, node.span, {whole()});
  }
  // Negative positions count from the end: the operation knows the length.
  Expr* slice = type->kind == TypeKind::list
                    ? make(Op::list_slice, type, node.span, {whole(), from, to})
                    : native(type->kind == TypeKind::string ? "slice.string" : "slice.bytes", type, node.span, {whole(), from, to});
  return block_of({keep, slice}, node.span);
}

// ---------------------------------------------------------------------------------- collections

Expr* Inference::display(Expr* value, Span span) {
  const Type* type = vars.resolve(value->type);
  if (type->kind == TypeKind::string || type->kind == TypeKind::never) return value;
  if (is_template(type)) {
    const Template& shown = *template_of(type);
    return block_of({value, string_const(shown.name.empty() ? "<fn>" : "<fn " + shown.name + ">", span)}, span);
  }
  return native("display", basic(TypeKind::string), span, {value});
}

Expr* Inference::infer_interpolation(const Node& node) {
  std::vector<Expr*> parts;
  for (const Node* part : node.kids) parts.push_back(display(infer(*part), part->span));
  return make_with(Op::concat, basic(TypeKind::string), node.span, parts);
}

Expr* Inference::infer_tuple(const Node& node, const Type* expected) {
  const Type* shape = member_of_kind(expected, TypeKind::tuple);
  if (shape && shape->args.size() != node.size()) shape = nullptr;
  std::vector<Expr*> items;
  std::vector<const Type*> types;
  for (std::size_t i = 0; i < node.size(); ++i) {
    Expr* item = infer(node[i], shape ? shape->args[i] : nullptr);
    if (shape && converts(item, shape->args[i])) item = coerce(item, shape->args[i], node[i].span);
    items.push_back(item);
    types.push_back(vars.resolve(item->type));
    if (types.back()->kind == TypeKind::never) return poison(node.span);
  }
  return make_with(Op::make_tuple, tuple_of(types), node.span, items);
}

const Type* Inference::join_all(std::vector<Expr*>& values, Span) {
  const Type* type = basic(TypeKind::never);
  for (Expr* value : values) {
    // A literal Int beside a Float is one.
    const Type* mine = vars.resolve(value->type);
    if (is_int_literal(value) && type->kind == TypeKind::float_) mine = type;
    if (mine->kind == TypeKind::float_ && type->kind == TypeKind::int_ &&
        std::all_of(values.begin(), values.end(), [](const Expr* each) { return each->type->kind != TypeKind::int_ || is_int_literal(each); }))
      type = mine;
    type = join(type, mine);
  }
  for (Expr*& value : values) value = coerce(value, type, value->span);
  return type;
}

Expr* Inference::infer_list(const Node& node, const Type* expected) {
  const Type* item = expected ? expected->args[0] : nullptr;
  if (node.size() == 0) {
    if (expected) return make(Op::make_list, expected, node.span);
    auto hint = instance.literal_hints.find(&node);
    if (hint != instance.literal_hints.end()) return make(Op::make_list, hint->second, node.span);
    const Type* type = list_of(vars.fresh());
    open_literals_.emplace_back(&node, type);
    return make(Op::make_list, type, node.span);
  }
  bool spreads = std::any_of(node.kids.begin(), node.kids.end(), [](const Node* each) { return each->is(Kind::spread); });
  if (!spreads) {
    std::vector<Expr*> items;
    for (const Node* each : node.kids) {
      Expr* value = infer(*each, item);
      if (item) value = coerce(value, item, each->span, "an element");
      items.push_back(value);
    }
    if (!item) item = join_all(items, node.span);
    if (vars.resolve(item)->kind == TypeKind::never && !items.empty()) return poison(node.span);
    return make_with(Op::make_list, list_of(item), node.span, items);
  }
  // [a, ...xs, b]: the parts, put one after the other.
  std::vector<Expr*> parts, run;
  const Type* type = expected ? expected : nullptr;
  std::vector<std::pair<bool, Expr*>> all;
  for (const Node* each : node.kids) {
    Expr* value = each->is(Kind::spread) ? infer((*each)[0], expected) : infer(*each, item);
    const Type* of = known(value->type, each->span);
    if (of->kind == TypeKind::never) return poison(node.span);
    if (each->is(Kind::spread)) {
      if (of->kind != TypeKind::list) return error(each->span, "`...` in a list takes a List, found " + show(of));
      if (!type) type = of;
      value = coerce(value, type, each->span);
    } else {
      if (!type) type = list_of(of);
      value = coerce(value, vars.resolve(type)->args[0], each->span);
    }
    all.emplace_back(each->is(Kind::spread), value);
  }
  Expr* whole = nullptr;
  auto add = [&](Expr* part) { whole = whole ? concat_lists(whole, part, node.span) : part; };
  for (auto& [is_spread, value] : all) {
    if (is_spread) {
      if (!run.empty()) add(make_with(Op::make_list, type, node.span, run));
      run.clear();
      add(value);
    } else {
      run.push_back(value);
    }
  }
  if (!run.empty()) add(make_with(Op::make_list, type, node.span, run));
  return whole;
}

Expr* Inference::infer_map(const Node& node, const Type* expected) {
  bool empty = node.size() == 0 || (node.size() == 1 && !node[0]);
  if (empty) {
    if (expected) return make(Op::make_map, expected, node.span);
    auto hint = instance.literal_hints.find(&node);
    if (hint != instance.literal_hints.end()) return make(Op::make_map, hint->second, node.span);
    const Type* type = map_of(vars.fresh(), vars.fresh());
    open_literals_.emplace_back(&node, type);
    return make(Op::make_map, type, node.span);
  }
  const Type* key = expected ? expected->args[0] : nullptr;
  const Type* value = expected ? expected->args[1] : nullptr;
  std::vector<Expr*> keys, values, spreads;
  for (const Node* each : node.kids) {
    if (each->is(Kind::spread)) {
      spreads.push_back(infer((*each)[0], expected));
      continue;
    }
    keys.push_back(infer((*each)[0], key));
    values.push_back(infer((*each)[1], value));
    if (key) keys.back() = coerce(keys.back(), key, (*each)[0].span, "a key");
    if (value) values.back() = coerce(values.back(), value, (*each)[1].span, "a value");
  }
  if (!key && !keys.empty()) {
    key = join_all(keys, node.span);
    value = join_all(values, node.span);
  }
  const Type* type = key ? map_of(key, value) : nullptr;
  if (key && (vars.resolve(key)->kind == TypeKind::never || vars.resolve(value)->kind == TypeKind::never)) return poison(node.span);
  if (key && !vars.is_open(key) && !is_hashable(vars.runtime(key)))
    return error(node.span, "a value of type " + show(key) + " cannot be the key of a map", "numbers, texts, tuples and records of them can");
  Expr* whole = nullptr;
  for (Expr* each : spreads) {
    const Type* of = known(each->type, each->span);
    if (of->kind == TypeKind::never) return poison(node.span);
    if (of->kind != TypeKind::map) return error(each->span, "`...` in a map takes a Map, found " + show(of));
    if (!type) type = of;
    each = coerce(each, type, each->span);
    whole = whole ? merge_maps(whole, each, node.span) : each;
  }
  std::vector<Expr*> kids;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    kids.push_back(keys[i]);
    kids.push_back(values[i]);
  }
  if (kids.empty()) return whole;
  Expr* literal = make_with(Op::make_map, type, node.span, kids);
  return whole ? merge_maps(whole, literal, node.span) : literal;
}

Expr* Inference::infer_record(const Node& node, const Type* expected) {
  std::vector<std::string_view> names;
  std::vector<Expr*> values;
  std::vector<Expr*> before;
  const Type* update_of = nullptr;         // {...r, age: 4} keeps the type of r when the names are its own
  for (const Node* each : node.kids) {
    if (each->is(Kind::spread)) {
      Expr* base = infer((*each)[0]);
      const Type* type = known(base->type, each->span);
      if (type->kind == TypeKind::never) return poison(node.span);
      bool declared = type->kind == TypeKind::named && !type->decl->is_sum && !type->constructors.empty();
      if (type->kind != TypeKind::record && !declared)
        return error(each->span, "`...` in a record takes a record, found " + show(type));
      if (node.kids[0] == each) update_of = type;
      std::uint32_t local = 0;
      before.push_back(copy_to_temp(base, local));
      std::span<const std::string_view> fields = declared ? type->constructors[0].fields : type->names;
      std::span<const Type* const> types = declared ? type->constructors[0].types : type->args;
      for (std::size_t i = 0; i < fields.size(); ++i) {
        Expr* part = make(Op::field, types[i], each->span, {read_local(local, type, each->span)});
        part->index = static_cast<std::uint32_t>(i);
        auto at = std::find(names.begin(), names.end(), fields[i]);
        if (at == names.end()) {
          names.push_back(fields[i]);
          values.push_back(part);
        } else {
          values[static_cast<std::size_t>(at - names.begin())] = part;
        }
      }
      continue;
    }
    const Type* of_field = nullptr;
    if (update_of) {
      int index = field_index(update_of, each->text);
      if (index >= 0)
        of_field = update_of->kind == TypeKind::record ? update_of->args[static_cast<std::size_t>(index)]
                                                       : update_of->constructors[0].types[static_cast<std::size_t>(index)];
      else if (update_of->kind == TypeKind::named)
        return member_of(make(Op::none, update_of, each->span), each->text, *each,
                         {each->span.begin, each->span.begin + static_cast<std::uint32_t>(each->text.size())});
    } else if (expected) {
      int index = field_index(expected, each->text);
      if (index >= 0) of_field = expected->args[static_cast<std::size_t>(index)];
    }
    Expr* value = infer((*each)[0], of_field);
    if (of_field && (update_of || converts(value, of_field))) value = coerce(value, of_field, (*each)[0].span, "the field `" + std::string(each->text) + "`");
    if (vars.resolve(value->type)->kind == TypeKind::never) return poison(node.span);
    auto at = std::find(names.begin(), names.end(), each->text);
    if (at != names.end()) {
      if (before.empty()) return error(each->span, "the field `" + std::string(each->text) + "` is given twice");
      values[static_cast<std::size_t>(at - names.begin())] = value;
    } else {
      names.push_back(each->text);
      values.push_back(value);
    }
  }
  // Where a type is expected, its order of fields is taken.
  if (expected && !update_of && names.size() == expected->names.size()) {
    std::vector<Expr*> ordered;
    for (std::string_view name : expected->names) {
      auto at = std::find(names.begin(), names.end(), name);
      if (at != names.end()) ordered.push_back(values[static_cast<std::size_t>(at - names.begin())]);
    }
    if (ordered.size() == values.size() && std::vector<std::string_view>(expected->names.begin(), expected->names.end()) != names) {
      std::vector<Expr*> all = before;
      // Evaluation keeps the order of the text.
      std::vector<std::uint32_t> locals(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) all.push_back(copy_to_temp(values[i], locals[i]));
      std::vector<Expr*> reads;
      std::vector<const Type*> types;
      for (std::string_view name : expected->names) {
        auto i = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
        reads.push_back(read_local(locals[i], values[i]->type, node.span));
        types.push_back(values[i]->type);
      }
      all.push_back(make_with(Op::make_record, record_of(expected->names, types), node.span, reads));
      return block_of(all, node.span);
    }
  }
  const Type* type = update_of && update_of->kind == TypeKind::named ? update_of : nullptr;
  if (!type) {
    std::vector<const Type*> types;
    for (Expr* value : values) types.push_back(vars.resolve(value->type));
    type = record_of(names, types);
  }
  std::vector<Expr*> all = before;
  all.push_back(make_with(Op::make_record, type, node.span, values));
  return block_of(all, node.span);
}

Expr* Inference::infer_range(const Node& node) {
  const Type* integer = basic(TypeKind::int_);
  if (!node[0] || !node[1]) return error(node.span, "a range needs both ends here", "write `0..n`");
  Expr* from = infer_as(node[0], integer, "the beginning of a range");
  Expr* to = infer_as(node[1], integer, "the end of a range");
  if (node.number == 1) {
    if (is_int_literal(to) && to->integer < INT64_MAX)
      to = int_const(to->integer + 1, to->span);
    else
      to = prim(Prim::int_add, integer, to->span, {to, int_const(1, to->span)});
  }
  return make(Op::make_range, basic(TypeKind::range), node.span, {from, to});
}

// [e for p in xs if c ..]: loops that append to a list, or set keys of a map.
Expr* Inference::infer_comprehension(const Node& node, const Type* expected) {
  const Node& element = node[0];
  bool is_map = element.is(Kind::map_entry);
  const Type* shape = member_of_kind(expected, is_map ? TypeKind::map : TypeKind::list);
  const Type* type = nullptr;
  std::uint32_t result = fresh_local(basic(TypeKind::never));
  Expr* start = make(is_map ? Op::make_map : Op::make_list, basic(TypeKind::never), node.span);
  std::size_t scope = push_scope();
  Flow before = flow_;
  std::function<Expr*(std::size_t)> clause = [&](std::size_t i) -> Expr* {
    if (i < node.size()) {
      const Node& each = node[i];
      if (each.is(Kind::if_clause)) {
        Expr* test = condition(each[0]);
        return if_expr(test, clause(i + 1), none_const(each.span), basic(TypeKind::none), each.span);
      }
      return loop_over(each[1], &each[0], each.span, [&, i] { return clause(i + 1); });
    }
    if (is_map) {
      Expr* key = infer(element[0], shape ? shape->args[0] : nullptr);
      Expr* value = infer(element[1], shape ? shape->args[1] : nullptr);
      if (shape) {
        key = coerce(key, shape->args[0], element[0].span);
        value = coerce(value, shape->args[1], element[1].span);
      }
      type = map_of(vars.resolve(key->type), vars.resolve(value->type));
      Expr* set = make(Op::place_set, basic(TypeKind::none), element.span, {value});
      core::Step* step = checker.arena.make<core::Step>();
      step->kind = core::Step::Kind::map_key;
      step->key = key;
      step->container = type;
      step->part = type->args[1];
      made_steps_.push_back(step);
      core::Place* place = checker.arena.make<core::Place>();
      place->local = result;
      place->type = type;
      place->steps = std::span<const core::Step>(step, 1);
      made_places_.push_back(place);
      set->place = place;
      return set;
    }
    Expr* value = infer(element, shape ? shape->args[0] : nullptr);
    if (shape) value = coerce(value, shape->args[0], element.span);
    type = list_of(vars.resolve(value->type));
    return native("list.append", basic(TypeKind::none), element.span, {read_local(result, type, element.span), value});
  };
  Expr* loop = clause(1);
  pop_scope(scope);
  std::vector<char> moved = flow_.moved;
  flow_ = before;
  flow_.moved = moved;
  if (!type) return poison(node.span);
  bool poisoned = vars.resolve(type->args.back())->kind == TypeKind::never;
  start->type = type;
  core_fn.locals[result].type = type;
  Expr* whole = block_of({set_local(result, start, node.span), loop, read_local(result, type, node.span)}, node.span);
  return poisoned ? (whole->type = type, whole) : whole;
}

}  // namespace m31::types
