// Host: the one narrow interface through which the nucleus sees the world. Each operation that
// leaves a fibril is a `host` call; it is done at once or the fibril is parked, and the mantle completes
// it later. kernel/vm knows the operations below by number because they are hot; all others go by name.
//
// Called on the processor that runs the fibril. Must not block. May allocate in the fibril's heap.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/vm/native.h"

namespace m31::code {
struct FnCode;
}

namespace m31::vm {

enum class HostStatus : std::uint8_t { done, raised, blocked };

struct HostCall {
  Fibril& fibril;
  Slot* args;                                    // VM registers: roots; refreshed if the stack moves
  std::uint32_t arg_count;
  std::span<const types::Type* const> types;
  const types::Type* result_type;
  Slot* result;                                  // register that gets the value (now, or at completion)
  bool result_unused;
  HostStatus raise(std::string_view kind, std::string_view message);
};

class Host {
 public:
  // Channels. `channel` is a Handle of role sender/receiver.
  virtual HostStatus make_channel(HostCall& call, std::uint32_t capacity) = 0;  // result: (Sender, Receiver)
  virtual HostStatus send(HostCall& call) = 0;        // args: sender, value
  virtual HostStatus receive(HostCall& call) = 0;     // args: receiver; raises Ended
  virtual HostStatus close(HostCall& call) = 0;       // args: sender
  // Spawns `code` with args (copied into the child's heap) and the globals it reads; result:
  // (Sender[In], Receiver[Out]). The closure form has code == null and args[0] the closure.
  virtual HostStatus spawn(HostCall& call, const code::FnCode* code) = 0;
  virtual HostStatus parent(HostCall& call, bool receiver) = 0;
  // select: three args for each arm: kind (0 receive, 1 send, 2 after), channel or Duration, value to send or 0; types
  // likewise (of a receive arm the third is the message's type). Result: index of the arm; a message goes to args[0].
  // Blocked: complete_select().
  virtual HostStatus select(HostCall& call, std::uint32_t arm_count) = 0;
  // Everything else: "fs.invoke", "http.req", "print", "clock.now", ...
  virtual HostStatus operation(HostCall& call, std::string_view name) = 0;
  // The names chan.make (args: type, capacity), chan.send, chan.recv, chan.close of the standard library are the
  // functions above.
 protected:
  ~Host() = default;
};

}  // namespace m31::vm
