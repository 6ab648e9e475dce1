// Source: one text that was given to the front end (a file, a cell, -c), with its name, and Span:
// a half-open range of bytes in it. A Source outlives every AST and Diagnostic made from it; it is
// held by shared_ptr because definitions, kept by a session, point into it. Immutable, so that any
// thread may read it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace m31::syntax {

struct Span {
  std::uint32_t begin = 0, end = 0;  // byte offsets
};

struct LineColumn {
  std::uint32_t line = 1;    // from 1
  std::uint32_t column = 1;  // from 1, in code points
};

class Source {
 public:
  Source(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  LineColumn position(std::uint32_t offset) const;
  std::string_view line(std::uint32_t line_number) const;  // without its line end
  std::uint32_t line_begin(std::uint32_t line_number) const;

 private:
  std::string name_, text_;
  std::vector<std::uint32_t> line_begins_;
};

using SourcePtr = std::shared_ptr<const Source>;

}  // namespace m31::syntax
