// What a person reads who wrote something wrong: the whole text of the first diagnostic, caret
// included, and that applying a mechanical edit gives a program.
#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/kernel/syntax/programs.h"

using namespace m31::syntax;
using namespace m31::syntax::testing;

namespace {

struct Wrong {
  std::string_view text;
  std::string_view carets;    // under the line of the error, blanks in front included
  std::string_view message;
  std::string_view advice;
  std::string_view fixed;     // what the edits make of it; empty if there are none
};

constexpr Wrong gallery[] = {
    // Of other languages.
    {"x = a if c else b", "      ^^", "`if` does not follow the value", "write `if c: a else: b`", "x = if c: a else: b"},
    {"print(x) if c", "         ^^", "`if` does not follow the value", "write `if c: print(x)`", "if c: print(x)"},
    {"[a if c else b for x in xs]", "   ^^", "`if` does not follow the value", "write `if c: a else: ..`", ""},
    {"xs[1:3]", "    ^", "a slice is not written with `:`", "write `[1..3]`", "xs[1..3]"},
    {"xs[:n]", "   ^", "a slice is not written with `:`", "write `[..n]`", "xs[..n]"},
    {"a && b", "  ^^", "`&&` is not an operator", "write `and`", "a and b"},
    {"a || b", "  ^^", "`||` is not an operator", "write `or`", "a or b"},
    {"!a", "^", "`!` is not an operator", "write `not`", "not a"},
    {"f(1, b=3)", "      ^", "an argument is named with `:`", "write `b: 3`", "f(1, b: 3)"},
    {"f(b = 3)", "    ^", "an argument is named with `:`", "write `b: 3`", "f(b: 3)"},
    {"{a = 1}", "   ^", "a field's value follows `:`", "write `a: ..`", "{a: 1}"},
    {"if x = 3: y", "     ^", "expected `:` after the condition, found `=`", "write `==`", "if x == 3: y"},
    {"if x then y", "     ^^^^", "expected `:` after the condition, found `then`", "write `:`", "if x : y"},
    {"if a: b else if c: d", "        ^^^^^^^", "`else if` is one word here", "write `elif`", "if a: b elif c: d"},
    {"for x of xs: y", "      ^^", "expected `in` after the pattern of `for`, found `of`", "write `in`", "for x in xs: y"},
    {"while x { y }", "        ^", "expected `:` after the condition, found `{`",
     "a block follows `:`, indented or on the same line", ""},
    {"x is None", "  ^^", "expected the end of the statement, found `is`", "write `==`", "x == None"},
    {"a === b", "  ^^^", "`===` is not an operator", "write `==`", "a == b"},
    {"a <> b", "  ^^", "expected the end of the statement, found `<>`", "write `!=`", "a != b"},
    {"a & b", "  ^", "expected the end of the statement, found an operator on bits",
     "bits have words: bitAnd bitOr bitXor bitNot shl shr", ""},
    {"x++", " ^^", "`++` is not an operator", "write `+= 1`; strings and lists join with `+`", "x += 1"},
    {"x := 3", "  ^^", "`:=` is not needed", "write `=`", "x = 3"},
    {"let x = 3", "^^^", "`let` begins nothing here", "a name is made by assigning to it: delete `let`", "x = 3"},
    {"def f(x): x", "^^^", "`def` begins nothing here", "a function is written `fn name(args): ..`", "fn f(x): x"},
    {"class A: x", "^^^^^", "`class` begins nothing here", "a record type is written `type Name = {field: Type}`", ""},
    {"fn f(x) = x", "        ^", "expected `:` before the function's body, found `=`", "write `:`", "fn f(x) : x"},
    {"fn (x): x", "   ^", "a function needs a name", "a function without one is written `x => ..` or `(x, y) => ..`", ""},
    {"print \"x\"", "      ^^^", "expected the end of the statement, found a string",
     "to call `print`, put its arguments in brackets: print(..)", "print(\"x\")"},
    {"{1: 2}", " ^", "the keys of a record are names, found `1`", "a map is written in square brackets: [1: \"a\"]", ""},
    {"match x:\n  case 1 => 2", "  ^^^^", "an arm begins with its pattern",
     "delete `case`; an arm is written `pattern => value`", "match x:\n  1 => 2"},
    {"match x:\n  else => 2", "  ^^^^", "expected a pattern, found `else`", "the arm for everything else is `_ => ..`",
     "match x:\n  _ => 2"},
    {"x => test \"a\": assert y", "     ^^^^", "a test stands by itself, not inside of something", "move it to the beginning of a line", ""},
    {"for x in xs: test \"a\": assert y", "             ^^^^", "a test stands by itself, not inside of something",
     "move it to the beginning of a line", ""},
    {"fn f(x) uses {h: Int}: x", "              ^^^^^^", "`uses` names capabilities, and nothing else",
     "write their names: `uses {fs, http}`", ""},
    {"fn f(x: [Int]): x", "        ^", "expected a type, found `[`", "the type of a list is List[T], of a map Map[K, V]", ""},
    {"a = b = c", "      ^", "assignments do not chain", "write two: `b = ..; a = b`", ""},
    {"a \\\n + b", "  ^", "a backslash does not continue a line",
     "end the line with an operator, begin the next one with `|` `.` or `,`, or use brackets", ""},
    // Of this one.
    {"stdin | count > 3", "              ^", "an operator right of `|`", "write `(stdin | count) > ..`", "(stdin | count) > 3"},
    {"xs | x => x + 1", "     ^^^^^^^^^^", "right of `|` stands a name, a call or a bracketed expression",
     "put the function in brackets: `| (x => ..)`", "xs | (x => x + 1)"},
    {"xs | 3", "     ^", "right of `|` stands a name, a call or a bracketed expression", "", ""},
    {"for x in xs: if x>3: continue; print(x)", "                               ^^^^^^^^",
     "this never runs: `continue` before it leaves the block", "write `(if x>3: continue);` before it",
     "for x in xs: (if x>3: continue); print(x)"},
    {"fn f(x):\n  return x\n  print(x)", "  ^^^^^^^^", "this never runs: `return` before it leaves the block",
     "delete it, or indent it less", ""},
    {"while a: break; b", "                ^", "this never runs: `break` before it leaves the block",
     "write `(while a: break);` before it", "(while a: break); b"},
    {"a == not b", "     ^^^", "`not` binds looser than the operator before it", "put it in brackets: `(not ..)`", ""},
    {"if if a: b: c", "   ^^", "a block in the head of another", "put it in brackets", ""},
    {"a\n  | f\n  .g()", "  ^", "a line that begins with `.` after one that begins with `|`",
     "put the lines above in brackets, or write it at the end of the line above", ""},
    {"match x: 1 => a; print(b)", "                         ^", "expected `=>` after the pattern, found the end of the text",
     "here `;` separates arms: put an arm's statements, or the whole `match`, in brackets", ""},
    {"match x:\n  1, 2 => a", "   ^", "expected `=>` after the pattern, found `,`",
     "alternatives are written `a | b`, tuples `(a, b)`", ""},
    {"match x:\n  Foo: Int => a", "  ^^^", "a capitalised name never binds", "begin it with a small letter", ""},
    {"match x: \"a \\(b)\" => a", "         ^^^^^", "a string in a pattern has no \\( )", "compare in a guard: `s if s == ..`", ""},
    {"f(if: 3)", "  ^^", "the reserved word `if` cannot name an argument", "take another name for the parameter", ""},
    {"fn f(in): 3", "     ^^", "the reserved word `in` cannot name a parameter", "take another name", ""},
    {"spawn f", "      ^", "`spawn` needs a call", "write `spawn f(..)`", ""},
    {"type T = A(Int)", "           ^^^", "a field needs a name and a type", "write `name: Int`", ""},
    {"x: Int", "      ^", "a name with a type needs a value", "write `x: Int = ..`", ""},
    {"foo:\n  x", "^^^", "`foo:` opens no block", "blocks follow if elif else for while match select try catch finally fn", ""},
    {"f() = 3", "^^^", "cannot assign to this", "a target is a variable, followed by fields and indices", ""},
    {"xs[0..2] = 3", "^^^^^^^^", "cannot assign to this", "a slice cannot be assigned to", ""},
    {"[1, 2: 3]", "    ^^^^", "an entry of a map among the items of a list", "a map has keys only: `[1: .., \"a\": 2]`", ""},
    {"(x = 1, 2)", "      ^", "an assignment among the items of a tuple", "to name arguments of a call, write `f(a: 1, b: 2)`", ""},
    {"x = a,", "      ^", "expected an expression after `,`", "a line that continues a list begins with `,`", ""},
    {"x.5", "  ^", "expected a name after `.`, found `5`", "items are taken by `[0]`; a number begins with a digit: 0.5", ""},
    {"else: 3", "^^^^", "`else` without an `if`", "an `if ..:` stands before it", ""},
    {"x = catch e: 3", "    ^^^^^", "`catch` without a `try`", "a `try: ..` stands before it", ""},
    // Layout.
    {"if a:\n\tb", "^^^^", "a tab in the indentation", "indent with spaces", "if a:\n    b"},
    {"a\n  b", "  ^", "this line is indented deeper, but nothing opened a block",
     "a block follows `:` or `=>`; a line that continues begins with `|` `.` or `,`", ""},
    {"if a:\n    b\n  c\nd", "  ^", "this line's indentation fits no block around it",
     "the blocks around it begin in columns 1 and 5", ""},
    {"  a\nb", "^", "this line begins further left than the first line",
     "the first line sets the column in which statements begin", ""},
    {"if a:\nb", "    ^", "expected an indented block after `if ..:`",
     "indent the lines that belong to it, or write it on the same line", ""},
    // Brackets.
    {"f(a, b\ng(c)\nh", " ^", "`(` is never closed", "it was opened here: write `)` where it ends", ""},
    {"f([a)", "  ^", "`[` is never closed", "write `]` before this place ends", ""},
    {"f(a]", "   ^", "`]` does not close `(`", "write `)`", "f(a)"},
    {"a)", " ^", "`)` closes nothing", "delete it", "a"},
    {"f(1 2)", "    ^", "expected `,` or `)`, found `2`", "write `,` or `)` before it", ""},
    // Lexemes.
    {"\"abc\\q\"", "    ^^", "`\\q` is no escape", "write `\\\\` for a backslash, or r\"..\" for a text without escapes",
     "\"abc\\\\q\""},
    {"\"\\x4\"", " ^^", "`\\x` needs two hexadecimal digits", "write the byte as \\x41", ""},
    {"\"\\u{110000}\"", " ^^^^^^^^^^", "`\\u` needs a code point in braces", "write it as \\u{1F600}", ""},
    {"b\"\\u{41}\"", "  ^^", "`\\u` is no escape", "escapes here are \\n \\t \\r \\0 \\e \\\\ \\\" \\' \\xHH", "b\"\\\\u{41}\""},
    {"x = \"abc\ny", "    ^^^^", "this string is not closed on its line",
     "write \" where it ends, or use \"\"\" for a text of several lines", ""},
    {"x = \"\"\"abc\ny", "    ^^^", "this string is never closed", "write \"\"\" where it ends", ""},
    {"x = \"a \\(b\ny", "    ^^^^^^", "this string's `\\(` is not closed on its line",
     "write `)` and the closing quote, or use `\"\"\"`", ""},
    {"\"\\()\"", " ^^", "`\\(` `)` holds no expression", "write an expression, or `\\\\(` for the characters", ""},
    {"5foo", " ^^^", "`foo` is no unit",
     "units are ns us ms s min h d and kb mb gb tb kib mib gib tib; a name does not begin with a digit", ""},
    {"9223372036854775808", "^^^^^^^^^^^^^^^^^^^", "this number does not fit into an Int", "an Int goes up to 9223372036854775807", ""},
    {"1e999", "^^^^^", "this number does not fit into a Float", "", ""},
    {"0xfg", "^^^^", "`0xfg` is not a number of base 16", "its digits are 0 to 9 and a to f", ""},
    {".5", "^^", "a number begins with a digit", "write `0.5`", "0.5"},
    {"x = $y", "    ^", "the character `$` has no meaning here", "", ""},
    {"x = \xE2\x80\x9C" "abc\xE2\x80\x9D", "    ^", "the character `\xE2\x80\x9C` (U+201C) does not belong here",
     "strings stand in straight quotes: \" or '", ""},
    {"x = 1\xff", "     ^", "byte 0xff is not UTF-8 text", "outside strings and comments a program is UTF-8", ""},
};

std::string apply(std::string text, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.span.begin > b.span.begin; });
  for (const Edit& edit : edits) text.replace(edit.span.begin, edit.span.end - edit.span.begin, edit.text);
  return text;
}

