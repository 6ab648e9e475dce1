// The AST: one uniform node, so that walking, printing, hashing and the compact form are each one
// piece of code for every kind. What the children of a kind are stands in node_kinds.def.
//
// Nodes live in the Tree's arena and are immutable once parsed. `id` is dense within its
// definition unit (the Tree), so that passes keep side tables as vectors. Owner: the Tree; a
// Session keeps Trees alive as long as a definition in them is.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/base/arena.h"
#include "kernel/syntax/source.h"

namespace m31::syntax {

enum class Kind : std::uint8_t {
#define NODE(kind, meaning) kind,
#include "kernel/syntax/node_kinds.def"
#undef NODE
};

std::string_view name_of(Kind kind);

struct Node {
  Kind kind = Kind::none;
  Span span;
  std::uint32_t id = 0;
  std::string_view text;          // see node_kinds.def
  union {
    std::int64_t number = 0;
    double real;
  };
  std::span<const Node* const> kids;
  std::string_view doc;           // doc comment (## lines, joined) of fn, type_decl, assign; else empty

  const Node& operator[](std::size_t i) const { return *kids[i]; }
  std::size_t size() const { return kids.size(); }
  bool is(Kind k) const { return kind == k; }
  explicit operator bool() const { return kind != Kind::none; }  // an optional child is there
};

struct Tree {
  SourcePtr source;   // null for trees that came in the compact form
  Arena arena;
  const Node* root = nullptr;   // kind program
  std::uint32_t node_count = 0;
};

}  // namespace m31::syntax
