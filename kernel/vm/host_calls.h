// Instructions that leave the fibril: what they ask of the host, and what they were completed with. For the interpreter only.
#pragma once

#include "kernel/code/call_site.h"
#include "kernel/code/opcodes.h"
#include "kernel/vm/host.h"
#include "kernel/vm/layout.h"

namespace m31::vm {

// The instruction at fibril.pc, whose site this is. May move the stack.
HostStatus call_host(Fibril& f, Host& host, code::Op op, const code::FnCode::CallSite& site);
// What a blocked host call was completed with goes into its register, and the fibril behind it; false when it raised.
bool take_completion(Fibril& f);

}  // namespace m31::vm
