// Names as values; functions as values, with what they capture.
#include <algorithm>
#include <unordered_set>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

void names_in(const Node& node, std::unordered_set<std::string_view>& names) {
  if (node.is(Kind::name) || node.is(Kind::method_call)) names.insert(node.text);
  for (const Node* kid : node.kids) names_in(*kid, names);
}

}  // namespace

Expr* Inference::infer_name(const Node& node) {
  std::string_view name = node.text;
  const Span span = node.span;
  if (Var* var = lookup(name)) return read_known(*var, span);
  auto global = checker.globals.find(name);
  if (global != checker.globals.end() && context.module->name.empty())
    return as_known(read_global(global->first, global->second, span), "$" + global->first, span);
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
  if (checker.library.has(name) && !Library::is_open(name)) return make(Op::type_const, types::module_of(name), span);
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
    parts.push_back(read_known(*var, span));
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
    const Type* type = fact_of(key_of(*var), vars.resolve(var->type));
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
  if (!operand.is(Kind::name)) return error(operand.span, "`move` hands off a name", "delete `move`: what has no name is handed off by itself", {{node.span, source_text(operand.span)}});
  Var* var = lookup(operand.text);
  Expr* value = infer(operand);
  if (!var) return value;
  if (flow_.moved.size() <= var->number) flow_.moved.resize(var->number + 1, 0);
  flow_.moved[var->number] = 1;
  var->moved_at = node.span;
  return value;
}

}  // namespace m31::types
