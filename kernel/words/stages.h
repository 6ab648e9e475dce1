// The text stages, composed one after the other: the general form of every pipeline, and what the fused kernels must equal.
//
// Data flows as pieces (a text, a line, a word) in parts: piece(part, last) gives the next part of the current piece, which ends with the
// part that is `last`. Stages that split (lines, words, split) take each piece as a text of its own; the others change pieces. So
// nothing needs more memory than it must hold: a stage keeps a few bytes, trim also the white space that may yet turn out to be inside.
//
//   lines  at LF; a CR before it goes too; the last line needs no LF; an empty text has no line
//   words  maximal runs of letters        split  maximal runs of what is no white space     (char_class.h)
//   lower upper  simple case mappings     trim   without white space at both ends
//
// Owned by one fibril at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace m31::words {

enum class Stage : uint8_t { lines, words, split, lower, upper, trim };

std::string_view name_of(Stage stage);

class PieceSink {
 public:
  virtual ~PieceSink() = default;
  virtual void piece(std::string_view part, bool last) = 0;
};

// A sink that applies `stages` in order and passes the outcome on to `next`, which must outlive it.
std::unique_ptr<PieceSink> compose(std::span<const Stage> stages, PieceSink& next);

}  // namespace m31::words
