#include "shell/text_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace m31::shell {

std::expected<std::string, std::string> read_text_file(const std::string& path) {
  const bool from_input = path == "-";
  const int fd = from_input ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text;
  char bytes[65536];
  ssize_t got = fd < 0 ? -1 : 1;
  while (got > 0 || (got < 0 && fd >= 0 && errno == EINTR)) {
    got = ::read(fd, bytes, sizeof bytes);
    if (got > 0) text.append(bytes, static_cast<std::size_t>(got));
  }
  const int error = errno;
  if (!from_input && fd >= 0) ::close(fd);
  if (got < 0) return std::unexpected("cannot read " + (from_input ? "standard input" : path) + ": " + std::strerror(error));
  return text;
}

std::string write_text_file(const std::string& path, const std::string& text) {
  // A link stays a link: what it names is replaced.
  char resolved[4096];
  const std::string target = ::realpath(path.c_str(), resolved) ? resolved : path;
  struct stat before {};
  const mode_t mode = ::stat(target.c_str(), &before) == 0 ? before.st_mode & 07777 : 0644;
  const std::string beside = target + ".m31-" + std::to_string(::getpid());
  const auto failed = [&] { return "cannot write " + path + ": " + std::strerror(errno); };
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return failed();
  std::string wrong;
  for (std::size_t at = 0; at < text.size() && wrong.empty();) {
    const ssize_t n = ::write(fd, text.data() + at, text.size() - at);
    if (n >= 0) at += static_cast<std::size_t>(n);
    else if (errno != EINTR) wrong = failed();
  }
  if (::fchmod(fd, mode) != 0 && wrong.empty()) wrong = failed();
  if (::close(fd) != 0 && wrong.empty()) wrong = failed();
  if (wrong.empty() && ::rename(beside.c_str(), target.c_str()) != 0) wrong = failed();
  if (!wrong.empty()) ::unlink(beside.c_str());
  return wrong;
}

}  // namespace m31::shell
