#include "kernel/data/order.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace m31::data {
namespace {

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int compare_floats(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return three_way(std::isnan(a), std::isnan(b));
  return three_way(a, b);
}

int compare_bytes(std::string_view a, std::string_view b) {
  std::size_t shorter = std::min(a.size(), b.size());
  int order = shorter ? std::memcmp(a.data(), b.data(), shorter) : 0;
  return order ? order : three_way(a.size(), b.size());
}

int compare_items(const std::vector<Datum>& a, const std::vector<Datum>& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
    if (int order = compare(a[i], b[i])) return order;
  return three_way(a.size(), b.size());
}

std::vector<std::size_t> entries_by_key(const Datum& map) {
  std::vector<std::size_t> entries;
  for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) entries.push_back(i);
  std::sort(entries.begin(), entries.end(),
            [&](std::size_t a, std::size_t b) { return compare(map.items[a], map.items[b]) < 0; });
  return entries;
}

int compare_maps(const Datum& a, const Datum& b) {
  std::vector<std::size_t> in_a = entries_by_key(a);
  std::vector<std::size_t> in_b = entries_by_key(b);
  for (std::size_t i = 0; i < in_a.size() && i < in_b.size(); ++i)
    for (std::size_t part = 0; part < 2; ++part)
      if (int order = compare(a.items[in_a[i] + part], b.items[in_b[i] + part])) return order;
  return three_way(in_a.size(), in_b.size());
}

}  // namespace

int compare(const Datum& a, const Datum& b) {
  if (a.kind != b.kind) return three_way(a.kind, b.kind);
  switch (a.kind) {
    case DatumKind::none: return 0;
    case DatumKind::boolean:
    case DatumKind::integer: return three_way(a.integer, b.integer);
    case DatumKind::real: return compare_floats(a.real, b.real);
    case DatumKind::text:
    case DatumKind::handle: return compare_bytes(a.text.view(), b.text.view());
    case DatumKind::items: return a.tag != b.tag ? three_way(a.tag, b.tag) : compare_items(a.items, b.items);
    case DatumKind::pairs: return compare_maps(a, b);
    case DatumKind::boxed:
      if (a.type != b.type) {
        int order = compare_bytes(types::show(a.type), types::show(b.type));
        return order ? order : three_way(a.type->id, b.type->id);
      }
      return compare_items(a.items, b.items);
  }
  return 0;
}

}  // namespace m31::data
