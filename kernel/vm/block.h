// Where the first blocks of fibrils come from: slabs that double, large ones on huge pages, because the pages of
// a million separate blocks cost more than all else about making a fibril. A block that was given back is
// the next one taken, on the same thread. Slabs are kept until the process ends.
//
// Thread: any; no lock but for a new slab. Sanitized builds take each block from the allocator, so that
// a use after its end is seen.
#pragma once

namespace m31::vm {

void* take_fibril_block();           // fibril_block_bytes, undefined content
void give_fibril_block(void* block);

}  // namespace m31::vm
