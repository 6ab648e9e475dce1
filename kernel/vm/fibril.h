// Fibril: one strand of execution: VM stack, heap, environment of top-level names, and what it
// waits for. Lives in one block of at most 512 bytes when new; stack and heap grow by copying.
// Owned by exactly one processor at a time; nothing in it is touched by two threads.
//
//   run(fibril, host, fuel) -> done | blocked | yielded | trapped
//     done     result() holds the value (its type is code's result type)
//     blocked  a host operation or native word waits; complete()/fail() makes it runnable again
//     yielded  fuel used up; run again
//     trapped  an error left its outermost frame (error() is the boxed value), or a limit was hit
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/code/code.h"
#include "kernel/data/datum.h"
#include "kernel/vm/heap.h"
#include "kernel/vm/host.h"

namespace m31::vm {

enum class RunStatus : std::uint8_t { done, blocked, yielded, trapped };

struct Limits {
  std::size_t heap_bytes_max = std::size_t{16} << 30;
  std::size_t stack_bytes_max = std::size_t{64} << 20;   // beyond it: StackOverflow naming the function
};

struct FrameInfo {                       // for error traces and inspection
  const code::FnCode* code;
  std::uint32_t pc;
  const core::FnInstance* function = nullptr;   // perhaps inlined in that code; set by trace()
  std::uint32_t offset = 0, line = 0;           // in the function's source
};

// The interface; its layout is the VM's own (fibril_impl in kernel/vm/*.cc).
Fibril* make_fibril(const code::FnCode* code, const Limits& limits);
void destroy(Fibril* fibril);

Heap& heap_of(Fibril& fibril);
Slot* argument_slots(Fibril& fibril);            // parameters, then captures, of the outermost frame, before the first run
void set_global(Fibril& fibril, std::string_view symbol, const types::Type* type, Slot value);
Slot get_global(Fibril& fibril, std::string_view symbol);   // 0 when absent
const types::Type* global_type(Fibril& fibril, std::string_view symbol);   // of the value it has; null when absent

bool is_killed(const Fibril& fibril);
RunStatus run(Fibril& fibril, Host& host, std::int64_t fuel);
void interrupt(Fibril& fibril);                  // any thread: makes run yield at the next check (atomic flag)
void kill(Fibril& fibril, std::string_view kind, std::string_view message);  // uncatchable: next run gives trapped

// Completing a blocked host call (processor thread). The Slot must be in this fibril's heap.
void complete(Fibril& fibril, Slot value);
void complete(Fibril& fibril, const data::Datum& value);   // builds it by the call's result type
void complete_select(Fibril& fibril, std::uint32_t arm, Slot message);  // message 0 unless a receive arm
const types::Type* pending_type(const Fibril& fibril);     // result type of the blocked host call
Slot* pending_args(Fibril& fibril);                        // its args, still roots while it is blocked
void fail(Fibril& fibril, std::string_view kind, std::string_view message, std::int64_t code = 0);
void fail(Fibril& fibril, Slot boxed_error);               // an error value of another fibril, already copied here
void retry(Fibril& fibril);                      // a blocked native word is called again (a chunk came)

Slot result(Fibril& fibril);
data::Datum result_datum(Fibril& fibril);
Slot error(Fibril& fibril);                      // boxed error value after trapped
data::Datum error_datum(Fibril& fibril);
std::vector<FrameInfo> trace(const Fibril& fibril);         // innermost first; of the error after trapped
std::size_t memory_bytes(const Fibril& fibril);             // block, heap, outside
std::size_t used_bytes(const Fibril& fibril);               // of it, what is not free: live or not collected yet
// Of stack, from now on: beyond it the fibril ends with this message, which outlives it. False: it has more already.
bool set_stack_max(Fibril& fibril, std::size_t bytes, std::string_view message);
// Of heap and outside, from now on; beyond it the fibril ends with this message, which outlives it.
void set_memory_max(Fibril& fibril, std::size_t bytes, std::string_view message);

void* host_data(const Fibril& fibril);           // the runtime's own pointer
void set_host_data(Fibril& fibril, void* data);
// Calls `visit` for each handle alive in the heap (termination, migration); collects first.
void for_each_handle(Fibril& fibril, void (*visit)(void* context, HostObject* object), void* context);
bool interrupted(const Fibril& fibril);                    // a native word may ask

// Copying a value to another heap or to a detached message: the collector's walk with another target.
struct Message;                                   // a detached, self-contained copy; any thread may own it
Message* detach(Heap& from, Slot value, bool is_ref);       // scalars need no Message: is_ref false is a bug
Slot attach(Heap& to, Message* message);          // consumes it
void discard(Message* message);
Slot copy_to(Heap& to, Slot value, bool is_ref);  // heap to heap, same thread; `value` stays

// Values <-> Datum
Slot build(Heap& to, const types::Type* type, const data::Datum& value);
data::Datum read(const types::Type* type, Slot value);

// Serialised form of a whole suspended fibril (REQUIRES: blocked or new). Code is named by
// instance identity + bytecode hash; `find_code` gives it on the other side, null refuses. (Also of a yielded one.)
// Handles are written as their index in `handles` and given back from the same.
std::string serialise(Fibril& fibril, std::vector<HostObject*>& handles);
using FindCode = const code::FnCode* (*)(void* context, std::string_view identity, std::uint64_t bytecode_hash);
std::expected<Fibril*, std::string> restore(std::string_view bytes, FindCode find_code, void* context,
                                            const std::vector<HostObject*>& handles, const Limits& limits);

}  // namespace m31::vm
