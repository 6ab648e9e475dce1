// A value as a person or a pipe reads it.
//   tsv    one row a line, cells separated by tabs; tab, newline, carriage return and backslash in
//          a string are written \t \n \r \\ ; composite cells in constructor form
//   m31    constructor form: evaluated, it gives an equal value
//   table  for a terminal: columns aligned, numbers to the right, cut to the width with an ellipsis;
//          what is left out is counted
// Rows are a list's items, a map's entries, or the value itself; cells a tuple's or record's parts.
#pragma once

#include "kernel/data/datum.h"
#include "shell/output.h"

namespace m31::shell {

void render_tsv(const types::Type* type, const data::Datum& value, Output& to);
void render_m31(const types::Type* type, const data::Datum& value, Output& to);

struct TableOptions {
  unsigned width_columns = 80;
  std::size_t rows_max = 200;
  bool color = false;
  bool quote_strings = false;     // at the prompt a string shows as "text"
};
void render_table(const types::Type* type, const data::Datum& value, const TableOptions& options, Output& to);

}  // namespace m31::shell
