// The decoder of the compact form against bytes that nobody wrote: it never crashes, and never holds more than its limit allows. One second; with
// M31_FUZZ_SECONDS=N as long as wanted.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <random>
#include <sys/resource.h>

#include "kernel/data/datum.h"
#include "tests/kernel/data/random_data.h"

using namespace m31;

namespace {

// What a value takes, as the limit counts it: no less than it was charged.
std::size_t held_bytes(const data::Datum& value) {
  std::size_t bytes = value.text.view().size();
  for (const data::Datum& each : value.items) bytes += sizeof(data::Datum) + held_bytes(each);
  return bytes;
}

void mutate(tests::RandomData& random, std::string& bytes) {
  for (std::uint32_t n = 1 + random.below(8); n; --n) {
    const auto at = bytes.empty() ? 0 : random.below(static_cast<std::uint32_t>(bytes.size()));
    switch (random.below(bytes.empty() ? 1 : 7)) {
      case 0: bytes.insert(at, 1, static_cast<char>(random.random())); break;
      case 1: bytes[at] = static_cast<char>(random.random()); break;
      case 2: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8))); break;
      case 3: bytes.erase(at, 1 + random.below(4)); break;
      case 4: bytes += bytes.substr(at, random.below(64)); break;
      case 5: bytes.insert(at, 1 + random.below(9), '\xff'); break;
      default: bytes.resize(at); break;
    }
  }
}

}  // namespace

TEST_CASE("random and mutated bytes as values and types") {
  const char* wanted = std::getenv("M31_FUZZ_SECONDS");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(wanted ? std::atoi(wanted) : 1);
  const std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  tests::RandomData random(seed);
  constexpr std::size_t limit_bytes = 1 << 20;
  std::size_t decoded = 0, refused = 0, types_decoded = 0;
  // Types live as long as the process: a pool of them, not ever new ones.
  std::vector<const types::Type*> pool;
  for (int i = 0; i < 200; ++i) pool.push_back(random.type());
  while (std::chrono::steady_clock::now() < end) {
    const types::Type* type = pool[random.below(static_cast<std::uint32_t>(pool.size()))];
    std::string bytes;
    if (random.below(3) == 0) {
      for (std::uint32_t n = random.below(200); n; --n) bytes += static_cast<char>(random.random());
    } else {
      data::encode(type, random.value(type), bytes);
      mutate(random, bytes);
    }
    std::string_view rest = bytes;
    auto value = data::decode(type, rest, limit_bytes);
    if (value) {
      ++decoded;
      REQUIRE(held_bytes(*value) <= limit_bytes);
      REQUIRE(rest.size() <= bytes.size());
      data::show(type, *value);
    } else {
      ++refused;
      REQUIRE_FALSE(value.error().empty());
    }
    std::string structure = types::encode_type(type);
    if (random.below(4)) mutate(random, structure);
    std::string_view left = structure;
    if (auto back = types::decode_type(left)) {
      ++types_decoded;
      REQUIRE_FALSE(types::show(*back).empty());
    }
  }
  CHECK(decoded > 0);
  CHECK(refused > 0);
  CHECK(types_decoded > 0);
}

TEST_CASE("a few bytes never stand for many") {
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  // Counts and sizes that promise gigabytes, in every place where one can stand.
  const types::Type* string = types::basic(types::TypeKind::string);
  const types::Type* none = types::basic(types::TypeKind::none);
  const types::Type* any = types::basic(types::TypeKind::any);
  for (const types::Type* type : {string, types::list_of(none), types::list_of(types::list_of(any)), types::map_of(string, none),
                                  types::list_of(types::tuple_of({})), any})
    for (const char* size : {"\xff\xff\xff\xff\x0f", "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"}) {
      std::string bytes = type == any ? types::encode_type(types::list_of(none)) + size : size;
      std::string_view rest = bytes;
      CHECK_FALSE(data::decode(type, rest, std::size_t{64} << 20).has_value());
    }
  ::getrusage(RUSAGE_SELF, &after);
#ifndef __SANITIZE_ADDRESS__
  CHECK(after.ru_maxrss - before.ru_maxrss < 100 << 10);
#endif
}
