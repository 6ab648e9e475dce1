#include "runtime/drivers/write_buffer.h"

#include <catch2/catch.hpp>
#include <ctime>
#include <map>
#include <random>
#include <set>

#include "tests/kernel/data/random_data.h"

using namespace m31;
using data::Datum;
using runtime::Flush;
using runtime::WriteBuffer;

namespace {

const types::Type* int_type() { return types::basic(types::TypeKind::int_); }
const types::Type* string_type() { return types::basic(types::TypeKind::string); }

std::string text_of(const Flush& flush) {
  std::string text;
  for (const store::Command& command : flush.commands) {
    const Flush::Names& names = flush.spaces[command.space];
    text += names.name + " " + data::show(names.key_type, command.key) + (command.replace ? " replace" : "");
    for (const store::AttributeChange& change : command.changes)
      text += " " + names.attributes[change.attribute] + (change.operation == store::Operation::add ? "+=" : "=") +
              data::show(names.attribute_types[change.attribute], change.operand);
    text += "; ";
  }
  return text;
}

}  // namespace

TEST_CASE("writes of one key are merged") {
  WriteBuffer buffer;
  CHECK(buffer.empty());
  std::uint32_t words = buffer.space("word", string_type());
  std::uint32_t freq = buffer.attribute(words, "freq", int_type());
  std::uint32_t lang = buffer.attribute(words, "lang", string_type());
  CHECK(buffer.space("word", string_type()) == words);
  CHECK(buffer.attribute(words, "freq", int_type()) == freq);
  buffer.add(words, "pi", freq, 1);
  buffer.add(words, "e", freq, 2);
  buffer.add(words, "pi", freq, 3);
  buffer.assign(words, "e", freq, Datum::of_int(40));
  buffer.add(words, "e", freq, 2);
  buffer.assign(words, "pi", lang, Datum::of_text("el"));
  buffer.assign(words, "pi", lang, Datum::of_text("fi"));
  buffer.touch(words, "phi");
  buffer.add(words, "i", freq, 9);
  buffer.replace(words, "i");
  buffer.assign(words, "i", lang, Datum::of_text("sv"));
  CHECK(buffer.entry_count() == 4);
  CHECK(text_of(buffer.take()) ==
        "word \"pi\" freq+=4 lang=\"fi\"; word \"e\" freq=42; word \"phi\"; word \"i\" replace lang=\"sv\"; ");
  CHECK(buffer.empty());
  CHECK(buffer.take().commands.empty());
}

TEST_CASE("what cannot be merged stays apart") {
  WriteBuffer buffer;
  std::uint32_t words = buffer.space("word", string_type());
  std::uint32_t freq = buffer.attribute(words, "freq", int_type());
  buffer.add(words, "pi", freq, INT64_MAX);
  buffer.add(words, "pi", freq, 1);
  CHECK(text_of(buffer.take()) == "word \"pi\" freq+=9223372036854775807 freq+=1; ");
}

TEST_CASE("keys of other types and of several spaces do not mix") {
  WriteBuffer buffer;
  std::uint32_t words = buffer.space("word", string_type());
  std::uint32_t numbers = buffer.space("number", int_type());
  std::uint32_t in_words = buffer.attribute(words, "n", int_type());
  std::uint32_t in_numbers = buffer.attribute(numbers, "n", int_type());
  for (int i = 0; i < 100; ++i) {
    std::string key;
    data::encode(int_type(), Datum::of_int(i % 3), key);
    buffer.add(numbers, key, in_numbers, 1);
    buffer.add(words, key, in_words, 1);
  }
  Flush flush = buffer.take();
  REQUIRE(flush.commands.size() == 6);
  CHECK(flush.commands[0].key.integer == 0);
  CHECK(flush.commands[0].changes[0].operand.integer == 34);
}

