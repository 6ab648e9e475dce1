// CallQueue: the calls of a driver, served in direct style by a few native fibrils, in the order in which
// they came; the others wait (thousands of fibrils may call at once).
//
// Thread: call and cancel from any thread; perform runs on the I/O thread. Every call is answered once, also
// when it is cancelled or the I/O thread stops. The IoThread must have stopped before the queue goes.
#pragma once

#include <functional>
#include <list>
#include <unordered_map>
#include <unordered_set>

#include "runtime/driver.h"
#include "runtime/io/io_thread.h"

namespace m31::runtime {

class CallQueue {
 public:
  // Does one call. Its awaits answer `cancelled` once the call is to end; it then returns whatever it likes.
  using Perform = std::function<Reply(NativeFibril& self, const Call& call)>;

  CallQueue(IoThread& io, unsigned at_once_max, Perform perform)
      : io_(io), at_once_max_(at_once_max), perform_(std::move(perform)) {}

  void call(Call call, Answer answer);
  void cancel(std::uint64_t fibril);

 private:
  struct Waiting {
    Call call;
    Answer answer;
  };
  struct Serving {
    NativeFibril* self = nullptr;
    std::uint64_t fibril = 0;
  };

  void enqueue(Call call, Answer answer);
  void start_server();
  void serve(NativeFibril& self);
  Waiting take_first();
  void cancel_here(std::uint64_t fibril);

  IoThread& io_;
  const unsigned at_once_max_;
  const Perform perform_;
  // I/O thread only:
  std::list<Waiting> waiting_;
  std::unordered_multimap<std::uint64_t, std::list<Waiting>::iterator> by_fibril_;
  std::unordered_set<Serving*> serving_;
  unsigned servers_ = 0;
};

// What an answer is when the I/O thread has stopped, or its call was cancelled.
Failure node_is_stopping();
Failure call_was_cancelled();

}  // namespace m31::runtime
