// Messages in transit as one word: the bits of a scalar, or a detached vm::Message (0: the null reference, None).
// Whoever holds a packed reference unpacks or discards it, once.
#pragma once

#include <cstdint>

#include "kernel/vm/fibril.h"

namespace m31::runtime {

inline std::uint64_t pack(vm::Heap& from, vm::Slot value, bool is_ref) {
  return is_ref && value ? reinterpret_cast<std::uint64_t>(vm::detach(from, value, true)) : value;
}

// May collect in `to`.
inline vm::Slot unpack(vm::Heap& to, std::uint64_t packed, bool is_ref) {
  return is_ref && packed ? vm::attach(to, reinterpret_cast<vm::Message*>(packed)) : packed;
}

inline void discard_packed(std::uint64_t packed, bool is_ref) {
  if (is_ref && packed) vm::discard(reinterpret_cast<vm::Message*>(packed));
}

// Straight from heap to heap, on one thread.
inline vm::Slot copy_across(vm::Heap& to, vm::Slot value, bool is_ref) {
  return is_ref && value ? vm::copy_to(to, value, true) : value;
}

}  // namespace m31::runtime
