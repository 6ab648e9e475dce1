#include "runtime/progress_text.h"

#include <algorithm>
#include <iterator>

namespace m31::runtime {
namespace {

constexpr const char* units[] = {" bytes", " kB", " MB", " GB", " TB", " PB"};

std::size_t unit_of(std::uint64_t bytes) {
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < std::size(units); ++unit) bytes /= 1000;
  return unit;
}

std::string number_in(std::size_t unit, std::uint64_t bytes) {
  std::uint64_t one = 1;
  for (std::size_t i = 0; i < unit; ++i) one *= 1000;
  const std::string whole = std::to_string(bytes / one);
  return unit == 0 ? whole : whole + "." + std::to_string(bytes % one / (one / 10));
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  const std::size_t unit = unit_of(bytes);
  return number_in(unit, bytes) + (bytes == 1 ? " byte" : units[unit]);
}

std::string progress_text(std::uint64_t done, std::uint64_t total, bool is_records, std::uint64_t elapsed_ns) {
  const double seconds = std::max(static_cast<double>(elapsed_ns) / 1e9, 1e-3);
  const double rate = static_cast<double>(done) / seconds;
  const auto each_second = static_cast<std::uint64_t>(rate);
  std::string text;
  if (is_records) {
    text = std::to_string(done) + (total > 0 ? " of " + std::to_string(total) : "") + " records, " + std::to_string(each_second) + "/s";
  } else {
    text = total > 0 ? number_in(unit_of(total), done) + " of " + size_text(total) : size_text(done);
    text += ", " + size_text(each_second) + "/s";
  }
  if (total > 0 && rate > 0) text += ", " + std::to_string(static_cast<std::uint64_t>(static_cast<double>(total - done) / rate + 0.5)) + " s left";
  return text;
}

}  // namespace m31::runtime
