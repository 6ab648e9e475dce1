// Changes in place between calls that read: counted in bytes copied, which no load of the machine disturbs.
#include <catch2/catch.hpp>

#include "kernel/vm/heap.h"
#include "tests/kernel/vm/whole_program.h"

using namespace m31;
using namespace m31::test;

namespace {

std::uint64_t copied_bytes(const std::string& source, const std::string& result) {
  Programs programs;
  std::uint64_t before = vm::bytes_copied_before_changes();
  CHECK(programs.run(source).text == result);
  return vm::bytes_copied_before_changes() - before;
}

const std::string readers = R"(fn ends(xs: List[Int]) -> Int: xs[0] + xs[-1]
fn part(m: Map[String, List[Int]], k: String) -> Int: m[k][-1]
fn corner(g: List[List[Int]]) -> Int: g[0][0] + g[-1][-1]
)";

// One copy of anything that these programs grow to is larger.
constexpr std::uint64_t little_bytes = 4096;

// A million changes where they take a moment.
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(M31_TORMENT)
constexpr std::uint64_t side = 1000;
#else
constexpr std::uint64_t side = 150;
#endif
constexpr std::uint64_t turns = side * side;
const std::string turns_text = std::to_string(turns), sum_text = std::to_string(turns * (turns - 1) / 2);

}  // namespace

TEST_CASE("linear: append between calls that read the list") {
  const std::string body = "xs = [0]\n  acc = 0\n  for i in 0.." + turns_text + ":\n    xs.append(i)\n    acc += ends(xs)\n  acc";
  CHECK(copied_bytes(readers + "fn f() -> Int:\n  " + body + "\nf()", sum_text) < little_bytes);
  CHECK(copied_bytes(readers + "xs = [0]\nacc = 0\nfor i in 0.." + turns_text + ":\n  xs.append(i)\n  acc += ends(xs)\nacc", sum_text) < little_bytes);
}

TEST_CASE("linear: append to the list at a key, and to a field") {
  CHECK(copied_bytes(readers + "m = [\"a\": [0], \"b\": [0]]\nacc = 0\nfor i in 0.." + turns_text + ":\n  m[\"a\"].append(i)\n  acc += part(m, \"a\")\nacc",
                     sum_text) < little_bytes);
  CHECK(copied_bytes(readers + "fn f() -> Int:\n  r = {xs: [0], n: 1}\n  acc = 0\n  for i in 0.." + turns_text + ":\n    r.xs.append(i)\n    acc += ends(r.xs)\n  acc\nf()",
                     sum_text) < little_bytes);
}

TEST_CASE("linear: assigning to an element of an element") {
  CHECK(copied_bytes(readers + "fn f() -> Int:\n  n = " + std::to_string(side) + "\n  g = [[0 for j in 0..n] for i in 0..n]\n  acc = 0\n  for i in 0..n:\n"
                               "    for j in 0..n:\n      g[i][j] = i * j\n      acc += corner(g)\n  acc\nf()",
                     std::to_string((side - 1) * (side - 1))) < 16 * turns);      // each row once
  CHECK(copied_bytes(readers + "fn push(var xs: List[Int], x: Int): xs.append(x)\nfn f() -> Int:\n  xs = [0]\n  acc = 0\n"
                               "  for i in 0.." + turns_text + ":\n    push(xs, i)\n    acc += ends(xs)\n  acc\nf()",
                     sum_text) < little_bytes);
}

TEST_CASE("linear: the count sees a copy") {
  CHECK(copied_bytes("fn f() -> Int:\n  xs = [i for i in 0..20000]\n  ys = xs\n  ys.append(1)\n  xs[-1] + ys[-1]\nf()", "20000") >= 160000);
}
