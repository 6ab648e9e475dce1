// m31sh doc: what there is to say about a name of the library; without a name, which modules and words there are.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include "kernel/types/program.h"
#include "shell/tools.h"

namespace m31::shell {

namespace {

// Signatures, which stand first and are not indented, are bold on a terminal.
void show(const std::string& text) {
  const char* no_color = std::getenv("NO_COLOR");
  const bool color = ::isatty(1) == 1 && !(no_color && *no_color);
  bool heads = color;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.empty()) heads = false;
    std::printf(heads ? "\x1b[1m%s\x1b[0m\n" : "%s\n", line.c_str());
    at = end + 1;
  }
}

}  // namespace

int run_doc(const Arguments& arguments) {
  if (const int answered = answer_options("doc", arguments, {}); answered >= 0) return answered;
  types::Program program;
  if (arguments.empty()) {
    show("M31's library: m31sh doc NAME shows more\n\n" + program.overview());
    std::fputs("\nWords that are always in scope:\n", stdout);
    std::string line = " ";
    for (const std::string& name : program.names()) {
      if (program.describe(name).kind == types::Description::Kind::module) continue;
      if (line.size() + name.size() > 100) {
        std::puts(line.c_str());
        line = " ";
      }
      line += " " + name;
    }
    std::puts(line.c_str());
    return 0;
  }
  int code = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const types::Description of = program.describe(arguments[i]);
    if (of.kind == types::Description::Kind::nothing) {
      const std::string near = types::nearest_name(arguments[i], program.names());
      std::fprintf(stderr, "m31sh: there is no `%s`%s\n", arguments[i].c_str(), near.empty() ? "" : (": did you mean `" + near + "`?").c_str());
      code = 1;
      continue;
    }
    if (i) std::puts("");
    show(types::help_text(of));
  }
  return code;
}

}  // namespace m31::shell
