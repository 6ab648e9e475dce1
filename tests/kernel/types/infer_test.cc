// Types that are found.
#include <catch2/catch.hpp>

#include "tests/kernel/types/checking.h"

using namespace m31;
using test::type_of;

namespace {

struct Case {
  const char* text;
  const char* type;
};

}  // namespace

TEST_CASE("values have the types that are expected", "[infer_test]") {
  const Case cases[] = {
      {"1 + 2", "Int"},
      {"7 / 2", "Float"},
      {"2 * 0.5", "Float"},
      {"1 < 2 < 3", "Bool"},
      {"5s * 2", "Duration"},
      {"\"a\" + \"b\"", "String"},
      {"b\"abc\"[0]", "Int"},
      {"[1, 2.5, 3]", "List[Float]"},
      {"[1, \"a\"]", "List[Int | String]"},
      {"[]", "List[Never]"},
      {"[\"k\": 1]", "Map[String, Int]"},
      {"{name: \"x\", \"age\": 3}", "{name: String, age: Int}"},
      {"r = {name: \"x\", age: 3}; {...r, age: 4}", "{name: String, age: Int}"},
      {"(1, \"a\")", "(Int, String)"},
      {"[1, 2, 3][1..]", "List[Int]"},
      {"[\"a\": 1].get(\"a\")", "Int?"},
      {"[\"a\": 1].get(\"a\", 0)", "Int"},
      {"[\"a\": 1].get(\"a\") ?? 0", "Int"},
      {"x: Int? = None; x ?? \"none\"", "Int | String"},
      {"x = 3; if x > 2: 1 else: \"a\"", "Int | String"},
      {"[x * x for x in 0..5 if x > 1]", "List[Int]"},
      {"[k: len(k) for k in [\"a\"]]", "Map[String, Int]"},
      {"0..10 | map(x => x / 2)", "List[Float]"},
      {"1..=5 | fold(1, (*))", "Int"},
      {"\"a b\" | words | lower | freq | top(1)", "List[(String, Int)]"},
      {"stdin | words | lower | freq | top(10)", "List[(String, Int)]"},
      {"files(\"*.txt\") | words | lower | freq | top(10)", "List[(String, Int)]"},
      {"[{name: \"b\"}] | map(.name.upper())", "List[String]"},
      {"[3, 1] | sortBy(x => -x)", "List[Int]"},
      {"chan(Int)", "(Sender[Int], Receiver[Int])"},
      {"chan(Sender[Int], 4)", "(Sender[Sender[Int]], Receiver[Sender[Int]])"},
      {"inc = x => x + 1; twice = f => (x => f(f(x))); twice(inc)(3)", "Int"},
      {"f: fn(Int) -> Int = x => x + 1; [f, f]", "List[fn(Int) -> Int]"},
      {"Int.parse(\"3\")", "Int"},
      {"try: 1 // 0\ncatch e: \"none\"", "Int | String"},
  };
  for (const Case& each : cases) {
    INFO(each.text);
    CHECK(type_of(each.text) == each.type);
  }
}

TEST_CASE("an empty literal takes its element type from later use", "[infer_test]") {
  CHECK(type_of("cs = []\ncs.append(1)\ncs") == "List[Int]");
  CHECK(type_of("m = [:]\nm[\"a\"] = 2.5\nm") == "Map[String, Float]");
  CHECK(type_of("fn push(var xs: List[Int], x: Int): xs.append(x)\nys = []\nys.push(3)\nys") == "List[Int]");
}

TEST_CASE("a name that begins as None widens", "[infer_test]") {
  CHECK(type_of("found = None\nfor n in [3, 8]:\n  if n > 4: found = n\nfound") == "Int?");
}

TEST_CASE("a recursive function's result comes from the branches that do not recurse", "[infer_test]") {
  CHECK(type_of("fn fact(n: Int):\n  if n <= 1: return 1\n  n * fact(n - 1)\nfact(10)") == "Int");
  CHECK(type_of("fn even(n): if n == 0: True else: odd(n - 1)\nfn odd(n): if n == 0: False else: even(n - 1)\neven(10)") == "Bool");
  CHECK(type_of("fn f(n: Int): if n == 0: [] else: f(n - 1) + [n]\nf(3)") == "List[Int]");
}

