// JsonPattern: lines of JSON are mostly written by one program, and differ in their values only. A pattern is what such lines have in common:
//
//   {"ts": 17, "status": 200, "path": "/a"}      a line that JSON's parser accepted
//   {"ts": _, "status": _, "path": _}            its pattern: texts that must come again, byte by byte, and places of scalar values
//
// A line that matches is read without the parser, and is as valid as the one that the pattern was learnt from: the texts are the same, and
// each value is checked by JSON's grammar. What the pattern leaves open is refused, and then the parser decides: objects and lists
// as values, strings with escapes, numbers with exponents or more than 18 digits, other keys, other spacing. (The speculation is Mison's,
// Li et al., VLDB 2017; its answer is checked here, not trusted.)
//
// Owned by one stream.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/words/row_shape.h"

namespace m31::words {

class JsonPattern {
 public:
  // The pattern of a line, which JSON's parser accepted as an object; none when it holds what a pattern cannot.
  // `shape` says which keys' values are wanted.
  void learn(std::string_view line, const RowShape& shape);
  void forget() { places_.clear(); }
  bool known() const { return !places_.empty(); }

  // Fills the cells of the wanted values; the others are left alone. False: ask the parser (the cells may have been changed).
  // Texts point into the line.
  bool match(std::string_view line, std::span<Cell> cells) const;

 private:
  struct Place {
    std::uint64_t low, high;         // the first 16 bytes of the text before the value, zero-padded
    std::uint64_t low_mask, high_mask;
    std::string before;
    int column;                      // -1: the value is only checked
  };
  static bool matches(const Place& place, const char* at, const char* end);
  void add(std::string_view before, int column);

  std::vector<Place> places_;        // the last one stands for the end, and has no value
};

}  // namespace m31::words
