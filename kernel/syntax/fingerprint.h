// The compact form of a syntax tree, and fingerprints. The compact form keeps names and doc
// comments, and drops spans, comments and layout; its bytes are drawn in
// compact.cc. A fingerprint is XXH3-128 over a normalised form in which docs are dropped too
// and the names of locals are replaced by numbers in order of appearance, so that definitions
// that differ in those only have one fingerprint.
//
// Which names are locals: parameters, names assigned in a function, and names bound by for, arms,
// catch, select, comprehensions and lambdas. A local that is called keeps its name beside its number unless
// it is surely a function, for a value that cannot be called hides no function of that name; so
// does a function inside a function, whose overloads may lie outside; parameters that the same definition names in a call (`g(b: 1)`) keep theirs too. Top-level
// names of a cell are no locals. Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/syntax/ast.h"

namespace m31::syntax {

struct Fingerprint {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const Fingerprint&) const = default;
  std::string hex() const;   // 32 lower-case digits
};

Fingerprint hash_bytes(std::string_view bytes);

// Compact form of one node and all below it (a definition, a cell). Keeps names; drops spans.
std::string encode(const Node& node);
// The reverse; bounded in size and depth; a malformed input gives a message, never a crash.
std::expected<std::shared_ptr<const Tree>, std::string> decode(std::string_view bytes);

// Of one definition (fn, type_decl) or cell: independent of names of locals, comments, layout.
Fingerprint fingerprint(const Node& node);

}  // namespace m31::syntax
