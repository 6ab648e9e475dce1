#include "kernel/words/utf8.h"

#include <catch2/catch.hpp>

#include "tests/kernel/words/naive.h"

namespace words = m31::words;

TEST_CASE("ill-formed bytes count by maximal subparts, as the Unicode standard's examples have it") {
  // Tables 3-8 to 3-11 of the standard.
  REQUIRE(words::count_code_points("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") == 9);
  REQUIRE(words::count_code_points("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41") == 9);
  REQUIRE(words::count_code_points("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42") == 9);
  REQUIRE(words::count_code_points("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == 5);
  REQUIRE(words::count_code_points("") == 0);
}

TEST_CASE("decoding, counting and indexing agree with the definition") {
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    INFO("seed " << seed << " round " << round);
    const std::string text = naive::random_text(random, random() % 60);
    const auto expected = naive::code_points(text);
    const char* p = text.data();
    bool valid = true;
    for (size_t i = 0; i < expected.size(); ++i) {
      const auto offset = static_cast<size_t>(p - text.data());
      const words::Decoded d = words::decode(p, text.data() + text.size());
      REQUIRE(d.cp == expected[i].cp);
      REQUIRE(d.size == expected[i].bytes.size());
      REQUIRE(d.well_formed == expected[i].well_formed);
      REQUIRE(words::offset_of(text, i) == offset);
      valid = valid && d.well_formed;
      p += d.size;
    }
    REQUIRE(p == text.data() + text.size());
    REQUIRE(words::offset_of(text, expected.size()) == text.size());
    REQUIRE_FALSE(words::offset_of(text, expected.size() + 1));
    REQUIRE(words::count_code_points(text) == expected.size());
    REQUIRE(words::is_valid(text) == valid);
  }
}

TEST_CASE("every scalar value is encoded and decoded") {
  for (char32_t cp = 0; cp <= words::code_point_max; ++cp) {
    if (cp >= 0xD800 && cp <= 0xDFFF) continue;
    char bytes[4];
    const size_t size = words::encode(cp, bytes);
    const words::Decoded d = words::decode(bytes, bytes + size);
    if (d.cp != cp || d.size != size || !d.well_formed) FAIL("code point " << static_cast<uint32_t>(cp));
  }
}

TEST_CASE("an incomplete tail is one that more bytes could complete") {
  REQUIRE(words::incomplete_tail("") == 0);
  REQUIRE(words::incomplete_tail("a") == 0);
  REQUIRE(words::incomplete_tail("a\xC3") == 1);
  REQUIRE(words::incomplete_tail("a\xC3\xA9") == 0);
  REQUIRE(words::incomplete_tail("\xE2\x80") == 2);
  REQUIRE(words::incomplete_tail("\xF0\x9F\x98") == 3);
  REQUIRE(words::incomplete_tail("\xF0\x9F\x98\x80") == 0);
  REQUIRE(words::incomplete_tail("\xE0\x9F") == 0);  // 0xE0 wants A0..BF
  REQUIRE(words::incomplete_tail("\xED\xA0") == 0);  // a surrogate
  REQUIRE(words::incomplete_tail("\xC0") == 0);
  REQUIRE(words::incomplete_tail("\xF4\x90") == 0);
  REQUIRE(words::incomplete_tail("\xFF") == 0);
  REQUIRE(words::incomplete_tail("\x80\x80\x80") == 0);
}

TEST_CASE("case and trim equal the reference, and leave ill-formed bytes alone") {
  REQUIRE(words::lower("ABC \xC3\x89 \xFFZ") == "abc \xC3\xA9 \xFFz");
  REQUIRE(words::upper("stra\xC3\x9F" "e") == "STRA\xE1\xBA\x9E" "E");
  REQUIRE(words::lower("\xE2\x84\xAA") == "k");
  REQUIRE(words::trim("\xC2\xA0 \t x y\xE3\x80\x80\r\n") == "x y");
  REQUIRE(words::trim(" \xFF ") == "\xFF");
  REQUIRE(words::trim(" \n") == "");
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    INFO("seed " << seed << " round " << round);
    const std::string text = naive::random_text(random, random() % 60);
    REQUIRE(words::lower(text) == naive::apply(words::Stage::lower, text).front());
    REQUIRE(words::upper(text) == naive::apply(words::Stage::upper, text).front());
    REQUIRE(words::trim(text) == naive::apply(words::Stage::trim, text).front());
  }
}
