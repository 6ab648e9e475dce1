// csv and tsv: text as a stream of records. The first row names the columns. CSV follows RFC 4180: quoted cells may hold separators, line ends
// and doubled quotes; lines end in CR LF or LF. TSV is what `--tsv` writes: no quotes, and \t \n \r \\ stand for what they say.
//
// With a row type only its columns are read, and the rest is passed over; without one every cell is an Any.
#include <algorithm>
#include <cstring>

#include "kernel/vm/fibril.h"
#include "kernel/words/csv_marks.h"
#include "kernel/words/record_stream.h"
#include "kernel/words/row_shape.h"

namespace m31::words {
namespace {

using types::Type;
using types::TypeKind;

constexpr std::size_t columns_max = 10'000;

// Where the row ends, and its cells: the row is looked through once (csv_marks.h). What that does not know, because the row is not yet
// all there or a quote stands where none belongs, is looked at byte by byte, and its cells are cut when they are read.
class CsvEnds final : public RecordEnds {
 public:
  explicit CsvEnds(char separator) : separator_(separator), marks_(separator) {}

  void begin() override { at_ = At::begin; }
  // The separators between the cells of the row that was found last; null: they are not known.
  const std::vector<std::uint32_t>* cuts() const { return cut_ ? &marks_.cuts() : nullptr; }

  std::size_t find(std::string_view text, std::size_t from) override {
    cut_ = false;
    if (from == 0) {
      at_ = At::begin;
      if (const std::size_t size = marks_.find(text)) {
        cut_ = true;
        return size;
      }
    }
    for (std::size_t i = from; i < text.size(); ++i) {
      const char c = text[i];
      switch (at_) {
        case At::begin: at_ = c == '"' ? At::quoted : c == separator_ ? At::begin : At::plain; break;
        case At::plain:
          if (c == separator_) at_ = At::begin;
          break;
        case At::quoted:
          if (c == '"') {
            at_ = At::quote;
            continue;
          }
          // Nothing but a quote matters here.
          if (const void* quote = std::memchr(text.data() + i, '"', text.size() - i)) {
            i = static_cast<std::size_t>(static_cast<const char*>(quote) - text.data()) - 1;
            continue;
          }
          return std::string_view::npos;
        case At::quote: at_ = c == '"' ? At::quoted : c == separator_ ? At::begin : At::plain; break;
      }
      if (c == '\n' && at_ != At::quoted) return i + 1;
    }
    return std::string_view::npos;
  }

 private:
  enum class At : std::uint8_t { begin, plain, quoted, quote } at_ = At::begin;   // of a cell
  char separator_;
  CsvMarks marks_;
  bool cut_ = false;
};

class TableStream final : public RowStream {
 public:
  // `row`: Any, or the record type of the rows.
  TableStream(ChunkReader reader, char separator, const Type* row)
      : source_(std::move(reader)), quoted_(separator), separator_(separator), row_(row) {}

  NativeStatus next(NativeCall& call) override {
    bool found = false;
    if (const NativeStatus status = read_next(call, found); status != NativeStatus::done) return status;
    call.args[1] = found;
    if (!found) return done(call, 0);
    Slot value = shape_->make(call.heap, cells_);
    if (row_->kind == TypeKind::any) value = vm::make_box(call.heap, shape_->type()->id, value, true);
    return done(call, value);
  }

  NativeStatus next_row(NativeCall& call, std::span<const std::string> wanted, Row& row) override {
    if (!shape_ && row_->kind == TypeKind::any) {
      const std::vector<std::string_view> names(wanted.begin(), wanted.end());
      row_ = types::record_of(names, std::vector<const Type*>(names.size(), types::basic(TypeKind::any)));
    }
    bool found = false;
    if (const NativeStatus status = read_next(call, found); status != NativeStatus::done) return status;
    row = found ? Row::cells : Row::end;
    if (!found) return NativeStatus::done;
    given_.clear();
    if (given_from_.empty())
      for (const std::string& name : wanted) given_from_.push_back(static_cast<std::size_t>(shape_->find(name)));
    for (const std::size_t place : given_from_) given_.push_back(cells_[place]);
    return NativeStatus::done;
  }
  std::span<const Cell> cells() const override { return given_; }

