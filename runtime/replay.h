// ReplayLog: what a fibril needs to be started again and come to the same point: its serialised first
// state (function, arguments, globals it reads), and in order what every host call gave it since: messages,
// replies, clock, chance, the ends of channels and fibrils it made. A restarted fibril is given the logged
// outcomes instead of doing the calls, so their effects are not made twice; when the log is used up it goes on
// for real. Buffered writes are the exception: they are made again, and flushed with the tokens they
// had, which the store knows.
//
// The ends that the log mentions stay open while it lives. Streams are not logged: a fibril that holds one is not
// restarted. Used by torment builds (torment.h); owned by the fibril's record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/vm/fibril.h"

namespace m31::runtime {

class ReplayLog {
 public:
  // `fibril` has not run yet.
  explicit ReplayLog(vm::Fibril& fibril);
  ~ReplayLog();
  ReplayLog(const ReplayLog&) = delete;

  // The fibril as it was at the start; the log is read from its beginning. Null if it cannot be read.
  vm::Fibril* restart(vm::FindCode find_code, void* context);

  bool is_replaying() const { return next_ < outcomes_.size(); }
  std::size_t size() const { return outcomes_.size(); }

  // ---- recording: the outcome of the host call under way
  void record_value(vm::Heap& heap, vm::Slot value, bool is_ref);
  void record_select(vm::Heap& heap, std::uint32_t arm, vm::Slot message, bool is_ref);
  void record_error(vm::Heap& heap, vm::Slot boxed);

  // ---- replaying. REQUIRES: is_replaying
  struct Outcome {
    enum class Kind : std::uint8_t { value, select, error } kind = Kind::value;
    std::uint32_t arm = 0;
    bool is_ref = false;
    std::uint64_t slot = 0;            // bits, or a detached vm::Message (0: null)
  };
  // The next outcome, its value copied into `heap`.
  Outcome next(vm::Heap& heap);

 private:
  std::string start_;
  std::vector<vm::HostObject*> handles_;
  std::vector<Outcome> outcomes_;
  std::size_t next_ = 0;
};

}  // namespace m31::runtime
