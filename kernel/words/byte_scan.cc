#include "kernel/words/byte_scan.h"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace m31::words {
namespace {

// ------------------------------------------------------------------------------------------- portable
bool letter(unsigned char c) { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }
bool space(unsigned char c) { return c == ' ' || static_cast<unsigned char>(c - '\t') < 5; }

template <Tokens tokens, bool lower>
bool classify_portable(const char* in, size_t blocks, char* out, uint64_t* token, uint64_t* high) {
  uint64_t any = 0;
  for (size_t b = 0; b < blocks; ++b, in += 64, out += 64) {
    uint64_t t = 0, h = 0;
    for (unsigned i = 0; i < 64; ++i) {
      const auto c = static_cast<unsigned char>(in[i]);
      const bool is_token = tokens == Tokens::words ? letter(c) : !space(c);
      t |= static_cast<uint64_t>(is_token) << i;
      h |= static_cast<uint64_t>(c >> 7) << i;
      out[i] = static_cast<char>(lower && letter(c) ? c | 0x20 : c);
    }
    token[b] = t;
    high[b] = h;
    any |= h;
  }
  return any != 0;
}

size_t edges_portable(const uint64_t* token, size_t blocks, uint16_t* edges) {
  uint16_t* out = edges;
  uint64_t carry = 0;
  for (size_t b = 0; b < blocks; ++b) {
    uint64_t e = token[b] ^ ((token[b] << 1) | carry);
    carry = token[b] >> 63;
    for (; e; e &= e - 1) *out++ = static_cast<uint16_t>(b * 64 + static_cast<unsigned>(std::countr_zero(e)));
  }
  return static_cast<size_t>(out - edges);
}

constexpr ByteScan portable = {"portable",
                               classify_portable<Tokens::words, false>,
                               classify_portable<Tokens::words, true>,
                               classify_portable<Tokens::split, false>,
                               classify_portable<Tokens::split, true>,
                               edges_portable};

#if defined(__x86_64__)
// Signed comparisons are all that SSE2 and AVX2 have: shifting the range of interest to the bottom of the signed range makes
// one comparison test it whole ("c - 'a' < 26" becomes "c - 'a' - 128 < 26 - 128").

// ----------------------------------------------------------------------------------------------- SSE2
template <Tokens tokens, bool lower>
bool classify_sse2(const char* in, size_t blocks, char* out, uint64_t* token, uint64_t* high) {
  const __m128i bit5 = _mm_set1_epi8(0x20);
  const __m128i letter_shift = _mm_set1_epi8(static_cast<char>(-'a' - 128));
  const __m128i letter_limit = _mm_set1_epi8(26 - 128);
  const __m128i space_shift = _mm_set1_epi8(static_cast<char>(-'\t' - 128));
  const __m128i space_limit = _mm_set1_epi8(5 - 128);
  uint64_t any = 0;
  for (size_t b = 0; b < blocks; ++b, in += 64, out += 64) {
    uint64_t t = 0, h = 0;
    for (unsigned i = 0; i < 4; ++i) {
      const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 16 * i));
      const __m128i letters = _mm_cmpgt_epi8(letter_limit, _mm_add_epi8(_mm_or_si128(v, bit5), letter_shift));
      __m128i bits = letters;
      if (tokens == Tokens::split) {
        bits = _mm_or_si128(_mm_cmpeq_epi8(v, bit5), _mm_cmpgt_epi8(space_limit, _mm_add_epi8(v, space_shift)));
      }
      const __m128i stored = lower ? _mm_or_si128(v, _mm_and_si128(letters, bit5)) : v;
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 16 * i), stored);
      t |= static_cast<uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(bits))) << (16 * i);
      h |= static_cast<uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(v))) << (16 * i);
    }
    token[b] = tokens == Tokens::split ? ~t : t;
    high[b] = h;
    any |= h;
  }
  return any != 0;
}

constexpr ByteScan sse2 = {"sse2",
                           classify_sse2<Tokens::words, false>,
                           classify_sse2<Tokens::words, true>,
                           classify_sse2<Tokens::split, false>,
                           classify_sse2<Tokens::split, true>,
                           edges_portable};

// ----------------------------------------------------------------------------------------------- AVX2
template <Tokens tokens, bool lower>
__attribute__((target("avx2,bmi"))) bool classify_avx2(const char* in, size_t blocks, char* out, uint64_t* token,
                                                       uint64_t* high) {
  const __m256i bit5 = _mm256_set1_epi8(0x20);
  const __m256i letter_shift = _mm256_set1_epi8(static_cast<char>(-'a' - 128));
  const __m256i letter_limit = _mm256_set1_epi8(26 - 128);
  const __m256i space_shift = _mm256_set1_epi8(static_cast<char>(-'\t' - 128));
  const __m256i space_limit = _mm256_set1_epi8(5 - 128);
  uint64_t any = 0;
  for (size_t b = 0; b < blocks; ++b, in += 64, out += 64) {
    uint64_t t = 0, h = 0;
    for (unsigned i = 0; i < 2; ++i) {
      const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + 32 * i));
      const __m256i letters = _mm256_cmpgt_epi8(letter_limit, _mm256_add_epi8(_mm256_or_si256(v, bit5), letter_shift));
      __m256i bits = letters;
      if (tokens == Tokens::split) {
        bits = _mm256_or_si256(_mm256_cmpeq_epi8(v, bit5),
                               _mm256_cmpgt_epi8(space_limit, _mm256_add_epi8(v, space_shift)));
      }
      const __m256i stored = lower ? _mm256_or_si256(v, _mm256_and_si256(letters, bit5)) : v;
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32 * i), stored);
      t |= static_cast<uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(bits))) << (32 * i);
      h |= static_cast<uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(v))) << (32 * i);
    }
    token[b] = tokens == Tokens::split ? ~t : t;
    high[b] = h;
    any |= h;
  }
  return any != 0;
}

