// Pool: fixed-size blocks for what a processor makes by the million (channels, fibril records). A
// freed block is the next one given out. One thread at a time; a block may be given back to another
// processor's pool than it came from, so slabs live until all pools of a node have died (the Slabs).
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace m31::runtime {

// Owns the memory of every pool of one node. Thread-safe.
class Slabs {
 public:
  void* take(std::size_t bytes) {
    void* slab = ::operator new(bytes, std::align_val_t{64});
    std::lock_guard lock(mutex_);
    slabs_.push_back(slab);
    return slab;
  }
  Slabs() = default;
  Slabs(const Slabs&) = delete;
  ~Slabs() {
    for (void* slab : slabs_) ::operator delete(slab, std::align_val_t{64});
  }

 private:
  std::mutex mutex_;
  std::vector<void*> slabs_;
};

template <class T>
class Pool {
 public:
  explicit Pool(Slabs& slabs) : slabs_(slabs) {}

  template <class... Args>
  T* make(Args&&... args) {
    return new (take()) T(std::forward<Args>(args)...);
  }
  void destroy(T* object) {
    object->~T();
    Free* block = reinterpret_cast<Free*>(object);
    block->next = free_;
    free_ = block;
  }

 private:
  struct Free {
    Free* next;
  };
  static constexpr std::size_t block_bytes = sizeof(T) < sizeof(Free) ? sizeof(Free) : sizeof(T);
  static_assert(alignof(T) <= 64);

  void* take() {
    if (free_) return std::exchange(free_, free_->next);
    if (left_ == 0) {
      // Slabs double, so that a small program touches little and a million records cost few calls.
      count_ = count_ ? (count_ < 16384 ? count_ * 2 : count_) : 16;
      fresh_ = static_cast<std::byte*>(slabs_.take(count_ * block_bytes));
      left_ = count_;
    }
    --left_;
    return std::exchange(fresh_, fresh_ + block_bytes);
  }

  Slabs& slabs_;
  Free* free_ = nullptr;
  std::byte* fresh_ = nullptr;
  std::size_t left_ = 0, count_ = 0;
};

}  // namespace m31::runtime
