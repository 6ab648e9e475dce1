#include <catch2/catch.hpp>
#include <chrono>
#include <random>
#include <sys/resource.h>

#include "kernel/data/read_text.h"
#include "tests/kernel/data/random_data.h"

using namespace m31;
using data::Datum;
using types::basic;
using types::TypeKind;

namespace {

std::string times(std::size_t count, std::string_view part) {
  std::string text;
  text.reserve(count * part.size());
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

std::string reread(std::string_view text) {
  auto found = data::read_text(text, {});
  return found ? data::show(found->type, found->value) : "refused: " + found.error();
}

std::size_t peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

// A time that only something far out of proportion takes, also on a machine that is busy with other things.
constexpr auto time_max = std::chrono::seconds(20);

}  // namespace

TEST_CASE("random values of random types are what their text says") {
  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  tests::RandomData random(seed);
  int read_count = 0;
  for (int round = 0; round < 3000; ++round) {
    const types::Type* type = random.type();
    Datum value = random.value(type);
    std::string text = data::show(type, value);
    if (text.size() > data::read_text_bytes_max) continue;
    INFO(types::show(type) << " " << text);
    auto back = data::read_text(text, {}, type);
    // A constructor inside an Any is known by its name only, and none was named.
    if (!back && types::show(type).find("Any") != std::string::npos &&
        (text.find("Leaf(") != std::string::npos || text.find("Node(") != std::string::npos))
      continue;
    INFO((back ? "" : back.error()));
    REQUIRE(back.has_value());
    REQUIRE(back->type == type);
    REQUIRE(data::show(type, back->value) == text);
    // What an Any or a union holds is told by its text alone: [] may be any of several lists.
    std::string shown = types::show(type);
    if (shown.find("Any") == std::string::npos && shown.find('|') == std::string::npos && shown.find("RandomTree") == std::string::npos)
      REQUIRE(data::equal(back->value, value));
    ++read_count;
  }
  REQUIRE(read_count > 1000);
}

TEST_CASE("without a type a text has the type that a program would give it") {
  auto type_of = [](std::string_view text) {
    auto found = data::read_text(text, {});
    return found ? types::show(found->type) : found.error();
  };
  CHECK(type_of("1") == "Int");
  CHECK(type_of("[1, 2.5]") == "List[Float | Int]");
  CHECK(type_of("[1, None]") == "List[Int?]");
  CHECK(type_of("[1, \"a\"]") == "List[Int | String]");
  CHECK(type_of("[]") == "List[Any]");
  CHECK(type_of("{a: 1, b: [True]}") == "{a: Int, b: List[Bool]}");
  CHECK(type_of("[\"k\": (1, 2s)]") == "Map[String, (Int, Duration)]");
  CHECK(type_of("0..10") == "Range");
  CHECK(reread("-9223372036854775808") == "-9223372036854775808");
  CHECK(reread("-Float.inf") == "-Float.inf");
  CHECK(reread("b\"\\xff\"") == "b\"\\xff\"");
}

TEST_CASE("declared types are read by their constructors' names") {
  types::TypeDecl wanted;
  wanted.name = "shapes.Shape";
  wanted.module = "shapes";
  wanted.fingerprint = {31, 77};
  wanted.is_sum = true;
  const types::Type* shape = types::named_of(types::declare(wanted), {});
  std::string_view fields[] = {"w", "h"};
  const types::Type* parts[] = {basic(TypeKind::float_), basic(TypeKind::float_)};
  types::Constructor constructors[] = {{"Dot", {}, {}}, {"Rect", fields, parts}};
  types::set_constructors(shape, constructors);
  auto found = data::read_text("shapes.Rect(h: 2.0, w: 1.0)", std::span(&shape, 1));
  REQUIRE(found.has_value());
  CHECK(data::show(found->type, found->value) == "shapes.Rect(w: 1.0, h: 2.0)");
  CHECK(data::read_text("[shapes.Dot()]", std::span(&shape, 1)).has_value());
  for (std::string_view bad : {"Dot()", "shapes.Rect(1.0)", "shapes.Rect(1.0, 2.0, 3.0)", "shapes.Rect(1.0, w: 2.0)", "shapes.Rect(1.0, \"a\")",
                               "shapes.Dot", "shapes.Ball()"})
    CHECK_FALSE(data::read_text(bad, std::span(&shape, 1)).has_value());
}

TEST_CASE("texts that are no value are refused, and say where") {
  // Effects, names, operators, statements, handles, halves of things.
  const char* corpus[] = {
      "print(1)", "print", "fs.spaces()", "host.read(\"/etc/passwd\")", "host.write(\"x\", \"y\")", "sh(\"rm -rf /\")", "stdin", "sys.spawn(f, [])",
      "spawn f()", "import fs", "http.req(\"//example.org\")", "PARENT.send(1)", "exit()", ":exit", "x", "x.y", "x[0]", "[x]", "{a}", "{...r}", "[...xs]",
      "f(1)", "1 + 2", "-\"a\"", "not True", "1 == 1", "a or b", "1 ?? 2", "x => x", "(x, y) => 1", "fn f(): 1", ".name", "(+)", "if True: 1 else: 2",
      "match 1: _ => 2", "for i in 0..3: i", "while True: 1", "[i for i in 0..9]", "[1, 2] | map(f)", "\"\\(print(1))\"", "'\\(1)'", "raise 1",
      "return 1", "try: 1\ncatch e: 2", "move x", "chan(Int)", "select: after 1s => 1", "x = 1", "x: Int = 1", "type T = A()", "1; 2", "1\n2", "",
      "   ", "# nothing", "<chan /chan/7>", "[<fn main>]", "<stream /stream/1>", "{a: <fn f>}", "Int", "{a: Int}", "Int.parse(\"1\")", "Float.max",
      "(", "[1, 2", "{a: 1", "\"open", "b\"\\q\"", "1..", "..1", "0..\"a\"", "[1: 2, 3]", "{a: 1, a: 2}", "[[1]: 2", "99999999999999999999",
      "\xff\xfe", "\x01", "[1,,2]", "{1: 2}", "Any", "None()", "True(1)", "5q", "1e999999", "--1", "- -1", "Float.nan()", "errors.Nothing()"};
  for (const char* text : corpus) {
    INFO(text);
    auto found = data::read_text(text, {});
    if (found) FAIL_CHECK("read as " << types::show(found->type) << " " << data::show(found->type, found->value));
    else CHECK_FALSE(found.error().empty());
  }
}

TEST_CASE("hostile texts are refused in bounded time and memory") {
  [[maybe_unused]] const std::size_t before_bytes = peak_bytes();   // sanitizers have their own
  const std::string hostile[] = {
      times(1'000'000, "["), times(1'000'000, "("), times(1'000'000, "{a:"), times(300'000, "[") + times(300'000, "]"),
      times(1'000'000, "-") + "1", times(200'000, "[1: ") + "2", times(1'000'000, "f("), times(500'000, "x."), times(300'000, "1 + ") + "1",
      times(600'000, "x=>"), times(5'000'000, "1,"), "\"" + times(400'000, "\\("), times(900'000, "\n ["), times(1'000'000, "\""),
      times(500'000, "if "), times(300'000, "'\\(\""), times(2'000'000, ";"), times(2'000'000, "|"), std::string(3'000'000, '\0')};
  for (const std::string& text : hostile) {
    INFO(text.substr(0, 20) << " .. " << text.size());
    const auto began = std::chrono::steady_clock::now();
    CHECK_FALSE(data::read_text(text, {}).has_value());
    CHECK(std::chrono::steady_clock::now() - began < time_max);
  }
  // Types that do not end: each list has another type than the one before.
  std::string shapes = "[";
  for (int i = 0; i < 30'000; ++i) shapes += "{f" + std::to_string(i) + ": 1}, ";
  auto found = data::read_text(shapes + "1]", {});
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().find("too many different shapes") != std::string::npos);
  // A union inside a union inside a union: every level may be tried in two ways.
  const types::Type* type = basic(TypeKind::int_);
  std::string text = "\"no\"";
  for (int level = 0; level < 11; ++level) {
    const types::Type* pair[] = {types::list_of(type), types::map_of(basic(TypeKind::int_), type)};
    const types::Type* other[] = {types::list_of(types::union_of(pair)), pair[0]};
    type = types::union_of(other);
    text = "[" + text + "]";
  }
  const auto began = std::chrono::steady_clock::now();
  CHECK_FALSE(data::read_text(text, {}, type).has_value());
  CHECK(std::chrono::steady_clock::now() - began < time_max);
#ifndef __SANITIZE_ADDRESS__
  CHECK(peak_bytes() - before_bytes < std::size_t{2} << 30);
#endif
  CHECK(data::read_text(std::string(data::read_text_bytes_max + 1, ' '), {}).error().find("too long") != std::string::npos);
}
