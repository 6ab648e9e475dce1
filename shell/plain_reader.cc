#include <cerrno>
#include <unistd.h>
#include <utility>

#include "shell/line_reader.h"

namespace m31::shell {

namespace {

class PlainReader : public LineReader {
 public:
  PlainReader(int in_fd, int out_fd, bool show_prompt)
      : in_fd_(in_fd), out_fd_(out_fd), show_prompt_(show_prompt) {}

  Got read(std::string_view prompt, std::string& line) override {
    if (show_prompt_ && ::write(out_fd_, prompt.data(), prompt.size()) < 0) return Got::end;
    for (;;) {
      const std::size_t newline = pending_.find('\n');
      if (newline != std::string::npos) {
        line = pending_.substr(0, newline);
        pending_.erase(0, newline + 1);
        return Got::line;
      }
      char bytes[4096];
      const ssize_t n = ::read(in_fd_, bytes, sizeof bytes);
      if (n > 0) {
        pending_.append(bytes, static_cast<std::size_t>(n));
      } else if (n < 0 && errno == EINTR) {
        pending_.clear();
        return Got::cancelled;
      } else {
        if (pending_.empty()) return Got::end;
        line = std::exchange(pending_, {});
        return Got::line;
      }
    }
  }

 private:
  int in_fd_, out_fd_;
  bool show_prompt_;
  std::string pending_;
};

}  // namespace

std::unique_ptr<LineReader> make_plain_reader(int in_fd, int out_fd, bool show_prompt) {
  return std::make_unique<PlainReader>(in_fd, out_fd, show_prompt);
}

}  // namespace m31::shell
