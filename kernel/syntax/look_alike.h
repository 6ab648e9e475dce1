// Names that look alike: `сount` with a Cyrillic letter beside `count`. Two names of one text that a reader cannot tell apart are
// warned of, at the later one. Latin, Greek and Cyrillic letters are compared; pure, any thread.
#pragma once

#include <vector>

#include "kernel/syntax/diagnostic.h"
#include "kernel/syntax/token.h"

namespace m31::syntax {

// One warning for each pair of names, in the order of the text.
std::vector<Diagnostic> names_that_look_alike(const SourcePtr& source, const std::vector<Token>& tokens);

}  // namespace m31::syntax
