// Tokenising text that arrives in chunks: words or split, as they are or lower-cased, into a sink.
//
// A token cut by the end of a chunk is carried over (in `carry_`), so is an incomplete UTF-8 sequence (`pending_`); where chunks
// end makes no difference to the tokens. Nothing is allocated for a token that lies within one stripe.
//
// A sink has
//   size_t tokens(const char* text, const uint16_t* edges, size_t n)  takes text[edges[0], edges[1]), ... in order; how many it took
//   bool token(GrowingBytes& whole)                                   takes one that came in parts, and may keep its storage
// and may refuse (take fewer, give false): scanning then stops before the first token not taken, and goes on there when called again.
// Owned by one fibril at a time; not thread-safe.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

#include "kernel/words/growing_bytes.h"
#include "kernel/words/stripe.h"
#include "kernel/words/utf8.h"

namespace m31::words {

class TokenScanner {
 public:
  TokenScanner(Tokens tokens, bool lower) : scan_(byte_scan()), tokens_(tokens), lower_(lower) {}

  // Consumes up to about `fuel_bytes` (at most 64 more) from the front of `chunk` and returns how many bytes: fewer than that if the
  // sink refused.
  template <class Sink>
  size_t feed(std::string_view chunk, size_t fuel_bytes, Sink& sink);

  // The text ends here; the next feed begins another. False if the sink refused: call it again.
  template <class Sink>
  bool end_text(Sink& sink);

  bool inside_token() const { return !carry_.empty(); }

 private:
  template <class Sink>
  bool deliver(Sink& sink);
  template <class Sink>
  size_t feed_stripe(std::string_view text, Sink& sink);
  template <class Sink>
  size_t feed_code_points(std::string_view text, Sink& sink);
  size_t complete_pending(std::string_view chunk);
  void take_code_point(const char* bytes, const Decoded& decoded);

  const ByteScan& scan_;
  Tokens tokens_;
  bool lower_;
  bool carry_ended_ = false;  // carry_ is a whole token, to be delivered before anything else
  unsigned char pending_size_ = 0;
  char pending_[4];
  GrowingBytes carry_;
  Stripe stripe_;
};

template <class Sink>
bool TokenScanner::deliver(Sink& sink) {
  if (!carry_ended_) return true;
  if (!sink.token(carry_)) return false;
  carry_.clear();
  carry_ended_ = false;
  return true;
}

template <class Sink>
size_t TokenScanner::feed(std::string_view chunk, size_t fuel_bytes, Sink& sink) {
  size_t used = 0;
  while (true) {
    if (!deliver(sink)) return used;
    if (used >= chunk.size() || used >= fuel_bytes) return used;
    if (pending_size_) {
      used += complete_pending(chunk.substr(used));
      continue;
    }
    std::string_view text = chunk.substr(used);
    const size_t wanted = fuel_bytes - used < 64 ? 64 : fuel_bytes - used;
    const size_t size_max = wanted < Stripe::bytes_max ? wanted : Stripe::bytes_max;
    const bool chunk_ends = text.size() <= size_max;
    text = text.substr(0, size_max);
    const size_t tail = incomplete_tail(text);
    text.remove_suffix(tail);
    const size_t taken = feed_stripe(text, sink);
    used += taken;
    if (taken < text.size()) return used;
    if (chunk_ends && tail) {
      std::memcpy(pending_, text.data() + text.size(), tail);
      pending_size_ = static_cast<unsigned char>(tail);
      used += tail;
    }
  }
}

template <class Sink>
size_t TokenScanner::feed_stripe(std::string_view text, Sink& sink) {
  if (text.empty()) return 0;
  if (stripe_.cut(scan_, tokens_, lower_, text) == Stripe::Cut::irregular) return feed_code_points(text, sink);
  stripe_.find_edges(scan_);
  const uint16_t* edges = stripe_.edges;
  size_t count = stripe_.edges_count / 2;

  if (!carry_.empty()) {
    const size_t more = count && edges[0] == 0 ? edges[1] : 0;
    carry_.append(stripe_.text, more);
    if (more == text.size()) return more;
    carry_ended_ = true;
    if (!deliver(sink)) return more;
    if (more) edges += 2, --count;
  }
  const bool unfinished = count && edges[2 * count - 1] == text.size();
  if (unfinished) --count;
  const size_t taken = count ? sink.tokens(stripe_.text, edges, count) : 0;
  if (taken < count) return edges[2 * taken];
  if (unfinished) carry_.append(stripe_.text + edges[2 * count], text.size() - edges[2 * count]);
  return text.size();
}

template <class Sink>
size_t TokenScanner::feed_code_points(std::string_view text, Sink& sink) {
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const Decoded decoded = decode(p, end);
    take_code_point(p, decoded);
    p += decoded.size;
    if (!deliver(sink)) return static_cast<size_t>(p - text.data());
  }
  return text.size();
}

template <class Sink>
bool TokenScanner::end_text(Sink& sink) {
  if (!deliver(sink)) return false;
  if (pending_size_) {
    take_code_point(pending_, {replacement, pending_size_, false});
    pending_size_ = 0;
  }
  carry_ended_ = !carry_.empty();
  return deliver(sink);
}

}  // namespace m31::words
