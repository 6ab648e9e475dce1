// A stripe: up to 4 KiB of text, tokenised. The unit of work of all tokenising words, small enough to stay in the first-level cache.
//
// cut() copies text (lower-cased if wanted) and finds its tokens: the vector part (byte_scan.h) does ASCII; where bytes from 0x80 on
// occur, they are decoded and the bitmap is put right. Tokens are the maximal runs of letters (words) or of what is no white space
// (split); ill-formed bytes act as U+FFFD, which separates words and belongs to split's tokens.
// Used by one thread; about 16 KiB, so it lives in a scanner and not on a fibril's stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/words/byte_scan.h"

namespace m31::words {

struct Stripe {
  static constexpr size_t bytes_max = 4096;
  static constexpr size_t blocks_max = bytes_max / 64;

  enum class Cut : uint8_t {
    whole,      // all is tokenised
    irregular,  // a lower-case form has another length than its source: not tokenised, go through it by code points
  };

  Cut cut(const ByteScan& scan, Tokens tokens, bool lower, std::string_view source);
  // After cut: finds `edges`, positions where tokens begin and end alternately.
  void find_edges(const ByteScan& scan);
  // After cut: the number of tokens that begin here, one at byte 0 included unless `in_token`.
  size_t count_starts(bool in_token) const;

  bool token_at(size_t i) const { return token[i / 64] >> (i % 64) & 1; }

  size_t size = 0;
  size_t edges_count = 0;  // even: a token that reaches the end ends at `size`
  alignas(64) char text[bytes_max + 64];  // readable beyond `size`
  uint64_t token[blocks_max + 1];         // one bit a byte, 0 beyond `size`
  uint64_t high[blocks_max];
  uint16_t edges[bytes_max + 64];

 private:
  Cut settle_high(Tokens tokens, bool lower);
};

}  // namespace m31::words
