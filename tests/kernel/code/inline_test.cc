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
