// launch ROUNDS COMMAND... [-- COMMAND...]...: the wall time of starting each command and waiting for its end.
//
// The commands take turns (A B C A B C ..), so that whatever else the machine does meets all of them alike. Prints one
// line for each command: median, best and 90th percentile in microseconds. Output of the commands is thrown away.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

extern char** environ;

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: launch ROUNDS COMMAND... [-- COMMAND...]...\n");
    return 2;
  }
  const int rounds = std::atoi(argv[1]);
  std::vector<std::vector<char*>> commands(1);
  for (int i = 2; i < argc; ++i) {
    if (std::strcmp(argv[i], "--") == 0) commands.emplace_back();
    else commands.back().push_back(argv[i]);
  }
  posix_spawn_file_actions_t silent;
  posix_spawn_file_actions_init(&silent);
  posix_spawn_file_actions_addopen(&silent, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&silent, 1, "/dev/null", O_WRONLY, 0);
  std::vector<std::vector<double>> times_us(commands.size());
  for (auto& command : commands) command.push_back(nullptr);
  for (int round = -3; round < rounds; ++round) {
    for (std::size_t c = 0; c < commands.size(); ++c) {
      const auto began = std::chrono::steady_clock::now();
      pid_t pid = 0;
      if (posix_spawnp(&pid, commands[c][0], &silent, nullptr, commands[c].data(), environ) != 0) {
        std::fprintf(stderr, "launch: cannot start %s\n", commands[c][0]);
        return 1;
      }
      int status = 0;
      waitpid(pid, &status, 0);
      const auto ended = std::chrono::steady_clock::now();
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        std::fprintf(stderr, "launch: %s ended with status %d\n", commands[c][0], status);
        return 1;
      }
      if (round >= 0) times_us[c].push_back(std::chrono::duration<double, std::micro>(ended - began).count());
    }
  }
  for (auto& times : times_us) {
    std::sort(times.begin(), times.end());
    std::printf("%.1f %.1f %.1f\n", times[times.size() / 2], times[0], times[times.size() * 9 / 10]);
  }
}
