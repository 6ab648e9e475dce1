// Face: turns a session's events into what stands on the terminal or goes down the pipe. Values and
// output go to standard output, diagnostics, errors and progress to standard error.
#pragma once

#include <expected>
#include <string>

#include "runtime/session.h"
#include "shell/options.h"
#include "shell/output.h"

namespace m31::shell {

class Face {
 public:
  Face(const Options& options, bool at_prompt);
  void on(const runtime::Event& event);
  bool finish();                        // flushes; reports a write error once; false when there was one, or a value had no such form
  void report(const syntax::Diagnostic& diagnostic);

 private:
  void value(const runtime::Event& event);
  void exchanged(const std::expected<std::string, std::string>& text, std::string_view end);
  void clear_progress();
  Form form_;
  bool at_prompt_;
  bool out_is_terminal_, err_is_terminal_, color_out_, color_err_;
  bool progress_shown_ = false, reported_ = false, failed_ = false;
  std::uint64_t flushed_at_ms_ = 0;
  Output out_{1}, err_{2};
};

unsigned terminal_columns(int fd);

}  // namespace m31::shell
