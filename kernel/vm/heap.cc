// Allocation and construction of objects.
#include "kernel/vm/heap.h"

#include <algorithm>
#include <cstdlib>

#include "kernel/vm/block.h"
#include "kernel/vm/layout.h"

namespace m31::vm {
namespace {

constexpr std::size_t outside_min_bytes = 4096;   // shorter strings are copied into the heap

std::uint64_t header_of(ObjectKind kind, std::uint64_t flags, std::uint64_t count = 0, std::uint64_t high = 0) {
  return static_cast<std::uint64_t>(kind) | flags | count << 16 | high << 32;
}

bool all_ascii(std::string_view text) {
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t seen = 0;
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    seen |= word;
  }
  for (; left; --left, ++at) seen |= static_cast<unsigned char>(*at);
  return (seen & 0x8080808080808080u) == 0;
}

std::uint64_t text_flags(std::string_view text, bool bytes) {
  return (bytes ? flag_is_bytes : 0) | (all_ascii(text) ? flag_ascii : 0);
}

Object* allocate_large(Heap& heap, std::size_t bytes) {
  if (heap.outside_bytes + bytes > std::min(heap.collect_at_bytes, heap.bytes_max)) {
    collect(heap);
    heap.collect_at_bytes = std::max(heap.collect_at_bytes, heap.outside_bytes + bytes);
  }
  auto* large = static_cast<LargeObject*>(take_memory(sizeof(LargeObject) + bytes));
  large->next = heap.large;
  large->bytes = bytes;
  large->marked = false;
  heap.large = large;
  heap.outside_bytes += bytes;
  Fibril& fibril = fibril_of(heap);
  if (heap.outside_bytes > heap.bytes_max) {
    fibril.over_memory = true;
    fibril.interrupt.store(true, std::memory_order_relaxed);
  }
  return large->object();
}

Slot new_str(Heap& heap, std::string_view text, std::uint64_t flags) {
  std::size_t bytes = sizeof(Str) + round8(text.size());
  auto* str = static_cast<Str*>(allocate(heap, bytes));
  bool is_large = bytes > large_bytes;
  str->header = header_of(ObjectKind::str, flags | (is_large ? flag_large : 0), 0, text.size());
  if (!text.empty()) std::memcpy(str->bytes, text.data(), text.size());
  return slot_of(str);
}

Slot new_ext(Heap& heap, data::Buffer* adopted, std::string_view view, std::uint64_t flags) {
  auto* ext = static_cast<StrExt*>(allocate(heap, sizeof(StrExt)));
  ext->header = header_of(ObjectKind::str_ext, flags);
  ext->buffer = adopted;
  ext->bytes = view.data();
  ext->length_bytes = view.size();
  note_outside(heap, ext, view.size());
  return slot_of(ext);
}

}  // namespace

Root::Root(Heap& heap, Slot slot) : heap_(heap), next_(heap.roots), slot_(slot) { heap.roots = this; }
Root::~Root() { heap_.roots = next_; }

Object* allocate_slow(Heap& heap, std::size_t bytes) {
#ifdef M31_TORMENT
  // At each allocation while little lives, else at every 64th: a torment that ends.
  static thread_local unsigned tick = 0;
  if (!lives_little(heap) && ++tick % 64 == 0) collect(heap);
  if (bytes <= large_bytes && lives_little(heap)) make_room(heap, bytes);
#endif
  if (bytes > large_bytes) return allocate_large(heap, bytes);
  if (bytes > static_cast<std::size_t>(heap.limit - heap.bump)) make_room(heap, bytes);
  char* at = heap.bump;
  heap.bump = at + bytes;
  return reinterpret_cast<Object*>(at);
}

void note_outside(Heap& heap, External* external, std::size_t bytes) {
  external->next = heap.externals;
  heap.externals = external;
  heap.outside_bytes += bytes;
  // The new one is not rooted yet: the next allocation collects.
  if (heap.outside_bytes > std::min(heap.collect_at_bytes, heap.bytes_max)) heap.limit = heap.bump;
}

