#include "runtime/io/event_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <thread>

using namespace m31::runtime;
using namespace std::chrono_literals;

namespace {

struct Pipe {
  int ends[2];
  Pipe() { REQUIRE(pipe(ends) == 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
};

}  // namespace

TEST_CASE("timers run in the order of their times, not of their making") {
  EventLoop loop;
  std::string order;
  SteadyTime now = std::chrono::steady_clock::now();
  loop.add_timer(now + 6ms, [&] { order += 'c'; });
  loop.add_timer(now + 2ms, [&] { order += 'a'; });
  loop.add_timer(now + 4ms, [&] { order += 'b'; });
  loop.run_until([&] { return order.size() == 3; });
  CHECK(order == "abc");
  CHECK(std::chrono::steady_clock::now() - now >= 6ms);
}

TEST_CASE("a cancelled timer does not run, also when cancelled by another of the same moment") {
  EventLoop loop;
  std::string ran;
  SteadyTime when = std::chrono::steady_clock::now();
  EventLoop::TimerId second{};
  loop.add_timer(when, [&] {
    ran += '1';
    loop.cancel_timer(second);
  });
  second = loop.add_timer(when, [&] { ran += '2'; });
  loop.add_timer(when + 1ms, [&] { ran += '3'; });
  loop.run_until([&] { return ran.ends_with('3'); });
  CHECK(ran == "13");
}

TEST_CASE("tasks posted by many threads all run, each thread's in its order") {
  EventLoop loop;
  constexpr int threads = 4, each = 5000;
  std::vector<int> last(threads, -1);
  int ran = 0;
  bool in_order = true;
  std::vector<std::thread> posters;
  for (int t = 0; t < threads; ++t)
    posters.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        loop.post([&, t, i] {
          in_order = in_order && last[t] == i - 1;
          last[t] = i;
          ++ran;
        });
    });
  loop.run_until([&] { return ran == threads * each; });
  for (std::thread& poster : posters) poster.join();
  CHECK(in_order);
}

TEST_CASE("a watch sees bytes and the hang-up, and may remove itself") {
  EventLoop loop;
  Pipe pipe;
  std::string got;
  bool gone = false;
  REQUIRE(loop.watch(pipe.ends[0], EPOLLIN, [&](std::uint32_t) {
    char bytes[16];
    ssize_t n = read(pipe.ends[0], bytes, sizeof bytes);
    if (n > 0) return void(got.append(bytes, n));
    loop.unwatch(pipe.ends[0]);
    gone = true;
  }) == 0);
  loop.post([&] { REQUIRE(write(pipe.ends[1], "hello", 5) == 5); });
  loop.add_timer(deadline_after(3ms), [&] {
    close(pipe.ends[1]);
    pipe.ends[1] = dup(0);
  });
  loop.run_until([&] { return gone; });
  CHECK(got == "hello");
}

TEST_CASE("a descriptor closed while watched may come back under its number") {
  EventLoop loop;
  int first[2];
  REQUIRE(pipe(first) == 0);
  REQUIRE(loop.watch(first[0], EPOLLIN, [](std::uint32_t) {}) == 0);
  int number = first[0];
  close(first[0]);
  close(first[1]);
  Pipe second;
  REQUIRE(second.ends[0] == number);
  bool seen = false;
  REQUIRE(loop.watch(number, EPOLLIN, [&](std::uint32_t) { seen = true; }) == 0);
  REQUIRE(write(second.ends[1], "x", 1) == 1);
  loop.run_until([&] { return seen; });
  loop.unwatch(number);
}

TEST_CASE("a regular file cannot be watched, and watch says so") {
  EventLoop loop;
  FILE* file = std::tmpfile();
  CHECK(loop.watch(fileno(file), EPOLLIN, [](std::uint32_t) {}) == EPERM);
  std::fclose(file);
}

TEST_CASE("a deadline beyond the clock's range is never") {
  CHECK(deadline_after(std::chrono::milliseconds::max()) == SteadyTime::max());
  CHECK(deadline_after(1ms) < SteadyTime::max());
}
