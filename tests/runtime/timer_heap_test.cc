#include "runtime/timer_heap.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace m31::runtime;

TEST_CASE("timers fire by deadline, equal ones in the order they were set", "[timers]") {
  TimerHeap heap;
  Timer a, b, c;
  heap.add(a, 20);
  heap.add(b, 10);
  heap.add(c, 20);
  CHECK(heap.next_deadline_ns() == 10);
  CHECK(heap.pop_due(9) == nullptr);
  CHECK(heap.pop_due(30) == &b);
  CHECK(heap.pop_due(30) == &a);
  CHECK(heap.pop_due(30) == &c);
  CHECK(heap.pop_due(30) == nullptr);
}

TEST_CASE("random timers, some cancelled, fire as a sorted list would", "[timers]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  TimerHeap heap;
  std::vector<Timer> timers(2000);
  std::vector<Timer*> alive;
  for (Timer& timer : timers) {
    heap.add(timer, random() % 500);
    alive.push_back(&timer);
  }
  for (int i = 0; i < 700; ++i) {
    std::size_t at = random() % alive.size();
    heap.cancel(*alive[at]);
    heap.cancel(*alive[at]);
    CHECK_FALSE(alive[at]->is_set());
    alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(at));
  }
  std::stable_sort(alive.begin(), alive.end(), [](Timer* a, Timer* b) { return a->deadline_ns < b->deadline_ns; });
  for (Timer* expected : alive) REQUIRE(heap.pop_due(500) == expected);
  CHECK(heap.empty());
}
