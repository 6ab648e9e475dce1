// json: a text as an Any, and a stream of lines (NDJSON) as a stream of them. A line whose type is known to be a record of scalars is read
// straight into one: nothing else of the line becomes a value.
#include <array>

#include "kernel/data/json_events.h"
#include "kernel/vm/convert.h"
#include "kernel/vm/fibril.h"
#include "kernel/vm/map_ops.h"
#include "kernel/words/json_pattern.h"
#include "kernel/words/record_stream.h"
#include "kernel/words/row_shape.h"

namespace m31::words {
namespace {

using types::Type;
using types::TypeKind;

constexpr std::size_t json_bytes_max = std::size_t{256} << 20;

// Makes the Any in a heap. Values under way stand in a list of their own there, so that the collector sees them.
class HeapJson final : public data::JsonEvents {
 public:
  explicit HeapJson(vm::Heap& heap)
      : heap_(heap), stack_(heap, vm::make_list(heap, true, 16)), any_list_(types::list_of(types::basic(TypeKind::any))),
        any_map_(types::map_of(types::basic(TypeKind::string), types::basic(TypeKind::any))) {}

  bool over_memory() const { return over_; }
  Slot value() const { return vm::list_at(stack_.get(), 0); }

  void none() override { push(0); }
  void boolean(bool value) override { push_boxed(TypeKind::boolean, value); }
  void integer(std::int64_t value) override { push_boxed(TypeKind::int_, static_cast<Slot>(value)); }
  void real(double value) override { push_boxed(TypeKind::float_, vm::slot_of_float(value)); }
  void text(std::string_view value) override {
    if (!has_room()) return;
    const Slot string = vm::make_string(heap_, value);
    push(vm::make_box(heap_, types::basic(TypeKind::string)->id, string, true));
  }
  void key(std::string_view name) override {
    if (has_room()) push(vm::make_string(heap_, name));
  }
  void begin_object() override { begins_.push_back(count()); }
  void begin_list() override { begins_.push_back(count()); }
  void end_object() override {
    const std::size_t begin = begins_.back();
    begins_.pop_back();
    if (!has_room()) return;
    vm::Root map(heap_, vm::make_map(heap_, true, true, (count() - begin) / 2));
    for (std::size_t i = begin; i + 1 < count(); i += 2)
      vm::map_set(heap_, map, types::basic(TypeKind::string), vm::list_at(stack_.get(), i), vm::list_at(stack_.get(), i + 1));
    drop_to(begin);
    push(vm::make_box(heap_, any_map_->id, map.get(), true));
  }
  void end_list() override {
    const std::size_t begin = begins_.back();
    begins_.pop_back();
    if (!has_room()) return;
    vm::Root list(heap_, vm::make_list(heap_, true, count() - begin));
    for (std::size_t i = begin; i < count(); ++i) vm::list_append(heap_, list, vm::list_at(stack_.get(), i));
    drop_to(begin);
    push(vm::make_box(heap_, any_list_->id, list.get(), true));
  }

 private:
  std::size_t count() const { return vm::list_count(stack_.get()); }
  bool has_room() {
    if ((++events_ & 255) == 0 && vm::room_bytes(heap_) < (std::size_t{64} << 10)) over_ = true;
    return !over_;
  }
  void push(Slot value) {
    if (!over_) vm::list_append(heap_, stack_, value);
  }
  void push_boxed(TypeKind kind, Slot value) {
    if (has_room()) push(vm::make_box(heap_, types::basic(kind)->id, value, false));
  }
  void drop_to(std::size_t begin) {
    vm::List* stack = stack_.as<vm::List>();
    for (std::size_t i = begin; i < stack->count; ++i) vm::as<vm::Array>(stack->items)->slots[i] = 0;
    stack->count = begin;
  }

  vm::Heap& heap_;
  vm::Root stack_;
  const Type* any_list_;
  const Type* any_map_;
  std::vector<std::size_t> begins_;
  std::size_t events_ = 0;
  bool over_ = false;
};

// Reads a value of the heap out of `text` (which is changed); raises. The result is an Any.
bool read_any(NativeCall& call, char* text, std::size_t size, std::string_view where, Slot& value) {
  HeapJson events(call.heap);
  auto read = data::read_json(text, size, events);
  if (events.over_memory()) {
    call.raise("LimitExceeded", "the memory limit does not allow to read this JSON");
    return false;
  }
  if (!read) {
    call.raise("BadData", std::string(where) + read.error());
    return false;
  }
  value = events.value();
  return true;
}

NativeStatus read(NativeCall& call) {
  const std::string_view text = vm::text_of(call.args[0]);
  if (text.size() > json_bytes_max || text.size() > vm::room_bytes(call.heap) / 2)
    return call.raise("LimitExceeded", "a JSON text of " + std::to_string(text.size()) + " bytes is too long");
  call.fuel -= static_cast<std::int64_t>(text.size() / 4);
  std::string copy(text);
  Slot value = 0;
  if (!read_any(call, copy.data(), copy.size(), "", value)) return NativeStatus::raised;
  return done(call, value);
}

// The cells of one object.
class RowJson final : public data::JsonEvents {
 public:
  explicit RowJson(const RowShape& shape) : shape_(shape), cells_(shape.columns().size()) {}

