// Typed core: what the checker makes of one function instance and the code generator reads. The
// pipeline: Source -> tokens -> Tree -> (checker) FnInstance with core::Expr -> (codegen) FnCode.
//
// Value semantics are the code generator's: an operand that reads a place (local, global, field,
// element) in a consuming position (set_local, make_*, closure, return, send, ...) of a mutable
// container type marks the object shared unless it is the local's last use; place_modify and
// place_set copy a shared object first. The checker only says what is a place.
//
// Everything lives as long as the Program that made it; immutable once the check has ended.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/syntax/fingerprint.h"
#include "kernel/syntax/source.h"
#include "kernel/types/type.h"

namespace m31::core {

enum class Op : std::uint8_t {
#define CORE(op, meaning) op,
#include "kernel/types/core.def"
#undef CORE
};
enum class Prim : std::uint8_t {
#define PRIM(name, operands, meaning) name,
#include "kernel/types/prims.def"
#undef PRIM
};

// The primitive of this name: what `native("prim.NAME")` in the standard library means. REQUIRES: there is one.
Prim prim_named(std::string_view name);

struct FnInstance;
struct Expr;

struct Step {
  enum class Kind : std::uint8_t { field, list_index, map_key } kind;
  std::uint32_t index = 0;            // field
  const Expr* key = nullptr;          // list_index (Int), map_key
  const types::Type* container = nullptr;
  const types::Type* part = nullptr;
};

struct Place {
  bool is_global = false;
  std::uint32_t local = 0;
  std::string_view symbol;            // global
  const types::Type* type = nullptr;  // of the root variable
  std::span<const Step> steps;        // at least one; a global root may have none (place_modify of the variable itself)
};

struct SelectArm {
  enum class Kind : std::uint8_t { receive, send, after } kind;
  const Expr* channel = nullptr;      // or the Duration of `after`
  const Expr* value = nullptr;        // send
  std::uint32_t local = 0;            // receive: where the message goes; UINT32_MAX when dropped
  const Expr* body = nullptr;
};

struct Expr {
  Op op = Op::none;
  std::uint16_t site = 0;             // the code generator's: which function this was inlined from
  const types::Type* type = nullptr;
  syntax::Span span;
  std::uint32_t index = 0;
  union {
    std::int64_t integer = 0;
    double real;
  };
  std::string_view text;
  std::span<const Expr* const> kids;
  const FnInstance* callee = nullptr;
  const types::Type* tested = nullptr;
  const Place* place = nullptr;
  std::span<const SelectArm> arms;
};

struct Local {
  std::string_view name;              // "" for the checker's own
  const types::Type* type = nullptr;
};

// One function checked for one set of argument types. Lambdas and nested functions are instances of their own, whose
// identity is their parent's plus their place in it.
struct FnInstance {
  std::string name;                   // shown in errors: "main", "main.<lambda 2>", "<cell>"
  std::string identity;               // deterministic: definition fingerprint, argument types, environment types, path
  syntax::SourcePtr source;
  syntax::Span span;
  std::uint32_t parameter_count = 0;
  std::uint32_t capture_count = 0;
  std::vector<Local> locals;          // parameters, then captures, then the rest
  std::vector<bool> is_var;           // per parameter
  const types::Type* result = nullptr;
  const types::Type* in = nullptr;    // what PARENT.recv gives; never when it is not used
  const types::Type* out = nullptr;   // union of what is sent to PARENT and the result
  std::vector<std::string_view> effects;           // capabilities, "chan", "any"; sorted
  std::vector<std::string_view> globals;           // symbols read by it and all it calls; sorted
  std::vector<const FnInstance*> callees;          // direct: call, closure, spawn
  const Expr* body = nullptr;         // its value is the result
};

std::string dump(const FnInstance& instance);      // stable text: --dump=types

}  // namespace m31::core
