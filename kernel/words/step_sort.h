// A merge sort that is done in steps, so that sorting ten million items can be interrupted. Stable.
//
// Bottom-up: runs of first_run items are sorted, then pairs of runs are merged, one item at a time, into a second vector, and the two
// change places. `less` may be another object at each step, if it gives the same answers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace m31::words {

template <class Item>
class StepSort {
 public:
  static constexpr size_t first_run = 64;

  StepSort() = default;
  explicit StepSort(std::vector<Item> items) : items_(std::move(items)) {}

  const std::vector<Item>& items() const { return items_; }

  // Works for about `budget` comparisons and takes them off it; true when all is sorted.
  template <class Less>
  bool step(size_t& budget, Less less) {
    while (run_ == 0) {
      if (next_ >= items_.size()) {
        run_ = first_run;
        break;
      }
      if (budget == 0) return false;
      const size_t end = std::min(next_ + first_run, items_.size());
      std::stable_sort(items_.begin() + at(next_), items_.begin() + at(end), less);
      next_ = end;
      budget -= std::min(budget, first_run * 5);
    }
    const size_t size = items_.size();
    while (run_ < size) {
      merged_.reserve(size);
      while (merged_.size() < size) {
        if (budget == 0) return false;
        const size_t pair = merged_.size() / (2 * run_) * (2 * run_);
        const size_t middle = std::min(pair + run_, size), end = std::min(pair + 2 * run_, size);
        if (merged_.size() == pair) left_ = pair, right_ = middle;
        size_t count = std::min(budget, end - merged_.size());
        budget -= count;
        for (; count > 0; --count) {
          const bool from_left = left_ < middle && (right_ >= end || !less(items_[right_], items_[left_]));
          merged_.push_back(items_[from_left ? left_++ : right_++]);
        }
      }
      items_.swap(merged_);
      merged_.clear();
      run_ *= 2;
    }
    merged_ = {};
    return true;
  }

 private:
  static std::ptrdiff_t at(size_t i) { return static_cast<std::ptrdiff_t>(i); }

  std::vector<Item> items_;
  std::vector<Item> merged_;      // target of the current pass
  size_t next_ = 0;               // first item not in a sorted run yet
  size_t run_ = 0;                // size of the runs being merged; 0 while they are made
  size_t left_ = 0, right_ = 0;   // where the current merge stands
};

}  // namespace m31::words
