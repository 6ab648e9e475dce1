#include "kernel/vm/block.h"

#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <vector>

#include <sys/mman.h>

#include "kernel/vm/layout.h"

namespace m31::vm {

namespace {
constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;
}

void* take_memory(std::size_t bytes) {
  const bool huge = bytes >= 2 * huge_page_bytes;
  void* memory = nullptr;
  if (!huge) memory = std::malloc(bytes);
  else if (::posix_memalign(&memory, huge_page_bytes, bytes) != 0) memory = nullptr;
  ENSURE(memory != nullptr, bytes);
  if (huge) ::madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

void* take_fibril_block() {
  void* block = std::malloc(fibril_block_bytes);
  ENSURE(block != nullptr);
  return block;
}

void give_fibril_block(void* block) { std::free(block); }

#else

namespace {

constexpr std::size_t slab_bytes_min = std::size_t{16} << 10, slab_bytes_max = std::size_t{8} << 20;
struct Free {
  Free* next;
};

struct Blocks {                      // of one thread; what it has left when it ends goes to nobody
  Free* free = nullptr;
  std::byte* fresh = nullptr;
  std::size_t fresh_bytes = 0, slab_bytes = slab_bytes_min / 2;
};

thread_local constinit Blocks blocks;

std::byte* take_slab(std::size_t bytes) {
  static std::mutex mutex;
  static std::vector<void*>& slabs = *new std::vector<void*>;   // named for ever: fibrils may outlive statics
  const std::size_t align = bytes >= huge_page_bytes ? huge_page_bytes : 64;
  void* slab = std::aligned_alloc(align, bytes);
  ENSURE(slab != nullptr, bytes);
  if (align == huge_page_bytes) ::madvise(slab, bytes, MADV_HUGEPAGE);
  std::lock_guard lock(mutex);
  slabs.push_back(slab);
  return static_cast<std::byte*>(slab);
}

}  // namespace

void* take_fibril_block() {
  Blocks& mine = blocks;
  if (Free* block = mine.free) {
    mine.free = block->next;
    for (std::size_t at = 0; at < fibril_block_bytes; at += 64) __builtin_prefetch(reinterpret_cast<std::byte*>(mine.free) + at, 1);
    return block;
  }
  if (mine.fresh_bytes == 0) {
    if (mine.slab_bytes < slab_bytes_max) mine.slab_bytes *= 2;
    mine.fresh = take_slab(mine.slab_bytes);
    mine.fresh_bytes = mine.slab_bytes;
  }
  void* block = mine.fresh;
  mine.fresh += fibril_block_bytes;
  mine.fresh_bytes -= fibril_block_bytes;
  return block;
}

void give_fibril_block(void* block) {
  auto* free = static_cast<Free*>(block);
  free->next = blocks.free;
  blocks.free = free;
}

#endif

}  // namespace m31::vm
