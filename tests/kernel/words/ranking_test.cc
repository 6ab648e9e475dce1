#include "kernel/words/ranking.h"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "tests/kernel/words/naive.h"

namespace words = m31::words;
using words::FreqTable;
using words::Ranking;

TEST_CASE("rankings equal a plain sort, for all limits and step sizes") {
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  for (const size_t size : {0, 1, 2, 255, 256, 257, 513, 9000}) {
    FreqTable table;
    for (size_t i = 0; i < size; ++i) {
      std::string word = std::to_string(random() % 100000) + (random() % 2 ? "" : " with the same first eight bytes");
      if (random() % 4 == 0) word.insert(0, "\xC3\xA9");
      table.add(word, static_cast<int64_t>(random() % 5) - 1);
    }
    for (const Ranking::Order order : {Ranking::Order::by_word, Ranking::Order::by_count}) {
      std::vector<std::pair<std::string, int64_t>> expected;
      table.for_each([&](const FreqTable::Entry& e) { expected.emplace_back(e.word, e.count); });
      std::sort(expected.begin(), expected.end());
      if (order == Ranking::Order::by_count) {
        std::stable_sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
      }
      for (const size_t limit : {size_t{0}, size_t{1}, size_t{10}, size_t{5000}, SIZE_MAX}) {
        for (const size_t step : {size_t{1}, size_t{1000}, SIZE_MAX}) {
          INFO("seed " << seed << " size " << size << " limit " << limit << " step " << step);
          Ranking ranking(table, order, limit);
          while (!ranking.step(step)) continue;
          REQUIRE(ranking.size() == std::min(limit, expected.size()));
          bool equal = true;
          for (size_t i = 0; i < ranking.size(); ++i) {
            equal = equal && ranking[i].word == expected[i].first && ranking[i].count == expected[i].second;
          }
          REQUIRE(equal);
        }
      }
    }
  }
}

TEST_CASE("words that differ in NUL bytes only are ordered by their length") {
  FreqTable table;
  table.add(std::string("a\0\0", 3));
  table.add("a");
  table.add(std::string("a\0", 2));
  Ranking ranking(table, Ranking::Order::by_word);
  while (!ranking.step(1)) continue;
  REQUIRE(ranking[0].word.size() == 1);
  REQUIRE(ranking[1].word.size() == 2);
  REQUIRE(ranking[2].word.size() == 3);
}
