// Output: a buffered file descriptor that remembers its first write error, so that a full disk is
// reported once and a closed pipe ends the program as SIGPIPE does. One thread.
#pragma once

#include <string>
#include <string_view>

namespace m31::shell {

class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}
  ~Output() { flush(); }
  Output(const Output&) = delete;
  void write(std::string_view text);
  void put(char c) { write(std::string_view(&c, 1)); }
  bool flush();                       // false once a write has failed
  int error() const { return error_; }  // errno of the first failure, 0 when none
  int fd() const { return fd_; }

 private:
  int fd_;
  int error_ = 0;
  std::string buffer_;
};

}  // namespace m31::shell
