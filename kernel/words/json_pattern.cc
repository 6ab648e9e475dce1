#include "kernel/words/json_pattern.h"

#include <bit>
#include <charconv>
#include <cstring>

namespace m31::words {
namespace {

constexpr std::size_t places_max = 256;

static_assert(std::endian::native == std::endian::little);
std::uint64_t word_at(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, 8);
  return word;
}
constexpr std::uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
// The top bit of each byte of the word that is `c`; of bytes behind the first one perhaps more.
constexpr std::uint64_t bytes_equal(std::uint64_t word, unsigned char c) {
  const std::uint64_t x = word ^ ones * c;
  return (x - ones) & ~x & tops;
}
constexpr std::uint64_t bytes_below_space(std::uint64_t word) { return (word - ones * 0x20) & ~word & tops; }

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// The first byte from `p` on that is no digit.
const char* digits_end(const char* p, const char* end) {
  while (end - p >= 8) {
    const std::uint64_t word = word_at(p);
    // A digit is 0x30 .. 0x39: its upper half is 3, also when 6 is added.
    if (((word & 0xf0f0f0f0f0f0f0f0u) | ((word + 0x0606060606060606u) & 0xf0f0f0f0f0f0f0f0u) >> 4) != 0x3333333333333333u) break;
    p += 8;
  }
  while (p < end && is_digit(*p)) ++p;
  return p;
}

// The closing quote of a string whose text begins at `p`; null: there is an escape, or what no string holds.
const char* plain_string_end(const char* p, const char* end) {
  for (; end - p >= 8; p += 8) {
    const std::uint64_t word = word_at(p);
    const std::uint64_t found = bytes_equal(word, '"') | bytes_equal(word, '\\') | bytes_below_space(word);
    if (!found) continue;
    p += std::countr_zero(found) / 8;
    return *p == '"' ? p : nullptr;
  }
  for (; p < end; ++p) {
    if (*p == '"') return p;
    if (*p == '\\' || static_cast<unsigned char>(*p) < 0x20) return nullptr;
  }
  return nullptr;
}

// A number without an exponent, of 18 digits at most where it is whole: where it ends, or null. `cell`: where it goes, or null.
const char* read_number(const char* p, const char* end, Cell* cell) {
  const char* const begin = p;
  if (*p == '-') ++p;
  const char* const digits = p;
  p = digits_end(p, end);
  const auto count = static_cast<std::size_t>(p - digits);
  if (count == 0 || count > 18 || (*digits == '0' && count > 1)) return nullptr;
  const bool whole = p == end || *p != '.';
  if (!whole) {
    const char* const behind = p + 1;
    p = digits_end(behind, end);
    if (p == behind || p - behind > 300) return nullptr;
  }
  if (p < end && (*p == 'e' || *p == 'E')) return nullptr;
  if (!cell) return p;
  if (whole) {
    std::int64_t value = 0;
    for (const char* d = digits; d < p; ++d) value = 10 * value + (*d - '0');
    cell->state = Cell::State::integer;
    cell->integer = *begin == '-' ? -value : value;
    return p;
  }
  cell->state = Cell::State::real;
  return std::from_chars(begin, p, cell->real).ec == std::errc() ? p : nullptr;
}

bool begins_with(const char* p, const char* end, std::string_view text) {
  return static_cast<std::size_t>(end - p) >= text.size() && std::memcmp(p, text.data(), text.size()) == 0;
}

// A scalar that begins at `p`: where it ends, or null.
const char* read_scalar(const char* p, const char* end, Cell* cell) {
  if (p == end) return nullptr;
  switch (*p) {
    case '"': {
      const char* const quote = plain_string_end(p + 1, end);
      if (quote && cell) {
        cell->state = Cell::State::text;
        cell->text = {p + 1, quote};
      }
      return quote ? quote + 1 : nullptr;
    }
    case 't':
    case 'f': {
      const bool value = *p == 't';
      const std::string_view word = value ? "true" : "false";
      if (!begins_with(p, end, word)) return nullptr;
      if (cell) {
        cell->state = Cell::State::boolean;
        cell->integer = value;
      }
      return p + word.size();
    }
    case 'n':
      if (!begins_with(p, end, "null")) return nullptr;
      if (cell) cell->state = Cell::State::none;
      return p + 4;
    default: return read_number(p, end, cell);
  }
}

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

void JsonPattern::add(std::string_view before, int column) {
  Place& place = places_.emplace_back();
  place.before = before;
  place.column = column;
  char bytes[16] = {}, mask[16] = {};
  const std::size_t size = before.size() < 16 ? before.size() : 16;
  std::memcpy(bytes, before.data(), size);
  std::memset(mask, 0xff, size);
  place.low = word_at(bytes);
  place.high = word_at(bytes + 8);
  place.low_mask = word_at(mask);
  place.high_mask = word_at(mask + 8);
}

void JsonPattern::learn(std::string_view line, const RowShape& shape) {
  forget();
  const char* const end = line.data() + line.size();
  const char* p = line.data();
  const char* text = p;              // what stands before the next value begins here
  const auto skip_white = [&] {
    while (p < end && is_white(*p)) ++p;
  };
  skip_white();
  if (p == end || *p++ != '{') return;
  skip_white();
  // The line is valid JSON: only what a pattern cannot hold has to be noticed.
  while (p < end && *p == '"' && places_.size() < places_max) {
    const char* const key = p + 1;
    const char* const key_end = plain_string_end(key, end);
    if (!key_end) return forget();
    p = key_end + 1;
    skip_white();
    if (p == end || *p++ != ':') return forget();
    skip_white();
    const char* const value_end = read_scalar(p, end, nullptr);
    if (!value_end) return forget();
    add({text, p}, shape.find({key, key_end}));
    text = p = value_end;
    skip_white();
    if (p == end || *p != ',') break;
    ++p;
    skip_white();
  }
  if (p == end || *p != '}') return forget();
  add({text, end}, -1);
}

bool JsonPattern::matches(const Place& place, const char* at, const char* end) {
  const std::size_t size = place.before.size();
  if (static_cast<std::size_t>(end - at) < size) return false;
  if (end - at < 16) return std::memcmp(at, place.before.data(), size) == 0;
  const std::uint64_t differs = ((word_at(at) & place.low_mask) ^ place.low) | ((word_at(at + 8) & place.high_mask) ^ place.high);
  if (differs) return false;
  return size <= 16 || std::memcmp(at + 16, place.before.data() + 16, size - 16) == 0;
}

bool JsonPattern::match(std::string_view line, std::span<Cell> cells) const {
  const char* p = line.data();
  const char* const end = p + line.size();
  const Place* place = places_.data();
  for (const Place* const last = place + places_.size() - 1; place != last; ++place) {
    if (!matches(*place, p, end)) return false;
    p = read_scalar(p + place->before.size(), end, place->column < 0 ? nullptr : &cells[static_cast<std::size_t>(place->column)]);
    if (!p) return false;
  }
  return matches(*place, p, end) && p + place->before.size() == end;
}

}  // namespace m31::words
