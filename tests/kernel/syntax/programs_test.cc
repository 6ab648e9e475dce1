// Properties that hold for every program: it parses into well-formed trees, prints to a text that
// parses to the same tree, survives the compact form; and damaged ones never harm.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernel/syntax/fingerprint.h"
#include "kernel/syntax/printer.h"
#include "tests/kernel/syntax/programs.h"

using namespace m31::syntax;
using namespace m31::syntax::testing;

namespace {

// What must hold of a tree.
void check_tree(const Tree& tree, std::string_view text) {
  INFO(text);
  const Node& root = *tree.root;
  REQUIRE(all_well_formed(root));

  std::string printed = print(root);
  INFO("printed:\n" << printed);
  Parsed again = parse_text(printed, "printed");
  for (const Diagnostic& diagnostic : again.diagnostics) UNSCOPED_INFO(render(diagnostic, {}));
  REQUIRE(again.ok());
  REQUIRE(same_tree(*again.tree->root, root));

  auto decoded = decode(encode(root));
  REQUIRE(decoded.has_value());
  REQUIRE(same_tree(*(*decoded)->root, root));
  REQUIRE(fingerprint(*(*decoded)->root) == fingerprint(root));
}

// M31_SEED=N runs the one that failed again.
std::uint64_t new_seed() {
  const char* given = std::getenv("M31_SEED");
  return given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

}  // namespace

TEST_CASE("every program parses, prints and travels") {
  for (std::string_view text : programs()) {
    INFO(text);
    Parsed parsed = parse_text(text);
    for (const Diagnostic& diagnostic : parsed.diagnostics) UNSCOPED_INFO(render(diagnostic, {}));
    REQUIRE(parsed.ok());
    check_tree(*parsed.tree, text);
  }
}

TEST_CASE("every program of the repository prints and travels") {
  unsigned programs_seen = 0;
  for (const char* folder : {"share", "tests/lang", "docs"}) {
    std::filesystem::path root = std::filesystem::path(M31_SOURCE_DIR) / folder;
    if (!std::filesystem::exists(root)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".m31") continue;
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      INFO(entry.path().string());
      Parsed parsed = parse_text(text.str());
      if (text.str().find("# error:") != std::string::npos || entry.path().filename().string().starts_with("refused_")) continue;
      for (const Diagnostic& diagnostic : parsed.diagnostics) UNSCOPED_INFO(render(diagnostic, {}));
      REQUIRE(parsed.ok());
      check_tree(*parsed.tree, text.str());
      ++programs_seen;
    }
  }
  CHECK(programs_seen > 0);
}

TEST_CASE("node ids are dense") {
  Parsed parsed = parse_text(figure_2());
  REQUIRE(parsed.ok());
  std::vector<const Node*> by_id(parsed.tree->node_count);
  std::vector<const Node*> work{parsed.tree->root};
  while (!work.empty()) {
    const Node* node = work.back();
    work.pop_back();
    REQUIRE(node->id < by_id.size());
    REQUIRE((by_id[node->id] == nullptr || by_id[node->id] == node));
    by_id[node->id] = node;
    work.insert(work.end(), node->kids.begin(), node->kids.end());
  }
}

TEST_CASE("damaged programs give trees or diagnostics") {
  std::uint64_t seed = new_seed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string text = mutate(programs()[random() % programs().size()], random);
    INFO(text);
    Parsed parsed = parse_text(text);
    REQUIRE(parsed.ok() == parsed.diagnostics.empty());
    is_incomplete(text);
    if (parsed.ok()) {
      check_tree(*parsed.tree, text);
      continue;
    }
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
      REQUIRE(diagnostic.span.begin <= diagnostic.span.end);
      REQUIRE(diagnostic.span.end <= text.size());
      REQUIRE(!diagnostic.message.empty());
      REQUIRE(!render(diagnostic, {}).empty());
    }
  }
}

TEST_CASE("damaged compact forms are refused or well formed") {
  std::uint64_t seed = new_seed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::vector<std::string> forms;
  for (std::string_view text : programs()) {
    Parsed parsed = parse_text(text);
    if (parsed.ok()) forms.push_back(encode(*parsed.tree->root));
  }
  unsigned refused = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = forms[random() % forms.size()];
    for (std::uint64_t edits = 1 + random() % 3; edits && !bytes.empty(); --edits) {
      std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes.resize(at);
          break;
        case 1:
          bytes.insert(at, 1, static_cast<char>(random()));
          break;
        case 2:
          bytes.erase(at, 1 + random() % 4);
          break;
        default:
          bytes[at] = static_cast<char>(random() % 3 ? random() % 90 : random());
      }
    }
    auto decoded = decode(bytes);
    if (!decoded) {
      ++refused;
      REQUIRE(!decoded.error().empty());
      continue;
    }
    REQUIRE(all_well_formed(*(*decoded)->root));
    auto again = decode(encode(*(*decoded)->root));
    REQUIRE(again.has_value());
    REQUIRE(same_tree(*(*again)->root, *(*decoded)->root));
    fingerprint(*(*decoded)->root);
    print(*(*decoded)->root);
  }
  REQUIRE(refused > 500);
}
