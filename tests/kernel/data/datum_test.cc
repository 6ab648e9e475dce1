#include "kernel/data/datum.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <thread>

#include "kernel/data/order.h"
#include "tests/kernel/data/random_data.h"

using namespace m31;
using data::Datum;
using data::Text;

TEST_CASE("texts share one buffer and free it once") {
  Text empty("");
  CHECK(empty.buffer() == nullptr);
  Text whole("hello world");
  {
    Text copy = whole;
    CHECK(copy.view().data() == whole.view().data());
    whole.buffer()->retain();
    Text slice(whole.buffer(), whole.view().substr(6));
    CHECK(slice.view() == "world");
    CHECK(whole.buffer()->count.load() == 3);
    Text moved = std::move(slice);
    CHECK(slice.view().empty());
    copy = moved;
    CHECK(copy.view() == "world");
  }
  CHECK(whole.buffer()->count.load() == 1);
  std::thread last([text = std::move(whole)]() mutable { Text dropped = std::move(text); });
  last.join();
}

TEST_CASE("each value has one shape") {
  const types::Type* integer = types::basic(types::TypeKind::int_);
  CHECK(Datum::of_box(types::basic(types::TypeKind::none), Datum()).kind == data::DatumKind::none);
  Datum once = Datum::of_box(integer, Datum::of_int(1));
  Datum twice = Datum::of_box(types::basic(types::TypeKind::any), once);
  CHECK(data::equal(once, twice));
  CHECK_FALSE(data::equal(once, Datum::of_box(types::basic(types::TypeKind::duration), Datum::of_int(1))));
}

TEST_CASE("equality is structural; a map's insertion order does not count") {
  Datum one = Datum::of_int(1), two = Datum::of_int(2), three = Datum::of_int(3);
  CHECK(data::equal(Datum::of_pairs({one, two, two, three}), Datum::of_pairs({two, three, one, two})));
  CHECK_FALSE(data::equal(Datum::of_pairs({one, two}), Datum::of_pairs({one, three})));
  CHECK_FALSE(data::equal(Datum::of_items({one, two}), Datum::of_items({two, one})));
  CHECK_FALSE(data::equal(Datum::of_items({one}), Datum::of_items({one, two})));
  CHECK(data::equal(Datum::of_float(std::nan("")), Datum::of_float(std::nan(""))));
  CHECK(data::equal(Datum::of_float(0.0), Datum::of_float(-0.0)));
  Datum circle = Datum::of_items({one}), square = Datum::of_items({one});
  square.tag = 1;
  CHECK_FALSE(data::equal(circle, square));
}

TEST_CASE("the order is total on values of one type") {
  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  tests::RandomData random(seed);
  for (int round = 0; round < 1000; ++round) {
    const types::Type* type = random.type(2);
    Datum a = random.value(type, 2), b = random.value(type, 2), c = random.value(type, 2);
    INFO(types::show(type));
    REQUIRE(data::compare(a, a) == 0);
    REQUIRE((data::compare(a, b) < 0) == (data::compare(b, a) > 0));
    REQUIRE((data::compare(a, b) == 0) == data::equal(a, b));
    if (data::compare(a, b) <= 0 && data::compare(b, c) <= 0) REQUIRE(data::compare(a, c) <= 0);
  }
}
