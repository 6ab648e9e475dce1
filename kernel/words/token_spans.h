// The tokens of a whole text as slices of it: for words(s) and split(s) on a string that stays where it is.
// Owned by one fibril at a time; holds no pointer into the text between calls, so the text may move meanwhile.
#pragma once

#include <cstddef>
#include <string_view>

#include "kernel/words/stripe.h"
#include "kernel/words/utf8.h"

namespace m31::words {

class TokenSpans {
 public:
  // Where a scan stands: kept by who must interrupt one and go on with another TokenSpans.
  struct Position {
    size_t at = 0;
    size_t open = static_cast<size_t>(-1);  // where the token began that the last stripe ended in
  };

  explicit TokenSpans(Tokens tokens) : TokenSpans(tokens, Position()) {}
  TokenSpans(Tokens tokens, Position from)
      : scan_(byte_scan()), tokens_(tokens), at_(from.at), open_(from.open) {}

  // Calls take(offset, size) for the tokens of `text`, in order, until about `fuel_bytes` are done (a stripe at least).
  // REQUIRES: the same text at each call, until done(text).
  template <class Take>
  void scan(std::string_view text, size_t fuel_bytes, Take take) {
    const size_t from = at_;
    do {
      std::string_view piece = text.substr(at_, Stripe::bytes_max);
      if (at_ + piece.size() < text.size()) piece.remove_suffix(incomplete_tail(piece));
      stripe_.cut(scan_, tokens_, false, piece);
      stripe_.find_edges(scan_);
      const bool goes_on = stripe_.edges_count && stripe_.edges[0] == 0;
      if (open_ != none && !goes_on) {
        take(open_, at_ - open_);
        open_ = none;
      }
      for (size_t i = 0; i < stripe_.edges_count; i += 2) {
        const size_t begin = open_ != none ? open_ : at_ + stripe_.edges[i];
        const size_t end = at_ + stripe_.edges[i + 1];
        open_ = none;
        if (stripe_.edges[i + 1] == piece.size() && end < text.size()) {
          open_ = begin;
        } else {
          take(begin, end - begin);
        }
      }
      at_ += piece.size();
    } while (at_ < text.size() && at_ - from < fuel_bytes);
  }
  bool done(std::string_view text) const { return at_ >= text.size(); }
  Position position() const { return {at_, open_}; }

 private:
  static constexpr size_t none = static_cast<size_t>(-1);
  const ByteScan& scan_;
  Tokens tokens_;
  size_t at_;
  size_t open_;
  Stripe stripe_;
};

}  // namespace m31::words
