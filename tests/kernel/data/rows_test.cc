#include "kernel/data/rows.h"

#include <catch2/catch.hpp>

using namespace m31;
using data::Datum;
using types::TypeKind;

namespace {

std::string text_of(const types::Type* type, const Datum& value) {
  std::string out;
  data::each_row({type, &value}, [&](const std::vector<data::Typed>& cells) {
    for (const data::Typed& cell : cells) out += data::one_line(cell) + (data::is_number(cell.type) ? "# " : " ");
    out += "|";
    return out.size() < 60;
  });
  return out;
}

}  // namespace

TEST_CASE("rows are items or entries, cells are parts; anything else is one cell") {
  const types::Type* const string = types::basic(TypeKind::string);
  const types::Type* const integer = types::basic(TypeKind::int_);
  const types::Type* const pair = types::tuple_of(std::vector{string, integer});
  const auto row = [](std::string_view name, std::int64_t n) { return Datum::of_items({Datum::of_text(name), Datum::of_int(n)}); };
  CHECK(text_of(types::list_of(pair), Datum::of_items({row("a\tb", 1), row("c", 2)})) == "a b 1# |c 2# |");
  CHECK(text_of(types::map_of(string, integer), Datum::of_items({Datum::of_text(std::string_view("k")), Datum::of_int(3)})) == "k 3# |");
  CHECK(text_of(pair, row("x", 4)) == "x 4# |");
  CHECK(text_of(integer, Datum::of_int(5)) == "5# |");
  CHECK(text_of(types::list_of(integer), Datum::of_items({})).empty());
  const Datum many = Datum::of_items(std::vector<Datum>(100, Datum::of_int(7)));
  CHECK(text_of(types::list_of(integer), many) == text_of(types::list_of(integer), Datum::of_items(std::vector<Datum>(15, Datum::of_int(7)))));
  CHECK(data::row_count({types::list_of(integer), &many}) == 100);
}
