// Copies that nobody needs: a variable of the compiler's own that is set once, to another variable that keeps its value, is that
// other variable. Such are the subject of a `match`, parameters of inlined functions, and parts of small values.
#pragma once

#include "kernel/base/arena.h"
#include "kernel/types/core.h"

namespace m31::code {

// Changes the body of a function that is one's own. New expressions are made in `arena`.
void forget_copies(core::FnInstance& function, Arena& arena);

}  // namespace m31::code
