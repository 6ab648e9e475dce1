#include "kernel/words/token_spans.h"

#include <catch2/catch.hpp>

#include "tests/kernel/words/naive.h"

namespace words = m31::words;

TEST_CASE("spans are the tokens' places in the text, whatever the fuel") {
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    INFO("seed " << seed << " round " << round);
    const std::string text = naive::random_text(random, random() % (round % 10 ? 100 : 5000));
    for (const bool split : {false, true}) {
      naive::Pieces pieces;
      words::TokenSpans spans(split ? words::Tokens::split : words::Tokens::words);
      while (!spans.done(text)) {
        spans.scan(text, 1 + random() % 10000, [&](size_t offset, size_t size) { pieces.push_back(text.substr(offset, size)); });
      }
      REQUIRE(pieces == naive::apply(split ? words::Stage::split : words::Stage::words, text));
    }
  }
}
