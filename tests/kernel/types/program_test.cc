// Cells of a session, and code that is shipped.
#include <algorithm>
#include <catch2/catch.hpp>
#include <ctime>

#include "tests/kernel/types/checking.h"

using namespace m31;

TEST_CASE("a later cell sees earlier ones, and may give a name another type", "[program_test]") {
  types::Program program;
  types::Checked checked = test::check(program, "x = 1\ninc = y => y + x");
  REQUIRE(checked.ok());
  REQUIRE(checked.defined.size() == 2);
  CHECK(checked.defined[0].symbol == "x");
  CHECK(types::show(test::check(program, "inc(2)").cell->result) == "Int");
  REQUIRE(test::check(program, "x = 2.5").ok());
  CHECK(types::show(test::check(program, "inc(2.0)").cell->result) == "Float");
  CHECK_FALSE(test::check(program, "inc(\"a\")").ok());
}

TEST_CASE("a definition replaces the one with the same parameter types", "[program_test]") {
  types::Program program;
  REQUIRE(test::check(program, "fn f(n: Int): n\nfn f(s: String): s").ok());
  REQUIRE(test::check(program, "fn f(n: Int): \"new\"").ok());
  CHECK(types::show(test::check(program, "(f(1), f(\"a\"))").cell->result) == "(String, String)");
}

TEST_CASE("a space that was added is known to later cells", "[program_test]") {
  types::Program program;
  REQUIRE(test::check(program, "fs.addSpace({key: \"word\", value: {freq: Int}})").ok());
  CHECK(types::show(test::check(program, "fs.get({word: \"a\"})").cell->result) == "{word: String, freq: Int}?");
  CHECK(types::show(test::check(program, "fs.space(\"word\")").cell->result) == "List[{word: String, freq: Int}]");
  CHECK(types::show(test::check(program, "fs.search({other: 1})").cell->result) == "List[Any]");
}

TEST_CASE("the environment is asked for its spaces once, and only when fs is named", "[program_test]") {
  int asked = 0;
  types::Environment environment = test::whole_environment();
  environment.context = &asked;
  environment.load_spaces = [](void* context) {
    ++*static_cast<int*>(context);
    types::SpaceShape shape;
    shape.name = shape.key = "id";
    shape.key_type = types::basic(types::TypeKind::int_);
    return std::vector<types::SpaceShape>{shape};
  };
  types::Program program;
  REQUIRE(test::check(program, "1 + 2", environment).ok());
  CHECK(asked == 0);
  types::Checked checked = test::check(program, "fs.get({id: 1})\nfs.get({id: 2})", environment);
  REQUIRE(checked.ok());
  CHECK(types::show(checked.cell->result) == "{id: Int}?");
  CHECK(asked == 1);
}

namespace {

void admit_all(std::string_view text) {
  INFO(text);
  types::Program program, other;
  types::Checked checked = test::check(program, text);
  INFO(test::rendered(checked));
  REQUIRE(checked.ok());
  std::vector<const core::FnInstance*> all{checked.cell};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const core::FnInstance* each : all[i]->callees)
      if (std::find(all.begin(), all.end(), each) == all.end()) all.push_back(each);
    auto admitted = other.admit(program.bundle(*all[i]));
    INFO(all[i]->identity);
    REQUIRE(admitted);
    CHECK((*admitted)->identity == all[i]->identity);
    CHECK(core::dump(**admitted) == core::dump(*all[i]));
  }
}

}  // namespace

TEST_CASE("another program makes the same instances from a bundle", "[program_test]") {
  admit_all(test::figure_2);
  admit_all("n = 10\nfn f(g, x): g(x) + n\nprint(f(x => x * n, 2))\ns, r = sys.spawn(() => f(y => y, 1), [])");
  admit_all("f: fn(Int) -> Int = x => x + 1\nfn outer(k: Int):\n  fn inner(x): x + k\n  [1, 2] | map(inner)\nprint(outer(f(3)))");
  admit_all("type Shape = Circle(r: Float) | Dot()\nfn area(s): match s: Circle(r) => r; Dot() => 0.0\nfor x in [Dot()]:\n  print(area(x))");
}

TEST_CASE("a damaged bundle is refused", "[program_test]") {
  types::Program program, other;
  types::Checked checked = test::check(program, "fn f(n: Int): n + 1\nf(1)");
  REQUIRE(checked.ok());
  std::string bundle = program.bundle(*checked.cell->callees[0]);
  for (std::size_t length = 0; length < bundle.size(); ++length) CHECK_FALSE(other.admit(bundle.substr(0, length)));
  // Other code than it was made from gives another identity.
  types::Program changed;
  types::Checked twin = test::check(changed, "fn f(n: Int): n + 2\nf(1)");
  std::string identity_of_first = checked.cell->callees[0]->identity;
  CHECK(twin.cell->callees[0]->identity != identity_of_first);
}

TEST_CASE("which parameter a named argument is, is part of an identity", "[program_test]") {
  types::Program a, b;
  types::Checked first = test::check(a, "fn f(a: Int, b: Int): a - b\nfn g(): f(a: 1, b: 2)\ng()");
  types::Checked second = test::check(b, "fn f(b: Int, a: Int): b - a\nfn g(): f(a: 1, b: 2)\ng()");
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(first.cell->callees[0]->callees[0]->identity == second.cell->callees[0]->callees[0]->identity);
  CHECK(first.cell->callees[0]->identity != second.cell->callees[0]->identity);
}

