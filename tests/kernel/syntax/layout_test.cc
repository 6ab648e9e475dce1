// The rules of layout and of one-line forms, one by one.
#include <catch2/catch.hpp>

#include "tests/kernel/syntax/programs.h"

using namespace m31::syntax;
using namespace m31::syntax::testing;

namespace {

struct Case {
  std::string_view text, tree;
};

void check(std::initializer_list<Case> cases) {
  for (const Case& each : cases) {
    INFO(each.text);
    CHECK(brief(each.text) == each.tree);
  }
}

// Both are the same program.
void same(std::string_view one, std::string_view other) {
  INFO(one << "\n-- and --\n" << other);
  std::string tree = brief(one);
  CHECK(tree.substr(0, 6) != "error:");
  CHECK(tree == brief(other));
}

}  // namespace

TEST_CASE("`;` continues the innermost block that begins its statement") {
  check({
      {"a; b", "a; b"},
      {"a; b;", "a; b"},
      {"if a: b; c", "(if a (block b c) -)"},
      {"if a: b; c else: d; e", "(if a (block b c) (block d e))"},
      {"for x in xs: f(x); g(x)", "(for (pat_bind:x -) xs (block (call f x) (call g x)))"},
      {"while a: b; c;", "(while a (block b c))"},
      {"if a: if b: c; d", "(if a (if b (block c d) -) -)"},
      {"try: a; b catch e: c; d finally: f; g", "(try (block a b) (catch (pat_bind:e -) - (block c d)) (block f g))"},
      {"fn sq(x): x*x; y", "(fn:sq - (param_list (param:x - - -)) - - (block (* x x) y))"},
  });
}

TEST_CASE("an operand's branches, a lambda's body and an arm are one statement") {
  check({
      {"inc = x => x+1; 3 | inc", "(= inc (lambda (param:x - - -) (+ x 1))); (pipe 3 inc)"},
      {"x = if c: 1 else: 2; x", "(= x (if c 1 2)); x"},
      {"x = not if a: b; c", "(= x (not (if a b -))); c"},
      {"f(if a: b; c)", "error: expected `,` or `)`, found `;`"},
      {"match x: 1 => if a: b else: c; _ => d",
       "(match x (arm (pat_lit 1) - (if a b c)) (arm _ - d))"},
      {"y = match x: 1 => a; _ => b; z", "error: expected `=>` after the pattern, found the end of the text"},
      {"for x in xs: match x: 1 => a; _ => b", "(for (pat_bind:x -) xs (match x (arm (pat_lit 1) - a) (arm _ - b)))"},
      {"if a: match x: 1 => b; _ => c else: d", "(if a (match x (arm (pat_lit 1) - b) (arm _ - c)) d)"},
      {"x = if c: if d: 1 else: 2; y", "(= x (if c (if d 1 2) -)); y"},
      {"match x: 1 => match y: 2 => a; 3 => b", "(match x (arm (pat_lit 1) - (match y (arm (pat_lit 2) - a) (arm (pat_lit 3) - b))))"},
  });
}

TEST_CASE("brackets group statements and end the blocks in them") {
  check({
      {"(fn sq(x): x*x); 0..10 | map(sq)",
       "(fn:sq - (param_list (param:x - - -)) - - (* x x)); (pipe (range 0 10) (call map sq))"},
      {"x => (a; b)", "(lambda (param:x - - -) (block a b))"},
      {"(if a: b; c)", "(if a (block b c) -)"},
      {"((if a: b); c)", "(block (if a b -) c)"},
      {"(match x: 1 => a; _ => b); c", "(match x (arm (pat_lit 1) - a) (arm _ - b)); c"},
      {"(a)", "a"},
      {"(a,)", "(tuple a)"},
      {"((a, b))", "(tuple a b)"},
      {"(x = 3)", "(= x 3)"},
  });
}

TEST_CASE("a comma inside brackets ends every block opened there") {
  check({
      {"f(if a: b, c)", "(call f (if a b -) c)"},
      {"[x => x, 1]", "(list (lambda (param:x - - -) x) 1)"},
      {"f(x =>\n  g(x)\n  x, 3)", "(call f (lambda (param:x - - -) (block (call g x) x)) 3)"},
      {"f(x =>\n  a, b = x\n  a, 3)",
       "(call f (lambda (param:x - - -) (block (multi_assign a b x) a)) 3)"},
      {"f(x =>\n  if a:\n    b, 3)", "(call f (lambda (param:x - - -) (if a b -)) 3)"},
      {"a, b", "(tuple a b)"},
      {"f = x => x, 1", "(= f (lambda (param:x - - -) (tuple x 1)))"},
      {"if a: b, c", "(if a (tuple b c) -)"},
      {"f(\n  1\n  , 2)", "(call f 1 2)"},
  });
}

TEST_CASE("lines that continue") {
  check({
      {"a +\nb", "(+ a b)"},
      {"x =\n  1", "(= x 1)"},
      {"a\n| f\n| g", "(pipe (pipe a f) g)"},
      {"a\n  .f()\n  ?.g", "(safe_member:g (method_call:f a))"},
      {"a\n, b", "(tuple a b)"},
      {"x = a and\n    b", "(= x (and a b))"},
      {"if a:\n  b\n  | f\n| g", "(pipe (if a (pipe b f) -) g)"},
      {"if a:\n  b\nelse:\n  c\n| f", "(pipe (if a b c) f)"},
      {"for x in xs:\n  if a:\n    b\n  | f", "(for (pat_bind:x -) xs (pipe (if a b -) f))"},
      {"a\n-b", "a; (- b)"},
      {"a\n(b)", "a; b"},
      {"a\n[b]", "a; (list b)"},
      {"a |\nf", "(pipe a f)"},
      {"a\n# between\n\n| f", "(pipe a f)"},
  });
  CHECK(brief("a\n  | f\n  .g()") == "error: a line that begins with `.` after one that begins with `|`");
  CHECK(brief("(a\n  | f\n  .g())") == "(pipe a (method_call:g f))");
  CHECK(brief("a\n  b") == "error: this line is indented deeper, but nothing opened a block");
  CHECK(brief("a,\nb") == "error: expected an expression after `,`");
}

