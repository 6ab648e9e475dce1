// A value as rows and cells, for who shows it as a table: rows are a list's items or a map's entries, cells the parts of a tuple or record;
// any other value is one row of one cell. Nothing is copied: rows and cells point into the value.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/data/datum.h"

namespace m31::data {

struct Typed {
  const types::Type* type;
  const Datum* value;
};

Typed unboxed(Typed v);                    // out of the boxes that hold it
bool has_cells(const types::Type* row);    // a tuple, record, or declared record
std::span<const std::string_view> cell_names(const types::Type* row);   // REQUIRES: has_cells, and no tuple
bool is_number(const types::Type* cell);   // stands to the right
std::size_t row_count(Typed v);
void cells_of(Typed row, std::vector<Typed>& cells);
// A cell on one line: text as it is, but without control characters; anything else as `show` gives it.
std::string one_line(Typed cell);

// Calls row(cells) for each row until it gives false.
template <class Row>
void each_row(Typed v, Row row) {
  v = unboxed(v);
  std::vector<Typed> cells;
  if (v.type->kind == types::TypeKind::list) {
    for (const Datum& item : v.value->items) {
      cells_of({v.type->args[0], &item}, cells);
      if (!row(cells)) return;
    }
  } else if (v.type->kind == types::TypeKind::map) {
    for (std::size_t i = 0; i + 1 < v.value->items.size(); i += 2) {
      cells = {unboxed({v.type->args[0], &v.value->items[i]}), unboxed({v.type->args[1], &v.value->items[i + 1]})};
      if (!row(cells)) return;
    }
  } else {
    cells_of(v, cells);
    row(cells);
  }
}

}  // namespace m31::data
