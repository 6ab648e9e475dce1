// Datum: a value outside every heap: what drivers, the store and the faces exchange with fibrils.
// Not for hot paths (messages between fibrils are copied heap to heap). A Datum is shaped by a
// Type that travels beside it; only Any and unions carry their own (`type` of kind boxed).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "kernel/data/text.h"
#include "kernel/types/type.h"

namespace m31::data {

enum class DatumKind : std::uint8_t {
  none, boolean, integer, real, text /* String or Bytes */, items /* tuple, list, record, range, constructor's fields */,
  pairs /* map: items = key, value, key, value... in order */, boxed /* type + items[0] */,
  handle /* shown as <...>; text = how it is shown */,
};

struct Datum {
  DatumKind kind = DatumKind::none;
  std::uint32_t tag = 0;             // constructor index of a sum type's value
  std::int64_t integer = 0;          // boolean, integer (Int, Duration)
  double real = 0;
  Text text;
  const types::Type* type = nullptr; // boxed only
  std::vector<Datum> items;

  static Datum of_bool(bool value);
  static Datum of_int(std::int64_t value);
  static Datum of_float(double value);
  static Datum of_text(std::string_view copied);
  static Datum of_text(Text text);
  static Datum of_items(std::vector<Datum> items);
  static Datum of_pairs(std::vector<Datum> keys_and_values);
  static Datum of_box(const types::Type* type, Datum value);   // into Any or a union
};

bool equal(const Datum& a, const Datum& b);

// Constructor form: evaluated, it gives an equal value. One line.
std::string show(const types::Type* type, const Datum& value);

// Compact form: self-delimiting bytes, whose shape `type` gives; boxed values write their type's structure.
// decode is bounded: `limit_bytes` of decoded size, 2,000 levels; never crashes on hostile bytes.
void encode(const types::Type* type, const Datum& value, std::string& to);
std::expected<Datum, std::string> decode(const types::Type* type, std::string_view& bytes,
                                         std::size_t limit_bytes);

}  // namespace m31::data
