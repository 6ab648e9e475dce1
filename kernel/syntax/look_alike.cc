#include "kernel/syntax/look_alike.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace m31::syntax {

namespace {

struct Twin {
  std::string_view letter;
  char looks;
};

// After the table "confusables" of Unicode TS 39: the letters that most fonts draw as an ASCII one.
constexpr Twin twins[] = {
    {"а", 'a'}, {"с", 'c'}, {"ԁ", 'd'}, {"е", 'e'}, {"һ", 'h'}, {"і", 'i'}, {"ј", 'j'}, {"о", 'o'}, {"р", 'p'}, {"ԛ", 'q'}, {"ѕ", 's'},
    {"ԝ", 'w'}, {"х", 'x'}, {"у", 'y'}, {"А", 'A'}, {"В", 'B'}, {"С", 'C'}, {"Е", 'E'}, {"Н", 'H'}, {"І", 'I'}, {"Ј", 'J'}, {"К", 'K'},
    {"М", 'M'}, {"О", 'O'}, {"Р", 'P'}, {"Ѕ", 'S'}, {"Т", 'T'}, {"Х", 'X'}, {"У", 'Y'}, {"α", 'a'}, {"ο", 'o'}, {"ρ", 'p'}, {"ν", 'v'},
    {"ι", 'i'}, {"Α", 'A'}, {"Β", 'B'}, {"Ε", 'E'}, {"Ζ", 'Z'}, {"Η", 'H'}, {"Ι", 'I'}, {"Κ", 'K'}, {"Μ", 'M'}, {"Ν", 'N'}, {"Ο", 'O'},
    {"Ρ", 'P'}, {"Τ", 'T'}, {"Υ", 'Y'}, {"Χ", 'X'},
};

std::string skeleton(std::string_view name) {
  std::string found;
  for (std::size_t at = 0; at < name.size();) {
    const Twin* twin = nullptr;
    if (static_cast<unsigned char>(name[at]) >= 0x80)
      for (const Twin& each : twins)
        if (name.substr(at).starts_with(each.letter)) twin = &each;
    if (twin) found += twin->looks, at += twin->letter.size();
    else found += name[at++];
  }
  return found;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::vector<Diagnostic> names_that_look_alike(const SourcePtr& source, const std::vector<Token>& tokens) {
  std::vector<Diagnostic> found;
  bool all_ascii = std::all_of(tokens.begin(), tokens.end(), [](const Token& each) { return each.kind != Tok::name || is_ascii(each.text); });
  if (all_ascii) return found;
  std::map<std::string, std::set<std::string_view>> by_look;
  for (const Token& token : tokens) {
    if (token.kind != Tok::name) continue;
    std::set<std::string_view>& same = by_look[skeleton(token.text)];
    if (!same.insert(token.text).second || same.size() == 1) continue;
    const std::string_view other = *same.begin() == token.text ? *std::next(same.begin()) : *same.begin();
    Diagnostic& made = found.emplace_back();
    made.severity = Severity::warning;
    made.source = source;
    made.span = {token.begin, token.end};
    made.message = "`" + std::string(token.text) + "` looks like another name, with other letters";
    made.advice = "write `" + std::string(other) + "`, or take a name that nobody mistakes";
    made.edits.push_back({made.span, std::string(other)});
  }
  return found;
}

}  // namespace m31::syntax
