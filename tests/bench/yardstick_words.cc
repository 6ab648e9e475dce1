// The yardstick of the word counts: what a C++ programmer gets by hand for this one task on this one machine, with two threads.
//
//   yardstick_words [FILE [THREADS]]    prints "word<TAB>count" for each word, most frequent first, then by word
//                                       (FILE: default what standard input was redirected from; THREADS: default 2)
//
// A word is a maximal run of A-Z and a-z, counted in lower case: `tr -cs A-Za-z '\n' | tr A-Z a-z | sort | uniq -c`. Built for the machine
// that it runs on (-march=native); it knows nothing of chunks that come from a pipe, of Unicode, of interruption.
//
// Each thread reads its half of the file through a buffer of its own, finds the edges of the words 64 bytes at a time, and counts words of up
// to 16 letters in an open table whose keys are the letters themselves; the rare longer ones go to a std::unordered_map.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

constexpr size_t buffer_bytes = 256 << 10;
constexpr size_t stripe_bytes = 4096;
constexpr size_t padding = 128;

bool letter(char c) { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }

// Bit i: byte i is a letter.
uint64_t letters(const char* p) {
#if defined(__AVX512BW__)
  const __m512i v = _mm512_or_si512(_mm512_loadu_si512(p), _mm512_set1_epi8(0x20));
  return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8('a')), _mm512_set1_epi8(26));
#elif defined(__AVX2__)
  uint64_t bits = 0;
  for (int i = 0; i < 2; ++i) {
    const __m256i v = _mm256_or_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32 * i)), _mm256_set1_epi8(0x20));
    const __m256i shifted = _mm256_add_epi8(v, _mm256_set1_epi8(static_cast<char>(-'a' - 128)));
    const auto half = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpgt_epi8(_mm256_set1_epi8(26 - 128), shifted)));
    bits |= static_cast<uint64_t>(half) << (32 * i);
  }
  return bits;
#else
  uint64_t bits = 0;
  for (int i = 0; i < 64; ++i) bits |= static_cast<uint64_t>(letter(p[i])) << i;
  return bits;
#endif
}

// Appends the positions of the set bits of `bits`, plus `base`; may write 64 entries.
uint16_t* append_positions(uint64_t bits, unsigned base, uint16_t* out) {
#if defined(__AVX512VBMI2__)
  alignas(64) static constexpr auto iota = [] {
    struct { uint8_t at[64]; } numbers{};
    for (unsigned i = 0; i < 64; ++i) numbers.at[i] = static_cast<uint8_t>(i);
    return numbers;
  }();
  const __m512i packed = _mm512_maskz_compress_epi8(bits, _mm512_load_si512(iota.at));
  const __m512i bases = _mm512_set1_epi16(static_cast<short>(base));
  const __m256i low = _mm512_maskz_extracti64x4_epi64(0xFF, packed, 0), high = _mm512_maskz_extracti64x4_epi64(0xFF, packed, 1);
  _mm512_storeu_si512(out, _mm512_add_epi16(bases, _mm512_cvtepu8_epi16(low)));
  _mm512_storeu_si512(out + 32, _mm512_add_epi16(bases, _mm512_cvtepu8_epi16(high)));
  return out + std::popcount(bits);
#else
  const int count = std::popcount(bits);
  for (int i = 0; i < count; i += 8) {
    for (int k = 0; k < 8; ++k) {
      out[i + k] = static_cast<uint16_t>(base + static_cast<unsigned>(std::countr_zero(bits)));
      bits &= bits - 1;
    }
  }
  return out + count;
#endif
}

struct Key {
  uint64_t low, high;
};

