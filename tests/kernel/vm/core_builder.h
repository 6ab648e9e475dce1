// Typed core built by hand, for tests of the code generator and the VM that need no checker.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel/base/arena.h"
#include "kernel/code/code.h"
#include "kernel/types/core.h"

namespace m31::test {

using core::Expr;
using core::FnInstance;
using core::Op;
using core::Prim;
using types::Type;
using types::TypeKind;

inline const Type* t_int() { return types::basic(TypeKind::int_); }
inline const Type* t_bool() { return types::basic(TypeKind::boolean); }
inline const Type* t_none() { return types::basic(TypeKind::none); }
inline const Type* t_string() { return types::basic(TypeKind::string); }
inline const Type* t_any() { return types::basic(TypeKind::any); }
inline const Type* t_list(const Type* item) { return types::list_of(item); }

class Build {
 public:
  using E = const Expr*;

  FnInstance* fn(std::string name, std::vector<const Type*> parameters, const Type* result) {
    auto made = std::make_unique<FnInstance>();
    made->name = name;
    made->identity = std::move(name);
    made->parameter_count = static_cast<std::uint32_t>(parameters.size());
    for (const Type* type : parameters) made->locals.push_back({"p", type});
    made->is_var.assign(parameters.size(), false);
    made->result = result;
    functions_.push_back(std::move(made));
    return functions_.back().get();
  }
  std::uint32_t local(FnInstance* f, const Type* type) {
    f->locals.push_back({"l", type});
    return static_cast<std::uint32_t>(f->locals.size() - 1);
  }

  Expr* node(Op op, const Type* type, std::vector<E> kids = {}) {
    Expr* e = arena_.make<Expr>();
    e->op = op;
    e->type = type;
    e->kids = arena_.copy(kids);
    return e;
  }
  E integer(std::int64_t value) {
    Expr* e = node(Op::integer, t_int());
    e->integer = value;
    return e;
  }
  E boolean(bool value) {
    Expr* e = node(Op::boolean, t_bool());
    e->integer = value;
    return e;
  }
  E string(std::string_view text) {
    Expr* e = node(Op::string, t_string());
    e->text = arena_.copy(text);
    return e;
  }
  E none() { return node(Op::none, t_none()); }
  E get(FnInstance* f, std::uint32_t index) {
    Expr* e = node(Op::local, f->locals[index].type);
    e->index = index;
    return e;
  }
  E set(std::uint32_t index, E value) {
    Expr* e = node(Op::set_local, t_none(), {value});
    e->index = index;
    return e;
  }
  E prim(Prim prim, const Type* type, std::vector<E> kids) {
    Expr* e = node(Op::prim, type, std::move(kids));
    e->index = static_cast<std::uint32_t>(prim);
    return e;
  }
  E add(E a, E b) { return prim(Prim::int_add, t_int(), {a, b}); }
  E sub(E a, E b) { return prim(Prim::int_sub, t_int(), {a, b}); }
  E mul(E a, E b) { return prim(Prim::int_mul, t_int(), {a, b}); }
  E lt(E a, E b) { return prim(Prim::int_lt, t_bool(), {a, b}); }
  E eq(E a, E b) { return prim(Prim::int_eq, t_bool(), {a, b}); }
  E block(std::vector<E> kids) {
    const Type* type = kids.empty() ? t_none() : kids.back()->type;
    return node(Op::block, type, std::move(kids));
  }
  E if_(E condition, E then, E otherwise) {
    const Type* type = then->type->kind == TypeKind::never ? otherwise->type : then->type;
    return node(Op::if_, type, {condition, then, otherwise});
  }
  E while_(E condition, E body) { return node(Op::while_, t_none(), {condition, body}); }
  E range(E from, E to) { return node(Op::make_range, types::basic(TypeKind::range), {from, to}); }
  E for_range(std::uint32_t index, E range, E body) {
    Expr* e = node(Op::for_range, t_none(), {range, body});
    e->index = index;
    return e;
  }
  E for_list(std::uint32_t index, E list, E body) {
    Expr* e = node(Op::for_list, t_none(), {list, body});
    e->index = index;
    return e;
  }
  E call(const FnInstance* callee, std::vector<E> args) {
    Expr* e = node(Op::call, callee->result, std::move(args));
    e->callee = callee;
    return e;
  }
  E ret(E value) { return node(Op::return_, types::basic(TypeKind::never), {value}); }
  E list(const Type* item, std::vector<E> items) { return node(Op::make_list, t_list(item), std::move(items)); }
  E at(E list, E index) { return node(Op::list_get, list->type->args[0], {list, index}); }
  E len(E list) { return node(Op::list_len, t_int(), {list}); }
  E native(std::string_view name, const Type* type, std::vector<E> args) {
    Expr* e = node(Op::native, type, std::move(args));
    e->text = arena_.copy(name);
    return e;
  }
  E append(E list, E item) { return native("list.append", t_none(), {list, item}); }
  E concat(std::vector<E> kids) { return node(Op::concat, t_string(), std::move(kids)); }
  E box(E value) { return node(Op::box, t_any(), {value}); }
  E raise(E boxed) { return node(Op::raise, types::basic(TypeKind::never), {boxed}); }
  E try_(std::uint32_t caught, E body, E handler) {
    Expr* e = node(Op::try_, body->type, {body, handler});
    e->index = caught;
    return e;
  }

  core::Step item_step(const Type* list, E index) {
    core::Step step{core::Step::Kind::list_index, 0, index, list, list->args[0]};
    return step;
  }
  core::Step key_step(const Type* map, E key) {
    core::Step step{core::Step::Kind::map_key, 0, key, map, map->args[1]};
    return step;
  }
  const core::Place* place(FnInstance* f, std::uint32_t local, std::vector<core::Step> steps) {
    auto* p = arena_.make<core::Place>();
    p->local = local;
    p->type = f->locals[local].type;
    p->steps = arena_.copy(steps);
    return p;
  }
  E place_set(const core::Place* place, E value) {
    Expr* e = node(Op::place_set, t_none(), {value});
    e->place = place;
    return e;
  }
  E place_modify(const core::Place* place, std::uint32_t hole, E body) {
    Expr* e = node(Op::place_modify, body->type, {body});
    e->place = place;
    e->index = hole;
    return e;
  }

 private:
  Arena arena_;
  std::vector<std::unique_ptr<FnInstance>> functions_;
};

}  // namespace m31::test
