#include "kernel/words/ranking.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace m31::words {
namespace {

constexpr size_t kept_max = 4096;

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
  if (!collected_) {
    if (!collect(budget)) return false;
    collected_ = true;
    sort_ = StepSort<Item>(std::move(kept_));
  }
  return sort_.step(budget, [this](const Item& a, const Item& b) { return before(a, b); });
}

bool Ranking::collect(size_t& budget) {
  const auto less = [this](const Item& a, const Item& b) { return before(a, b); };
  if (next_slot_ == 0) kept_.reserve(std::min(limit_ <= kept_max ? limit_ : SIZE_MAX, table_.size()));
  for (; next_slot_ < table_.slots(); ++next_slot_) {
    if (budget == 0) return false;
    --budget;
    if (!table_.used(next_slot_)) continue;
    const Item item = item_of(next_slot_);
    if (limit_ > kept_max) {
      kept_.push_back(item);
    } else if (kept_.size() < limit_) {
      kept_.push_back(item);
      std::push_heap(kept_.begin(), kept_.end(), less);
    } else if (limit_ > 0 && before(item, kept_.front())) {
      std::pop_heap(kept_.begin(), kept_.end(), less);
      kept_.back() = item;
      std::push_heap(kept_.begin(), kept_.end(), less);
    }
  }
  return true;
}

}  // namespace m31::words