  void begin() {
    for (Cell& cell : cells_) cell.state = Cell::State::absent;
    level_ = 0;
    is_object_ = true;
    bad_ = -1;
  }
  bool is_object() const { return is_object_; }
  int bad_column() const { return bad_; }
  std::span<Cell> cells() { return cells_; }

  void none() override {
    if (Cell* cell = here()) cell->state = Cell::State::none;
  }
  void boolean(bool value) override {
    if (Cell* cell = here()) cell->state = Cell::State::boolean, cell->integer = value;
  }
  void integer(std::int64_t value) override {
    if (Cell* cell = here()) cell->state = Cell::State::integer, cell->integer = value;
  }
  void real(double value) override {
    if (Cell* cell = here()) cell->state = Cell::State::real, cell->real = value;
  }
  void text(std::string_view value) override {
    if (Cell* cell = here()) cell->state = Cell::State::text, cell->text = value;
  }
  void begin_object() override { open(true); }
  void begin_list() override { open(false); }
  void end_object() override { --level_; }
  void end_list() override { --level_; }
  void key(std::string_view name) override {
    if (level_ == 1) at_ = shape_.find(name);
  }

 private:
  Cell* here() {
    if (level_ == 0) is_object_ = false;
    return level_ == 1 && at_ >= 0 ? &cells_[static_cast<std::size_t>(at_)] : nullptr;
  }
  void open(bool object) {
    if (level_ == 0 && !object) is_object_ = false;
    if (level_ == 1 && at_ >= 0) bad_ = at_;
    ++level_;
  }

  const RowShape& shape_;
  std::vector<Cell> cells_;
  unsigned level_ = 0;
  int at_ = -1, bad_ = -1;
  bool is_object_ = true;
};

class JsonLines final : public RowStream {
 public:
  JsonLines(ChunkReader reader, const Type* item) : source_(std::move(reader)), item_(item) {
    if (item->kind == TypeKind::any) return;
    auto shape = RowShape::of(item);
    bool scalar = shape.has_value();
    if (scalar)
      for (const Column& column : shape->columns()) scalar = scalar && column.kind != Column::Kind::any;
    if (!scalar) return;
    shape_ = std::make_unique<RowShape>(std::move(*shape));
    row_ = std::make_unique<RowJson>(*shape_);
  }

  NativeStatus next(NativeCall& call) override {
    std::string_view line;
    bool found = false;
    if (const NativeStatus status = read_next(call, line, found); status != NativeStatus::done) return status;
    call.args[1] = found;
    if (!found) return done(call, 0);
    return row_ ? give_row(call, line) : give_any(call, line);
  }

  NativeStatus next_row(NativeCall& call, std::span<const std::string> wanted, Row& row) override {
    if (!row_) {
      const std::vector<std::string_view> names(wanted.begin(), wanted.end());
      shape_ = std::make_unique<RowShape>(*RowShape::of(types::record_of(names, std::vector<const Type*>(names.size(), types::basic(TypeKind::any)))));
      row_ = std::make_unique<RowJson>(*shape_);
      for (const std::string& name : wanted) given_from_.push_back(static_cast<std::size_t>(shape_->find(name)));
    }
    std::string_view line;
    bool found = false;
    if (const NativeStatus status = read_next(call, line, found); status != NativeStatus::done) return status;
    row = Row::end;
    if (!found) return NativeStatus::done;
    if (!match(line)) {
      if (!parse(call, line)) return NativeStatus::raised;
      if (row_->is_object()) learn(line);
    }
    given_.clear();
    bool usual = row_->is_object() && row_->bad_column() < 0;
    for (const std::size_t place : given_from_) {
      given_.push_back(row_->cells()[place]);
      usual = usual && given_.back().state != Cell::State::absent;
    }
    row = usual ? Row::cells : Row::whole;
    return usual ? NativeStatus::done : give_any(call, line);
  }
  std::span<const Cell> cells() const override { return given_; }

