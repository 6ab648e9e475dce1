// What is refused, where, and with which words.
#include <catch2/catch.hpp>

#include "tests/kernel/types/checking.h"

using namespace m31;

namespace {

struct Case {
  const char* text;
  const char* carets;   // the text under the carets of the first message
  const char* says;     // in what is shown
};

}  // namespace

TEST_CASE("wrong programs are refused at their place", "[refuse_test]") {
  const Case cases[] = {
      {"x = 1; x = \"a\"", "\"a\"", "expected Int, found String"},
      {"x: Int = \"text\"", "\"text\"", "Int.parse"},
      {"x: int = 3", "int", "write `Int`"},
      {"fn f(n: Int): n\nf(\"a\")", "\"a\"", "expected Int, found String"},
      {"fn f(a: Int, b: Int): a\nf(1)", "f", "`b` is missing"},
      {"fn f(a: Int, bet: Int): a\nf(1, bat: 2)", "bat", "has no parameter `bat`"},
      {"1 + \"x\"", "1 + \"x\"", "is not defined on Int and String"},
      {"n = 2; n * 0.5", "n * 0.5", "toFloat(n)"},
      {"\"a b\" | wrods | freq", "wrods", "did you mean `words`?"},
      {"x = [1]\nx.apend(2)", "apend", "did you mean `append`?"},
      {"r = {name: \"Ada\"}\nr.nmae", "nmae", "did you mean `name`?"},
      {"x = \"abc\"\nx.upper", "upper", "write `.upper()`"},
      {"f = 3; f(1)", "f", "cannot be called"},
      {"if 3: print(1)", "3", "a condition is a Bool"},
      {"for x in 3: print(x)", "3", "0..3"},
      {"for c in \"abc\": print(c)", "\"abc\"", "chars("},
      {"match 3: 1 => 2", "3", "other values of type Int"},
      {"type Light = Red() | Green()\nfn go(l: Light):\n  match l:\n    Red() => 1\ngo(Green())", "l", "`Green()`"},
      {"fn f(x: Int?):\n  match x:\n    None => 0\nf(3)", "x", "_: Int"},
      {"fn f(xs: List[Int]):\n  match xs:\n    [] => 0\n    [x] => x\nf([])", "xs", "[_, ...]"},
      {"fn f():\n  if True: y = 1\n  print(y)\nf()", "y", "may have no value"},
      {"xs = [1]\nys = move xs\nprint(xs)", "xs", "handed off by `move`"},
      {"xs = [[1]]\nfor x in xs: x.append(2)", "x", "nobody sees this change"},
      {"fn f(xs: List[Int]): xs.append(1)\nf([2])", "xs", "mark the parameter"},
      {"total = 0\nfn add(n: Int): total += n\nadd(1)", "total", "a function reads it only"},
      {"PARENT.send(1)", "PARENT", "no PARENT here"},
      {"fn f(n): f([n])\nf(1)", "f", "nest without end"},
      {"1 + 2; 3", "1 + 2", "thrown away"},
      {"break", "break", "outside of a loop"},
      {"type A = {x: Foo}", "Foo", "the type `Foo` is not known"},
      {"fn f(a, a): a", "a", "two parameters"},
      {"fn f(x) uses {}: print(x)\nf(1)", "{}", "uses `print`"},
      {"x = None ?? 1; y: Int? = 3; y + 1", "y + 1", "`??`"},
      {"fs.invoke({word: \"a\", freq: Int.incr})", "freq: Int.incr", "fs.addSpace"},
      {"fs.addSpace({key: \"word\", value: {freq: Int}})\nfs.put({word: \"a\", frq: 1})", "frq: 1", "did you mean `freq`?"},
      {"fs.addSpace({key: \"word\", value: {freq: Int}})\nfs.invoke({word: 3, freq: Int.incr})", "3", "expected String, found Int"},
      {"fs.addSpace({key: \"a\", value: {n: Int}})\nfs.addSpace({key: \"b\", value: {n: Int}})\nfs.search({n: 3})", "{n: 3}", "several spaces"},
  };
  for (const Case& each : cases) {
    types::Program program;
    types::Checked checked = test::check(program, each.text);
    INFO(each.text << "\n" << test::rendered(checked));
    CHECK_FALSE(checked.ok());
    if (checked.diagnostics.empty()) continue;
    const syntax::Diagnostic& first = checked.diagnostics[0];
    REQUIRE(first.source);
    CHECK(std::string(first.source->text().substr(first.span.begin, first.span.end - first.span.begin)) == each.carets);
    CHECK(test::rendered(checked).find(each.says) != std::string::npos);
  }
}

TEST_CASE("every error is reported, and none twice or as a consequence", "[refuse_test]") {
  types::Program program;
  types::Checked checked = test::check(program, "a = undefined_one\nb = a + 1\nc = b | words\nd = 1 + \"x\"\ne: Int = \"t\"\nprint(a, b, c, d, e)");
  INFO(test::rendered(checked));
  CHECK(test::errors_in(checked) == 3);
}

TEST_CASE("an error inside a generic function shows the use too", "[refuse_test]") {
  types::Program program;
  types::Checked checked = test::check(program, "fn add_one(x): x + 1\nprint(add_one(\"a\"))");
  REQUIRE(test::errors_in(checked) == 1);
  REQUIRE(checked.diagnostics[0].notes.size() == 1);
  CHECK(checked.diagnostics[0].notes[0].message.find("add_one(String)") != std::string::npos);
}

TEST_CASE("an error inside the library stands where it is used", "[refuse_test]") {
  types::Program program;
  types::Checked checked = test::check(program, "[1, 2] | map(3)");
  INFO(test::rendered(checked));
  REQUIRE(test::errors_in(checked) == 1);
  CHECK(checked.diagnostics[0].source->name() == "cell");
}

TEST_CASE("a capability that is not granted is refused where it is named", "[refuse_test]") {
  types::Program program;
  types::Checked checked = test::check(program, test::figure_2, test::environment_of({"fs", "print", "sys"}));
  INFO(test::rendered(checked));
  REQUIRE_FALSE(checked.ok());
  const syntax::Diagnostic& first = checked.diagnostics[0];
  CHECK(first.message.find("`http` is not granted") != std::string::npos);
  CHECK(first.source->text().substr(first.span.begin, first.span.end - first.span.begin) == "http");
}

TEST_CASE("a refused cell leaves the session as it was", "[refuse_test]") {
  types::Program program;
  REQUIRE(test::check(program, "x = 1\nfn f(n: Int): n + x").ok());
  CHECK_FALSE(test::check(program, "x = \"a\"\nfn f(n: Int): \"other\"\ny = nothing_of_this_name").ok());
  types::Checked checked = test::check(program, "f(x)");
  REQUIRE(checked.ok());
  CHECK(types::show(checked.cell->result) == "Int");
}

TEST_CASE("a result that grows with each call has no type", "[refuse_test]") {
  types::Program program;
  types::Checked checked = test::check(program, "fn f(n: Int): if n == 0: 1 else: [f(n - 1)]\nf(3)");
  INFO(test::rendered(checked));
  REQUIRE(test::errors_in(checked) == 1);
  CHECK(checked.diagnostics[0].message.find("do not settle") != std::string::npos);
}
