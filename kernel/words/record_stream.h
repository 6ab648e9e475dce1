// Streams of values that are no text: csv rows and lines of JSON, made one by one as a loop asks for them, in memory that is bounded by
// the longest record.
//
// RecordSource cuts chunks of text into records (lines; csv rows, in which a quoted line end is none). A record that lies in one chunk is looked
// at where it is; one that does not is put together first.
//
// Counted by the handles that name it; used by the processor on which its fibril runs.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "kernel/words/native_state.h"
#include "kernel/words/row_shape.h"

namespace m31::words {

inline constexpr std::size_t record_bytes_max = std::size_t{64} << 20;

class ItemStream : public NativeObject, public vm::ItemSource {
 public:
  vm::ItemSource* items() final { return this; }
};

// A stream of rows, as a word reads it that wants some of their fields only: nothing is made in the heap for a usual row.
class RowStream : public ItemStream {
 public:
  enum class Row : std::uint8_t {
    cells,   // cells(), one for each field that is wanted
    whole,   // *call.result is the row, an Any: it lacks a field, or one of them is no scalar
    end,
  };
  // Done: `row` says what came. The fields that are wanted are the same at each call of one stream, and no two of them are equal. The words'
  // own arguments are left alone.
  virtual NativeStatus next_row(NativeCall& call, std::span<const std::string> wanted, Row& row) = 0;
  // In the order of `wanted`; they point into the row's text, until the next call.
  virtual std::span<const Cell> cells() const = 0;
};

// Finds the end of a record: how many bytes of `text` it takes with its line end, or npos when more is needed. Begins where the last call
// for the same record stopped: `from` bytes were seen before.
class RecordEnds {
 public:
  virtual std::size_t find(std::string_view text, std::size_t from) = 0;
  virtual void begin() {}                  // of another record

 protected:
  ~RecordEnds() = default;
};

class LineEnds final : public RecordEnds {
 public:
  std::size_t find(std::string_view text, std::size_t from) override;
};

class RecordSource {
 public:
  explicit RecordSource(ChunkReader reader) : reader_(std::move(reader)) {}

  enum class Step : std::uint8_t { some, wait, again, end, failed, too_long };
  // Some: record() is the next one, without its LF or CR LF, until the next call.
  Step next(vm::Fibril& fibril, RecordEnds& ends);
  std::string_view record() const { return record_; }
  std::string_view failure() const { return reader_.failure(); }

 private:
  Step give(std::string_view record, std::size_t taken);

  ChunkReader reader_;
  std::string carried_;                    // the beginning of a record whose chunk is gone
  std::size_t taken_ = 0;                  // of the chunk, by the record that was given last
  bool carried_given_ = false;
  bool ended_ = false;
  bool first_ = true;                      // a byte order mark may come
  std::string_view record_;
};

// The text of a stream whose lines nobody has touched; raises otherwise. Null: raised.
TextStream* untouched_stream(NativeCall& call, std::string_view word);
// One text as a stream's source.
ChunkReader reader_of(data::Text text);
// A String of the heap, kept alive outside it.
data::Text counted_text(vm::Slot string);

}  // namespace m31::words
