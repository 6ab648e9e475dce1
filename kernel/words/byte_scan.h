// The vector part of tokenising: classifies text 64 bytes at a time into bitmaps, and turns bitmaps into edges.
//
// A token byte is an ASCII letter (words) or any byte but the ASCII white space (split). Bytes from 0x80 on are marked in `high`
// for somebody who decodes (stripe.cc): they count as no token byte in words and as one in split until then.
// Several versions exist for each operation, the fastest that the processor can run is chosen once; all give the same bits
// (tests/kernel/words/byte_scan_test.cc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace m31::words {

enum class Tokens : uint8_t { words, split };

// Classifies `blocks` x 64 bytes of `in`, copies them to `out` (ASCII letters lower-cased if `lower`), writes one word of bits a block
// to `token` and `high` (bit i = byte i), and returns whether any byte was high.
using ClassifyFn = bool (*)(const char* in, size_t blocks, char* out, uint64_t* token, uint64_t* high);

// Writes the positions where runs of token bits begin and end, alternately, and returns how many; a run that reaches the end of
// the last block has its end left out. Up to 64 entries beyond the last may be overwritten. REQUIRES: blocks <= 1023.
using EdgesFn = size_t (*)(const uint64_t* token, size_t blocks, uint16_t* edges);

struct ByteScan {
  const char* name;
  ClassifyFn words, words_lower, split, split_lower;
  EdgesFn edges;

  ClassifyFn classify(Tokens tokens, bool lower) const {
    if (tokens == Tokens::words) return lower ? words_lower : words;
    return lower ? split_lower : split;
  }
};

// The fastest version for this processor.
const ByteScan& byte_scan();

// All that this processor can run, the portable one first.
std::span<const ByteScan* const> byte_scans();

}  // namespace m31::words
