// Words that read some fields of rows whose types are not known, straight from the text: sumBy(.key, .value) and count({field: value}) over a
// stream of csv, tsv or json. A row that is not usual (it lacks a field, or holds a list in one) is made as a value, and asked like any.
#include <fmt/format.h>

#include "kernel/vm/fibril.h"
#include "kernel/vm/map_ops.h"
#include "kernel/vm/ops.h"
#include "kernel/vm/value_ops.h"
#include "kernel/words/record_stream.h"

namespace m31::words {
namespace {

using types::Type;
using types::TypeKind;

const Type* any() { return types::basic(TypeKind::any); }

struct Held {
  const Type* type;
  Slot value;
};
Held held(Slot boxed) {
  if (!boxed) return {types::basic(TypeKind::none), 0};
  return {types::by_id(static_cast<std::uint32_t>(vm::as<vm::Box>(boxed)->type_id)), vm::as<vm::Box>(boxed)->value};
}

// A field of a row; its type is null when there is none.
Held field_of(Held x, std::string_view name) {
  if (const int index = types::field_index(x.type, name); index >= 0) {
    const auto i = static_cast<std::uint32_t>(index);
    return {vm::field_types(x.type, 0)[i], vm::field_slot(x.value, i)};
  }
  if (x.type->kind == TypeKind::map && x.type->args[0]->kind == TypeKind::string)
    if (const vm::MapEntry* entry = vm::map_find_text(x.value, name)) return {x.type->args[1], entry->value};
  return {nullptr, 0};
}

// A cell as an Any that lives on the stack: for looking at, not for keeping.
class CellOnStack {
 public:
  explicit CellOnStack(const Cell& cell) {
    const TypeKind kind = kind_of(cell);
    if (kind == TypeKind::none) return;
    box_.header = static_cast<std::uint64_t>(vm::ObjectKind::box);
    box_.type_id = types::basic(kind)->id;
    text_.header = static_cast<std::uint64_t>(vm::ObjectKind::str_ext);
    text_.bytes = cell.text.data();
    text_.length_bytes = cell.text.size();
    box_.value = kind == TypeKind::string ? vm::slot_of(&text_)
                 : kind == TypeKind::float_ ? vm::slot_of_float(cell.real)
                                            : static_cast<Slot>(cell.integer);
    slot_ = vm::slot_of(&box_);
  }
  CellOnStack(const CellOnStack&) = delete;
  Slot slot() const { return slot_; }

