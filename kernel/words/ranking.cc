#include "kernel/words/ranking.h"

#include <algorithm>
#include <cstring>

namespace m31::words {
namespace {

constexpr size_t kept_max = 4096;
constexpr size_t first_run = 256;

// The first eight bytes as a number that orders as the bytes do.
uint64_t prefix(std::string_view word) {
  unsigned char bytes[8] = {};
  if (!word.empty()) std::memcpy(bytes, word.data(), word.size() < 8 ? word.size() : 8);
  uint64_t value = 0;
  for (const unsigned char byte : bytes) value = value << 8 | byte;
  return value;
}

}  // namespace

Ranking::Item Ranking::item_of(size_t slot) const {
  const FreqTable::Entry e = table_.entry(slot);
  if (order_ == Order::by_word) return {prefix(e.word), slot};
  return {static_cast<uint64_t>(INT64_MAX) - static_cast<uint64_t>(e.count), slot};
}

bool Ranking::before(const Item& a, const Item& b) const {
  if (a.first != b.first) return a.first < b.first;
  return table_.entry(a.slot).word < table_.entry(b.slot).word;
}

bool Ranking::step(size_t entries) {
  size_t budget = entries;
  while (budget > 0 && phase_ != Phase::done) {
    switch (phase_) {
      case Phase::collect: collect(budget); break;
      case Phase::sort_runs: sort_runs(budget); break;
      case Phase::merge: merge(budget); break;
      case Phase::done: break;
    }
  }
  return phase_ == Phase::done;
}

void Ranking::collect(size_t& budget) {
  const auto less = [this](const Item& a, const Item& b) { return before(a, b); };
  if (next_ == 0) ranked_.reserve(std::min(limit_ <= kept_max ? limit_ : SIZE_MAX, table_.size()));
  for (; next_ < table_.slots(); ++next_) {
    if (budget == 0) return;
    --budget;
    if (!table_.used(next_)) continue;
    const Item item = item_of(next_);
    if (limit_ > kept_max) {
      ranked_.push_back(item);
    } else if (ranked_.size() < limit_) {
      ranked_.push_back(item);
      std::push_heap(ranked_.begin(), ranked_.end(), less);
    } else if (limit_ > 0 && before(item, ranked_.front())) {
      std::pop_heap(ranked_.begin(), ranked_.end(), less);
      ranked_.back() = item;
      std::push_heap(ranked_.begin(), ranked_.end(), less);
    }
  }
  next_ = 0;
  phase_ = Phase::sort_runs;
}

void Ranking::sort_runs(size_t& budget) {
  const auto less = [this](const Item& a, const Item& b) { return before(a, b); };
  while (next_ < ranked_.size()) {
    if (budget == 0) return;
    const size_t end = std::min(next_ + first_run, ranked_.size());
    std::sort(ranked_.begin() + static_cast<std::ptrdiff_t>(next_), ranked_.begin() + static_cast<std::ptrdiff_t>(end), less);
    next_ = end;
    budget -= std::min(budget, first_run * 8);
  }
  run_ = first_run;
  left_ = 0;
  right_ = run_;
  phase_ = ranked_.size() > run_ ? Phase::merge : Phase::done;
  if (phase_ == Phase::merge) merged_.reserve(ranked_.size());
}

// Bottom-up merge sort: pairs of runs of ranked_ go to merged_ one item at a time, then the two change places.
void Ranking::merge(size_t& budget) {
  const size_t size = ranked_.size();
  while (merged_.size() < size) {
    if (budget == 0) return;
    --budget;
    const size_t pair = merged_.size() / (2 * run_) * (2 * run_);
    const size_t middle = std::min(pair + run_, size), end = std::min(pair + 2 * run_, size);
    if (merged_.size() == pair) {
      left_ = pair;
      right_ = middle;
    }
    const bool from_left = left_ < middle && (right_ >= end || !before(ranked_[right_], ranked_[left_]));
    merged_.push_back(ranked_[from_left ? left_++ : right_++]);
  }
  ranked_.swap(merged_);
  merged_.clear();
  run_ *= 2;
  if (run_ < size) return;
  merged_ = {};
  if (ranked_.size() > limit_) ranked_.resize(limit_);
  phase_ = Phase::done;
}

}  // namespace m31::words
