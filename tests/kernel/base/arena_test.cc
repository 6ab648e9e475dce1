// Objects in an arena are aligned, keep their places, and live as long as it does.
#include "kernel/base/arena.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>

using m31::Arena;

TEST_CASE("objects are aligned and apart") {
  Arena arena;
  std::vector<std::uint64_t*> numbers;
  std::vector<std::string_view> texts;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    numbers.push_back(arena.make<std::uint64_t>(i));
    texts.push_back(arena.copy(std::string_view(std::to_string(i))));
  }
  for (std::uint64_t i = 0; i < 20000; ++i) {
    CHECK(reinterpret_cast<std::uintptr_t>(numbers[i]) % alignof(std::uint64_t) == 0);
    REQUIRE(*numbers[i] == i);
    REQUIRE(texts[i] == std::to_string(i));
  }
}

TEST_CASE("objects larger than a block") {
  Arena arena;
  std::string large(1 << 20, 'x');
  std::string_view copy = arena.copy(std::string_view(large));
  int* after = arena.make<int>(7);
  CHECK(copy == large);
  CHECK(*after == 7);
}

TEST_CASE("spans are copied, empty ones take nothing") {
  Arena arena;
  std::vector<int> numbers{1, 2, 3};
  std::span<int> copy = arena.copy(numbers);
  numbers[0] = 9;
  CHECK(copy[0] == 1);
  CHECK(copy.size() == 3);
  CHECK(arena.copy(std::vector<int>()).empty());
  CHECK(arena.copy({4, 5})[1] == 5);
}

TEST_CASE("a moved arena keeps its objects") {
  Arena first;
  int* number = first.make<int>(5);
  Arena second = std::move(first);
  CHECK(*number == 5);
  CHECK(*second.make<int>(6) == 6);
  CHECK(*first.make<int>(7) == 7);   // the old one begins anew
  CHECK(*number == 5);
}
