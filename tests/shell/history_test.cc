#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "shell/history.h"

using namespace m31::shell;

namespace {

struct TemporaryDirectory {
  std::string path = std::filesystem::temp_directory_path() / "m31_history_XXXXXX";
  TemporaryDirectory() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("entries survive, several lines and backslashes too") {
  const TemporaryDirectory directory;
  const std::string path = directory.path + "/history";
  const std::vector<std::string> entries = {"1 + 2", "fn f(x):\n  x\\n", "print(\"\\n\")"};
  {
    History history(path);
    for (const auto& entry : entries) history.add(entry);
  }
  REQUIRE(History(path).entries() == entries);
}

TEST_CASE("blank and repeated entries are not kept") {
  History history("");
  history.add("  \n");
  history.add("a");
  history.add("a");
  history.add("b");
  REQUIRE(history.entries() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a history that cannot be written costs nothing else") {
  History history("/nonexistent/history");
  history.add("a");
  REQUIRE(history.entries().size() == 1);
}
