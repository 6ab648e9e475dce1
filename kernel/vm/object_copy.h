// Copying everything reachable from one value, once: sharing inside it is kept, what was referenced once comes out
// unshared, and the source is left as it was. Two steps, so that the target can make room in between:
//
//   ObjectCopy copy(root);               // walks: finds the objects and how many bytes they take
//   copy.write_to(memory);               // copies them, references pointing into `memory` already; restores the source
//
// In between the source's headers are in use as marks: nothing may look at it. Static strings are copied too.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/vm/object_walk.h"

namespace m31::vm {

class ObjectCopy {
 public:
  explicit ObjectCopy(Object* root);
  std::size_t bytes() const { return bytes_; }
  std::size_t object_count() const { return count_; }
  // `memory` holds bytes(). Externals in the copy have gained a count each; calls external(External*) for each.
  template <class OnExternal>
  void write_to(char* memory, OnExternal external);

 private:
  struct Found {
    Object* object;
    std::uint64_t header;        // as it was
    std::size_t offset;
    bool shared;
  };
  void find(Slot slot);
  void copy_objects(char* memory);
  Found& at(std::size_t i) { return i < inline_count ? few_[i] : many_[i - inline_count]; }

  static constexpr std::size_t inline_count = 16;
  Found few_[inline_count];
  std::vector<Found> many_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

template <class OnExternal>
void ObjectCopy::write_to(char* memory, OnExternal external) {
  copy_objects(memory);
  for (std::size_t i = 0; i < count_; ++i) {
    auto* copy = reinterpret_cast<Object*>(memory + at(i).offset);
    if (is_external(copy)) external(static_cast<External*>(copy));
  }
}

}  // namespace m31::vm