 private:
  // The next line that is not empty; not found: there is none.
  NativeStatus read_next(NativeCall& call, std::string_view& line, bool& found) {
    for (;;) {
      switch (source_.next(call.fibril, ends_)) {
        case RecordSource::Step::some: break;
        case RecordSource::Step::wait: return NativeStatus::blocked;
        case RecordSource::Step::again: return NativeStatus::again;
        case RecordSource::Step::failed: return call.raise("IoError", source_.failure());
        case RecordSource::Step::too_long: return call.raise("LimitExceeded", "line " + std::to_string(line_ + 1) + " is too long");
        case RecordSource::Step::end: return NativeStatus::done;
      }
      ++line_;
      line = source_.record();
      call.fuel -= static_cast<std::int64_t>(line.size() / 16 + 1);
      found = line.find_first_not_of(" \t") != std::string_view::npos;
      if (found) return NativeStatus::done;
    }
  }

  std::string where() const { return "line " + std::to_string(line_) + ", "; }

  // Whether a pattern fits; then the cells are filled.
  bool match(std::string_view line) {
    for (std::size_t i = 0; i < patterns_.size() && patterns_[i].known(); ++i) {
      row_->begin();
      if (!patterns_[i].match(line, row_->cells())) continue;
      if (i > 0) std::swap(patterns_[i], patterns_[i - 1]);      // those that come often come first
      return true;
    }
    return false;
  }

  // The cells by JSON's parser; raises.
  bool parse(NativeCall& call, std::string_view line) {
    row_->begin();
    text_.assign(line);
    auto read = data::read_json(text_.data(), text_.size(), *row_);
    if (!read) call.raise("BadData", where() + read.error());
    return read.has_value();
  }

  NativeStatus give_row(NativeCall& call, std::string_view line) {
    if (match(line)) return give_cells(call);
    if (!parse(call, line)) return NativeStatus::raised;
    if (!row_->is_object()) return call.raise("BadData", where() + "expected an object");
    learn(line);
    return give_cells(call);
  }

  // In the place of the one that came least.
  void learn(std::string_view line) {
    JsonPattern pattern;
    pattern.learn(line, *shape_);
    if (!pattern.known()) return;
    std::size_t i = 0;
    while (i + 1 < patterns_.size() && patterns_[i].known()) ++i;
    patterns_[i] = std::move(pattern);
  }

  NativeStatus give_cells(NativeCall& call) {
    auto columns = shape_->columns();
    auto cells = row_->cells();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (row_->bad_column() == static_cast<int>(i))
        return call.raise("BadData", where() + "column `" + std::string(columns[i].name) + "`: expected " + types::show(columns[i].type) + ", found a list or object");
      if (!accept(columns[i], cells[i])) return call.raise("BadData", where() + misfit(columns[i], cells[i]));
    }
    return done(call, shape_->make(call.heap, cells));
  }

  NativeStatus give_any(NativeCall& call, std::string_view line) {
    text_.assign(line);
    Slot value = 0;
    if (!read_any(call, text_.data(), text_.size(), where(), value)) return NativeStatus::raised;
    if (item_->kind == TypeKind::any) return done(call, value);
    const Type* any = types::basic(TypeKind::any);
    data::Datum converted;
    std::string misfit;
    if (!vm::convert(any, vm::read(any, value), item_, converted, &misfit)) return call.raise("BadData", where() + misfit);
    return done(call, vm::build(call.heap, item_, converted));
  }

  RecordSource source_;
  LineEnds ends_;
  const Type* item_;
  std::string text_;
  std::uint64_t line_ = 0;
  std::unique_ptr<RowShape> shape_;
  std::unique_ptr<RowJson> row_;
  std::vector<Cell> given_;                // of the fields that next_row was asked for
  std::vector<std::size_t> given_from_;    // columns of the shape
  std::array<JsonPattern, 4> patterns_;    // those that are known come first
};

// args: the stream, and the type of an item unless it is Any.
NativeStatus lines(NativeCall& call) {
  TextStream* const stream = untouched_stream(call, "json");
  if (!stream) return NativeStatus::raised;
  const Type* const item = call.arg_count > 1 ? call.types[1]->args[0] : types::basic(TypeKind::any);
  return done(call, vm::make_handle(call.heap, new JsonLines(stream->use(), item)));
}

constexpr vm::NativeEntry entries[] = {{"json.read", read}, {"json.lines", lines}};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable json_natives;
const NativeTable json_natives = words::entries;
}  // namespace m31::vm
