#include "kernel/data/text.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "kernel/base/ensure.h"

namespace m31::data {

// Header and bytes are one block: one allocation, and short texts share a cache line with their count.
Buffer* Buffer::make(std::size_t size_bytes) {
  void* block = std::malloc(sizeof(Buffer) + size_bytes);
  ENSURE(block != nullptr, size_bytes);
  Buffer* buffer = new (block) Buffer;
  buffer->size_bytes = size_bytes;
  buffer->bytes = static_cast<char*>(block) + sizeof(Buffer);
  buffer->release = [](Buffer* dead) {
    dead->~Buffer();
    std::free(dead);
  };
  return buffer;
}

Buffer* Buffer::copy(std::string_view text) {
  Buffer* buffer = make(text.size());
  if (!text.empty()) std::memcpy(buffer->bytes, text.data(), text.size());
  return buffer;
}

}  // namespace m31::data
