// Text -> Tree. The grammar is docs/language.md's; layout is handled by the lexer's bracket and
// indentation stack. Never throws, never recurses without a bound (nesting is limited to
// nesting_max and reported), recovers at statement ends so that one text reports all its errors.
#pragma once

#include <memory>
#include <vector>

#include "kernel/syntax/ast.h"
#include "kernel/syntax/diagnostic.h"

namespace m31::syntax {

inline constexpr unsigned nesting_max = 500;    // brackets, blocks, operands one inside the other
inline constexpr unsigned height_max = 1000;    // nodes from a tree's root to a leaf, so that walks may recurse

struct Parsed {
  std::shared_ptr<const Tree> tree;      // null only when there are errors
  std::vector<Diagnostic> diagnostics;
  bool ok() const { return tree != nullptr; }
};

Parsed parse(SourcePtr source);

// At a prompt: does `text` want more lines (open bracket or """, a line end that continues, a
// block opener, an indented block not yet ended by an empty line, `try` without `catch`, ...)?
bool is_incomplete(std::string_view text);

std::string dump_tokens(const Source& source);   // stable text, one token per line
std::string dump(const Node& node);              // stable, indented text of a tree

}  // namespace m31::syntax
