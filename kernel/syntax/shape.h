// The shape of well-formed trees (node_shapes.def): what a node of each kind carries and which
// children it may have. Passes index children by position without looking, so a tree that comes
// from outside is checked by this first. Pure; any thread.
#pragma once

#include <string_view>

#include "kernel/syntax/ast.h"

namespace m31::syntax {

struct Shape {
  std::string_view payload;    // t text, n number, r real, d doc comment
  std::string_view children;   // see node_shapes.def
  bool has(char field) const { return payload.find(field) != std::string_view::npos; }
  bool varies() const { return children.find_first_of("*+") != std::string_view::npos; }   // in the number of children
};

const Shape& shape_of(Kind kind);
inline constexpr unsigned kind_count = 0
#define NODE(kind, meaning) +1
#include "kernel/syntax/node_kinds.def"
#undef NODE
    ;

// Has this node the children and the payload of its kind? Looks one level deep.
bool well_formed(const Node& node);

}  // namespace m31::syntax
