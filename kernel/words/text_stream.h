// TextStream: what stands behind a Stream[String]: chunks of text from the host and the stages that were put on them so far. Words that
// take a stream and give one (words, lower, ...) only add a stage; the word that wants a result (freq, count, a loop)
// runs all of them as one pipeline, fused where it can be, in one pass over the chunks.
//
// A source of the host (ChunkSource) comes as a stream of the lines of its text. A stream is used once: use() takes the source out of it, and
// gives nothing the second time.
//
// Counted by the handles that name it; used by the processor on which its fibril runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/vm/native.h"
#include "kernel/words/growing_bytes.h"
#include "kernel/words/pipeline.h"
#include "kernel/words/stripe.h"

namespace m31::words {

// An object of ours behind a handle: a stream, or the state of a word that is interrupted.
class NativeObject : public vm::HostObject {
 public:
  virtual ~NativeObject() = default;
  void retain() override { count_.fetch_add(1, std::memory_order_relaxed); }
  void drop() override {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  std::uint64_t identity() const override { return reinterpret_cast<std::uint64_t>(this); }
  std::uint8_t role() const override { return static_cast<std::uint8_t>(vm::HandleRole::stream); }

 private:
  std::atomic<std::uint32_t> count_{1};
};

// The object of a native word behind a handle; null if it is another kind of object.
template <class T>
T* native_object(vm::Slot handle) {
  return dynamic_cast<T*>(vm::as<vm::Handle>(handle)->object);
}

// A source with the chunk that is being worked on. Owns a count of the source.
class ChunkReader {
 public:
  explicit ChunkReader(vm::ChunkSource* adopted) : source_(adopted) {}
  ChunkReader(ChunkReader&& other) noexcept
      : source_(std::exchange(other.source_, nullptr)), chunk_(std::move(other.chunk_)), left_(other.left_), behind_(other.behind_) {}
  ~ChunkReader() {
    if (source_) source_->drop();
  }

  enum class Step : std::uint8_t { some, wait, again, end, failed };
  // Some: left() is not empty.
  Step next(vm::Fibril& fibril);
  std::string_view left() const { return left_; }
  void advance(std::size_t bytes) { left_.remove_prefix(bytes); }
  std::string_view failure() const { return source_->failure(); }
  const vm::ChunkSource* source() const { return source_; }   // null once it was moved from

  // For a word that gives parts of a chunk to a helper.
  vm::Helper helper() const { return source_->helper(); }
  std::function<void()> wake_of(vm::Fibril& fibril) const { return source_->wake_of(fibril); }
  bool is_whole() const { return left_.size() == chunk_.view().size(); }   // nothing of the chunk at hand was read yet
  // The bytes [from, to) of left(), which will not come any more. REQUIRES: is_whole.
  data::Text cut_out(std::size_t from, std::size_t to);

 private:
  vm::ChunkSource* source_;
  data::Text chunk_;
  std::string_view left_;
  std::string_view behind_;         // of the chunk: what comes when left_ is empty
};

class TextStream final : public NativeObject {
 public:
  TextStream(ChunkReader reader, std::vector<Stage> stages) : reader_(std::move(reader)), stages_(std::move(stages)) {}

  // The stream behind a handle, whose object becomes a TextStream if it was the host's source. Null: not a stream of text.
  static TextStream* behind(vm::Slot handle);

  const std::vector<Stage>& stages() const { return stages_; }
  const vm::ChunkSource* source() const { return reader_.source(); }
  vm::About about() const override { return source() ? source()->about() : vm::About(); }
  bool can_pull() const { return !used_; }
  bool can_use() const { return !used_ && !each_; }  // no word has used it, and no loop has begun
  // REQUIRES: can_use.
  ChunkReader use() {
    used_ = true;
    return std::move(reader_);
  }

  // Pulling items one by one, for a loop over the stream.
  enum class Pull : std::uint8_t { item, wait, again, end, failed };
  // Item: item() holds it until the next pull. `fuel` is taken off.
  Pull pull(vm::Fibril& fibril, std::int64_t& fuel);
  std::string_view item() const { return item_; }
  bool has_more_at_hand() const { return next_piece_ != sizes_.size(); }   // the next pull gives an item
  std::string_view failure() const { return reader_.failure(); }

 private:
  void queue(std::string_view piece);

  ChunkReader reader_;
  std::vector<Stage> stages_;
  bool used_ = false;

  std::unique_ptr<Pipeline> each_;  // made by the first pull
  bool ended_ = false;
  std::string_view item_;
  GrowingBytes queued_;             // pieces of the last stripe one after the other
  std::vector<std::size_t> sizes_;
  std::size_t next_piece_ = 0, next_byte_ = 0;
};

// The stages of a stream `before` on which `stage` is put. A stream of lines stays one under `lines`.
std::vector<Stage> with_stage(const std::vector<Stage>& before, Stage stage);

}  // namespace m31::words
