// Structural comparison and hashing of values in heaps, by their static type. Nothing here allocates in a heap, and
// nothing recurses: however deep a value is, the C++ stack is not its limit.
//
// compare is the total order of kernel/data/order.h, but that an Int and a Float in boxes go by their value first; equal follows `==` (NaN differs from itself, -0.0 equals 0.0). Handles and
// functions are equal when they are the same thing.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/types/type.h"
#include "kernel/vm/value.h"

namespace m31::vm {

bool equal(const types::Type* type, Slot a, Slot b);
// Of values of two types, which may be equal where one says Any: [1] as a List[Any] and as a List[Int].
bool equal(const types::Type* type_a, Slot a, const types::Type* type_b, Slot b);
int compare(const types::Type* type, Slot a, Slot b);       // negative, zero, positive
std::uint64_t hash_text(std::string_view text);             // never 0: the hashes that maps store
std::uint64_t hash_scalar(std::uint64_t word);
std::uint64_t hash_value(const types::Type* type, Slot value);

// How keys of this type are compared.
enum class KeyKind : std::uint8_t { scalar, text, structural };
KeyKind key_kind(const types::Type* type);

// Field types of a tuple, record, declared record, range, or the fields of constructor `tag` of a sum type.
std::span<const types::Type* const> field_types(const types::Type* type, std::uint32_t tag);
inline bool is_sum(const types::Type* type) { return type->kind == types::TypeKind::named && type->decl->is_sum; }

}  // namespace m31::vm
