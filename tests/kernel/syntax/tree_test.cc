// What trees the constructs give: precedence, calls, functions, patterns, types, statements.
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

}  // namespace

TEST_CASE("precedence, loosest first") {
  check({
      {"a | f or b", "error: an operator right of `|`"},
      {"a or b | f", "(pipe (or a b) f)"},
      {"a or b and c", "(or a (and b c))"},
      {"not a and b", "(and (not a) b)"},
      {"not a == b", "(not (== a b))"},
      {"a == b ?? c", "(== a (\?\? b c))"},
      {"a ?? b ?? c", "(\?\? a (\?\? b c))"},
      {"a ?? b .. c", "(\?\? a (range b c))"},
      {"a + 1 .. b", "(range (+ a 1) b)"},
      {"0 ..= 10", "(range#1 0 10)"},
      {"a + b * c", "(+ a (* b c))"},
      {"a - b - c", "(- (- a b) c)"},
      {"a * -b", "(* a (- b))"},
      {"-a ** b", "(- (** a b))"},
      {"a ** -b ** c", "(** a (- (** b c)))"},
      {"-a.b", "(- (member:b a))"},
      {"a < b", "(< a b)"},
      {"a < b <= c", "(compare_chain a (< b) (<= c))"},
      {"a not in b", "(not in a b)"},
      {"a in b == c", "(compare_chain a (in b) (== c))"},
      {"a +% b *% c", "(+% a (*% b c))"},
      {"x => a | f", "(lambda (param:x - - -) (pipe a f))"},
      {"a ?? x => b | f", "(\?\? a (lambda (param:x - - -) (pipe b f)))"},
  });
}

TEST_CASE("calls, members, pipes") {
  check({
      {"f(1, b: 2, ...c)", "(call f 1 (named_arg:b 2) (spread c))"},
      {"x.f(a)", "(method_call:f x a)"},
      {"x?.f(a)", "(method_call:f#1 x a)"},
      {"(x.f)(a)", "(call (member:f x) a)"},
      {"x?.f", "(safe_member:f x)"},
      {"x.f", "(member:f x)"},
      {"x[1]", "(index x 1)"},
      {"x[1, 2]", "(index x 1 2)"},
      {"x[1..2]", "(slice x 1 2)"},
      {"x[..=2]", "(slice#1 x - 2)"},
      {"x[a + 1..]", "(slice x (+ a 1) -)"},
      {"T?", "(optional T)"},
      {"x | f(a)", "(pipe x (call f a))"},
      {"x | e.f(a)", "(pipe x (method_call:f e a))"},
      {"x | (f(a))", "(pipe x (call f a))"},
      {".a", "(field_fn:a (member:a it))"},
      {".a.b(1)[2]", "(field_fn:a (index (method_call:b (member:a it) 1) 2))"},
      {".a + 1", "(+ (field_fn:a (member:a it)) 1)"},
      {"(+)", "(operator_name:+)"},
      {"spawn f(1)", "(spawn (call f 1))"},
      {"move x.y", "(move (member:y x))"},
  });
  // A bracketed callee is a value; an unbracketed call takes the piped value as its first argument.
  Parsed bare = parse_text("x | f(a)"), bracketed = parse_text("x | (f(a))");
  REQUIRE((bare.ok() && bracketed.ok()));
  CHECK((*bare.tree->root)[0][0][1].is(Kind::call));
  CHECK((*bracketed.tree->root)[0][0][1].is(Kind::block));
}

TEST_CASE("collections") {
  check({
      {"[1, ...a]", "(list 1 (spread a))"},
      {"[1: 2, ...a]", "(map (map_entry 1 2) (spread a))"},
      {"[:]", "(map)"},
      {"{a, b: 1, ...c}", "(record (record_field:a a) (record_field:b 1) (spread c))"},
      {"()", "(tuple)"},
      {"[x for x in a if b for y in x]",
       "(comprehension x (for_clause (pat_bind:x -) a) (if_clause b) (for_clause (pat_bind:y -) x))"},
      {"[k: v for k, v in m]", "(comprehension (map_entry k v) (for_clause (pat_tuple (pat_bind:k -) (pat_bind:v -)) m))"},
  });
}

TEST_CASE("functions") {
  check({
      {"fn f[T](var a: T, b = 1, (c, d)) -> T? uses {x}: a",
       "(fn:f (type_params T) (param_list (param:a#1 - T -) (param:b 1 - -) "
       "(param - - (pat_tuple (pat_bind:c -) (pat_bind:d -)))) (type_optional T) (record (record_field:x x)) a)"},
      {"fn +(a, b): a", "(fn:+ - (param_list (param:a - - -) (param:b - - -)) - - a)"},
      {"() => 1", "(lambda 1)"},
      {"(x: Int, y = 2) => x", "(lambda (param:x - Int -) (param:y 2 - -) x)"},
  });
}

TEST_CASE("statements") {
  check({
      {"x += 1", "(+= x 1)"},
      {"x +%= 1", "(+%= x 1)"},
      {"m[\"k\"].a = 1", "(= (member:a (index m 'k')) 1)"},
      {"a, b = c", "(multi_assign a b c)"},
      {"(a, b) = c", "(multi_assign a b c)"},
      {"x = 1, 2", "(= x (tuple 1 2))"},
      {"x: List[Int]? = e", "(typed_assign x (type_optional (List Int)) e)"},
      {"import a.b, c", "(import a.b c)"},
      {"return", "(return -)"},
      {"return 1, 2", "(return (tuple 1 2))"},
      {"raise E(1)", "(raise (call E 1))"},
  });
  // Definitions and jumps stand bare, other expressions are wrapped.
  Parsed parsed = parse_text("fn f(): 1\nimport a\nif a: b\nx\nreturn\n");
  REQUIRE(parsed.ok());
  const Node& root = *parsed.tree->root;
  CHECK(root[0].is(Kind::fn));
  CHECK(root[1].is(Kind::import));
  CHECK(root[4].is(Kind::return_));
  CHECK(root[3].is(Kind::expr_stmt));
  CHECK(root[2].is(Kind::expr_stmt));
  // One-line bodies are blocks.
  CHECK(root[0][4].is(Kind::block));
  CHECK(root[2][0][1].is(Kind::block));
}

