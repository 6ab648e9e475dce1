#include "runtime/io/native_fibril.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>

using namespace m31::runtime;
using namespace std::chrono_literals;

namespace {

// A loop with its fibrils that runs until no fibril is left.
struct Stage {
  EventLoop loop;
  NativeFibrils fibrils{loop};
  BlockingPool pool;
  void run() {
    loop.run_until([this] { return fibrils.live() == 0; });
  }
};

}  // namespace

TEST_CASE("two fibrils hand a byte to and fro over pipes") {
  Stage stage;
  int there[2], back[2];
  REQUIRE(pipe(there) == 0);
  REQUIRE(pipe(back) == 0);
  std::string said;
  auto player = [&](int in, int out, char mark) {
    return [&said, in, out, mark](NativeFibril& self) {
      for (int round = 0; round < 50; ++round) {
        if (self.await_fd(in, EPOLLIN) != Wake::ready) return;
        char ball;
        if (read(in, &ball, 1) != 1) return;
        said += mark;
        if (write(out, &ball, 1) != 1) return;
      }
    };
  };
  stage.fibrils.start(player(there[0], back[1], 'a'));
  stage.fibrils.start(player(back[0], there[1], 'b'));
  REQUIRE(write(there[1], "x", 1) == 1);
  stage.run();
  std::string expected;
  for (int round = 0; round < 50; ++round) expected += "ab";
  CHECK(said == expected);
  for (int fd : {there[0], there[1], back[0], back[1]}) close(fd);
}

TEST_CASE("an await ends at its deadline") {
  Stage stage;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  Wake on_fd{}, on_park{}, on_sleep{};
  SteadyTime begin = std::chrono::steady_clock::now();
  stage.fibrils.start([&](NativeFibril& self) {
    on_fd = self.await_fd(ends[0], EPOLLIN, deadline_after(2ms));
    on_park = self.park(deadline_after(2ms));
    on_sleep = self.sleep_until(deadline_after(2ms));
  });
  stage.run();
  CHECK(on_fd == Wake::timed_out);
  CHECK(on_park == Wake::timed_out);
  CHECK(on_sleep == Wake::timed_out);
  CHECK(std::chrono::steady_clock::now() - begin >= 6ms);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a wake before the park counts once") {
  Stage stage;
  Wake first{}, second{};
  auto fibril = stage.fibrils.start([&](NativeFibril& self) {
    first = self.park();
    second = self.park(deadline_after(2ms));
  });
  fibril->wake();
  stage.run();
  CHECK(first == Wake::ready);
  CHECK(second == Wake::timed_out);
}

TEST_CASE("sleeping is not cut short by a wake") {
  Stage stage;
  SteadyTime end;
  SteadyTime due = deadline_after(10ms);
  auto fibril = stage.fibrils.start([&](NativeFibril& self) {
    self.sleep_until(due);
    end = std::chrono::steady_clock::now();
  });
  stage.loop.add_timer(deadline_after(1ms), [&] { fibril->wake(); });
  stage.run();
  CHECK(end >= due);
}

TEST_CASE("cancel ends this await and all that follow") {
  Stage stage;
  std::vector<Wake> wakes;
  auto fibril = stage.fibrils.start([&](NativeFibril& self) {
    wakes.push_back(self.park());
    wakes.push_back(self.sleep_until(SteadyTime::max()));
    wakes.push_back(self.await_fd(0, EPOLLIN));
  });
  stage.loop.add_timer(deadline_after(1ms), [&] { fibril->cancel(); });
  stage.run();
  CHECK(wakes == std::vector<Wake>(3, Wake::cancelled));
}

TEST_CASE("a cancelled fibril still waits for its job on the pool, which uses its locals") {
  Stage stage;
  int answer = 0;
  bool cancelled = false;
  auto fibril = stage.fibrils.start([&](NativeFibril& self) {
    int local = 0;
    CHECK(self.run_blocking(stage.pool, [&local] {
      std::this_thread::sleep_for(5ms);
      local = 42;
    }));
    answer = local;
    cancelled = self.cancelled();
  });
  stage.loop.add_timer(deadline_after(1ms), [&] { fibril->cancel(); });
  stage.run();
  CHECK(answer == 42);
  CHECK(cancelled);
}

TEST_CASE("a pool that has stopped takes no jobs") {
  Stage stage;
  stage.pool.stop();
  bool ran = false, taken = true;
  stage.fibrils.start([&](NativeFibril& self) { taken = self.run_blocking(stage.pool, [&] { ran = true; }); });
  stage.run();
  CHECK_FALSE(taken);
  CHECK_FALSE(ran);
}

TEST_CASE("thousands of fibrils sleep at random and start others; stacks come back") {
  auto seed = static_cast<unsigned>(std::random_device{}());
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Stage stage;
  int ended = 0;
  for (int i = 0; i < 1000; ++i)
    stage.fibrils.start([&](NativeFibril& self) {
      volatile char deep[4096];                       // its own stack
      deep[0] = static_cast<char>(random());
      char kept = deep[0];
      self.sleep_until(deadline_after(std::chrono::milliseconds(random() % 5)));
      if (deep[0] == kept) ++ended;
      stage.fibrils.start([&](NativeFibril&) { ++ended; });
    });
  stage.run();
  CHECK(ended == 2000);
}
