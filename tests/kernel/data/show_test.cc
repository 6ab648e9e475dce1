#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "kernel/data/datum.h"
#include "tests/kernel/data/random_data.h"

using namespace m31;
using data::Datum;
using types::basic;
using types::TypeKind;

namespace {

std::string shown(TypeKind kind, const Datum& value) { return data::show(basic(kind), value); }
std::string shown_int(std::int64_t value) { return shown(TypeKind::int_, Datum::of_int(value)); }
std::string shown_float(double value) { return shown(TypeKind::float_, Datum::of_float(value)); }
std::string shown_time(std::int64_t value) { return shown(TypeKind::duration, Datum::of_int(value)); }
std::string shown_string(std::string_view value) { return shown(TypeKind::string, Datum::of_text(value)); }

}  // namespace

TEST_CASE("simple values show as literals") {
  CHECK(shown(TypeKind::none, Datum()) == "None");
  CHECK(shown(TypeKind::boolean, Datum::of_bool(true)) == "True");
  CHECK(shown(TypeKind::boolean, Datum::of_bool(false)) == "False");
  CHECK(shown_int(0) == "0");
  CHECK(shown_int(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(shown_float(1) == "1.0");
  CHECK(shown_float(-0.0) == "-0.0");
  CHECK(shown_float(0.1) == "0.1");
  CHECK(shown_float(100000) == "100000.0");
  CHECK(shown_float(1234567.891) == "1234567.891");
  CHECK(shown_float(0.00015) == "0.00015");
  CHECK(shown_float(0.000015) == "1.5e-5");
  CHECK(shown_float(1e22) == "1e22");
  CHECK(shown_float(std::nan("")) == "Float.nan");
  CHECK(shown_float(-HUGE_VAL) == "-Float.inf");
  CHECK(shown_time(0) == "0s");
  CHECK(shown_time(5'000'000'000) == "5s");
  CHECK(shown_time(-250'000'000) == "-250ms");
  CHECK(shown_time(1'500'000'000) == "1500ms");
  CHECK(shown_time(7'200'000'000'000) == "2h");
  CHECK(shown_time(7) == "7ns");
}

TEST_CASE("texts are escaped so that every byte survives") {
  CHECK(shown_string("") == "\"\"");
  CHECK(shown_string("a\"b\\(c)\n\t") == "\"a\\\"b\\\\(c)\\n\\t\"");
  CHECK(shown_string(std::string_view("\0\x1f\x7f", 3)) == "\"\\x00\\x1f\\x7f\"");
  CHECK(shown_string("\xc3\xa4\xff\xe2\x82z") == "\"\xc3\xa4\\xff\\xe2\\x82z\"");
  CHECK(shown(TypeKind::bytes, Datum::of_text("a\xc3\xa4'")) == "b\"a\\xc3\\xa4'\"");
}

TEST_CASE("composed values show as constructor expressions") {
  const types::Type* string = basic(TypeKind::string);
  const types::Type* integer = basic(TypeKind::int_);
  const types::Type* map = types::map_of(string, integer);
  CHECK(data::show(map, Datum::of_pairs({})) == "[:]");
  CHECK(data::show(map, Datum::of_pairs({Datum::of_text("k"), Datum::of_int(1)})) == "[\"k\": 1]");
  CHECK(data::show(types::list_of(integer), Datum::of_items({Datum::of_int(1), Datum::of_int(2)})) == "[1, 2]");
  CHECK(data::show(types::tuple_of(std::span(&integer, 1)), Datum::of_items({Datum::of_int(1)})) == "(1,)");
  CHECK(data::show(types::tuple_of({}), Datum::of_items({})) == "()");
  CHECK(data::show(basic(TypeKind::range), Datum::of_items({Datum::of_int(0), Datum::of_int(10)})) == "0..10");
  std::string_view names[] = {"word", "how many"};
  const types::Type* parts[] = {string, integer};
  CHECK(data::show(types::record_of(names, parts), Datum::of_items({Datum::of_text("pi"), Datum::of_int(3)})) ==
        "{word: \"pi\", \"how many\": 3}");
  const types::Type* any = basic(TypeKind::any);
  CHECK(data::show(types::list_of(any), Datum::of_items({Datum::of_box(integer, Datum::of_int(1)), Datum(),
                                                        Datum::of_box(string, Datum::of_text("a"))})) == "[1, None, \"a\"]");
}

TEST_CASE("constructors show with their names and fields") {
  types::TypeDecl wanted;
  wanted.name = "sys.Status";
  wanted.module = "sys";
  wanted.fingerprint = {1, 99};
  wanted.is_sum = true;
  const types::Type* status = types::named_of(types::declare(wanted), {});
  std::string_view field = "r";
  const types::Type* real = basic(TypeKind::float_);
  types::Constructor constructors[] = {{"SUCCESS", {}, {}}, {"Dot", {}, {}}, {"Circle", std::span(&field, 1), std::span(&real, 1)}};
  types::set_constructors(status, constructors);
  Datum value = Datum::of_items({});
  CHECK(data::show(status, value) == "sys.SUCCESS()");
  value.tag = 1;
  CHECK(data::show(status, value) == "sys.Dot()");
  value.tag = 2;
  value.items.push_back(Datum::of_float(1));
  CHECK(data::show(status, value) == "sys.Circle(r: 1.0)");
}

TEST_CASE("a Float that is shown reads back as itself, and never as an Int") {
  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  tests::RandomData random(seed);
  for (int i = 0; i < 20'000; ++i) {
    double value = random.real();
    if (!std::isfinite(value)) continue;
    std::string text = shown_float(value);
    INFO(text);
    REQUIRE(std::strtod(text.c_str(), nullptr) == value);
    REQUIRE(text.find_first_of(".e") != std::string::npos);
  }
}
