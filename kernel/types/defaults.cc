// Defaults of parameters: read where the function is defined, with the parameters before them.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

bool mentions(const Node& node, std::string_view name) {
  if (node.is(Kind::name) && node.text == name) return true;
  return std::any_of(node.kids.begin(), node.kids.end(), [&](const Node* kid) { return mentions(*kid, name); });
}

}  // namespace

// Fills what `values` lacks. Where a default reads a parameter, all that the call gives is evaluated once, in `before`. `visible` are what the
// function took with it.
void Inference::fill_defaults(const std::vector<ParamDef>& params, const Context& where, std::vector<Var*> visible,
                              const std::vector<const Type*>& types, std::vector<Expr*>& values, std::vector<Expr*>& before, const Node& node) {
  const std::size_t count = params.size();
  if (std::find(values.begin(), values.end(), nullptr) == values.end()) return;
  bool reads_params = false;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; !values[i] && j < count; ++j) reads_params |= j != i && mentions(*params[i].fallback, params[j].name);
  std::vector<Scope> scopes(1);
  std::swap(scopes, scopes_);
  std::map<std::string, const Type*> facts;
  std::swap(facts, flow_.facts);
  const auto keep = [&](std::size_t i) {
    const bool poisoned = vars.resolve(values[i]->type)->kind == TypeKind::never;
    Var* var = declare(params[i].name, poisoned ? basic(TypeKind::never) : vars.zonk(values[i]->type), node.span, Var::Origin::parameter);
    if (poisoned) return var;
    before.push_back(set_local(var->local, values[i], node.span));
    if (!is_int_literal(values[i]) && !params[i].is_var) values[i] = read_local(var->local, var->type, values[i]->span);
    return var;
  };
  std::vector<Var*> of_param(count);
  for (std::size_t i = 0; reads_params && i < count; ++i)
    if (values[i]) of_param[i] = keep(i);
  for (std::size_t i = 0; i < count; ++i) {
    if (values[i]) continue;
    scopes_[0] = {};                       // what was visible to the default before is not to this one
    scopes_[0].vars = visible;
    for (std::size_t j = 0; reads_params && j < count; ++j) {
      if (j < i) scopes_[0].vars.push_back(of_param[j]);
      if (j <= i) continue;
      Var& later = var_store_.emplace_back();          // read_var says that it has no value
      later.name = params[j].name;
      later.type = basic(TypeKind::none);
      later.number = var_count_++;
      later.origin = Var::Origin::parameter;
      scopes_[0].vars.push_back(&later);
    }
    Context outer = context;
    context = where;
    values[i] = infer(*params[i].fallback, types[i]);
    if (types[i]) values[i] = coerce(values[i], types[i], params[i].fallback->span, "the default");
    context = outer;
    values[i]->span = node.span;
    if (reads_params) of_param[i] = keep(i);
  }
  std::swap(scopes, scopes_);
  std::swap(facts, flow_.facts);
}

void Inference::fill_defaults(const FnDef& def, const std::vector<const Type*>& types, std::vector<Expr*>& values, std::vector<Expr*>& before,
                              const Node& node) {
  // What a nested function took with it stands here under hidden names (infer_nested_fns).
  std::vector<Var*> visible;
  for (const Capture& capture : def.captures)
    if (Var* var = lookup(capture.name)) {
      visible.push_back(var);
      Var& plain = var_store_.emplace_back(*var);
      plain.name.resize(std::min(plain.name.size(), plain.name.find('@')));
      visible.push_back(&plain);
    }
  fill_defaults(def.params, def.context, std::move(visible), types, values, before, node);
}

// Parameters that have a type or a default tell all that a function takes: it is checked, with its defaults, though nobody calls it.
Instance* Inference::check_with_defaults(FnDef& def, const Node& statement) {
  TypeArgs none;
  std::vector<const Type*> types = param_types(def, none), given;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!types[i] && !def.params[i].fallback) return nullptr;
    if (types[i] && types[i]->kind == TypeKind::never) return nullptr;
    if (!def.params[i].fallback) given.push_back(types[i]);
  }
  if (given.size() == types.size()) return nullptr;
  const FnDef* address = &def;
  std::string key = "defaults ";
  key.append(reinterpret_cast<const char*>(&address), sizeof address);
  Instance* made = checker.synthesize(key, std::string(def.name) + ".<defaults>", {nullptr, def.context.source, statement.span});
  made->context = def.context;
  made->params = given;
  made->low = SIZE_MAX;
  made->diagnostics.clear();
  made->uses.clear();
  made->globals.clear();
  made->effects.clear();
  Inference inner(checker, *made);
  inner.run_made([&](Inference& in) {
    std::vector<Expr*> values(types.size()), before;
    std::uint32_t local = 0;
    for (std::size_t i = 0; i < types.size(); ++i)
      if (!def.params[i].fallback) values[i] = in.read_local(local++, types[i], statement.span);
    in.fill_defaults(def, types, values, before, statement);
    for (const Expr* value : values)
      if (vars.resolve(value->type)->kind == TypeKind::never || vars.is_open(value->type)) return in.none_const(statement.span);
    before.push_back(in.emit_call(def, values, {}, statement, statement.span));
    before.push_back(in.none_const(statement.span));
    return in.block_of(before, statement.span);
  });
  return made;
}

}  // namespace m31::types
