#include "runtime/nucleus_link.h"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

namespace m31::runtime {

NucleusLink::~NucleusLink() { ::close(fd_); }

bool NucleusLink::send(const NucleusFrame& frame) {
  const std::string bytes = encode(frame);
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

std::optional<NucleusFrame> NucleusLink::receive() {
  for (;;) {
    std::string_view rest = std::string_view(received_).substr(used_);
    const std::size_t before = rest.size();
    auto frame = decode_frame(rest);
    if (!frame) return std::nullopt;
    if (*frame) {
      used_ += before - rest.size();
      if (used_ == received_.size()) {
        received_.clear();
        used_ = 0;
      }
      return std::move(**frame);
    }
    char bytes[65536];
    const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    received_.append(bytes, static_cast<std::size_t>(n));
  }
}

}  // namespace m31::runtime
