// What an Any holds, as native words look at it: a box has a type and a slot, None is no box. A Held's value is a borrowed slot: read it again
// from the arguments after an allocation.
#pragma once

#include "kernel/vm/layout.h"
#include "kernel/vm/native.h"

namespace m31::vm {

struct Held {
  const types::Type* type;
  Slot value;
};

inline Held held(Slot boxed) {
  if (!boxed) return {types::basic(types::TypeKind::none), 0};
  return {types::by_id(static_cast<std::uint32_t>(as<Box>(boxed)->type_id)), as<Box>(boxed)->value};
}

inline bool is_boxed(const types::Type* type) { return type->kind == types::TypeKind::any || type->kind == types::TypeKind::union_; }

// A part of something as an Any of its own.
inline Slot boxed_part(Heap& heap, const types::Type* type, Slot value) {
  if (is_boxed(type)) return value;
  if (type->kind == types::TypeKind::none) return 0;
  if (type->is_ref) share(value);
  return make_box(heap, type->id, value, type->is_ref);
}

}  // namespace m31::vm
