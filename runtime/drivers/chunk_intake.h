// ChunkIntake: what a reader has read and a consumer has not yet taken, between two threads. The
// reader fills a buffer from its beginning to its end; the consumer may take what is there before
// the buffer is full (a slice; the reader goes on behind it, so neither waits for the other).
//
// Thread: the reader's functions by one thread at a time (whoever holds the `reading` claim); the
// consumer's by one processor. All state is guarded by one mutex, held for a few instructions.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "kernel/data/text.h"

namespace m31::runtime {

#if defined(M31_TORMENT)
inline constexpr std::size_t chunk_bytes = 1024;
inline constexpr std::size_t chunk_room_bytes_min = 64;
#else
inline constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
inline constexpr std::size_t chunk_room_bytes_min = 4096;   // less room than this is not worth a read
#endif
inline constexpr std::size_t chunks_ready_max = 2;

class ChunkPool;

class ChunkIntake {
 public:
  enum class State : std::uint8_t { running, ended, failed };
  enum class Next : std::uint8_t { chunk, wait, ended, failed };

  ChunkIntake();
  ~ChunkIntake();
  ChunkIntake(const ChunkIntake&) = delete;
  ChunkIntake& operator=(const ChunkIntake&) = delete;

  // ---- reader. REQUIRES: it holds the claim.
  std::span<char> room();                    // where to read to: chunk_room_bytes_min bytes at least
  void commit(std::size_t size_bytes);       // so many were read there
  void end();                                // no more; gives up the claim
  void fail(std::string message);            // likewise
  bool go_on();                              // false: enough for now, or nobody listens; the claim is given up

  // ---- consumer
  // Chunk: to be taken. Wait: `wake` (called for only then) will be called when that changes.
  Next next(data::Text& chunk, const std::function<std::function<void()>()>& wake);
  // Whether a reader is to be started: there is room, and none reads. Gives it the claim.
  bool claim();
  void close();                              // the consumer is gone
  std::string_view failure() const { return failure_; }   // after next gave failed

 private:
  std::size_t waiting_bytes() const { return filled_ - taken_; }
  data::Text slice();                        // what was read and not taken
  void wake_consumer(std::unique_lock<std::mutex>& lock);

  std::shared_ptr<ChunkPool> pool_;
  std::mutex mutex_;                         // guards all below
  std::deque<data::Text> ready_;             // whole buffers, or what was left of them
  data::Buffer* filling_ = nullptr;
  std::size_t taken_ = 0, filled_ = 0;       // in filling_
  State state_ = State::running;
  bool reading_ = false;
  bool closed_ = false;
  std::function<void()> wake_;
  std::string failure_;
};

}  // namespace m31::runtime