TEST_CASE("it is full by entries or by bytes, and by nothing else") {
  WriteBuffer few(WriteBuffer::Limits{.entries_max = 3, .bytes_max = 1 << 20});
  std::uint32_t words = few.space("word", string_type());
  std::uint32_t freq = few.attribute(words, "freq", int_type());
  for (std::string_view key : {"a", "b", "a", "b", "a"}) few.add(words, key, freq, 1);
  CHECK_FALSE(few.is_full());
  few.add(words, "c", freq, 1);
  CHECK(few.is_full());
  few.take();
  CHECK_FALSE(few.is_full());

  WriteBuffer small(WriteBuffer::Limits{.entries_max = 1000, .bytes_max = 100'000});
  words = small.space("word", string_type());
  freq = small.attribute(words, "freq", int_type());
  small.add(words, std::string(50'000, 'x'), freq, 1);
  CHECK_FALSE(small.is_full());
  small.assign(words, "y", freq, Datum::of_text(std::string(50'000, 'y')));
  CHECK(small.is_full());
}

TEST_CASE("the same actions make the same hash, others another") {
  auto hash = [](std::initializer_list<std::pair<std::string_view, int>> actions, std::string_view space = "word") {
    WriteBuffer buffer;
    std::uint32_t words = buffer.space(space, string_type());
    std::uint32_t freq = buffer.attribute(words, "freq", int_type());
    for (auto [key, by] : actions) buffer.add(words, key, freq, by);
    return buffer.take().hash;
  };
  CHECK(hash({{"a", 1}, {"b", 2}}) == hash({{"a", 1}, {"b", 2}}));
  std::set<std::uint64_t> all = {hash({}), hash({{"a", 1}}), hash({{"a", 2}}), hash({{"b", 1}}), hash({{"a", 1}}, "other"),
                                 hash({{"a", 1}, {"b", 1}}), hash({{"ab", 1}})};
  CHECK(all.size() == 7);
}

TEST_CASE("random writes agree with a map, over many flushes") {
  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  tests::RandomData random(seed);
  std::map<std::string, std::int64_t> expected, flushed;
  WriteBuffer buffer(WriteBuffer::Limits{.entries_max = 500, .bytes_max = 1 << 20});
  auto flush = [&] {
    Flush taken = buffer.take();
    for (const store::Command& command : taken.commands)
      for (const store::AttributeChange& change : command.changes) {
        std::int64_t& value = flushed[std::string(command.key.text.view())];
        value = change.operation == store::Operation::add ? value + change.operand.integer : change.operand.integer;
      }
  };
  for (int i = 0; i < 50'000; ++i) {
    std::uint32_t words = buffer.space("word", string_type());
    std::uint32_t freq = buffer.attribute(words, "freq", int_type());
    std::string key = "k" + std::to_string(random.below(2000)) + std::string(random.below(3) ? 0 : random.below(600), 'z').substr(0, random.below(5));
    std::int64_t number = random.below(100);
    if (random.below(10)) {
      buffer.add(words, key, freq, number);
      expected[key] += number;
    } else {
      buffer.assign(words, key, freq, Datum::of_int(number));
      expected[key] = number;
    }
    if (buffer.is_full()) flush();
  }
  flush();
  REQUIRE(flushed == expected);
}

TEST_CASE("an increment of a known key is quick", "[.bench]") {
  WriteBuffer buffer;
  std::uint32_t words = buffer.space("word", string_type());
  std::vector<std::string> keys;
  std::mt19937 random(1);
  for (int i = 0; i < 10'000; ++i) keys.push_back("word" + std::to_string(random() % 100'000));
  constexpr int rounds = 300;
  std::clock_t begin = std::clock();
  for (int round = 0; round < rounds; ++round)
    for (const std::string& key : keys) {
      std::uint32_t space = buffer.space("word", string_type());
      buffer.add(space, key, buffer.attribute(space, "freq", int_type()), 1);
    }
  double ns = static_cast<double>(std::clock() - begin) * (1e9 / CLOCKS_PER_SEC);
  WARN("an increment takes " << ns / (rounds * 10'000.0) << " ns");
  CHECK(buffer.space("word", string_type()) == words);
}
