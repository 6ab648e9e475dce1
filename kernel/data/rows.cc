#include "kernel/data/rows.h"

namespace m31::data {

using types::Type;
using types::TypeKind;

Typed unboxed(Typed v) {
  while (v.value->kind == DatumKind::boxed) v = {v.value->type, &v.value->items[0]};
  return v;
}

bool has_cells(const Type* row) {
  return row->kind == TypeKind::tuple || row->kind == TypeKind::record || (row->kind == TypeKind::named && !row->decl->is_sum);
}

std::span<const std::string_view> cell_names(const Type* row) {
  return row->kind == TypeKind::named ? row->constructors[0].fields : row->names;
}

bool is_number(const Type* cell) {
  return cell->kind == TypeKind::int_ || cell->kind == TypeKind::float_ || cell->kind == TypeKind::duration;
}

std::size_t row_count(Typed v) {
  v = unboxed(v);
  if (v.type->kind == TypeKind::list) return v.value->items.size();
  if (v.type->kind == TypeKind::map) return v.value->items.size() / 2;
  return 1;
}

void cells_of(Typed row, std::vector<Typed>& cells) {
  cells.clear();
  row = unboxed(row);
  if (row.value->kind != DatumKind::items || !has_cells(row.type)) {
    cells.push_back(row);
    return;
  }
  const auto types = row.type->kind == TypeKind::named ? row.type->constructors[0].types : row.type->args;
  for (std::size_t i = 0; i < row.value->items.size(); ++i) cells.push_back(unboxed({types[i], &row.value->items[i]}));
}

std::string one_line(Typed cell) {
  if (cell.type->kind != TypeKind::string) return show(cell.type, *cell.value);
  std::string text(cell.value->text.view());
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

}  // namespace m31::data
