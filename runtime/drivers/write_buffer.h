// WriteBuffer: what one fibril has changed in the store and not flushed yet, merged by key: increments of one attribute add
// up, assignments replace what was before them. Bounded by entries and bytes, so that where a flush ends depends on the
// fibril's own actions alone, and a re-run makes the same flushes (store::Token::hash tells).
//
// Spaces and attributes go by name here, for a processor knows no catalogue; the fs driver finds their numbers. Owned by a
// fibril's record; one thread. The increment of a key that is known allocates nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/data/datum.h"
#include "store/store.h"

namespace m31::runtime {

// What leaves the buffer. Command::space is an index in `spaces`, AttributeChange::attribute one in its `attributes`.
struct Flush {
  struct Names {
    std::string name;
    const types::Type* key_type = nullptr;
    std::vector<std::string> attributes;
    std::vector<const types::Type*> attribute_types;   // static types of the operands
  };
  std::vector<Names> spaces;
  std::vector<store::Command> commands;                // in the order in which keys were first changed
  std::uint64_t hash = 0;                              // of all the above
};

class WriteBuffer {
 public:
  struct Limits {
    std::size_t entries_max = 65'536;
    std::size_t bytes_max = 8u << 20;
  };
  WriteBuffer();
  explicit WriteBuffer(Limits limits);
  ~WriteBuffer();
  WriteBuffer(WriteBuffer&& other) noexcept;
  WriteBuffer& operator=(WriteBuffer&& other) noexcept;

  // A space's number in this buffer, quick for the one used last. Its keys have this static type.
  std::uint32_t space(std::string_view name, const types::Type* key_type);
  std::uint32_t attribute(std::uint32_t space, std::string_view name, const types::Type* type);

  // One change of one record. `key` is the bytes of a String key, else the key's compact form.
  void add(std::uint32_t space, std::string_view key, std::uint32_t attribute, std::int64_t by);
  void assign(std::uint32_t space, std::string_view key, std::uint32_t attribute, data::Datum value);
  void touch(std::uint32_t space, std::string_view key);      // makes the record if it is missing
  void replace(std::uint32_t space, std::string_view key);    // put: all attributes to zero; assignments follow

  bool empty() const { return entries_.empty(); }
  bool is_full() const { return entries_.size() >= limits_.entries_max || bytes_ >= limits_.bytes_max; }
  std::size_t entry_count() const { return entries_.size(); }
  // Everything, leaving the buffer empty.
  Flush take();

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  struct Change {
    std::int64_t sum = 0;               // add
    std::uint32_t attribute = none;     // none: no change yet
    std::uint32_t value = none;         // assign: in values_
    std::uint32_t next = none;          // in changes_
  };
  struct Entry {                        // one record; its first change is here, for most have one
    std::uint64_t hash = 0;
    const char* key_bytes = nullptr;
    std::uint32_t key_size = 0;
    std::uint32_t chunk = 0;
    std::uint32_t space = 0;
    bool replaces = false;
    Change first;
    std::string_view key() const { return {key_bytes, key_size}; }
  };
  struct Slot {
    std::uint32_t tag = 0;        // high half of the hash
    std::uint32_t entry = 0;      // number + 1; 0 is free
  };

  Entry& entry_of(std::uint32_t space, std::string_view key);
  // The latest change of `attribute`, or a new one.
  Change& change_of(Entry& entry, std::uint32_t attribute);
  Change& append_change(Change& after, std::uint32_t attribute);
  const char* keep(std::string_view key);
  void enlarge();
  void release_chunks();

  Limits limits_;
  std::vector<Flush::Names> spaces_;
  std::uint32_t last_space_ = 0;
  std::vector<Slot> slots_;            // a power of two
  std::vector<Entry> entries_;
  std::vector<Change> changes_;        // but each entry's first
  std::vector<data::Datum> values_;
  std::vector<data::Buffer*> chunks_;  // of key bytes
  std::size_t chunk_used_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace m31::runtime