std::string caret_line(const Diagnostic& diagnostic) {
  std::string text = render(diagnostic, {});
  std::size_t at = text.find('\n', text.find('\n') + 1) + 1;
  std::string line = text.substr(at, text.find('\n', at) - at);
  return line.substr(line.find("| ") + 2);
}

}  // namespace

TEST_CASE("each mistake gets its message, caret, advice and edit") {
  for (const Wrong& wrong : gallery) {
    INFO(wrong.text);
    Parsed parsed = parse_text(wrong.text);
    REQUIRE(!parsed.ok());
    INFO(render(parsed.diagnostics[0], {}));
    const Diagnostic& first = parsed.diagnostics[0];
    CHECK(parsed.diagnostics.size() == 1);
    CHECK(first.message == wrong.message);
    CHECK(first.advice == wrong.advice);
    CHECK(caret_line(first) == wrong.carets);
    CHECK(first.edits.empty() == wrong.fixed.empty());
    if (wrong.fixed.empty()) continue;
    std::string fixed = apply(std::string(wrong.text), first.edits);
    CHECK(fixed == wrong.fixed);
    CHECK(parse_text(fixed).ok());
  }
}

TEST_CASE("one text reports all its errors, each once") {
  Parsed parsed = parse_text(
      "a && b\n"
      "x = = 3\n"
      "fn f(x):\n"
      "  y = xs[1:2]\n"
      "  if y z:\n"
      "    w\n"
      "  else:\n"
      "    v\n"
      "  g(a b)\n"
      "  return 1\n"
      "h(1,\n"
      "  2 3)\n"
      "match x:\n"
      "  1: 2\n"
      "  3 => 4 5\n"
      "ok = f(x =>\n"
      "  q $\n"
      "  r)\n"
      "\"\\q\"\n");
  std::vector<unsigned> lines;
  for (const Diagnostic& diagnostic : parsed.diagnostics)
    lines.push_back(diagnostic.source->position(diagnostic.span.begin).line);
  CHECK(lines == std::vector<unsigned>{1, 2, 4, 5, 9, 12, 14, 15, 17, 19});
}

