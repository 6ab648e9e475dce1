// Every suspension serialised and gone on with from the bytes; and bytes that lie.
#include <catch2/catch.hpp>

#include <random>

#include "tests/kernel/vm/whole_program.h"

using namespace m31;
using namespace m31::test;

namespace {

const char* const programs[] = {
    "fn fib(n: Int) -> Int:\n  if n < 2: n else: fib(n - 1) + fib(n - 2)\nfib(12)",
    "xs = []\nfor i in 0..40: xs.append(\"item \\(i)\")\nxs | map(x => x + \"!\") | join(\",\")",
    "m = [:]\nfor i in 0..60: m[\"k\\(i % 17)\"] = [i]\nfor i in 0..60: m[\"k\\(i % 17)\"].append(i)\nm",
    "type T = Leaf() | Node(l: T, v: Int, r: T)\n"
    "fn put(t: T, x: Int) -> T:\n  match t:\n    Leaf() => Node(Leaf(), x, Leaf())\n"
    "    Node(l, v, r) => if x < v: Node(put(l, x), v, r) else: Node(l, v, put(r, x))\n"
    "fn total(t: T) -> Int:\n  match t:\n    Leaf() => 0\n    Node(l, v, r) => total(l) + v + total(r)\n"
    "t: T = Leaf()\nfor x in [5, 2, 8, 1, 9, 3]: t = put(t, x)\n(total(t), t)",
    "fn adder(k): x => x + k\nadders = [adder(1), adder(2)]\nn = 0\nfor i in 0..20:\n  for f in adders: n = f(n)\nn",
    "fn f(xs):\n  n = 0\n  for x in xs:\n    try:\n      if x > 2: raise errors.ValueError(\"big\")\n      n += x\n    catch (e: ValueError): n += 100\n    finally: n += 1000\n  n\nf([1, 2, 3, 4])",
    "fn go(n: Int, xs: List[String]) -> List[String]: if n == 0: xs else: go(n - 1, xs + [\"item \\(n)\"])\ngo(40, []) | join(\",\")",
    "fn even(n: Int, s: String) -> String: if n == 0: s else: odd(n - 1, s + \"e\")\n"
    "fn odd(n: Int, s: String) -> String: if n == 0: s + \"!\" else: even(n - 1, s + \"o\")\neven(41, \"\") + even(3, \"-\")",
    // One loop of several words, and the words again because something in it raises; small values; a choice by text.
    "fn kind(s: String) -> Int:\n  match s:\n    \"k0\" | \"k1\" => 1\n    \"k2\" if s > \"x\" => 2\n    \"k3\" => 3\n    \"k4\" => 4\n    _ => 0\n"
    "fn words(n: Int) -> List[Int]: 0..n | map(x => \"k\\(x % 6)\") | filter(s => s != \"k1\") | map(s => kind(s) + n)\n"
    "fn pairs(xs: List[Int]) -> Int:\n  a, b = 0, 1\n  for i, x in enumerate(xs): a, b = b % 1000, a + i * x\n  a + b\n"
    "fn none(xs: List[Int]) -> Int: xs | map(x => 12 // (x - 7)) | filter(x => x > 0) | max\n"
    "(words(30), pairs(words(9)), try: none([9, 8, 7, 6]) catch (e: DivideByZero): -1)",
};

struct Moves {
  Programs* programs;
  int count = 0;
  bool same = true;
};

const code::FnCode* find_code(void* context, std::string_view identity, std::uint64_t hash) {
  const code::FnCode* code = static_cast<Programs*>(context)->code.find(identity);
  return code && code->hash == hash ? code : nullptr;
}

vm::Fibril* move_away(void* context, vm::Fibril* fibril, vm::RunStatus) {
  auto* moves = static_cast<Moves*>(context);
  std::vector<vm::HostObject*> handles;
  std::string bytes = vm::serialise(*fibril, handles);
  auto restored = vm::restore(bytes, find_code, moves->programs, handles, vm::Limits{});
  REQUIRE(restored.has_value());
  std::vector<vm::HostObject*> handles_again;
  moves->same = moves->same && vm::serialise(**restored, handles_again) == bytes;
  vm::destroy(fibril);
  ++moves->count;
  return *restored;
}

}  // namespace

TEST_CASE("a fibril goes on from its bytes at every suspension") {
  for (const char* source : programs) {
    Programs there, here;
    Outcome expected = there.run(source);
    INFO(source << "\n" << expected.text);
    REQUIRE(expected.status == vm::RunStatus::done);
    Moves moves{&here};
    Outcome moved = here.run(source, 1, move_away, &moves);
    CHECK(moved.text == expected.text);
    CHECK(moves.count > 3);
    CHECK(moves.same);
  }
}

TEST_CASE("equal sources give equal bytecode hashes in two programs") {
  for (const char* source : programs) {
    Programs one, other;
    one.run("unrelated = 1");          // other addresses, other order of everything interned
    one.run(source);
    other.run(source);
    REQUIRE(one.made);
    REQUIRE(other.made);
    CHECK(one.made->instructions.size() == other.made->instructions.size());
    for (const code::FnCode* callee : one.made->callees) {
      const code::FnCode* twin = other.code.find(callee->identity);
      REQUIRE(twin);
      CHECK(twin->hash == callee->hash);
      CHECK(code::dump(*twin) == code::dump(*callee));
    }
  }
}

TEST_CASE("bytes that lie restore nothing and harm nothing") {
  std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  struct Taken {
    Programs* programs;
    std::vector<std::string> bytes;
  };
  Programs programs_of;
  Taken taken{&programs_of, {}};
  programs_of.run(programs[2], 7,
                  [](void* context, vm::Fibril* fibril, vm::RunStatus) {
                    std::vector<vm::HostObject*> handles;
                    static_cast<Taken*>(context)->bytes.push_back(vm::serialise(*fibril, handles));
                    return fibril;
                  },
                  &taken);
  REQUIRE(taken.bytes.size() > 3);
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = taken.bytes[random() % taken.bytes.size()];
    if (round % 3 == 0) bytes.resize(random() % bytes.size());
    else bytes[random() % bytes.size()] = static_cast<char>(random());
    auto restored = vm::restore(bytes, find_code, &programs_of, {}, vm::Limits{});
    if (restored) vm::destroy(*restored);
    else ++refused;
  }
  CHECK(refused > 1000);
}