 private:
  // The cells of the next row; not found: there is none.
  NativeStatus read_next(NativeCall& call, bool& found) {
    for (;;) {
      switch (separator_ == ',' ? source_.next(call.fibril, quoted_) : source_.next(call.fibril, lines_)) {
        case RecordSource::Step::some: break;
        case RecordSource::Step::wait: return NativeStatus::blocked;
        case RecordSource::Step::again: return NativeStatus::again;
        case RecordSource::Step::failed: return call.raise("IoError", source_.failure());
        case RecordSource::Step::too_long: return call.raise("LimitExceeded", where() + "the row is too long");
        case RecordSource::Step::end: return NativeStatus::done;
      }
      const std::string_view record = source_.record();
      call.fuel -= static_cast<std::int64_t>(record.size() / 16 + 1);
      if (record.empty()) continue;
      if (!shape_) {
        if (!read_header(record)) return call.raise("BadData", fault_);
        continue;
      }
      ++number_;
      if (!read_row(record)) return call.raise("BadData", fault_);
      found = true;
      return NativeStatus::done;
    }
  }

  std::string where() const { return number_ == 0 ? "the first row: " : "row " + std::to_string(number_) + ": "; }
  bool fail(std::string what) {
    fault_ = where() + what;
    return false;
  }

  // The cell that begins at `at`; advances behind its separator. `at` is past the end after the last one.
  bool take_cell(std::string_view record, std::size_t& at, bool wanted, std::string_view& cell) {
    if (separator_ == ',' && at < record.size() && record[at] == '"') return take_quoted(record, at, cell);
    const char* const begin = record.data() + at;
    const void* const end = std::memchr(begin, separator_, record.size() - at);
    const std::size_t size = end ? static_cast<std::size_t>(static_cast<const char*>(end) - begin) : record.size() - at;
    cell = record.substr(at, size);
    at += size + 1;
    if (wanted && separator_ == '\t' && std::memchr(cell.data(), '\\', cell.size())) unescape(cell);
    return true;
  }

  bool take_quoted(std::string_view record, std::size_t& at, std::string_view& cell) {
    std::size_t begin = ++at;
    const std::size_t kept = scratch_.size();
    bool doubled = false;
    for (;;) {
      const std::size_t quote = record.find('"', begin);
      if (quote == std::string_view::npos) return fail("a quote is not closed");
      if (quote + 1 < record.size() && record[quote + 1] == '"') {
        scratch_.append(record, begin, quote + 1 - begin);     // there is room: what is kept is never longer than the record
        doubled = true;
        begin = quote + 2;
        continue;
      }
      if (doubled) {
        scratch_.append(record, begin, quote - begin);
        cell = std::string_view(scratch_).substr(kept);
      } else {
        cell = record.substr(at, quote - at);
      }
      at = quote + 1;
      if (at < record.size() && record[at] != separator_) return fail("text follows a closing quote");
      ++at;
      return true;
    }
  }

  void unescape(std::string_view& cell) {
    const std::size_t kept = scratch_.size();
    for (std::size_t i = 0; i < cell.size(); ++i) {
      char c = cell[i];
      if (c == '\\' && i + 1 < cell.size()) {
        switch (cell[i + 1]) {
          case 't': c = '\t'; ++i; break;
          case 'n': c = '\n'; ++i; break;
          case 'r': c = '\r'; ++i; break;
          case '\\': ++i; break;
          default: break;
        }
      }
      scratch_ += c;
    }
    cell = std::string_view(scratch_).substr(kept);
  }

  void begin_record(std::string_view record) {
    scratch_.clear();
    scratch_.reserve(record.size());
  }

  bool read_header(std::string_view record) {
    begin_record(record);
    std::vector<std::string> names;
    for (std::size_t at = 0; at <= record.size();) {
      std::string_view cell;
      if (!take_cell(record, at, true, cell)) return false;
      names.emplace_back(cell);
      if (names.size() > columns_max) return fail("there are more than " + std::to_string(columns_max) + " columns");
    }
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i].empty()) names[i] = "column " + std::to_string(i + 1);
    if (row_->kind == TypeKind::any) {
      std::vector<std::string_view> views(names.begin(), names.end());
      std::vector<std::string_view> sorted = views;
      std::sort(sorted.begin(), sorted.end());
      if (auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
        return fail("two columns have the name `" + std::string(*twice) + "`");
      std::vector<const Type*> parts(names.size(), types::basic(TypeKind::any));
      shape_ = std::make_unique<RowShape>(*RowShape::of(types::record_of(views, parts)));
    } else {
      auto shape = RowShape::of(row_);
      if (!shape) {
        fault_ = shape.error();
        return false;
      }
      shape_ = std::make_unique<RowShape>(std::move(*shape));
    }
    cells_.resize(shape_->columns().size());
    place_.clear();
    for (const std::string& name : names) place_.push_back(shape_->find(name));
    wanted_.clear();
    for (std::size_t i = 0; i < place_.size(); ++i)
      if (place_[i] >= 0) wanted_.push_back(i);
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (std::find(place_.begin(), place_.end(), static_cast<int>(i)) != place_.end()) continue;
      std::string all;
      for (const std::string& each : names) all += (all.empty() ? "" : ", ") + each;
      if (all.size() > 200) all = all.substr(0, 200) + "..";
      return fail("there is no column `" + std::string(shape_->columns()[i].name) + "`: the columns are " + all);
    }
    return true;
  }

