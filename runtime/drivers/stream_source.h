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

#include <functional>
#include <string>
#include <vector>

#include "kernel/vm/native.h"
#include "runtime/io/io_thread.h"

namespace m31::runtime {

// Called by poll, on the processor, when it is about to say `wait`: gives what wakes this fibril, which is then
// called once, on the I/O thread or the pool, when a chunk, the end or a failure has come; perhaps before
// poll has returned, so it should leave a letter.
using MakeWake = std::function<std::function<void()>(vm::Fibril& fibril)>;

// Reads `fd`, which stays the caller's (it is duplicated now; its flags are not changed).
// `shown` names it in messages: "standard input".
// The result has one count, the caller's: drop() it.
vm::ChunkSource* make_fd_source(IoThread& io, int fd, std::string shown, MakeWake make_wake);

// Reads the files one after the other. Between two, unless the first ends in a newline, a newline is
// inserted, so that no word or line reaches from one into the next. A file that cannot be read
// ends the stream with a failure that names it.
vm::ChunkSource* make_files_source(IoThread& io, std::vector<std::string> paths, MakeWake make_wake);

}  // namespace m31::runtime
