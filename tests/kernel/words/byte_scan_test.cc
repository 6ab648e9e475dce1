#include "kernel/words/byte_scan.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/kernel/words/naive.h"

namespace words = m31::words;
using words::Tokens;

TEST_CASE("every version of the vector part gives the portable one's bits, text and edges") {
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  const words::ByteScan& reference = *words::byte_scans().front();
  REQUIRE(words::byte_scans().back() == &words::byte_scan());
  for (const words::ByteScan* scan : words::byte_scans()) {
    for (int round = 0; round < 200; ++round) {
      INFO("seed " << seed << " round " << round << " version " << scan->name);
      const size_t blocks = 1 + random() % 16;
      std::string text(blocks * 64, ' ');
      for (char& c : text) c = static_cast<char>(round % 2 ? random() % 256 : random() % 128);
      if (round == 0) {
        for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i % 2 ? ' ' : 'x');  // most edges
      }
      for (const Tokens tokens : {Tokens::words, Tokens::split}) {
        for (const bool lower : {false, true}) {
          std::string out(text.size(), '?'), expected_out(text.size(), '?');
          std::vector<uint64_t> token(blocks), high(blocks), expected_token(blocks), expected_high(blocks);
          const bool any = scan->classify(tokens, lower)(text.data(), blocks, out.data(), token.data(), high.data());
          const bool expected_any = reference.classify(tokens, lower)(text.data(), blocks, expected_out.data(),
                                                                      expected_token.data(), expected_high.data());
          REQUIRE(any == expected_any);
          REQUIRE(out == expected_out);
          REQUIRE(token == expected_token);
          REQUIRE(high == expected_high);

          std::vector<uint16_t> edges(blocks * 64 + 64), expected_edges(blocks * 64 + 64);
          edges.resize(scan->edges(token.data(), blocks, edges.data()));
          expected_edges.resize(reference.edges(token.data(), blocks, expected_edges.data()));
          REQUIRE(edges == expected_edges);
        }
      }
    }
  }
}

TEST_CASE("the portable version tells letters and white space") {
  const words::ByteScan& scan = *words::byte_scans().front();
  for (int base = 0; base < 256; base += 64) {
    char text[64], out[64];
    for (int i = 0; i < 64; ++i) text[i] = static_cast<char>(base + i);
    uint64_t token, high;
    scan.words_lower(text, 1, out, &token, &high);
    uint64_t split, ignored;
    char same[64];
    scan.split(text, 1, same, &split, &ignored);
    for (int i = 0; i < 64; ++i) {
      const int c = base + i;
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      const bool space = c == ' ' || (c >= 9 && c <= 13);
      REQUIRE((token >> i & 1) == letter);
      REQUIRE((split >> i & 1) == !space);
      REQUIRE((high >> i & 1) == (c >= 128));
      REQUIRE(static_cast<unsigned char>(out[i]) == (c >= 'A' && c <= 'Z' ? c + 32 : c));
      REQUIRE(static_cast<unsigned char>(same[i]) == c);
    }
  }
}