  // A row whose cells are known: only those that are wanted are looked at. False: read_row reads it, and knows what is wrong.
  bool read_cut_row(std::string_view record, const std::vector<std::uint32_t>& cuts) {
    if (cuts.size() + 1 != place_.size()) return false;
    const auto columns = shape_->columns();
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const std::size_t number = wanted_[i];
      std::size_t at = number == 0 ? 0 : cuts[number - 1] + 1;
      std::string_view text = record.substr(at, (number == cuts.size() ? record.size() : cuts[number]) - at);
      if (text.starts_with('"') && !take_quoted(record, at, text)) return false;
      const auto place = static_cast<std::size_t>(place_[number]);
      if (!read_cell(columns[place], text, cells_[place])) return false;
    }
    return true;
  }

  bool read_row(std::string_view record) {
    begin_record(record);
    if (const auto* cuts = separator_ == ',' ? quoted_.cuts() : nullptr; cuts && read_cut_row(record, *cuts)) return true;
    begin_record(record);
    for (Cell& cell : cells_) cell.state = Cell::State::absent;
    auto columns = shape_->columns();
    std::size_t number = 0;
    for (std::size_t at = 0; at <= record.size(); ++number) {
      if (number == place_.size())
        return fail("it has more cells than there are columns (" + std::to_string(place_.size()) + ")");
      const int place = place_[number];
      std::string_view text;
      if (!take_cell(record, at, place >= 0, text)) return false;
      if (place < 0) continue;
      Cell& cell = cells_[static_cast<std::size_t>(place)];
      if (!read_cell(columns[static_cast<std::size_t>(place)], text, cell))
        return fail(misfit(columns[static_cast<std::size_t>(place)], cell));
    }
    if (number == place_.size()) return true;
    for (std::size_t i = 0; i < cells_.size(); ++i)
      if (!accept(columns[i], cells_[i]))
        return fail("it has " + std::to_string(number) + " cells, and there are " + std::to_string(place_.size()) + " columns");
    return true;
  }

  RecordSource source_;
  CsvEnds quoted_;
  LineEnds lines_;
  char separator_;
  const Type* row_;
  std::unique_ptr<RowShape> shape_;        // once the header was read
  std::vector<int> place_;                 // of each column of the text: the column of the shape, or -1
  std::vector<std::size_t> wanted_;        // columns of the text that are columns of the shape
  std::vector<Cell> cells_, given_;        // of the shape's columns; of those that next_row was asked for
  std::vector<std::size_t> given_from_;
  std::string scratch_;                    // cells that stand otherwise in the text
  std::string fault_;
  std::uint64_t number_ = 0;
};

// args: the stream or text, and the type of a row unless it is Any.
template <char separator, bool of_text>
NativeStatus table(NativeCall& call) {
  const Type* row = types::basic(TypeKind::any);
  if (call.arg_count > 1) {
    row = call.types[1]->args[0];
    if (row->kind != TypeKind::any)
      if (auto shape = RowShape::of(row); !shape) return call.raise("TypeError", shape.error());
  }
  if constexpr (of_text) {
    return done(call, vm::make_handle(call.heap, new TableStream(reader_of(counted_text(call.args[0])), separator, row)));
  } else {
    TextStream* const stream = untouched_stream(call, separator == ',' ? "csv" : "tsv");
    if (!stream) return NativeStatus::raised;
    return done(call, vm::make_handle(call.heap, new TableStream(stream->use(), separator, row)));
  }
}

constexpr vm::NativeEntry entries[] = {
    {"csv.stream", table<',', false>}, {"csv.text", table<',', true>}, {"tsv.stream", table<'\t', false>}, {"tsv.text", table<'\t', true>},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable csv_natives;
const NativeTable csv_natives = words::entries;
}  // namespace m31::vm
