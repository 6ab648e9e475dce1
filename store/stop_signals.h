// A process that is stopped inside an LMDB write transaction keeps every other process from writing, for ever. While a
// StopSignalsDeferred lives, a stop asked for by the terminal (SIGTSTP of Ctrl-Z, SIGTTIN, SIGTTOU) is noted, and happens when
// the last one ends. SIGSTOP cannot be put off.
//
// Signals go to any thread, so a thread's mask would not do: the process's dispositions change meanwhile and come back
// afterwards, a face's own handlers included. Any thread.
#pragma once

namespace m31::store {

class StopSignalsDeferred {
 public:
  StopSignalsDeferred();
  ~StopSignalsDeferred();
  StopSignalsDeferred(const StopSignalsDeferred&) = delete;
  StopSignalsDeferred& operator=(const StopSignalsDeferred&) = delete;
};

}  // namespace m31::store
