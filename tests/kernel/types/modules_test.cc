// Modules of users, with a loader that holds them in memory.
#include "kernel/types/module_loader.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/kernel/types/checking.h"

using namespace m31;
using namespace m31::test;

namespace {

struct Texts final : types::ModuleLoader {
  std::map<std::string, std::string, std::less<>> texts;
  std::optional<types::ModuleText> load(std::string_view name, std::string_view) override {
    auto found = texts.find(name);
    if (found == texts.end()) return std::nullopt;
    return types::ModuleText{"lib/" + std::string(name) + ".m31", found->second};
  }
};

struct Prompt {
  Texts files;
  types::Program program;

  types::Checked check(std::string_view text) {
    types::Environment environment = whole_environment();
    environment.modules = &files;
    return test::check(program, text, environment);
  }
  std::string says(std::string_view text) {
    types::Checked checked = check(text);
    return checked.ok() ? types::show(checked.cell->result) : rendered(checked);
  }
};

}  // namespace

TEST_CASE("functions, types and constants of a module are reached by its name") {
  Prompt prompt;
  prompt.files.texts["geo"] = "import sizes\ntype Point = {x: Float, y: Float}\nUNIT = 2.0\nfn norm(p: Point) -> Float: sizes.half(p.x + UNIT)\nfn twice(f, x): f(f(x))\n";
  prompt.files.texts["sizes"] = "fn half(x: Float) -> Float: x / 2.0\n";
  CHECK(prompt.says("import geo\ngeo.norm(geo.Point(x: 1.0, y: 2.0))") == "Float");
  CHECK(prompt.says("p: geo.Point = geo.Point(x: 1.0, y: 2.0)\np") == "geo.Point");
  CHECK(prompt.says("p.norm()") == "Float");
  CHECK(prompt.says("geo.UNIT") == "Float");
  CHECK(prompt.says("geo.twice(x => x + 1, 3)") == "Int");
  CHECK_THAT(prompt.says("geo.nrom(p)"), Catch::Contains("did you mean `norm`?"));
  CHECK_THAT(prompt.says("norm"), Catch::Contains("not known"));
}

TEST_CASE("a module sees no names of the session, and holds no native words") {
  Prompt prompt;
  prompt.files.texts["m"] = "fn f(): mine\n";
  prompt.files.texts["n"] = "fn g(): native(\"show\")\n";
  CHECK_THAT(prompt.says("mine = 1\nimport m\nm.f()"), Catch::Contains("lib/m.m31:1:9: error: the name `mine` is not known"));
  CHECK_THAT(prompt.says("import n\nn.g()"), Catch::Contains("`native` is not known"));
}

TEST_CASE("what is wrong in a module is said where it stands, and nothing is loaded") {
  Prompt prompt;
  prompt.files.texts["ill"] = "fn fine(): 1\nfn f(x: Int) -> String: x\n";
  prompt.files.texts["act"] = "print(1)\n";
  prompt.files.texts["open"] = "fn f(x: Int: 1\n";
  prompt.files.texts["needs"] = "import nowhere\n";
  CHECK_THAT(prompt.says("import ill"), Catch::Contains("lib/ill.m31:2:25: error: the result: expected String, found Int"));
  CHECK_THAT(prompt.says("ill.fine()"), Catch::Contains("not known"));
  CHECK_THAT(prompt.says("import act"), Catch::Contains("lib/act.m31:1:1: error: a module holds definitions only"));
  CHECK_THAT(prompt.says("import open"), Catch::Contains("lib/open.m31:1:"));
  CHECK_THAT(prompt.says("import needs"), Catch::Contains("lib/needs.m31:1:8: error: the module `nowhere` is not known"));
  CHECK_THAT(prompt.says("import nowhere"), Catch::Contains("the module `nowhere` is not known"));
}

TEST_CASE("modules that import each other are refused with the path") {
  Prompt prompt;
  prompt.files.texts["a"] = "import b\n";
  prompt.files.texts["b"] = "fn f(): 1\nimport c\n";
  prompt.files.texts["c"] = "import a\n";
  CHECK_THAT(prompt.says("import a"), Catch::Contains("lib/c.m31:1:8: error: modules import each other: a -> b -> c -> a"));
  prompt.files.texts["own"] = "import own\n";
  CHECK_THAT(prompt.says("import own"), Catch::Contains("own -> own"));
}

TEST_CASE("importing again takes what has changed; what it breaks is reported") {
  Prompt prompt;
  prompt.files.texts["m"] = "fn f(x: Int) -> Int: x\n";
  REQUIRE(prompt.check("import m\nfn user(x: Int) -> Int: m.f(x)").ok());
  types::Checked before = prompt.check("user(1)");
  REQUIRE(before.ok());
  prompt.files.texts["m"] = "fn f(x: Int) -> Int: x + 100\n";
  types::Checked unseen = prompt.check("user(1)");
  CHECK(reached(unseen.cell, "user")->identity == reached(before.cell, "user")->identity);
  REQUIRE(prompt.check("import m").ok());
  types::Checked after = prompt.check("user(1)");
  REQUIRE(after.ok());
  // Other code has another identity: fibrils that run keep theirs.
  CHECK(reached(after.cell, "m.f")->identity != reached(before.cell, "m.f")->identity);
  CHECK(reached(before.cell, "m.f")->body != nullptr);
  prompt.files.texts["m"] = "fn f(x: String) -> Int: 3\n";
  types::Checked broken = prompt.check("import m");
  REQUIRE(broken.ok());
  CHECK_THAT(rendered(broken), Catch::Contains("`user(Int)` no longer checks") && Catch::Contains("expected String, found Int"));
  CHECK_THAT(prompt.says("user(1)"), Catch::Contains("expected String, found Int"));
  // A change in what a module imports is seen through it.
  prompt.files.texts["m"] = "import deep\nfn f(x: Int) -> Int: deep.g(x)\n";
  prompt.files.texts["deep"] = "fn g(x: Int) -> Int: x\n";
  REQUIRE(prompt.check("import m").ok());
  types::Checked first = prompt.check("user(1)");
  prompt.files.texts["deep"] = "fn g(x: Int) -> Int: x + 1\n";
  REQUIRE(prompt.check("import m").ok());
  types::Checked second = prompt.check("user(1)");
  CHECK(reached(first.cell, "m.f")->identity != reached(second.cell, "m.f")->identity);
}

TEST_CASE("modules travel with the code that needs them") {
  Prompt prompt;
  prompt.files.texts["m"] = "import n\nfn f(x: Int) -> Int: n.g(x)\n";
  prompt.files.texts["n"] = "fn g(x: Int) -> Int: x + 1\n";
  types::Checked checked = prompt.check("import m\nm.f(1)");
  REQUIRE(checked.ok());
  types::Program other;
  auto admitted = other.admit(prompt.program.bundle(*reached(checked.cell, "m.f")));
  if (!admitted) FAIL(admitted.error());
  CHECK((*admitted)->identity == reached(checked.cell, "m.f")->identity);
}
