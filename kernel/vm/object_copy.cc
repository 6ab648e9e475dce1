#include "kernel/vm/object_copy.h"

#include "kernel/vm/layout.h"

namespace m31::vm {

// While the walk runs, a found object's header is its number, with bit 0 set.
ObjectCopy::ObjectCopy(Object* root) {
  find(slot_of(root));
  for (std::size_t i = 0; i < count_; ++i) {
    Found found = at(i);
    // The walk reads headers: put this one's back while its slots are visited. A map reads its entries' Raw, which is
    // found first and holds only words behind its header, and `used` is the map's own.
    found.object->header = found.header;
    visit_slots(found.object, [this](Slot& slot) { find(slot); });
    found.object->header = (std::uint64_t{i} << 1) | 1;
  }
}

void ObjectCopy::find(Slot slot) {
  if (!slot) return;
  Object* o = object(slot);
  if (o->header & 1) {
    at(o->header >> 1).shared = true;
    return;
  }
  Found found{o, o->header, bytes_, false};
  bytes_ += size_bytes(o);
  o->header = (std::uint64_t{count_} << 1) | 1;
  if (count_ < inline_count) few_[count_] = found;
  else many_.push_back(found);
  ++count_;
}

void ObjectCopy::copy_objects(char* memory) {
  for (std::size_t i = 0; i < count_; ++i) {
    const Found& found = at(i);
    auto* copy = reinterpret_cast<Object*>(memory + found.offset);
    std::uint64_t kept = found.header;
    found.object->header = kept;
    std::memcpy(static_cast<void*>(copy), found.object, size_bytes(found.object));
    found.object->header = (std::uint64_t{i} << 1) | 1;
    copy->header = (kept & ~(flag_shared | flag_large | flag_static)) | (found.shared ? flag_shared : 0);
    if (copy->kind() == ObjectKind::str_ext) static_cast<StrExt*>(copy)->buffer->retain();
    if (copy->kind() == ObjectKind::handle) static_cast<Handle*>(copy)->object->retain();
  }
  for (std::size_t i = 0; i < count_; ++i) {
    auto* copy = reinterpret_cast<Object*>(memory + at(i).offset);
    visit_slots(copy, [this, memory](Slot& slot) {
      if (!slot) return;
      // A map's Raw has been redirected already when its entries are visited.
      if (object(slot)->header & 1) slot = slot_of(reinterpret_cast<Object*>(memory + at(object(slot)->header >> 1).offset));
    });
  }
  for (std::size_t i = 0; i < count_; ++i) at(i).object->header = at(i).header;
}

}  // namespace m31::vm
