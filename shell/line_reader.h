// One line from a person. Two kinds: on a terminal an editable line (raw mode only while it is
// being read, so that Ctrl-C reaches a running program as SIGINT); elsewhere, or when TERM is dumb, plain
// lines. The editor knows no language: the prompt decides what a whole cell is.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace m31::shell {

class History;

class LineReader {
 public:
  enum class Got { line, cancelled, end };   // cancelled: Ctrl-C; end: Ctrl-D on an empty line, end of file
  virtual ~LineReader() = default;
  virtual Got read(std::string_view prompt, std::string& line) = 0;
  // More of a paste is still to come: the cell is not finished whatever it looks like.
  virtual bool in_paste() const { return false; }
};

std::unique_ptr<LineReader> make_plain_reader(int in_fd, int out_fd, bool show_prompt);
std::unique_ptr<LineReader> make_terminal_reader(int in_fd, int out_fd, History& history);

}  // namespace m31::shell
