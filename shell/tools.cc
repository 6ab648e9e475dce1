#include "shell/tools.h"

#include <algorithm>
#include <cstdio>

namespace m31::shell {

namespace {

constexpr Tool tools[] = {
    {"check", "[--json] FILE...|-", "what is wrong with programs, without running them", run_check},
    {"doc", "[NAME...]", "what a word, type or module of the library is; no name: all there is", run_doc},
    {"fmt", "[--check] FILE...|-", "programs in the house's layout; --check: says which are not, and exits 1", run_fmt},
    {"lsp", "", "the language server, for editors: speaks over standard input and output", run_lsp},
    {"test", "FILE...", "runs `test \"name\": ..` blocks and the examples of doc comments", run_test},
};

std::string line_of(const Tool& tool) {
  std::string line = "  m31sh " + std::string(tool.name) + " " + std::string(tool.usage);
  line.resize(std::max<std::size_t>(line.size() + 2, 38), ' ');
  return line + std::string(tool.meaning) + "\n";
}

}  // namespace

const Tool* find_tool(std::string_view name) {
  const auto found = std::find_if(std::begin(tools), std::end(tools), [&](const Tool& tool) { return tool.name == name; });
  return found == std::end(tools) ? nullptr : found;
}

std::string tool_list() {
  std::string all;
  for (const Tool& tool : tools) all += line_of(tool);
  return all;
}

int answer_options(std::string_view tool, const Arguments& arguments, const std::vector<std::string_view>& known) {
  for (const std::string& each : arguments) {
    if (each == "--") break;
    if (each == "-h" || each == "--help") {
      std::fputs(("usage:\n" + line_of(*find_tool(tool))).c_str(), stdout);
      return 0;
    }
    if (each.size() < 2 || each[0] != '-' || std::find(known.begin(), known.end(), each) != known.end()) continue;
    std::fprintf(stderr, "m31sh: %.*s has no option %s\ntry: m31sh %.*s --help\n", static_cast<int>(tool.size()), tool.data(),
                 each.c_str(), static_cast<int>(tool.size()), tool.data());
    return 2;
  }
  return -1;
}

}  // namespace m31::shell
