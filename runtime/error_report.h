// What a person reads when an error leaves a program: the error as a diagnostic at the innermost line of their own
// code, then the calls that led there. Pure.
#pragma once

#include <string>
#include <vector>

#include "kernel/syntax/diagnostic.h"
#include "kernel/vm/fibril.h"

namespace m31::runtime {

struct ErrorReport {
  std::string text;
  std::vector<syntax::Diagnostic> places;       // the innermost place; empty when no code is left of it
};

// `error` is the boxed value that was raised.
ErrorReport report_error(const data::Datum& error, const std::vector<vm::FrameInfo>& trace);

}  // namespace m31::runtime
