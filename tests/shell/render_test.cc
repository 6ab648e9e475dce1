#include <catch2/catch.hpp>
#include <unistd.h>

#include "shell/render.h"
#include "kernel/data/width.h"

using namespace m31;
using data::Datum;
using types::Type;
using types::TypeKind;

namespace {

template <class Write>
std::string written(Write write) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  {
    shell::Output out(ends[1]);
    write(out);
  }
  ::close(ends[1]);
  std::string text;
  char bytes[4096];
  for (ssize_t n; (n = ::read(ends[0], bytes, sizeof bytes)) > 0;) text.append(bytes, static_cast<std::size_t>(n));
  ::close(ends[0]);
  return text;
}

std::string tsv(const Type* type, const Datum& value) {
  return written([&](shell::Output& out) { shell::render_tsv(type, value, out); });
}
std::string table(const Type* type, const Datum& value, shell::TableOptions options = {}) {
  return written([&](shell::Output& out) { shell::render_table(type, value, options, out); });
}

const Type* string_type() { return types::basic(TypeKind::string); }
const Type* int_type() { return types::basic(TypeKind::int_); }
const Type* pairs_type() {
  const Type* parts[] = {string_type(), int_type()};
  return types::list_of(types::tuple_of(parts));
}
Datum pair(std::string_view word, std::int64_t count) {
  return Datum::of_items({Datum::of_text(word), Datum::of_int(count)});
}

}  // namespace

TEST_CASE("rows of tuples go out tab-separated") {
  REQUIRE(tsv(pairs_type(), Datum::of_items({pair("the", 10), pair("a", 9)})) == "the\t10\na\t9\n");
}

TEST_CASE("what would break a row is escaped, a lone string goes out as it is") {
  REQUIRE(tsv(types::list_of(string_type()), Datum::of_items({Datum::of_text("a\tb\nc\\d\r")})) ==
          "a\\tb\\nc\\\\d\\r\n");
  REQUIRE(tsv(string_type(), Datum::of_text("a\tb\nc\n")) == "a\tb\nc\n");
  REQUIRE(tsv(string_type(), Datum::of_text("a")) == "a\n");
}

TEST_CASE("None prints nothing, an empty list no line") {
  REQUIRE(tsv(types::basic(TypeKind::none), Datum{}).empty());
  REQUIRE(tsv(types::list_of(int_type()), Datum::of_items({})).empty());
}

TEST_CASE("a union shows what it holds") {
  const Type* members[] = {int_type(), string_type()};
  REQUIRE(tsv(types::union_of(members), Datum::of_box(string_type(), Datum::of_text("x"))) == "x\n");
}

TEST_CASE("a table aligns words left and numbers right") {
  REQUIRE(table(pairs_type(), Datum::of_items({pair("the", 10), pair("ähnlich", 9)})) ==
          "the      10\nähnlich   9\n");
}

TEST_CASE("records have a header") {
  const std::string_view names[] = {"word", "freq"};
  const Type* parts[] = {string_type(), int_type()};
  const Type* rows = types::list_of(types::record_of(names, parts));
  REQUIRE(table(rows, Datum::of_items({pair("pi", 3)})) == "word  freq\npi       3\n");
}

TEST_CASE("rows that are left out are counted") {
  std::vector<Datum> rows;
  for (int i = 0; i < 12; ++i) rows.push_back(pair("w", i));
  const std::string text = table(pairs_type(), Datum::of_items(std::move(rows)), {.rows_max = 10});
  REQUIRE(text.ends_with("... 2 more rows\n"));
}

TEST_CASE("wide cells are cut to the terminal, control characters do not reach it") {
  const std::string text =
      table(pairs_type(), Datum::of_items({pair(std::string(300, 'x') + "\x1b[2J", 1)}), {.width_columns = 40});
  REQUIRE(data::display_width(text.substr(0, text.find('\n'))) <= 40);
  REQUIRE(text.find("…") != std::string::npos);
  REQUIRE(table(pairs_type(), Datum::of_items({pair("\x1b[2J", 1)})).find('\x1b') == std::string::npos);
}