 private:
  vm::StrExt text_{};
  vm::Box box_{};
  Slot slot_ = 0;
};

// Null: raised.
RowStream* rows_of(NativeCall& call, Slot stream) {
  auto* const rows = native_object<RowStream>(stream);
  if (!rows) call.raise("TypeError", "this stream is not one of rows");
  return rows;
}

// ----------------------------------------------------------------------------------------------- sums
enum SumSlots : std::uint32_t { stream_slot, sums_slot, sum_slot_count };

bool is_number(TypeKind kind) { return kind == TypeKind::int_ || kind == TypeKind::float_; }

// sums[key] += value, on Anys that do not move meanwhile: on the stack, or in a heap in which nothing is made here before they are read.
NativeStatus add(NativeCall& call, const Cell* key_cell, Slot key, const Cell* value_cell, Slot value) {
  const Slot map = state_slot(call, sums_slot);
  vm::MapEntry* const entry = vm::map_find(map, any(), key);
  if (!entry) {
    vm::Root new_key(call.heap, key_cell ? 0 : key), new_value(call.heap, value_cell ? 0 : value);
    if (key_cell) new_key.set(boxed_cell(call.heap, *key_cell));
    if (value_cell) new_value.set(boxed_cell(call.heap, *value_cell));
    // A box of its own: it is added to in place.
    if (new_value.get()) {
      const Held first = held(new_value.get());
      if (first.type->is_ref) vm::share(first.value);
      new_value.set(vm::make_box(call.heap, first.type->id, first.value, first.type->is_ref));
    }
    if (new_key.get()) vm::share(new_key.get());
    vm::Root sums(call.heap, state_slot(call, sums_slot));
    vm::map_set(call.heap, sums, any(), new_key.get(), new_value.get());
    state_slot(call, sums_slot) = sums.get();
    return NativeStatus::done;
  }
  const Held a = held(entry->value), b = held(value);
  auto* const sum = vm::as<vm::Box>(entry->value);
  if (a.type->kind == TypeKind::int_ && b.type->kind == TypeKind::int_) {
    std::int64_t total = 0;
    if (__builtin_add_overflow(static_cast<std::int64_t>(a.value), static_cast<std::int64_t>(b.value), &total)) {
      vm::raise_overflow(call.fibril, "+", a.value, b.value);
      return NativeStatus::raised;
    }
    sum->value = static_cast<Slot>(total);
    return NativeStatus::done;
  }
  if (is_number(a.type->kind) && is_number(b.type->kind)) {
    const auto real = [](Held x) { return x.type->kind == TypeKind::float_ ? vm::float_of(x.value) : static_cast<double>(static_cast<std::int64_t>(x.value)); };
    sum->value = vm::slot_of_float(real(a) + real(b));
    sum->type_id = types::basic(TypeKind::float_)->id;
    return NativeStatus::done;
  }
  if (a.type->kind == TypeKind::string && b.type->kind == TypeKind::string) {
    std::string joined(vm::text_of(a.value));
    joined += vm::text_of(b.value);
    call.fuel -= static_cast<std::int64_t>(joined.size() / 16);
    const auto number = static_cast<std::size_t>(entry - vm::entries_of(map).data());
    const Slot text = vm::make_string(call.heap, joined);
    vm::as<vm::Box>(vm::entries_of(state_slot(call, sums_slot))[number].value)->value = text;
    return NativeStatus::done;
  }
  return call.raise("TypeError", fmt::format("{} + {}: there is no such operation", types::show(a.type), types::show(b.type)));
}

NativeStatus no_field(NativeCall& call, Slot row, std::string_view name) {
  return call.raise("TypeError", fmt::format("a value of type {} has no field {}", types::show(held(row).type), name));
}

// args: the rows, the names of key and value.
NativeStatus sums(NativeCall& call) {
  if (!resumed(call)) {
    suspend_with(call, sum_slot_count, 2);
    const Slot map = vm::make_map(call.heap, true, true, 0);
    state_slot(call, sums_slot) = map;
  }
  RowStream* const rows = rows_of(call, state_slot(call, stream_slot));
  if (!rows) return NativeStatus::raised;
  const std::string key(vm::text_of(call.args[1])), value(vm::text_of(call.args[2]));
  const std::string both[] = {key, value};
  const std::span<const std::string> wanted(both, key == value ? 1 : 2);
  for (;;) {
    RowStream::Row row;
    if (const NativeStatus status = rows->next_row(call, wanted, row); status != NativeStatus::done) return status;
    switch (row) {
      case RowStream::Row::end: return done(call, state_slot(call, sums_slot));
      case RowStream::Row::cells: {
        const Cell& k = rows->cells().front();
        const Cell& v = rows->cells().back();
        const CellOnStack key_here(k), value_here(v);
        if (const NativeStatus status = add(call, &k, key_here.slot(), &v, value_here.slot()); status != NativeStatus::done) return status;
        break;
      }
      case RowStream::Row::whole: {
        const Held k = field_of(held(*call.result), key), v = field_of(held(*call.result), value);
        if (!k.type) return no_field(call, *call.result, key);
        if (!v.type) return no_field(call, *call.result, value);
        if (const NativeStatus status = add(call, nullptr, k.value, nullptr, v.value); status != NativeStatus::done) return status;
        break;
      }
    }
    if (call.fuel < 0) return NativeStatus::again;
  }
}

// ---------------------------------------------------------------------------------------------- likeness
std::span<const std::string_view> names_of(const Type* record) { return record->names; }

// The type of a value out of its boxes, and the value there.
Held plain(Held x) { return x.type->kind == TypeKind::any || x.type->kind == TypeKind::union_ ? held(x.value) : x; }

// A record within the example is one again: its type says how deep that goes.
bool is_like(Held row, Held example) {
  const auto names = names_of(example.type);
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    const Held field = field_of(row, names[i]);
    if (!field.type) return false;
    const Held wanted = plain({example.type->args[i], vm::field_slot(example.value, i)});
    const bool like = wanted.type->kind == TypeKind::record ? is_like(plain(field), wanted)
                                                            : vm::equal(field.type, field.value, wanted.type, wanted.value);
    if (!like) return false;
  }
  return true;
}

// As vm::equal would say of the cell in an Any.
bool is_equal(const Cell& cell, Held x) {
  x = plain(x);
  const TypeKind kind = kind_of(cell);
  if (kind != x.type->kind) return false;
  switch (kind) {
    case TypeKind::none: return true;
    case TypeKind::float_: return cell.real == vm::float_of(x.value);
    case TypeKind::string: return cell.text == vm::text_of(x.value);
    default: return static_cast<Slot>(cell.integer) == x.value;
  }
}

// args: a row, the fields that it should have.
NativeStatus row_is_like(NativeCall& call) { return done(call, is_like(held(call.args[0]), held(call.args[1]))); }

// args: the rows, the fields.
NativeStatus count_like(NativeCall& call) {
  enum : std::uint32_t { stream, number, slot_count };
  if (!resumed(call)) suspend_with(call, slot_count, 1);
  RowStream* const rows = rows_of(call, state_slot(call, stream));
  if (!rows) return NativeStatus::raised;
  const auto names = names_of(held(call.args[1]).type);
  const std::vector<std::string> wanted(names.begin(), names.end());
  for (;;) {
    RowStream::Row row;
    if (const NativeStatus status = rows->next_row(call, wanted, row); status != NativeStatus::done) return status;
    const Held example = held(call.args[1]);
    bool like = true;
    switch (row) {
      case RowStream::Row::end: return done(call, state_slot(call, number));
      case RowStream::Row::cells:
        for (std::uint32_t i = 0; i < wanted.size() && like; ++i)
          like = is_equal(rows->cells()[i], {example.type->args[i], vm::field_slot(example.value, i)});
        break;
      case RowStream::Row::whole: like = is_like(held(*call.result), example); break;
    }
    state_slot(call, number) += like;
    if (call.fuel < 0) return NativeStatus::again;
  }
}

constexpr vm::NativeEntry entries[] = {{"rows.sums", sums}, {"rows.count", count_like}, {"rows.isLike", row_is_like}};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable row_natives;
const NativeTable row_natives = words::entries;
}  // namespace m31::vm
