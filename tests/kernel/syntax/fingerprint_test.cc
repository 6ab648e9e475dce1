// Equal for what means the same, different for what may not.
#include "kernel/syntax/fingerprint.h"

#include <catch2/catch.hpp>

#include <map>

#include "tests/kernel/syntax/programs.h"

using namespace m31::syntax;
using namespace m31::syntax::testing;

namespace {

Fingerprint of(std::string_view text) {
  INFO(text);
  Parsed parsed = parse_text(text);
  REQUIRE(parsed.ok());
  REQUIRE(parsed.tree->root->size() == 1);
  return fingerprint((*parsed.tree->root)[0]);
}

void same(std::string_view a, std::string_view b) {
  INFO(a << "\n-- and --\n" << b);
  CHECK(of(a) == of(b));
}

void differ(std::string_view a, std::string_view b) {
  INFO(a << "\n-- and --\n" << b);
  CHECK(of(a) != of(b));
}

}  // namespace

TEST_CASE("comments, layout and spelling do not count") {
  same("fn f(x): x + 1", "## Doc.\nfn f(x):  # comment\n  (x+1)");
  same("fn f(): 64mb", "fn f(): 64_000_000");
  same("fn f(): 0xff", "fn f(): 255");
  same("fn f(x): xs[1..]", "fn f(x): xs[ 1 .. ]");
}

TEST_CASE("names of locals do not count") {
  same("fn f(x): x + 1", "fn f(y): y + 1");
  same("fn f(x):\n  y = x\n  y * x", "fn f(a):\n  b = a\n  b * a");
  same("fn f(xs): for x in xs: print(x)", "fn f(ys): for y in ys: print(y)");
  same("fn f(xs):\n  for i in xs: a(i)\n  for i in xs: b(i)", "fn f(xs):\n  for i in xs: a(i)\n  for j in xs: b(j)");
  same("fn f(xs): xs | map(x => x + 1)", "fn f(ys): ys | map(z => z + 1)");
  same("fn f(xs): [x for x in xs if x]", "fn f(xs): [y for y in xs if y]");
  same("fn f(x):\n  match x:\n    [a, ...r] => g(a, r)", "fn f(x):\n  match x:\n    [b, ...s] => g(b, s)");
  same("fn f(): try: a() catch e: b(e)", "fn f(): try: a() catch g: b(g)");
  same("fn f(r): select: x = r.recv() => x", "fn f(q): select: y = q.recv() => y");
  same("fn f[T](x: T) -> T: x", "fn f[U](y: U) -> U: y");
  same("fn apply(f, x): f(f(x))", "fn apply(g, y): g(g(y))");
  same("fn f(g: fn(Int) -> Int, x): h(g) + g(x)", "fn f(k: fn(Int) -> Int, x): h(k) + k(x)");
  same("fn f(x):\n  inc = a => a + 1\n  inc(x)", "fn f(x):\n  dec = b => b + 1\n  dec(x)");
  same("type T[A] = Leaf() | Node(l: T[A], v: A)", "type T[B] = Leaf() | Node(l: T[B], v: B)");
}

TEST_CASE("everything else does") {
  differ("fn f(x): x + 1", "fn g(x): x + 1");
  differ("fn f(x): x + 1", "fn f(x): x + 2");
  differ("fn f(x): x + 1", "fn f(x): x - 1");
  differ("fn f(x, y): x - y", "fn f(x, y): y - x");
  differ("fn f(x): g(x)", "fn f(x): h(x)");
  differ("fn f(x): x.a", "fn f(x): x.b");
  differ("fn f(x): x.a()", "fn f(x): x.b()");
  differ("fn f(x): g(a: x)", "fn f(x): g(b: x)");
  differ("fn f(x): {a: x}", "fn f(x): {b: x}");
  differ("fn f(x): y", "fn f(x): x");
  differ("fn f(x): x", "fn f(var x): x");
  differ("fn f(x): x", "fn f(x: Int): x");
  differ("fn f(x) -> Int: x", "fn f(x) -> Float: x");
  differ("fn f(x = 1): x", "fn f(x = 2): x");
  differ("fn f(x): x | g(1)", "fn f(x): x | (g(1))");
  differ("fn f(x): x.g(1)", "fn f(x): (x.g)(1)");
  differ("fn f(): 1", "fn f(): 1.0");
  differ("fn f(): 1.5", "fn f(): 2.5");
  differ("fn f(): 5s", "fn f(): 5");
  differ("fn f(): \"1\"", "fn f(): 1");
  differ("fn f(): \"a\"", "fn f(): b\"a\"");
  differ("fn f(x): x[0..1]", "fn f(x): x[0..=1]");
  differ("fn f(x): x?.a()", "fn f(x): x.a()");
  differ("fn f(xs): xs | map(x => x + y)", "fn f(xs): xs | map(y => y + y)");
  differ("fn f(): import a", "fn f(): import b");
  differ("type T = A(x: Int)", "type T = A(y: Int)");
  differ("type T = A(x: Int)", "type U = A(x: Int)");
}

TEST_CASE("a name that may reach beyond the locals counts") {
  // A value that cannot be called hides no function: each of these calls another one.
  differ("fn f(b):\n  words = b | words\n  words", "fn f(b):\n  lower = b | lower\n  lower");
  differ("fn f(b, words): b | words | join(words)", "fn f(b, lower): b | lower | join(lower)");
  // Named arguments bind by name: 1 - 2 and 2 - 1.
  differ("fn f():\n  fn g(a, b): a - b\n  g(a: 1, b: 2)", "fn f():\n  fn g(b, a): b - a\n  g(a: 1, b: 2)");
  // A local that a method call may mean.
  differ("fn f(x, g): x.g(1)", "fn f(x, h): x.h(1)");
  differ("fn f(x, g): x.g(1)", "fn f(x, h): x.g(1)");
  // The same name free here and local there.
  differ("fn f(xs):\n  [x for x in xs]\n  x", "fn f(xs):\n  [x for x in xs]\n  xs");
}

TEST_CASE("top-level names of a cell are no locals") {
  differ("x = 1", "y = 1");
  same("for x in xs: f(x)", "for y in xs: f(y)");
}

TEST_CASE("hash and hexadecimal form") {
  CHECK(hash_bytes("").hex() == "99aa06d3014798d86001c324468d497f");   // of XXH3's own test vectors
  CHECK(hash_bytes("a") != hash_bytes("b"));
  CHECK(Fingerprint{1, 2}.hex() == "00000000000000010000000000000002");
}

TEST_CASE("no two of the programs collide unless they are equal") {
  std::map<std::string, std::string> seen;
  for (std::string_view text : programs()) {
    Parsed parsed = parse_text(text);
    REQUIRE(parsed.ok());
    std::string hex = fingerprint(*parsed.tree->root).hex();
    auto [at, fresh] = seen.try_emplace(hex, encode(*parsed.tree->root));
    INFO(text);
    CHECK((fresh || at->second == encode(*parsed.tree->root)));
  }
}
