// The compact form of a syntax tree, and fingerprints. A tree is written without spans, comments
// and layout, with the names of locals replaced by numbers in order of appearance (so alpha-equal definitions
// encode alike) when `normalise` is set. The fingerprint is XXH3-128 over the normalised form.
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
