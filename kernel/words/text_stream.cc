#include "kernel/words/text_stream.h"

#include <limits>

namespace m31::words {

ChunkReader::Step ChunkReader::next(vm::Fibril& fibril) {
  if (left_.empty()) left_ = std::exchange(behind_, {});
  while (left_.empty()) {
    switch (source_->poll(fibril)) {
      case vm::ChunkSource::State::ready:
        chunk_ = source_->take();
        left_ = chunk_.view();
        break;
      case vm::ChunkSource::State::wait: return Step::wait;
      case vm::ChunkSource::State::again: return Step::again;
      case vm::ChunkSource::State::end: return Step::end;
      case vm::ChunkSource::State::failed: return Step::failed;
    }
  }
  return Step::some;
}

data::Text ChunkReader::cut_out(std::size_t from, std::size_t to) {
  const std::string_view whole = left_;
  left_ = whole.substr(0, from);
  behind_ = whole.substr(to);
  chunk_.buffer()->retain();
  return {chunk_.buffer(), whole.substr(from, to - from)};
}

TextStream* TextStream::behind(vm::Slot handle) {
  if (auto* const stream = native_object<TextStream>(handle)) return stream;
  auto* const source = native_object<vm::ChunkSource>(handle);
  if (!source) return nullptr;
  // The handle's count of the source becomes the stream's, the new stream's first count the handle's.
  auto* const stream = new TextStream(ChunkReader(source), {Stage::lines});
  vm::as<vm::Handle>(handle)->object = stream;
  return stream;
}

TextStream::Pull TextStream::pull(vm::Fibril& fibril, std::int64_t& fuel) {
  while (next_piece_ == sizes_.size()) {
    queued_.clear();
    sizes_.clear();
    next_piece_ = next_byte_ = 0;
    if (ended_) return Pull::end;
    if (fuel < 0) return Pull::again;
    if (!each_) {
      each_ = make_each(
          stages_, [](void* self, std::string_view piece) { static_cast<TextStream*>(self)->queue(piece); }, this);
    }
    const ChunkReader::Step step = reader_.next(fibril);
    if (step == ChunkReader::Step::wait) return Pull::wait;
    if (step == ChunkReader::Step::again) return Pull::again;
    if (step == ChunkReader::Step::failed) return Pull::failed;
    if (step == ChunkReader::Step::end) {
      while (!each_->end_text(std::numeric_limits<std::size_t>::max())) continue;
      ended_ = true;
      continue;
    }
    const std::size_t used = each_->feed(reader_.left(), Stripe::bytes_max);
    reader_.advance(used);
    fuel -= static_cast<std::int64_t>(used / 16 + 1);
  }
  item_ = queued_.view().substr(next_byte_, sizes_[next_piece_]);
  next_byte_ += sizes_[next_piece_++];
  return Pull::item;
}

void TextStream::queue(std::string_view piece) {
  queued_.append(piece);
  sizes_.push_back(piece.size());
}

std::vector<Stage> with_stage(const std::vector<Stage>& before, Stage stage) {
  std::vector<Stage> stages = before;
  if (stage != Stage::lines || before.empty() || before.back() != Stage::lines) stages.push_back(stage);
  return stages;
}

}  // namespace m31::words
