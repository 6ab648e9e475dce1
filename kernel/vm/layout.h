// Layout of a fibril: header, first stack and first heap in one block of fibril_block_bytes. For the VM's own files only;
// everyone else uses fibril.h and heap.h.
//
//   +---------------------- 512 bytes ----------------------+
//   | Fibril (Heap first) | stack: Slot... | heap space ... |
//   +--------------------------------------------------------+
//
// A frame is the registers of one call. Two slots lie before register 0: the caller's code (null: outermost) and its
// return address; how far below the caller's register 0 lies is said by the call instruction before that address.
// Windows overlap: a callee's parameters are the caller's temporaries.
//
// `pc` always stands at a safepoint when the fibril is not running: the instruction that will be executed (again).
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "kernel/base/ensure.h"
#include "kernel/code/code.h"
#include "kernel/vm/fibril.h"
#include "kernel/vm/heap.h"
#include "kernel/vm/object_walk.h"

namespace m31::vm {

inline constexpr std::size_t fibril_block_bytes = 512;
inline constexpr std::uint32_t frame_header_slots = 2;
inline constexpr std::size_t trace_frames_max = 100;

struct LargeObject {                 // the Object follows
  LargeObject* next;
  std::size_t bytes;                 // of the object
  bool marked;
  Object* object() { return reinterpret_cast<Object*>(this + 1); }
  static LargeObject* of(Object* o) { return reinterpret_cast<LargeObject*>(o) - 1; }
};
static_assert(sizeof(LargeObject) % 8 == 0);

class Heap {
 public:
  char* bump = nullptr;
  char* limit = nullptr;
  char* begin = nullptr;
  LargeObject* large = nullptr;
  External* externals = nullptr;
  Root* roots = nullptr;
  std::size_t outside_bytes = 0;     // large objects and what lies in buffers
  std::size_t collect_at_bytes = std::size_t{1} << 20;   // of outside_bytes
  std::size_t bytes_max = 0;
  bool in_block = true;              // `begin` is part of the fibril's block

  static Root* next(Root* root) { return root->next_; }
  static Slot& slot(Root* root) { return root->slot_; }
};

enum class State : std::uint8_t { runnable, blocked, done, trapped };
enum class Completion : std::uint8_t { none, value, select, error };

struct Global {
  std::uint32_t symbol;
  const types::Type* type;
  Slot value;
};

struct Globals {                     // open addressing by symbol, power of two, at most 3/4 full
  std::vector<Global> table;         // symbol 0 = free
  std::size_t count = 0;
};

struct RareParts {                   // what most fibrils never have
  std::vector<FrameInfo> trace;
  std::string kill_kind, kill_message;
  std::string_view memory_message;   // why it ends when it needs too much; empty: its own limit
  std::string_view stack_message;    // likewise, of stack
};

class Fibril {
 public:
  Heap heap;                         // first: a Heap's fibril is found by its address
  const code::FnCode* code = nullptr;
  const code::Instruction* pc = nullptr;
  Slot* base = nullptr;
  Slot* stack = nullptr;
  Slot* stack_end = nullptr;
  Slot error = 0;                    // boxed; of a raise under way, or of trapped
  Slot completion = 0;               // of a host call; the result when done
  std::unique_ptr<Globals> globals;
  std::unique_ptr<RareParts> rare;
  const types::Type* result_type = nullptr;
  void* host_data = nullptr;
  std::size_t stack_bytes_max = 0;
  std::atomic<bool> interrupt{false};
  State state = State::runnable;
  Completion completed = Completion::none;
  bool completion_is_ref = false;
  bool killed = false;
  bool over_memory = false;
  bool stack_in_block = true;
  std::uint32_t select_arm = 0;

  std::uint32_t pc_index() const { return static_cast<std::uint32_t>(pc - code->instructions.data()); }
  RareParts& rare_parts() {
    if (!rare) rare = std::make_unique<RareParts>();
    return *rare;
  }
};

inline Fibril& fibril_of(Heap& heap) { return reinterpret_cast<Fibril&>(heap); }

// Torment collects such heaps at every allocation.
inline bool lives_little(const Heap& heap) {
  return static_cast<std::size_t>(heap.bump - heap.begin) + heap.outside_bytes < 16384;
}

// Allocation: bytes are a multiple of 8; header is the caller's to write before the next allocation.
Object* allocate_slow(Heap& heap, std::size_t bytes);
inline Object* allocate(Heap& heap, std::size_t bytes) {
#ifndef M31_TORMENT
  char* at = heap.bump;
  if (bytes <= static_cast<std::size_t>(heap.limit - at)) [[likely]] {
    if (bytes <= large_bytes) {
      heap.bump = at + bytes;
      return reinterpret_cast<Object*>(at);
    }
  }
#endif
  return allocate_slow(heap, bytes);
}
Slot make_wide(Heap& heap, std::uint32_t field_count, const std::uint64_t* pointer_map);   // fields 0
Slot make_array(Heap& heap, bool ref_items, std::size_t capacity);                         // slots 0
Slot make_raw(Heap& heap, std::size_t words);                                             // words undefined
Slot make_closure(Heap& heap, const code::FnCode* code, std::uint32_t capture_count, const std::uint64_t* pointer_map);
void note_outside(Heap& heap, External* external, std::size_t bytes);  // links a new StrExt or Handle
void make_room(Heap& heap, std::size_t bytes);   // may collect; then `bytes` fit without a collection
void free_heap(Heap& heap);

// Makes room for `slots` more slots from `base` on; false at stack_bytes_max. Moves the stack.
bool grow_stack(Fibril& fibril, Slot* from, std::uint32_t slots);

// Frames, innermost first: f(base, code, pc index, under_way): under_way for all but the innermost.
template <class F>
void for_each_frame(const Fibril& fibril, F&& f) {
  Slot* base = fibril.base;
  const code::FnCode* code = fibril.code;
  if (!code) return;
  std::uint32_t pc = fibril.pc_index();
  bool under_way = false;
  for (;;) {
    f(base, code, pc, under_way);
    const auto* caller = reinterpret_cast<const code::FnCode*>(base[-2]);
    if (!caller) return;
    const auto* call = reinterpret_cast<const code::Instruction*>(base[-1]) - 1;
    base -= call->a;
    code = caller;
    pc = static_cast<std::uint32_t>(call - code->instructions.data());
    under_way = true;
  }
}

// Bitmap of the references at a safepoint, or of the other live registers; null when there are none.
const std::uint64_t* live_bitmap(const code::FnCode& code, std::uint32_t pc, bool under_way, bool scalars = false);

template <class F>
void for_each_frame_slot(const Fibril& fibril, F&& f) {
  for_each_frame(fibril, [&](Slot* base, const code::FnCode* code, std::uint32_t pc, bool under_way) {
    const std::uint64_t* bitmap = live_bitmap(*code, pc, under_way);
    if (!bitmap) return;
    std::uint32_t words = (code->register_count + 63) / 64;
    for (std::uint32_t w = 0; w < words; ++w)
      for (std::uint64_t bits = bitmap[w]; bits; bits &= bits - 1)
        f(base[64 * w + static_cast<std::uint32_t>(__builtin_ctzll(bits))]);
  });
}

}  // namespace m31::vm