// The letters of a short word in lower case, zero-padded. 16 bytes at `p` are readable.
Key key_of(const char* p, size_t size) {
#if defined(__AVX512VL__) && defined(__AVX512BW__)
  const auto mask = static_cast<__mmask16>(_bzhi_u32(0xFFFF, static_cast<unsigned>(size)));
  const __m128i v = _mm_or_si128(_mm_maskz_loadu_epi8(mask, p), _mm_maskz_set1_epi8(mask, 0x20));
  return {static_cast<uint64_t>(_mm_cvtsi128_si64(v)), static_cast<uint64_t>(_mm_extract_epi64(v, 1))};
#else
  static constexpr unsigned char ones[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
  constexpr uint64_t bit5 = 0x2020202020202020u;
  Key key, mask;
  std::memcpy(&key, p, 16);
  std::memcpy(&mask, ones + 16 - size, 16);
  return {(key.low | bit5) & mask.low, (key.high | bit5) & mask.high};
#endif
}

uint64_t hash_of(Key key) {
  const auto product = static_cast<unsigned __int128>(key.low ^ 0x9E3779B97F4A7C15u) * (key.high ^ 0xD1B54A32D192ED03u);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

class Table {
 public:
  Table() { resize(17); }

  void prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash >> shift_]); }
  void add(Key key, uint64_t hash, uint64_t n) {
    for (size_t i = hash >> shift_;; i = (i + 1) & mask_) {
      Slot& slot = slots_[i];
      if (slot.key.low == key.low && slot.key.high == key.high) {
        slot.count += n;
        return;
      }
      if (slot.key.low == 0) {
        slot = {key, n, 0};
        if (++used_ * 2 > mask_) grow();
        return;
      }
    }
  }
  void add_long(std::string_view word, uint64_t n) {
    std::string lower(word);
    for (char& c : lower) c |= 0x20;
    long_[lower] += n;
  }
  void merge(const Table& other) {
    for (size_t i = 0; i <= other.mask_; ++i) {
      const Slot& slot = other.slots_[i];
      if (slot.key.low) add(slot.key, hash_of(slot.key), slot.count);
    }
    for (const auto& [word, n] : other.long_) long_[word] += n;
  }
  std::vector<std::pair<uint64_t, std::string_view>> ranked() const {
    std::vector<std::pair<uint64_t, std::string_view>> all;
    all.reserve(used_ + long_.size());
    for (size_t i = 0; i <= mask_; ++i) {
      const auto* word = reinterpret_cast<const char*>(&slots_[i].key);
      if (*word) all.emplace_back(slots_[i].count, std::string_view(word, strnlen(word, 16)));
    }
    for (const auto& [word, n] : long_) all.emplace_back(n, word);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    return all;
  }

 private:
  struct alignas(32) Slot {
    Key key;
    uint64_t count, unused;
  };
  void resize(unsigned log2) {
    shift_ = 64 - log2;
    mask_ = (size_t{1} << log2) - 1;
    slots_ = std::make_unique<Slot[]>(mask_ + 1);
    used_ = 0;
  }
  void grow() {
    const auto old = std::move(slots_);
    const size_t count = mask_ + 1;
    resize(64 - shift_ + 1);
    for (size_t i = 0; i < count; ++i) {
      if (old[i].key.low) add(old[i].key, hash_of(old[i].key), old[i].count);
    }
  }

  std::unique_ptr<Slot[]> slots_;
  size_t mask_ = 0, used_ = 0;
  unsigned shift_ = 0;
  std::unordered_map<std::string, uint64_t> long_;
};

