// Types as they are written: in type positions, and as expressions.
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

struct Builtin {
  std::string_view name;
  TypeKind kind;
  std::size_t arity;
};
constexpr Builtin builtins[] = {
    {"Int", TypeKind::int_, 0},          {"Float", TypeKind::float_, 0},     {"Bool", TypeKind::boolean, 0},
    {"String", TypeKind::string, 0},     {"Bytes", TypeKind::bytes, 0},      {"Duration", TypeKind::duration, 0},
    {"None", TypeKind::none, 0},         {"Any", TypeKind::any, 0},          {"Range", TypeKind::range, 0},
    {"Never", TypeKind::never, 0},       {"Fibril", TypeKind::fibril, 0},    {"Sandbox", TypeKind::sandbox, 0},  {"List", TypeKind::list, 1},
    {"Map", TypeKind::map, 2},           {"Sender", TypeKind::sender, 1},    {"Receiver", TypeKind::receiver, 1},
    {"Stream", TypeKind::stream, 1},     {"Type", TypeKind::type_value, 1},  {"Space", TypeKind::space, 1},
};

const Builtin* builtin(std::string_view name) {
  for (const Builtin& each : builtins)
    if (each.name == name) return &each;
  return nullptr;
}

// Of those without parameters. `Sandbox` alone is any one: what it grants is known when it runs.
const Type* plain(const Builtin& type) {
  return type.kind == TypeKind::sandbox ? unary_of(TypeKind::sandbox, basic(TypeKind::any)) : basic(type.kind);
}

}  // namespace

TypeDef* Inference::find_type(std::string_view name, const Context& where) {
  auto note = [&](TypeDef* def) {
    if (def->decl) checker.type_defs.emplace(def->decl, def);
    return def;
  };
  std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) {
    Module* module = checker.library.has(name.substr(0, dot)) ? checker.library.find(name.substr(0, dot)) : nullptr;
    if (!module) return nullptr;
    auto found = module->types.find(name.substr(dot + 1));
    return found == module->types.end() ? nullptr : note(found->second);
  }
  auto found = where.module->types.find(name);
  if (found != where.module->types.end()) return note(found->second);
  if (name.empty() || name[0] < 'A' || name[0] > 'Z') return nullptr;
  TypeDef* open = nullptr;
  checker.library.open_modules(name, [&](Module& module) {
    auto there = module.types.find(name);
    if (there != module.types.end()) open = there->second;
  });
  if (open) return note(open);
  Module* errors = checker.library.find("errors");
  if (!errors) return nullptr;
  auto error_there = errors->types.find(name);
  return error_there == errors->types.end() ? nullptr : note(error_there->second);
}

bool Inference::find_constructor(std::string_view name, const Context& where, ConstructorDef& found, Module*& module) {
  auto here = where.module->constructors.find(name);
  if (here != where.module->constructors.end()) {
    found = here->second;
    module = where.module;
    return true;
  }
  if (name.empty() || name[0] < 'A' || name[0] > 'Z') return false;
  Module* errors = checker.library.find("errors");
  if (!errors) return false;
  auto there = errors->constructors.find(name);
  if (there == errors->constructors.end()) return false;
  found = there->second;
  module = errors;
  return true;
}

const Type* Inference::instance_of(TypeDef& def, const std::vector<const Type*>& args) {
  if (def.decl) {
    checker.type_defs.emplace(def.decl, &def);
    const Type* type = named_of(def.decl, args);
    checker.complete(type);
    return type;
  }
  if (def.is_resolving) return error(def.node->span, "`" + def.shown + "` is an abbreviation of itself", "declare a record or sum type: `type T = A(x: ..) | B()`")->type;
  def.is_resolving = true;
  TypeArgs bound;
  for (std::size_t i = 0; i < def.params.size() && i < args.size(); ++i) bound.emplace_back(def.params[i], args[i]);
  Context where;
  where.module = def.module;
  where.source = def.source;
  std::vector<const Type*> members;
  for (std::size_t i = 1; i < def.node->size(); ++i) members.push_back(resolve_type((*def.node)[i], where, bound));
  def.is_resolving = false;
  return union_of(members);
}