TEST_CASE("an empty literal takes its type from a later cell", "[program_test]") {
  types::Program program;
  REQUIRE(test::check(program, "xs = []\nm = [:]").ok());
  types::Checked used = test::check(program, "fn count_of(): count(xs)\nxs.append(1)\nm[\"a\"] = xs");
  INFO(test::rendered(used));
  REQUIRE(used.ok());
  types::Checked read = test::check(program, "(xs, m)");
  REQUIRE(read.ok());
  CHECK(types::show(read.cell->result) == "(List[Int], Map[String, List[Int]])");
  CHECK_FALSE(test::check(program, "xs.append(\"a\")").ok());
  REQUIRE(test::check(program, "ys = []").ok());
  CHECK(test::check(program, "ys = 3").ok());
}

TEST_CASE("a definition that breaks those that use it reports them", "[program_test]") {
  types::Program program;
  REQUIRE(test::check(program, "fn f(x: Int): x + 1\nfn g(): f(1) * 2\nfn h(): 3").ok());
  types::Checked same = test::check(program, "fn f(x: Int): x + 2");
  CHECK(same.diagnostics.empty());
  types::Checked broken = test::check(program, "fn f(x: Int): [x]");
  CHECK(broken.ok());
  REQUIRE(broken.diagnostics.size() == 1);
  CHECK(broken.diagnostics[0].severity == syntax::Severity::warning);
  CHECK(broken.diagnostics[0].message.starts_with("`g()` no longer checks: "));
  CHECK_FALSE(test::check(program, "g()").ok());
  REQUIRE(test::check(program, "n = 1\nfn add(x: Int): x + n\nadd(1)").ok());
  CHECK(test::check(program, "n = \"a\"").diagnostics.size() == 2);
}

TEST_CASE("a definition that breaks generic functions as they were used reports them", "[program_test]") {
  types::Program program;
  REQUIRE(test::check(program, "fn step(x: Int): x + 1\nfn twice(f, x): f(f(x))\nfn both(x): (step(x), x)\nfn unused(x): step(x)").ok());
  REQUIRE(test::check(program, "both(1)\ntwice(x => step(x), 1)").ok());
  CHECK(test::check(program, "fn step(x: Int): x + 2").diagnostics.empty());
  types::Checked broken = test::check(program, "fn step(x: String): x\nfn step(x: Int): \"\\(x)\"\nfn use(x): step(x) + 1");
  CHECK(broken.ok());
  // `both` goes on: a tuple of a text; twice(x => step(x), ..) too. A sum of its result does not.
  CHECK(broken.diagnostics.empty());
  REQUIRE(test::check(program, "fn size(x): count(both(x)[0])\nfn[T] x").ok() == false);
  REQUIRE(test::check(program, "fn size(x): len(both(x)[0])\nsize(1)").ok());
  types::Checked again = test::check(program, "fn step(x: Int): x");
  CHECK(again.ok());
  REQUIRE(again.diagnostics.size() == 1);
  CHECK(again.diagnostics[0].severity == syntax::Severity::warning);
  CHECK(again.diagnostics[0].message.starts_with("`size(Int)` no longer checks: "));
}

TEST_CASE("a type that is replaced is checked with the functions that took it", "[program_test]") {
  types::Program program;
  REQUIRE(test::check(program, "type P = {x: Int}\nfn far(p): p.x * 2\nfn near[T](ps: List[T]): ps | map(.x) | sum\nfar(P(1)) + near([P(2)])").ok());
  types::Checked broken = test::check(program, "type P = {y: Int}");
  CHECK(broken.ok());
  INFO(test::rendered(broken));
  REQUIRE(broken.diagnostics.size() == 2);
  CHECK(broken.diagnostics[0].message.starts_with("`far(P)` no longer checks: "));
  CHECK(test::check(program, "type P = {x: Int}").diagnostics.empty());
}

TEST_CASE("names are found in time that does not grow with their number", "[program_test]") {
  const auto seconds = [](std::size_t names) {
    std::string text;
    for (std::size_t i = 0; i < names; ++i) text += "name_of_a_value_" + std::to_string(i) + " = " + std::to_string(i) + "\n";
    double best = 1e9;
    for (int round = 0; round < 2; ++round) {
      types::Program program;
      const std::clock_t begin = std::clock();
      REQUIRE(test::check(program, text).ok());
      best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    }
    return best;
  };
  // Eight times the names: 64 times the time, were all of them looked at for each.
  CHECK(seconds(24'000) < 30 * seconds(3'000));
}

TEST_CASE("identities do not depend on names of locals, comments and layout", "[program_test]") {
  types::Program a, b;
  types::Checked first = test::check(a, "fn f(n: Int): n + 1\nf(1)");
  types::Checked second = test::check(b, "## Adds.\nfn f(number: Int):\n  number + 1\nf(1)");
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(first.cell->callees[0]->identity == second.cell->callees[0]->identity);
}
