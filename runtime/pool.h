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

#include <sys/mman.h>

namespace m31::runtime {

// Owns the memory of every pool of one node. Thread-safe. Large slabs lie on huge pages where there are some: with
// a million records most of the cost of making one was the kernel's, for pages.
class Slabs {
 public:
  void* take(std::size_t bytes) {
    const std::size_t align = bytes >= huge_page_bytes ? huge_page_bytes : 64;
    void* slab = ::operator new(bytes, std::align_val_t{align});
    if (align == huge_page_bytes) ::madvise(slab, bytes, MADV_HUGEPAGE);
    std::lock_guard lock(mutex_);
    slabs_.push_back({slab, align});
    return slab;
  }
  Slabs() = default;
  Slabs(const Slabs&) = delete;
  ~Slabs() {
    for (const Slab& slab : slabs_) ::operator delete(slab.at, std::align_val_t{slab.align});
  }

 private:
  static constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;
  struct Slab {
    void* at;
    std::size_t align;
  };
  std::mutex mutex_;
  std::vector<Slab> slabs_;
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
  static constexpr std::size_t slab_bytes_max = std::size_t{8} << 20;
  static_assert(alignof(T) <= 64 && block_bytes <= 4096);

  void* take() {
    if (Free* block = free_) {
      free_ = block->next;
      for (std::size_t at = 0; at < block_bytes; at += 64) __builtin_prefetch(reinterpret_cast<std::byte*>(free_) + at, 1);
      return block;
    }
    if (left_ == 0) {
      // Slabs double, so that a small program touches little and a million records cost few calls.
      bytes_ = bytes_ ? (bytes_ < slab_bytes_max ? bytes_ * 2 : bytes_) : 4096;
      fresh_ = static_cast<std::byte*>(slabs_.take(bytes_));
      left_ = bytes_ / block_bytes;
    }
    --left_;
    return std::exchange(fresh_, fresh_ + block_bytes);
  }

  Slabs& slabs_;
  Free* free_ = nullptr;
  std::byte* fresh_ = nullptr;
  std::size_t left_ = 0, bytes_ = 0;
};

}  // namespace m31::runtime
