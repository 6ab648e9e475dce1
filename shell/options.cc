#include "shell/options.h"

#include <CLI/CLI.hpp>

#include "shell/tools.h"

namespace m31::shell {

namespace {

constexpr const char* description =
    "A distributed REPL shell. Without code or a file it opens a prompt, or runs the program on\n"
    "standard input when that is not a terminal.";
constexpr const char* examples =
    "Examples:\n"
    "  m31sh -c 'stdin | words | lower | freq | top(10)' < book.txt\n"
    "  m31sh -c '1..=10 | map(x => x * x) | sum'\n"
    "  m31sh script.m31        a script\n"
    "  m31sh -                 a program from standard input\n"
    "Tools, each with its own --help:\n";

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> items;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    if (comma > from) items.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return items;
}

}  // namespace

std::expected<Options, Usage> parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app{description, "m31sh"};
  app.footer(std::string(examples) + tool_list());
  app.set_version_flag("-V,--version", "m31sh " M31_VERSION);
  bool tsv = false, csv = false, json = false, m31 = false;
  std::string trace;
  auto* code = app.add_option("-c,-e,--code", options.code, "run CODE")->type_name("CODE");
  app.add_flag("-i,--interactive", options.interactive, "open the prompt after CODE or FILE");
  app.add_flag("--tsv", tsv, "print the value tab-separated, as in a pipe");
  app.add_flag("--csv", csv, "print the value as CSV, the names of its columns first");
  app.add_flag("--json", json, "print the value as JSON");
  app.add_flag("--m31", m31, "print the value as the expression that makes it");
  app.add_option("--dump", options.dump, "print a stage instead of running: tokens ast types bytecode")
      ->type_name("STAGE")
      ->check(CLI::IsMember({"tokens", "ast", "types", "bytecode"}));
  app.add_option("--trace", trace, "trace to standard error: store,fibril")->type_name("LIST");
  app.add_option("--processors", options.processors, "worker threads (default: one per core)")
      ->type_name("N")->check(CLI::Range(1U, 256U));
  app.add_option("--fibrils", options.fibrils_max, "how many fibrils may live (default 100000)")
      ->type_name("N")->check(CLI::PositiveNumber);
  auto* nucleus = app.add_option("--nucleus", options.nucleus_fd)->group("");
  // Everything from the first word that is no option on belongs to the script.
  app.prefix_command();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return std::unexpected(Usage{app.help(), 0});
  } catch (const CLI::CallForVersion&) {
    return std::unexpected(Usage{"m31sh " M31_VERSION "\n", 0});
  } catch (const CLI::ParseError& error) {
    return std::unexpected(Usage{std::string("m31sh: ") + error.what() + "\ntry: m31sh --help\n", 2});
  }
  std::vector<std::string> rest = app.remaining();
  if (!rest.empty() && rest[0] == "--") {
    rest.erase(rest.begin());
  } else if (!rest.empty() && rest[0].size() > 1 && rest[0][0] == '-') {
    return std::unexpected(Usage{"m31sh: unknown option " + rest[0] + "\ntry: m31sh --help\n", 2});
  }
  if (tsv + csv + json + m31 > 1)
    return std::unexpected(Usage{"m31sh: --tsv, --csv, --json and --m31 exclude each other: choose one\n", 2});
  if (tsv) options.form = Form::tsv;
  if (csv) options.form = Form::csv;
  if (json) options.form = Form::json;
  if (m31) options.form = Form::m31;
  options.trace = split_list(trace);
  if (nucleus->count() > 0) {
    options.input = Options::Input::nucleus;
  } else if (code->count() > 0) {
    options.input = Options::Input::code;
    options.arguments = rest;
  } else if (!rest.empty()) {
    options.input = rest[0] == "-" ? Options::Input::standard_input : Options::Input::file;
    options.file = rest[0];
    options.arguments.assign(rest.begin() + 1, rest.end());
  }
  return options;
}

}  // namespace m31::shell
