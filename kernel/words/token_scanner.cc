#include "kernel/words/token_scanner.h"

namespace m31::words {

// Finishes the sequence that the last chunk broke off, with bytes of this one; returns how many it took.
size_t TokenScanner::complete_pending(std::string_view chunk) {
  char bytes[4];
  const size_t before = pending_size_;
  const size_t more = chunk.size() < sizeof bytes - before ? chunk.size() : sizeof bytes - before;
  std::memcpy(bytes, pending_, before);
  std::memcpy(bytes + before, chunk.data(), more);
  if (incomplete_tail({bytes, before + more}) == before + more) {
    std::memcpy(pending_, bytes, before + more);
    pending_size_ = static_cast<unsigned char>(before + more);
    return more;
  }
  // What is pending begins a well-formed sequence, so this takes all of it, with or without what follows.
  const Decoded decoded = decode(bytes, bytes + before + more);
  pending_size_ = 0;
  take_code_point(bytes, decoded);
  return decoded.size - before;
}

void TokenScanner::take_code_point(const char* bytes, const Decoded& decoded) {
  const uint8_t bits = char_class(decoded.cp);
  if (tokens_ == Tokens::words ? !(bits & letter_bit) : bits & space_bit) {
    carry_ended_ = !carry_.empty();
    return;
  }
  if (lower_ && decoded.well_formed && (bits & lower_differs_bit)) {
    char lowered[4];
    carry_.append(lowered, encode(simple_lower(decoded.cp), lowered));
  } else {
    carry_.append(bytes, decoded.size);
  }
}

}  // namespace m31::words
