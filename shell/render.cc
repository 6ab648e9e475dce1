#include "shell/render.h"

#include <algorithm>
#include <string>
#include <vector>

#include "shell/width.h"

namespace m31::shell {

namespace {

using data::Datum;
using data::DatumKind;
using types::Type;
using types::TypeKind;

struct Typed {
  const Type* type;
  const Datum* value;
};

Typed unbox(Typed v) {
  while (v.value->kind == DatumKind::boxed) v = {v.value->type, &v.value->items[0]};
  return v;
}

bool is_row_type(const Type* type) {
  return type->kind == TypeKind::tuple || type->kind == TypeKind::record ||
         (type->kind == TypeKind::named && !type->decl->is_sum);
}

bool is_number(const Type* type) {
  return type->kind == TypeKind::int_ || type->kind == TypeKind::float_ || type->kind == TypeKind::duration;
}

const Type* part_type(const Type* type, std::size_t i) {
  return type->kind == TypeKind::named ? type->constructors[0].types[i] : type->args[i];
}

std::span<const std::string_view> part_names(const Type* type) {
  return type->kind == TypeKind::named ? type->constructors[0].fields : type->names;
}

// The parts of one row, unboxed.
void cells_of(Typed row, std::vector<Typed>& cells) {
  cells.clear();
  row = unbox(row);
  if (row.value->kind == DatumKind::items && is_row_type(row.type)) {
    for (std::size_t i = 0; i < row.value->items.size(); ++i)
      cells.push_back(unbox({part_type(row.type, i), &row.value->items[i]}));
  } else {
    cells.push_back(row);
  }
}

// Calls `row(cells)` for each row of the value; stops when it gives false.
template <class Row>
void each_row(Typed v, Row row) {
  v = unbox(v);
  std::vector<Typed> cells;
  if (v.type->kind == TypeKind::list) {
    for (const Datum& item : v.value->items) {
      cells_of({v.type->args[0], &item}, cells);
      if (!row(cells)) return;
    }
  } else if (v.type->kind == TypeKind::map) {
    for (std::size_t i = 0; i + 1 < v.value->items.size(); i += 2) {
      cells = {unbox({v.type->args[0], &v.value->items[i]}),
               unbox({v.type->args[1], &v.value->items[i + 1]})};
      if (!row(cells)) return;
    }
  } else {
    cells_of(v, cells);
    row(cells);
  }
}

std::size_t row_count(Typed v) {
  v = unbox(v);
  if (v.type->kind == TypeKind::list) return v.value->items.size();
  if (v.type->kind == TypeKind::map) return v.value->items.size() / 2;
  return 1;
}

std::string plain(Typed cell) {
  if (cell.type->kind == TypeKind::string || cell.type->kind == TypeKind::bytes)
    return std::string(cell.value->text.view());
  return data::show(cell.type, *cell.value);
}

void write_tsv_cell(Typed cell, Output& to) {
  if (cell.type->kind != TypeKind::string && cell.type->kind != TypeKind::bytes) {
    to.write(data::show(cell.type, *cell.value));
    return;
  }
  std::string_view text = cell.value->text.view();
  for (;;) {
    const std::size_t special = text.find_first_of("\t\n\r\\");
    to.write(text.substr(0, special));
    if (special == std::string_view::npos) return;
    switch (text[special]) {
      case '\t': to.write("\\t"); break;
      case '\n': to.write("\\n"); break;
      case '\r': to.write("\\r"); break;
      default: to.write("\\\\");
    }
    text.remove_prefix(special + 1);
  }
}

// A cell on one terminal line: control characters would spoil the table.
std::string printable(Typed cell, bool quote) {
  if (cell.type->kind != TypeKind::string || quote) return data::show(cell.type, *cell.value);
  std::string text = plain(cell);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

// Column widths that fit: the widest columns give way first.
void fit(std::vector<std::size_t>& widths, std::size_t columns) {
  const std::size_t gaps = widths.empty() ? 0 : 2 * (widths.size() - 1);
  for (;;) {
    std::size_t total = gaps;
    for (std::size_t w : widths) total += w;
    if (total <= columns) return;
    auto widest = std::max_element(widths.begin(), widths.end());
    if (widest == widths.end() || *widest <= 4) return;
    *widest = std::max<std::size_t>(4, *widest - std::max<std::size_t>(1, std::min(total - columns, *widest / 8)));
  }
}

}  // namespace

void render_tsv(const Type* type, const Datum& value, Output& to) {
  const Typed whole = unbox({type, &value});
  if (whole.type->kind == TypeKind::none) return;
  // A lone string is text: it goes out as it is, so that programs can write files.
  if (whole.type->kind == TypeKind::string || whole.type->kind == TypeKind::bytes) {
    to.write(whole.value->text.view());
    if (whole.type->kind == TypeKind::string && !whole.value->text.view().ends_with('\n')) to.put('\n');
    return;
  }
  each_row(whole, [&](const std::vector<Typed>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i) to.put('\t');
      write_tsv_cell(cells[i], to);
    }
    to.put('\n');
    return to.error() == 0;
  });
}

