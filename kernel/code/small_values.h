// Tuples and records that do not escape: a variable that only ever gets values made on the spot, and of which only fields are
// read, becomes a variable for each field. So (a, b) = (b, a), `match (x, y):` and the pairs of an inlined function are free.
#pragma once

#include "kernel/base/arena.h"
#include "kernel/types/core.h"

namespace m31::code {

// Changes the body and the locals of a function that is one's own. New expressions are made in `arena`.
void split_small_values(core::FnInstance& function, Arena& arena);

}  // namespace m31::code
