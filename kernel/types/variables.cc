#include "kernel/types/variables.h"

#include <deque>
#include <mutex>

#include "kernel/base/ensure.h"
#include "kernel/types/definitions.h"

namespace m31::types {
namespace {

// Process-wide, because interned types that name them are; numbers of variables are used by every check again.
struct Made {
  std::mutex mutex;
  std::deque<Type> variables, templates;
  std::vector<const Template*> payloads;
};

Made& made() {
  static Made* the = new Made;
  return *the;
}

const Type* variable(std::uint32_t number) {
  Made& m = made();
  std::lock_guard lock(m.mutex);
  while (m.variables.size() <= number) {
    Type type{};
    type.kind = TypeKind::variable;
    type.id = variable_ids_begin + static_cast<std::uint32_t>(m.variables.size());
    m.variables.push_back(type);
  }
  return &m.variables[number];
}

std::uint32_t number_of(const Type* variable) { return variable->id - variable_ids_begin; }

}  // namespace

const Type* new_template_type(const Template* payload) {
  Made& m = made();
  std::lock_guard lock(m.mutex);
  Type type{};
  type.kind = TypeKind::variable;
  type.id = template_ids_begin + static_cast<std::uint32_t>(m.templates.size());
  m.templates.push_back(type);
  m.payloads.push_back(payload);
  return &m.templates.back();
}

const Template* template_of(const Type* type) {
  ENSURE(is_template(type), type->id);
  Made& m = made();
  std::lock_guard lock(m.mutex);
  return m.payloads[type->id - template_ids_begin];
}

const Type* Variables::fresh() {
  bindings_.push_back(nullptr);
  return variable(static_cast<std::uint32_t>(bindings_.size() - 1));
}

const Type* Variables::resolve(const Type* type) const {
  while (is_variable(type)) {
    const Type* bound = bindings_[number_of(type)];
    if (!bound) return type;
    type = bound;
  }
  return type;
}

bool Variables::is_open(const Type* type) const {
  type = resolve(type);
  if (type->kind == TypeKind::variable) return is_variable(type);
  for (const Type* arg : type->args)
    if (is_open(arg)) return true;
  return false;
}

template <class Leaf>
const Type* Variables::rebuild(const Type* type, const Leaf& leaf) const {
  type = resolve(type);
  if (type->kind == TypeKind::variable) return leaf(type);
  if (type->args.empty()) return type;
  std::vector<const Type*> args;
  args.reserve(type->args.size());
  bool changed = false;
  for (const Type* arg : type->args) {
    args.push_back(rebuild(arg, leaf));
    changed |= args.back() != arg;
  }
  if (!changed) return type;
  switch (type->kind) {
    case TypeKind::tuple: return tuple_of(args);
    case TypeKind::list: return list_of(args[0]);
    case TypeKind::map: return map_of(args[0], args[1]);
    case TypeKind::record: return record_of(type->names, args);
    case TypeKind::named: {
      const Type* made_of = named_of(type->decl, args);
      complete_named(made_of);
      return made_of;
    }
    case TypeKind::fn: return fn_of(std::span(args).first(args.size() - 1), args.back(), type->names);
    case TypeKind::union_: return union_of(args);
    default: return unary_of(type->kind, args[0]);
  }
}

const Type* Variables::zonk(const Type* type) const {
  return rebuild(type, [](const Type* leaf) { return leaf; });
}

const Type* Variables::runtime(const Type* type) const {
  return rebuild(type, [this](const Type* leaf) -> const Type* {
    if (!is_template(leaf)) return basic(TypeKind::never);
    const Template* payload = template_of(leaf);
    if (payload->captures.empty()) return basic(TypeKind::none);
    std::vector<const Type*> items;
    for (const Capture& capture : payload->captures) items.push_back(runtime(capture.type));
    return tuple_of(items);
  });
}

bool Variables::occurs(const Type* variable, const Type* in) const {
  in = resolve(in);
  if (in == variable) return true;
  for (const Type* arg : in->args)
    if (occurs(variable, arg)) return true;
  return false;
}

void Variables::bind(const Type* variable, const Type* to) {
  bindings_[number_of(variable)] = to;
  trail_.push_back(number_of(variable));
}

void Variables::rollback(std::size_t mark) {
  while (trail_.size() > mark) {
    bindings_[trail_.back()] = nullptr;
    trail_.pop_back();
  }
}

bool Variables::unify(const Type* a, const Type* b) {
  a = resolve(a);
  b = resolve(b);
  if (a == b || a->kind == TypeKind::never || b->kind == TypeKind::never) return true;
  if (is_variable(b)) std::swap(a, b);
  if (is_variable(a)) {
    if (occurs(a, b)) return false;
    bind(a, b);
    return true;
  }
  if (a->kind != b->kind || a->kind == TypeKind::variable || a->args.empty()) return false;
  if (a->args.size() != b->args.size() || a->decl != b->decl) return false;
  if (a->kind == TypeKind::record || a->kind == TypeKind::fn) {
    if (a->names.size() != b->names.size()) return false;
    for (std::size_t i = 0; i < a->names.size(); ++i)
      if (a->names[i] != b->names[i]) return false;
  }
  if (a->kind == TypeKind::union_) return zonk(a) == zonk(b);
  for (std::size_t i = 0; i < a->args.size(); ++i) {
    // Inside of another type Never is no message's trace but a type of its own: of what is never there.
    const Type* x = resolve(a->args[i]);
    const Type* y = resolve(b->args[i]);
    bool one_never = (x->kind == TypeKind::never) != (y->kind == TypeKind::never);
    if (one_never && !is_variable(x) && !is_variable(y)) return false;
    if (one_never) bind(is_variable(x) ? x : y, is_variable(x) ? y : x);
    else if (!unify(x, y)) return false;
  }
  return true;
}

const Type* Variables::with_unknowns(const Type* type) {
  type = resolve(type);
  if (type->args.empty() || type->kind == TypeKind::fn) return type;
  std::vector<const Type*> args;
  bool changed = false;
  for (const Type* arg : type->args) {
    args.push_back(resolve(arg)->kind == TypeKind::never ? fresh() : with_unknowns(arg));
    changed |= args.back() != arg;
  }
  if (!changed) return type;
  switch (type->kind) {
    case TypeKind::tuple: return tuple_of(args);
    case TypeKind::list: return list_of(args[0]);
    case TypeKind::map: return map_of(args[0], args[1]);
    case TypeKind::record: return record_of(type->names, args);
    default: return type;
  }
}

std::string Variables::show(const Type* type) const {
  return types::show(rebuild(type, [](const Type* leaf) { return is_template(leaf) ? capability_of("fn") : leaf; }));
}

}  // namespace m31::types
