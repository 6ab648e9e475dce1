#include "kernel/data/shape.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/kernel/data/random_data.h"

using namespace m31;
using data::Datum;
using types::basic;
using types::TypeKind;

TEST_CASE("random values fit their types, zeros too") {
  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  tests::RandomData random(seed);
  for (int round = 0; round < 2000; ++round) {
    const types::Type* type = random.type();
    INFO(types::show(type));
    REQUIRE(data::misfit(type, random.value(type)).empty());
    auto zero = data::zero(type);
    REQUIRE(zero.has_value());
    REQUIRE(data::misfit(type, *zero).empty());
    REQUIRE(data::is_storable(type));
  }
}

TEST_CASE("what does not fit is said") {
  const types::Type* integer = basic(TypeKind::int_);
  const types::Type* string = basic(TypeKind::string);
  CHECK(data::misfit(integer, Datum::of_text("1")) == "a value is no Int");
  CHECK(data::misfit(types::list_of(integer), Datum::of_items({Datum::of_float(1)})) == "a value is no Int");
  CHECK(data::misfit(types::tuple_of(std::span(&integer, 1)), Datum::of_items({})) == "a value is no (Int,)");
  CHECK(data::misfit(types::optional_of(integer), Datum::of_int(1)) == "a value is no Int?");
  CHECK(data::misfit(types::optional_of(integer), Datum::of_box(string, Datum::of_text("x"))) == "a value is no Int?");
  CHECK(data::misfit(basic(TypeKind::any), Datum::of_box(string, Datum::of_int(1))) == "a value is no String");
  const types::Type* sender = types::unary_of(TypeKind::sender, integer);
  CHECK(data::misfit(sender, Datum()) == "Sender[Int] lives in a running program only and cannot be kept");
  CHECK_FALSE(data::is_storable(types::list_of(sender)));

  const types::Type* tree = tests::RandomData::tree(integer);
  Datum deep = Datum::of_items({});
  for (int i = 0; i < 1500; ++i) {
    Datum node = Datum::of_items({deep, Datum::of_int(i), Datum()});
    node.tag = 1;
    deep = std::move(node);
  }
  CHECK(data::misfit(tree, deep) == "a value is nested too deep to be kept");
}

TEST_CASE("a type without end has no zero") {
  auto declared = [](std::string_view name, std::uint64_t number) {
    types::TypeDecl wanted;
    wanted.name = name;
    wanted.fingerprint = {number, 77};
    return types::named_of(types::declare(wanted), {});
  };
  const types::Type* endless = declared("Endless", 1);
  std::string_view fields[] = {"a", "b"};
  const types::Type* parts[] = {endless, endless};
  types::Constructor constructor[] = {{"Endless", fields, parts}};
  types::set_constructors(endless, constructor);
  CHECK_FALSE(data::zero(endless).has_value());

  // Forty levels of pairs: an end, but 2^40 parts.
  const types::Type* level = basic(TypeKind::int_);
  for (std::uint64_t i = 0; i < 40; ++i) {
    const types::Type* next = declared("Level", 100 + i);
    const types::Type* both[] = {level, level};
    types::Constructor pair[] = {{"Level", fields, both}};
    types::set_constructors(next, pair);
    level = next;
  }
  CHECK_FALSE(data::zero(level).has_value());
}
