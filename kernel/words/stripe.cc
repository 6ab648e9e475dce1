#include "kernel/words/stripe.h"

#include <bit>
#include <cstring>

#include "kernel/words/utf8.h"

namespace m31::words {
namespace {

void set_bits(uint64_t* bits, size_t from, size_t count) {
  for (size_t i = from; i < from + count; ++i) bits[i / 64] |= uint64_t{1} << (i % 64);
}

void clear_bits(uint64_t* bits, size_t from, size_t count) {
  for (size_t i = from; i < from + count; ++i) bits[i / 64] &= ~(uint64_t{1} << (i % 64));
}

}  // namespace

Stripe::Cut Stripe::cut(const ByteScan& scan, Tokens tokens, bool lower, std::string_view source) {
  const ClassifyFn classify = scan.classify(tokens, lower);
  size = source.size();
  const size_t whole = size / 64, rest = size % 64;
  bool any_high = whole && classify(source.data(), whole, text, token, high);
  size_t blocks = whole;
  if (rest) {
    alignas(64) char last[64];
    std::memset(last, ' ', sizeof last);
    std::memcpy(last, source.data() + whole * 64, rest);
    any_high |= classify(last, 1, text + whole * 64, token + whole, high + whole);
    ++blocks;
  }
  token[blocks] = 0;
  return any_high ? settle_high(tokens, lower) : Cut::whole;
}

Stripe::Cut Stripe::settle_high(Tokens tokens, bool lower) {
  const size_t blocks = (size + 63) / 64;
  const char* const end = text + size;
  size_t done = 0;  // bytes before this are settled
  for (size_t b = 0; b < blocks; ++b) {
    for (uint64_t h = high[b]; h != 0; h &= h - 1) {
      size_t i = b * 64 + static_cast<unsigned>(std::countr_zero(h));
      if (i < done) continue;
      // Text that is not ASCII comes in runs: decode to the end of this one.
      while (i < size && (text[i] & 0x80)) {
        const Decoded d = decode_multibyte(text + i, end);
        const CharPage& page = char_page(d.cp);
        const uint8_t bits = page.classes[d.cp & 0xFF];
        if (tokens == Tokens::words) {
          if (bits & letter_bit) set_bits(token, i, d.size);
        } else if (bits & space_bit) {
          clear_bits(token, i, d.size);
        }
        if (lower && (bits & lower_differs_bit) && d.well_formed) {
          char lowered[4];
          if (encode(page.lower[d.cp & 0xFF], lowered) != d.size) return Cut::irregular;
          std::memcpy(text + i, lowered, d.size);
        }
        i += d.size;
      }
      done = i;
    }
  }
  return Cut::whole;
}

void Stripe::find_edges(const ByteScan& scan) {
  const size_t blocks = (size + 63) / 64;
  edges_count = scan.edges(token, blocks, edges);
  if (edges_count % 2) edges[edges_count++] = static_cast<uint16_t>(size);
}

size_t Stripe::count_starts(bool in_token) const {
  const size_t blocks = (size + 63) / 64;
  uint64_t carry = in_token;
  size_t count = 0;
  for (size_t b = 0; b < blocks; ++b) {
    count += static_cast<size_t>(std::popcount(token[b] & ~((token[b] << 1) | carry)));
    carry = token[b] >> 63;
  }
  return count;
}

}  // namespace m31::words
