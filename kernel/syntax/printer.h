// AST -> source text that parses back to an equal tree (spans aside): for what comes without a
// source, such as code received in the compact form, and for tests. Layout is one statement a line,
// blocks indented by two. Comments are not in the tree, hence not in the text; doc comments are.
#pragma once

#include <string>

#include "kernel/syntax/ast.h"

namespace m31::syntax {

std::string print(const Node& node);   // ends with a newline for a program and for a statement

// Equal but for spans, ids and sources.
bool same_tree(const Node& a, const Node& b);

}  // namespace m31::syntax
