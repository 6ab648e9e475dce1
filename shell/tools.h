// The tools beside the shell: `m31sh check FILE..` and its like. The first word of the command line names one; a script of
// the same name is run as `./check`. Each tool reads its own arguments and gives the exit code: 0 well, 1 a test or format
// that is not right, 2 an ill-typed program, a file that cannot be read, or a wrong command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace m31::shell {

using Arguments = std::vector<std::string>;

struct Tool {
  std::string_view name;
  std::string_view usage;      // what follows the name
  std::string_view meaning;    // one line
  int (*run)(const Arguments& arguments);
};

const Tool* find_tool(std::string_view name);   // null when there is none
std::string tool_list();                        // for --help

// What every tool does with -h, --help and options that it does not know: 0 or 2 after it printed, -1 to go on.
int answer_options(std::string_view tool, const Arguments& arguments, const std::vector<std::string_view>& known);

int run_check(const Arguments& arguments);
int run_doc(const Arguments& arguments);
int run_fmt(const Arguments& arguments);
int run_lsp(const Arguments& arguments);
int run_test(const Arguments& arguments);

}  // namespace m31::shell
