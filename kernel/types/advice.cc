// The nearest name: Damerau-Levenshtein (optimal string alignment), ignoring case for half the cost.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {
namespace {

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// In halves of an edit.
unsigned distance(std::string_view a, std::string_view b, unsigned limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<unsigned> before2, before(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) before[j] = static_cast<unsigned>(2 * j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<unsigned>(2 * i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      unsigned change = a[i - 1] == b[j - 1] ? 0u : fold(a[i - 1]) == fold(b[j - 1]) ? 1u : 2u;
      row[j] = std::min({before[j] + 2, row[j - 1] + 2, before[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before2[j - 2] + 2);
    }
    before2 = before;
    before = row;
  }
  return before[b.size()];
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  unsigned best = static_cast<unsigned>(name.size() <= 2 ? 2 : name.size() <= 5 ? 3 : 5);
  std::string found;
  for (const std::string& each : candidates) {
    if (each == name || each.empty()) continue;
    unsigned d = distance(name, each, best);
    if (d < best || (d == best && (found.empty() || each < found))) {
      if (d >= 2 * name.size()) continue;
      best = d;
      found = each;
    }
  }
  return found;
}

}  // namespace m31::types
