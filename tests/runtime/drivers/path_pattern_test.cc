#include <catch2/catch.hpp>

#include "runtime/drivers/path_pattern.h"

using namespace m31::runtime;

namespace {

bool matches(std::string_view pattern, std::string_view path) {
  auto read = PathPattern::read(pattern);
  REQUIRE(read.has_value());
  // What the prefix leaves out can never match.
  const bool is_found = path.starts_with(read->prefix()) && read->matches(path);
  CHECK(is_found == read->matches(path));
  return is_found;
}

}  // namespace

TEST_CASE("what a person writes as a path becomes a path from the root on") {
  CHECK(stored_path("corpus/a.txt") == "/corpus/a.txt");
  CHECK(stored_path("/corpus//./a.txt/") == "/corpus/a.txt");
  CHECK(stored_path("../a/b/../c") == "/a/c");
  CHECK(stored_path("") == "/");
  CHECK(stored_path("a b/ä*") == "/a b/ä*");
}

TEST_CASE("patterns of paths") {
  CHECK(matches("/corpus/*.txt", "/corpus/a.txt"));
  CHECK(matches("corpus/*.txt", "/corpus/.txt"));
  CHECK_FALSE(matches("/corpus/*.txt", "/corpus/a/b.txt"));
  CHECK_FALSE(matches("/corpus/*.txt", "/corpus/a.txt.gz"));
  CHECK(matches("/a?c", "/aäc"));
  CHECK_FALSE(matches("/a?c", "/ac"));
  CHECK(matches("/[a-cä]x", "/äx"));
  CHECK(matches("/[!a-c]x", "/dx"));
  CHECK_FALSE(matches("/[!a-c]x", "/bx"));
  CHECK(matches("/[]]", "/]"));
  CHECK(matches("/[a", "/[a"));
  CHECK(matches("/a\\*b", "/a*b"));
  CHECK_FALSE(matches("/a\\*b", "/axb"));
  CHECK(matches("/{a,b}/x", "/b/x"));
  CHECK(matches("/{a,b{c,d}}e", "/bde"));
  CHECK_FALSE(matches("/{a,b}/x", "/c/x"));
  CHECK(matches("/{a}", "/{a}"));
  CHECK(matches("/**/x", "/x"));
  CHECK(matches("/**/x", "/a/b/x"));
  CHECK(matches("/a/**", "/a/b/c"));
  CHECK_FALSE(matches("/a/**", "/a"));
  CHECK(matches("/a/**/b/*.m31", "/a/q/b/r/b/c.m31"));
  CHECK_FALSE(matches("/a/b", "/a/b/c"));
  CHECK(matches("/a/b", "/a/b"));
}

TEST_CASE("what all that matches begins with") {
  CHECK(PathPattern::read("/corpus/*.txt")->prefix() == "/corpus/");
  CHECK(PathPattern::read("/corpus/{ab,ac}*")->prefix() == "/corpus/a");
  CHECK(PathPattern::read("/a/**")->prefix() == "/a/");
  CHECK(PathPattern::read("/a/b")->prefix() == "/a/b");
  CHECK(PathPattern::read("*")->prefix() == "/");
  CHECK(PathPattern::read("/a/b")->is_plain());
  CHECK_FALSE(PathPattern::read("/a/{b,c}")->is_plain());
}

TEST_CASE("a pattern that explodes is refused, one that backtracks is fast") {
  std::string braces;
  for (int i = 0; i < 20; ++i) braces += "{a,b}";
  CHECK_FALSE(PathPattern::read(braces).has_value());
  std::string stars = "/";
  for (int i = 0; i < 200; ++i) stars += "a*";
  CHECK_FALSE(matches(stars + "b", "/" + std::string(4000, 'a')));
  std::string folders;
  for (int i = 0; i < 100; ++i) folders += "/**/a";
  std::string path;
  for (int i = 0; i < 1000; ++i) path += "/a";
  CHECK_FALSE(matches(folders + "/b", path));
}
