// Type: an interned, immutable description of a set of values; equal types are one pointer. The
// pool is process-wide and append-only (a mutex guards interning, which only compiling and decoding do), so a
// Type* may be read by every processor without locks. `id` is process-local: never written to a
// wire or disk (encode_type writes structure).
//
// How a value of each type sits in a 64-bit slot is said in kernel/vm/value.h; `is_ref` tells the
// collector whether the slot is a heap pointer (or null).
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "kernel/syntax/fingerprint.h"

namespace m31::types {

enum class TypeKind : std::uint8_t {
  never,       // of raise, return, break
  none,        // None
  boolean,     // Bool
  int_,        // Int, 64-bit
  float_,      // Float
  duration,    // nanoseconds
  string,      // String, UTF-8
  bytes,       // Bytes
  any,         // Any: a box (null is None)
  type_value,  // args[0]: the type of the expression `Int` is Type[Int]; its slot is always 0
  range,       // 0..10
  tuple,       // args
  list,        // args[0]
  map,         // args[0] key, args[1] value
  record,      // names[i]: args[i], in the order written (order is part of the type)
  named,       // a declared record or sum type: decl, args = type arguments
  fn,          // args = parameters..., result; names = effects (sorted)
  union_,      // args = members, sorted by text; never nested, at least two; None may be one
  sender,      // args[0]
  receiver,    // args[0]
  fibril,      // handle of a fibril
  stream,      // args[0]; used once
  sandbox,     // handle of an environment with limits; args[0]: a record of what it grants, or Any when only the run knows
  space,       // args[0] = record type of its records: a space known when checked
  capability,  // name: fs, http, ... as a value
  module,      // name
  variable,    // inference only; never in a finished FnInstance
};

struct Type;

struct Constructor {                   // Circle(r: Float)
  std::string_view name;
  std::span<const std::string_view> fields;
  std::span<const Type* const> types;
};

// A declaration `type Name[T..] = ...`. Its identity is its fingerprint and its module.
struct TypeDecl {
  std::string_view name;               // as shown: "Point", "sys.Status"
  std::string_view module;             // "" for the session's own
  syntax::Fingerprint fingerprint;
  std::uint32_t parameter_count = 0;
  bool is_sum = false;                 // false: a record type, made by Name(field: ...)
  bool is_error = false;               // declared in module `errors`: may be caught as Error
};

struct Type {
  TypeKind kind;
  bool is_ref;                         // a slot of this type holds a heap pointer or null
  std::uint32_t id;                    // dense, process-local
  std::string_view name;               // capability, module
  const TypeDecl* decl = nullptr;      // named
  std::span<const Type* const> args;
  std::span<const std::string_view> names;
  // named only; filled once, when the declaration is resolved (recursive types need the Type first)
  mutable std::span<const Constructor> constructors;   // one for a record type
};

// The pool. All functions are thread-safe.
const Type* basic(TypeKind kind);                        // never .. any, range, fibril
const Type* tuple_of(std::span<const Type* const> items);
const Type* list_of(const Type* item);
const Type* map_of(const Type* key, const Type* value);
const Type* record_of(std::span<const std::string_view> names, std::span<const Type* const> types);
const Type* fn_of(std::span<const Type* const> parameters, const Type* result,
                  std::span<const std::string_view> effects);
const Type* union_of(std::span<const Type* const> members);  // flattens, sorts, one member -> itself, never drops out, any absorbs
const Type* optional_of(const Type* type);                   // T | None
const Type* unary_of(TypeKind kind, const Type* item);       // type_value stream sender receiver space sandbox
const Type* capability_of(std::string_view name);
const Type* module_of(std::string_view name);
const Type* named_of(const TypeDecl* decl, std::span<const Type* const> args);
const Type* by_id(std::uint32_t id);                         // REQUIRES: an id of this process
// Interns a declaration: an equal fingerprint, module and name gives the same pointer. Its
// constructors are set on each named Type by the checker (or decode_type) through set_constructors.
const TypeDecl* declare(const TypeDecl& decl);
void set_constructors(const Type* named, std::span<const Constructor> constructors);  // copied; first call wins
// The declared type of module `errors` of this name ("IndexError"), once its constructors are set; else null.
// This is how the VM and the drivers, which know a kind by name only, make error values.
const Type* error_type(std::string_view kind);

std::string show(const Type* type);                          // as a program writes it
std::string encode_type(const Type* type);                   // structure, with declarations; no process-local ids
std::expected<const Type*, std::string> decode_type(std::string_view& bytes);  // advances; bounded

// Structural facts
bool is_subset(const Type* type, const Type* of_union);      // type == of_union, or all its members are among of_union's
int field_index(const Type* record_or_tuple, std::string_view name);  // -1 when absent; named record types too
bool is_sendable(const Type* type);                          // may stand in a message
bool is_hashable(const Type* type);                          // may be a map key

}  // namespace m31::types
