// table(x): rows and columns as text. Rows are a list's items or a map's entries, cells a tuple's or record's parts; numbers stand to the
// right, and columns that have names say them.
#include <utf8proc.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernel/data/datum.h"
#include "kernel/vm/fibril.h"
#include "kernel/words/native_state.h"
#include "kernel/words/text_job.h"
#include "kernel/words/utf8.h"

namespace m31::words {
namespace {

using data::Datum;
using data::DatumKind;
using types::Type;
using types::TypeKind;

struct Typed {
  const Type* type;
  const Datum* value;
};

Typed unboxed(Typed v) {
  while (v.value->kind == DatumKind::boxed) v = {v.value->type, &v.value->items[0]};
  return v;
}

bool has_parts(const Type* type) {
  return type->kind == TypeKind::tuple || type->kind == TypeKind::record || (type->kind == TypeKind::named && !type->decl->is_sum);
}

struct Cell {
  std::string text;
  bool is_number;
};

Cell cell_of(Typed v) {
  v = unboxed(v);
  const bool is_number = v.type->kind == TypeKind::int_ || v.type->kind == TypeKind::float_ || v.type->kind == TypeKind::duration;
  if (v.type->kind != TypeKind::string) return {data::show(v.type, *v.value), is_number};
  std::string text(v.value->text.view());
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';   // a cell has one line
  return {std::move(text), false};
}

std::vector<Cell> cells_of(Typed row) {
  row = unboxed(row);
  std::vector<Cell> cells;
  if (has_parts(row.type) && row.value->kind == DatumKind::items) {
    for (std::size_t i = 0; i < row.value->items.size(); ++i)
      cells.push_back(cell_of({row.type->kind == TypeKind::named ? row.type->constructors[0].types[i] : row.type->args[i], &row.value->items[i]}));
  } else {
    cells.push_back(cell_of(row));
  }
  return cells;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const char *p = text.data(), *end = p + text.size(); p < end;) {
    const Decoded next = decode(p, end);
    width += static_cast<std::size_t>(std::max(utf8proc_charwidth(static_cast<utf8proc_int32_t>(next.cp)), 0));
    p += next.size;
  }
  return width;
}

void put_row(std::string& out, const std::vector<Cell>& row, const std::vector<std::size_t>& widths, const std::vector<bool>& right) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i) line += "  ";
    const std::size_t free = widths[i] - std::min(widths[i], width_of(row[i].text));
    if (right[i]) line.append(free, ' ');
    line += row[i].text;
    if (!right[i]) line.append(free, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

NativeStatus table(NativeCall& call) {
  const Datum whole = vm::read(call.types[0], call.args[0]);
  const Typed value = unboxed({call.types[0], &whole});
  std::vector<std::vector<Cell>> rows;
  const Type* item = nullptr;
  if (value.type->kind == TypeKind::list) {
    item = value.type->args[0];
    for (const Datum& each : value.value->items) rows.push_back(cells_of({item, &each}));
  } else if (value.type->kind == TypeKind::map) {
    for (std::size_t i = 0; i + 1 < value.value->items.size(); i += 2)
      rows.push_back({cell_of({value.type->args[0], &value.value->items[i]}), cell_of({value.type->args[1], &value.value->items[i + 1]})});
  } else {
    rows.push_back(cells_of(value));
    item = value.type;
  }
  std::vector<std::size_t> widths;
  std::vector<bool> right;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == widths.size()) widths.push_back(0), right.push_back(true);
      widths[i] = std::max(widths[i], width_of(row[i].text));
      if (!row[i].is_number) right[i] = false;
    }
  std::string out;
  if (item && has_parts(item) && item->kind != TypeKind::tuple && !rows.empty()) {
    std::vector<Cell> header;
    for (std::string_view name : item->kind == TypeKind::named ? item->constructors[0].fields : item->names) {
      header.push_back({std::string(name), false});
      widths[header.size() - 1] = std::max(widths[header.size() - 1], width_of(name));
    }
    put_row(out, header, widths, right);
  }
  for (const auto& row : rows) put_row(out, row, widths, right);
  spent(call, 4 * out.size());
  if (too_large(call, out.size())) return refuse_size(call);
  return done(call, vm::make_string(call.heap, out));
}

constexpr vm::NativeEntry entries[] = {{"table", table}};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable table_natives;
const NativeTable table_natives = words::entries;
}  // namespace m31::vm
