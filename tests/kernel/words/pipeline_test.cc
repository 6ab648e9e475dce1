#include "kernel/words/pipeline.h"

#include <map>

#include <catch2/catch.hpp>

#include "tests/kernel/words/naive.h"

namespace words = m31::words;
using words::FreqTable;
using words::Fusion;
using words::Stage;
using naive::Pieces;

namespace {

std::string show(const std::vector<Stage>& stages) {
  std::string out;
  for (const Stage stage : stages) out += std::string(words::name_of(stage)) + " ";
  return out;
}

// Feeds texts chunk by chunk with random fuel.
void run(words::Pipeline& pipeline, std::mt19937_64& random, const std::vector<std::string>& texts) {
  const size_t fuel_max = size_t{1} << (random() % 15);
  const auto fuel = [&] { return 1 + static_cast<size_t>(random() % fuel_max); };
  for (const std::string& text : texts) {
    for (std::string_view chunk : naive::random_chunks(random, text)) {
      while (!chunk.empty()) chunk.remove_prefix(pipeline.feed(chunk, fuel()));
    }
    while (!pipeline.end_text(fuel())) continue;
  }
}

using Counts = std::map<std::string, int64_t>;
Counts counts_of(const FreqTable& table) {
  Counts out;
  table.for_each([&](const FreqTable::Entry& e) { out[std::string(e.word)] += e.count; });
  return out;
}

void check(const std::vector<Stage>& stages, const std::vector<std::string>& texts, std::mt19937_64& random) {
  Pieces expected;
  for (const std::string& text : texts) {
    for (std::string& piece : naive::apply(stages, text)) expected.push_back(std::move(piece));
  }
  Counts expected_counts;
  for (const std::string& piece : expected) ++expected_counts[piece];

  for (const Fusion fusion : {Fusion::allowed, Fusion::forbidden}) {
    FreqTable table;
    run(*words::make_freq(stages, table, fusion), random, texts);
    REQUIRE(counts_of(table) == expected_counts);

    int64_t count = 0;
    run(*words::make_count(stages, count, fusion), random, texts);
    REQUIRE(count == static_cast<int64_t>(expected.size()));

    Pieces pieces;
    const auto take = [](void* context, std::string_view piece) { static_cast<Pieces*>(context)->emplace_back(piece); };
    run(*words::make_each(stages, take, &pieces, fusion), random, texts);
    REQUIRE(pieces == expected);
  }
}

}  // namespace

TEST_CASE("every pipeline gives what its stages give one after the other, fused or not") {
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  const auto random_stages = [&] {
    std::vector<Stage> stages(random() % 5);
    for (Stage& stage : stages) stage = static_cast<Stage>(random() % 6);
    return stages;
  };
  const std::vector<std::vector<Stage>> usual = {
      {Stage::words, Stage::lower}, {Stage::words},       {Stage::split},         {Stage::split, Stage::lower},
      {Stage::lower, Stage::words}, {Stage::lines},       {Stage::lines, Stage::words, Stage::lower},
      {Stage::lower, Stage::split}, {Stage::upper, Stage::words}, {Stage::words, Stage::upper}};
  for (int round = 0; round < 400; ++round) {
    const auto stages = round % 2 ? random_stages() : usual[random() % usual.size()];
    std::vector<std::string> texts(1 + random() % 3);
    for (std::string& text : texts) text = naive::random_text(random, random() % (round % 10 ? 200 : 4000));
    INFO("seed " << seed << " round " << round << " stages " << show(stages));
    check(stages, texts, random);
  }
}

TEST_CASE("the usual pipelines are fused") {
  FreqTable table;
  const std::vector<std::vector<Stage>> fused = {{Stage::words, Stage::lower},
                                                 {Stage::lower, Stage::words},
                                                 {Stage::lines, Stage::words, Stage::lower},
                                                 {Stage::trim, Stage::split},
                                                 {Stage::lines, Stage::lower, Stage::split, Stage::trim}};
  for (const auto& stages : fused) {
    INFO(show(stages));
    REQUIRE(words::make_freq(stages, table)->fused());
  }
  REQUIRE_FALSE(words::make_freq(std::vector{Stage::upper, Stage::words}, table)->fused());
  REQUIRE_FALSE(words::make_freq(std::vector{Stage::lines}, table)->fused());
}

TEST_CASE("no call spends much more fuel than it has, however the table grows") {
  std::string text;
  for (int i = 0; i < 60000; ++i) text += "w" + std::string(1, static_cast<char>('a' + i % 26)) + std::to_string(i * 7919) + " ";
  for (const Fusion fusion : {Fusion::allowed, Fusion::forbidden}) {
    FreqTable table;
    const auto pipeline = words::make_freq(std::vector{Stage::split}, table, fusion);
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t used = pipeline->feed(rest, 1000);
      REQUIRE(used <= 1000 + 4096);
      rest.remove_prefix(used);
    }
    while (!pipeline->end_text(1000)) continue;
    REQUIRE(table.size() == 60000);
  }
}

TEST_CASE("a word of many megabytes is counted without a second copy") {
  const std::string part(1 << 20, 'x');
  FreqTable table;
  const auto pipeline = words::make_freq(std::vector{Stage::words, Stage::lower}, table);
  for (int i = 0; i < 40; ++i) {
    for (std::string_view rest = part; !rest.empty();) rest.remove_prefix(pipeline->feed(rest, 1 << 20));
  }
  while (!pipeline->end_text(4096)) continue;
  REQUIRE(table.size() == 1);
  REQUIRE(table.count(std::string(40 << 20, 'x')) == 1);
  REQUIRE(table.bytes() < (65u << 20));
}
