// Sessions from outside: text in, events out.
#include "runtime/session.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/runtime/conversation.h"

using namespace m31::runtime;

TEST_CASE("an expression's value comes out, None does not", "[session]") {
  auto c = Conversation::alone();
  CHECK(c.eval("1 + 2") == Outcome::ok);
  CHECK(c.value == "3");
  CHECK(c.ended_with_done);
  CHECK(c.eval("print(\"a\", 1)") == Outcome::ok);
  CHECK(c.value == "");
  CHECK(c.output == "a 1\n");
}

TEST_CASE("names live from cell to cell, also those set before a failure", "[session]") {
  auto c = Conversation::alone();
  CHECK(c.eval("xs = [1, 2]") == Outcome::ok);
  CHECK(c.eval("xs.append(3); n = xs[9]") == Outcome::failed);
  CHECK_THAT(c.error, Catch::Contains("IndexError"));
  CHECK(c.eval("xs") == Outcome::ok);
  CHECK(c.value == "[1, 2, 3]");
  CHECK(c.eval("fn twice(n: Int): n * 2") == Outcome::ok);
  CHECK(c.eval("twice(xs[2])") == Outcome::ok);
  CHECK(c.value == "6");
}

TEST_CASE("a name whose cell failed before setting it has no value, or the one it had", "[session]") {
  auto c = Conversation::alone();
  CHECK(c.eval("q = [1][5]; new = [1]") == Outcome::failed);
  CHECK(c.eval("new") == Outcome::failed);
  CHECK_THAT(c.error, Catch::Contains("before it has a value"));
  CHECK(c.eval("same = 5; other = 5") == Outcome::ok);
  CHECK(c.eval("q = [1][same]; same = 6; other = [1]") == Outcome::failed);
  CHECK(c.eval("same") == Outcome::ok);
  CHECK(c.value == "5");
  CHECK(c.eval("other") == Outcome::failed);                    // as a list it has no value
  CHECK(c.eval("fn f(): len(other)\nsys.spawn(f, [])[1].recv()") == Outcome::failed);
  CHECK(c.eval("other = [1, 2]; f()") == Outcome::ok);
  CHECK(c.value == "2");
}

TEST_CASE("an ill-typed cell has no effect at all", "[session]") {
  auto c = Conversation::alone();
  CHECK(c.eval("print(\"first\")\nx = 1 + \"a\"") == Outcome::ill_typed);
  CHECK(c.output == "");
  CHECK(c.diagnostics != "");
  CHECK(c.ended_with_done);
}

TEST_CASE("two sessions live on one node and share no names", "[session]") {
  auto node = make_node({});
  Conversation a(node), b(node);
  CHECK(a.eval("x = 1") == Outcome::ok);
  CHECK(b.eval("x = \"b\"") == Outcome::ok);
  CHECK(a.eval("x") == Outcome::ok);
  CHECK(a.value == "1");
  CHECK(b.eval("x") == Outcome::ok);
  CHECK(b.value == "\"b\"");
  CHECK(b.eval("y + 1") == Outcome::ill_typed);
}

TEST_CASE("two sessions run at the same time", "[session]") {
  auto node = make_node({});
  const char* program =
      "fn work(n: Int):\n  total = 0\n  for i in 0..n: total += i\n  total\n"
      "print(sys.gather([sys.spawn(work, [100_000]) for _ in 0..8]) | sum)";
  Conversation a(node), b(node);
  Outcome other = Outcome::failed;
  std::thread thread([&] { other = b.eval(program); });
  CHECK(a.eval(program) == Outcome::ok);
  thread.join();
  CHECK(other == Outcome::ok);
  CHECK(a.output == "39999600000\n");
  CHECK(b.output == "39999600000\n");
}

