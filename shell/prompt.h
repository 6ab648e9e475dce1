// The prompt: reads cells (one line, a block, or a paste) and runs them until Ctrl-D.
#pragma once

#include "runtime/session.h"
#include "shell/options.h"

namespace m31::shell {

int run_prompt(runtime::Session& session, const Options& options);

}  // namespace m31::shell
