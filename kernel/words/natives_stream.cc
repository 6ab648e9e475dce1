// Words on streams of text: those that add a stage, those that make a stream of one text, and the loop's own (stream.next).
#include "kernel/vm/fibril.h"
#include "kernel/words/native_state.h"
#include "kernel/words/record_stream.h"
#include "kernel/words/stream_pass.h"

namespace m31::words {
namespace {

// One text as a source: a single chunk.
class OneText final : public vm::ChunkSource {
 public:
  explicit OneText(data::Text text) : text_(std::move(text)) {}
  void retain() override { count_.fetch_add(1, std::memory_order_relaxed); }
  void drop() override {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  std::uint64_t identity() const override { return reinterpret_cast<std::uint64_t>(this); }
  std::uint8_t role() const override { return static_cast<std::uint8_t>(vm::HandleRole::stream); }
  State poll(vm::Fibril&) override { return given_ ? State::end : State::ready; }
  data::Text take() override {
    given_ = true;
    return std::move(text_);
  }
  std::string_view failure() const override { return {}; }
  std::string plan() const override { return "a text of " + std::to_string(text_.view().size()) + " bytes"; }

 private:
  std::atomic<std::uint32_t> count_{1};
  data::Text text_;
  bool given_ = false;
};

NativeStatus used_twice(NativeCall& call) {
  return call.raise("ValueError", "this stream was used before: a stream is used once");
}

NativeStatus not_text(NativeCall& call) { return call.raise("TypeError", "this stream is not one of text"); }

NativeStatus add_stage(NativeCall& call, Stage stage) {
  TextStream* const stream = TextStream::behind(call.args[0]);
  if (!stream) return not_text(call);
  if (!stream->can_use()) return used_twice(call);
  auto* const longer = new TextStream(stream->use(), with_stage(stream->stages(), stage));
  return done(call, vm::make_handle(call.heap, longer));
}

NativeStatus stream_of_text(NativeCall& call, Stage stage) {
  auto* const stream = new TextStream(reader_of(counted_text(call.args[0])), {stage});
  return done(call, vm::make_handle(call.heap, stream));
}

template <Stage stage>
NativeStatus staged(NativeCall& call) {
  return add_stage(call, stage);
}
template <Stage stage>
NativeStatus of_text(NativeCall& call) {
  return stream_of_text(call, stage);
}

// args[0] the stream; args[1] is set to 1 and the result to the next item, or args[1] to 0 at the end.
NativeStatus next(NativeCall& call) {
  if (vm::ItemSource* const items = vm::as<vm::Handle>(call.args[0])->object->items()) return items->next(call);
  TextStream* const stream = TextStream::behind(call.args[0]);
  if (!stream) return not_text(call);
  if (!stream->can_pull()) return used_twice(call);
  switch (stream->pull(call.fibril, call.fuel)) {
    case TextStream::Pull::item: {
      call.fuel -= 1;
      *call.result = vm::make_string(call.heap, stream->item());
      call.args[1] = 1;
      return NativeStatus::done;
    }
    case TextStream::Pull::wait: return NativeStatus::blocked;
    case TextStream::Pull::again: return NativeStatus::again;
    case TextStream::Pull::failed: return call.raise("IoError", stream->failure());
    case TextStream::Pull::end: break;
  }
  call.args[1] = 0;
  return done(call, 0);
}

// ---- counting, which runs the whole pipeline ----
class CountJob final : public NativeObject {
 public:
  explicit CountJob(TextStream& stream) : pass_(Tallies::all, stream) {}
  NativeStatus run(NativeCall& call) {
    const NativeStatus status = pass_.run(call);
    return status == NativeStatus::done ? done(call, static_cast<Slot>(pass_.tally().count)) : status;
  }

 private:
  StreamPass pass_;
};

NativeStatus count_stream(NativeCall& call) {
  if (!resumed(call)) {
    TextStream* const stream = TextStream::behind(call.args[0]);
    if (!stream) return not_text(call);
    if (!stream->can_use()) return used_twice(call);
  }
  return job_of<CountJob>(call, [&] { return new CountJob(*TextStream::behind(first_argument(call))); }).run(call);
}

// What a stream reads, without reading it: text for explain.
NativeStatus plan_of_stream(NativeCall& call) {
  vm::HostObject* const object = vm::as<vm::Handle>(call.args[0])->object;
  std::string plan = object->plan();
  if (const auto* const stream = dynamic_cast<const TextStream*>(object)) {
    if (!stream->can_use()) return used_twice(call);
    plan = stream->source()->plan();
    // A stream of lines is what every source is.
    for (std::size_t i = 0; i < stream->stages().size(); ++i)
      if (i > 0 || stream->stages()[i] != Stage::lines) (plan += i ? " | " : ", as ") += name_of(stream->stages()[i]);
  }
  if (plan.empty()) plan = "a stream";
  return done(call, vm::make_string(call.heap, plan));
}

constexpr vm::NativeEntry entries[] = {
    {"explain.stream", plan_of_stream},
    {"words.stream", staged<Stage::words>}, {"split.stream", staged<Stage::split>}, {"lines.stream", staged<Stage::lines>},
    {"lower.stream", staged<Stage::lower>}, {"upper.stream", staged<Stage::upper>}, {"trim.stream", staged<Stage::trim>},
    {"words.text", of_text<Stage::words>},  {"split.text", of_text<Stage::split>},  {"lines.text", of_text<Stage::lines>},
    {"stream.next", next},                  {"count.stream", count_stream},
};

}  // namespace

ChunkReader reader_of(data::Text text) { return ChunkReader(new OneText(std::move(text))); }

data::Text counted_text(vm::Slot string) {
  const vm::Object* const object = vm::object(string);
  if (object->kind() != vm::ObjectKind::str_ext) return data::Text(vm::text_of(string));
  data::Buffer* const buffer = static_cast<const vm::StrExt*>(object)->buffer;
  buffer->retain();
  return data::Text(buffer, vm::text_of(string));
}

}  // namespace m31::words

namespace m31::vm {
extern const NativeTable stream_natives;
const NativeTable stream_natives = words::entries;
}  // namespace m31::vm
