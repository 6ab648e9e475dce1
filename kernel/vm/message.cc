// Messages: detached copies of values. One block: a header, then the objects, with references as absolute addresses within it.
// Attaching copies the block into a heap and shifts the references.
#include <cstdlib>

#include "kernel/vm/object_copy.h"
#include "kernel/vm/layout.h"

namespace m31::vm {

struct Message {
  std::size_t bytes;
  char* objects() { return reinterpret_cast<char*>(this + 1); }
};

namespace {

std::size_t outside_of(const External* e) {
  return e->kind() == ObjectKind::str_ext ? static_cast<const StrExt*>(e)->length_bytes : 64;
}

// Strings alone are the most usual message.
bool is_leaf(const Object* o) {
  return o->kind() == ObjectKind::str || o->kind() == ObjectKind::str_ext || o->kind() == ObjectKind::handle;
}

void copy_leaf(const Object* from, Object* to) {
  std::memcpy(static_cast<void*>(to), from, size_bytes(from));
  to->header &= ~(flag_shared | flag_large | flag_static);
  if (to->kind() == ObjectKind::str_ext) static_cast<StrExt*>(to)->buffer->retain();
  if (to->kind() == ObjectKind::handle) static_cast<Handle*>(to)->object->retain();
}

// Where the objects go: the bump space, or for a lone long one the large objects.
char* take(Heap& to, std::size_t bytes) {
  make_room(to, bytes);
  char* at = to.bump;
  to.bump += bytes;
  return at;
}

}  // namespace

Message* detach(Heap&, Slot value, bool is_ref) {
  ENSURE(is_ref && value != 0, value);
  Object* root = object(value);
  if (is_leaf(root)) {
    std::size_t bytes = size_bytes(root);
    auto* message = static_cast<Message*>(std::malloc(sizeof(Message) + bytes));
    ENSURE(message != nullptr, bytes);
    message->bytes = bytes;
    copy_leaf(root, reinterpret_cast<Object*>(message->objects()));
    return message;
  }
  ObjectCopy copy(root);
  auto* message = static_cast<Message*>(std::malloc(sizeof(Message) + copy.bytes()));
  ENSURE(message != nullptr, copy.bytes());
  message->bytes = copy.bytes();
  copy.write_to(message->objects(), [](External*) {});
  return message;
}

Slot attach(Heap& to, Message* message) {
  char* memory = take(to, message->bytes);
  std::memcpy(memory, message->objects(), message->bytes);
  std::uint64_t shift = reinterpret_cast<std::uint64_t>(memory) - reinterpret_cast<std::uint64_t>(message->objects());
  for (char* at = memory; at < memory + message->bytes;) {
    auto* o = reinterpret_cast<Object*>(at);
    // Entries of a map are visited through its Raw: redirected once, by the visitor, before they are.
    visit_slots(o, [shift](Slot& slot) {
      if (slot) slot += shift;
    });
    if (is_external(o)) note_outside(to, static_cast<External*>(o), outside_of(static_cast<External*>(o)));
    at += size_bytes(o);
  }
  std::free(message);
  return reinterpret_cast<Slot>(memory);
}

void discard(Message* message) {
  for (char* at = message->objects(); at < message->objects() + message->bytes;) {
    auto* o = reinterpret_cast<Object*>(at);
    std::size_t bytes = size_bytes(o);
    if (o->kind() == ObjectKind::str_ext) static_cast<StrExt*>(o)->buffer->drop();
    if (o->kind() == ObjectKind::handle) static_cast<Handle*>(o)->object->drop();
    at += bytes;
  }
  std::free(message);
}

Slot copy_to(Heap& to, Slot value, bool is_ref) {
  if (!is_ref || !value) return value;
  Object* root = object(value);
  if (is_leaf(root)) {
    char* memory = take(to, size_bytes(root));
    auto* copy = reinterpret_cast<Object*>(memory);
    copy_leaf(root, copy);
    if (is_external(copy)) note_outside(to, static_cast<External*>(copy), outside_of(static_cast<External*>(copy)));
    return slot_of(copy);
  }
  ObjectCopy copy(root);
  char* memory = take(to, copy.bytes());
  copy.write_to(memory, [&to](External* e) { note_outside(to, e, outside_of(e)); });
  return reinterpret_cast<Slot>(memory);
}

}  // namespace m31::vm
