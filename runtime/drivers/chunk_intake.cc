#include "runtime/drivers/chunk_intake.h"

#include <cstdlib>
#include <utility>

#include "kernel/base/ensure.h"

namespace m31::runtime {

// Buffers come back here when the last slice of them is dropped, on whatever thread: fresh memory of the
// system costs a page fault for every 4 KiB.
class ChunkPool : public std::enable_shared_from_this<ChunkPool> {
 public:
  ~ChunkPool() {
    for (Chunk* chunk : free_) destroy(chunk);
  }

  data::Buffer* take() {
    Chunk* chunk = nullptr;
    {
      std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        chunk = free_.back();
        free_.pop_back();
      }
    }
    if (!chunk) {
      chunk = new Chunk;
      chunk->size_bytes = chunk_bytes;
      chunk->bytes = static_cast<char*>(std::malloc(chunk_bytes));
      ENSURE(chunk->bytes != nullptr);
      chunk->release = [](data::Buffer* buffer) {
        auto* dead = static_cast<Chunk*>(buffer);
        std::shared_ptr<ChunkPool> pool = std::move(dead->pool);
        pool->keep(dead);
      };
    }
    chunk->count.store(1, std::memory_order_relaxed);
    chunk->pool = shared_from_this();
    return chunk;
  }

 private:
  struct Chunk : data::Buffer {
    std::shared_ptr<ChunkPool> pool;         // while it is out
  };
  static constexpr std::size_t free_max = 4;

  static void destroy(Chunk* chunk) {
    std::free(chunk->bytes);
    delete chunk;
  }

  void keep(Chunk* chunk) {
    {
      std::lock_guard lock(mutex_);
      if (free_.size() < free_max) {
        free_.push_back(chunk);
        return;
      }
    }
    destroy(chunk);
  }

  std::mutex mutex_;
  std::vector<Chunk*> free_;
};

ChunkIntake::ChunkIntake() : pool_(std::make_shared<ChunkPool>()) {}

ChunkIntake::~ChunkIntake() {
  if (filling_) filling_->drop();
}

data::Text ChunkIntake::slice() {
  filling_->retain();
  data::Text text(filling_, std::string_view(filling_->bytes + taken_, waiting_bytes()));
  taken_ = filled_;
  return text;
}

void ChunkIntake::wake_consumer(std::unique_lock<std::mutex>& lock) {
  std::function<void()> wake = std::exchange(wake_, nullptr);
  lock.unlock();
  if (wake) wake();
}

std::span<char> ChunkIntake::room() {
  std::lock_guard lock(mutex_);
  if (!filling_) {
    filling_ = pool_->take();
    taken_ = filled_ = 0;
  }
  return {filling_->bytes + filled_, filling_->size_bytes - filled_};
}

void ChunkIntake::commit(std::size_t size_bytes) {
  std::unique_lock lock(mutex_);
  filled_ += size_bytes;
  ENSURE(filled_ <= filling_->size_bytes, filled_);
  if (filling_->size_bytes - filled_ < chunk_room_bytes_min) {
    if (waiting_bytes() > 0) ready_.push_back(slice());
    std::exchange(filling_, nullptr)->drop();
    taken_ = filled_ = 0;
  }
  wake_consumer(lock);
}

void ChunkIntake::end() {
  std::unique_lock lock(mutex_);
  state_ = State::ended;
  reading_ = false;
  wake_consumer(lock);
}

void ChunkIntake::fail(std::string message) {
  std::unique_lock lock(mutex_);
  state_ = State::failed;
  failure_ = std::move(message);
  reading_ = false;
  wake_consumer(lock);
}

bool ChunkIntake::go_on() {
  std::lock_guard lock(mutex_);
  if (!closed_ && ready_.size() < chunks_ready_max) return true;
  reading_ = false;
  return false;
}

ChunkIntake::Next ChunkIntake::next(data::Text& chunk, const std::function<std::function<void()>()>& wake) {
  std::lock_guard lock(mutex_);
  if (!ready_.empty()) {
    chunk = std::move(ready_.front());
    ready_.pop_front();
    return Next::chunk;
  }
  if (waiting_bytes() > 0) {
    chunk = slice();
    return Next::chunk;
  }
  if (state_ == State::ended) return Next::ended;
  if (state_ == State::failed) return Next::failed;
  wake_ = wake();
  return Next::wait;
}

bool ChunkIntake::claim() {
  std::lock_guard lock(mutex_);
  if (reading_ || closed_ || state_ != State::running || ready_.size() >= chunks_ready_max) return false;
  reading_ = true;
  return true;
}

void ChunkIntake::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  wake_ = nullptr;
}

}  // namespace m31::runtime
