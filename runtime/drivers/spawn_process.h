// Starting a process that is not of the terminal's: no signal is blocked or ignored in it, and it leads a process group of its own, so that
// Ctrl-C at the terminal is not for it. It gets the descriptors that `actions` name and no other.
#pragma once

#include <spawn.h>
#include <sys/types.h>

namespace m31::runtime {

// Descriptors from 3 on are closed; `actions` is used up. 0, or errno.
int spawn_process(pid_t& pid, const char* path, posix_spawn_file_actions_t& actions, char* const arguments[], char* const environment[]);

}  // namespace m31::runtime
