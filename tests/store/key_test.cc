#include "store/key.h"

#include <catch2/catch.hpp>
#include <random>

#include "kernel/data/order.h"
#include "tests/kernel/data/random_data.h"

using namespace m31;

TEST_CASE("keys sort as values do, and none begins another") {
  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  tests::RandomData random(seed);
  for (int round = 0; round < 4000; ++round) {
    const types::Type* type = random.type(2);
    data::Datum a = random.value(type, 2), b = random.value(type, 2);
    std::string key_a, key_b;
    store::append_key(type, a, key_a);
    store::append_key(type, b, key_b);
    INFO(types::show(type) << " " << data::show(type, a) << " and " << data::show(type, b));
    int order = data::compare(a, b);
    REQUIRE((key_a < key_b) == (order < 0));
    REQUIRE((key_a == key_b) == (order == 0));
    if (order != 0 && !key_a.empty() && !key_b.empty()) {
      REQUIRE_FALSE(key_a.starts_with(key_b));
      REQUIRE_FALSE(key_b.starts_with(key_a));
    }
  }
}

TEST_CASE("long keys are cut to their budget and stay apart") {
  auto cut = [](std::string text) {
    std::string key = "before";
    store::append_text_key(text, key);
    store::apply_budget(key, 6);
    return key;
  };
  std::string common(300, 'x');
  CHECK(cut(common + "a").size() == 6 + store::component_bytes_max);
  CHECK(cut(common + "a") != cut(common + "b"));
  CHECK(cut(common + "a") == cut(common + "a"));
  CHECK(cut("short") == std::string("beforeshort\0\1", 13));
}

TEST_CASE("a record's key spreads over the partitions and is stable") {
  const types::Type* string = types::basic(types::TypeKind::string);
  std::vector<int> hits(8);
  for (int i = 0; i < 4000; ++i) {
    std::string key = store::record_key(40, 8, string, data::Datum::of_text("word" + std::to_string(i)));
    std::uint32_t partition = store::read_u32(key);
    REQUIRE(partition >= 40);
    REQUIRE(partition < 48);
    ++hits[partition - 40];
  }
  for (int count : hits) CHECK(count > 350);
  // Part of the disk format: these bytes may never change.
  std::string key = store::record_key(0, 8, string, data::Datum::of_text("pi"));
  CHECK(key.substr(4) == std::string("\0\0\0\0pi\0\1", 8));
  CHECK(store::read_u32(key) == 7);
}
