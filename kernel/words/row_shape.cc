#include "kernel/words/row_shape.h"

#include <charconv>

#include "kernel/data/datum.h"
#include "kernel/vm/layout.h"
#include "kernel/vm/ops.h"

namespace m31::words {

using types::Type;
using types::TypeKind;

namespace {

bool kind_of(const Type* type, Column::Kind& kind) {
  switch (type->kind) {
    case TypeKind::int_: kind = Column::Kind::integer; return true;
    case TypeKind::float_: kind = Column::Kind::real; return true;
    case TypeKind::string: kind = Column::Kind::text; return true;
    case TypeKind::boolean: kind = Column::Kind::boolean; return true;
    case TypeKind::any: kind = Column::Kind::any; return true;
    default: return false;
  }
}

vm::Slot boxed(vm::Heap& heap, TypeKind kind, vm::Slot value) {
  return vm::make_box(heap, types::basic(kind)->id, value, kind == TypeKind::string);
}

// The digits of an Int: "0", or digits that do not begin with 0, with at most one `-`.
bool is_plain_int(std::string_view text, std::int64_t& value) {
  std::string_view digits = text;
  if (!digits.empty() && digits[0] == '-') digits.remove_prefix(1);
  if (digits.empty() || digits.size() > 19) return false;
  if (digits[0] == '0' && text.size() > 1) return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_int(std::string_view text, std::int64_t& value) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

// Short decimals exactly, without the general algorithm: at most 15 digits and a power of ten up to 22.
bool parse_short_float(std::string_view text, double& value) {
  static constexpr double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = !text.empty() && text[0] == '-';
  std::uint64_t digits = 0;
  std::size_t count = 0, behind = 0;
  bool point = false;
  for (char c : text.substr(negative)) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    const auto digit = static_cast<unsigned char>(c - '0');
    if (digit > 9) return false;
    digits = 10 * digits + digit;
    ++count;
    behind += point;
  }
  if (count == 0 || count > 15) return false;
  value = static_cast<double>(digits) / tens[behind];
  if (negative) value = -value;
  return true;
}

bool parse_float(std::string_view text, double& value) {
  if (parse_short_float(text, value)) return true;
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::expected<RowShape, std::string> RowShape::of(const Type* row) {
  RowShape shape;
  shape.type_ = row;
  std::span<const std::string_view> names;
  std::span<const Type* const> fields;
  if (row->kind == TypeKind::record) {
    names = row->names;
    fields = row->args;
  } else if (row->kind == TypeKind::named && !row->decl->is_sum && row->constructors.size() == 1) {
    names = row->constructors[0].fields;
    fields = row->constructors[0].types;
  } else {
    return std::unexpected("a row is a record, and " + types::show(row) + " is none");
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    Column& column = shape.columns_.emplace_back();
    column.name = names[i];
    column.type = fields[i];
    if (fields[i]->kind == TypeKind::union_ && fields[i]->args.size() == 2 && types::is_subset(types::basic(TypeKind::none), fields[i])) {
      column.optional = true;
      column.type = fields[i]->args[fields[i]->args[0]->kind == TypeKind::none ? 1 : 0];
    }
    if (!kind_of(column.type, column.kind))
      return std::unexpected("the column `" + std::string(names[i]) + "` cannot hold a " + types::show(fields[i]) +
                             ": Int, Float, String, Bool, Any, and T? of them can be read");
  }
  return shape;
}

int RowShape::find(std::string_view name) const {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].name == name) return static_cast<int>(i);
  return -1;
}

namespace {

vm::Slot plain_cell(vm::Heap& heap, const Cell& cell) {
  switch (cell.state) {
    case Cell::State::absent:
    case Cell::State::none: break;
    case Cell::State::integer:
    case Cell::State::boolean: return static_cast<vm::Slot>(cell.integer);
    case Cell::State::real: return vm::slot_of_float(cell.real);
    case Cell::State::text: return vm::make_string(heap, cell.text);
  }
  return 0;
}

}  // namespace

TypeKind kind_of(const Cell& cell) {
  switch (cell.state) {
    case Cell::State::absent:
    case Cell::State::none: break;
    case Cell::State::integer: return TypeKind::int_;
    case Cell::State::boolean: return TypeKind::boolean;
    case Cell::State::real: return TypeKind::float_;
    case Cell::State::text: return TypeKind::string;
  }
  return TypeKind::none;
}

vm::Slot boxed_cell(vm::Heap& heap, const Cell& cell) {
  const TypeKind kind = kind_of(cell);
  return kind == TypeKind::none ? 0 : boxed(heap, kind, plain_cell(heap, cell));
}

vm::Slot RowShape::make(vm::Heap& heap, std::span<const Cell> cells) const {
  vm::Root row(heap, vm::make_record(heap, type_, 0));
  for (std::uint32_t i = 0; i < columns_.size(); ++i) {
    const bool is_boxed = columns_[i].kind == Column::Kind::any || columns_[i].optional;
    const vm::Slot value = is_boxed ? boxed_cell(heap, cells[i]) : plain_cell(heap, cells[i]);
    vm::field_slot(row.get(), i) = value;
  }
  return row.get();
}

bool accept(const Column& column, Cell& cell) {
  using State = Cell::State;
  if (cell.state == State::absent || cell.state == State::none) return column.optional || column.kind == Column::Kind::any;
  switch (column.kind) {
    case Column::Kind::any: return true;
    case Column::Kind::integer: return cell.state == State::integer;
    case Column::Kind::text: return cell.state == State::text;
    case Column::Kind::boolean: return cell.state == State::boolean;
    case Column::Kind::real:
      if (cell.state == State::integer) {
        cell.real = static_cast<double>(cell.integer);
        cell.state = State::real;
      }
      return cell.state == State::real;
  }
  return false;
}

std::string misfit(const Column& column, const Cell& cell) {
  std::string found;
  switch (cell.state) {
    case Cell::State::absent: found = "nothing"; break;
    case Cell::State::none: found = "None"; break;
    case Cell::State::integer: found = std::to_string(cell.integer); break;
    case Cell::State::boolean: found = cell.integer ? "True" : "False"; break;
    case Cell::State::real: found = data::show(types::basic(TypeKind::float_), data::Datum::of_float(cell.real)); break;
    case Cell::State::text: found = data::show(types::basic(TypeKind::string), data::Datum::of_text(cell.text.substr(0, 60))); break;
  }
  return "column `" + std::string(column.name) + "`: expected " + types::show(column.type) + (column.optional ? "?" : "") + ", found " + found;
}

bool read_cell(const Column& column, std::string_view text, Cell& cell) {
  using State = Cell::State;
  cell.text = text;
  cell.state = State::text;
  if (column.optional && text.empty()) {
    cell.state = State::none;
    return true;
  }
  switch (column.kind) {
    case Column::Kind::text: return true;
    case Column::Kind::integer:
      if (!parse_int(text, cell.integer)) return false;
      cell.state = State::integer;
      return true;
    case Column::Kind::real:
      if (!parse_float(text, cell.real)) return false;
      cell.state = State::real;
      return true;
    case Column::Kind::boolean:
      if (text != "True" && text != "False" && text != "true" && text != "false") return false;
      cell.integer = text[0] == 'T' || text[0] == 't';
      cell.state = State::boolean;
      return true;
    case Column::Kind::any: {
      const bool may_be_number = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
      if (!may_be_number) return true;
      if (is_plain_int(text, cell.integer)) {
        cell.state = State::integer;
      } else if (parse_float(text, cell.real) &&
                 data::show(types::basic(TypeKind::float_), data::Datum::of_float(cell.real)) == text) {
        cell.state = State::real;
      }
      return true;
    }
  }
  return false;
}

}  // namespace m31::words
