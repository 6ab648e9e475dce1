#include "kernel/words/stages.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/kernel/words/naive.h"

namespace words = m31::words;
using words::Stage;
using naive::Pieces;

namespace {

class Collect final : public words::PieceSink {
 public:
  void piece(std::string_view part, bool last) override {
    open += part;
    if (last) pieces.push_back(std::exchange(open, {}));
  }
  Pieces pieces;
  std::string open;
};

// All ways to cut `text` in two must give the same.
Pieces through(const std::vector<Stage>& stages, const std::string& text) {
  Pieces whole;
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    Collect collect;
    const auto chain = words::compose(stages, collect);
    chain->piece(std::string_view(text).substr(0, cut), false);
    chain->piece(std::string_view(text).substr(cut), true);
    REQUIRE(collect.open.empty());
    if (cut) REQUIRE(collect.pieces == whole);
    whole = collect.pieces;
  }
  return whole;
}

}  // namespace

TEST_CASE("lines end at LF, with or without CR, and the last needs none") {
  REQUIRE(through({Stage::lines}, "a\nb\r\n\nc") == Pieces{"a", "b", "", "c"});
  REQUIRE(through({Stage::lines}, "a\n") == Pieces{"a"});
  REQUIRE(through({Stage::lines}, "\n") == Pieces{""});
  REQUIRE(through({Stage::lines}, "").empty());
  REQUIRE(through({Stage::lines}, "a\rb\r\r\nc\r") == Pieces{"a\rb\r", "c\r"});
}

TEST_CASE("words are runs of letters: marks, digits, byte order marks, apostrophes and ill-formed bytes end them") {
  REQUIRE(through({Stage::words}, "Don't 2x4!") == Pieces{"Don", "t", "x"});
  REQUIRE(through({Stage::words}, "\xEF\xBB\xBFOne\r\ntw\xC3\xB6") == Pieces{"One", "tw\xC3\xB6"});
  REQUIRE(through({Stage::words}, "a\xFF" "b\xE2\x80" "c") == Pieces{"a", "b", "c"});
  REQUIRE(through({Stage::words}, std::string("a\0b", 3)) == Pieces{"a", "b"});
  REQUIRE(through({Stage::words}, "e\xCC\x81t\xC3\xA9") == Pieces{"e", "t\xC3\xA9"});
  REQUIRE(through({Stage::words}, "").empty());
}

TEST_CASE("split is at white space of Unicode; what is ill-formed belongs to its token") {
  REQUIRE(through({Stage::split}, " a\t b\xC2\xA0" "c\xE3\x80\x80") == Pieces{"a", "b", "c"});
  REQUIRE(through({Stage::split}, "a\xFF\xE2\x80 b\x1C" "c") == Pieces{"a\xFF\xE2\x80", "b\x1C" "c"});
}

TEST_CASE("stages compose") {
  REQUIRE(through({Stage::lines, Stage::trim, Stage::upper}, "  ab \n\n c d\n") == Pieces{"AB", "", "C D"});
  REQUIRE(through({Stage::trim}, " \xE2\x80\x83 a \xC2\xA0 b\xE2\x80\x83") == Pieces{"a \xC2\xA0 b"});
  REQUIRE(through({Stage::words, Stage::lower}, "\xC3\x89T\xC3\x89 \xE2\x84\xAA\xC8\xBA") ==
          Pieces{"\xC3\xA9t\xC3\xA9", "k\xE2\xB1\xA5"});
  REQUIRE(through({}, "as it is") == Pieces{"as it is"});
}
