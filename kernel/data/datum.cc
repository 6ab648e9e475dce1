#include "kernel/data/datum.h"

#include "kernel/base/ensure.h"
#include "kernel/data/order.h"

namespace m31::data {

Datum Datum::of_bool(bool value) {
  Datum datum;
  datum.kind = DatumKind::boolean;
  datum.integer = value;
  return datum;
}

Datum Datum::of_int(std::int64_t value) {
  Datum datum;
  datum.kind = DatumKind::integer;
  datum.integer = value;
  return datum;
}

Datum Datum::of_float(double value) {
  Datum datum;
  datum.kind = DatumKind::real;
  datum.real = value;
  return datum;
}

Datum Datum::of_text(std::string_view copied) { return of_text(Text(copied)); }

Datum Datum::of_text(Text text) {
  Datum datum;
  datum.kind = DatumKind::text;
  datum.text = std::move(text);
  return datum;
}

Datum Datum::of_items(std::vector<Datum> items) {
  Datum datum;
  datum.kind = DatumKind::items;
  datum.items = std::move(items);
  return datum;
}

Datum Datum::of_pairs(std::vector<Datum> keys_and_values) {
  ENSURE(keys_and_values.size() % 2 == 0, keys_and_values.size());
  Datum datum;
  datum.kind = DatumKind::pairs;
  datum.items = std::move(keys_and_values);
  return datum;
}

// None needs no box, and a box is never boxed again: each value has one shape.
Datum Datum::of_box(const types::Type* type, Datum value) {
  if (type->kind == types::TypeKind::none || value.kind == DatumKind::boxed) return value;
  if (type->kind == types::TypeKind::any || type->kind == types::TypeKind::union_) return value;
  Datum datum;
  datum.kind = DatumKind::boxed;
  datum.type = type;
  datum.items.push_back(std::move(value));
  return datum;
}

bool equal(const Datum& a, const Datum& b) {
  if (a.kind == b.kind && a.kind == DatumKind::boxed && a.type != b.type) return false;
  if (a.kind == b.kind && a.items.size() != b.items.size()) return false;
  return compare(a, b) == 0;
}

}  // namespace m31::data
