// The formatter: the same program in the house's layout. Lines stay where the author broke them, unless they are longer than
// 120 columns; indentation, blanks and empty lines are made regular, comments are kept.
//
//   blocks by two columns; one blank around operators, after `,` `;` `:`, none inside brackets; `..` as it was written
//   a line that goes on in a bracket stands below what follows the bracket, or two deeper where nothing follows it
//   a line that begins with `|` or `.` stands two deeper than its statement, unless it closes a block
//   at most one empty line; comments behind code keep their column where they can
//   from a line `# fmt: off` in the first column to `# fmt: on`, or to the end, nothing is touched
//
// The tokens are those of the text, so that spellings (0xff, r"..", 5s) stay. What comes out is parsed again, and given only
// when it is the same tree: a program never means something else because it was formatted. Pure; any thread.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "kernel/syntax/diagnostic.h"

namespace m31::syntax {

inline constexpr unsigned format_columns_max = 120;

// The formatted text, or what is wrong with the program: one that does not parse has no layout.
std::expected<std::string, std::vector<Diagnostic>> format(const SourcePtr& source);

}  // namespace m31::syntax