TEST_CASE("generic functions are instances for each set of argument types", "[infer_test]") {
  CHECK(type_of("fn pair(a, b): (a, b)\n(pair(1, \"a\"), pair([1], 2.5))") == "((Int, String), (List[Int], Float))");
  CHECK(type_of("type Tree[T] = Leaf() | Node(l: Tree[T], v: T, r: Tree[T])\nNode(Leaf(), 3, Leaf())") == "Tree[Int]");
  types::Program program;
  types::Checked checked = test::check(program, "fn id(x): x\nid(1); id(\"a\"); id(2)");
  REQUIRE(checked.ok());
  CHECK(checked.cell->callees.size() == 2);
}

TEST_CASE("In and Out come from what is received, sent and returned", "[infer_test]") {
  CHECK(type_of("fn f(n: Int): n * n\nsys.spawn(f, [3])") == "(Sender[Never], Receiver[Int])");
  CHECK(type_of("fn echo():\n  x = PARENT.recv()\n  PARENT.send(x + 1)\nsys.spawn(echo, [])").find("Any") != std::string::npos);
  CHECK(type_of("fn echo():\n  x: Int = PARENT.recv()\n  PARENT.send(x + 1)\nsys.spawn(echo, [])") == "(Sender[Int], Receiver[Int])");
  CHECK(type_of("fn help(x: Int): PARENT.send(x)\nfn work(): help(1)\nsys.spawn(work, [])") == "(Sender[Never], Receiver[Int])");
  CHECK(type_of("fn w(): PARENT.send(1); \"done\"\nsys.spawn(w, [])") == "(Sender[Never], Receiver[Int | String])");
  CHECK(type_of("fn fib(n: Int):\n  if n < 2: return n\n  _, a = spawn fib(n - 1)\n  a.recv() + 1\nfib(5)") == "Int");
}

TEST_CASE("whoever sends to PARENT sends what the channel carries", "[infer_test]") {
  types::Program program;
  types::Checked checked = test::check(program, "fn help(): PARENT.send(1)\nfn w():\n  help()\n  PARENT.send(2.5)\n  \"done\"\nsys.spawn(w, [])");
  INFO(test::rendered(checked));
  REQUIRE(checked.ok());
  CHECK(types::show(checked.cell->result) == "(Sender[Never], Receiver[Float | Int | String])");
  const core::FnInstance* help = test::reached(checked.cell, "help");
  REQUIRE(help);
  CHECK(core::dump(*help).find("parent sender : Sender[Float | Int | String]") != std::string::npos);
  CHECK(core::dump(*help).find("box : Float | Int | String") != std::string::npos);
}

TEST_CASE("Figure 2 is typed as it is printed", "[infer_test]") {
  types::Program program;
  types::Checked checked = test::check(program, test::figure_2);
  INFO(test::rendered(checked));
  REQUIRE(checked.ok());
  CHECK(types::show(checked.cell->result) == "(String, Int) | List[{word: String, freq: Int}]");
  const core::FnInstance* main = test::reached(checked.cell, "main");
  REQUIRE(main);
  CHECK(types::show(main->out) == "sys.Status");
  CHECK(main->result == types::basic(types::TypeKind::none));
  CHECK(main->effects == std::vector<std::string_view>{"PARENT", "chan", "fs", "http", "sys"});
  CHECK(core::dump(*main).find("host fs.invoke (unused)") != std::string::npos);
  CHECK(core::dump(*main).find("split.some") != std::string::npos);
}

TEST_CASE("words over temporaries make no lists", "[infer_test]") {
  types::Program program;
  types::Checked checked = test::check(program, "book = \"a\"\nbook | words | lower | freq");
  REQUIRE(checked.ok());
  std::string text = core::dump(*checked.cell);
  CHECK(text.find("freq.stream") != std::string::npos);
  CHECK(text.find("words.text") != std::string::npos);
  // A list that has a name is no temporary.
  checked = test::check(program, "ws = book | words\nws | lower | freq");
  REQUIRE(checked.ok());
  CHECK(core::dump(*checked.cell).find("freq.list") != std::string::npos);
}
