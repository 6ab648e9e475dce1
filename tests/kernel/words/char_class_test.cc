#include "kernel/words/char_class.h"

#include <catch2/catch.hpp>

#include "tests/kernel/words/naive.h"

namespace words = m31::words;

TEST_CASE("classes are those of the Unicode database") {
  for (char32_t cp = 0; cp <= words::code_point_max; ++cp) {
    if (words::is_letter(cp) != naive::is_letter(cp)) FAIL("letter " << static_cast<uint32_t>(cp));
    if (words::is_space(cp) != naive::is_space(cp)) FAIL("space " << static_cast<uint32_t>(cp));
  }
  REQUIRE(words::is_letter(U'\u00E9'));
  REQUIRE(words::is_letter(U'\u6F22'));
  REQUIRE_FALSE(words::is_letter(U'\u0301'));  // a combining mark
  REQUIRE_FALSE(words::is_letter(U'\uFEFF'));  // the byte order mark
  REQUIRE_FALSE(words::is_letter(words::replacement));
}

// What simplify.cc rests on.
TEST_CASE("lower case keeps letters letters and white space white space, and is done after once") {
  for (char32_t cp = 0; cp <= words::code_point_max; ++cp) {
    const char32_t lower = words::simple_lower(cp);
    if (words::is_letter(lower) != words::is_letter(cp)) FAIL("letter " << static_cast<uint32_t>(cp));
    if (words::is_space(lower) != words::is_space(cp)) FAIL("space " << static_cast<uint32_t>(cp));
    if (words::simple_lower(lower) != lower) FAIL("twice " << static_cast<uint32_t>(cp));
    if ((lower == U'\n') != (cp == U'\n') || (lower == U'\r') != (cp == U'\r')) FAIL("line end");
  }
  REQUIRE(words::is_letter(words::simple_upper(U'\u0345')));  // why upper is not moved
}
