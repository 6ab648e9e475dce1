#include "kernel/words/freq_table.h"

#include <array>
#include <cstring>
#include <new>
#include <utility>

namespace m31::words {
namespace {

constexpr unsigned first_log2 = 8;
constexpr unsigned big_step_log2 = 16;  // smaller tables grow fourfold
constexpr uint64_t secret_0 = 0x9E3779B97F4A7C15u;
constexpr uint64_t secret_1 = 0xD1B54A32D192ED03u;
constexpr size_t adopted_bytes_min = 64 << 10;  // longer words keep the storage that they came in
constexpr size_t sampled_bytes_min = 4096;      // of longer words only the ends and the size are hashed

uint64_t load64(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// Both halves of the full product, folded (the "mum" of Yi's wyhash).
uint64_t fold_multiply(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// 16 ones followed by 16 zeros: loading 16 bytes at (16 - size) gives a mask of `size` bytes in either byte order.
alignas(32) constexpr std::array<unsigned char, 32> mask_bytes = {255, 255, 255, 255, 255, 255, 255, 255,
                                                                  255, 255, 255, 255, 255, 255, 255, 255};

// REQUIRES: size <= 16.
const char* mask_of(size_t size) { return reinterpret_cast<const char*>(mask_bytes.data()) + (16 - size); }

uint64_t hash_short(uint64_t low, uint64_t high) { return fold_multiply(low ^ secret_0, high ^ secret_1); }

uint64_t meta_of(uint64_t hash, size_t size) { return static_cast<uint64_t>(size) << 24 | (hash & 0xFFFFFF) | 1; }

uint64_t hash_run(uint64_t hash, const char* p, size_t size) {
  for (; size > 16; p += 16, size -= 16) hash = fold_multiply(load64(p) ^ hash ^ secret_0, load64(p + 8) ^ secret_1);
  return fold_multiply(load64(p + size - 16) ^ hash ^ secret_0, load64(p + size - 8) ^ secret_1);
}

uint64_t hash_long(std::string_view word) {
  const uint64_t hash = word.size() * secret_0;
  if (word.size() <= sampled_bytes_min) return hash_run(hash, word.data(), word.size());
  const size_t half = sampled_bytes_min / 2;
  return hash_run(hash_run(hash, word.data(), half), word.data() + word.size() - half, half);
}

}  // namespace

// calloc, because the pages of a big table then come zeroed one by one as they are used; aligned, because a slot should not lie across
// two cache lines. The word before the first slot says where the memory began.
FreqTable::Slot* FreqTable::make_slots(size_t count) {
  auto* memory = static_cast<char*>(std::calloc(count + 2, sizeof(Slot)));
  if (!memory) throw std::bad_alloc();
  const size_t past = (reinterpret_cast<uint64_t>(memory) + sizeof(void*)) % sizeof(Slot);
  char* aligned = memory + sizeof(void*) + (sizeof(Slot) - past);
  std::memcpy(aligned - sizeof(void*), &memory, sizeof memory);
  return reinterpret_cast<Slot*>(aligned);
}

void FreqTable::free_slots(Slot* slots) {
  if (!slots) return;
  char* memory;
  std::memcpy(&memory, reinterpret_cast<char*>(slots) - sizeof(void*), sizeof memory);
  std::free(memory);
}

FreqTable::~FreqTable() {
  free_slots(slots_);
  free_slots(new_slots_);
  for (char* block : blocks_) std::free(block);
}

void FreqTable::swap(FreqTable& other) noexcept {
  std::swap(slots_, other.slots_);
  std::swap(log2_, other.log2_);
  std::swap(shift_, other.shift_);
  std::swap(size_, other.size_);
  std::swap(limit_, other.limit_);
  std::swap(new_slots_, other.new_slots_);
  std::swap(new_log2_, other.new_log2_);
  std::swap(moved_, other.moved_);
  std::swap(blocks_, other.blocks_);
  std::swap(block_next_, other.block_next_);
  std::swap(block_left_, other.block_left_);
  std::swap(block_bytes_, other.block_bytes_);
}

size_t FreqTable::bytes() const {
  return (slots() + (new_slots_ ? size_t{1} << new_log2_ : 0)) * sizeof(Slot) + block_bytes_;
}

// ------------------------------------------------------------------------------------------------ keys
FreqTable::Key FreqTable::key_of(std::string_view word) {
  if (word.size() <= inline_max) {
    char padded[inline_max] = {};
    if (!word.empty()) std::memcpy(padded, word.data(), word.size());
    const uint64_t low = load64(padded), high = load64(padded + 8), hash = hash_short(low, high);
    return {low, high, hash, meta_of(hash, word.size())};
  }
  const uint64_t hash = hash_long(word);
  return {0, hash, hash, meta_of(hash, word.size())};
}

uint64_t FreqTable::hash_of(const Slot& slot) {
  return size_of(slot) <= inline_max ? hash_short(slot.low, slot.high) : slot.high;
}

// --------------------------------------------------------------------------------------------- finding
inline FreqTable::Slot* FreqTable::find_short(const Key& key) const {
  const size_t mask = slots() - 1;
  for (size_t i = key.hash >> shift_;; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if ((slot.low == key.low && slot.high == key.high && slot.meta == key.meta) || slot.meta == 0) return &slot;
  }
}

FreqTable::Slot* FreqTable::find_long(const Key& key, std::string_view word) const {
  const size_t mask = slots() - 1;
  for (size_t i = key.hash >> shift_;; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if (slot.meta == 0) return &slot;
    if (slot.meta == key.meta && slot.high == key.high && word_of(slot) == word) return &slot;
  }
}

int64_t FreqTable::count(std::string_view word) const {
  if (!slots_) return 0;
  const Key key = key_of(word);
  const Slot* slot = word.size() <= inline_max ? find_short(key) : find_long(key, word);
  return slot->meta ? slot->count : 0;
}

// ---------------------------------------------------------------------------------------------- adding
const char* FreqTable::keep(std::string_view word, GrowingBytes* owner) {
  if (owner && word.size() >= adopted_bytes_min) {
    block_bytes_ += owner->capacity();
    blocks_.push_back(owner->release());
    return blocks_.back();
  }
  if (word.size() > block_left_) {
    const size_t usual = blocks_.size() < 4 ? size_t{16} << 10 : size_t{256} << 10;
    const size_t size = word.size() >= usual / 4 ? word.size() : usual;  // a very long word has a block to itself
    auto* block = static_cast<char*>(std::malloc(size));
    if (!block) throw std::bad_alloc();
    blocks_.push_back(block);
    block_bytes_ += size;
    if (size == word.size()) return static_cast<char*>(std::memcpy(block, word.data(), word.size()));
    block_next_ = block;
    block_left_ = size;
  }
  char* kept = static_cast<char*>(std::memcpy(block_next_, word.data(), word.size()));
  block_next_ += word.size();
  block_left_ -= word.size();
  return kept;
}

char* FreqTable::give_away(std::string_view word) {
  if (word.size() < adopted_bytes_min) return nullptr;
  for (char*& block : blocks_) {
    if (block != word.data()) continue;
    block_bytes_ -= word.size();
    return std::exchange(block, nullptr);
  }
  return nullptr;
}

inline bool FreqTable::try_add_short(const Key& key, int64_t n) {
  Slot* slot = find_short(key);
  if (slot->meta == 0) [[unlikely]] {
    if (full()) {
      begin_growing();
      return false;
    }
    ++size_;
    *slot = {key.low, key.high, 0, key.meta};
  }
  slot->count += n;
  return true;
}

bool FreqTable::try_add_long(const Key& key, std::string_view word, int64_t n, GrowingBytes* owner) {
  Slot* slot = find_long(key, word);
  if (slot->meta == 0) {
    if (full()) {
      begin_growing();
      return false;
    }
    ++size_;
    *slot = {reinterpret_cast<uint64_t>(keep(word, owner)), key.high, 0, key.meta};
  }
  slot->count += n;
  return true;
}

bool FreqTable::try_add(std::string_view word, int64_t n) {
  if (!slots_) begin_growing();
  if (growing()) return false;
  const Key key = key_of(word);
  return word.size() <= inline_max ? try_add_short(key, n) : try_add_long(key, word, n, nullptr);
}

bool FreqTable::try_add_taking(GrowingBytes& word) {
  if (!slots_) begin_growing();
  if (growing()) return false;
  const std::string_view view = word.view();
  const Key key = key_of(view);
  if (!(view.size() <= inline_max ? try_add_short(key, 1) : try_add_long(key, view, 1, &word))) return false;
  word.clear();
  return true;
}

void FreqTable::add(std::string_view word, int64_t n) {
  while (!try_add(word, n)) finish_growing();
}

size_t FreqTable::try_add_tokens(const char* text, const uint16_t* edges, size_t tokens) {
  // In groups: first all keys and a prefetch for each, then all counts, so that the misses of a group overlap. Both loops are the measure of
  // the whole engine: what is rare (a long word, a word that is not in its first place) leaves them at once.
  constexpr size_t group = 16;
  struct ShortKey {
    uint64_t low, high, hash;
  };
  ShortKey keys[group];
  if (!slots_) begin_growing();
  if (growing()) return 0;
  Slot* const slots = slots_;
  const unsigned shift = shift_;
  for (size_t done = 0; done < tokens;) {
    const size_t count = tokens - done < group ? tokens - done : group;
    const uint16_t* e = edges + 2 * done;
    for (size_t i = 0; i < count; ++i) {
      const size_t begin = e[2 * i], size = static_cast<size_t>(e[2 * i + 1]) - begin;
      // Of a long word this makes the key of its beginning, which nobody uses.
      const char* const mask = mask_of(size < inline_max ? size : inline_max);
      const uint64_t low = load64(text + begin) & load64(mask);
      const uint64_t high = load64(text + begin + 8) & load64(mask + 8);
      const uint64_t hash = hash_short(low, high);
      keys[i] = {low, high, hash};
      __builtin_prefetch(&slots[hash >> shift], 1);
    }
    for (size_t i = 0; i < count; ++i) {
      const size_t begin = e[2 * i], size = static_cast<size_t>(e[2 * i + 1]) - begin;
      if (size > inline_max) [[unlikely]] {
        const std::string_view word(text + begin, size);
        if (!try_add_long(key_of(word), word, 1, nullptr)) return done + i;
        continue;
      }
      const uint64_t low = keys[i].low, high = keys[i].high, hash = keys[i].hash;
      const uint64_t meta = meta_of(hash, size);
      Slot& slot = slots[hash >> shift];
      if (((slot.low ^ low) | (slot.high ^ high) | (slot.meta ^ meta)) == 0) [[likely]] {
        ++slot.count;
      } else if (!try_add_short({low, high, hash, meta}, 1)) {
        return done + i;
      }
    }
    done += count;
  }
  return tokens;
}

// --------------------------------------------------------------------------------------------- growing
void FreqTable::begin_growing(unsigned log2_min) {
  if (growing()) return;
  new_log2_ = !slots_ ? first_log2 : log2_ < big_step_log2 ? log2_ + 2 : log2_ + 1;
  if (new_log2_ < log2_min) new_log2_ = log2_min;
  new_slots_ = make_slots(size_t{1} << new_log2_);
  moved_ = 0;
}

void FreqTable::grow_step(size_t count) {
  if (!growing()) return;
  const size_t end = slots() - moved_ < count ? slots() : moved_ + count;
  const size_t mask = (size_t{1} << new_log2_) - 1;
  for (; moved_ < end; ++moved_) {
    const Slot& slot = slots_[moved_];
    if (slot.meta == 0) continue;
    size_t i = hash_of(slot) >> (64 - new_log2_);
    while (new_slots_[i].meta != 0) i = (i + 1) & mask;
    new_slots_[i] = slot;
  }
  if (moved_ < slots()) return;
  free_slots(slots_);
  slots_ = std::exchange(new_slots_, nullptr);
  log2_ = new_log2_;
  shift_ = 64 - log2_;
  limit_ = slots() / 2;
}

void FreqTable::finish_growing() {
  while (growing()) grow_step(slots() + 1);
}

// --------------------------------------------------------------------------------------------- merging
size_t FreqTable::try_merge(const FreqTable& other, size_t from, size_t count) {
  // Entries come in the order of their hashes: into a smaller table they would all go to its beginning, one after the other in one
  // cluster, in quadratic time.
  if (other.slots() > slots()) {
    begin_growing(other.log2_);
    return from;
  }
  const size_t end = other.slots() - from < count ? other.slots() : from + count;
  for (; from < end; ++from) {
    if (!other.used(from)) continue;
    const Entry e = other.entry(from);
    if (!try_add(e.word, e.count)) return from;
  }
  return from;
}

void FreqTable::merge(const FreqTable& other) {
  for (size_t next = 0; (next = try_merge(other, next, other.slots())) < other.slots();) finish_growing();
}

}  // namespace m31::words
