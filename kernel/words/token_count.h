// Counts tokens of text that arrives in chunks: the tokenising part alone, nothing is kept of a token.
#pragma once

#include <cstddef>
#include <string_view>

#include "kernel/words/stripe.h"

namespace m31::words {

class TokenCount {
 public:
  explicit TokenCount(Tokens tokens) : scan_(byte_scan()), tokens_(tokens) {}

  // Consumes up to about `fuel_bytes` (at most 64 more) from the front of `chunk` and returns how many bytes.
  size_t feed(std::string_view chunk, size_t fuel_bytes);
  // The text ends here; the next feed begins another.
  void end_text();

  size_t count() const { return count_; }

 private:
  void take_code_point(char32_t cp);

  const ByteScan& scan_;
  Tokens tokens_;
  bool in_token_ = false;
  unsigned char pending_size_ = 0;  // an incomplete UTF-8 sequence at the end of the last chunk
  char pending_[4];
  size_t count_ = 0;
  Stripe stripe_;
};

}  // namespace m31::words
