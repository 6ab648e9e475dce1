// Functions and comprehensions that are one loop over a list: found by their form, whoever wrote them. `map`, `filter`, `fold`,
// `groupBy` are of it, and [f(x) for x in xs].
//
//   block
//     statements before                  none of them a loop
//     for element in SOURCE: body        no way out of it but its end
//     statements after, the last one the value
//
// A producer makes a list: it begins empty before the loop, one statement of the loop's body appends to it, and it is the value.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernel/types/core.h"

namespace m31::code {

inline constexpr std::uint32_t no_parameter = UINT32_MAX;

struct LoopShape {
  const core::Expr* loop = nullptr;
  std::size_t at = 0;                        // number of the loop among the statements
  std::uint32_t source = no_parameter;       // parameter that the loop walks through, used for nothing else
  const core::Expr* append = nullptr;        // of a producer
  std::uint32_t list = 0;                    // the variable that it appends to
  std::uint32_t nodes = 0;                   // of the body
  bool nested = false;                       // it appends in a loop within the loop
};

// Of a body with that many parameters; nothing when it has another form, is large, or holds what stays where it is (return, try).
std::optional<LoopShape> loop_shape(const core::Expr& body, std::uint32_t parameter_count);
// How often a variable is read, assigned or changed there.
std::uint32_t uses_of(const core::Expr& expr, std::uint32_t local);
// The same of all variables, added up in `uses`.
void count_uses(const core::Expr& expr, std::vector<std::uint32_t>& uses);
// A `break` or `continue` in the body of a loop that means this loop.
bool leaves_loop(const core::Expr& body);

}  // namespace m31::code
