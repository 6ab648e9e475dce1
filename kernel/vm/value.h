// Values: untagged 64-bit slots and the objects they point to. What a slot holds is known from the
// static type (types::Type::is_ref); only Any and unions carry a type, in a Box.
//
//   None Bool Int Float Duration Type   the bits themselves (None, Type: 0)
//   Any, union                          null for None, else Box -> {type id, slot}
//   String, Bytes                       Str (bytes inline) or StrExt (slice of a counted data::Buffer)
//   tuple record declared-record range  Fixed -> slots in the type's order (range: from, to)
//   sum type                            Fixed -> slot 0 the constructor's index, then fields
//   List                                List -> {count, items: Array}   mutated in place when unshared
//   Map                                 Map -> {count, entries: Array, index: Raw}, insertion order
//   fn                                  Closure -> {FnCode*, captures}
//   Sender Receiver Fibril Stream ...   Handle -> counted HostObject outside the heap
//
// Every object begins with one Header word, from which the collector, the message copier and the serialiser
// know its size and its pointers without any type: one walk serves all three.
//
//   bits 0-7 kind | 8-15 flags | 16-31 slot count (Fixed, Closure) or unused | 32-63 pointer map (Fixed,
//   Closure) or byte length (Str, Raw) or slot capacity (Array)
// A fixed object of more than 32 slots has flag_wide: (count + 63) / 64 leading words are the pointer map of the
// slots after them (they count in its slot count); field_slot finds a field either way.
// A forwarded object holds its new address with bit 0 set (kind 1 is Forwarded; kinds are odd-free).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/data/text.h"

namespace m31::vm {

using Slot = std::uint64_t;

enum class ObjectKind : std::uint8_t {   // even values: bit 0 marks forwarding
  fixed = 2, box = 4, closure = 6, str = 8, str_ext = 10, list = 12, array = 14, map = 16, raw = 18, handle = 20,
};

inline constexpr std::uint64_t flag_shared = 1u << 8;     // referenced by more than one place: copy before change
inline constexpr std::uint64_t flag_ascii = 1u << 9;      // str, str_ext: all bytes < 0x80
inline constexpr std::uint64_t flag_is_bytes = 1u << 10;  // str, str_ext hold Bytes
inline constexpr std::uint64_t flag_ref_items = 1u << 11; // array: every slot is a pointer (or null)
inline constexpr std::uint64_t flag_ref_keys = 1u << 11;  // map: keys are pointers
inline constexpr std::uint64_t flag_ref_values = 1u << 12;// map: values are pointers
inline constexpr std::uint64_t flag_wide = 1u << 13;      // fixed: more than 32 slots; pointer map in leading words
inline constexpr std::uint64_t flag_large = 1u << 14;     // lives in the large-object space, never moves
inline constexpr std::uint64_t flag_static = 1u << 15;    // a constant of some FnCode, in no heap

struct Object {
  std::uint64_t header;
  ObjectKind kind() const { return static_cast<ObjectKind>(header & 0xff); }
  bool shared() const { return header & flag_shared; }
  std::uint32_t high() const { return static_cast<std::uint32_t>(header >> 32); }
  std::uint32_t count() const { return static_cast<std::uint16_t>(header >> 16); }
};

struct Fixed : Object { Slot slots[]; };
struct Box : Object { std::uint64_t type_id; Slot value; };       // flag_ref_items when value is a pointer
struct FnCodeRef;                                                  // kernel/code: FnCode
struct Closure : Object { const void* code; Slot captures[]; };   // code: const code::FnCode*
struct Str : Object { char bytes[]; };                             // length = high()
struct External : Object { External* next; };                      // linked so that the collector can release what died
struct StrExt : External { data::Buffer* buffer; const char* bytes; std::uint64_t length_bytes; };
struct List : Object { std::uint64_t count; Slot items; };         // items: Array or null
struct Array : Object { Slot slots[]; };                           // capacity = high(); slots beyond the owner's count are 0
struct MapEntry { std::uint64_t hash; Slot key, value; };          // hash 0 = deleted
// entries: Raw of MapEntry (walked by the map); index: Raw of uint32, entry number + 1, 0 = free; null while the map is small.
struct Map : Object { std::uint64_t live, used; Slot entries; Slot index; };
struct Raw : Object { std::uint64_t words[]; };                    // byte length = high() * 8

// A thing of the mantle that a fibril holds: channel end, fibril, stream source. Counted by the
// handles that name it (per heap). Owned by the processor it lives on; release tells the host.
class ItemSource;
// What reflect tells of a thing of the mantle.
struct About {
  std::string uri;                                // empty: from its identity
  std::vector<std::pair<std::string, std::string>> labels, provenance;
};
class HostObject {
 public:
  virtual void retain() = 0;
  virtual void drop() = 0;
  virtual std::uint64_t identity() const = 0;     // shown: <chan /chan/7>
  virtual std::uint8_t role() const = 0;          // HandleRole
  virtual ItemSource* items() { return nullptr; } // of a stream of values that are no text
  virtual std::string plan() const { return {}; } // of a stream: what it reads, for explain
  virtual About about() const { return {}; }
 protected:
  ~HostObject() = default;
};
enum class HandleRole : std::uint8_t { sender, receiver, fibril, stream, sandbox };
struct Handle : External { HostObject* object; std::uint64_t word; };  // word: free for the owner of the role

inline std::uint32_t wide_words(std::uint32_t slot_count) { return slot_count > 32 ? (slot_count + 63) / 64 : 0; }

inline Object* object(Slot slot) { return reinterpret_cast<Object*>(slot); }
template <class T> T* as(Slot slot) { return reinterpret_cast<T*>(slot); }
inline Slot slot_of(const Object* object) { return reinterpret_cast<Slot>(object); }
inline Slot slot_of_float(double value) { Slot s; std::memcpy(&s, &value, 8); return s; }
inline double float_of(Slot slot) { double d; std::memcpy(&d, &slot, 8); return d; }

// Field (or constructor tag, then fields) number i of a Fixed.
inline Slot& field_slot(Slot fixed, std::uint32_t i) {
  Fixed* f = as<Fixed>(fixed);
  if (f->header & flag_wide) {
    std::uint32_t words = 1;
    while (words + 64 * words < f->count()) ++words;   // count = words + fields
    i += words;
  }
  return f->slots[i];
}

// The bytes of a String or Bytes. Valid until the next allocation in the heap that holds it.
inline std::string_view text_of(Slot slot) {
  const Object* o = object(slot);
  if (o->kind() == ObjectKind::str) return {static_cast<const Str*>(o)->bytes, o->high()};
  const auto* e = static_cast<const StrExt*>(o);
  return {e->bytes, e->length_bytes};
}

}  // namespace m31::vm