TEST_CASE("an unclosed bracket hides what stands before it as little as what it is") {
  Parsed parsed = parse_text("a && b\nf(1,\nx = 2\ny = 3\n");
  REQUIRE(parsed.diagnostics.size() == 2);
  CHECK(parsed.diagnostics[0].message == "`&&` is not an operator");
  CHECK(parsed.diagnostics[1].message == "`(` is never closed");
}

TEST_CASE("a bracket's error names where it was opened") {
  Parsed parsed = parse_text("f(1,\n  2\n  3)");
  REQUIRE(parsed.diagnostics.size() == 1);
  REQUIRE(parsed.diagnostics[0].notes.size() == 1);
  CHECK(parsed.diagnostics[0].notes[0].span.begin == 1);
  parsed = parse_text("f(\n a]");
  REQUIRE(parsed.diagnostics.size() == 1);
  REQUIRE(parsed.diagnostics[0].notes.size() == 1);
  CHECK(parsed.diagnostics[0].notes[0].message == "`(` was opened here");
}

TEST_CASE("a text that is no program gets one error") {
  std::string binary(100000, '\0');
  CHECK(parse_text(binary).diagnostics.size() == 1);
  std::string noise;
  std::mt19937 random(7);
  for (int i = 0; i < 100000; ++i) noise += static_cast<char>(random());
  CHECK(parse_text(noise).diagnostics.size() < 200);
  CHECK(!parse_text(noise).ok());
}
