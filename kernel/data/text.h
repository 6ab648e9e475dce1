// Buffer and Text: bytes outside every heap, immutable once filled, counted, so that a large
// string, a mapped file or an HTTP body is shared by slices and never copied. A Buffer may be
// released on another thread than it was made on (the count is atomic).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace m31::data {

struct Buffer {
  std::atomic<std::uint32_t> count{1};
  std::uint32_t flags = 0;
  std::size_t size_bytes = 0;
  char* bytes = nullptr;
  void (*release)(Buffer*) = nullptr;   // frees bytes and the Buffer itself

  static Buffer* make(std::size_t size_bytes);              // bytes uninitialised; count 1
  static Buffer* copy(std::string_view text);
  void retain() { count.fetch_add(1, std::memory_order_relaxed); }
  void drop() {
    if (count.fetch_sub(1, std::memory_order_acq_rel) == 1) release(this);
  }
};

// A counted slice. Owns one count of its Buffer.
class Text {
 public:
  Text() = default;
  explicit Text(std::string_view copied)
      : buffer_(copied.empty() ? nullptr : Buffer::copy(copied)),
        view_(buffer_ ? std::string_view(buffer_->bytes, copied.size()) : std::string_view()) {}
  Text(Buffer* adopted, std::string_view view) : buffer_(adopted), view_(view) {}
  Text(const Text& other) : buffer_(other.buffer_), view_(other.view_) {
    if (buffer_) buffer_->retain();
  }
  Text(Text&& other) noexcept
      : buffer_(std::exchange(other.buffer_, nullptr)), view_(std::exchange(other.view_, {})) {}
  Text& operator=(Text other) noexcept {
    std::swap(buffer_, other.buffer_);
    std::swap(view_, other.view_);
    return *this;
  }
  ~Text() {
    if (buffer_) buffer_->drop();
  }
  std::string_view view() const { return view_; }
  Buffer* buffer() const { return buffer_; }  // null when empty

 private:
  Buffer* buffer_ = nullptr;
  std::string_view view_;
};

}  // namespace m31::data
