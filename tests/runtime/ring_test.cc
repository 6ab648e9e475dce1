#include "runtime/ring.h"

#include <catch2/catch.hpp>
#include <thread>

#include "runtime/mailbox.h"
#include "runtime/pool.h"
#include "runtime/sleeper.h"

using namespace m31::runtime;

TEST_CASE("a ring is full at its capacity and gives back in order", "[ring]") {
  Ring<int, 4> ring;
  for (int i = 0; i < 4; ++i) CHECK(ring.push(i));
  CHECK_FALSE(ring.push(4));
  int item = -1;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(ring.pop(item));
    CHECK(item == i);
  }
  CHECK_FALSE(ring.pop(item));
  CHECK(ring.empty());
}

TEST_CASE("a ring carries a million items between two threads, all in order", "[ring]") {
  constexpr std::uint64_t count = 1'000'000;
  Ring<std::uint64_t, 256> ring;
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < count;)
      if (ring.push(i)) ++i; else std::this_thread::yield();
  });
  std::uint64_t expected = 0, item = 0;
  bool in_order = true;
  while (expected < count)
    if (ring.pop(item)) in_order &= item == expected++; else std::this_thread::yield();
  producer.join();
  CHECK(in_order);
}

TEST_CASE("a letter posted to a sleeper wakes it, and none is lost", "[ring]") {
  Sleeper sleeper;
  Mailbox mailbox(sleeper);
  int opened = 0;
  std::thread poster([&] {
    for (int i = 0; i < 2000; ++i) {
      mailbox.post([&] { ++opened; });
      if (i % 100 == 0) std::this_thread::yield();
    }
  });
  while (opened < 2000) {
    sleeper.prepare();
    if (mailbox.empty()) {
      sleeper.sleep(0);
    } else {
      sleeper.cancel();
    }
    for (auto& letter : mailbox.take()) letter();
  }
  poster.join();
  CHECK(opened == 2000);
}

TEST_CASE("a sleep without a wake ends at its deadline", "[ring]") {
  Sleeper sleeper;
  const auto before = monotonic_ns();
  sleeper.prepare();
  sleeper.sleep(before + 20'000'000);
  CHECK(monotonic_ns() >= before + 20'000'000);
  CHECK_FALSE(sleeper.is_asleep());
}

TEST_CASE("a pool gives out what was given back", "[ring]") {
  Slabs slabs;
  Pool<std::uint64_t> pool(slabs);
  std::uint64_t* a = pool.make(1u);
  std::uint64_t* b = pool.make(2u);
  CHECK(a != b);
  CHECK(*b == 2);
  pool.destroy(a);
  CHECK(pool.make(3u) == a);
}
