// Whatever nests ten thousand deep gets one error, and no walk of what was accepted is too deep.
#include <catch2/catch.hpp>

#include "kernel/syntax/fingerprint.h"
#include "kernel/syntax/printer.h"
#include "tests/kernel/syntax/programs.h"

using namespace m31::syntax;
using namespace m31::syntax::testing;

namespace {

std::string times(unsigned count, std::string_view text) {
  std::string out;
  for (; count; --count) out += text;
  return out;
}

std::string stairs(unsigned count) {
  std::string out;
  for (unsigned i = 0; i < count; ++i) out += std::string(i, ' ') + "if a:\n";
  return out + std::string(count, ' ') + "b\n";
}

unsigned height_of(const Node& node) {
  unsigned height = 0;
  for (const Node* kid : node.kids) height = std::max(height, height_of(*kid));
  return height + 1;
}

}  // namespace

TEST_CASE("ten thousand levels of anything are one clear error") {
  constexpr unsigned n = 10000;
  const std::string deep[] = {
      times(n, "(") + times(n, ")"),
      times(n, "("),
      times(n, "[") + times(n, "]"),
      times(n, "{a: ") + "1" + times(n, "}"),
      times(n, "f(") + times(n, ")"),
      times(n, "\"\\(") + "x" + times(n, ")\""),
      times(n, "-") + "x",
      times(n, "not ") + "x",
      times(n, "move ") + "x",
      times(n, "return ") + "x",
      times(n, "x => ") + "x",
      times(n, "if a: ") + "x",
      times(n, "match a: b => ") + "x",
      times(n, "try: ") + "x",
      times(n, "a ** ") + "b",
      times(n, "a ?? ") + "b",
      times(n, "a + ") + "b",
      times(n, "a | ") + "b",
      "a" + times(n, ".b"),
      "a" + times(n, "()"),
      "a" + times(n, "[0]"),
      "a" + times(n, "? "),
      "if a: b\n" + times(n, "elif c: d\n"),
      "match x: " + times(n, "(") + "y" + times(n, ")") + " => z",
      "x: " + times(n, "fn() -> ") + "Int = 3",
      "x: " + times(n, "List[") + "Int" + times(n, "]") + " = 3",
      "x: Int" + times(n, "?") + " = 3",
      stairs(n / 10),
  };
  for (const std::string& text : deep) {
    INFO(text.substr(0, 40));
    Parsed parsed = parse_text(text);
    REQUIRE(parsed.diagnostics.size() == 1);
    CHECK(!is_incomplete(text));
    std::string message = parsed.diagnostics[0].message;
    INFO(message);
    CHECK((message.find("deeper than") != std::string::npos || message.find("one inside the other") != std::string::npos));
  }
}

TEST_CASE("long is not deep") {
  const std::string flat[] = {
      times(100000, "x = 1\n"),
      "[" + times(100000, "1, ") + "]",
      "a" + times(10000, " < b"),
      "match x: 1 => a" + times(10000, "; 1 => a"),
      "t = 1" + times(10000, ", 1"),
      "\"" + times(10000, "a \\(b) ") + "\"",
  };
  for (const std::string& text : flat) {
    INFO(text.substr(0, 40));
    CHECK(parse_text(text).ok());
  }
}

TEST_CASE("the deepest accepted programs can be walked") {
  const std::string deep[] = {
      times(nesting_max - 1, "(") + "x" + times(nesting_max - 1, ")"),
      times(nesting_max - 1, "[") + "x" + times(nesting_max - 1, "]"),
      times(300, "if a: ") + "x",
      times(height_max - 10, "a + ") + "b",
      stairs(300),
  };
  for (const std::string& text : deep) {
    INFO(text.substr(0, 40));
    Parsed parsed = parse_text(text);
    REQUIRE(parsed.ok());
    const Node& root = *parsed.tree->root;
    CHECK(height_of(root) <= height_max);
    CHECK(!dump(root).empty());
    CHECK(!print(root).empty());
    auto decoded = decode(encode(root));
    REQUIRE(decoded.has_value());
    CHECK(fingerprint(root) == fingerprint(*(*decoded)->root));
  }
}

TEST_CASE("a compact form that nests too deep, or claims too much, is refused") {
  Parsed parsed = parse_text(times(height_max - 10, "a + ") + "b");
  REQUIRE(parsed.ok());
  std::string bytes = encode(*parsed.tree->root);
  std::size_t at = bytes.find(static_cast<char>(Kind::binary), 8);
  REQUIRE(at != std::string::npos);
  std::string deeper = bytes.substr(0, at);
  for (int i = 0; i < 100000; ++i) deeper += std::string{static_cast<char>(Kind::binary), bytes[at + 1]};
  CHECK(!decode(deeper).has_value());

  std::string claims{'M', 1, 0};
  for (int i = 0; i < 500; ++i) claims += std::string{static_cast<char>(Kind::tuple), '\xff', '\xff', '\x03'};
  claims += std::string(70000, '\0');
  CHECK(!decode(claims).has_value());
  CHECK(!decode("").has_value());
  CHECK(!decode("M").has_value());
  CHECK(decode("M\x02").error() == "a syntax tree of another version");
  CHECK(!decode(std::string("M\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 12)).has_value());
  CHECK(!decode(bytes + "x").has_value());
}
