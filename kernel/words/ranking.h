// Ranking: the entries of a frequency table in an order that people see, found in steps that can be interrupted.
//
//   by_word   words ascending, by bytes: the key order in which maps of flows come out
//   by_count  counts descending, then words ascending: top
// With a limit only the first ones are found; up to kept_max of them by keeping the best so far while walking, else by sorting all.
// The table must not change meanwhile and must outlive the ranking. Owned by one fibril at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernel/words/freq_table.h"

namespace m31::words {

class Ranking {
 public:
  enum class Order : uint8_t { by_word, by_count };

  Ranking(const FreqTable& table, Order order, size_t limit = SIZE_MAX) : table_(table), order_(order), limit_(limit) {}

  // Works for about `entries` comparisons; true when all is in order.
  bool step(size_t entries);

  // After step gave true: the number of ranked entries and each of them.
  size_t size() const { return ranked_.size(); }
  FreqTable::Entry operator[](size_t i) const { return table_.entry(ranked_[i].slot); }

 private:
  struct Item {
    uint64_t first;  // most of the comparison: the word's first 8 bytes, or its count, so that smaller comes earlier
    size_t slot;
  };
  enum class Phase : uint8_t { collect, sort_runs, merge, done };

  Item item_of(size_t slot) const;
  bool before(const Item& a, const Item& b) const;
  void collect(size_t& budget);
  void sort_runs(size_t& budget);
  void merge(size_t& budget);

  const FreqTable& table_;
  Order order_;
  size_t limit_;
  Phase phase_ = Phase::collect;
  size_t next_ = 0;               // slot, or item
  std::vector<Item> ranked_;      // a heap of the best while collecting with a small limit
  std::vector<Item> merged_;      // target of the current pass
  size_t run_ = 0;                // its size
  size_t left_ = 0, right_ = 0;   // where the current merge stands
};

}  // namespace m31::words
