// What there is to say about a name.
#include <catch2/catch.hpp>

#include "kernel/types/describe.h"
#include "tests/kernel/types/checking.h"

namespace m31::types {
namespace {

using How = Example::How;

TEST_CASE("examples stand behind a sentence, or on a line of their own") {
  const auto all = examples_of("Sums.  sum([1]) gives 1\nsum([x for x in xs if x gives y\n f(\"a  b\")  gives  \"a  b\"\nf(1) raises ValueError: no\n"
                               "Waits.  as in sleep(5s)\nas in g()\nIt gives hope to all.");
  REQUIRE(all.size() == 5);
  CHECK((all[0].code == "sum([1])" && all[0].value == "1" && all[0].how == How::gives && all[0].line == 0));
  CHECK((all[1].code == "f(\"a  b\")" && all[1].value == "\"a  b\"" && all[1].line == 2));
  CHECK((all[2].how == How::raises && all[2].code == "f(1)"));
  CHECK((all[3].code == "sleep(5s)" && all[3].how == How::as_in));
  CHECK((all[4].code == "g()" && all[4].line == 5));
}

TEST_CASE("a function of the session is described as it was written") {
  Program program;
  REQUIRE(test::check(program, "## Reads.\nfn read(var xs: List[Int],  url = \"a\") -> Int:\n  http.req(url).status\n").ok());
  const Description of = program.describe("read");
  REQUIRE(of.kind == Description::Kind::function);
  REQUIRE(of.functions.size() == 1);
  CHECK(of.functions[0].signature == "read(var xs: List[Int], url = \"a\") -> Int");
  CHECK(of.functions[0].effects == std::vector<std::string>{"http"});
  CHECK(of.doc == "Reads.");
  CHECK(help_text(of) == "read(var xs: List[Int], url = \"a\") -> Int uses {http}\n\n  Reads.\n");
  CHECK(program.describe("nosuch").kind == Description::Kind::nothing);
  // Asking changes nothing.
  CHECK(test::check(program, "x = 1").ok());
}

TEST_CASE("a name and a question mark ask for help at a prompt only") {
  Program program;
  Environment environment = test::whole_environment();
  CHECK_FALSE(test::check(program, "trim?", environment).ok());
  environment.at_prompt = true;
  CHECK(test::check(program, "trim?", environment).ok());
  CHECK(test::check(program, "help", environment).ok());
  CHECK_FALSE(test::check(program, "f(1)?", environment).ok());
}

}  // namespace
}  // namespace m31::types
