// Where the first blocks of fibrils come from: slabs that double, large ones on huge pages, because the pages of
// a million separate blocks cost more than all else about making a fibril. A block that was given back is
// the next one taken, on the same thread. Slabs are kept until the process ends.
//
// Thread: any; no lock but for a new slab. Sanitized builds take each block from the allocator, so that
// a use after its end is seen.
#pragma once

#include <cstddef>

namespace m31::vm {

// Memory for std::free to give back, undefined content; some megabytes and more lie on huge pages. Never null.
void* take_memory(std::size_t bytes);

void* take_fibril_block();           // fibril_block_bytes, undefined content
void give_fibril_block(void* block);

}  // namespace m31::vm
