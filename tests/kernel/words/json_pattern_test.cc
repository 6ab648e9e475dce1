#include "kernel/words/json_pattern.h"

#include <catch2/catch.hpp>

#include <optional>

#include "kernel/data/json_events.h"
#include "tests/kernel/words/naive.h"

namespace words = m31::words;
namespace types = m31::types;
using State = words::Cell::State;

namespace {

constexpr std::string_view names[] = {"a", "b", "key"};

// {a: Any, b: Any, key: Any}: what is found is not judged.
words::RowShape shape() {
  const std::vector<const types::Type*> fields(std::size(names), types::basic(types::TypeKind::any));
  return *words::RowShape::of(types::record_of(names, fields));
}

struct Value {
  State state = State::absent;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  bool operator==(const Value&) const = default;
};

// What JSON's parser finds in a line; `plain`: an object without objects or lists in it.
struct Parsed final : m31::data::JsonEvents {
  std::vector<Value> values = std::vector<Value>(std::size(names));
  bool plain = true;
  void none() override { put({State::none}); }
  void boolean(bool value) override { put({State::boolean, value}); }
  void integer(std::int64_t value) override { put({State::integer, value}); }
  void real(double value) override { put({State::real, 0, value}); }
  void text(std::string_view value) override { put({State::text, 0, 0, std::string(value)}); }
  void begin_object() override { plain = plain && level++ == 0; }
  void begin_list() override { plain = false; }
  void key(std::string_view name) override {
    const auto* found = std::find(std::begin(names), std::end(names), name);
    at = found == std::end(names) ? -1 : static_cast<int>(found - names);
  }
  void end_object() override {}
  void end_list() override {}

 private:
  void put(const Value& value) {
    if (level == 0) plain = false;
    if (at >= 0) values[static_cast<size_t>(at)] = value;
  }
  int level = 0, at = -1;
};

std::optional<std::vector<Value>> parse(std::string line) {
  Parsed parsed;
  if (!m31::data::read_json(line.data(), line.size(), parsed) || !parsed.plain) return std::nullopt;
  return parsed.values;
}

std::optional<std::vector<Value>> match(const words::JsonPattern& pattern, const std::string& line) {
  std::vector<words::Cell> cells(std::size(names));
  if (!pattern.known() || !pattern.match(line, cells)) return std::nullopt;
  std::vector<Value> values;
  for (const words::Cell& cell : cells) {
    Value& value = values.emplace_back();
    value.state = cell.state;
    if (cell.state == State::integer || cell.state == State::boolean) value.integer = cell.integer;
    if (cell.state == State::real) value.real = cell.real;
    if (cell.state == State::text) value.text = cell.text;
  }
  return values;
}

std::string random_scalar(std::mt19937_64& random) {
  static constexpr std::string_view some[] = {
      "0", "-0", "7", "-12", "123456789012345678", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "007", "1.5", "-0.25",
      "1.", ".5", "1e3", "1E+400", "2.5e-1", "3.141592653589793238462643", "-", "+1", "true", "false", "null", "nul", "\"\"", "\"text\"",
      "\"a longer text, of more than sixteen bytes\"", "\"es\\\"caped\"", "\"\\u00e4\"", "\"\\ud800\"", "\"\xc3\xa4 \xff\"", "\"tab\t\"", "\"open",
      "[1]", "{}", "\"x\"y", "12 ", " 12", "NaN", "1.25", "80000000000000000000.5"};
  if (random() % 4 == 0) return std::to_string(static_cast<std::int64_t>(random()) >> random() % 60);
  return std::string(some[random() % std::size(some)]);
}

}  // namespace

TEST_CASE("a line that matches a pattern is read as JSON's parser reads it") {
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  size_t matched = 0;
  for (int round = 0; round < 3000; ++round) {
    // A template of a line: keys and spacing stay, values come anew for each line.
    const size_t places = random() % 5;
    static constexpr std::string_view keys[] = {"a", "b", "key", "other", "a key of more than sixteen bytes", "", "\\u0061", "k\xc3\xa4"};
    std::vector<std::string> before;
    const auto blank = [&] { return std::string(random() % 4 ? 0 : 1 + random() % 2, random() % 8 ? ' ' : '\t'); };
    for (size_t i = 0; i < places; ++i)
      before.push_back(blank() + (i ? "," : "{") + blank() + "\"" + std::string(keys[random() % std::size(keys)]) + "\"" + blank() + ":" + blank());
    const std::string end = blank() + (places ? "}" : "{ }") + blank();
    words::JsonPattern pattern;
    for (int line_number = 0; line_number < 12; ++line_number) {
      std::string line;
      for (const std::string& text : before) line += text + random_scalar(random);
      line += end;
      if (random() % 6 == 0 && !line.empty()) line[random() % line.size()] = static_cast<char>(random() % 256);
      if (random() % 12 == 0) line.resize(random() % (line.size() + 1));
      INFO("seed " << seed << " round " << round << " line " << line);
      const auto expected = parse(line);
      const auto found = match(pattern, line);
      if (found) {
        REQUIRE(expected);
        REQUIRE(*found == *expected);
        ++matched;
      } else if (expected) {
        pattern.learn(line, shape());
        if (pattern.known()) REQUIRE(match(pattern, line) == expected);
      }
    }
  }
  CHECK(matched > 500);
}

TEST_CASE("a pattern takes other values and no other text") {
  words::JsonPattern pattern;
  pattern.learn(R"({"a": 1, "other": "x", "b": 2.5})", shape());
  REQUIRE(pattern.known());
  const auto values = match(pattern, R"({"a": "one", "other": null, "b": -30})");
  REQUIRE(values);
  CHECK((*values)[0].text == "one");
  CHECK((*values)[1].integer == -30);
  CHECK((*values)[2].state == State::absent);
  for (const char* other : {R"({"a": 1, "other": "x", "b": 2.5)", R"({"a": 1, "other": "x", "b": 2.5}})", R"({"a": 1, "other": "x", "c": 2.5})",
                            R"({"a":1, "other": "x", "b": 2.5})", R"({"a": 1e1, "other": "x", "b": 2.5})", R"({"a": 1, "other": "\n", "b": 2.5})",
                            R"({"a": [], "other": "x", "b": 2.5})", "", "{"})
    CHECK_FALSE(match(pattern, other));
  // What a pattern cannot hold is not learnt.
  for (const char* line : {R"({"a": {"b": 1}})", R"({"\u0061": 1})", R"({"a": "\n"})", "[1]", "17"}) {
    pattern.learn(line, shape());
    CHECK_FALSE(pattern.known());
  }
}
