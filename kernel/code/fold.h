// Folding: an operation on constants that cannot raise is its result, an `if` on a constant its branch.
#pragma once

#include "kernel/base/arena.h"
#include "kernel/types/core.h"

namespace m31::code {

// What `expr` comes to, or null when it stays. Its kids are folded already.
const core::Expr* fold(const core::Expr& expr, Arena& arena);

}  // namespace m31::code
