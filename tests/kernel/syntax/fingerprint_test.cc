// Equal for what means the same, different for what may not.
#include "kernel/syntax/fingerprint.h"

#include <catch2/catch.hpp>

#include <map>
#include <random>

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

TEST_CASE("defaults read the parameters before them") {
  same("fn f(a, b = a + 1): a * b", "fn f(x, y = x + 1): x * y");
  same("fn f(): (a, b = a) => b", "fn f(): (x, y = x) => y");
  differ("fn f(a, b = a): b", "fn f(a, b = c): b");
  differ("fn f(a, b, c = a): c", "fn f(a, b, c = b): c");
  // Its own name, and one that the body assigns, are top-level names there.
  differ("fn f(x, k = k): k", "fn f(x, j = j): j");
  differ("fn f(x = y):\n  y = 1\n  x + y", "fn f(x = z):\n  z = 1\n  x + z");
}

// Random functions, written twice: with other names for locals, comments and layout they are the same; with one thing changed, not.
namespace {

struct Writer {
  std::mt19937_64& random;
  std::vector<std::string> names;          // of locals, by number
  bool loose;                              // with comments, brackets and blanks that do not count
  std::uint64_t choices;                   // what is written comes from its own generator, the same for both
  std::size_t change_at;                   // the leaf that is another one
  std::size_t leaves = 0, locals = 0;

  std::uint64_t pick(std::uint64_t below) {
    choices = choices * 6364136223846793005u + 1442695040888963407u;
    return (choices >> 33) % below;
  }
  std::string blank() { return loose && random() % 2 ? "  " : " "; }

  std::string leaf() {
    const bool other = leaves++ == change_at;
    switch (const std::uint64_t kind = pick(4); kind) {
      case 0: return std::to_string(pick(9) + (other ? 100 : 0));
      case 1: return std::string(other ? "limit" : "start");
      case 2: return std::string("\"t") + (other ? "u" : "") + "\"";
      default: {
        const std::uint64_t at = pick(locals);
        return other ? "elsewhere" : names[at];
      }
    }
  }

  std::string expression(unsigned depth) {
    if (depth == 0) return leaf();
    std::string text;
    switch (pick(6)) {
      case 0: text = expression(depth - 1) + blank() + "+" + blank() + expression(depth - 1); break;
      case 1: text = "g(" + expression(depth - 1) + "," + blank() + expression(depth - 1) + ")"; break;
      case 2: text = "[" + expression(depth - 1) + "," + blank() + expression(depth - 1) + "]"; break;
      case 3: {
        const std::string xs = expression(depth - 1);
        ++locals;
        const std::string body = expression(depth - 1), name = names[locals - 1];
        --locals;
        text = "h(" + xs + "," + blank() + name + " => (" + body + "))";
        break;
      }
      case 4: text = "if " + leaf() + " == " + leaf() + ": (" + expression(depth - 1) + ") else: (" + expression(depth - 1) + ")"; return "(" + text + ")";
      default: return leaf();
    }
    return "(" + text + ")";
  }

  std::string function() {
    std::string text = loose ? "## Says something.\n" : "";
    locals = 2;
    text += "fn f(" + names[0] + "," + blank() + names[1] + "):" + (loose ? "  # a comment\n" : "\n");
    const std::string indent = loose ? "    " : "  ";
    for (std::uint64_t i = 0, count = 1 + pick(3); i < count; ++i) {
      const std::string value = expression(2);
      text += indent + names[locals++] + " =" + blank() + value + "\n";
      if (loose && random() % 2) text += "\n" + indent + "# between\n";
    }
    return text + indent + expression(2) + "\n";
  }
};

}  // namespace

TEST_CASE("random functions are equal up to names, comments and layout, and different by one leaf") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 400; ++round) {
    const std::uint64_t choices = random();
    std::vector<std::string> plain, renamed;
    for (int i = 0; i < 12; ++i) plain.push_back("a" + std::to_string(i)), renamed.push_back("zz" + std::to_string((i * 7 + 3) % 12));
    Writer first{random, plain, false, choices, SIZE_MAX}, second{random, renamed, true, choices, SIZE_MAX};
    const std::string one = first.function(), two = second.function();
    same(one, two);
    Writer third{random, plain, false, choices, random() % first.leaves};
    differ(one, third.function());
  }
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
