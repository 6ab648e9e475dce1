// The collector: Cheney's copying walk (C. J. Cheney, "A nonrecursive list compacting algorithm", 1970) from the registers
// that the safepoint bitmaps name; large objects are marked where they lie, by the same walk.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "kernel/vm/block.h"
#include "kernel/vm/layout.h"

namespace m31::vm {
namespace {

struct Walk {
  Heap& heap;
  char* bump;
  std::vector<Object*> gray;          // marked large objects whose slots are still to be visited

  void mark(Object* o) {
    LargeObject* large = LargeObject::of(o);
    if (large->marked) return;
    large->marked = true;
    if (o->kind() != ObjectKind::str && o->kind() != ObjectKind::raw) gray.push_back(o);
  }

  void forward(Slot& slot) {
    if (!slot) return;
    Object* o = object(slot);
    std::uint64_t header = o->header;
    if (header & 1) {
      slot = header & ~std::uint64_t{1};
      return;
    }
    if (header & (flag_static | flag_large)) [[unlikely]] {
      if (header & flag_large) mark(o);
      return;
    }
    std::size_t bytes = size_bytes(o);
    auto* to = reinterpret_cast<Object*>(bump);
    bump += bytes;
    std::memcpy(static_cast<void*>(to), o, bytes);
    o->header = slot_of(to) | 1;
    slot = slot_of(to);
  }

  void visit(Object* o) {
    visit_slots(o, [this](Slot& slot) { forward(slot); });
  }
};

std::size_t sweep_large(Heap& heap) {
  std::size_t live = 0;
  LargeObject** at = &heap.large;
  while (LargeObject* large = *at) {
    if (large->marked) {
      large->marked = false;
      live += large->bytes;
      at = &large->next;
    } else {
      *at = large->next;
      std::free(large);
    }
  }
  return live;
}

std::size_t external_bytes(const Object* o) {
  return o->kind() == ObjectKind::str_ext ? static_cast<const StrExt*>(o)->length_bytes : 64;
}

void release(Object* o) {
  if (o->kind() == ObjectKind::str_ext)
    static_cast<StrExt*>(o)->buffer->drop();
  else
    static_cast<Handle*>(o)->object->drop();
}

// The list is threaded through the old copies, which are still readable; what was not forwarded goes to `dead`.
std::size_t sweep_externals(Heap& heap, std::vector<External*>& dead) {
  std::size_t live = 0;
  External* kept = nullptr;
  for (External* each = heap.externals; each;) {
    External* next = each->next;
    if (each->header & 1) {
      auto* moved = reinterpret_cast<External*>(each->header & ~std::uint64_t{1});
      moved->next = kept;
      kept = moved;
      live += external_bytes(moved);
    } else {
      dead.push_back(each);
    }
    each = next;
  }
  heap.externals = kept;
  return live;
}

void collect_for(Heap& heap, std::size_t request) {
  Fibril& fibril = fibril_of(heap);
  std::size_t used = static_cast<std::size_t>(heap.bump - heap.begin);
  std::size_t capacity = round8(used + std::max(used, std::size_t{256}) + request);
  char* to = static_cast<char*>(take_memory(capacity));
  Walk walk{heap, to, {}};

  for_each_frame_slot(fibril, [&](Slot& slot) { walk.forward(slot); });
  for (Root* root = heap.roots; root; root = Heap::next(root)) walk.forward(Heap::slot(root));
  walk.forward(fibril.error);
  if (fibril.completion_is_ref) walk.forward(fibril.completion);
  if (fibril.globals)
    for (Global& global : fibril.globals->table)
      if (global.symbol && global.type->is_ref) walk.forward(global.value);

  char* scan = to;
  while (scan < walk.bump || !walk.gray.empty()) {
    if (scan < walk.bump) {
      auto* o = reinterpret_cast<Object*>(scan);
      walk.visit(o);
      scan += size_bytes(o);
    } else {
      Object* o = walk.gray.back();
      walk.gray.pop_back();
      walk.visit(o);
    }
  }

  std::vector<External*> dead;
  std::size_t outside = sweep_externals(heap, dead) + sweep_large(heap);
  char* from = heap.in_block ? nullptr : heap.begin;
  heap.in_block = false;
  heap.begin = to;
  heap.bump = walk.bump;
  std::size_t live = static_cast<std::size_t>(walk.bump - to);
  // Room for as much again as lives (and for the stack, which is walked each time), but not more than was asked of malloc.
  std::size_t stack = static_cast<std::size_t>(reinterpret_cast<char*>(fibril.base) - reinterpret_cast<char*>(fibril.stack));
  std::size_t room = live + std::max({live, stack / 2, std::size_t{256}}) + request;
  if (capacity > 65536) room = std::max(room, std::size_t{65536} + request);
  heap.limit = to + std::min(capacity, round8(room));
  heap.outside_bytes = outside;
  heap.collect_at_bytes = std::max(std::size_t{1} << 20, 2 * outside);
  if (live + outside > heap.bytes_max) {
    fibril.over_memory = true;
    fibril.interrupt.store(true, std::memory_order_relaxed);
  }
  // Last, when the heap is whole again: the end of a channel may wake this very fibril with an error made in this heap.
  for (External* each : dead) release(each);
  std::free(from);
}

}  // namespace

const std::uint64_t* live_bitmap(const code::FnCode& code, std::uint32_t pc, bool under_way, bool scalars) {
  std::uint32_t key = 2 * pc + (under_way ? 1 : 0);
  auto at = std::lower_bound(code.safepoints.begin(), code.safepoints.end(), key,
                             [](const code::Safepoint& point, std::uint32_t k) { return point.key < k; });
  ENSURE(at != code.safepoints.end() && at->key == key, pc, under_way);
  std::uint32_t offset = scalars ? at->scalars_offset : at->bitmap_offset;
  return offset == UINT32_MAX ? nullptr : code.bitmaps.data() + offset;
}

void collect(Heap& heap) { collect_for(heap, 0); }

void make_room(Heap& heap, std::size_t bytes) {
#ifdef M31_TORMENT
  if (lives_little(heap)) return collect_for(heap, bytes);
#endif
  if (bytes > static_cast<std::size_t>(heap.limit - heap.bump)) collect_for(heap, bytes);
}

void free_heap(Heap& heap) {
  for (External* each = heap.externals; each;) {
    External* next = each->next;
    release(each);
    each = next;
  }
  heap.externals = nullptr;
  while (LargeObject* large = heap.large) {
    heap.large = large->next;
    std::free(large);
  }
  if (!heap.in_block) std::free(heap.begin);
}

}  // namespace m31::vm
