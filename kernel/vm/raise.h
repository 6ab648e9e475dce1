// Error values: made by the name of their type in module `errors` (share/m31/errors.m31), boxed, ready to be raised.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/vm/fibril.h"

namespace m31::vm {

// The boxed error value; may collect. A String field `message` and an Int field `code` or `status` are filled in by name, others are zero.
Slot make_error(Heap& heap, std::string_view kind, std::string_view message, std::int64_t code = 0);
// Makes it the fibril's error; the caller then raises. Always false, for `return raise_error(..)`.
bool raise_error(Fibril& fibril, std::string_view kind, std::string_view message, std::int64_t code = 0);
bool is_error_kind(Slot boxed, std::string_view kind);

// The value an attribute or field of this type has when nobody gave one. May collect.
Slot zero_value(Heap& heap, const types::Type* type);

}  // namespace m31::vm
