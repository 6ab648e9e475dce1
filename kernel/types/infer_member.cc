// Parts of values: fields, members of modules, indices, slices.
#include <algorithm>
#include <utility>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

Qualifier Inference::qualifier_of(const Node& node) {
  Qualifier found;
  if (node.is(Kind::name)) {
    std::string_view name = node.text;
    if (lookup(name)) return found;
    if (context.module->name.empty() && checker.globals.count(name)) return found;
    if (name == "PARENT") {
      found.is_parent = true;
      return found;
    }
    std::vector<Arg> none;
    if (is_capability(name) && name != "stdin" && name != "print") {
      found.capability = name;
      if (checker.library.has(name)) found.module = checker.library.find(name);
      return found;
    }
    if (checker.library.has(name) && !Library::is_open(name)) {
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
        case TypeKind::duration: found.module = checker.library.find("duration"); break;
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
  std::vector<std::string> constants;
  if (module) {
    for (const auto& [each, def] : module->constants) constants.emplace_back(each);
    for (const auto& [each, def] : module->fns) constants.emplace_back(each);
  }
  if ((qualifier.capability == "fs" || qualifier.capability == "sys") && nearest(name, constants).empty())
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
  bool whole = std::exchange(reads_whole_, false);
  Expr* object = infer(node[0]);
  reads_whole_ = whole;
  Expr* value = member_of(object, node.text, node, name_span);
  if (flow_.facts.empty()) return value;
  std::optional<Path> path = path_of(node);
  return path ? as_known(value, path->key, node.span) : value;
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
    if (is_subset(basic(TypeKind::none), type)) {
      Span dot{name_span.begin - 1, name_span.begin};
      bool plain = name_span.begin > 0 && source_text(dot) == ".";
      return error(name_span, "`" + std::string(name) + "` is asked of a value that may be None: it is " + show(type), "write `?." + std::string(name) + "`, or test it: `if .. != None:`",
                   plain ? std::vector<syntax::Edit>{{dot, "?."}} : std::vector<syntax::Edit>{});
    }
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
  if (near.empty()) {
    // The word of another language, written as a field: `xs.length`.
    const std::string word = known_name_like(name, names_in_scope());
    if (!word.empty() && word != name && !functions_named(word, context, nullptr, args).empty())
      return error(name_span, message, "write `." + word + "()`", {{name_span, word + "()"}});
  }
  if (near.empty() && !names.empty()) {
    std::string all;
    for (const std::string& each : names) all += (all.empty() ? "" : ", ") + each;
    return error(name_span, message, "its fields are " + all);
  }
  return error(name_span, message, near.empty() ? "only records, and values of declared types, have fields" : "did you mean `" + near + "`?",
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
                     type->kind == TypeKind::union_ ? "say what happens for each of its types with `match`" : "a List, Map, String, Bytes, tuple or record has");
    }
  }
  return value;
}

Expr* Inference::infer_slice(const Node& node) {
  Expr* object = infer(node[0]);
  const Type* type = known(object->type, object->span);
  const Type* integer = basic(TypeKind::int_);
  if (type->kind == TypeKind::never) return poison(node.span);
  if (type->kind == TypeKind::any) {
    // Which of those it is, is seen when it runs.
    std::vector<Arg> args(node[2] ? 3 : 2);
    args[0].value = object;
    args[1].value = node[1] ? infer_as(node[1], integer, "where the slice begins") : int_const(0, node.span);
    if (node[2]) args[2].value = infer_as(node[2], integer, "where the slice ends");
    if (node[2] && node.number == 1) args[2].value = prim(Prim::int_add, integer, node.span, {args[2].value, int_const(1, node.span)});
    return call_overloads(functions_named("slice", context, checker.library.find("any"), args), args, node, node.span);
  }
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

}  // namespace m31::types
