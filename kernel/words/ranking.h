// Ranking: the entries of a frequency table in an order that people see, found in steps that can be interrupted.
//
//   by_word   words ascending, by bytes: the key order in which maps of flows come out
//   by_count  counts descending, then words ascending: top
// With a limit only the first ones are found; up to kept_max of them by keeping the best so far while walking, else by sorting all.
// The table must not change meanwhile and must outlive the ranking. Owned by one fibril at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernel/words/freq_table.h"
#include "kernel/words/step_sort.h"

namespace m31::words {

class Ranking {
 public:
  enum class Order : uint8_t { by_word, by_count };

  Ranking(const FreqTable& table, Order order, size_t limit = SIZE_MAX) : table_(table), order_(order), limit_(limit) {}

  // Works for about `entries` comparisons; true when all is in order.
  bool step(size_t entries);

  // After step gave true: the number of ranked entries and each of them.
  size_t size() const { return std::min(sort_.items().size(), limit_); }
  FreqTable::Entry operator[](size_t i) const { return table_.entry(sort_.items()[i].slot); }

 private:
  struct Item {
    uint64_t first;  // most of the comparison: the word's first 8 bytes, or its count, so that smaller comes earlier
    size_t slot;
  };
  Item item_of(size_t slot) const;
  bool before(const Item& a, const Item& b) const;
  bool collect(size_t& budget);

  const FreqTable& table_;
  Order order_;
  size_t limit_;
  size_t next_slot_ = 0;
  std::vector<Item> kept_;  // a heap of the best while collecting with a small limit
  StepSort<Item> sort_;
  bool collected_ = false;
};

}  // namespace m31::words
