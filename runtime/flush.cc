// Buffered writes leave a fibril before any act that others can see, and at its end.
#include "runtime/fibril_host.h"
#include "runtime/processor.h"

namespace m31::runtime {

bool FibrilHost::flush_first(vm::HostCall&) { return false; }

bool Processor::flush_at_end(FibrilRecord&) { return false; }

}  // namespace m31::runtime
