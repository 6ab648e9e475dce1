#include "shell/output.h"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace m31::shell {

namespace {
constexpr std::size_t buffer_bytes = 64 * 1024;
}

void Output::write(std::string_view text) {
  buffer_.append(text);
  if (buffer_.size() >= buffer_bytes) flush();
}

bool Output::flush() {
  std::string_view left = buffer_;
  while (!left.empty() && error_ == 0) {
    const ssize_t n = ::write(fd_, left.data(), left.size());
    if (n >= 0) {
      left.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      pollfd wait{fd_, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  buffer_.clear();
  return error_ == 0;
}

}  // namespace m31::shell