// Eight positions are written at a time, needed or not: the number of edges in a block is hard to predict, and a wrong guess costs
// more than the superfluous stores.
__attribute__((target("bmi,popcnt"))) size_t edges_bmi(const uint64_t* token, size_t blocks, uint16_t* edges) {
  uint16_t* out = edges;
  uint64_t carry = 0;
  for (size_t b = 0; b < blocks; ++b) {
    uint64_t e = token[b] ^ ((token[b] << 1) | carry);
    carry = token[b] >> 63;
    const auto count = static_cast<unsigned>(__builtin_popcountll(e));
    const auto base = static_cast<uint16_t>(b * 64);
    for (unsigned i = 0; i < count; i += 8) {
      for (unsigned k = 0; k < 8; ++k) {
        out[i + k] = static_cast<uint16_t>(base + _tzcnt_u64(e));
        e = _blsr_u64(e);
      }
    }
    out += count;
  }
  return static_cast<size_t>(out - edges);
}

constexpr ByteScan avx2 = {"avx2",
                           classify_avx2<Tokens::words, false>,
                           classify_avx2<Tokens::words, true>,
                           classify_avx2<Tokens::split, false>,
                           classify_avx2<Tokens::split, true>,
                           edges_bmi};

// --------------------------------------------------------------------------------------------- AVX-512
template <Tokens tokens, bool lower>
__attribute__((target("avx512bw,avx512vl"))) bool classify_avx512(const char* in, size_t blocks, char* out,
                                                                  uint64_t* token, uint64_t* high) {
  const __m512i bit5 = _mm512_set1_epi8(0x20);
  uint64_t any = 0;
  for (size_t b = 0; b < blocks; ++b, in += 64, out += 64) {
    const __m512i v = _mm512_loadu_si512(in);
    const __mmask64 letters = _mm512_cmplt_epu8_mask(
        _mm512_sub_epi8(_mm512_or_si512(v, bit5), _mm512_set1_epi8('a')), _mm512_set1_epi8(26));
    uint64_t t = letters;
    if (tokens == Tokens::split) {
      t = ~(_mm512_cmpeq_epi8_mask(v, bit5) |
            _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8('\t')), _mm512_set1_epi8(5)));
    }
    _mm512_storeu_si512(out, lower ? _mm512_or_si512(v, _mm512_maskz_mov_epi8(letters, bit5)) : v);
    token[b] = t;
    high[b] = _mm512_movepi8_mask(v);
    any |= high[b];
  }
  return any != 0;
}

__attribute__((target("avx512bw,avx512vl,avx512vbmi2,popcnt"))) size_t edges_avx512(const uint64_t* token, size_t blocks,
                                                                                   uint16_t* edges) {
  alignas(64) char iota[64];
  for (int i = 0; i < 64; ++i) iota[i] = static_cast<char>(i);
  const __m512i positions = _mm512_load_si512(iota);
  uint16_t* out = edges;
  uint64_t carry = 0;
  for (size_t b = 0; b < blocks; ++b) {
    const uint64_t e = token[b] ^ ((token[b] << 1) | carry);
    carry = token[b] >> 63;
    const auto count = static_cast<unsigned>(__builtin_popcountll(e));
    const __m512i packed = _mm512_maskz_compress_epi8(e, positions);
    const __m512i base = _mm512_set1_epi16(static_cast<short>(b * 64));
    _mm512_storeu_si512(out, _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_maskz_extracti64x4_epi64(0xFF, packed, 0))));
    if (count > 32) {
      _mm512_storeu_si512(out + 32, _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_maskz_extracti64x4_epi64(0xFF, packed, 1))));
    }
    out += count;
  }
  return static_cast<size_t>(out - edges);
}

constexpr ByteScan avx512 = {"avx512",
                             classify_avx512<Tokens::words, false>,
                             classify_avx512<Tokens::words, true>,
                             classify_avx512<Tokens::split, false>,
                             classify_avx512<Tokens::split, true>,
                             edges_avx512};
#endif

// What this processor can run, slowest first.
struct Available {
  const ByteScan* scans[4] = {};
  size_t count = 0;

  Available() {
    scans[count++] = &portable;
#if defined(__x86_64__)
    __builtin_cpu_init();
    scans[count++] = &sse2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt")) {
      scans[count++] = &avx2;
      if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
          __builtin_cpu_supports("avx512vbmi2")) {
        scans[count++] = &avx512;
      }
    }
#endif
  }
};

const Available& available() {
  static const Available found;
  return found;
}

}  // namespace

const ByteScan& byte_scan() { return *available().scans[available().count - 1]; }

std::span<const ByteScan* const> byte_scans() { return {available().scans, available().count}; }

}  // namespace m31::words
