// StreamPass: a whole stream of text through a pipeline, into a table or a number. What freq and count of a stream are.
//
// Where the source lends a helper and the stream is long, a second thread takes part. A chunk's middle, from behind its first separator to
// its last, begins and ends where no piece goes on: it is given away, and what is left of the chunk is a text as good, for the pipeline that
// has the beginning of its first piece. Pieces are counted, so which thread saw which does not matter: the two tables are
// added up at the end. (Where a piece of what comes first may reach over separators, as after `trim`, nothing is given away.)
//
//   chunk     tail of a word| words words words words words |head of a wo
//             ── here ──────|── may be given away ──────────|── here ────
//
// Owned by one fibril at a time. The helper's side (Aside) is shared with its jobs, and outlives a pass that is dropped.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kernel/words/native_state.h"

namespace m31::words {

struct Tally {
  FreqTable table;           // of freq
  std::int64_t count = 0;    // of count
};
enum class Tallies : std::uint8_t { each, all };      // freq, count
std::unique_ptr<Pipeline> make_tallying(Tallies tallies, std::span<const Stage> stages, Tally& tally);

// Which bytes no piece of `stages` goes over: line ends, perhaps blanks too; nothing where none is known.
std::string_view separators(std::span<const Stage> stages);

// The part of the work that the helper does. Texts given to it begin and end where no piece goes on.
class Aside : public std::enable_shared_from_this<Aside> {
 public:
  Aside(Tallies tallies, std::vector<Stage> stages, vm::Helper helper)
      : pipeline_(make_tallying(tallies, stages, tally_)), helper_(std::move(helper)) {}

  // ---- the pass
  bool has_room();                                  // for one text more
  void give(data::Text text);
  std::optional<data::Text> take_back();            // one that was not begun
  // Whether the helper is at work; then what `make_wake` gives is called once, when it has ended.
  bool wait(const std::function<std::function<void()>()>& make_wake);
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }    // of the table, about
  // REQUIRES: wait gave false, and nothing was given since. Once.
  const Tally& finish();

 private:
  void work();                                      // the helper: one text, then the next job

  std::mutex mutex_;                                // guards the next three
  std::deque<data::Text> waiting_;
  bool working_ = false;
  std::function<void()> wake_;
  Tally tally_;                                     // and the pipeline: whoever works
  std::unique_ptr<Pipeline> pipeline_;
  vm::Helper helper_;
  std::atomic<std::size_t> bytes_{0};
};

class StreamPass {
 public:
  StreamPass(Tallies tallies, TextStream& stream);

  // Done: tally() is complete.
  NativeStatus run(NativeCall& call);
  Tally& tally() { return tally_; }
  std::size_t bytes() const { return tally_.table.bytes() + (aside_ ? aside_->bytes() : 0); }

 private:
  bool end_text(NativeCall& call);
  void give_away();
  NativeStatus gather(NativeCall& call);

  Tallies tallies_;
  std::vector<Stage> stages_;
  ChunkReader reader_;
  Tally tally_;
  std::unique_ptr<Pipeline> pipeline_;
  std::string_view separators_;
  std::uint64_t seen_bytes_ = 0;                    // of whole chunks
  std::shared_ptr<Aside> aside_;
  bool no_help_ = false;
  bool ended_ = false;                              // the stream, and its text in the pipeline
  data::Text taken_back_;
  std::string_view taken_back_left_;
  bool has_taken_back_ = false;
  const Tally* finished_ = nullptr;                 // the helper's
  std::size_t merged_slots_ = 0;
};

}  // namespace m31::words