TEST_CASE("inside brackets newlines vanish, except in a block opened there") {
  check({
      {"f\n(a)", "f; a"},
      {"(f\n(a))", "(call f a)"},
      {"(f(x =>\n  a\n  (b)\n  [c]))", "(call f (lambda (param:x - - -) (block a b (list c))))"},
      {"[\n a,\nb\n]", "(list a b)"},
      {"{a:\n 1}", "(record (record_field:a 1))"},
      {"[1:\n 2]", "(map (map_entry 1 2))"},
      {"(if a:\n  b\nelse:\n  c)", "(if a b c)"},
      {"(if a:\n  b\n      else: c)", "(if a b c)"},
      {"f(x =>\n a\n    )", "(call f (lambda (param:x - - -) a))"},
      {"f(x =>\n a\n    , b)", "(call f (lambda (param:x - - -) a) b)"},
      {"f(x =>\n\n  # note\n  a\n)", "(call f (lambda (param:x - - -) a))"},
  });
}

TEST_CASE("a block is deeper than the block around it, not than the bracket's line") {
  check({
      {"fn f(x):\n        g(a, y =>\n   y)", "error: expected an indented block after `=>`"},
      {"g(a, b, c,\n          y =>\n  y)", "(call g a b c (lambda (param:y - - -) y))"},
      {"if a:\nb", "error: expected an indented block after `if ..:`"},
      {"if a:\n  if b:\n  c", "error: expected an indented block after `if ..:`"},
      {"if a:\n    b\n  c", "error: this line's indentation fits no block around it"},
      {"  a\n  b", "a; b"},
      {"  a\nb", "error: this line begins further left than the first line"},
  });
}

TEST_CASE("`else` and `catch`: the innermost on the same line, the column's on their own") {
  check({
      {"if a: if b: c else: d", "(if a (if b c d) -)"},
      {"if a: if b: c\nelse: d", "(if a (if b c -) d)"},
      {"if a: if b: c\n      else: d", "(if a (if b c d) -)"},
      {"x = if a: b\nelse: c", "(= x (if a b c))"},
      {"if a:\n  if b:\n    c\nelse:\n  d", "(if a (if b c -) d)"},
      {"if a:\n  if b:\n    c\n  else:\n    d", "(if a (if b c d) -)"},
      {"if a: b\n  else: c", "error: no `if` begins in the column of this `else`"},
      {"try: try: a catch e: b\ncatch f: c",
       "(try (try a (catch (pat_bind:e -) - b) -) (catch (pat_bind:f -) - c) -)"},
      {"for x in xs: if a: b\nelse: c", "error: no `if` begins in the column of this `else`"},
      {"match x:\n  1 => if a: b\n       else: c", "(match x (arm (pat_lit 1) - (if a b c)))"},
      {"a\nelse: b", "error: no `if` begins in the column of this `else`"},
  });
}

TEST_CASE("one line and many lines are the same program") {
  same("if a: b; c", "if a:\n  b\n  c");
  same("fn f(x): y = x; y", "fn f(x):\n  y = x\n  y");
  same("match x: 1 => a; _ => b", "match x:\n  1 => a\n  _ =>\n    b");
  same("try: a catch e: b finally: c", "try:\n  a\ncatch e:\n  b\nfinally:\n  c");
  same("xs | map(x => (y = x; y))", "xs | map(x =>\n  y = x\n  y)");
  same("select: x = r.recv() => a; after 5s => b", "select:\n  x = r.recv() => a\n  after 5s => b");
}

TEST_CASE("line ends, marks and blanks do not matter") {
  same("a\r\nb\r\n", "a\nb");
  same("\xEF\xBB\xBF" "a", "a");
  same("a   \n\n\n   \nb # c", "a\nb");
  same("a\n\t# a tab before a comment\n\t\nb", "a\nb");
  same("f(\n\ta,\n\tb)", "f(a, b)");
}

TEST_CASE("a command stands at the beginning of a line") {
  CHECK(brief(":enter box") == "(command:enter box)");
  CHECK(brief("a\n:exit\nb") == "a; (command:exit); b");
  CHECK(brief(":type f(x), 3") == "(command:type (call f x) 3)");
  CHECK(brief("a; :exit") == "error: expected an expression, found `:`");
}

TEST_CASE("a guard, an operation and a timeout leave `=>` to the arm") {
  CHECK(brief("match x: y if a => b") == "(match x (arm (pat_bind:y -) a b))");
  CHECK(brief("match x: y if (a => b) => c") == "(match x (arm (pat_bind:y -) (lambda (param:a - - -) b) c))");
  CHECK(brief("select: s.send(v) => a; after t => b") ==
        "(select (select_arm - (method_call:send s v) a) (select_arm#1 - t b))");
  CHECK(brief("select: after(5) => b") == "(select (select_arm#1 - 5 b))");
}
