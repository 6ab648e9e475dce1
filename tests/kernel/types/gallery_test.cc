// The gallery of diagnostics: tests/lang/errors/*.m31. Every program there is refused for a cause of its own; the test compares the
// message, its place and what it suggests, and where it comes with a mechanical edit, applies that and checks the program again.
// M31_UPDATE=1 writes what is said now into the files.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/kernel/types/checking.h"

namespace m31 {
namespace {

using syntax::Diagnostic;
using syntax::Severity;

struct Exhibit {
  std::string file, name, code, said;   // said: the directives that follow the code
};

std::vector<std::filesystem::path> files() {
  std::vector<std::filesystem::path> all;
  for (const auto& each : std::filesystem::directory_iterator(std::string(M31_SOURCE_DIR) + "/tests/lang/errors"))
    if (each.path().extension() == ".m31") all.push_back(each.path());
  std::sort(all.begin(), all.end());
  return all;
}

bool is_directive(std::string_view line) {
  for (std::string_view word : {"# error: ", "# warning: ", "# at: ", "# try: ", "# edit: ", "# note: "})
    if (line.starts_with(word)) return true;
  return false;
}

std::vector<Exhibit> read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<Exhibit> all;
  std::string line;
  while (std::getline(in, line)) {
    constexpr std::string_view begin = "# program: ";
    if (line.starts_with(begin)) {
      all.push_back({path.filename().string(), line.substr(begin.size()), {}, {}});
      continue;
    }
    if (all.empty()) continue;
    (is_directive(line) ? all.back().said : all.back().code) += line + "\n";
  }
  return all;
}

std::string applied(std::string text, std::vector<syntax::Edit> edits) {
  std::sort(edits.begin(), edits.end(), [](const auto& a, const auto& b) { return a.span.begin > b.span.begin; });
  for (const syntax::Edit& each : edits) text.replace(each.span.begin, each.span.end - each.span.begin, each.text);
  return text;
}

types::Checked check(const std::string& code) {
  types::Program program;
  return test::check(program, code);
}

std::string directives(const Exhibit& exhibit, const std::vector<Diagnostic>& diagnostics) {
  std::ostringstream said;
  for (const Diagnostic& each : diagnostics) {
    said << (each.severity == Severity::error ? "# error: " : "# warning: ") << each.message << "\n";
    if (each.source) {
      syntax::LineColumn at = each.source->position(each.span.begin);
      said << "# at: " << at.line << ":" << at.column << "\n";
    }
    if (!each.advice.empty()) said << "# try: " << each.advice << "\n";
    for (const syntax::Note& note : each.notes) {
      if (!note.source) continue;
      syntax::LineColumn at = note.source->position(note.span.begin);
      said << "# note: " << (note.source == each.source ? std::string() : note.source->name() + ":") << at.line << ":" << at.column << " " << note.message << "\n";
    }
    if (each.edits.empty()) continue;
    std::string edited = applied(exhibit.code, each.edits);
    std::istringstream before(exhibit.code), after(edited);
    std::string a, b;
    while (std::getline(after, b)) {
      bool same = std::getline(before, a) && a == b;
      if (!same) {
        said << "# edit: " << b << "\n";
        break;
      }
    }
  }
  return said.str();
}

// What is left of a message without what it quotes: the same cause gives the same text.
std::string cause_of(std::string_view message) {
  std::string left;
  bool quoted = false;
  for (char c : message) {
    if (c == '`') quoted = !quoted;
    if (!quoted && !(c >= '0' && c <= '9')) left += c;
  }
  return left;
}

}  // namespace

TEST_CASE("every diagnostic of the gallery says what it said", "[types]") {
  bool update = std::getenv("M31_UPDATE") != nullptr;
  std::size_t count = 0;
  for (const std::filesystem::path& path : files()) {
    std::string written;
    for (const Exhibit& exhibit : read(path)) {
      INFO(exhibit.file << ": " << exhibit.name << "\n" << exhibit.code);
      types::Checked checked = check(exhibit.code);
      std::string said = directives(exhibit, checked.diagnostics);
      written += "# program: " + exhibit.name + "\n" + exhibit.code + said;
      ++count;
      if (!update) CHECK(said == exhibit.said);
      CHECK(!checked.diagnostics.empty());
      for (const Diagnostic& each : checked.diagnostics) CHECK(each.source != nullptr);
    }
    if (update) std::ofstream(path, std::ios::binary) << written;
  }
  CHECK(count >= 80);
}

TEST_CASE("a mechanical edit makes the program right", "[types]") {
  std::size_t edited = 0;
  for (const std::filesystem::path& path : files())
    for (const Exhibit& exhibit : read(path)) {
      types::Checked checked = check(exhibit.code);
      std::vector<syntax::Edit> edits;
      bool all = true;                      // some other mistake is mended by hand
      for (const Diagnostic& each : checked.diagnostics) {
        if (each.severity == Severity::error) all = all && !each.edits.empty();
        edits.insert(edits.end(), each.edits.begin(), each.edits.end());
      }
      if (edits.empty() || !all) continue;
      ++edited;
      std::string text = applied(exhibit.code, edits);
      INFO(exhibit.file << ": " << exhibit.name << "\n" << text);
      types::Checked again = check(text);
      INFO(test::rendered(again));
      CHECK(test::errors_in(again) == 0);
    }
  CHECK(edited >= 40);
}

TEST_CASE("no two of the gallery have the same cause, and each suggests something", "[types]") {
  std::map<std::string, std::string> known;
  for (const std::filesystem::path& path : files())
    for (const Exhibit& exhibit : read(path)) {
      types::Checked checked = check(exhibit.code);
      if (checked.diagnostics.empty()) continue;
      INFO(exhibit.file << ": " << exhibit.name << "\n" << checked.diagnostics[0].message);
      CHECK(!checked.diagnostics[0].advice.empty());
      // A habit of other languages is a cause of its own: what it is told to be here.
      const Diagnostic& first = checked.diagnostics[0];
      std::string cause = exhibit.file == "habits.m31" ? "a habit: " + first.message + first.advice : cause_of(first.message);
      auto [at, is_new] = known.emplace(std::move(cause), exhibit.name);
      INFO("the same cause as " << at->second);
      CHECK(is_new);
    }
}

}  // namespace m31
