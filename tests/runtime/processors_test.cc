// Several processors: work is shared, channels between them keep their promises, selects gather their channels.
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "tests/runtime/conversation.h"

using namespace m31::runtime;

namespace {

// Enough that fibrils use up slices of fuel and are shared out; in torment builds every step does.
#ifdef M31_TORMENT
constexpr int effort = 1;
#else
constexpr int effort = 50;
#endif

std::string with_effort(std::string text, long per_unit) {
  const std::string name = "EFFORT";
  for (std::size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, name.size(), std::to_string(per_unit * effort));
  return text;
}

}  // namespace

TEST_CASE("messages between processors arrive once and in order", "[processors]") {
  const std::string program = with_effort(
      "fn spin(n: Int):\n  t = 0\n  for i in 0..n: t += i % 3\n  t\n"
      "fn echo():\n  spin(EFFORT)\n  while True:\n    n: Int = PARENT.recv()\n    if n == 0: break\n    PARENT.send(n)\n"
      "hs = [sys.spawn(spin, [EFFORT]) for _ in 0..4]\n"
      "es = [sys.spawn(echo, []) for _ in 0..20]\n"
      "ok = True\n"
      "for round in 1..=50:\n"
      "  for e in es:\n    s, r = e\n    s.send(round)\n"
      "  for e in es:\n    s, r = e\n    if r.recv() != round: ok = False\n"
      "for e in es:\n  s, r = e\n  s.send(0)\n"
      "print(ok, sys.gather(hs) | count)",
      2000);
  for (unsigned processors : {1u, 2u, 4u}) {
    auto c = Conversation::alone({.processors = processors});
    CHECK(c.eval(program) == Outcome::ok);
    INFO(c.diagnostics << c.error);
    CHECK(c.output == "True 4\n");
  }
}

TEST_CASE("each message of many senders goes to exactly one of many receivers", "[processors]") {
  const std::string program = with_effort(
      "fn produce(s: Sender[Int], from: Int):\n"
      "  t = 0\n  for i in 0..EFFORT: t += i % 3\n"
      "  for i in 0..100: s.send(from * 100 + i)\n"
      "fn consume(r: Receiver[Int]) -> Int:\n"
      "  t = 0\n  for i in 0..EFFORT: t += i % 3\n"
      "  sum = 0\n  for x in r: sum += x\n  sum\n"
      "for capacity in [0, 1, 16]:\n"
      "  s, r = chan(Int, capacity)\n"
      "  cs = [sys.spawn(consume, [r]) for _ in 0..5]\n"
      "  ps = [sys.spawn(produce, [s, n]) for n in 0..8]\n"
      "  s.close()\n"
      "  print(sys.gather(cs) | sum)",
      2000);
  for (unsigned processors : {1u, 4u}) {
    auto c = Conversation::alone({.processors = processors});
    CHECK(c.eval(program) == Outcome::ok);
    INFO(c.diagnostics << c.error);
    CHECK(c.output == "319600\n319600\n319600\n");
  }
}

TEST_CASE("a select over channels of several processors gathers them", "[processors]") {
  const std::string program = with_effort(
      "fn feed(s: Sender[Int], t: Sender[Int]):\n"
      "  x = 0\n"
      "  for k in 0..20:\n    for i in 0..EFFORT: x += i % 3\n    s.send(k)\n    t.send(k)\n"
      "fn own(n: Int) -> Receiver[Int]:\n"
      "  x = 0\n  for i in 0..EFFORT: x += i % 3\n"
      "  s, r = chan(Int)\n  t, q = chan(Int, 4)\n"
      "  sys.spawn(feed, [s, t])\n"
      "  u, result = chan(Int)\n"
      "  sys.spawn(drain, [r, q, u])\n"
      "  result\n"
      "fn drain(a: Receiver[Int], b: Receiver[Int], u: Sender[Int]):\n"
      "  total = 0\n"
      "  for n in 0..40:\n"
      "    select:\n"
      "      v = a.recv() => total += v\n"
      "      v = b.recv() => total += v\n"
      "      after 100s => total += 1000000\n"
      "  u.send(total)\n"
      "rs = sys.gather([sys.spawn(own, [n]) for n in 0..6])\n"
      "total = 0\nleft = 0\n"
      "for r in rs:\n"
      "  for q in rs:\n    left += 1\n"
      "  total += r.recv()\n"
      "print(total, left)",
      500);
  for (unsigned processors : {1u, 4u}) {
    auto c = Conversation::alone({.processors = processors});
    CHECK(c.eval(program) == Outcome::ok);
    INFO(c.diagnostics << c.error);
    CHECK(c.output == "2280 36\n");
  }
}

TEST_CASE("fibrils that talk across processors can be stopped at any moment", "[processors]") {
  const std::string program = with_effort(
      "fn chatter(s: Sender[List[Int]], r: Receiver[List[Int]]):\n"
      "  x = 0\n"
      "  while True:\n    for i in 0..EFFORT: x += i % 3\n    s.send([x])\n    r.recv()\n"
      "s1, r1 = chan(List[Int])\ns2, r2 = chan(List[Int], 2)\n"
      "for _ in 0..8:\n  sys.spawn(chatter, [s1, r2])\n  sys.spawn(chatter, [s2, r1])\n"
      "while True:\n  select:\n    m = r1.recv() => s1.send(m)\n    after 1ms => x = 0",
      200);
  auto c = Conversation::alone({.processors = 4});
  for (int i = 0; i < 10; ++i) {
    std::thread key([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20 + 7 * i));
      c.session->interrupt();
    });
    const Outcome outcome = c.eval(program);
    key.join();
    INFO(c.diagnostics << c.error);
    CHECK(outcome == Outcome::interrupted);
  }
  CHECK(c.eval("1 + 1") == Outcome::ok);
}

TEST_CASE("a deadlock that spans processors is found", "[processors]") {
  const std::string program = with_effort(
      "fn wait(r: Receiver[Int]):\n  t = 0\n  for i in 0..EFFORT: t += i % 3\n  r.recv()\n"
      "s, r = chan(Int)\n"
      "cs = [sys.spawn(wait, [r]) for _ in 0..8]\n"
      "sys.gather(cs)",
      5000);
  auto c = Conversation::alone({.processors = 4});
  CHECK(c.eval(program) == Outcome::failed);
  CHECK_THAT(c.error, Catch::Contains("Deadlock") && Catch::Contains("wait#"));
}
