#include "kernel/vm/convert.h"

#include <algorithm>

#include "kernel/vm/value_ops.h"

namespace m31::vm {

using data::Datum;
using data::DatumKind;
using types::Type;
using types::TypeKind;

namespace {

constexpr unsigned levels_max = 5'000;

std::span<const std::string_view> field_names(const Type* type) {
  if (type->kind == TypeKind::record) return type->names;
  if (type->kind == TypeKind::named && !type->decl->is_sum && type->constructors.size() == 1)
    return type->constructors[0].fields;
  return {};
}

bool fits(const Type* from, const Datum& value, const Type* to, Datum& result, unsigned level) {
  if (level > levels_max) return false;
  if (value.kind == DatumKind::boxed) return fits(value.type, value.items[0], to, result, level + 1);
  if (from->kind == TypeKind::any || from->kind == TypeKind::union_) from = types::basic(TypeKind::none);
  if (to->kind == TypeKind::any || to->kind == TypeKind::union_) {
    if (from->kind == TypeKind::none) {
      result = Datum();
      return to->kind == TypeKind::any || types::is_subset(from, to);
    }
    if (to->kind == TypeKind::any || types::is_subset(from, to)) {
      result = Datum::of_box(from, value);
      return true;
    }
    for (const Type* member : to->args) {
      Datum held;
      if (!fits(from, value, member, held, level + 1)) continue;
      result = Datum::of_box(member, std::move(held));
      return true;
    }
    return false;
  }
  if (from == to) {
    result = value;
    return true;
  }
  if (from->kind == TypeKind::int_ && to->kind == TypeKind::float_) {
    result = Datum::of_float(static_cast<double>(value.integer));
    return true;
  }
  if (from->kind == TypeKind::list && to->kind == TypeKind::list) {
    result = Datum::of_items({});
    for (const Datum& item : value.items)
      if (!fits(from->args[0], item, to->args[0], result.items.emplace_back(), level + 1)) return false;
    return true;
  }
  if (from->kind == TypeKind::map && to->kind == TypeKind::map) {
    result = Datum::of_pairs({});
    for (std::size_t i = 0; i < value.items.size(); ++i)
      if (!fits(from->args[i % 2], value.items[i], to->args[i % 2], result.items.emplace_back(), level + 1)) return false;
    return true;
  }
  if (from->kind == TypeKind::tuple && to->kind == TypeKind::tuple) {
    if (from->args.size() != to->args.size()) return false;
    result = Datum::of_items({});
    for (std::size_t i = 0; i < value.items.size(); ++i)
      if (!fits(from->args[i], value.items[i], to->args[i], result.items.emplace_back(), level + 1)) return false;
    return true;
  }
  auto names = field_names(from), wanted = field_names(to);
  if (!names.empty() && names.size() == wanted.size() && from->kind == TypeKind::record) {
    auto have = field_types(from, 0), want = field_types(to, 0);
    result = Datum::of_items({});
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), wanted[i]) - names.begin());
      if (at == names.size()) return false;
      if (!fits(have[at], value.items[at], want[i], result.items.emplace_back(), level + 1)) return false;
    }
    return true;
  }
  return false;
}

}  // namespace

bool convert(const Type* from, const Datum& value, const Type* to, Datum& result) {
  return fits(from, value, to, result, 0);
}

}  // namespace m31::vm
