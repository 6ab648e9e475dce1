// RowShape: what one row of a table (csv, or a line of JSON) is read as: a record of scalar columns. Readers fill cells by column, and a
// row becomes a value in one step, with no Datum between.
//
// Immutable once made; cells point into the reader's text.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/vm/heap.h"
#include "kernel/types/type.h"

namespace m31::words {

struct Cell {
  enum class State : std::uint8_t { absent, none, integer, real, boolean, text } state = State::absent;
  std::int64_t integer = 0;                // boolean too
  double real = 0;
  std::string_view text;
};

struct Column {
  enum class Kind : std::uint8_t { integer, real, text, boolean, any } kind = Kind::any;
  bool optional = false;                   // T?
  std::string_view name;
  const types::Type* type = nullptr;       // of the value that is boxed when it is optional
};

class RowShape {
 public:
  // The message says why the type is no row of scalars.
  static std::expected<RowShape, std::string> of(const types::Type* row);

  const types::Type* type() const { return type_; }
  std::span<const Column> columns() const { return columns_; }
  int find(std::string_view name) const;   // -1: none

  // REQUIRES: each cell was accepted for its column. May collect.
  vm::Slot make(vm::Heap& heap, std::span<const Cell> cells) const;

 private:
  const types::Type* type_ = nullptr;
  std::vector<Column> columns_;
};

// Of the cell's value; none when there is nothing.
types::TypeKind kind_of(const Cell& cell);
// The value as an Any. May collect.
vm::Slot boxed_cell(vm::Heap& heap, const Cell& cell);

// A cell for a column: an Int fits a Float column, None (or absence) an optional one. False when it does not fit.
bool accept(const Column& column, Cell& cell);
// What is expected and found, for a message.
std::string misfit(const Column& column, const Cell& cell);

// Text of a table as a cell of the column: numbers, True/False, text; an empty one is None where that is allowed. In an Any column it is a
// number only if it prints back unchanged.
bool read_cell(const Column& column, std::string_view text, Cell& cell);

}  // namespace m31::words
