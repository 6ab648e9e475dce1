#include "kernel/data/width.h"

#include <utf8proc.h>

namespace m31::data {

namespace {

struct Decoded {
  utf8proc_int32_t code_point;
  std::size_t bytes;
};

Decoded decode(std::string_view text, std::size_t at) {
  utf8proc_int32_t code_point = -1;
  const auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                  static_cast<utf8proc_ssize_t>(text.size() - at), &code_point);
  return n > 0 ? Decoded{code_point, static_cast<std::size_t>(n)} : Decoded{0xfffd, 1};
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      columns += static_cast<unsigned char>(text[at]) >= 0x20;
      ++at;
      continue;
    }
    const Decoded d = decode(text, at);
    columns += static_cast<std::size_t>(utf8proc_charwidth(d.code_point));
    at += d.bytes;
  }
  return columns;
}

std::string cut_to_width(std::string text, std::size_t columns) {
  if (display_width(text) <= columns) return text;
  std::size_t used = 0, at = 0;
  while (at < text.size()) {
    const std::size_t next = next_character(text, at);
    const std::size_t w = display_width(std::string_view(text).substr(at, next - at));
    if (used + w + 1 > columns) break;
    used += w;
    at = next;
  }
  text.resize(at);
  return text + "…";
}

std::size_t next_character(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return text.size();
  Decoded d = decode(text, offset);
  offset += d.bytes;
  utf8proc_int32_t previous = d.code_point;
  while (offset < text.size()) {
    d = decode(text, offset);
    if (utf8proc_grapheme_break(previous, d.code_point)) break;
    previous = d.code_point;
    offset += d.bytes;
  }
  return offset;
}

std::size_t previous_character(std::string_view text, std::size_t offset) {
  // Characters are short: walk forward from the line's begin.
  std::size_t at = 0, last = 0;
  while (at < offset) {
    last = at;
    at = next_character(text, at);
  }
  return last;
}

}  // namespace m31::data
