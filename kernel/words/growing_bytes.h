// A growing run of bytes, for a word that arrives in parts and may take a gigabyte: it grows with realloc, which moves pages and not
// bytes once it is big, and its storage can be handed over whole (release), so that such a word is never held twice.
// Value type, moved and never copied; not shared between threads.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace m31::words {

class GrowingBytes {
 public:
  GrowingBytes() = default;
  GrowingBytes(GrowingBytes&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  GrowingBytes& operator=(GrowingBytes&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~GrowingBytes() { std::free(bytes_); }

  std::string_view view() const { return {bytes_, size_}; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }

  void append(const char* bytes, size_t size) {
    if (size == 0) return;
    if (capacity_ - size_ < size) grow(size_ + size);
    std::memcpy(bytes_ + size_, bytes, size);
    size_ += size;
  }
  void append(std::string_view bytes) { append(bytes.data(), bytes.size()); }
  void append(char byte) { append(&byte, 1); }
  void reserve(size_t bytes) {
    if (bytes > capacity_) grow(bytes);
  }
  // Its own first bytes once more. REQUIRES: size <= this->size().
  void append_own(size_t size) {
    if (capacity_ - size_ < size) grow(size_ + size);
    std::memcpy(bytes_ + size_, bytes_, size);
    size_ += size;
  }

  // Empties it, and gives storage back that only an extraordinary word needed.
  void clear() {
    size_ = 0;
    if (capacity_ > kept_bytes_max) std::free(release());
  }

  // Hands over the storage (for std::free) and becomes empty.
  char* release() {
    size_ = 0;
    capacity_ = 0;
    return std::exchange(bytes_, nullptr);
  }

 private:
  static constexpr size_t kept_bytes_max = 1 << 20;

  void grow(size_t needed) {
    size_t capacity = capacity_ < 64 ? 64 : capacity_ * 2;
    if (capacity < needed) capacity = needed;
    auto* bytes = static_cast<char*>(std::realloc(bytes_, capacity));
    if (!bytes) throw std::bad_alloc();
    bytes_ = bytes;
    capacity_ = capacity;
  }

  char* bytes_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace m31::words
