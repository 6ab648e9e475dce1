#include "kernel/calendar/zone.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "kernel/calendar/zone_table.h"

namespace m31::calendar {
namespace {

constexpr std::int64_t day_s = 86'400;

std::uint32_t be32(const char* at) {
  std::uint32_t word;
  std::memcpy(&word, at, 4);
  return __builtin_bswap32(word);
}
std::int64_t be64(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, 8);
  return static_cast<std::int64_t>(__builtin_bswap64(word));
}

struct Parts {                       // of TZif data
  std::uint32_t time_count, type_count, char_count;
  const char *times, *indices, *types, *chars;
  std::string_view rule;             // the POSIX TZ text
};

Parts parts_of(std::string_view data) {
  Parts parts;
  const std::uint32_t isut = be32(data.data() + 20), isstd = be32(data.data() + 24), leap = be32(data.data() + 28);
  parts.time_count = be32(data.data() + 32);
  parts.type_count = be32(data.data() + 36);
  parts.char_count = be32(data.data() + 40);
  parts.times = data.data() + 44;
  parts.indices = parts.times + 8 * std::size_t{parts.time_count};
  parts.types = parts.indices + parts.time_count;
  parts.chars = parts.types + 6 * std::size_t{parts.type_count};
  const auto after = static_cast<std::size_t>(parts.chars - data.data()) + parts.char_count + 12 * std::size_t{leap} + isstd + isut;
  parts.rule = data.substr(after + 1, data.size() - after - 2);   // between two line ends
  return parts;
}

LocalTime type_at(const Parts& parts, std::uint32_t index) {
  const char* type = parts.types + 6 * std::size_t{index};
  return {static_cast<std::int32_t>(be32(type)), type[4] != 0, parts.chars + static_cast<unsigned char>(type[5])};
}

// ---- the proleptic Gregorian calendar ----
std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0); }
bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
std::int64_t days_before_year(std::int64_t year) {   // from 1970-01-01
  const std::int64_t y = year - 1;
  return 365 * (year - 1970) + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) - 477;
}
std::int64_t year_of(std::int64_t utc_s) {
  std::int64_t year = 1970 + floor_div(utc_s, 31'556'952);
  while (days_before_year(year) * day_s > utc_s) --year;
  while (days_before_year(year + 1) * day_s <= utc_s) ++year;
  return year;
}

// ---- the rule after the last change: "CET-1CEST,M3.5.0,M10.5.0/3" ----
struct Change {
  char kind = 'M';                   // M month.week.day, J day 1..365 without 29 February, 0 day 0..365
  int month = 3, week = 2, day = 0;
  std::int64_t time_s = 7200;
};
struct Rule {
  std::string standard, summer;
  std::int64_t standard_s = 0, summer_s = 0;
  bool has_summer = false;
  Change begin, end;
};

class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_(text) {}
  Rule read() {
    Rule rule;
    rule.standard = name();
    rule.standard_s = -seconds();
    if (text_.empty()) return rule;
    rule.has_summer = true;
    rule.summer = name();
    rule.summer_s = text_.empty() || text_[0] == ',' ? rule.standard_s + 3600 : -seconds();
    if (take(',')) rule.begin = change();
    if (take(',')) rule.end = change();
    return rule;
  }

 private:
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::string name() {
    std::size_t size = 0;
    if (take('<')) {
      size = std::min(text_.find('>'), text_.size());
      std::string found(text_.substr(0, size));
      text_.remove_prefix(std::min(size + 1, text_.size()));
      return found;
    }
    while (size < text_.size() && ((text_[size] | 32) >= 'a' && (text_[size] | 32) <= 'z')) ++size;
    std::string found(text_.substr(0, size));
    text_.remove_prefix(size);
    return found;
  }
  int number() {
    int value = 0;
    while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9') {
      value = std::min(value * 10 + (text_[0] - '0'), 100'000);
      text_.remove_prefix(1);
    }
    return value;
  }
  std::int64_t seconds() {
    const bool negative = take('-');
    if (!negative) take('+');
    std::int64_t total = std::int64_t{number()} * 3600;
    if (take(':')) total += number() * 60;
    if (take(':')) total += number();
    return negative ? -total : total;
  }
  Change change() {
    Change made;
    if (take('M')) {
      made.month = std::clamp(number(), 1, 12);
      take('.');
      made.week = number();
      take('.');
      made.day = number();
    } else {
      made.kind = take('J') ? 'J' : '0';
      made.day = number();
    }
    if (take('/')) made.time_s = seconds();
    return made;
  }
  std::string_view text_;
};

