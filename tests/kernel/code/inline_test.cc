// What is inlined and folded, seen in the bytecode; what a trace tells of it is tests/lang/error_inlined.m31.
#include <catch2/catch.hpp>

#include "tests/kernel/vm/whole_program.h"

using namespace m31;
using namespace m31::test;

namespace {

// The bytecode of a program's first function (or of its cell, when that calls none) and what it gives.
struct Made {
  std::string text, result;
};

Made made(const std::string& source) {
  Programs programs;
  Made all;
  all.result = programs.run(source).text;
  REQUIRE(programs.made);
  all.text = code::dump(*programs.made);
  return all;
}

// The same, with the bytecode of f; of the cell where f was inlined.
Made made_function(const std::string& source) {
  Programs programs;
  Made all;
  all.result = programs.run(source).text;
  REQUIRE(programs.made);
  const code::FnCode* shown = programs.made;
  for (const code::FnCode* callee : programs.made->callees)
    if (callee->instance->name == "f") shown = callee;
  all.text = code::dump(*shown);
  return all;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("inline: small functions leave no call, and give the same") {
  Made small = made("fn half(x: Int) -> Int: x // 2\nfn next(x: Int) -> Int: half(x) + 1\nn = 9\nnext(n) + next(n + 2)");
  CHECK(small.result == "11");
  CHECK_FALSE(has(small.text, "call"));
  Made lambda = made("twice = x => x + x\nk = 4\ntwice(k)");
  CHECK(lambda.result == "8");
}

TEST_CASE("inline: loops, recursion and changes in place stay calls") {
  CHECK(has(made("fn f(n: Int) -> Int: if n == 0: 0 else: f(n - 1)\nf(3)").text, "call"));
  CHECK(has(made("fn f(n: Int) -> Int:\n  t = 0\n  for i in 0..n: t += i\n  t\nf(3)").text, "call"));
  CHECK(has(made("fn f(var xs: List[Int]): xs.append(1)\nxs = [0]\nf(xs)\nxs").text, "call"));
  CHECK(has(made("fn f(x: Int) -> Int:\n  if x > 2: return 7\n  x\nf(3)").text, "call"));
}

TEST_CASE("inline: an argument is evaluated once, in its order, and keeps its value") {
  CHECK(made("fn pair(a: List[Int], b: List[Int]) -> (Int, Int): (a[0] + a[0], b[0])\nn = 0\nxs = [1]\n"
             "fn g() -> (Int, Int): pair([3], [4])\ng()").result == "(6, 4)");
  CHECK(made("fn second(a: Int, b: Int) -> Int: b * 10 + a\nfn f() -> Int:\n  x = 1\n  second(x, (x = 2; x))\nf()").result == "21");
  CHECK(made("fn keep(xs: List[Int]) -> List[Int]: xs\nfn f():\n  xs = [1]\n  ys = keep(xs)\n  xs.append(2)\n  (xs, ys)\nf()").result ==
        "([1, 2], [1])");
  CHECK(made("fn first(m: Map[String, List[Int]]) -> List[Int]: m[\"a\"]\nfn f():\n  m = [\"a\": [1]]\n  xs = first(m)\n"
             "  m[\"a\"].append(2)\n  xs.append(9)\n  (m, xs)\nf()").result == "([\"a\": [1, 2]], [1, 9])");
}

TEST_CASE("fold: what cannot raise is computed before it runs") {
  Made folded = made("60 * 60 * 24 + (if 1 < 2: 1 else: 1 // 0)");
  CHECK(folded.result == "86401");
  CHECK(has(folded.text, "load_int r0 86401"));
  CHECK(has(made("fn f(x: Int, scale = 3) -> Int: x * (scale + 1)\nf(5)").text, "load_int r0 20"));
  CHECK(made("1.5 * 2.0 + 0.25").result == "3.25");
  CHECK(made("-7 // 2, -7 % 3").result == "(-4, 2)");
}

TEST_CASE("fold: what raises still does, where it runs") {
  CHECK(has(made("fn f() -> Int:\n  try: 0x7fffffffffffffff + 1\n  catch (e: Overflow): 5\nf()").result, "5"));
  CHECK(made("try: 1 // 0\ncatch (e: DivideByZero): 6").result == "6");
  CHECK(made("x = 3\nif x > 5: 1 // 0 else: 2").result == "2");
}

TEST_CASE("fuse: words over lists become one loop without a list between them") {
  const std::string run = "fn f(n: Int) -> Int: 0..n | map(x => x * 3) | filter(x => x % 2 == 0) | ";
  Made total = made_function(run + "fold(0, (a, x) => (a + x) % 1000)\nf(10)");
  CHECK(total.result == "60");
  std::string quick = total.text.substr(0, total.text.find("try"));
  INFO(quick);
  CHECK(quick.find("range_next") < quick.find("call"));         // the calls are the handler's
  CHECK_FALSE(has(quick, "list_append"));
  CHECK_FALSE(has(quick, "list_next"));
  CHECK_FALSE(has(made_function(run + "sum\nf(10)").text, "list_append"));
  CHECK_FALSE(has(made_function(run + "max\nf(10)").text, "list_append"));
  // One list is made: the one that is the result.
  Made list = made_function("fn f(xs: List[Int]) -> List[Int]: xs | filter(x => x > 1) | filter(x => x < 4) | map(x => x % 2)\nf([1, 2, 3, 4])");
  CHECK(list.result == "[0, 1]");
  CHECK_FALSE(has(list.text, "call"));
  CHECK_FALSE(has(list.text, "try"));                            // nothing here can raise
  CHECK(has(list.text, "list_append"));
}

TEST_CASE("fuse: not where somebody could tell") {
  CHECK(has(made_function("fn f(xs: List[Int]) -> Int:\n  t = 0\n  for x in xs | map(x => x + 1): t += x\n  t\nf([1])").text, "; map"));
  CHECK_FALSE(has(made_function("fn f(xs: List[Int]) -> Int:\n  t = 0\n  for x in xs | map(x => x % 5): t += x\n  t\nf([1])").text, "; map"));
}

TEST_CASE("fuse: no pairs are made for a loop that takes them apart") {
  Made pairs = made_function("fn f(xs: List[Int], ys: List[Int]) -> Int:\n  t = 0\n  for i, x in enumerate(xs): t += i * x\n"
                    "  for x, y in zip(xs, ys): t += x * y\n  t\nf([1, 2], [3, 4, 5])");
  CHECK(pairs.result == "13");
  CHECK_FALSE(has(pairs.text, "make_fixed"));
  CHECK_FALSE(has(pairs.text, "call"));
}

TEST_CASE("small values: a tuple that is taken apart where it is made is no object") {
  Made swap = made_function("fn f(n: Int) -> Int:\n  a, b = 0, 1\n  for i in 0..n: a, b = b, a + b\n  a\nf(10)");
  CHECK(swap.result == "55");
  CHECK_FALSE(has(swap.text, "make_fixed"));
  CHECK_FALSE(has(made_function("fn f(a: Int, b: Int) -> Int:\n  match (a, b):\n    (0, x) => x\n    (y, _) => y\nf(0, 4)").text, "make_fixed"));
  CHECK_FALSE(has(made_function("fn both(a: Int, b: Int) -> (Int, Int): if a < b: (a, b) else: (b, a)\nfn f(a: Int, b: Int) -> Int:\n"
                       "  low, high = both(a, b)\n  low * 10 + high\nf(5, 4)").text, "make_fixed"));
  CHECK(has(made_function("fn f(a: Int) -> (Int, Int):\n  p = (a, a)\n  p\nf(1)").text, "make_fixed"));
}

TEST_CASE("dead code: a branch that is never taken is not there") {
  Made dead = made("fn f(x: Int) -> Int: if 1 > 2: x * 7777 else: x\nf(3)");
  CHECK(dead.result == "3");
  CHECK_FALSE(has(dead.text, "7777"));
}

TEST_CASE("copies: what stands for another variable is that variable, within a turn of the loop") {
  Made match = made_function("fn f(s: String) -> Int:\n  match s:\n    \"a\" => 1\n    _ => 2\nf(\"a\")");
  CHECK(match.result == "1");
  CHECK_FALSE(has(match.text, "move r"));
  // The best one so far was set in another turn than the one that looks at it.
  CHECK(made("[8, 70, 0] | map(x => \"\\(x)\") | filter(s => s != \"x\") | max").result == "\"8\"");
  CHECK(made("fn f(xs: List[Int]) -> Int:\n  before = 0\n  t = 0\n  for x in xs:\n    t = t * 10 + before\n    before = x\n  t\nf([1, 2, 3])").result == "12");
}
