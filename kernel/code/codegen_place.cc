// Places: changing a part of a variable. Every container on the way is unshared first, so that nobody else sees it.
#include "kernel/code/codegen.h"

namespace m31::code {

using core::Step;

// `until` is what runs before the last use of the keys: a key whose variable is assigned there is copied.
Codegen::Path Codegen::gen_keys(const core::Place& place, const Expr& until) {
  Path path;
  for (std::size_t i = 0; i < place.steps.size(); ++i) {
    const Step& step = place.steps[i];
    Reg key = 0;
    if (step.key && step.key->op == core::Op::local && !is_mutable(step.key->type) &&
        !facts_.is_disturbed({Root::Kind::local, step.key->index, {}},
                             {facts_.range_of(*step.key).end, facts_.range_of(until).end})) {
      key = local(step.key->index);
    } else if (step.key) {
      key = gen_temp(*step.key, step.kind == Step::Kind::map_key ? Use::own : Use::borrow);
    }
    path.keys.push_back(key);
  }
  return path;
}

// Leaves the container of the last step in path.container, reached by unshared ones only; whoever changes it makes it unshared,
// and whoever looks at what is in it first must (`own_root`), where it is the variable itself.
void Codegen::reach(const core::Place& place, Path& path, bool own_root) {
  if (place.is_global) {
    path.root = temp();
    emit_number(Op::get_global, path.root, symbol_index(place.symbol));
    set_reference(path.root, place.type->is_ref);
    if (is_mutable(place.type)) {
      emit(Op::own, path.root);
      emit_number(Op::set_global, path.root, symbol_index(place.symbol)).extra = type_index(place.type);
    }
  } else {
    path.root = local(place.local);
    if (own_root && place.steps.size() == 1) emit(Op::own, path.root);
  }
  path.container = path.root;
  for (std::size_t i = 0; i + 1 < place.steps.size(); ++i) {
    const Step& step = place.steps[i];
    Reg part = temp();
    switch (step.kind) {
      case Step::Kind::field:
        define(Op::own_field, part, step.part, path.container, field_slot_number(step.container, step.index));
        break;
      case Step::Kind::list_index: define(Op::own_item, part, step.part, path.container, path.keys[i]); break;
      case Step::Kind::map_key:
        define(Op::own_entry, part, step.part, path.container, path.keys[i]).extra =
            type_index(step.container->args[0]);
        break;
    }
    path.container = part;
  }
}

void Codegen::put(const core::Place& place, const Path& path, Reg value) {
  if (place.steps.empty()) {
    emit_number(Op::set_global, value, symbol_index(place.symbol)).extra = type_index(place.type);
    return;
  }
  const Step& last = place.steps.back();
  Reg key = path.keys.back();
  switch (last.kind) {
    case Step::Kind::field:
      emit(Op::set_field, path.container, field_slot_number(last.container, last.index), value);
      break;
    case Step::Kind::list_index: emit(Op::list_set, path.container, key, value); break;
    case Step::Kind::map_key:
      emit(Op::map_set, path.container, key, value).extra = type_index(last.container->args[0]);
      break;
  }
}

void Codegen::gen_place_set(const Expr& expr) {
  const core::Place& place = *expr.place;
  auto constant = constant_register(*expr.kids[0]);
  Reg value = constant ? *constant : gen_temp(*expr.kids[0], Use::own);
  Path path = gen_keys(place, expr);
  if (!place.steps.empty()) reach(place, path, false);
  put(place, path, value);
}

void Codegen::gen_place_modify(const Expr& expr, Reg dst, Use use, bool dropped) {
  const core::Place& place = *expr.place;
  Path path = gen_keys(place, expr);
  Reg hole = local(expr.index);
  const types::Type* part = place.steps.empty() ? place.type : place.steps.back().part;
  if (place.steps.empty()) {
    emit_number(Op::get_global, hole, symbol_index(place.symbol));
  } else {
    reach(place, path, is_mutable(part));
    const Step& last = place.steps.back();
    switch (last.kind) {
      case Step::Kind::field:
        define(Op::field, hole, part, path.container, field_slot_number(last.container, last.index));
        break;
      case Step::Kind::list_index: define(Op::list_get, hole, part, path.container, path.keys.back()); break;
      case Step::Kind::map_key:
        define(Op::map_get, hole, part, path.container, path.keys.back()).extra = type_index(last.container->args[0]);
        break;
    }
  }
  bool value = expr.type->kind != types::TypeKind::none;
  if (value) gen_to(*expr.kids[0], dst, use);
  else effect(*expr.kids[0]);
  if (!place.steps.empty()) {
    // If the body may have given the variable a second owner, or another value, go there again.
    Root root{place.is_global ? Root::Kind::global : Root::Kind::local, place.local, place.symbol};
    if (!place.is_global && facts_.is_touched(root, facts_.range_of(*expr.kids[0]))) reach(place, path, false);
  }
  put(place, path, hole);
  if (!value && !dropped) load_word(dst, 0, expr.type);
}

}  // namespace m31::code
