// CsvMarks: one row of CSV looked through once, 32 bytes at a time: where it ends and where its cells do. Only separators, quotes and line
// ends are looked at; quotes say which of the others count (RFC 4180).
//
// Owned by one stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace m31::words {

class CsvMarks {
 public:
  explicit CsvMarks(char separator) : separator_(separator) {}

  // How many bytes the row at the beginning of `text` takes with its line end. 0: its end is not in `text`, it is very long, or a
  // quoted cell goes on behind its closing quote.
  std::size_t find(std::string_view text);
  // Where the separators between the cells of that row stand. A cell that begins with a quote ends with the one that closes it.
  const std::vector<std::uint32_t>& cuts() const { return cuts_; }

 private:
  char separator_;
  std::vector<std::uint32_t> cuts_;
};

}  // namespace m31::words