Slot make_string(Heap& heap, std::string_view copied, bool bytes) {
  std::uint64_t flags = text_flags(copied, bytes);
  if (copied.size() <= outside_min_bytes) {   // the view must not point into this heap: it may move
    return new_str(heap, copied, flags);
  }
  data::Buffer* buffer = data::Buffer::copy(copied);
  return new_ext(heap, buffer, std::string_view(buffer->bytes, copied.size()), flags);
}

Slot make_string(Heap& heap, data::Text text, bool bytes) {
  std::string_view view = text.view();
  std::uint64_t flags = text_flags(view, bytes);
  data::Buffer* buffer = text.buffer();
  if (!buffer || view.size() <= outside_min_bytes) return new_str(heap, view, flags);
  buffer->retain();
  return new_ext(heap, buffer, view, flags);
}

Slot slice_string(Heap& heap, Slot string, std::size_t from, std::size_t length) {
  std::string_view view = text_of(string).substr(from, length);
  const Object* o = object(string);
  std::uint64_t flags = (o->header & flag_is_bytes) |
                        (o->header & flag_ascii || all_ascii(view) ? flag_ascii : 0);
  if (o->kind() == ObjectKind::str_ext && view.size() > outside_min_bytes) {
    auto* buffer = static_cast<const StrExt*>(o)->buffer;
    buffer->retain();
    return new_ext(heap, buffer, view, flags);
  }
  if (view.size() > outside_min_bytes) {
    data::Buffer* buffer = data::Buffer::copy(view);
    return new_ext(heap, buffer, std::string_view(buffer->bytes, view.size()), flags);
  }
  Root keep(heap, string);
  std::size_t bytes = sizeof(Str) + round8(view.size());
  auto* str = static_cast<Str*>(allocate(heap, bytes));
  str->header = header_of(ObjectKind::str, flags, 0, view.size());
  view = text_of(keep.get()).substr(from, length);   // it may have moved
  if (!view.empty()) std::memcpy(str->bytes, view.data(), view.size());
  return slot_of(str);
}

Slot make_fixed(Heap& heap, std::uint32_t slot_count, std::uint32_t pointer_map) {
  ENSURE(slot_count <= 32, slot_count);
  auto* fixed = static_cast<Fixed*>(allocate(heap, sizeof(Fixed) + 8 * std::size_t{slot_count}));
  fixed->header = header_of(ObjectKind::fixed, 0, slot_count, pointer_map);
  std::memset(fixed->slots, 0, 8 * std::size_t{slot_count});
  return slot_of(fixed);
}

Slot make_wide(Heap& heap, std::uint32_t field_count, const std::uint64_t* pointer_map) {
  std::uint32_t words = wide_words(field_count);
  ENSURE(field_count > 32 && field_count + words < 65536, field_count);
  std::size_t bytes = sizeof(Fixed) + 8 * std::size_t{field_count + words};
  auto* fixed = static_cast<Fixed*>(allocate(heap, bytes));
  fixed->header = header_of(ObjectKind::fixed, flag_wide | (bytes > large_bytes ? flag_large : 0), field_count + words);
  std::memcpy(fixed->slots, pointer_map, 8 * std::size_t{words});
  std::memset(fixed->slots + words, 0, 8 * std::size_t{field_count});
  return slot_of(fixed);
}

Slot make_box(Heap& heap, std::uint64_t type_id, Slot value, bool is_ref) {
  Box* box;
  if (is_ref) {
    Root keep(heap, value);
    box = static_cast<Box*>(allocate(heap, sizeof(Box)));
    value = keep.get();
  } else {
    box = static_cast<Box*>(allocate(heap, sizeof(Box)));
  }
  box->header = header_of(ObjectKind::box, is_ref ? flag_ref_items : 0);
  box->type_id = type_id;
  box->value = value;
  return slot_of(box);
}

Slot make_array(Heap& heap, bool ref_items, std::size_t capacity) {
  ENSURE(capacity < (std::size_t{1} << 32), capacity);
  std::size_t bytes = sizeof(Array) + 8 * capacity;
  auto* array = static_cast<Array*>(allocate(heap, bytes));
  array->header = header_of(ObjectKind::array, (ref_items ? flag_ref_items : 0) | (bytes > large_bytes ? flag_large : 0),
                            0, capacity);
  std::memset(array->slots, 0, 8 * capacity);
  return slot_of(array);
}

