#include "shell/render.h"

#include <algorithm>
#include <string>
#include <vector>

#include "kernel/data/rows.h"
#include "kernel/data/width.h"

namespace m31::shell {

namespace {

using data::Datum;
using data::Typed;
using types::Type;
using types::TypeKind;

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
  const Typed whole = data::unboxed({type, &value});
  if (whole.type->kind == TypeKind::none) return;
  // A lone string is text: it goes out as it is, so that programs can write files.
  if (whole.type->kind == TypeKind::string || whole.type->kind == TypeKind::bytes) {
    to.write(whole.value->text.view());
    if (whole.type->kind == TypeKind::string && !whole.value->text.view().ends_with('\n')) to.put('\n');
    return;
  }
  data::each_row(whole, [&](const std::vector<Typed>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i) to.put('\t');
      write_tsv_cell(cells[i], to);
    }
    to.put('\n');
    return to.error() == 0;
  });
}

void render_m31(const Type* type, const Datum& value, Output& to) {
  const Typed whole = data::unboxed({type, &value});
  to.write(data::show(whole.type, *whole.value));
  to.put('\n');
}

void render_table(const Type* type, const Datum& value, const TableOptions& options, Output& to) {
  const Typed whole = data::unboxed({type, &value});
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
  const std::size_t rows = data::row_count(whole);
  if (rows == 0) {
    to.write(whole.type->kind == TypeKind::map ? "[:]\n" : "[]\n");
    return;
  }
  std::vector<std::vector<std::string>> table;
  std::vector<bool> right;
  std::vector<std::size_t> widths;
  const Type* item = whole.type->kind == TypeKind::list ? whole.type->args[0] : nullptr;
  const bool has_header = item && data::has_cells(item) && item->kind != TypeKind::tuple;
  const bool quote = options.quote_strings && item && !data::has_cells(item);
  data::each_row(whole, [&](const std::vector<Typed>& cells) {
    if (table.size() == options.rows_max) return false;
    std::vector<std::string> row;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i == right.size()) {
        right.push_back(true);
        widths.push_back(0);
      }
      if (!data::is_number(cells[i].type)) right[i] = false;
      row.push_back(quote ? data::show(cells[i].type, *cells[i].value) : data::one_line(cells[i]));
      widths[i] = std::max(widths[i], data::display_width(row.back()));
    }
    table.push_back(std::move(row));
    return true;
  });
  if (has_header)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], data::display_width(data::cell_names(item)[i]));
  fit(widths, options.width_columns);
  auto write_row = [&](auto&& cell_at, std::size_t count) {
    std::string line;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string cell = data::cut_to_width(cell_at(i), widths[i]);
      const std::size_t pad = widths[i] - std::min(widths[i], data::display_width(cell));
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
    write_row([&](std::size_t i) { return std::string(data::cell_names(item)[i]); }, widths.size());
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
