#include "runtime/drivers/payload_items.h"

#include <cstring>

namespace m31::runtime {

std::expected<std::vector<data::Datum>, Failure> items_of(const data::Text& payload) {
  std::vector<data::Datum> items;
  std::string_view left = payload.view();
  while (!left.empty()) {
    std::uint64_t size_bytes = 0;
    if (left.size() < sizeof size_bytes) return std::unexpected(Failure{"BadData", "the parser's answer is damaged"});
    std::memcpy(&size_bytes, left.data(), sizeof size_bytes);
    left.remove_prefix(sizeof size_bytes);
    if (size_bytes > left.size()) return std::unexpected(Failure{"BadData", "the parser's answer is damaged"});
    payload.buffer()->retain();
    items.push_back(data::Datum::of_text(data::Text(payload.buffer(), left.substr(0, size_bytes))));
    left.remove_prefix(size_bytes);
  }
  return items;
}

}  // namespace m31::runtime
