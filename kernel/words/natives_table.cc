// table(x): rows and columns as text. Rows are a list's items or a map's entries, cells a tuple's or record's parts; numbers stand to the
// right, and columns that have names say them.
#include <algorithm>
#include <string>
#include <vector>

#include "kernel/data/rows.h"
#include "kernel/data/width.h"
#include "kernel/vm/fibril.h"
#include "kernel/words/native_state.h"
#include "kernel/words/text_job.h"

namespace m31::words {
namespace {

using data::Datum;
using types::Type;
using types::TypeKind;

struct Cell {
  std::string text;
  bool is_number;
};

void put_row(std::string& out, const std::vector<Cell>& row, const std::vector<std::size_t>& widths, const std::vector<bool>& right) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i) line += "  ";
    const std::size_t free = widths[i] - std::min(widths[i], data::display_width(row[i].text));
    if (right[i]) line.append(free, ' ');
    line += row[i].text;
    if (!right[i]) line.append(free, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

NativeStatus table(NativeCall& call) {
  const Datum whole = vm::read(call.types[0], call.args[0]);
  const data::Typed value = data::unboxed({call.types[0], &whole});
  const Type* const item = value.type->kind == TypeKind::list ? value.type->args[0] : value.type->kind == TypeKind::map ? nullptr : value.type;
  std::vector<std::vector<Cell>> rows;
  std::vector<std::size_t> widths;
  std::vector<bool> right;
  data::each_row(value, [&](const std::vector<data::Typed>& cells) {
    std::vector<Cell>& row = rows.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      row.push_back({data::one_line(cells[i]), data::is_number(cells[i].type)});
      if (i == widths.size()) widths.push_back(0), right.push_back(true);
      widths[i] = std::max(widths[i], data::display_width(row[i].text));
      if (!row[i].is_number) right[i] = false;
    }
    return true;
  });
  std::string out;
  if (item && data::has_cells(item) && item->kind != TypeKind::tuple && !rows.empty()) {
    std::vector<Cell> header;
    for (std::string_view name : data::cell_names(item)) {
      header.push_back({std::string(name), false});
      widths[header.size() - 1] = std::max(widths[header.size() - 1], data::display_width(name));
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
