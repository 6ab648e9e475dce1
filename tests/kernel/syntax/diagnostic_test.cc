// How diagnostics look: places, carets under wide characters and tabs, long lines, notes, colour.
#include "kernel/syntax/diagnostic.h"

#include <catch2/catch.hpp>

using namespace m31::syntax;

namespace {

Diagnostic wrong(std::string text, std::uint32_t begin, std::uint32_t end) {
  Diagnostic diagnostic;
  diagnostic.source = std::make_shared<const Source>("a.m31", std::move(text));
  diagnostic.span = {begin, end};
  diagnostic.message = "expected Int, found String";
  return diagnostic;
}

}  // namespace

TEST_CASE("place, line, carets, advice, note") {
  Diagnostic diagnostic = wrong("x = 1\ny = f(x, z)\n", 13, 14);
  diagnostic.advice = "did you mean `x`?";
  diagnostic.notes.push_back({diagnostic.source, {0, 1}, "made here"});
  CHECK(render(diagnostic, {}) ==
        "a.m31:2:8: error: expected Int, found String\n"
        "  2 | y = f(x, z)\n"
        "    |        ^\n"
        "  try: did you mean `x`?\n"
        "a.m31:1:1: note: made here\n"
        "  1 | x = 1\n"
        "    | ^\n");
}

TEST_CASE("severities") {
  Diagnostic diagnostic = wrong("x", 0, 1);
  diagnostic.severity = Severity::warning;
  CHECK(render(diagnostic, {}).starts_with("a.m31:1:1: warning: "));
  diagnostic.severity = Severity::hint;
  CHECK(render(diagnostic, {}).starts_with("a.m31:1:1: hint: "));
  diagnostic.source = nullptr;
  CHECK(render(diagnostic, {}) == "hint: expected Int, found String\n");
}

TEST_CASE("carets stand under what is shown") {
  // Two columns for an ideograph, none for a combining mark, four for a tab.
  CHECK(render(wrong("\xE4\xB8\xAD = x", 6, 7), {}).ends_with("  1 | \xE4\xB8\xAD = x\n    |      ^\n"));
  CHECK(render(wrong("e\xCC\x81 = x", 6, 7), {}).ends_with("    |     ^\n"));
  CHECK(render(wrong("\"\xE4\xB8\xAD\xE4\xB8\xAD\"", 1, 7), {}).ends_with("    |  ^^^^\n"));
  CHECK(render(wrong("\tx", 1, 2), {}).ends_with("  1 |     x\n    |     ^\n"));
  CHECK(render(wrong("a\tx", 2, 3), {}).ends_with("  1 | a   x\n    |     ^\n"));
  // What cannot be shown is replaced, and nothing reaches the terminal as a control.
  CHECK(render(wrong(std::string("\x1b[2J\0x", 6), 5, 6), {}).ends_with("  1 | \xE2\x90\x9B[2J\xE2\x90\x80x\n    |      ^\n"));
  CHECK(render(wrong("\xff\xfex", 2, 3), {}).ends_with("    |   ^\n"));
  CHECK(render(wrong("\xE2\x80\xAEx", 3, 4), {}).find("\xE2\x80\xAE") == std::string::npos);
}

TEST_CASE("carets at ends, over several lines, of nothing") {
  CHECK(render(wrong("abc", 3, 3), {}).ends_with("    |    ^\n"));
  CHECK(render(wrong("abc\ndef", 1, 6), {}).ends_with("  1 | abc\n    |  ^^\n"));
  CHECK(render(wrong("", 0, 0), {}).ends_with("  1 | \n    | ^\n"));
  CHECK(render(wrong("a\r\nb", 1, 1), {}).ends_with("  1 | a\n    |  ^\n"));
  CHECK(render(wrong("a\n", 2, 2), {}).ends_with("  2 | \n    | ^\n"));
  CHECK(render(wrong("\xEF\xBB\xBFx", 3, 4), {}).ends_with("a.m31:1:1: error: expected Int, found String\n  1 | x\n    | ^\n"));
}

TEST_CASE("long lines are cut around the caret") {
  std::string line(10000, 'a');
  line[5000] = 'X';
  std::string text = render(wrong(line, 5000, 5001), {});
  CHECK(text.size() < 400);
  CHECK(text.find("\xE2\x80\xA6" "aaa") != std::string::npos);
  CHECK(text.find("aaa\xE2\x80\xA6") != std::string::npos);
  // The caret is under the X.
  std::size_t shown = text.find("  1 | ") + 6;
  std::size_t x = text.find('X') - shown - 2;   // the mark of the cut is three bytes and one column
  std::size_t carets = text.find("    | ", shown) + 6;
  CHECK(text.find('^', carets) - carets == x);
  // The beginning of a line is not cut off without need.
  CHECK(render(wrong(line, 10, 11), {}).find("  1 | aaaa") != std::string::npos);
  // A line of a gigabyte costs nothing.
  std::string huge(8 << 20, 'b');
  CHECK(render(wrong(huge, 4 << 20, (4 << 20) + 1), {}).size() < 400);
  RenderOptions narrow;
  narrow.width_columns = 1;
  CHECK(!render(wrong(line, 5000, 5001), narrow).empty());
}

TEST_CASE("colour is optional") {
  CHECK(render(wrong("x", 0, 1), {}).find('\x1b') == std::string::npos);
  RenderOptions options;
  options.color = true;
  CHECK(render(wrong("x", 0, 1), options).find("\x1b[1;31m^\x1b[0m") != std::string::npos);
}

TEST_CASE("positions count lines and code points") {
  Source source("s", "ab\n\xC3\xA9x\n\nz");
  CHECK(source.position(0).line == 1);
  CHECK(source.position(0).column == 1);
  CHECK(source.position(2).column == 3);
  CHECK(source.position(3).line == 2);
  CHECK(source.position(5).column == 2);
  CHECK(source.position(7).line == 3);
  CHECK(source.position(8).line == 4);
  CHECK(source.position(99).line == 4);
  CHECK(source.line(2) == "\xC3\xA9x");
  CHECK(source.line(3) == "");
  CHECK(source.line(4) == "z");
  CHECK(source.line(5) == "");
  CHECK(source.line_begin(4) == 8);
}
