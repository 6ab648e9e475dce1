#include "kernel/syntax/source.h"

#include <algorithm>
#include <cstring>

namespace m31::syntax {

namespace {

std::vector<std::uint32_t> find_line_begins(std::string_view text) {
  std::vector<std::uint32_t> begins{0};
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end) {
    const void* hit = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    if (!hit) break;
    at = static_cast<const char*>(hit) + 1;
    begins.push_back(static_cast<std::uint32_t>(at - text.data()));
  }
  return begins;
}

}  // namespace

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)), line_begins_(find_line_begins(text_)) {}

std::uint32_t Source::line_begin(std::uint32_t line_number) const {
  std::size_t index = line_number == 0 ? 0 : line_number - 1;
  return index < line_begins_.size() ? line_begins_[index] : static_cast<std::uint32_t>(text_.size());
}

LineColumn Source::position(std::uint32_t offset) const {
  offset = std::min(offset, static_cast<std::uint32_t>(text_.size()));
  auto after = std::upper_bound(line_begins_.begin(), line_begins_.end(), offset);
  std::uint32_t begin = *(after - 1);
  LineColumn result;
  result.line = static_cast<std::uint32_t>(after - line_begins_.begin());
  // Code points before `offset`: bytes that do not continue one. A byte order mark is no column.
  if (begin == 0 && text_.starts_with("\xEF\xBB\xBF") && offset >= 3) begin = 3;
  for (std::uint32_t i = begin; i < offset; ++i)
    if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) ++result.column;
  return result;
}

std::string_view Source::line(std::uint32_t line_number) const {
  std::uint32_t begin = line_begin(line_number);
  std::size_t end = text_.find('\n', begin);
  if (end == std::string::npos) end = text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(begin, end - begin);
}

}  // namespace m31::syntax
