// Leaving frames: to a handler, or for good. For the interpreter only.
#pragma once

#include <string_view>

#include "kernel/vm/layout.h"

namespace m31::vm {

// Goes to the handler of fibril.error, leaving frames; keeps the trace of where it was raised. False when there is no handler.
bool unwind(Fibril& f);
// The fibril ends with fibril.error.
RunStatus end_trapped(Fibril& f);
// Ended by a limit or from outside: no handler sees it.
RunStatus end_killed(Fibril& f, std::string_view kind, std::string_view message);

}  // namespace m31::vm
