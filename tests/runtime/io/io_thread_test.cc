#include "runtime/io/io_thread.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <future>

using namespace m31::runtime;
using namespace std::chrono_literals;

TEST_CASE("the I/O thread starts at the first post and is another thread") {
  IoThread io;
  CHECK_FALSE(io.is_current());
  std::promise<bool> there;
  REQUIRE(io.post([&] { there.set_value(io.is_current()); }));
  CHECK(there.get_future().get());
  CHECK_FALSE(io.is_current());
}

TEST_CASE("signals are not for the I/O thread nor for the pool") {
  IoThread io;
  auto blocked = [] {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) && sigismember(&mask, SIGPIPE);
  };
  std::promise<bool> thread, pool;
  io.post([&] { thread.set_value(blocked()); });
  io.pool().submit([&] { pool.set_value(blocked()); });
  CHECK(thread.get_future().get());
  CHECK(pool.get_future().get());
  CHECK_FALSE(blocked());
}

TEST_CASE("stop cancels native fibrils and waits for them") {
  IoThread io;
  std::promise<void> waiting;
  Wake wake{};
  bool tidied = false;
  io.post([&] {
    io.fibrils().start([&](NativeFibril& self) {
      waiting.set_value();
      wake = self.park();
      self.run_blocking(io.pool(), [&] { tidied = true; });
    });
  });
  waiting.get_future().get();
  io.stop();
  CHECK(wake == Wake::cancelled);
  CHECK(tidied);
  CHECK_FALSE(io.post([] {}));
}

TEST_CASE("stop without a start, and twice") {
  IoThread io;
  io.stop();
  io.stop();
  CHECK_FALSE(io.post([] {}));
}

TEST_CASE("after runs its task when the time has come") {
  IoThread io;
  SteadyTime begin = std::chrono::steady_clock::now();
  std::promise<SteadyTime> ran;
  io.after(5ms, [&] { ran.set_value(std::chrono::steady_clock::now()); });
  CHECK(ran.get_future().get() - begin >= 5ms);
}

TEST_CASE("the pool runs two jobs at once, no more, and all of them") {
  BlockingPool pool;
  std::atomic<int> running{0}, most{0}, ran{0};
  std::promise<void> all;
  for (int i = 0; i < 20; ++i)
    REQUIRE(pool.submit([&] {
      int now = ++running;
      int before = most;
      while (before < now && !most.compare_exchange_weak(before, now)) {
      }
      std::this_thread::sleep_for(2ms);
      --running;
      if (++ran == 20) all.set_value();
    }));
  all.get_future().get();
  CHECK(most == 2);
}
