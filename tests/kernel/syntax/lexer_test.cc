// Lexemes: values of literals, escapes, units, interpolation, block strings; what survives in strings.
#include <catch2/catch.hpp>

#include "kernel/syntax/lexer.h"
#include "tests/kernel/syntax/programs.h"

using namespace m31::syntax;
using namespace m31::syntax::testing;

namespace {

// The value of a program that is one string, bytes or number literal.
const Node& literal_of(const Parsed& parsed) {
  REQUIRE(parsed.ok());
  REQUIRE(parsed.tree->root->size() == 1);
  REQUIRE((*parsed.tree->root)[0].is(Kind::expr_stmt));
  return (*parsed.tree->root)[0][0];
}

std::string string_of(std::string_view text) {
  INFO(text);
  Parsed parsed = parse_text(text);
  const Node& node = literal_of(parsed);
  REQUIRE((node.is(Kind::string_lit) || node.is(Kind::bytes_lit)));
  return std::string(node.text);
}

std::int64_t number_of(std::string_view text, Kind kind) {
  INFO(text);
  Parsed parsed = parse_text(text);
  const Node& node = literal_of(parsed);
  REQUIRE(node.kind == kind);
  return node.number;
}

double real_of(std::string_view text) {
  INFO(text);
  Parsed parsed = parse_text(text);
  const Node& node = literal_of(parsed);
  REQUIRE(node.is(Kind::float_lit));
  return node.real;
}

}  // namespace

TEST_CASE("numbers") {
  CHECK(number_of("42", Kind::int_lit) == 42);
  CHECK(number_of("1_000_000", Kind::int_lit) == 1000000);
  CHECK(number_of("0xff", Kind::int_lit) == 255);
  CHECK(number_of("0xFF_ff", Kind::int_lit) == 65535);
  CHECK(number_of("0b1010", Kind::int_lit) == 10);
  CHECK(number_of("0o17", Kind::int_lit) == 15);
  CHECK(number_of("007", Kind::int_lit) == 7);
  CHECK(number_of("9223372036854775807", Kind::int_lit) == INT64_MAX);
  CHECK(number_of("-9223372036854775808", Kind::int_lit) == INT64_MIN);
  CHECK(!parse_text("9223372036854775808").ok());
  CHECK(!parse_text("99999999999999999999999").ok());
  CHECK(real_of("1.5") == 1.5);
  CHECK(real_of("1e3") == 1000);
  CHECK(real_of("2.5e-3") == 0.0025);
  CHECK(real_of("1_0.2_5") == 10.25);
  CHECK(real_of("1e-999") == 0);
  CHECK(!parse_text("1_").ok());
  CHECK(!parse_text("0x").ok());
  CHECK(brief("1..2") == "(range 1 2)");
  CHECK(brief("1.f()") == "(method_call:f 1)");
}