const Type* Inference::named_type(std::string_view name, std::vector<const Type*> args, const Context& where, const TypeArgs& type_args,
                                  Span span, bool report) {
  auto wrong_count = [&](std::size_t count) -> const Type* {
    if (report)
      error(span, "`" + std::string(name) + "` takes " + std::to_string(count) + (count == 1 ? " type" : " types") + ", found " + std::to_string(args.size()),
            count == 1 ? "write `" + std::string(name) + "[Int]`" : count == 2 ? "write `" + std::string(name) + "[String, Int]`" : "write `" + std::string(name) + "`",
            args.empty() && count == 1 ? std::vector<syntax::Edit>{{span, std::string(name) + "[Int]"}} : std::vector<syntax::Edit>{});
    return basic(TypeKind::never);
  };
  if (args.empty())
    for (auto at = type_args.rbegin(); at != type_args.rend(); ++at)
      if (at->first == name) return at->second;
  if (TypeDef* own = where.module->types.count(name) ? where.module->types.at(name) : nullptr) {
    if (own->params.size() != args.size()) return wrong_count(own->params.size());
    return instance_of(*own, args);
  }
  if (const Builtin* found = builtin(name)) {
    if (args.size() != found->arity) return wrong_count(found->arity);
    if (found->arity == 0) return plain(*found);
    if (found->kind == TypeKind::list) return list_of(args[0]);
    if (found->kind == TypeKind::map) {
      const Type* key = report && !vars.is_open(args[0]) ? vars.runtime(args[0]) : basic(TypeKind::never);
      if (key->kind != TypeKind::never && !is_hashable(key)) {
        error(span, "a value of type " + show(key) + " cannot be the key of a map", "numbers, texts, tuples and records of them can");
        return basic(TypeKind::never);
      }
      return map_of(args[0], args[1]);
    }
    return unary_of(found->kind, args[0]);
  }
  if (TypeDef* def = find_type(name, where)) {
    if (def->params.size() != args.size()) return wrong_count(def->params.size());
    return instance_of(*def, args);
  }
  if (report) {
    std::vector<std::string> names;
    for (const Builtin& each : builtins) names.emplace_back(each.name);
    for (const auto& [each, def] : where.module->types) names.emplace_back(each);
    for (const auto& [each, type] : type_args) names.emplace_back(each);
    static constexpr std::pair<std::string_view, std::string_view> others[] = {
        {"int", "Int"}, {"str", "String"}, {"string", "String"}, {"bool", "Bool"}, {"float", "Float"}, {"list", "List"}, {"dict", "Map"},
        {"Dict", "Map"}, {"Str", "String"}, {"Boolean", "Bool"}, {"Integer", "Int"}, {"Double", "Float"}, {"Array", "List"}};
    for (const auto& [theirs, ours] : others)
      if (theirs == name) {
        error(span, "the type `" + std::string(name) + "` is not known", "write `" + std::string(ours) + "`",
              {{{span.begin, span.begin + static_cast<std::uint32_t>(name.size())}, std::string(ours)}});
        return basic(TypeKind::never);
      }
    unknown_name(name, span, "the type", names);
  }
  return basic(TypeKind::never);
}