// Counts the words of text[0, size), which neither begins nor ends inside a word.
void count_words(const char* text, size_t size, Table& table) {
  constexpr size_t group = 16;
  uint16_t edges[stripe_bytes + 1 + 64 + group];
  const char* const end = text + size;
  const char* word = nullptr;  // one that the last stripe did not end
  for (const char* stripe = text; stripe < end; stripe += stripe_bytes) {
    const size_t here = std::min<size_t>(stripe_bytes, static_cast<size_t>(end - stripe));
    uint16_t* last = edges;
    uint64_t carry = word != nullptr;
    for (size_t i = 0; i < here; i += 64) {
      uint64_t bits = letters(stripe + i);
      if (here - i < 64) bits &= (uint64_t{1} << (here - i)) - 1;
      last = append_positions(bits ^ (bits << 1 | carry), static_cast<unsigned>(i), last);
      carry = bits >> 63;
    }
    const uint16_t* e = edges;
    const auto count_one = [&](const char* begin, size_t length) {
      if (length > 16) return table.add_long({begin, length}, 1);
      const Key key = key_of(begin, length);
      table.add(key, hash_of(key), 1);
    };
    if (word && e < last) count_one(word, static_cast<size_t>(stripe + *e - word)), ++e, word = nullptr;
    const auto pairs = static_cast<size_t>(last - e) / 2;
    for (size_t done = 0; done < pairs; done += group) {
      Key keys[group];
      uint64_t hashes[group];
      const size_t n = std::min(group, pairs - done);
      for (size_t i = 0; i < n; ++i) {
        const size_t begin = e[2 * (done + i)], length = static_cast<size_t>(e[2 * (done + i) + 1]) - begin;
        keys[i] = key_of(stripe + begin, length > 16 ? 16 : length);
        hashes[i] = hash_of(keys[i]);
        table.prefetch(hashes[i]);
      }
      for (size_t i = 0; i < n; ++i) {
        const size_t begin = e[2 * (done + i)], length = static_cast<size_t>(e[2 * (done + i) + 1]) - begin;
        if (length > 16) {
          table.add_long({stripe + begin, length}, 1);
        } else {
          table.add(keys[i], hashes[i], 1);
        }
      }
    }
    if (static_cast<size_t>(last - e) % 2) word = stripe + last[-1];
  }
  if (word) {
    const auto length = static_cast<size_t>(end - word);
    const Key key = key_of(word, std::min<size_t>(length, 16));
    if (length > 16) return table.add_long({word, length}, 1);
    table.add(key, hash_of(key), 1);
  }
}

// The first place from `at` on where no word goes on.
size_t boundary(int file, size_t at, size_t file_bytes) {
  for (char c; at > 0 && at < file_bytes && pread(file, &c, 1, static_cast<off_t>(at)) == 1 && letter(c);) ++at;
  return at;
}

// Counts the words of [from, to) of the file, both of them boundaries.
bool count_part(int file, size_t from, size_t to, Table& table) {
  std::vector<char> buffer(buffer_bytes + padding);
  size_t kept = 0;  // bytes at the front that the last read left over: a word that may go on
  while (from < to) {
    if (kept + padding == buffer.size()) buffer.resize(2 * buffer.size());
    const size_t room = buffer.size() - padding - kept;
    const ssize_t got = pread(file, buffer.data() + kept, std::min(room, to - from), static_cast<off_t>(from));
    if (got <= 0) return false;
    from += static_cast<size_t>(got);
    const size_t size = kept + static_cast<size_t>(got);
    size_t end = size;
    while (from < to && end > 0 && letter(buffer[end - 1])) --end;
    count_words(buffer.data(), end, table);
    kept = size - end;
    std::memmove(buffer.data(), buffer.data() + end, kept);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const char* const name = argc > 1 ? argv[1] : "standard input";
  const int file = argc > 1 ? open(argv[1], O_RDONLY) : STDIN_FILENO;
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return std::perror(name), 1;
  if (!S_ISREG(status.st_mode)) return std::fprintf(stderr, "%s: not a file\n", name), 1;
  const auto size = static_cast<size_t>(status.st_size);
  const size_t threads = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 2;
  std::vector<Table> tables(threads);
  std::vector<char> ok(threads);
  std::vector<std::thread> others;
  const auto part = [&](size_t i) {
    const size_t from = boundary(file, size / threads * i, size);
    const size_t to = i + 1 == threads ? size : boundary(file, size / threads * (i + 1), size);
    ok[i] = count_part(file, from, to, tables[i]);
  };
  for (size_t i = 1; i < threads; ++i) others.emplace_back(part, i);
  part(0);
  for (std::thread& other : others) other.join();
  for (const char good : ok) {
    if (!good) return std::perror(name), 1;
  }
  for (size_t i = 1; i < threads; ++i) tables[0].merge(tables[i]);
  std::string out;
  for (const auto& [count, word] : tables[0].ranked()) {
    out += word;
    out += '\t';
    out += std::to_string(count);
    out += '\n';
  }
  return std::fwrite(out.data(), 1, out.size(), stdout) == out.size() && std::fflush(stdout) == 0 ? 0 : 1;
}
