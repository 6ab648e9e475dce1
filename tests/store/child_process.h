// This test program once more, as another process, running one hidden test case; what it writes to its standard output
// comes through a pipe. LMDB does not survive fork, so children are started afresh.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

extern char** environ;

namespace m31::tests {

class ChildProcess {
 public:
  // `settings`: NAME=VALUE, added to the environment.
  ChildProcess(std::string test_case, std::vector<std::string> settings) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    output_ = ends[0];
    std::vector<char*> environment;
    for (char** each = environ; *each; ++each) environment.push_back(*each);
    for (std::string& setting : settings) environment.push_back(setting.data());
    environment.push_back(nullptr);
    std::string program = "/proc/self/exe";
    char* arguments[] = {program.data(), test_case.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
    if (posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environment.data()) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
  }
  ~ChildProcess() {
    if (pid_ > 0) end(SIGKILL);
    if (output_ >= 0) close(output_);
  }
  ChildProcess(const ChildProcess&) = delete;

  bool started() const { return pid_ > 0; }
  void signal(int number) const { kill(pid_, number); }
  int output() const { return output_; }
  // Blocks until `bytes` have come; false at the end of output.
  bool read_exactly(void* to, std::size_t bytes) const {
    for (std::size_t got = 0; got < bytes;) {
      ssize_t n = ::read(output_, static_cast<char*>(to) + got, bytes - got);
      if (n <= 0) return false;
      got += static_cast<std::size_t>(n);
    }
    return true;
  }
  int end(int number) {
    kill(pid_, number);
    return wait();
  }
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

  static constexpr int child_output = 3;   // the descriptor that a child writes to

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

}  // namespace m31::tests
