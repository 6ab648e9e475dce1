// The command line of m31sh. Pure: argv in, Options or a usage message out.
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace m31::shell {

enum class Form { automatic, tsv, csv, json, m31 };   // how the last value is printed

struct Options {
  enum class Input { prompt, code, file, standard_input, nucleus } input = Input::prompt;
  std::string code;                             // of -c
  std::string file;                             // script
  std::vector<std::string> arguments;           // behind the script or --
  bool interactive = false;                     // -i: the prompt after code or file
  Form form = Form::automatic;
  std::string dump;                             // stage, or empty
  std::vector<std::string> trace;
  unsigned processors = 0;
  std::size_t fibrils_max = 0;                  // 0: the default
  int nucleus_fd = -1;
};

struct Usage {
  std::string text;
  int exit_code = 2;                            // 0 for -h and -V: text goes to stdout
};

std::expected<Options, Usage> parse_options(int argc, const char* const* argv);

}  // namespace m31::shell
