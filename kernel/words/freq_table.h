// FreqTable: how often each word came, in memory bounded by the distinct words.
//
// Open addressing over 32-byte slots, linear probing, at most half full; words of up to 16 bytes live in their slot, zero-padded, so
// that the usual word costs one cache line and two comparisons; longer ones lie in an arena. Words are any bytes, the empty word and NUL
// included. The hash is fixed: what a table gives never depends on process or machine, and its users order what they show anyway.
//
// A table grows in steps, so that whoever counts a gigabyte can be interrupted at any moment: the try_* functions refuse (and change
// nothing) when the table is full; the caller then calls grow_step until growing() is false, and tries again. add and merge do it all.
// Owned by one fibril at a time; not thread-safe. Views of words last until the next change of the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "kernel/words/growing_bytes.h"

namespace m31::words {

class FreqTable {
 public:
  struct Entry {
    std::string_view word;
    int64_t count;
  };

  FreqTable() = default;
  FreqTable(FreqTable&& other) noexcept { swap(other); }
  FreqTable& operator=(FreqTable&& other) noexcept {
    swap(other);
    return *this;
  }
  ~FreqTable();

  size_t size() const { return size_; }                  // distinct words
  size_t bytes() const;                                  // memory held
  int64_t count(std::string_view word) const;            // 0 if it never came
  void swap(FreqTable& other) noexcept;

  void add(std::string_view word, int64_t n = 1);
  void merge(const FreqTable& other);

  bool try_add(std::string_view word, int64_t n = 1);
  // Like try_add of what `word` holds; a very long new word's storage is taken over. `word` is empty afterwards, unless refused.
  bool try_add_taking(GrowingBytes& word);
  // Adds the tokens text[edges[0], edges[1]), text[edges[2], edges[3]), ...; returns how many were added before the table was full.
  // REQUIRES: 16 bytes from each token's beginning are readable.
  size_t try_add_tokens(const char* text, const uint16_t* edges, size_t tokens);
  // Merges entries of `other` from slot `from` on, at most `slots` of them; returns where to go on (other.slots() when done).
  // Stops early, with growing() true, when this table is full.
  size_t try_merge(const FreqTable& other, size_t from, size_t slots);

  // Gives away the storage of a very long word (for std::free), which the table goes on to refer to; null for all others. For who makes
  // something else of a finished table and must not hold a gigabyte twice.
  char* give_away(std::string_view word);

  bool growing() const { return new_slots_ != nullptr; }
  // Moves up to `slots` slots; ends growing() when all are moved.
  void grow_step(size_t slots);

  // Walking: slots 0 .. slots() - 1, some of them empty, in no useful order.
  size_t slots() const { return slots_ ? size_t{1} << log2_ : 0; }
  bool used(size_t slot) const { return slots_[slot].meta != 0; }
  Entry entry(size_t slot) const { return {word_of(slots_[slot]), slots_[slot].count}; }
  template <class F>
  void for_each(F f) const {
    for (size_t i = 0; i < slots(); ++i) {
      if (used(i)) f(entry(i));
    }
  }

 private:
  static constexpr size_t inline_max = 16;

  struct Key {
    uint64_t low, high;  // the bytes of a short word, zero-padded; of a long one the hash in `high`
    uint64_t hash;
    uint64_t meta;
  };
  struct Slot {
    uint64_t low, high;  // as in Key, but a long word has the address of its bytes in `low`
    int64_t count;
    uint64_t meta;  // size << 24 | some bits of the hash | 1; 0 means empty
  };

  static Slot* make_slots(size_t count);
  static void free_slots(Slot* slots);
  static Key key_of(std::string_view word);
  static size_t size_of(const Slot& slot) { return slot.meta >> 24; }
  static uint64_t hash_of(const Slot& slot);
  static std::string_view word_of(const Slot& slot) {
    const size_t size = size_of(slot);
    if (size <= inline_max) return {reinterpret_cast<const char*>(&slot), size};
    return {reinterpret_cast<const char*>(slot.low), size};
  }

  Slot* find_long(const Key& key, std::string_view word) const;  // the word's slot, or the empty one for it
  Slot* find_short(const Key& key) const;
  bool try_add_short(const Key& key, int64_t n);
  bool try_add_long(const Key& key, std::string_view word, int64_t n, GrowingBytes* owner);
  bool full() const { return size_ >= limit_; }
  void begin_growing(unsigned log2_min = 0);
  void finish_growing();
  const char* keep(std::string_view word, GrowingBytes* owner);

  Slot* slots_ = nullptr;
  unsigned log2_ = 0;
  unsigned shift_ = 63;  // 64 - log2_
  size_t size_ = 0;
  size_t limit_ = 0;

  Slot* new_slots_ = nullptr;
  unsigned new_log2_ = 0;
  size_t moved_ = 0;

  std::vector<char*> blocks_;  // malloc'ed: bytes of long words
  char* block_next_ = nullptr;
  size_t block_left_ = 0;
  size_t block_bytes_ = 0;  // in all blocks
};

}  // namespace m31::words
