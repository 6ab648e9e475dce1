#include "kernel/data/shape.h"

#include <unordered_set>

namespace m31::data {
namespace {

using types::Type;
using types::TypeKind;

constexpr std::size_t zero_levels_max = 50;
constexpr std::size_t zero_parts_max = 100'000;

bool is_mantle(TypeKind kind) {
  switch (kind) {
    case TypeKind::fn:
    case TypeKind::sender:
    case TypeKind::receiver:
    case TypeKind::fibril:
    case TypeKind::stream:
    case TypeKind::sandbox:
    case TypeKind::space:
    case TypeKind::capability:
    case TypeKind::module:
    case TypeKind::variable: return true;
    default: return false;
  }
}

bool is_storable(const Type* type, std::unordered_set<const Type*>& entered) {
  if (is_mantle(type->kind) || type->kind == TypeKind::never) return false;
  if (type->kind == TypeKind::type_value) return true;
  if (type->kind == TypeKind::named) {
    if (!entered.insert(type).second) return true;
    if (type->constructors.empty()) return false;
    for (const types::Constructor& constructor : type->constructors)
      for (const Type* field : constructor.types)
        if (!is_storable(field, entered)) return false;
    return true;
  }
  for (const Type* arg : type->args)
    if (!is_storable(arg, entered)) return false;
  return true;
}

struct Fitting {
  std::string what;

  bool fail(const Type* type) {
    if (what.empty()) what = "a value is no " + types::show(type);
    return false;
  }

  bool all(std::span<const Type* const> types, const Type* whole, const Datum& value, std::size_t levels) {
    if (value.kind != DatumKind::items || value.items.size() != types.size()) return fail(whole);
    for (std::size_t i = 0; i < types.size(); ++i)
      if (!fits(types[i], value.items[i], levels)) return false;
    return true;
  }

  bool boxed(const Type* type, const Datum& value, std::size_t levels) {
    if (value.kind == DatumKind::none)
      return type->kind == TypeKind::any || types::is_subset(types::basic(TypeKind::none), type) || fail(type);
    if (value.kind != DatumKind::boxed || value.items.size() != 1) return fail(type);
    if (value.type->kind == TypeKind::any || value.type->kind == TypeKind::union_) return fail(type);
    if (type->kind == TypeKind::union_ && !types::is_subset(value.type, type)) return fail(type);
    return fits(value.type, value.items[0], levels);
  }

  bool kind_is(DatumKind kind, const Type* type, const Datum& value) { return value.kind == kind || fail(type); }

  bool fits(const Type* type, const Datum& value, std::size_t levels) {
    if (levels == 0) {
      what = "a value is nested too deep to be kept";
      return false;
    }
    --levels;
    switch (type->kind) {
      case TypeKind::none:
      case TypeKind::type_value: return kind_is(DatumKind::none, type, value);
      case TypeKind::boolean: return kind_is(DatumKind::boolean, type, value);
      case TypeKind::int_:
      case TypeKind::duration: return kind_is(DatumKind::integer, type, value);
      case TypeKind::float_: return kind_is(DatumKind::real, type, value);
      case TypeKind::string:
      case TypeKind::bytes: return kind_is(DatumKind::text, type, value);
      case TypeKind::any:
      case TypeKind::union_: return boxed(type, value, levels);
      case TypeKind::tuple:
      case TypeKind::record: return all(type->args, type, value, levels);
      case TypeKind::range: {
        const Type* ends[] = {types::basic(TypeKind::int_), types::basic(TypeKind::int_)};
        return all(ends, type, value, levels);
      }
      case TypeKind::named:
        if (value.tag >= type->constructors.size()) return fail(type);
        return all(type->constructors[value.tag].types, type, value, levels);
      case TypeKind::list:
        if (value.kind != DatumKind::items) return fail(type);
        for (const Datum& item : value.items)
          if (!fits(type->args[0], item, levels)) return false;
        return true;
      case TypeKind::map:
        if (value.kind != DatumKind::pairs || value.items.size() % 2) return fail(type);
        for (std::size_t i = 0; i < value.items.size(); ++i)
          if (!fits(type->args[i % 2], value.items[i], levels)) return false;
        return true;
      default:
        what = types::show(type) + " lives in a running program only and cannot be kept";
        return false;
    }
  }
};

std::expected<Datum, std::string> zero(const Type* type, std::size_t levels, std::size_t& parts);

std::expected<Datum, std::string> zeros(std::span<const Type* const> types, std::uint32_t tag, std::size_t levels, std::size_t& parts) {
  std::vector<Datum> items;
  for (const Type* each : types) {
    auto item = zero(each, levels, parts);
    if (!item) return item;
    items.push_back(std::move(*item));
  }
  Datum value = Datum::of_items(std::move(items));
  value.tag = tag;
  return value;
}

std::expected<Datum, std::string> zero(const Type* type, std::size_t levels, std::size_t& parts) {
  if (levels == 0 || ++parts > zero_parts_max) return std::unexpected("its type has no value to start from: there is no end to it");
  --levels;
  switch (type->kind) {
    case TypeKind::none:
    case TypeKind::any:
    case TypeKind::type_value: return Datum();
    case TypeKind::boolean: return Datum::of_bool(false);
    case TypeKind::int_:
    case TypeKind::duration: return Datum::of_int(0);
    case TypeKind::float_: return Datum::of_float(0);
    case TypeKind::string:
    case TypeKind::bytes: return Datum::of_text(std::string_view());
    case TypeKind::range: return Datum::of_items({Datum::of_int(0), Datum::of_int(0)});
    case TypeKind::list: return Datum::of_items({});
    case TypeKind::map: return Datum::of_pairs({});
    case TypeKind::tuple:
    case TypeKind::record: return zeros(type->args, 0, levels, parts);
    case TypeKind::union_: {
      for (const Type* member : type->args)
        if (member->kind == TypeKind::none) return Datum();
      auto held = zero(type->args[0], levels, parts);
      if (!held) return held;
      return Datum::of_box(type->args[0], std::move(*held));
    }
    case TypeKind::named: {
      for (std::uint32_t tag = 0; tag < type->constructors.size(); ++tag)
        if (type->constructors[tag].types.empty()) return zeros({}, tag, levels, parts);
      if (!type->constructors.empty()) return zeros(type->constructors[0].types, 0, levels, parts);
      break;
    }
    default: break;
  }
  return std::unexpected("there is no " + types::show(type) + " to start from");
}

}  // namespace

std::string misfit(const types::Type* type, const Datum& value, std::size_t levels_max) {
  Fitting fitting;
  fitting.fits(type, value, levels_max);
  return std::move(fitting.what);
}

bool is_storable(const types::Type* type) {
  std::unordered_set<const Type*> entered;
  return is_storable(type, entered);
}

std::expected<Datum, std::string> zero(const types::Type* type) {
  std::size_t parts = 0;
  return zero(type, zero_levels_max, parts);
}

}  // namespace m31::data
