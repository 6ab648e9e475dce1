// A lock that a process cannot take to its grave: flock on a file in the store's directory, given back by the system when
// its holder ends in whatever way. Each LockFile is a holder of its own, in one process too. Any thread.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace m31::store {

class LockFile {
 public:
  LockFile() = default;
  LockFile(LockFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  LockFile& operator=(LockFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~LockFile() {
    if (fd_ >= 0) close(fd_);
  }

  // Beside others that share it; waits for who has it alone.
  static LockFile shared(const std::string& path) { return taken(path, LOCK_SH); }
  // Alone, or not at all.
  static LockFile alone(const std::string& path) { return taken(path, LOCK_EX | LOCK_NB); }
  bool is_held() const { return fd_ >= 0; }

 private:
  static LockFile taken(const std::string& path, int operation) {
    LockFile lock;
    int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return lock;
    if (flock(fd, operation) != 0) {
      close(fd);
      return lock;
    }
    lock.fd_ = fd;
    return lock;
  }
  int fd_ = -1;
};

}  // namespace m31::store
