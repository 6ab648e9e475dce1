// Stream sources: what stands behind a Stream value that reads a descriptor or a list of files. Bytes
// are read ahead on the I/O side while the consumer works, into buffers of 1 MiB that come back when
// they have been used; about four are in flight, however long the input. Any bytes will do: NULs, one
// line of gigabytes.
//
// The consumer gets what is there as soon as it asks (a line typed at a terminal), and whole buffers
// when the producer is faster.
//
// In torment builds the buffers are small, so that words and code points are cut everywhere.
//
// Thread: poll, take, failure on the processor that owns the stream; retain and drop on any. Reading
// begins with the first poll. The IoThread must outlive the source; once it has stopped, a source
// that has not ended stays silent.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/vm/native.h"
#include "runtime/drivers/chunk_intake.h"
#include "runtime/io/io_thread.h"

namespace m31::runtime {

// Called by poll, on the processor, when it is about to say `wait`: gives what wakes this fibril, which is then
// called once, on the I/O thread or the pool, when a chunk, the end or a failure has come; perhaps before
// poll has returned, so it should leave a letter.
using MakeWake = std::function<std::function<void()>(vm::Fibril& fibril)>;

// What a source reads, and how far its consumer has come: for explain, fs.import and the progress bar. The first four are set
// before anybody else sees it; any thread may look at the others.
struct Flow {
  enum class From : std::uint8_t { descriptor, files, stored, space } from = From::descriptor;
  std::vector<std::string> paths;          // of files; of a descriptor and a space its name
  vm::About about;
  std::uint64_t total = 0;                 // bytes, of a space records, as far as is known before; 0: not known
  std::atomic<std::uint64_t> done{0};
  std::atomic<bool> has_begun{false}, has_ended{false};
};

// "3 files of this machine, 1.2 MB: a.txt, b.txt, .."
std::string plan_of(const Flow& flow);

// Who fills the intake of a source.
class ChunkProducer {
 public:
  virtual ~ChunkProducer() = default;
  virtual void start() = 0;                // lets reading go on if there is room. Consumer's thread
  virtual void abandon() { intake.close(); }
  ChunkIntake intake;
};

class FlowSource : public vm::ChunkSource {
 public:
  std::string plan() const final { return plan_of(*flow()); }
  vm::About about() const final { return flow()->about; }
  virtual const std::shared_ptr<Flow>& flow() const = 0;
  // Lets words that read much of it use a second thread. Before anybody reads.
  virtual void lend(vm::Helper helper) = 0;
};

// The results have one count, the caller's: drop() them.
FlowSource* make_source(std::shared_ptr<ChunkProducer> producer, std::shared_ptr<Flow> flow, MakeWake make_wake);

// Reads `fd`, which stays the caller's (it is duplicated now; its flags are not changed).
// `shown` names it in messages: "standard input".
FlowSource* make_fd_source(IoThread& io, int fd, std::string shown, MakeWake make_wake);

// Reads the files one after the other. Between two, unless the first ends in a newline, a newline is
// inserted, so that no word or line reaches from one into the next. A file that cannot be read
// ends the stream with a failure that names it. `bytes_total`: their sizes, 0 when they are not known.
FlowSource* make_files_source(IoThread& io, std::vector<std::string> paths, MakeWake make_wake, std::uint64_t bytes_total = 0);

}  // namespace m31::runtime