TEST_CASE("units") {
  CHECK(number_of("5s", Kind::duration_lit) == 5'000'000'000);
  CHECK(number_of("250ms", Kind::duration_lit) == 250'000'000);
  CHECK(number_of("3us", Kind::duration_lit) == 3000);
  CHECK(number_of("7ns", Kind::duration_lit) == 7);
  CHECK(number_of("2min", Kind::duration_lit) == 120'000'000'000);
  CHECK(number_of("1.5h", Kind::duration_lit) == 5'400'000'000'000);
  CHECK(number_of("2d", Kind::duration_lit) == 172'800'000'000'000);
  CHECK(number_of("64mb", Kind::int_lit) == 64'000'000);
  CHECK(number_of("4kib", Kind::int_lit) == 4096);
  CHECK(number_of("1kb", Kind::int_lit) == 1000);
  CHECK(number_of("1.5gb", Kind::int_lit) == 1'500'000'000);
  CHECK(number_of("1gib", Kind::int_lit) == 1 << 30);
  CHECK(number_of("1tb", Kind::int_lit) == 1'000'000'000'000);
  CHECK(!parse_text("999999999d").ok());
  CHECK(!parse_text("5seconds").ok());
}

TEST_CASE("strings and escapes") {
  CHECK(string_of("\"a'b\"") == "a'b");
  CHECK(string_of("'a\"b'") == "a\"b");
  CHECK(string_of(R"("\n\t\r\e\\\"\'\x41\u{e9}\u{1F600}")") == "\n\t\r\x1b\\\"'A\xc3\xa9\xf0\x9f\x98\x80");
  CHECK(string_of(R"("a\0b")") == std::string("a\0b", 3));
  CHECK(string_of(R"("\xff\xfe")") == "\xff\xfe");
  CHECK(string_of("\"a\\\nb\"") == "ab");
  CHECK(string_of("r\"a\\n\\(x)\"") == "a\\n\\(x)");
  CHECK(string_of(R"(b"a\x00\xffz")") == std::string("a\0\xffz", 4));
  CHECK(string_of("\"\"") == "");
  for (const char* text : {R"("\q")", R"("\x4g")", R"("\u41")", R"("\u{}")", R"("\u{d800}")", R"("\u{110000}")", R"(b"\u{41}")",
                           "b\"\\(x)\"", "\"a\nb\"", "\"a", "'a"})
    CHECK(parse_text(text).diagnostics.size() >= 1);
}

TEST_CASE("any byte survives in strings and comments") {
  std::string all;
  for (int c = 0; c < 256; ++c)
    if (c != '"' && c != '\\' && c != '\n' && c != '\r') all += static_cast<char>(c);
  CHECK(string_of("\"" + all + "\"") == all);
  CHECK(string_of("r\"" + all + "\"") == all);
  CHECK(string_of("\"\"\"" + all + "\n\"\"\"") == all + "\n");
  CHECK(parse_text("# " + all + "\n1").ok());
}

TEST_CASE("strings of several lines") {
  CHECK(string_of("\"\"\"a\n  b\"\"\"") == "a\n  b");
  CHECK(string_of("\"\"\"a\"b\"\"c\"\"\"") == "a\"b\"\"c");
  CHECK(string_of("\"\"\"\na\nb\n\"\"\"") == "a\nb\n");
  CHECK(string_of("\"\"\"\n    a\n      b\n\n    c\n    \"\"\"") == "a\n  b\n\nc\n");
  CHECK(string_of("\"\"\"\n    a\n  b\n    \"\"\"") == "a\nb\n");
  CHECK(string_of("\"\"\"\n  a\n  b\"\"\"") == "  a\n  b");
  CHECK(string_of("\"\"\"\r\n  a\r\n  \"\"\"") == "a\n");
  CHECK(string_of("\"\"\"\n  a\\n b\n  \"\"\"") == "a\n b\n");
  CHECK(string_of("r'''\n  a\\\n  '''") == "a\\\n");
  CHECK(brief("\"\"\"\n  a \\(x)\n    b \\(y) c\n  \"\"\"") ==
        "(interpolation 'a ' x '\n  b ' y ' c\n')");
}

TEST_CASE("interpolation") {
  CHECK(brief("\"a \\(b + 1) c\"") == "(interpolation 'a ' (+ b 1) ' c')");
  CHECK(brief("'\\(a)\\(b)'") == "(interpolation a b)");
  CHECK(brief("\"\\(f(\"x\", 'y'))\"") == "(interpolation (call f 'x' 'y'))");
  CHECK(brief("\"\\(\"in \\(y)\")\"") == "(interpolation (interpolation 'in ' y))");
  CHECK(brief("\"\\(m[\"k\"])\" + x") == "(+ (interpolation (index m 'k')) x)");
  CHECK(brief("\"\\({a: 1})\"") == "(interpolation (record (record_field:a 1)))");
  for (const char* text : {"\"\\(a\"", "\"\\(a", "\"\\(a b)\"", "\"\\()\"", "\"\\(a]\"", "\"\\((a)\"", "\"\\(\n"}) {
    INFO(text);
    CHECK(parse_text(text).diagnostics.size() == 1);
  }
}

TEST_CASE("names are of letters of any script; reserved words follow a dot and are keys") {
  CHECK(brief("\xce\xb1_1") == "\xce\xb1_1");
  CHECK(brief("\xe4\xb8\xad = 1") == "(= \xe4\xb8\xad 1)");
  CHECK(brief("a.if.match(1)") == "(method_call:match (member:if a) 1)");
  CHECK(brief("{if: 1, type: 2}") == "(record (record_field:if 1) (record_field:type 2))");
  CHECK(brief("None_") == "None_");
  CHECK(!parse_text("if = 1").ok());
  CHECK(!parse_text("a\xcc\x81 b").ok());
  CHECK(parse_text("a\xcc\x81").ok());
}

TEST_CASE("doc comments belong to the definition right below") {
  auto doc_of = [](std::string_view text) {
    Parsed parsed = parse_text(text);
    REQUIRE(parsed.ok());
    return std::string(parsed.tree->root->kids.back()->doc);
  };
  CHECK(doc_of("## One.\n##   Two.  \nfn f(x): x") == "One.\n  Two.");
  CHECK(doc_of("## One.\n\nfn f(x): x") == "");
  CHECK(doc_of("## One.\n\n## Two.\nfn f(x): x") == "Two.");
  CHECK(doc_of("## One.\n# plain\nfn f(x): x") == "");
  CHECK(doc_of("# plain\n## One.\nfn f(x): x") == "One.");
  CHECK(doc_of("a ## no\nfn f(x): x") == "");
  CHECK(doc_of("## T.\ntype T = Int") == "T.");
  CHECK(doc_of("## X.\nx = 1") == "X.");
  CHECK(doc_of("## X.\nx: Int = 1") == "X.");
  CHECK(doc_of("if a:\n  b\n## F.\nfn f(): 1") == "F.");
}

TEST_CASE("brackets always pair, whatever the text") {
  std::mt19937_64 random(std::random_device{}());
  for (int round = 0; round < 500; ++round) {
    std::string text = mutate(programs()[random() % programs().size()], random);
    INFO(text);
    m31::Arena arena;
    auto source = std::make_shared<const Source>("", text);
    Lexed lexed = lex(source, arena);
    if (lexed.fatal) continue;
    std::vector<std::uint32_t> open;
    for (std::uint32_t i = 0; i < lexed.tokens.size(); ++i) {
      const Token& token = lexed.tokens[i];
      if (is_closer(token.kind)) {
        REQUIRE(!open.empty());
        REQUIRE(lexed.tokens[open.back()].match == i);
        open.pop_back();
      }
      if (is_opener(token.kind) || token.kind == Tok::string_middle) open.push_back(i);
    }
    REQUIRE(open.empty());
    REQUIRE(lexed.tokens.back().kind == Tok::end_of_text);
  }
}

TEST_CASE("the dump of tokens is stable") {
  CHECK(dump_tokens(Source("x", "if a:\n  \"b \\(1.5)\" # c\n")) ==
        "1:1 ^word \"if\"\n"
        "1:4  name \"a\"\n"
        "1:5  colon \":\"\n"
        "2:3 ^string_open \"b \"\n"
        "2:8  float_number 1.5\n"
        "2:11  string_close\n"
        "3:1 ^end_of_text\n");
}
