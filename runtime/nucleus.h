// The nucleus alone, as a process: runs fibrils that another process serialises to it over `fd` until their
// next suspension, and gives them back with the operation they wait for. It has no store, no
// socket of its own and no file. Used by torment builds to prove that any suspended fibril can go on elsewhere.
#pragma once

namespace m31::runtime {

// Serves until the peer closes `fd`. The process's exit status.
int nucleus_main(int fd);

}  // namespace m31::runtime
