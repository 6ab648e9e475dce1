// The instructions that are more than a few machine words, out of the interpreter's loop. Each returns false when
// it raised (the fibril's error is set). `result` and operands are registers: read again after each allocation.
#pragma once

#include "kernel/vm/layout.h"

namespace m31::vm {

// Arithmetic that traps.
bool op_floordiv(Fibril& f, Slot a, Slot b, Slot* result);
bool op_mod(Fibril& f, Slot a, Slot b, Slot* result);
bool op_pow(Fibril& f, Slot a, Slot b, Slot* result);
bool op_float_floordiv(Fibril& f, Slot a, Slot b, Slot* result);
bool op_float_mod(Fibril& f, Slot a, Slot b, Slot* result);
bool raise_overflow(Fibril& f, const char* op, Slot a, Slot b);
bool raise_shift(Fibril& f, Slot by);

// Construction.
void op_make_fixed(Fibril& f, const code::FnCode::Shape& shape, const Slot* window, Slot* result);
void op_make_list(Fibril& f, bool refs, const Slot* window, std::uint32_t count, Slot* result);
void op_list_extend(Fibril& f, Slot* list, const Slot* window, std::uint32_t count);
void op_make_map(Fibril& f, const types::Type* type, const Slot* window, std::uint32_t pairs, Slot* result);
void op_make_closure(Fibril& f, const code::FnCode* code, const Slot* window, Slot* result);
void op_box(Fibril& f, const types::Type* type, const Slot* value, Slot* result);
// False when there is no memory for it: over_memory is set.
bool op_concat(Fibril& f, const Slot* window, std::uint32_t count, Slot* result);

// Parts.
bool raise_index(Fibril& f, Slot list, Slot index);
bool op_list_set(Fibril& f, Slot list, Slot index, Slot value);
bool op_own_item(Fibril& f, const Slot* list, Slot index, Slot* result);
void op_own_field(Fibril& f, const Slot* record, std::uint32_t slot, Slot* result);
bool op_list_slice(Fibril& f, const Slot* window, Slot* result);
void op_list_append(Fibril& f, Slot* list, Slot item);
bool op_map_get(Fibril& f, const types::Type* key_type, Slot map, Slot key, Slot* result);
void op_map_set(Fibril& f, const types::Type* key_type, Slot* map, Slot key, Slot value);
bool op_own_entry(Fibril& f, const types::Type* key_type, const Slot* map, Slot key, Slot* result);
bool op_cast(Fibril& f, const types::Type* type, const Slot* boxed, Slot* result);

// Globals.
inline Global* find_global(Fibril& f, std::uint32_t symbol) {   // null when absent
  if (!f.globals) return nullptr;
  Global* table = f.globals->table.data();
  std::size_t mask = f.globals->table.size() - 1;
  for (std::size_t at = symbol & mask; table[at].symbol; at = (at + 1) & mask)
    if (table[at].symbol == symbol) return &table[at];
  return nullptr;
}
void put_global(Fibril& f, std::uint32_t symbol, const types::Type* type, Slot value);

// A record or the constructor `tag` of a sum type, fields 0.
Slot make_record(Heap& heap, const types::Type* type, std::uint32_t tag);

}  // namespace m31::vm
