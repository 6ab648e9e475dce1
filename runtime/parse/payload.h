// Payload: the bytes of a reply as they grow, up to their limit. What does not fit says so, and the task
// ends with ParseVerdict::too_large.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "runtime/parse/parse_frame.h"

namespace m31::runtime {

struct Refusal {
  ParseVerdict verdict;
  std::string message;
};

class Payload {
 public:
  explicit Payload(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  std::uint64_t room_bytes() const { return overfull() ? 0 : limit_bytes_ - bytes_.size(); }
  bool overfull() const { return bytes_.size() > limit_bytes_; }   // who writes to bytes() looks after each step
  std::string& bytes() { return bytes_; }
  // False, and nothing is added, when it does not fit.
  bool add(std::string_view more) {
    if (more.size() > room_bytes()) return false;
    bytes_ += more;
    return true;
  }
  bool add_item(std::string_view item) {
    std::uint64_t size_bytes = item.size();
    if (room_bytes() < sizeof size_bytes || item.size() > room_bytes() - sizeof size_bytes) return false;
    bytes_.append(reinterpret_cast<const char*>(&size_bytes), sizeof size_bytes);
    bytes_ += item;
    return true;
  }
  Refusal too_large() const {
    return {ParseVerdict::too_large, "unpacked, it is larger than " + std::to_string(limit_bytes_ >> 20) + " MiB"};
  }

 private:
  std::uint64_t limit_bytes_;
  std::string bytes_;
};

using ParseResult = std::expected<void, Refusal>;

}  // namespace m31::runtime
