// Heap: one fibril's memory. Bump allocation, precise Cheney copying, no one else is stopped.
// Begins in the fibril's first small block and grows by copying; objects over large_bytes live in a
// non-moving space; big strings live outside (data::Buffer), counted towards collection.
//
// Any allocate or make_* call may collect: every Slot held in C++ across it must be in a root: a VM
// register, or a Root on the C++ stack. One thread at a time (the processor that runs the fibril).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/vm/value.h"

namespace m31::vm {

inline constexpr std::size_t large_bytes = 32 * 1024;

class Fibril;
class Heap;

// Keeps one slot alive and up to date across allocations: Root xs(heap, slot); ... xs.get().
class Root {
 public:
  Root(Heap& heap, Slot slot);
  ~Root();
  Root(const Root&) = delete;
  Slot get() const { return slot_; }
  void set(Slot slot) { slot_ = slot; }
  template <class T> T* as() const { return reinterpret_cast<T*>(slot_); }

 private:
  friend class Heap;
  Heap& heap_;
  Root* next_;
  Slot slot_;
};

// Construction. All may collect. Arguments that are slots are taken by value and kept alive inside.
Slot make_string(Heap& heap, std::string_view copied, bool bytes = false);
Slot make_string(Heap& heap, data::Text text, bool bytes = false);        // outside when large, no copy
Slot slice_string(Heap& heap, Slot string, std::size_t from, std::size_t length);  // copies small slices
Slot make_fixed(Heap& heap, std::uint32_t slot_count, std::uint32_t pointer_map);  // slots 0; for more than 32 slots see make_wide
Slot make_box(Heap& heap, std::uint64_t type_id, Slot value, bool is_ref);
Slot make_list(Heap& heap, bool ref_items, std::size_t capacity);
void list_append(Heap& heap, Root& list, Slot item);                       // list must be unshared
Slot make_map(Heap& heap, bool ref_keys, bool ref_values, std::size_t capacity);
// Keys compare as String/Bytes when string_keys, else as scalars; structural keys go through map_ops.h.
void map_put_text(Heap& heap, Root& map, std::string_view key, Slot value); // key must not lie in this heap
Slot make_handle(Heap& heap, HostObject* adopted, std::uint64_t word = 0);  // adopts one count

// Sharing (kernel/code: value semantics). A slot that comes to stand in a second place is marked; who changes a
// container in place owns it first. `share` of anything that cannot be changed is harmless.
inline void share(Slot slot) {
  if (slot && !(object(slot)->header & flag_static)) object(slot)->header |= flag_shared;
}
void share_items(Slot container);                 // marks each child that is a reference
Slot own(Heap& heap, Slot container);             // itself when unshared, else a shallow copy whose children are marked
std::uint64_t bytes_copied_before_changes();   // by own, of this thread: for tests of what is linear
// Bytes that may still be allocated before the memory limit ends the fibril; natives check it before a huge result.
std::size_t room_bytes(const Heap& heap);
void collect(Heap& heap);                         // now; for tests and idle fibrils

inline std::size_t list_count(Slot list) { return as<List>(list)->count; }
inline Slot list_at(Slot list, std::size_t i) { return as<Array>(as<List>(list)->items)->slots[i]; }

}  // namespace m31::vm