const Type* Inference::resolve_type(const Node& node, const Context& where, const TypeArgs& type_args, bool report) {
  switch (node.kind) {
    case Kind::type_name: {
      std::vector<const Type*> args;
      for (const Node* each : node.kids) args.push_back(resolve_type(*each, where, type_args, report));
      for (const Type* arg : args)
        if (arg->kind == TypeKind::never && node.text != "List" && node.text != "Sender" && node.text != "Receiver") return arg;
      return named_type(node.text, std::move(args), where, type_args, node.span, report);
    }
    case Kind::type_optional: return optional_of(resolve_type(node[0], where, type_args, report));
    case Kind::type_union: {
      std::vector<const Type*> members;
      for (const Node* each : node.kids) members.push_back(resolve_type(*each, where, type_args, report));
      return union_of(members);
    }
    case Kind::type_record: {
      std::vector<std::string_view> names;
      std::vector<const Type*> types;
      for (const Node* each : node.kids) {
        names.push_back(each->text);
        types.push_back(resolve_type((*each)[0], where, type_args, report));
      }
      return record_of(names, types);
    }
    case Kind::type_tuple: {
      std::vector<const Type*> types;
      for (const Node* each : node.kids) types.push_back(resolve_type(*each, where, type_args, report));
      return tuple_of(types);
    }
    case Kind::type_fn: {
      std::size_t count = node.size() - (node.number == 1 ? 1 : 0);
      std::vector<const Type*> params;
      for (std::size_t i = 0; i + 1 < count; ++i) params.push_back(resolve_type(node[i], where, type_args, report));
      const Type* result = resolve_type(node[count - 1], where, type_args, report);
      std::vector<std::string_view> effects;
      if (node.number == 1)
        for (const Node* field : node[count].kids) effects.push_back(field->text);
      // `uses {}` demands that there is none; without `uses` there may be any, which are the maker's.
      if (node.number == 1 && effects.empty()) effects.emplace_back();
      return fn_of(params, result, effects);
    }
    default: break;
  }
  if (report) error(node.span, "expected a type");
  return basic(TypeKind::never);
}

// An expression that names a type: Int, List[Int], http.Response, T?, A | B.
const Type* Inference::type_of_expr(const Node& node) {
  switch (node.kind) {
    case Kind::name: {
      if (node.text.empty() || node.text[0] < 'A' || node.text[0] > 'Z' || lookup(node.text)) {
        return nullptr;
      }
      for (auto at = context.type_args.rbegin(); at != context.type_args.rend(); ++at)
        if (at->first == node.text) return at->second;
      if (TypeDef* def = find_type(node.text, context)) {
        if (!def->params.empty()) return nullptr;
        return instance_of(*def, {});
      }
      const Builtin* found = builtin(node.text);
      return found && found->arity == 0 ? plain(*found) : nullptr;
    }
    case Kind::index: {
      if (!node[0].is(Kind::name) || lookup(node[0].text)) return nullptr;
      std::string_view name = node[0].text;
      const Builtin* found = builtin(name);
      TypeDef* def = found ? nullptr : find_type(name, context);
      if (!(found && found->arity > 0) && !(def && !def->params.empty())) return nullptr;
      std::vector<const Type*> args;
      for (std::size_t i = 1; i < node.size(); ++i) {
        const Type* arg = type_of_expr(node[i]);
        if (!arg) return nullptr;
        args.push_back(arg);
      }
      return named_type(name, std::move(args), context, context.type_args, node.span, true);
    }
    case Kind::member: {
      if (!node[0].is(Kind::name) || node.text.empty() || node.text[0] < 'A' || node.text[0] > 'Z' || lookup(node[0].text)) return nullptr;
      std::string qualified_name = std::string(node[0].text) + "." + std::string(node.text);
      TypeDef* def = find_type(qualified_name, context);
      return def && def->params.empty() ? instance_of(*def, {}) : nullptr;
    }
    case Kind::optional: {
      const Type* type = type_of_expr(node[0]);
      return type ? optional_of(type) : nullptr;
    }
    case Kind::pipe: {
      const Type* left = node[0].is(Kind::none_lit) ? basic(TypeKind::none) : type_of_expr(node[0]);
      if (!left) return nullptr;
      const Type* right = node[1].is(Kind::none_lit) ? basic(TypeKind::none) : type_of_expr(node[1]);
      if (!right) return nullptr;
      const Type* members[] = {left, right};
      return union_of(members);
    }
    case Kind::type_name:
    case Kind::type_optional:
    case Kind::type_record:
    case Kind::type_tuple:
    case Kind::type_fn:
    case Kind::type_union: return resolve_type(node, context, context.type_args);
    case Kind::block:
    case Kind::expr_stmt: return node.size() == 1 ? type_of_expr(node[0]) : nullptr;
    default: return nullptr;
  }
}

}  // namespace m31::types
