// Inlining and folding: core in, core out. Calls of small functions without loops, handlers, effects on the world or
// changes in place are replaced by the function's body; a parameter becomes the argument itself where that is a constant
// or a variable, else a local. What is then constant is folded, unless it would raise, and dead branches fall away.
//
// Loops over lists that one word makes for the next become one loop (fuse_loops.cc), and tuples and records that are taken apart
// where they are made become variables (small_values.h).
//
// What came from another function says so: Expr::site is an index in `sites`, from which a trace tells the frames that
// would have been there. Site 0 is the function itself. Deterministic: sizes decide, never profiles or addresses.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/base/arena.h"
#include "kernel/types/core.h"

namespace m31::code {

struct InlineSite {
  const core::FnInstance* function = nullptr;   // whose body this is
  std::uint32_t parent = 0;                     // the site of the call
  std::uint32_t offset = 0;                     // of the call, in the parent's source
};

struct Inlined {
  core::FnInstance function;                    // the original with another body and more locals
  std::vector<InlineSite> sites;
  Arena arena;                                  // of the new body
  explicit Inlined(const core::FnInstance& original);
};

}  // namespace m31::code
