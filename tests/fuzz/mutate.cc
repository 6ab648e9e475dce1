#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fuzz/generate.h"

namespace m31::fuzz {
namespace {

constexpr std::size_t program_bytes_max = 20'000;

// Where the lexeme that holds this byte begins and ends, by a rule coarse enough for broken texts.
std::pair<std::size_t, std::size_t> lexeme_at(const std::string& text, std::size_t at) {
  const auto is_word = [&](std::size_t i) { return std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_'; };
  if (!is_word(at)) return {at, at + 1};
  std::size_t begin = at, end = at;
  while (begin > 0 && is_word(begin - 1)) --begin;
  while (end < text.size() && is_word(end)) ++end;
  return {begin, end};
}

std::pair<std::size_t, std::size_t> line_at(const std::string& text, std::size_t at) {
  const std::size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const std::size_t after = text.find('\n', at);
  return {before == std::string::npos ? 0 : before + 1, after == std::string::npos ? text.size() : after + 1};
}

}  // namespace

std::string mutate(std::span<const std::string> corpus, Random& random) {
  static constexpr std::string_view words[] = {
      "(", ")", "[", "]", "{", "}", ":", "=>", "=", "|", ",", ".", "..", "..=", "?", "??", "?.", "-", "**", "//", "<", "\"", "\\(", "\n", "\n  ",
      "None", "Any", "Int", "String", "match", "if", "else", "for", "while", "try", "catch", "finally", "raise", "select", "after", "fn", "type",
      "return", "break", "continue", "spawn", "move", "PARENT", "var", "in", "not", "and", "0", "-1", "9223372036854775807", "1e308", "5s", "64mb",
      "\"\"", "[:]", "[]", "...", "_", "x", "len", "show", "sys", "print", "#", "##", "\t", "\r", "\xff", "\xc3\xa9", "\xf0\x9f\x98\x80"};
  const auto pick = [&](std::size_t n) { return n ? static_cast<std::size_t>(random() % n) : 0; };
  std::string text = corpus[pick(corpus.size())];
  const std::size_t changes = 1 + pick(6);
  for (std::size_t i = 0; i < changes; ++i) {
    if (text.empty()) text = "x";
    const std::size_t at = pick(text.size());
    const auto [begin, end] = pick(3) ? lexeme_at(text, at) : line_at(text, at);
    switch (pick(7)) {
      case 0: text.erase(begin, end - begin); break;
      case 1: text.insert(end, text.substr(begin, end - begin)); break;
      case 2: text.replace(begin, end - begin, words[pick(std::size(words))]); break;
      case 3: text.insert(begin, words[pick(std::size(words))]); break;
      case 4: {
        const std::string& other = corpus[pick(corpus.size())];
        if (other.empty()) break;
        const auto [from, to] = line_at(other, pick(other.size()));
        text.insert(line_at(text, at).first, other.substr(from, to - from));
        break;
      }
      case 5: {
        const std::string& other = corpus[pick(corpus.size())];
        if (other.empty()) break;
        const auto [from, to] = lexeme_at(other, pick(other.size()));
        text.replace(begin, end - begin, other.substr(from, to - from));
        break;
      }
      default: text[at] = static_cast<char>(random());
    }
    if (text.size() > program_bytes_max) text.resize(program_bytes_max);
  }
  return text;
}

}  // namespace m31::fuzz
