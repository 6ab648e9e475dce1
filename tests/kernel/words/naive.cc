#include "tests/kernel/words/naive.h"

#include <utility>

#include <utf8proc.h>

namespace naive {

using m31::words::Stage;

namespace {

bool well_formed(std::string_view s) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  for (size_t i = 1; i < s.size(); ++i) {
    if (at(i) < 0x80 || at(i) > 0xBF) return false;
  }
  switch (s.size()) {
    case 1: return at(0) < 0x80;
    case 2: return at(0) >= 0xC2 && at(0) <= 0xDF;
    case 3: {
      if (at(0) < 0xE0 || at(0) > 0xEF) return false;
      const unsigned cp = (at(0) & 15u) << 12 | (at(1) & 63u) << 6 | (at(2) & 63u);
      return cp >= 0x800 && (cp < 0xD800 || cp > 0xDFFF);
    }
    case 4: {
      if (at(0) < 0xF0 || at(0) > 0xF7) return false;
      const unsigned cp = (at(0) & 7u) << 18 | (at(1) & 63u) << 12 | (at(2) & 63u) << 6 | (at(3) & 63u);
      return cp >= 0x10000 && cp <= 0x10FFFF;
    }
    default: return false;
  }
}

// Whether some bytes after `s` make it well-formed: tried out.
bool begins_well_formed(std::string_view s) {
  for (size_t total = s.size(); total <= 4; ++total) {
    std::string whole(s);
    if (total == s.size()) {
      if (well_formed(whole)) return true;
      continue;
    }
    for (const char filler : {'\x80', '\x9F', '\xA0', '\xBF'}) {
      std::string filled = whole + filler;
      filled.resize(total, '\x80');
      if (well_formed(filled)) return true;
    }
  }
  return false;
}

char32_t decoded(std::string_view s) {
  char32_t cp = s.size() == 1 ? static_cast<unsigned char>(s[0]) : static_cast<unsigned char>(s[0]) & (0x7Fu >> s.size());
  for (const char c : s.substr(1)) cp = cp << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return cp;
}

std::string encoded(char32_t cp) {
  utf8proc_uint8_t bytes[4];
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(cp), bytes);
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)};
}

Pieces runs(std::string_view text, bool (*inside)(char32_t)) {
  Pieces out;
  std::string piece;
  for (const CodePoint& c : code_points(text)) {
    if (inside(c.cp)) {
      piece += c.bytes;
    } else if (!piece.empty()) {
      out.push_back(std::exchange(piece, {}));
    }
  }
  if (!piece.empty()) out.push_back(piece);
  return out;
}

std::string mapped(std::string_view text, utf8proc_int32_t (*map)(utf8proc_int32_t)) {
  std::string out;
  for (const CodePoint& c : code_points(text)) {
    if (c.well_formed) {
      out += encoded(static_cast<char32_t>(map(static_cast<utf8proc_int32_t>(c.cp))));
    } else {
      out += c.bytes;
    }
  }
  return out;
}

Pieces lines(std::string_view text) {
  Pieces out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string line(text.substr(0, end));
    if (end != std::string_view::npos && !line.empty() && line.back() == '\r') line.pop_back();
    out.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string trimmed(std::string_view text) {
  const auto all = code_points(text);
  size_t from = 0, to = all.size();
  while (from < to && is_space(all[from].cp)) ++from;
  while (to > from && is_space(all[to - 1].cp)) --to;
  std::string out;
  for (size_t i = from; i < to; ++i) out += all[i].bytes;
  return out;
}

}  // namespace

std::vector<CodePoint> code_points(std::string_view text) {
  std::vector<CodePoint> out;
  while (!text.empty()) {
    size_t size = 1;
    while (size < 4 && size < text.size() && !well_formed(text.substr(0, size)) && begins_well_formed(text.substr(0, size + 1))) {
      ++size;
    }
    const std::string_view bytes = text.substr(0, size);
    const bool ok = well_formed(bytes);
    out.push_back({ok ? decoded(bytes) : 0xFFFD, bytes, ok});
    text.remove_prefix(size);
  }
  return out;
}

bool is_letter(char32_t cp) {
  const std::string category = utf8proc_category_string(static_cast<utf8proc_int32_t>(cp));
  return category[0] == 'L';
}