TEST_CASE("patterns") {
  auto pattern = [](std::string_view text) {
    std::string tree = brief("match x: " + std::string(text) + " => y");
    std::size_t begin = tree.find("(arm ");
    return begin == std::string::npos ? tree : tree.substr(begin + 5, tree.size() - begin - 5 - 6);
  };
  CHECK(pattern("_") == "_");
  CHECK(pattern("a") == "(pat_bind:a -)");
  CHECK(pattern("a: Int | None") == "(pat_bind:a (type_union Int None))");
  CHECK(pattern("(a: Int) | None") == "(pat_or (pat_bind:a Int) (pat_lit None))");
  CHECK(pattern("_: Int") == "(pat_bind:_ Int)");
  CHECK(pattern("A") == "(pat_const A)");
  CHECK(pattern("a.B") == "(pat_const (member:B a))");
  CHECK(pattern("a.B(c)") == "(pat_ctor (member:B a) (pat_bind:c -))");
  CHECK(pattern("B(c: d, 1)") == "(pat_ctor B (pat_field:c (pat_bind:d -)) (pat_lit 1))");
  CHECK(pattern("{a, b: 1, ...r}") == "(pat_record (pat_field:a (pat_bind:a -)) (pat_field:b (pat_lit 1)) (pat_rest:r))");
  CHECK(pattern("{a: n: Int}") == "(pat_record (pat_field:a (pat_bind:n Int)))");
  CHECK(pattern("[a, ..._, b]") == "(pat_list (pat_bind:a -) (pat_rest) (pat_bind:b -))");
  CHECK(pattern("(a, 1 | 2)") == "(pat_tuple (pat_bind:a -) (pat_or (pat_lit 1) (pat_lit 2)))");
  CHECK(pattern("-5 | 1.5 | \"s\" | True") == "(pat_or (pat_lit -5) (pat_lit (float_lit)) (pat_lit 's') (pat_lit (bool_lit#1)))");
  CHECK(pattern("A: Int") == "error: a capitalised name never binds");
  CHECK(pattern("[...a, ...b]") == "error: a second `...` in one pattern");
  CHECK(brief("try: a catch e: b catch (e: T): c catch T(x) if d: f catch: g") ==
        "(try a (catch (pat_bind:e -) - b) (catch (pat_bind:e T) - c) (catch (pat_ctor T (pat_bind:x -)) d f) (catch - - g) -)");
}

TEST_CASE("types") {
  auto type = [](std::string_view text) {
    std::string tree = brief("x: " + std::string(text) + " = 0");
    return tree.starts_with("(typed_assign x ") ? tree.substr(16, tree.size() - 16 - 3) : tree;
  };
  CHECK(type("a.b.C") == "a.b.C");
  CHECK(type("Map[K, List[V]]") == "(Map K (List V))");
  CHECK(type("A | B?") == "(type_union A (type_optional B))");
  CHECK(type("A??") == "(type_optional (type_optional A))");
  CHECK(type("(A | B)?") == "(type_optional (type_union A B))");
  CHECK(type("{a: A, \"b\": B}") == "(type_record (type_field:a A) (type_field:b B))");
  CHECK(type("()") == "(type_tuple)");
  CHECK(type("(A, B)") == "(type_tuple A B)");
  CHECK(type("fn(A, B) -> C uses {d} | E") == "(type_union (type_fn#1 A B C (record (record_field:d d))) E)");
  CHECK(brief("type S[T] = A(x: T) | B() | Int") ==
        "(type_decl:S (type_params T) (type_ctor:A (type_field:x T)) (type_ctor:B) Int)");
}

TEST_CASE("the dump of a tree is stable") {
  CHECK(dump_of("## Doc.\nfn f(x): x + 1.5\n") ==
        "program\n"
        "  fn \"f\" doc \"Doc.\"\n"
        "    none\n"
        "    param_list\n"
        "      param \"x\"\n"
        "        none\n"
        "        none\n"
        "        none\n"
        "    none\n"
        "    none\n"
        "    block\n"
        "      expr_stmt\n"
        "        binary \"+\"\n"
        "          name \"x\"\n"
        "          float_lit 1.5\n");
}

TEST_CASE("spans cover what was written") {
  Parsed parsed = parse_text("x = f(a) + g | h(1)\nif a: b\n");
  REQUIRE(parsed.ok());
  const Node& root = *parsed.tree->root;
  auto text = [&](const Node& node) { return parsed.tree->source->text().substr(node.span.begin, node.span.end - node.span.begin); };
  CHECK(text(root[0]) == "x = f(a) + g | h(1)");
  CHECK(text(root[0][1]) == "f(a) + g | h(1)");
  CHECK(text(root[0][1][0]) == "f(a) + g");
  CHECK(text(root[0][1][0][0]) == "f(a)");
  CHECK(text(root[1][0]) == "if a: b");
  CHECK(text(root[1][0][1]) == "b");
}
