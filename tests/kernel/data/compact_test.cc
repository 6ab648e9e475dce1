#include <catch2/catch.hpp>
#include <random>

#include "kernel/data/datum.h"
#include "kernel/data/varint.h"
#include "tests/kernel/data/random_data.h"

using namespace m31;
using data::Datum;

namespace {

constexpr std::size_t limit_bytes = 1 << 20;

std::string encoded(const types::Type* type, const Datum& value) {
  std::string bytes;
  data::encode(type, value, bytes);
  return bytes;
}

}  // namespace

TEST_CASE("varints: one way to write each number, ten bytes at most") {
  for (std::uint64_t value : {0ull, 1ull, 127ull, 128ull, 16383ull, 16384ull, 1ull << 63, ~0ull}) {
    std::string bytes;
    data::write_varint(value, bytes);
    std::string_view rest = bytes;
    std::uint64_t read = 0;
    REQUIRE(data::read_varint(rest, read));
    CHECK(read == value);
    CHECK(rest.empty());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      std::string_view part(bytes.data(), cut);
      CHECK_FALSE(data::read_varint(part, read));
    }
  }
  for (std::string_view bad : {std::string_view("\x80\0", 2), std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10)}) {
    std::uint64_t read = 0;
    CHECK_FALSE(data::read_varint(bad, read));
  }
  for (std::int64_t value : {0l, -1l, 1l, INT64_MAX, INT64_MIN}) CHECK(data::unzigzag(data::zigzag(value)) == value);
}

TEST_CASE("small values are small") {
  CHECK(encoded(types::basic(types::TypeKind::int_), Datum::of_int(-3)).size() == 1);
  CHECK(encoded(types::optional_of(types::basic(types::TypeKind::int_)), Datum()).size() == 1);
  CHECK(encoded(types::basic(types::TypeKind::string), Datum::of_text("word")) == "\4word");
}

TEST_CASE("random values of random types survive the compact form") {
  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  tests::RandomData random(seed);
  for (int round = 0; round < 3000; ++round) {
    const types::Type* type = random.type();
    Datum value = random.value(type);
    std::string bytes = encoded(type, value);
    INFO(types::show(type) << " " << data::show(type, value));
    std::string with_more = bytes + "rest";
    std::string_view rest = with_more;
    auto back = data::decode(type, rest, limit_bytes);
    REQUIRE(back.has_value());
    REQUIRE(rest == "rest");
    REQUIRE(data::equal(*back, value));
    REQUIRE(encoded(type, *back) == bytes);
    REQUIRE(data::show(type, *back) == data::show(type, value));
    for (int cut = 0; cut < 4 && !bytes.empty(); ++cut) {
      std::string_view part(bytes.data(), random.below(static_cast<std::uint32_t>(bytes.size())));
      REQUIRE_FALSE(data::decode(type, part, limit_bytes).has_value());
    }
  }
}

TEST_CASE("hostile bytes never crash, and what they give is whole") {
  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  tests::RandomData random(seed);
  for (int round = 0; round < 5000; ++round) {
    const types::Type* type = random.type();
    std::string bytes = encoded(type, random.value(type));
    for (std::uint32_t n = 1 + random.below(4); n; --n) {
      if (bytes.empty() || random.below(5) == 0)
        bytes += static_cast<char>(random.random());
      else
        bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<char>(random.random());
    }
    std::string_view rest = bytes;
    auto value = data::decode(type, rest, limit_bytes);
    if (!value) {
      REQUIRE_FALSE(value.error().empty());
      continue;
    }
    std::string again = encoded(type, *value);
    std::string_view again_rest = again;
    auto twice = data::decode(type, again_rest, limit_bytes);
    REQUIRE(twice.has_value());
    REQUIRE(data::equal(*twice, *value));
  }
}

TEST_CASE("decoding is bounded in size and depth") {
  const types::Type* none = types::basic(types::TypeKind::none);
  std::string many;
  data::write_varint(1ull << 40, many);
  std::string_view rest = many;
  CHECK_FALSE(data::decode(types::list_of(none), rest, limit_bytes).has_value());
  std::string fits;
  data::write_varint(1000, fits);
  rest = fits;
  CHECK(data::decode(types::list_of(none), rest, limit_bytes).has_value());
  rest = fits;
  CHECK_FALSE(data::decode(types::list_of(none), rest, 1000).has_value());

  std::string text = encoded(types::basic(types::TypeKind::string), Datum::of_text(std::string(2000, 'x')));
  rest = text;
  CHECK_FALSE(data::decode(types::basic(types::TypeKind::string), rest, 1000).has_value());

  const types::Type* tree = tests::RandomData::tree(none);
  std::string chain(20'000, '\1');   // Node(left: Node(left: ...
  rest = chain;
  auto refused = data::decode(tree, rest, std::size_t{1} << 30);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error() == "a value is nested too deep");
}