bool is_space(char32_t cp) {
  for (const char32_t s : U"\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
                          U"\u2028\u2029\u202f\u205f\u3000") {
    if (s == cp && s != 0) return true;
  }
  return false;
}

Pieces apply(Stage stage, std::string_view text) {
  switch (stage) {
    case Stage::lines: return lines(text);
    case Stage::words: return runs(text, is_letter);
    case Stage::split: return runs(text, [](char32_t cp) { return !is_space(cp); });
    case Stage::lower: return {mapped(text, utf8proc_tolower)};
    case Stage::upper: return {mapped(text, utf8proc_toupper)};
    case Stage::trim: return {trimmed(text)};
  }
  return {};
}

Pieces apply(const std::vector<Stage>& stages, std::string_view text) {
  Pieces pieces = {std::string(text)};
  for (const Stage stage : stages) {
    Pieces next;
    for (const std::string& piece : pieces) {
      for (std::string& made : naive::apply(stage, piece)) next.push_back(std::move(made));
    }
    pieces = std::move(next);
  }
  return pieces;
}

std::string random_text(std::mt19937_64& random, size_t fragments) {
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  static const char* const fixed[] = {
      "the", "The", "of", "Mississippi", "antidisestablishmentarianism", "a", "I", "don't", "x2y", " ", " ", " ", "  ",
      "\n", "\r\n", "\r", "\t", "\v", "\f", "\x1c", "-", "--", ".", "\xEF\xBB\xBF", "\xC3\xA9", "\xC3\x89", "na\xC3\xAFve",
      "stra\xC3\x9F" "e", "\xC4\xB0", "\xE1\xBA\x9E", "\xE2\x84\xAA", "\xC8\xBA", "\xC8\xBE", "\xCD\x85", "e\xCC\x81",
      "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82", "\xCE\x91\xCE\xA3", "\xE6\xBC\xA2\xE5\xAD\x97", "\xF0\x9D\x94\x98",
      "\xF0\x90\x90\x80", "\xF0\x9F\x98\x80", "\xC2\xA0", "\xC2\x85", "\xE2\x80\x83", "\xE2\x80\x99", "\xE2\x80\x94", "\xE3\x80\x80",
      "\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x81\x9F", "\x80", "\xBF", "\xC0\x80", "\xC2", "\xE2\x80", "\xE0\x9F", "\xED\xA0\x80",
      "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF8", "\xFF", "\xE2\x84", "\xC3"};
  std::string text;
  // Some texts are nearly plain, so that the vector paths see long ASCII runs between rarities.
  const size_t plainness = below(3);
  for (size_t i = 0; i < fragments; ++i) {
    if (plainness && below(plainness == 1 ? 4 : 40)) {
      const size_t size = 1 + below(9);
      for (size_t k = 0; k < size; ++k) text += static_cast<char>((below(8) ? 'a' : 'A') + below(26));
      text += below(12) ? ' ' : '\n';
      continue;
    }
    switch (below(12)) {
      case 0: text += static_cast<char>(below(256)); break;
      case 1: text += static_cast<char>(below(128)); break;
      case 2: text += '\0'; break;
      case 3: text += encoded(static_cast<char32_t>(below(0x3000))); break;
      case 4: {
        const auto cp = static_cast<char32_t>(below(0x110000));
        if (cp < 0xD800 || cp > 0xDFFF) text += encoded(cp);
        break;
      }
      case 5:
        if (below(8) == 0) text.append(below(300), below(2) ? 'Q' : ' ');
        break;
      default: text += fixed[below(sizeof fixed / sizeof *fixed)];
    }
  }
  return text;
}

std::vector<std::string_view> random_chunks(std::mt19937_64& random, std::string_view text) {
  std::vector<std::string_view> chunks;
  const size_t usual = size_t{1} << (random() % 14);
  while (!text.empty()) {
    const size_t size = random() % (2 * usual);
    chunks.push_back(text.substr(0, size));
    text.remove_prefix(chunks.back().size());
  }
  return chunks;
}

uint64_t fresh_seed() { return std::random_device{}() | static_cast<uint64_t>(std::random_device{}()) << 32; }

}  // namespace naive
