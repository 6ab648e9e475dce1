// Programs in the language, through checker, code generator and interpreter.
#include <catch2/catch.hpp>

#include "tests/kernel/vm/whole_program.h"

using namespace m31;
using namespace m31::test;

namespace {

std::string ran(const std::string& source) {
  Programs programs;
  return programs.run(source).text;
}

}  // namespace

TEST_CASE("programs: arithmetic, functions, recursion") {
  CHECK(ran("1 + 2") == "3");
  CHECK(ran("7 // 2, -7 // 2, -7 % 3, 2 ** 10, 7 / 2") == "(3, -4, 2, 1024, 3.5)");
  CHECK(ran("fn fib(n: Int) -> Int:\n  if n < 2: n else: fib(n - 1) + fib(n - 2)\nfib(20)") == "6765");
  CHECK(ran("(x => x * 2)(21)") == "42");
  CHECK(ran("k = 3\nfn f(x): x + k\nf(4)") == "7");
}

TEST_CASE("programs: value semantics") {
  CHECK(ran("xs = [1, 2]\nys = xs\nxs.append(3)\n(xs, ys)") == "([1, 2, 3], [1, 2])");
  CHECK(ran("g = [[1], [2]]\nh = g\ng[0][0] = 9\nh[1].append(5)\n(g, h)") == "([[9], [2]], [[1], [2, 5]])");
  CHECK(ran("m = [\"a\": [1]]\nn = m\nm[\"a\"].append(2)\nm[\"b\"] = []\n(m, n)") ==
        "([\"a\": [1, 2], \"b\": []], [\"a\": [1]])");
  CHECK(ran("fn f():\n  xs = [[0]]\n  for x in xs:\n    xs.append(x)\n  xs\nf()") == "[[0], [0]]");
  CHECK(ran("fn push(var s: List[Int], x: Int): s.append(x)\nfn f():\n  a = []\n  push(a, 1)\n  b = a\n  push(a, 2)\n  (a, b)\nf()") ==
        "([1, 2], [1])");
  CHECK(ran("r = {a: 1, b: [1]}\ns = r\nr.a = 5\ns.b.append(2)\n(r, s)") ==
        "({a: 5, b: [1]}, {a: 1, b: [1, 2]})");
}

TEST_CASE("programs: errors are values") {
  CHECK(ran("fn f(xs):\n  try: xs[5]\n  catch (e: IndexError): -1\nf([1])") == "-1");
  CHECK(ran("fn f():\n  try: 1 // 0\n  catch e: 7\nf()") == "7");
  CHECK(ran("fn f():\n  log = []\n  try:\n    try: [1][3]\n    finally: log.append(\"f\")\n  catch e: log.append(\"c\")\n  log\nf()") ==
        "[\"f\", \"c\"]");
  CHECK(ran("fn f():\n  n = 0\n  for i in 0..10:\n    try:\n      if i == 3: break\n      if i == 1: continue\n      n += 1\n    finally: n += 100\n  n\nf()") ==
        "402");
  CHECK(ran("fn f():\n  try: return 1\n  finally: 2\nf()") == "1");
}

TEST_CASE("programs: words of the library") {
  CHECK(ran("[3, 1, 2] | map(x => x * x) | filter(x => x > 1) | sort") == "[4, 9]");
  CHECK(ran("[\"a\": 1, \"b\": 2] | pairs") == "[(\"a\", 1), (\"b\", 2)]");
  CHECK(ran("[1, 2, 3] | fold(0, (+))") == "6");
  CHECK(ran("[\"b\", \"a\", \"b\"] | freq | top(1)") == "[(\"b\", 2)]");
  CHECK(ran("(max([1, 5, 2]), sum([1, 2]), reverse([1, 2]), take([1, 2, 3], 2))") == "(5, 3, [2, 1], [1, 2])");
  CHECK(ran("groupBy([1, 2, 3], x => x % 2)") == "[1: [1, 3], 0: [2]]");
}

TEST_CASE("programs: sum types, unions, patterns") {
  CHECK(ran("type Shape = Circle(r: Float) | Rect(w: Float, h: Float) | Dot()\n"
            "fn area(s: Shape) -> Float:\n  match s:\n    Circle(r) => r * r * 3.0\n    Rect(w, h) => w * h\n    Dot() => 0.0\n"
            "[Circle(2.0), Rect(2.0, 3.0), Dot()] | map(area)") == "[12.0, 6.0, 0.0]");
  CHECK(ran("fn f(x: Int | String) -> Int:\n  match x:\n    n: Int => n\n    s: String => len(s)\n(f(3), f(\"four\"))") == "(3, 4)");
  CHECK(ran("fn f(xs):\n  match xs:\n    [] => 0\n    [a, ...rest] => a + len(rest)\nf([10, 1, 1])") == "12");
}
