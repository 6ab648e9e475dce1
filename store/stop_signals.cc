#include "store/stop_signals.h"

#include <csignal>
#include <mutex>
#include <unistd.h>

namespace m31::store {
namespace {

constexpr int signals[] = {SIGTSTP, SIGTTIN, SIGTTOU};
constexpr int signal_count = 3;

volatile std::sig_atomic_t asked[signal_count];

std::mutex mutex;   // guards what follows
int deferring = 0;
struct sigaction before[signal_count];

void note(int signal) {
  for (int i = 0; i < signal_count; ++i)
    if (signals[i] == signal) asked[i] = 1;
}

}  // namespace

StopSignalsDeferred::StopSignalsDeferred() {
  std::lock_guard lock(mutex);
  if (deferring++) return;
  for (int i = 0; i < signal_count; ++i) {
    sigaction(signals[i], nullptr, &before[i]);
    if (before[i].sa_handler == SIG_IGN) continue;   // ignored stays ignored
    struct sigaction noting = {};
    noting.sa_handler = note;
    noting.sa_flags = SA_RESTART;
    sigaction(signals[i], &noting, nullptr);
  }
}

StopSignalsDeferred::~StopSignalsDeferred() {
  std::lock_guard lock(mutex);
  if (--deferring) return;
  for (int i = 0; i < signal_count; ++i)
    if (before[i].sa_handler != SIG_IGN) sigaction(signals[i], &before[i], nullptr);
  for (int i = 0; i < signal_count; ++i) {
    if (!asked[i]) continue;
    asked[i] = 0;
    kill(getpid(), signals[i]);
  }
}

}  // namespace m31::store
