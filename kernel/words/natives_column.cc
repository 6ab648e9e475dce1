// column(n): of each line its nth part between blanks, as a stream of lines again: the text of a chunk becomes a shorter text, which the words
// behind it (freq, count, ..) read like any other, with nothing made for each line.
#include <cstring>

#include "kernel/words/record_stream.h"

namespace m31::words {
namespace {

// A source over a source. A line that is not yet whole waits for the next chunk.
class ColumnSource final : public vm::ChunkSource {
 public:
  ColumnSource(ChunkReader reader, std::size_t column) : reader_(std::move(reader)), column_(column) {}
  void retain() override { count_.fetch_add(1, std::memory_order_relaxed); }
  void drop() override {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  std::uint64_t identity() const override { return reinterpret_cast<std::uint64_t>(this); }
  std::uint8_t role() const override { return static_cast<std::uint8_t>(vm::HandleRole::stream); }

  State poll(vm::Fibril& fibril) override {
    while (made_.empty()) {
      if (ended_) return State::end;
      switch (reader_.next(fibril)) {
        case ChunkReader::Step::some: take_chunk(); break;
        case ChunkReader::Step::wait: return State::wait;
        case ChunkReader::Step::again: return State::again;
        case ChunkReader::Step::failed: return State::failed;
        case ChunkReader::Step::end:
          ended_ = true;
          if (!carried_.empty()) take_line(carried_);
          carried_.clear();
          break;
      }
    }
    return State::ready;
  }
  data::Text take() override {
    data::Text text{std::string_view(made_)};
    made_.clear();
    return text;
  }
  std::string_view failure() const override { return reader_.failure(); }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

  void take_line(std::string_view line) {
    std::size_t at = 0;
    for (std::size_t column = 0;; ++column) {
      while (at < line.size() && is_blank(line[at])) ++at;
      const std::size_t begin = at;
      while (at < line.size() && !is_blank(line[at])) ++at;
      if (column < column_ && at < line.size()) continue;
      if (column == column_) made_.append(line, begin, at - begin);
      break;
    }
    made_ += '\n';
  }

  // At most a piece at a time, so that the reader can be interrupted.
  void take_chunk() {
    std::string_view left = reader_.left().substr(0, quantum_bytes);
    const std::size_t taken = left.size();
    made_.reserve(left.size());
    while (!left.empty()) {
      const auto* const end = static_cast<const char*>(std::memchr(left.data(), '\n', left.size()));
      if (!end) break;
      const auto size = static_cast<std::size_t>(end - left.data());
      if (carried_.empty()) {
        take_line(left.substr(0, size));
      } else {
        carried_.append(left, 0, size);
        take_line(carried_);
        carried_.clear();
      }
      left.remove_prefix(size + 1);
    }
    carried_ += left;
    reader_.advance(taken);
  }

  std::atomic<std::uint32_t> count_{1};
  ChunkReader reader_;
  std::size_t column_;
  std::string carried_, made_;
  bool ended_ = false;
};

template <bool of_text>
NativeStatus column(NativeCall& call) {
  const auto number = static_cast<std::int64_t>(call.args[1]);
  if (number < 0) return call.raise("ValueError", "columns are counted from 0");
  ColumnSource* source = nullptr;
  if constexpr (of_text) {
    source = new ColumnSource(reader_of(counted_text(call.args[0])), static_cast<std::size_t>(number));
  } else {
    TextStream* const stream = untouched_stream(call, "column");
    if (!stream) return NativeStatus::raised;
    source = new ColumnSource(stream->use(), static_cast<std::size_t>(number));
  }
  return done(call, vm::make_handle(call.heap, new TextStream(ChunkReader(source), {Stage::lines})));
}

constexpr vm::NativeEntry entries[] = {{"column.stream", column<false>}, {"column.text", column<true>}};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable column_natives;
const NativeTable column_natives = words::entries;
}  // namespace m31::vm
