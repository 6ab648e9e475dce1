#include "kernel/words/utf8.h"

#include <cstring>

namespace m31::words {
namespace {

constexpr uint64_t high_bits = 0x8080808080808080u;

uint64_t load64(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

unsigned char byte_at(const char* p) { return static_cast<unsigned char>(*p); }

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// The range of the second byte after `lead` (Unicode 3.9, table 3-7); empty where `lead` begins nothing.
struct Range {
  unsigned char low, high;
};
Range second_byte(unsigned char lead) {
  if (lead < 0xC2 || lead > 0xF4) return {1, 0};
  switch (lead) {
    case 0xE0: return {0xA0, 0xBF};
    case 0xED: return {0x80, 0x9F};
    case 0xF0: return {0x90, 0xBF};
    case 0xF4: return {0x80, 0x8F};
    default: return {0x80, 0xBF};
  }
}

unsigned sequence_size(unsigned char lead) { return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4; }

template <class Map>
void append_mapped(std::string& out, std::string_view text, Map map) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) {
    const Decoded d = decode(p, end);
    const char32_t mapped = d.well_formed ? map(d.cp) : d.cp;
    if (mapped == d.cp) {
      out.append(p, d.size);
    } else {
      char bytes[4];
      out.append(bytes, encode(mapped, bytes));
    }
    p += d.size;
  }
}

// ASCII runs are mapped in place, eight bytes at a time by the compiler's vectoriser; the rest goes code point by code point.
template <class AsciiMap, class Map>
void append_case(std::string& out, std::string_view text, AsciiMap ascii_map, Map map) {
  while (!text.empty()) {
    const size_t ascii = ascii_prefix(text);
    const size_t start = out.size();
    out.append(text.data(), ascii);
    char* p = out.data() + start;
    for (size_t i = 0; i < ascii; ++i) p[i] = ascii_map(p[i]);
    text.remove_prefix(ascii);
    size_t other = 0;
    while (other < text.size() && byte_at(text.data() + other) >= 0x80) ++other;
    append_mapped(out, text.substr(0, other), map);
    text.remove_prefix(other);
  }
}

}  // namespace

Decoded decode_multibyte(const char* p, const char* end) {
  const unsigned char lead = byte_at(p);
  const Range range = second_byte(lead);
  const auto left = static_cast<size_t>(end - p);
  if (left < 2 || byte_at(p + 1) < range.low || byte_at(p + 1) > range.high) return {replacement, 1, false};
  char32_t cp = byte_at(p + 1) & 0x3F;
  if (lead < 0xE0) return {((lead & 0x1Fu) << 6) | cp, 2, true};
  if (left < 3 || !is_continuation(byte_at(p + 2))) return {replacement, 2, false};
  cp = (cp << 6) | (byte_at(p + 2) & 0x3F);
  if (lead < 0xF0) return {((lead & 0x0Fu) << 12) | cp, 3, true};
  if (left < 4 || !is_continuation(byte_at(p + 3))) return {replacement, 3, false};
  cp = (cp << 6) | (byte_at(p + 3) & 0x3F);
  return {((lead & 0x07u) << 18) | cp, 4, true};
}

size_t encode(char32_t cp, char out[4]) {
  if (cp < 0x80) {
    out[0] = static_cast<char>(cp);
    return 1;
  }
  if (cp < 0x800) {
    out[0] = static_cast<char>(0xC0 | (cp >> 6));
    out[1] = static_cast<char>(0x80 | (cp & 0x3F));
    return 2;
  }
  if (cp < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (cp >> 12));
    out[1] = static_cast<char>(0x80 | ((cp >> 6) & 0x3F));
    out[2] = static_cast<char>(0x80 | (cp & 0x3F));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (cp >> 18));
  out[1] = static_cast<char>(0x80 | ((cp >> 12) & 0x3F));
  out[2] = static_cast<char>(0x80 | ((cp >> 6) & 0x3F));
  out[3] = static_cast<char>(0x80 | (cp & 0x3F));
  return 4;
}

size_t boundary_before(std::string_view text, size_t at) {
  // A sequence has at most three bytes after its first: behind as many, a continuation byte is one of its own.
  for (size_t back = 0; back <= 3 && back <= at; ++back) {
    if ((static_cast<unsigned char>(text[at - back]) & 0xC0) == 0x80) continue;
    const Decoded first = decode(text.data() + (at - back), text.data() + text.size());
    return first.size > back ? at - back : at;
  }
  return at;
}

size_t incomplete_tail(std::string_view text) {
  const char* const end = text.data() + text.size();
  for (size_t n = 1; n <= 3 && n <= text.size(); ++n) {
    const unsigned char byte = byte_at(end - n);
    if (byte < 0x80) return 0;
    if (is_continuation(byte)) continue;
    const Range range = second_byte(byte);
    if (range.low > range.high || sequence_size(byte) <= n) return 0;
    if (n >= 2 && (byte_at(end - n + 1) < range.low || byte_at(end - n + 1) > range.high)) return 0;
    return n;
  }
  return 0;
}

size_t ascii_prefix(std::string_view text) {
  const char* p = text.data();
  size_t i = 0;
  for (; i + 32 <= text.size(); i += 32) {
    if ((load64(p + i) | load64(p + i + 8) | load64(p + i + 16) | load64(p + i + 24)) & high_bits) break;
  }
  while (i < text.size() && byte_at(p + i) < 0x80) ++i;
  return i;
}

bool is_valid(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) {
    if (byte_at(p) < 0x80) {
      p += ascii_prefix({p, static_cast<size_t>(end - p)});
      continue;
    }
    const Decoded d = decode_multibyte(p, end);
    if (!d.well_formed) return false;
    p += d.size;
  }
  return true;
}

size_t count_code_points(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  size_t count = 0;
  while (p < end) {
    if (byte_at(p) < 0x80) {
      const size_t ascii = ascii_prefix({p, static_cast<size_t>(end - p)});
      count += ascii;
      p += ascii;
    } else {
      p += decode_multibyte(p, end).size;
      ++count;
    }
  }
  return count;
}

std::optional<size_t> offset_of(std::string_view text, size_t index) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (index > 0) {
    if (p >= end) return std::nullopt;
    if (byte_at(p) < 0x80) {
      const auto left = static_cast<size_t>(end - p);
      const size_t ascii = ascii_prefix({p, left < index ? left : index});
      p += ascii;
      index -= ascii;
    } else {
      p += decode_multibyte(p, end).size;
      --index;
    }
  }
  return static_cast<size_t>(p - text.data());
}

void append_lower(std::string& out, std::string_view text) {
  append_case(
      out, text, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }, simple_lower);
}

void append_upper(std::string& out, std::string_view text) {
  append_case(
      out, text, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }, simple_upper);
}

std::string lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_lower(out, text);
  return out;
}

std::string upper(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_upper(out, text);
  return out;
}

std::string_view trim_start(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) {
    const Decoded d = decode(p, end);
    if (!is_space(d.cp)) break;
    p += d.size;
  }
  return {p, static_cast<size_t>(end - p)};
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty()) {
    // White space takes one to three bytes: step back to a lead byte, and see whether what begins there ends the text.
    size_t back = 1;
    while (back < 4 && back < text.size() && is_continuation(byte_at(text.data() + text.size() - back))) ++back;
    const char* const end = text.data() + text.size();
    const Decoded d = decode(end - back, end);
    if (d.size != back || !is_space(d.cp)) break;
    text.remove_suffix(back);
  }
  return text;
}

std::string_view trim(std::string_view text) { return trim_end(trim_start(text)); }

}  // namespace m31::words