// Seconds of the wall clock, in the year.
std::int64_t local_change(const Change& change, std::int64_t year) {
  const std::int64_t first = days_before_year(year);
  if (change.kind == 'J') return (first + change.day - 1 + (is_leap(year) && change.day >= 60)) * day_s + change.time_s;
  if (change.kind == '0') return (first + change.day) * day_s + change.time_s;
  static constexpr int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
  const int month = change.month;
  const std::int64_t month_first = first + before[month - 1] + (is_leap(year) && month > 2);
  const std::int64_t month_days = before[month] - before[month - 1] + (is_leap(year) && month == 2);
  const std::int64_t weekday = ((month_first + 4) % 7 + 7) % 7;    // 0 Sunday
  std::int64_t day = (change.day - weekday + 7) % 7 + 7 * (change.week - 1);
  while (day >= month_days) day -= 7;
  return (month_first + day) * day_s + change.time_s;
}

LocalTime by_rule(std::string_view text, std::int64_t utc_s) {
  const Rule rule = RuleReader(text).read();
  const LocalTime standard{static_cast<std::int32_t>(rule.standard_s), false, rule.standard};
  if (!rule.has_summer) return standard;
  const std::int64_t year = year_of(utc_s + rule.standard_s);
  const std::int64_t begin = local_change(rule.begin, year) - rule.standard_s, end = local_change(rule.end, year) - rule.summer_s;
  const bool summer = begin < end ? begin <= utc_s && utc_s < end : !(end <= utc_s && utc_s < begin);
  return summer ? LocalTime{static_cast<std::int32_t>(rule.summer_s), true, rule.summer} : standard;
}

// "+05:30", "-08", "+0530": seconds.
std::optional<std::int32_t> fixed_distance(std::string_view text) {
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  std::string digits;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == ':' && i == 3) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    digits += text[i];
  }
  if (digits.size() != 2 && digits.size() != 4) return std::nullopt;
  const int hours = (digits[0] - '0') * 10 + digits[1] - '0', minutes = digits.size() == 4 ? (digits[2] - '0') * 10 + digits[3] - '0' : 0;
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

}  // namespace

std::optional<Zone> Zone::find(std::string_view name) {
  Zone zone;
  zone.name_ = name;
  if (name == "UTC" || name == "Z") {
    zone.name_ = "UTC";
    return zone;
  }
  if (auto fixed = fixed_distance(name)) {
    zone.fixed_s_ = *fixed;
    return zone;
  }
  const ZoneName* end = zone_names + zone_count;
  const ZoneName* found = std::lower_bound(zone_names, end, name, [](const ZoneName& a, std::string_view b) { return a.name < b; });
  if (found == end || found->name != name) return std::nullopt;
  zone.data_ = {zone_bytes + found->at, found->size_bytes};
  return zone;
}

LocalTime Zone::at(std::int64_t utc_s) const {
  if (data_.empty()) return {fixed_s_, false, name_};
  const Parts parts = parts_of(data_);
  std::uint32_t low = 0, high = parts.time_count;                  // the first change behind utc_s
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (be64(parts.times + 8 * std::size_t{middle}) <= utc_s) low = middle + 1;
    else high = middle;
  }
  if (low == parts.time_count && !parts.rule.empty()) return by_rule(parts.rule, utc_s);
  return type_at(parts, low ? static_cast<unsigned char>(parts.indices[low - 1]) : 0);
}

std::int32_t Zone::offset_of_local(std::int64_t local_s) const {
  const std::int32_t before = at(local_s - day_s).offset_s, after = at(local_s + day_s).offset_s;
  if (before == after) return before;
  if (at(local_s - before).offset_s == before) return before;
  return at(local_s - after).offset_s == after ? after : before;
}

}  // namespace m31::calendar
