#include "kernel/words/token_count.h"

#include <cstring>

#include "kernel/words/utf8.h"

namespace m31::words {

size_t TokenCount::feed(std::string_view chunk, size_t fuel_bytes) {
  size_t used = 0;
  while (used < chunk.size() && used < fuel_bytes) {
    std::string_view text = chunk.substr(used);
    if (pending_size_) {
      char bytes[4];
      const size_t before = pending_size_;
      const size_t more = text.size() < sizeof bytes - before ? text.size() : sizeof bytes - before;
      std::memcpy(bytes, pending_, before);
      std::memcpy(bytes + before, text.data(), more);
      if (incomplete_tail({bytes, before + more}) == before + more) {
        std::memcpy(pending_, bytes, before + more);
        pending_size_ = static_cast<unsigned char>(before + more);
        used += more;
        continue;
      }
      const Decoded decoded = decode(bytes, bytes + before + more);
      pending_size_ = 0;
      take_code_point(decoded.cp);
      used += decoded.size - before;
      continue;
    }
    const size_t wanted = fuel_bytes - used < 64 ? 64 : fuel_bytes - used;
    const size_t size_max = wanted < Stripe::bytes_max ? wanted : Stripe::bytes_max;
    const bool chunk_ends = text.size() <= size_max;
    text = text.substr(0, size_max);
    const size_t tail = incomplete_tail(text);
    text.remove_suffix(tail);
    if (!text.empty()) {
      stripe_.cut(scan_, tokens_, false, text);
      count_ += stripe_.count_starts(in_token_);
      in_token_ = stripe_.token_at(text.size() - 1);
      used += text.size();
    }
    if (chunk_ends && tail) {
      std::memcpy(pending_, text.data() + text.size(), tail);
      pending_size_ = static_cast<unsigned char>(tail);
      used += tail;
    }
  }
  return used;
}

void TokenCount::take_code_point(char32_t cp) {
  const bool token = tokens_ == Tokens::words ? is_letter(cp) : !is_space(cp);
  count_ += token && !in_token_;
  in_token_ = token;
}

void TokenCount::end_text() {
  if (pending_size_) take_code_point(replacement);
  pending_size_ = 0;
  in_token_ = false;
}

}  // namespace m31::words
