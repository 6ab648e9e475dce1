// Narrowing: what a test tells about the places that it reads. After `x != None` the name `x`, or a field `r.next`, is read as
// the member of its union that is left; an assignment to it, or to what holds it, forgets that.
//
// A fact stands in Flow under the key of a place: the number of a local or the name of a top-level name, then fields. Elements of
// lists and maps have none: two indices may mean one element.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

const Node& inside(const Node& node) {
  const Node* at = &node;
  while ((at->is(Kind::block) || at->is(Kind::expr_stmt)) && at->size() == 1) at = at->kids[0];
  return *at;
}

bool is_below(std::string_view key, std::string_view path) {
  return key.starts_with(path) && (key.size() == path.size() || key[path.size()] == '.');
}

const Type* without_none(const Type* type) {
  std::vector<const Type*> rest;
  for (const Type* each : type->args)
    if (each->kind != TypeKind::none) rest.push_back(each);
  return union_of(rest);
}

}  // namespace

std::string Inference::key_of(const Var& var) { return var.is_global ? "$" + var.name : "v" + std::to_string(var.number); }

std::optional<Path> Inference::path_of(const Node& place) {
  const Node& node = inside(place);
  if (node.is(Kind::name)) {
    if (Var* var = lookup(node.text)) return Path{key_of(*var), vars.resolve(var->type)};
    auto global = checker.globals.find(node.text);
    if (global == checker.globals.end() || !context.module->name.empty() || !global->second.type) return std::nullopt;
    return Path{"$" + std::string(node.text), vars.resolve(global->second.type)};
  }
  if (!node.is(Kind::member)) return std::nullopt;
  std::optional<Path> object = path_of(node[0]);
  if (!object) return std::nullopt;
  const Type* type = fact_of(object->key, object->type);
  int index = field_index(type, node.text);
  if (index < 0 || (type->kind == TypeKind::named && (type->decl->is_sum || type->constructors.empty()))) return std::nullopt;
  auto at = static_cast<std::size_t>(index);
  return Path{object->key + "." + std::string(node.text),
              vars.resolve(type->kind == TypeKind::named ? type->constructors[0].types[at] : type->args[at])};
}

// What is known of the place now, or what it was declared as.
const Type* Inference::fact_of(const std::string& key, const Type* declared) const {
  auto fact = flow_.facts.find(key);
  if (fact == flow_.facts.end() || declared->kind != TypeKind::union_ || !is_subset(fact->second, declared)) return declared;
  return fact->second;
}

// `value`, which was read from the place, as what is known of it.
Expr* Inference::as_known(Expr* value, const std::string& key, Span span) {
  if (reads_whole_ || flow_.facts.empty()) return value;
  const Type* type = vars.resolve(value->type);
  const Type* to = fact_of(key, type);
  if (to == type) return value;
  Access part;
  narrowed({type, [value] { return value; }}, to, part, span);
  return part.make();
}

Expr* Inference::read_known(Var& var, Span span) { return as_known(read_var(var, span), key_of(var), span); }

void Inference::learn(const Path& path, const Type* type) {
  if (path.type->kind != TypeKind::union_ || !is_subset(type, path.type) || type->kind == TypeKind::never) return;
  if (instance.unsettled.count(path.key)) return;
  flow_.facts[path.key] = type;
}

// What holds after `condition` came out as `truth`.
void Inference::assume(const Node& condition, bool truth) {
  const Node& node = inside(condition);
  if (node.is(Kind::unary) && node.text == "not") return assume(node[0], !truth);
  if (!node.is(Kind::binary)) return;
  if (node.text == "and" || node.text == "or") {
    bool both = (node.text == "and") == truth;
    if (both) {
      assume(node[0], truth);
      assume(node[1], truth);
      return;
    }
    Flow before = flow_;
    assume(node[0], truth);
    Flow one = flow_;
    flow_ = before;
    assume(node[0], !truth);
    assume(node[1], truth);
    flow_ = join_flow(one, flow_);
    return;
  }
  if (node.text != "==" && node.text != "!=") return;
  bool right = inside(node[1]).is(Kind::none_lit);
  if (!right && !inside(node[0]).is(Kind::none_lit)) return;
  std::optional<Path> path = path_of(right ? node[0] : node[1]);
  if (!path || path->type->kind != TypeKind::union_ || !is_subset(basic(TypeKind::none), path->type)) return;
  if ((node.text == "==") == truth) learn(*path, basic(TypeKind::none));
  else if (const Type* known = fact_of(path->key, path->type); known == path->type) learn(*path, without_none(path->type));
}

void Inference::forget(std::string_view path) {
  for (auto at = flow_.facts.begin(); at != flow_.facts.end();) {
    if (!is_below(at->first, path)) {
      ++at;
      continue;
    }
    forgotten_.push_back(at->first);
    at = flow_.facts.erase(at);
  }
}

// A call changed the place: in a loop, what was known before it began may not hold when it begins again.
void Inference::forget_changed(const Node& place) {
  std::optional<Path> path = path_of(place);
  if (!path) return;
  std::size_t before = forgotten_.size();
  forget(path->key);
  if (loops_.empty()) return;
  for (std::size_t i = before; i < forgotten_.size(); ++i) learned |= instance.unsettled.insert(forgotten_[i]).second;
}

// Before code that may run again, or break off anywhere: what it assigns is not known.
void Inference::forget_assigned(const Node& node) {
  if (flow_.facts.empty()) return;
  auto target = [&](const Node& each) {
    if (std::optional<Path> path = path_of(each)) forget(path->key);
  };
  if (node.is(Kind::assign) || node.is(Kind::typed_assign)) target(node[0]);
  if (node.is(Kind::multi_assign))
    for (std::size_t i = 0; i + 1 < node.size(); ++i) target(node[i]);
  for (const Node* kid : node.kids) forget_assigned(*kid);
}

}  // namespace m31::types
