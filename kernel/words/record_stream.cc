#include "kernel/words/record_stream.h"

#include <cstring>

namespace m31::words {

std::size_t LineEnds::find(std::string_view text, std::size_t from) {
  const void* end = std::memchr(text.data() + from, '\n', text.size() - from);
  return end ? static_cast<std::size_t>(static_cast<const char*>(end) - text.data()) + 1 : std::string_view::npos;
}

RecordSource::Step RecordSource::give(std::string_view record, std::size_t taken) {
  taken_ = taken;
  if (record.ends_with('\n')) record.remove_suffix(1);
  if (record.ends_with('\r')) record.remove_suffix(1);
  if (first_ && record.starts_with("\xef\xbb\xbf")) record.remove_prefix(3);
  first_ = false;
  record_ = record;
  return Step::some;
}

RecordSource::Step RecordSource::next(vm::Fibril& fibril, RecordEnds& ends) {
  reader_.advance(taken_);
  taken_ = 0;
  if (carried_given_) {
    carried_.clear();
    carried_given_ = false;
  }
  if (carried_.empty()) ends.begin();
  for (;;) {
    if (ended_) return Step::end;
    switch (reader_.next(fibril)) {
      case ChunkReader::Step::some: break;
      case ChunkReader::Step::wait: return Step::wait;
      case ChunkReader::Step::again: return Step::again;
      case ChunkReader::Step::failed: return Step::failed;
      case ChunkReader::Step::end:
        ended_ = true;
        if (carried_.empty()) return Step::end;
        carried_given_ = true;
        return give(carried_, 0);
    }
    const std::string_view left = reader_.left();
    if (carried_.empty()) {
      const std::size_t size = ends.find(left, 0);
      if (size != std::string_view::npos) return give(left.substr(0, size), size);
      if (left.size() > record_bytes_max) return Step::too_long;
      carried_ = left;
    } else {
      // Only what is new is looked at, and only the record's own part of it is copied.
      const std::size_t before = carried_.size();
      constexpr std::size_t step_bytes = 64 << 10;
      const std::string_view more = left.substr(0, step_bytes);
      if (before + more.size() > record_bytes_max) return Step::too_long;
      carried_ += more;
      const std::size_t size = ends.find(carried_, before);
      if (size != std::string_view::npos) {
        carried_.resize(size);
        carried_given_ = true;
        return give(carried_, size - before);
      }
      reader_.advance(more.size());
      continue;
    }
    reader_.advance(left.size());
  }
}

TextStream* untouched_stream(NativeCall& call, std::string_view word) {
  TextStream* const stream = TextStream::behind(call.args[0]);
  if (!stream) {
    call.raise("TypeError", "this stream is not one of text");
    return nullptr;
  }
  if (!stream->can_use()) {
    call.raise("ValueError", "this stream was used before: a stream is used once");
    return nullptr;
  }
  if (stream->stages().size() != 1 || stream->stages()[0] != Stage::lines) {
    call.raise("ValueError", std::string(word) + " reads the text as it came: put it first, before words that change the lines");
    return nullptr;
  }
  return stream;
}

}  // namespace m31::words
