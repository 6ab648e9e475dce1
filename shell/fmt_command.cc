// m31sh fmt: programs in the house's layout, in place; `-` reads standard input and writes standard output.
#include <cstdio>

#include "kernel/syntax/format.h"
#include "shell/face.h"
#include "shell/text_file.h"
#include "shell/tools.h"

namespace m31::shell {

int run_fmt(const Arguments& arguments) {
  if (const int answered = answer_options("fmt", arguments, {"--check"}); answered >= 0) return answered;
  bool only_check = false;
  Arguments files;
  for (const std::string& each : arguments)
    if (each == "--check") only_check = true;
    else if (each != "--") files.push_back(each);
  if (files.empty()) {
    std::fputs("m31sh: fmt wants files\ntry: m31sh fmt --help\n", stderr);
    return 2;
  }
  Face face({}, false);
  int code = 0;
  const auto wrong = [&](const std::string& message) {
    std::fprintf(stderr, "m31sh: %s\n", message.c_str());
    code = 2;
  };
  for (const std::string& file : files) {
    const auto text = read_text_file(file);
    if (!text) {
      wrong(text.error());
      continue;
    }
    const auto source = std::make_shared<const syntax::Source>(file == "-" ? "<stdin>" : file, *text);
    const auto formatted = syntax::format(source);
    if (!formatted) {
      for (const auto& diagnostic : formatted.error()) face.report(diagnostic);
      code = 2;
    } else if (only_check) {
      if (*formatted == *text) continue;
      std::printf("%s\n", source->name().c_str());
      if (code == 0) code = 1;
    } else if (file == "-") {
      std::fwrite(formatted->data(), 1, formatted->size(), stdout);
    } else if (*formatted != *text) {
      if (const std::string failed = write_text_file(file, *formatted); !failed.empty()) wrong(failed);
    }
  }
  return code;
}

}  // namespace m31::shell
