// Does the prompt ask for another line?
#include <catch2/catch.hpp>

#include "tests/kernel/syntax/programs.h"

using namespace m31::syntax;
using namespace m31::syntax::testing;

TEST_CASE("what wants more lines, and what does not") {
  const std::string_view incomplete[] = {
      "f(", "[1,\n", "{a: 1", "x = (1 +\n  2", "\"\"\"abc", "'''abc\ndef\n", "\"\"\"\\(a", "x =", "x = # why\n", "a +", "a and\n",
      "a |", "x in", "a ??", "a ..", "if a:", "if a:\n", "if a:\n  b", "if a:\n  b\n", "if a:\n  b\n  # c\n",
      "if a:\n  b\n\n  if c:\n    d\n", "fn f(x):", "fn f(x):\n  x\n", "x => ", "x =>\n  y\n", "match x:", "match x:\n  1 => a\n", "else_ = x =>",
      "for x in xs:", "while a:\n", "try:", "try: f()", "try:\n  f()\n", "try:\n  f()\n\n", "select:\n", "## A doc comment.",
      "## A doc comment.\n", "x = 1\n## A doc comment.", "f(x =>\n  y", "type T =", "type T = A() |", "x += ", "match x: 1 =>", "not_ = a <",
      "try:\n  f()\ncatch e:\n", "try:\n  f()\ncatch e:\n  g()\n", "if a: b else:",
  };
  const std::string_view complete[] = {
      "", "1", "x = 1", "# comment", "f(1)\n", "if a: b", "if a: b else: c", "fn f(x): x", "if a:\n  b\n\n", "if a:\n  b\n  \n",
      "fn f(x):\n  if x:\n    y\n\n", "match x: 1 => a; _ => b", "match x:\n  1 => a\n\n", "try: f() catch e: g()", "try:\n  f()\ncatch e:\n  g()\n\n",
      "try: f() finally: g()", "try:\n  f()\n\n\n", "f(1 2)", "f(]", "x = = 1", "a b", "\"abc", "\"\\q\"", "$", "## A doc comment.\n\n", "x = 1 ## no doc",
      "if a:\n\tb", "if a:\nb", ")", "a,", ".name", "x => x", ":enter box", "\"\\(a", "fn", "import", "if a", "if a:\n  b\nc", "f(x =>\n  y)", "$ (",
      "1 +)",
  };
  for (std::string_view text : incomplete) {
    INFO(text);
    CHECK(is_incomplete(text));
  }
  for (std::string_view text : complete) {
    INFO(text);
    CHECK(!is_incomplete(text));
  }
}

TEST_CASE("Figure 2 typed line by line runs when its definitions end") {
  CHECK(is_incomplete("words = { key: \"word\", value: {\"freq\": Int}"));
  CHECK(!is_incomplete("words = { key: \"word\", value: {\"freq\": Int}\n        , opts: { partitions:8 }}"));
  CHECK(!is_incomplete("s,r = sys.spawn(main, [seed])"));
  CHECK(is_incomplete("match r.recv():\n  sys.SUCCESS => fs.search({word:\"pi\"})"));
}
