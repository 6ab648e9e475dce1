#include "kernel/vm/convert.h"

#include <algorithm>
#include <string>
#include <vector>

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

// Where a value did not fit: the deepest place that was reached last.
struct Misfit {
  std::vector<std::string> path;           // innermost first
  const Type* wanted = nullptr;
  std::string found;
};

class Fitting {
 public:
  Misfit misfit;

  bool fits(const Type* from, const Datum& value, const Type* to, Datum& result, unsigned level) {
    if (level > levels_max) return fail(from, value, to);
    if (value.kind == DatumKind::boxed) return fits(value.type, value.items[0], to, result, level + 1);
    if (from->kind == TypeKind::any || from->kind == TypeKind::union_) from = types::basic(TypeKind::none);
    if (to->kind == TypeKind::any || to->kind == TypeKind::union_) return fits_member(from, value, to, result, level);
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
      for (std::size_t i = 0; i < value.items.size(); ++i)
        if (!fits(from->args[0], value.items[i], to->args[0], result.items.emplace_back(), level + 1))
          return inside([i] { return "item " + std::to_string(i); });
      return true;
    }
    if (from->kind == TypeKind::map && to->kind == TypeKind::map) {
      result = Datum::of_pairs({});
      for (std::size_t i = 0; i < value.items.size(); ++i)
        if (!fits(from->args[i % 2], value.items[i], to->args[i % 2], result.items.emplace_back(), level + 1))
          return inside([&] { return "key " + data::show(from->args[0], value.items[i / 2 * 2]); });
      return true;
    }
    if (from->kind == TypeKind::tuple && to->kind == TypeKind::tuple && from->args.size() == to->args.size()) {
      result = Datum::of_items({});
      for (std::size_t i = 0; i < value.items.size(); ++i)
        if (!fits(from->args[i], value.items[i], to->args[i], result.items.emplace_back(), level + 1))
          return inside([i] { return "item " + std::to_string(i); });
      return true;
    }
    if (from->kind == TypeKind::named && to->kind == TypeKind::named && from->decl == to->decl) return fits_declared(from, value, to, result, level);
    auto wanted = field_names(to);
    if (!wanted.empty() && from->kind == TypeKind::record && from->names.size() == wanted.size()) {
      auto want = field_types(to, 0);
      result = Datum::of_items({});
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto at = static_cast<std::size_t>(std::find(from->names.begin(), from->names.end(), wanted[i]) - from->names.begin());
        if (at == from->names.size()) return fail(from, value, to);
        if (!fits(from->args[at], value.items[at], want[i], result.items.emplace_back(), level + 1))
          return inside([&] { return "field `" + std::string(wanted[i]) + "`"; });
      }
      return true;
    }
    if (!wanted.empty() && from->kind == TypeKind::map && from->args[0]->kind == TypeKind::string)
      return fits_entries(from, value, to, wanted, result, level);
    return fail(from, value, to);
  }

 private:
  bool fail(const Type* from, const Datum& value, const Type* to) {
    misfit.path.clear();
    misfit.wanted = to;
    const bool simple = from->args.empty() && from->kind != TypeKind::named;
    misfit.found = simple && from->kind != TypeKind::none ? types::show(from) + " " + data::show(from, value) : types::show(from);
    if (misfit.found.size() > 80) misfit.found = types::show(from);
    return false;
  }

  template <class Name>
  bool inside(Name name) {
    if (misfit.path.size() < 20) misfit.path.push_back(name());
    return false;
  }

  bool fits_member(const Type* from, const Datum& value, const Type* to, Datum& result, unsigned level) {
    if (from->kind == TypeKind::none) {
      result = Datum();
      return to->kind == TypeKind::any || types::is_subset(from, to) || fail(from, value, to);
    }
    if (to->kind == TypeKind::any || types::is_subset(from, to)) {
      result = Datum::of_box(from, value);
      return true;
    }
    std::size_t tried = 0;
    for (const Type* member : to->args) {
      if (member->kind == TypeKind::none) continue;
      ++tried;
      Datum held;
      if (!fits(from, value, member, held, level + 1)) continue;
      result = Datum::of_box(member, std::move(held));
      return true;
    }
    // With one member beside None, what did not fit it is the better message.
    return tried == 1 ? false : fail(from, value, to);
  }

  // Tree[Any] to Tree[Int]: field by field.
  bool fits_declared(const Type* from, const Datum& value, const Type* to, Datum& result, unsigned level) {
    if (value.tag >= from->constructors.size() || value.tag >= to->constructors.size()) return fail(from, value, to);
    const auto have = field_types(from, value.tag), want = field_types(to, value.tag);
    if (have.size() != want.size() || have.size() != value.items.size()) return fail(from, value, to);
    result = Datum::of_items({});
    result.tag = value.tag;
    for (std::size_t i = 0; i < have.size(); ++i)
      if (!fits(have[i], value.items[i], want[i], result.items.emplace_back(), level + 1))
        return inside([&] { return "field `" + std::string(to->constructors[value.tag].fields[i]) + "`"; });
    return true;
  }

  bool fits_entries(const Type* from, const Datum& value, const Type* to, std::span<const std::string_view> wanted, Datum& result,
                    unsigned level) {
    auto want = field_types(to, 0);
    result = Datum::of_items(std::vector<Datum>(wanted.size()));
    std::vector<bool> given(wanted.size());
    for (std::size_t e = 0; e + 1 < value.items.size(); e += 2) {
      auto i = static_cast<std::size_t>(std::find(wanted.begin(), wanted.end(), value.items[e].text.view()) - wanted.begin());
      if (i == wanted.size()) continue;
      given[i] = true;
      if (!fits(from->args[1], value.items[e + 1], want[i], result.items[i], level + 1))
        return inside([&] { return "key `" + std::string(wanted[i]) + "`"; });
    }
    const Type* none = types::basic(TypeKind::none);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (given[i] || want[i]->kind == TypeKind::any || want[i] == none) continue;
      if (want[i]->kind == TypeKind::union_ && types::is_subset(none, want[i])) continue;
      fail(none, Datum(), want[i]);
      misfit.found = "no such key";
      return inside([&] { return "key `" + std::string(wanted[i]) + "`"; });
    }
    return true;
  }
};

}  // namespace

bool convert(const Type* from, const Datum& value, const Type* to, Datum& result, std::string* misfit) {
  Fitting fitting;
  if (fitting.fits(from, value, to, result, 0)) return true;
  if (!misfit) return false;
  misfit->clear();
  for (auto at = fitting.misfit.path.rbegin(); at != fitting.misfit.path.rend(); ++at) *misfit += *at + ", ";
  if (!misfit->empty()) misfit->replace(misfit->size() - 2, 2, ": ");
  *misfit += "expected " + types::show(fitting.misfit.wanted ? fitting.misfit.wanted : to) + ", found " + fitting.misfit.found;
  return false;
}

}  // namespace m31::vm
