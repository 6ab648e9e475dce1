// What the helper gives up before it reads a hostile byte: memory, time, files, processes, and every system
// call but those that move bytes and memory. A parser that is taken over has nothing to take.
#pragma once

namespace m31::runtime {

// Once, before the first request. Gives false if the parent has died already.
bool confine_process(int parent_pid);
// Before each request: the processor time that it may use.
void limit_processor_time(unsigned seconds);

}  // namespace m31::runtime