Slot make_raw(Heap& heap, std::size_t words) {
  ENSURE(words < (std::size_t{1} << 32), words);
  std::size_t bytes = sizeof(Raw) + 8 * words;
  auto* raw = static_cast<Raw*>(allocate(heap, bytes));
  raw->header = header_of(ObjectKind::raw, bytes > large_bytes ? flag_large : 0, 0, words);
  return slot_of(raw);
}

Slot make_list(Heap& heap, bool ref_items, std::size_t capacity) {
  Root items(heap, capacity ? make_array(heap, ref_items, capacity) : 0);
  auto* list = static_cast<List*>(allocate(heap, sizeof(List)));
  list->header = header_of(ObjectKind::list, ref_items ? flag_ref_items : 0);
  list->count = 0;
  list->items = items.get();
  return slot_of(list);
}

void list_append(Heap& heap, Root& list, Slot item) {
  List* l = list.as<List>();
  if (!l->items || l->count == as<Array>(l->items)->high()) {
    bool refs = l->header & flag_ref_items;
    Root keep(heap, refs ? item : 0);
    std::size_t capacity = l->items ? std::size_t{as<Array>(l->items)->high()} * 2 : 4;
    Slot grown = make_array(heap, refs, capacity);
    l = list.as<List>();
    if (l->count) std::memcpy(as<Array>(grown)->slots, as<Array>(l->items)->slots, 8 * l->count);
    l->items = grown;
    if (refs) item = keep.get();
  }
  as<Array>(l->items)->slots[l->count++] = item;
}

Slot make_map(Heap& heap, bool ref_keys, bool ref_values, std::size_t capacity) {
  Root entries(heap, capacity ? make_raw(heap, capacity * 3) : 0);
  auto* map = static_cast<Map*>(allocate(heap, sizeof(Map)));
  map->header = header_of(ObjectKind::map, (ref_keys ? flag_ref_keys : 0) | (ref_values ? flag_ref_values : 0));
  map->live = map->used = 0;
  map->entries = entries.get();
  map->index = 0;
  return slot_of(map);
}

Slot make_handle(Heap& heap, HostObject* adopted, std::uint64_t word) {
  auto* handle = static_cast<Handle*>(allocate(heap, sizeof(Handle)));
  handle->header = header_of(ObjectKind::handle, 0);
  handle->object = adopted;
  handle->word = word;
  note_outside(heap, handle, 64);
  return slot_of(handle);
}

Slot make_closure(Heap& heap, const code::FnCode* code, std::uint32_t capture_count, const std::uint64_t* pointer_map) {
  std::uint32_t words = wide_words(capture_count), count = capture_count + words;
  ENSURE(count < 4000, count);
  auto* closure = static_cast<Closure*>(allocate(heap, sizeof(Closure) + 8 * std::size_t{count}));
  closure->header = header_of(ObjectKind::closure, words ? flag_wide : 0, count,
                              words || !capture_count ? 0 : static_cast<std::uint32_t>(pointer_map[0]));
  closure->code = code;
  if (words) std::memcpy(closure->captures, pointer_map, 8 * std::size_t{words});
  std::memset(closure->captures + words, 0, 8 * std::size_t{capture_count});
  return slot_of(closure);
}

void share_items(Slot container) {
  visit_slots(object(container), [](Slot& slot) {
    if (!slot) return;
    ObjectKind kind = object(slot)->kind();
    // Arrays, entries and index are the container's own parts.
    if (kind == ObjectKind::array || kind == ObjectKind::raw) return;
    share(slot);
  });
}

std::size_t room_bytes(const Heap& heap) {
  std::size_t used = static_cast<std::size_t>(heap.bump - heap.begin) + heap.outside_bytes;
  return used < heap.bytes_max ? heap.bytes_max - used : 0;
}

}  // namespace m31::vm