void render_m31(const Type* type, const Datum& value, Output& to) {
  const Typed whole = unbox({type, &value});
  to.write(data::show(whole.type, *whole.value));
  to.put('\n');
}

void render_table(const Type* type, const Datum& value, const TableOptions& options, Output& to) {
  const Typed whole = unbox({type, &value});
  if (whole.type->kind == TypeKind::none) return;
  const bool is_collection = whole.type->kind == TypeKind::list || whole.type->kind == TypeKind::map;
  if (!is_collection) {
    if (whole.type->kind == TypeKind::string && !options.quote_strings) {
      to.write(whole.value->text.view());
      if (!whole.value->text.view().ends_with('\n')) to.put('\n');
    } else {
      to.write(data::show(whole.type, *whole.value));
      to.put('\n');
    }
    return;
  }
  const std::size_t rows = row_count(whole);
  if (rows == 0) {
    to.write(whole.type->kind == TypeKind::map ? "[:]\n" : "[]\n");
    return;
  }
  std::vector<std::vector<std::string>> table;
  std::vector<bool> right;
  std::vector<std::size_t> widths;
  const Type* item = whole.type->kind == TypeKind::list ? whole.type->args[0] : nullptr;
  const bool has_header = item && is_row_type(item) && item->kind != TypeKind::tuple;
  const bool quote = options.quote_strings && item && !is_row_type(item);
  each_row(whole, [&](const std::vector<Typed>& cells) {
    if (table.size() == options.rows_max) return false;
    std::vector<std::string> row;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i == right.size()) {
        right.push_back(true);
        widths.push_back(0);
      }
      if (!is_number(cells[i].type)) right[i] = false;
      row.push_back(printable(cells[i], quote));
      widths[i] = std::max(widths[i], display_width(row.back()));
    }
    table.push_back(std::move(row));
    return true;
  });
  if (has_header)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], display_width(part_names(item)[i]));
  fit(widths, options.width_columns);
  auto write_row = [&](auto&& cell_at, std::size_t count) {
    std::string line;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string cell = cut_to_width(cell_at(i), widths[i]);
      const std::size_t pad = widths[i] - std::min(widths[i], display_width(cell));
      if (i) line += "  ";
      if (right[i]) line.append(pad, ' ');
      line += cell;
      if (!right[i]) line.append(pad, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    to.write(line);
  };
  if (has_header) {
    if (options.color) to.write("\x1b[1m");
    write_row([&](std::size_t i) { return std::string(part_names(item)[i]); }, widths.size());
    if (options.color) to.write("\x1b[0m");
    to.put('\n');
  }
  for (const auto& row : table) {
    write_row([&](std::size_t i) { return row[i]; }, row.size());
    to.put('\n');
  }
  if (rows > table.size()) to.write("... " + std::to_string(rows - table.size()) + " more rows\n");
}

}  // namespace m31::shell
