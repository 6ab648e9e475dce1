#include "kernel/data/width.h"

#include <catch2/catch.hpp>

using namespace m31;

TEST_CASE("width counts columns, not bytes") {
  REQUIRE(data::display_width("abc") == 3);
  REQUIRE(data::display_width("日本") == 4);
  REQUIRE(data::display_width("e\u0301") == 1);
  REQUIRE(data::display_width("\xff") == 1);
  REQUIRE(data::cut_to_width("日本語", 5) == "日本…");
  REQUIRE(data::next_character("e\u0301x", 0) == 3);
  REQUIRE(data::previous_character("日本", 6) == 3);
}
