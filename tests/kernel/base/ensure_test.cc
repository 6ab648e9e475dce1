// A broken invariant stops the process and says which, where, with the values.
#include "kernel/base/ensure.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <csignal>
#include <string>

namespace {

struct Ended {
  int signal = 0;
  std::string text;
};

// Runs `body` in a child process.
template <class Body>
Ended in_child(Body body) {
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(pipe_ends[1], 2);
    std::signal(SIGABRT, SIG_DFL);
    body();
    _exit(0);
  }
  close(pipe_ends[1]);
  Ended ended;
  char buffer[512];
  for (ssize_t count; (count = read(pipe_ends[0], buffer, sizeof buffer)) > 0;) ended.text.append(buffer, static_cast<std::size_t>(count));
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ended.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return ended;
}

}  // namespace

TEST_CASE("what holds goes on") {
  Ended ended = in_child([] {
    int evaluated = 0;
    ENSURE(++evaluated == 1);
    if (evaluated != 1) raise(SIGKILL);   // the condition is evaluated once
  });
  CHECK(ended.signal == 0);
  CHECK(ended.text.empty());
}

TEST_CASE("what does not hold stops, with its values") {
  Ended ended = in_child([] {
    unsigned got = 255;
    ENSURE(got < 7, got, 7);
  });
  CHECK(ended.signal == SIGABRT);
  CHECK(ended.text.find("got < 7 does not hold") != std::string::npos);
  CHECK(ended.text.find("ensure_test.cc:") != std::string::npos);
  CHECK(ended.text.find("[255 0xff] [7 0x7]") != std::string::npos);
}
