#include "runtime/drivers/path_pattern.h"

#include <algorithm>

namespace m31::runtime {
namespace {

constexpr std::size_t alternatives_max = 1000;
constexpr std::string_view meaningful = "*?[{\\";

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
    at = end + 1;
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) path += "/" + part;
  return path.empty() ? "/" : path;
}

// Past the letter that begins at `at`; a backslash and what follows are one.
std::size_t after_letter(std::string_view text, std::size_t at) {
  if (text[at] == '\\' && at + 1 < text.size()) ++at;
  for (++at; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;) ++at;
  return at;
}

// The first group of braces that is closed: begins of its alternatives and its end; nothing when there is none.
std::vector<std::size_t> first_braces(std::string_view text) {
  for (std::size_t open = 0; open < text.size(); open = after_letter(text, open)) {
    if (text[open] != '{') continue;
    std::vector<std::size_t> marks{open};
    std::size_t depth = 0;
    for (std::size_t at = open + 1; at < text.size(); at = after_letter(text, at)) {
      if (text[at] == '{') ++depth;
      if (text[at] == ',' && depth == 0) marks.push_back(at);
      if (text[at] != '}') continue;
      if (depth-- > 0) continue;
      marks.push_back(at);
      if (marks.size() > 2) return marks;
      break;                                         // {a}: no choice, and no group
    }
  }
  return {};
}

bool expand(std::string text, std::vector<std::string>& to) {
  std::vector<std::string> waiting{std::move(text)};
  while (!waiting.empty()) {
    if (to.size() + waiting.size() > alternatives_max) return false;
    text = std::move(waiting.back());
    waiting.pop_back();
    const std::vector<std::size_t> marks = first_braces(text);
    if (marks.empty()) {
      to.push_back(std::move(text));
      continue;
    }
    for (std::size_t i = 0; i + 1 < marks.size(); ++i)
      waiting.push_back(text.substr(0, marks[0]) + text.substr(marks[i] + 1, marks[i + 1] - marks[i] - 1) + text.substr(marks.back() + 1));
  }
  return true;
}

// `[..]` at `at` of the pattern: whether the letter is in it, and where it ends; npos: it is no set.
std::size_t set_end(std::string_view pattern, std::size_t at, std::string_view letter, bool& holds) {
  std::size_t next = at + 1;
  const bool is_other = next < pattern.size() && (pattern[next] == '!' || pattern[next] == '^');
  if (is_other) ++next;
  holds = false;
  for (bool first = true; next < pattern.size() && (pattern[next] != ']' || first); first = false) {
    std::size_t end = after_letter(pattern, next);
    std::string_view from = pattern.substr(next, end - next);
    if (from.size() > 1 && from[0] == '\\') from.remove_prefix(1);
    std::string_view to = from;
    if (end + 1 < pattern.size() && pattern[end] == '-' && pattern[end + 1] != ']') {
      const std::size_t last = after_letter(pattern, end + 1);
      to = pattern.substr(end + 1, last - end - 1);
      end = last;
    }
    // UTF-8 is in the order of its code points.
    if (from <= letter && letter <= to) holds = true;
    next = end;
  }
  if (next >= pattern.size()) return std::string_view::npos;
  holds = holds != is_other;
  return next + 1;
}

// One step of the pattern against one letter: where the pattern goes on, or npos.
std::size_t step(std::string_view pattern, std::size_t at, std::string_view letter) {
  if (pattern[at] == '?') return at + 1;
  if (pattern[at] == '[') {
    bool holds = false;
    if (const std::size_t end = set_end(pattern, at, letter, holds); end != std::string_view::npos) return holds ? end : std::string_view::npos;
  }
  const std::size_t end = after_letter(pattern, at);
  std::string_view own = pattern.substr(at, end - at);
  if (own.size() > 1 && own[0] == '\\') own.remove_prefix(1);
  return own == letter ? end : std::string_view::npos;
}

// One part. Only the last star is gone back to, so the time is the product of the lengths.
bool part_matches(std::string_view pattern, std::string_view part) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, star_t = 0;
  while (t < part.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_t = t;
      continue;
    }
    std::size_t letter = t + 1;
    while (letter < part.size() && (static_cast<unsigned char>(part[letter]) & 0xc0) == 0x80) ++letter;
    const std::size_t next = p < pattern.size() ? step(pattern, p, part.substr(t, letter - t)) : std::string_view::npos;
    if (next != std::string_view::npos) {
      p = next;
      t = letter;
    } else if (star != std::string_view::npos) {
      p = star;
      for (++star_t; star_t < part.size() && (static_cast<unsigned char>(part[star_t]) & 0xc0) == 0x80;) ++star_t;
      t = star_t;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// The same over parts, with `**` as the star.
bool all_match(const std::vector<std::string>& pattern, const std::vector<std::string>& parts) {
  std::size_t p = 0, t = 0, star = SIZE_MAX, star_t = 0;
  while (t < parts.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      star = ++p;
      star_t = t;
    } else if (p < pattern.size() && part_matches(pattern[p], parts[t])) {
      ++p;
      ++t;
    } else if (star != SIZE_MAX) {
      p = star;
      t = ++star_t;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == "**") ++p;
  return p == pattern.size();
}

}  // namespace

std::string stored_path(std::string_view written) { return joined(parts_of(written)); }

std::expected<PathPattern, std::string> PathPattern::read(std::string_view written) {
  PathPattern made;
  made.is_plain_ = written.find_first_of(meaningful) == std::string_view::npos;
  std::vector<std::string> texts;
  if (!expand(std::string(written), texts)) return std::unexpected("the pattern has more than " + std::to_string(alternatives_max) + " alternatives");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<std::string> parts = parts_of(texts[i]);
    if (!parts.empty() && parts.back() == "**") parts.emplace_back("*");   // what is within, not the folder
    const std::string path = joined(parts);
    made.alternatives_.push_back({std::move(parts)});
    const std::string known = path.substr(0, path.find_first_of(meaningful));
    if (i == 0) {
      made.prefix_ = known;
    } else {
      const auto [differs, ignored] = std::mismatch(made.prefix_.begin(), made.prefix_.end(), known.begin(), known.end());
      made.prefix_.erase(differs, made.prefix_.end());
    }
  }
  return made;
}

bool PathPattern::matches(std::string_view path) const {
  const std::vector<std::string> parts = parts_of(path);
  return std::any_of(alternatives_.begin(), alternatives_.end(), [&](const Alternative& each) { return all_match(each.parts, parts); });
}

}  // namespace m31::runtime
