// Copies made because a value is about to change in one of its places only: shallow, children marked shared.
#include "kernel/vm/layout.h"

namespace m31::vm {
namespace {

thread_local std::uint64_t copied_bytes = 0;

// A copy of an object's own bytes. Part of the header that says where it lives is the copy's own.
Slot clone(Heap& heap, Slot slot) {
  if (!slot) return 0;
  Root keep(heap, slot);
  std::size_t bytes = size_bytes(object(slot));
  copied_bytes += bytes;
  Object* copy = allocate(heap, bytes);
  std::memcpy(static_cast<void*>(copy), object(keep.get()), bytes);
  copy->header &= ~(flag_shared | flag_static | flag_large);
  if (bytes > large_bytes) copy->header |= flag_large;
  return slot_of(copy);
}

}  // namespace

std::uint64_t bytes_copied_before_changes() { return copied_bytes; }

Slot own(Heap& heap, Slot container) {
  if (!object(container)->shared()) return container;
  share_items(container);
  switch (object(container)->kind()) {
    case ObjectKind::list: {
      Slot items_now = as<List>(container)->items;
      if (items_now) visit_slots(object(items_now), [](Slot& item) { share(item); });
      Root copy(heap, clone(heap, container));
      Slot items = clone(heap, copy.as<List>()->items);   // the copy's items slot is a root of the walk
      copy.as<List>()->items = items;
      return copy.get();
    }
    case ObjectKind::map: {
      // The entries are walked by way of their map: never may two maps have the same ones while something is allocated.
      Root from(heap, container);
      Root copy(heap, clone(heap, container));
      copy.as<Map>()->entries = copy.as<Map>()->index = 0;
      copy.as<Map>()->used = 0;
      Slot entries = clone(heap, from.as<Map>()->entries);
      copy.as<Map>()->entries = entries;
      copy.as<Map>()->used = from.as<Map>()->used;
      Slot index = clone(heap, from.as<Map>()->index);
      copy.as<Map>()->index = index;
      return copy.get();
    }
    default: return clone(heap, container);
  }
}

}  // namespace m31::vm
