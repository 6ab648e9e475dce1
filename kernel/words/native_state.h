// How the native words of this folder are interrupted: what a word has done so far lies in a Fixed object that takes the place of its first
// argument (which the word may overwrite, kernel/vm/native.h), so that collector, copier and serialiser see nothing new.
//
//   slot 0       the first argument as it was
//   slots 1..    the word's own: references first, then numbers; or the handle of a C++ object (NativeObject)
//
// Words do at least a quantum of work at each call, about a tenth of a millisecond, whatever the fuel: so what is small never stops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "kernel/vm/heap.h"
#include "kernel/vm/native.h"
#include "kernel/words/text_stream.h"

namespace m31::words {

using vm::NativeCall;
using vm::NativeStatus;
using vm::Slot;

inline constexpr std::size_t quantum_bytes = 32 << 10;
inline constexpr std::size_t quantum_items = 2048;

// Takes work of so many bytes (or 16 times so many comparisons and the like) off the fuel; true when it is used up.
inline bool spent(NativeCall& call, std::size_t bytes) {
  call.fuel -= static_cast<std::int64_t>(bytes / 16 + 1);
  return call.fuel < 0;
}

inline NativeStatus done(NativeCall& call, Slot value) {
  *call.result = value;
  return NativeStatus::done;
}

inline bool resumed(const NativeCall& call) { return vm::object(call.args[0])->kind() == vm::ObjectKind::fixed; }

// Puts a state of `slots` slots (the first argument included) in place of the first argument; the others are 0. The first `references` of
// them are references. REQUIRES: not resumed.
inline void suspend_with(NativeCall& call, std::uint32_t slots, std::uint32_t references) {
  const Slot state = vm::make_fixed(call.heap, slots, (1u << references) - 1);
  vm::as<vm::Fixed>(state)->slots[0] = call.args[0];
  call.args[0] = state;
}
// REQUIRES: resumed. Until the next allocation.
inline Slot& state_slot(NativeCall& call, std::uint32_t i) { return vm::as<vm::Fixed>(call.args[0])->slots[i]; }
inline Slot first_argument(NativeCall& call) { return resumed(call) ? state_slot(call, 0) : call.args[0]; }

// Bytes from malloc as a counted text that will free them.
inline data::Text text_of_storage(char* bytes, std::size_t size) {
  auto* const buffer = new data::Buffer;
  buffer->size_bytes = size;
  buffer->bytes = bytes;
  buffer->release = [](data::Buffer* self) {
    std::free(self->bytes);
    delete self;
  };
  return {buffer, {bytes, size}};
}

// The C++ object of a word that is interrupted: made by the first call with `make`, found by those after it.
template <class Job, class Make>
Job& job_of(NativeCall& call, Make make) {
  if (!resumed(call)) {
    suspend_with(call, 2, 2);
    const Slot handle = vm::make_handle(call.heap, make());
    state_slot(call, 1) = handle;
  }
  return *native_object<Job>(state_slot(call, 1));
}

}  // namespace m31::words
