#include "kernel/words/stream_pass.h"

#include <algorithm>
#include <limits>

namespace m31::words {
namespace {

// Small streams are done before another thread has begun, and give away what costs more to give than to do.
#ifdef M31_TORMENT
constexpr std::uint64_t seen_bytes_min = 8 << 10;
constexpr std::size_t given_bytes_min = 128;
#else
constexpr std::uint64_t seen_bytes_min = 4 << 20;
constexpr std::size_t given_bytes_min = 64 << 10;
#endif
constexpr std::size_t texts_waiting_max = 1;

constexpr std::size_t no_end = std::numeric_limits<std::size_t>::max();

bool tokenises(Stage stage) { return stage == Stage::words || stage == Stage::split; }

}  // namespace

std::unique_ptr<Pipeline> make_tallying(Tallies tallies, std::span<const Stage> stages, Tally& tally) {
  return tallies == Tallies::each ? make_freq(stages, tally.table) : make_count(stages, tally.count);
}

std::string_view separators(std::span<const Stage> stages) {
  for (const Stage stage : simplify(stages)) {
    if (tokenises(stage)) return "\n ";
    if (stage == Stage::lines) return "\n";
    if (stage != Stage::lower && stage != Stage::upper) break;      // these two look at one code point at a time
  }
  return {};
}

// ------------------------------------------------------------------------------------------------ the helper's side
bool Aside::has_room() {
  std::lock_guard lock(mutex_);
  return waiting_.size() < texts_waiting_max;
}

void Aside::give(data::Text text) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(text));
    if (std::exchange(working_, true)) return;
  }
  if (helper_([self = shared_from_this()] { self->work(); })) return;
  std::lock_guard lock(mutex_);
  working_ = false;                                 // it will be taken back
}

void Aside::work() {
  data::Text text;
  bool more = true;
  {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      more = false;
    } else {
      text = std::move(waiting_.front());
      waiting_.pop_front();
    }
  }
  if (more) {
    for (std::string_view left = text.view(); !left.empty();) left.remove_prefix(pipeline_->feed(left, no_end));
    bytes_.store(tally_.table.bytes(), std::memory_order_relaxed);
  }
  std::unique_lock lock(mutex_);
  if (!waiting_.empty()) {
    lock.unlock();
    // A job of its own for each text: others wait for this thread too.
    if (helper_([self = shared_from_this()] { self->work(); })) return;
    lock.lock();
  }
  working_ = false;
  const std::function<void()> wake = std::exchange(wake_, nullptr);
  lock.unlock();
  if (wake) wake();
}

std::optional<data::Text> Aside::take_back() {
  std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  data::Text text = std::move(waiting_.back());
  waiting_.pop_back();
  return text;
}

bool Aside::wait(const std::function<std::function<void()>()>& make_wake) {
  std::lock_guard lock(mutex_);
  if (working_) wake_ = make_wake();
  return working_;
}

const Tally& Aside::finish() {
  while (!pipeline_->end_text(no_end)) continue;
  return tally_;
}

// ------------------------------------------------------------------------------------------------ the pass
StreamPass::StreamPass(Tallies tallies, TextStream& stream)
    : tallies_(tallies),
      stages_(stream.stages()),
      reader_(stream.use()),
      pipeline_(make_tallying(tallies, stages_, tally_)),
      separators_(separators(stages_)) {}

void StreamPass::give_away() {
  if (no_help_ || !reader_.is_whole()) return;
  const std::string_view chunk = reader_.left();
  seen_bytes_ += chunk.size();
  if (seen_bytes_ < seen_bytes_min || chunk.size() < given_bytes_min) return;
  if (!aside_) {
    vm::Helper helper = separators_.empty() ? nullptr : reader_.helper();
    no_help_ = !helper;
    if (no_help_) return;
    aside_ = std::make_shared<Aside>(tallies_, stages_, std::move(helper));
  }
  if (!aside_->has_room()) return;
  const std::size_t first = chunk.find_first_of(separators_);
  if (first == std::string_view::npos) return;
  const std::size_t from = first + 1, to = chunk.find_last_of(separators_) + 1;
  if (to - from >= given_bytes_min) aside_->give(reader_.cut_out(from, to));
}

// False: call again.
bool StreamPass::end_text(NativeCall& call) {
  while (!pipeline_->end_text(quantum_bytes)) {
    if (spent(call, quantum_bytes)) return false;
  }
  return true;
}

// What was given away and not begun is done here; then the helper's results are added.
NativeStatus StreamPass::gather(NativeCall& call) {
  if (!aside_) return NativeStatus::done;
  while (!finished_) {
    if (has_taken_back_) {
      while (!taken_back_left_.empty()) {
        taken_back_left_.remove_prefix(pipeline_->feed(taken_back_left_, quantum_bytes));
        if (spent(call, quantum_bytes)) return NativeStatus::again;
      }
      if (!end_text(call)) return NativeStatus::again;
      has_taken_back_ = false;
    } else if (auto text = aside_->take_back()) {
      taken_back_ = std::move(*text);
      taken_back_left_ = taken_back_.view();
      has_taken_back_ = true;
    } else {
      if (aside_->wait([&] { return reader_.wake_of(call.fibril); })) return NativeStatus::blocked;
      finished_ = &aside_->finish();
      tally_.count += finished_->count;
    }
  }
  while (merged_slots_ < finished_->table.slots()) {
    if (tally_.table.growing()) {
      tally_.table.grow_step(quantum_items);
    } else {
      merged_slots_ = tally_.table.try_merge(finished_->table, merged_slots_, quantum_items);
    }
    if (spent(call, quantum_items)) return NativeStatus::again;
  }
  return NativeStatus::done;
}

NativeStatus StreamPass::run(NativeCall& call) {
  while (!ended_) {
    switch (reader_.next(call.fibril)) {
      case ChunkReader::Step::some: break;
      case ChunkReader::Step::wait: return NativeStatus::blocked;
      case ChunkReader::Step::again: return NativeStatus::again;
      case ChunkReader::Step::failed: return call.raise("IoError", reader_.failure());
      case ChunkReader::Step::end:
        if (!end_text(call)) return NativeStatus::again;
        ended_ = true;
        continue;
    }
    give_away();
    const std::size_t used = pipeline_->feed(reader_.left(), quantum_bytes);
    reader_.advance(used);
    if (spent(call, std::max(used, std::size_t{1}))) return NativeStatus::again;
  }
  return gather(call);
}

}  // namespace m31::words
