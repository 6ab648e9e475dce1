#include "kernel/words/csv_marks.h"

#include <catch2/catch.hpp>

#include "tests/kernel/words/naive.h"

namespace words = m31::words;

namespace {

struct Row {
  size_t size = 0;                       // 0: no line end, or letters behind a closing quote
  std::vector<std::uint32_t> cuts;
};

// RFC 4180 letter by letter.
Row row_of(std::string_view text, char separator) {
  enum { begin, plain, quoted, quote } at = begin;
  Row row;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (at == quoted) {
      if (c == '"') at = quote;
      continue;
    }
    if (at == quote && c == '"') {
      at = quoted;
      continue;
    }
    if (c == '\n') {
      row.size = i + 1;
      return row;
    }
    if (c == separator) {
      row.cuts.push_back(static_cast<std::uint32_t>(i));
      at = begin;
    } else if (at == quote) {
      if (c != '\r' || i + 1 == text.size() || text[i + 1] != '\n') return {};
    } else {
      at = at == begin && c == '"' ? quoted : plain;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("a row of CSV is looked through as letter by letter") {
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  size_t found = 0;
  for (int round = 0; round < 20000; ++round) {
    INFO("seed " << seed << " round " << round);
    const char separator = random() % 4 ? ',' : ';';
    constexpr std::string_view letters = "ab,,;\"\"\"\n\r\xc3\x80";
    std::string text(random() % (round % 50 ? 24 : 200), 'x');
    for (char& c : text)
      if (random() % 3 == 0) c = letters[random() % letters.size()];
    if (random() % 2) text += '\n';
    words::CsvMarks marks(separator);
    const Row row = row_of(text, separator);
    CAPTURE(text);
    REQUIRE(marks.find(text) == row.size);
    if (row.size == 0) continue;
    REQUIRE(marks.cuts() == row.cuts);
    ++found;
  }
  CHECK(found > 1000);
}
