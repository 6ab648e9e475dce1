// A pipeline: text in chunks -> stages -> a sink that counts each piece (freq), all pieces (count), or hands each over (each).
//
// simplify() brings the stages to a shorter list that gives the same pieces; where a fused kernel fits what is left ([words|split] [lower]),
// it is taken, in one pass and with no allocation for a word; all else runs as composed stages (stages.h). The result is the same
// (tests/kernel/words/pipeline_test.cc), and where chunks end and fuel runs out never matters.
//
// Owned by one fibril at a time; not thread-safe; about 20 KiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "kernel/words/freq_table.h"
#include "kernel/words/stages.h"

namespace m31::words {

// Stages that give the same pieces of every text as `stages` do.
std::vector<Stage> simplify(std::span<const Stage> stages);

// Whether an item of `stages` splits, so that pieces come as the text goes by and not only at its end.
bool splits(std::span<const Stage> stages);

class Pipeline {
 public:
  // Consumes up to about `fuel_bytes` (or a stripe, 4 KiB) from the front of `chunk`; returns how many bytes, possibly 0 while
  // something else is done, like growing a table: call again with the rest.
  virtual size_t feed(std::string_view chunk, size_t fuel_bytes) = 0;
  // The text ends; the next feed begins another. False when `fuel_bytes` did not suffice: call again.
  virtual bool end_text(size_t fuel_bytes) = 0;
  virtual ~Pipeline() = default;

  bool fused() const { return fused_; }

 protected:
  bool fused_ = false;
};

enum class Fusion : uint8_t { allowed, forbidden };  // forbidden: for tests

// Adds pieces to `table`, which must outlive the pipeline.
std::unique_ptr<Pipeline> make_freq(std::span<const Stage> stages, FreqTable& table, Fusion fusion = Fusion::allowed);

// Adds the number of pieces to `count`.
std::unique_ptr<Pipeline> make_count(std::span<const Stage> stages, int64_t& count, Fusion fusion = Fusion::allowed);

// Calls take(context, piece) for each piece; it refuses nothing, so a call of feed may give all the pieces of a stripe.
using TakePiece = void (*)(void* context, std::string_view piece);
std::unique_ptr<Pipeline> make_each(std::span<const Stage> stages, TakePiece take, void* context,
                                    Fusion fusion = Fusion::allowed);

}  // namespace m31::words