TEST_CASE("interrupt ends a loop within 50 ms and keeps the names", "[session]") {
  auto c = Conversation::alone();
  CHECK(c.eval("x = 7") == Outcome::ok);
  for (const char* program : {"n = 0\nwhile True: n += 1", "sys.sleep(100s)", "s, r = chan(Int)\nfn f(): sys.sleep(100s)\nsys.spawn(f, [])\nr.recv()",
                              "fn f():\n  while True: x = 1\nfor _ in 0..20: sys.spawn(f, [])\nwhile True: y = 2"}) {
    std::chrono::steady_clock::time_point pressed;
    std::thread key([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      pressed = std::chrono::steady_clock::now();
      c.session->interrupt();
    });
    CHECK(c.eval(program) == Outcome::interrupted);
    const auto took = std::chrono::steady_clock::now() - pressed;
    key.join();
    INFO(program);
#if !defined(M31_TORMENT) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(std::chrono::duration_cast<std::chrono::milliseconds>(took).count() < 50);
#endif
  }
  CHECK(c.eval("x") == Outcome::ok);
  CHECK(c.value == "7");
}

TEST_CASE("the fibril limit ends the program, naming limit and fibril", "[session]") {
  auto c = Conversation::alone({.fibrils_max = 100});
  CHECK(c.eval("fn more():\n  cs = [sys.spawn(more, []) for _ in 0..3]\n  sys.collect(cs)\nmore()") == Outcome::failed);
  CHECK_THAT(c.error, Catch::Contains("100") && Catch::Contains("more#") && Catch::Contains("LimitExceeded"));
  CHECK(c.eval("1") == Outcome::ok);
}

TEST_CASE("who waits for ever is told so", "[session]") {
  auto c = Conversation::alone();
  CHECK(c.eval("s, r = chan(Int)\nr.recv()") == Outcome::failed);
  CHECK_THAT(c.error, Catch::Contains("Deadlock") && Catch::Contains("recv"));
  CHECK(c.eval("s2, r2 = chan(Int)\nfn f(r: Receiver[Int]): r.recv()\na, b = sys.spawn(f, [r2])\nb.recv()") == Outcome::failed);
  CHECK_THAT(c.error, Catch::Contains("f#"));
}

TEST_CASE("an end that is only garbage does not keep a channel open", "[session]") {
  auto c = Conversation::alone();
  CHECK(c.eval("fn f():\n  n = 0\n  try:\n    while True:\n      x: Int = PARENT.recv()\n      n += x\n"
               "  catch (e: errors.Ended): n += 1\n  n\n"
               "fn start():\n  s, r = sys.spawn(f, [])\n  r\n"
               "start().recv()") == Outcome::ok);
  INFO(c.diagnostics << c.error);
  CHECK(c.value == "1");
}

TEST_CASE("a prompt's fibrils go on between cells, a program's end with it", "[session]") {
  Conversation prompt = Conversation::alone({}, {.interactive = true});
  CHECK(prompt.eval("fn late():\n  sys.sleep(20ms)\n  PARENT.send(5)\ns, r = sys.spawn(late, [])") == Outcome::ok);
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  CHECK(prompt.eval("r.recv()") == Outcome::ok);
  CHECK(prompt.value == "5");

  const auto before = std::chrono::steady_clock::now();
  Conversation program = Conversation::alone();
  CHECK(program.eval("fn forever():\n  sys.sleep(1000s)\nsys.spawn(forever, [])\nprint(1)") == Outcome::ok);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(20));
}

TEST_CASE("an error names its place and the calls that led there", "[session]") {
  auto c = Conversation::alone();
  CHECK(c.eval("fn inner(): raise errors.ValueError(\"went wrong\")\nfn outer(): inner()\nouter()") == Outcome::failed);
  CHECK_THAT(c.error, Catch::Contains("went wrong") && Catch::Contains("inner") && Catch::Contains("outer") && Catch::Contains("<test>:1"));
}

TEST_CASE("a select passes over channels that have ended, and ends with the last of them", "[session]") {
  auto c = Conversation::alone();
  CHECK(c.eval("fn feed(s: Sender[Int], n: Int):\n  for i in 0..n: s.send(i)\n"
               "s, r = chan(Int)\nt, q = chan(Int, 1)\n"
               "sys.spawn(feed, [s, 2])\nsys.spawn(feed, [t, 5])\ns.close()\nt.close()\n"
               "n = 0\n"
               "try:\n"
               "  while True:\n"
               "    select:\n"
               "      x = r.recv() => n += 1\n"
               "      x = q.recv() => n += 10\n"
               "      after 100s => n += 1000\n"
               "catch (e: errors.Ended): n += 100\n"
               "n") == Outcome::ok);
  INFO(c.diagnostics << c.error);
  CHECK(c.value == "152");
}
