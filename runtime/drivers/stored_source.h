// A flow over stored files: their bytes one after the other, copied out of LMDB's pages into the intake's buffers on the pool, ahead
// of the consumer, as a file's would be (stream_source.h). Each read transaction ends with its buffer, so a flow that nobody
// takes from holds back no writer and keeps no page; what is replaced meanwhile is read as it was (store/files.h).
#pragma once

#include <memory>
#include <vector>

#include "runtime/drivers/stream_source.h"
#include "store/files.h"

namespace m31::runtime {

// An opened flow, from the driver's thread to the processor that makes a value of it.
struct StoredFlow {
  std::shared_ptr<ChunkProducer> producer;
  std::shared_ptr<Flow> flow;
};

StoredFlow make_stored_flow(IoThread& io, std::vector<store::FileRecord> files, store::FileReader reader);

}  // namespace m31::runtime
