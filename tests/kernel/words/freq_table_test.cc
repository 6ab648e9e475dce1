#include "kernel/words/freq_table.h"

#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "tests/kernel/words/naive.h"

namespace words = m31::words;
using words::FreqTable;
using Counts = std::map<std::string, int64_t>;

namespace {

std::string random_word(std::mt19937_64& random) {
  std::string word(random() % 4 ? random() % 6 : random() % 40, 'a');
  for (char& c : word) c = static_cast<char>(random() % 8 ? 'a' + random() % 3 : 0);
  if (random() % 500 == 0) word.resize(5000 + random() % 3 * 100000, 'z');
  return word;
}

Counts counts_of(const FreqTable& table) {
  Counts out;
  table.for_each([&](const FreqTable::Entry& e) {
    REQUIRE(out.emplace(std::string(e.word), e.count).second);
  });
  return out;
}

}  // namespace

TEST_CASE("a table counts what a map counts: empty words, NUL bytes, 15, 16 and 17 bytes, huge ones") {
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  FreqTable table;
  Counts expected;
  REQUIRE(table.count("x") == 0);
  for (const char* word : {"", "a", "fifteen letters", "sixteen letters!", "seventeen letters"}) {
    table.add(word);
    ++expected[word];
  }
  for (int i = 0; i < 20000; ++i) {
    const std::string word = random_word(random);
    const auto n = static_cast<int64_t>(random() % 3 + 1);
    table.add(word, n);
    expected[word] += n;
  }
  REQUIRE(table.size() == expected.size());
  REQUIRE(counts_of(table) == expected);
  for (const auto& [word, count] : expected) REQUIRE(table.count(word) == count);
  REQUIRE(table.count("not there") == 0);
}

TEST_CASE("merging adds, whichever table is larger") {
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  for (const int sizes : {0, 1, 2}) {
    FreqTable a, b;
    Counts expected;
    for (int i = 0; i < 3000; ++i) {
      const std::string word = random_word(random);
      if (i % 100 == 0 || sizes != 1) a.add(word), ++expected[word];
      if (i % 100 == 0 || sizes != 2) b.add(word, 2), expected[word] += 2;
    }
    a.merge(b);
    REQUIRE(counts_of(a) == expected);
    a.merge(FreqTable());
    REQUIRE(counts_of(a) == expected);
  }
}

TEST_CASE("merging a big table into a small one is not quadratic") {
  FreqTable big, small;
  for (int i = 0; i < 300000; ++i) big.add(std::to_string(i));
  small.add("7", 5);
  small.merge(big);  // took minutes when the entries, which come in hash order, piled up in one cluster
  REQUIRE(small.size() == 300000);
  REQUIRE(small.count("7") == 6);
}

TEST_CASE("a full table refuses and changes nothing until it has grown, step by step") {
  FreqTable table;
  size_t refused = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string word = "word number " + std::to_string(i);
    while (!table.try_add(word)) {
      ++refused;
      REQUIRE(table.growing());
      REQUIRE(table.count(word) == 0);
      REQUIRE_FALSE(table.try_add("anything"));
      while (table.growing()) table.grow_step(7);
    }
    REQUIRE(table.count(word) == 1);
  }
  REQUIRE(table.size() == 5000);
  REQUIRE(refused >= 3);
}

TEST_CASE("tokens of a text are added in order up to the one that does not fit") {
  std::string text;
  std::vector<uint16_t> edges;
  for (int i = 0; i < 300; ++i) {
    edges.push_back(static_cast<uint16_t>(text.size()));
    text += i % 10 ? std::to_string(i) : "a rather long token " + std::to_string(i);
    edges.push_back(static_cast<uint16_t>(text.size()));
    text += ' ';
  }
  text.append(16, ' ');
  FreqTable table;
  REQUIRE(table.try_add_tokens(text.data(), edges.data(), 300) == 0);  // has no room at all yet
  size_t done = 0;
  while (done < 300) {
    while (table.growing()) table.grow_step(100);
    const size_t taken = table.try_add_tokens(text.data(), edges.data() + 2 * done, 300 - done);
    done += taken;
    REQUIRE(table.size() == done);
  }
  REQUIRE(table.count("299") == 1);
  REQUIRE(table.count("a rather long token 290") == 1);
}

TEST_CASE("a long word's storage is taken over") {
  words::GrowingBytes word;
  word.append(std::string(1 << 20, 'w'));
  const char* storage = word.view().data();
  FreqTable table;
  table.add("x");
  REQUIRE(table.try_add_taking(word));
  REQUIRE(word.empty());
  bool found = false;
  table.for_each([&](const FreqTable::Entry& e) { found |= e.word.data() == storage; });
  REQUIRE(found);
  word.append(std::string(1 << 20, 'w'));
  REQUIRE(table.try_add_taking(word));
  REQUIRE(table.count(std::string(1 << 20, 'w')) == 2);

  table.for_each([&](const FreqTable::Entry& e) {
    char* const given = table.give_away(e.word);
    REQUIRE((given != nullptr) == (e.word.size() > 1));
    REQUIRE(table.give_away(e.word) == nullptr);  // once
    std::free(given);
  });
}
