// FibrilRecord: what the runtime knows of one fibril beside its VM state: who it is, where it stands
// in a queue, what it waits for, and the ends it holds as PARENT. Small, for there may be a million;
// what few fibrils need (timers, selects, buffered writes) hangs off `extra`.
//
// Owned by one processor at a time. A runnable fibril may be given to another one by ring, whole; one
// that waits stays where it is until its wait has ended.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel/vm/fibril.h"
#include "runtime/channel.h"
#include "runtime/timer_heap.h"

namespace m31::runtime {

class Box;
class Processor;
class ReplayLog;
class WriteBuffer;
struct SessionState;
struct SessionPart;
struct Cell;           // what all fibrils share that descend from one eval()
struct PendingCall;

enum class FibrilState : std::uint8_t {
  runnable,    // in the run queue of its processor, or on its way to another
  running,
  at_channel,  // `waiter` is lent to a channel's home
  selecting,   // the arms of extra->select stand at channels of this processor
  gathering,   // a select waits until its channels have been brought here
  sleeping,    // extra->timer
  calling,     // a driver has extra->call
  streaming,   // a native word waits for a chunk; extra->call is what wakes it
  flushing,    // extra->call brings the verdict on buffered writes; then the act that made it flush is done again
  ending,      // as flushing, after its last instruction
};

// What one processor knows of one session: its fibrils here.
struct SessionPart {
  SessionState* session = nullptr;
  FibrilRecord* first = nullptr;       // list through previous/next
  std::uint32_t outside = 0;           // fibrils that wait for a driver, a stream or a timer
};

// A question to the world outside the processors, and the fibril that waits for the answer. The asker may be gone
// (killed) when it comes: `fibril` is null then. Touched on `processor` only.
struct PendingCall {
  Processor* processor = nullptr;
  FibrilRecord* fibril = nullptr;
};

struct Select {
  std::vector<Waiter> arms;            // never resized while they stand at channels
  std::uint16_t timer_arm = 0;
  bool has_timer = false;
};

struct FibrilExtra {
  FibrilExtra();
  ~FibrilExtra();
  Timer timer;
  std::unique_ptr<Select> select;
  std::shared_ptr<PendingCall> call;
  std::unique_ptr<ReplayLog> log;      // torment only
  std::unique_ptr<WriteBuffer> writes;
  std::uint32_t flushes = 0;           // sequence number of the next flush
  std::uint32_t first_write_line = 0;  // of what is buffered
};

struct FibrilRecord {
  FibrilRecord* next_runnable = nullptr;
  FibrilRecord* previous = nullptr;
  FibrilRecord* next = nullptr;
  vm::Fibril* vm = nullptr;
  SessionPart* part = nullptr;
  const Cell* cell = nullptr;
  const core::FnInstance* instance = nullptr;
  Box* box = nullptr;                  // the sandbox it runs in, counted; null: the session itself
  std::size_t charged_bytes = 0;       // of memory, to the box
  std::uint64_t id = 0;                // from the parent's id and spawn number: a re-run makes the same children
  Waiter waiter;
  Channel* out = nullptr;              // to the parent: one sender end is held here
  Channel* in = nullptr;               // from the parent: one receiver end
  std::unique_ptr<FibrilExtra> extra_;
  std::uint32_t spawned = 0;           // children so far
  std::uint32_t epoch = 0;             // of its latest start
  FibrilState state = FibrilState::runnable;
  std::uint8_t far_calls = 0;          // at channels of other processors, since it last used up a slice
  bool is_root = false;                // of a cell: stays on its session's processor
  bool is_heavy = false;               // used up its last slice of fuel
  bool is_restarting = false;          // torment: killed to be started again
  bool failed = false;                 // how it ended, while its last writes are flushed
  enum class Dying : std::uint8_t { no, waits_for_both, waits_for_one } dying = Dying::no;   // killed while something was lent out

  FibrilExtra& extra() {
    if (!extra_) extra_ = std::make_unique<FibrilExtra>();
    return *extra_;
  }
};

inline FibrilRecord& record_of(const vm::Fibril& fibril) {
  return *static_cast<FibrilRecord*>(vm::host_data(fibril));
}

bool has_writes(const FibrilRecord& fibril);     // buffered and not flushed

// A fibril's number from its parent's and its place among its siblings; well mixed, never 0.
std::uint64_t child_id(std::uint64_t parent, std::uint32_t number);

// As messages call it: its function and the beginning of its id.
std::string name_of(const FibrilRecord& fibril);

// First in, first out, through FibrilRecord::next_runnable.
class RunQueue {
 public:
  bool empty() const { return first_ == nullptr; }
  std::size_t size() const { return size_; }
  void push(FibrilRecord* fibril) {
    fibril->next_runnable = nullptr;
    (last_ ? last_->next_runnable : first_) = fibril;
    last_ = fibril;
    ++size_;
  }
  FibrilRecord* pop() {
    FibrilRecord* fibril = first_;
    if (!fibril) return nullptr;
    first_ = fibril->next_runnable;
    if (!first_) last_ = nullptr;
    --size_;
    return fibril;
  }

 private:
  FibrilRecord* first_ = nullptr;
  FibrilRecord* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace m31::runtime
