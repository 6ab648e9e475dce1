// Orders of slots and of places in a list or map, for sort, top and their like. Nothing here allocates in a heap, so the pointers that
// a comparison reads stay good for as long as one step of sorting lasts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "kernel/vm/value_ops.h"
#include "kernel/words/native_state.h"
#include "kernel/words/step_sort.h"

namespace m31::words {

// Calls use(less) with the fastest comparison of two slots of `type`.
template <class Use>
auto with_less(const types::Type* type, Use use) {
  switch (type->kind) {
    case types::TypeKind::int_:
    case types::TypeKind::duration:
    case types::TypeKind::boolean:
      return use([](Slot a, Slot b) { return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b); });
    case types::TypeKind::string:
    case types::TypeKind::bytes: return use([](Slot a, Slot b) { return vm::text_of(a) < vm::text_of(b); });
    default: return use([type](Slot a, Slot b) { return vm::compare(type, a, b) < 0; });
  }
}

// Sorting of a long list or map by the numbers of its items, which stay valid while it moves.
class OrderJob final : public NativeObject {
 public:
  explicit OrderJob(std::size_t count) : sort_(numbers(count)) {}
  explicit OrderJob(std::vector<std::uint32_t> items) : sort_(std::move(items)) {}

  // True when all is in order; else the fuel is used up.
  template <class Less>
  bool run(NativeCall& call, Less less) {
    for (;;) {
      std::size_t budget = quantum_items;
      if (sort_.step(budget, less)) return true;
      if (spent(call, 16 * quantum_items)) return false;
    }
  }
  const std::vector<std::uint32_t>& order() const { return sort_.items(); }

 private:
  static std::vector<std::uint32_t> numbers(std::size_t count) {
    std::vector<std::uint32_t> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<std::uint32_t>(i);
    return all;
  }
  StepSort<std::uint32_t> sort_;
};

inline Slot* items_of(Slot list) {
  const Slot items = vm::as<vm::List>(list)->items;
  return items ? vm::as<vm::Array>(items)->slots : nullptr;
}

}  // namespace m31::words
