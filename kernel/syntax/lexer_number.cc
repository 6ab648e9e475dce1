// Numbers: 42 1_000 0xff 0b101 0o17 1.5e3, durations (5s 250ms 1.5h) and sizes (64mb 4kib).
#include <charconv>
#include <cmath>

#include "kernel/syntax/lexer_core.h"

namespace m31::syntax {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Unit {
  std::string_view name;
  std::uint64_t factor;   // nanoseconds or bytes
  bool duration;
};
constexpr Unit units[] = {
    {"ns", 1, true},
    {"us", 1'000, true},
    {"ms", 1'000'000, true},
    {"s", 1'000'000'000, true},
    {"min", 60'000'000'000, true},
    {"h", 3'600'000'000'000, true},
    {"d", 86'400'000'000'000, true},
    {"kb", 1'000, false},
    {"mb", 1'000'000, false},
    {"gb", 1'000'000'000, false},
    {"tb", 1'000'000'000'000, false},
    {"kib", 1ull << 10, false},
    {"mib", 1ull << 20, false},
    {"gib", 1ull << 30, false},
    {"tib", 1ull << 40, false},
};

constexpr std::uint64_t magnitude_max = 1ull << 63;   // of -9223372036854775808

}  // namespace

void Lexer::based_number(unsigned base) {
  std::uint32_t begin = at_;
  at_ += 2;
  std::uint64_t value = 0;
  bool any = false, overflow = false, wrong = false;
  for (; at_ < size_ && is_name_char(text_[at_]); ++at_) {
    char c = text_[at_];
    if (c == '_') continue;
    unsigned digit = is_digit(c) ? static_cast<unsigned>(c - '0')
                     : (c >= 'a' && c <= 'f') ? static_cast<unsigned>(c - 'a' + 10)
                     : (c >= 'A' && c <= 'F') ? static_cast<unsigned>(c - 'A' + 10)
                                              : 99;
    if (digit >= base) {
      wrong = true;
      continue;
    }
    any = true;
    if (value > (~0ull - digit) / base) overflow = true;
    value = value * base + digit;
  }
  if (!any || wrong)
    error(begin, at_, "`" + std::string(slice(begin, at_)) + "` is not a number of base " + std::to_string(base),
          base == 2 ? "its digits are 0 and 1" : base == 8 ? "its digits are 0 to 7" : "its digits are 0 to 9 and a to f");
  else if (overflow || value > magnitude_max)
    error(begin, at_, "this number does not fit into an Int", "an Int goes up to 9223372036854775807");
  push(Tok::int_number, begin).magnitude = value > magnitude_max ? 0 : value;
}

void Lexer::number() {
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) return based_number(16);
  if (peek() == '0' && (peek(1) == 'b' || peek(1) == 'B') && (is_digit(peek(2)) || peek(2) == '_')) return based_number(2);
  if (peek() == '0' && (peek(1) == 'o' || peek(1) == 'O')) return based_number(8);
  std::uint32_t begin = at_;
  std::string digits;
  auto take_digits = [&] {
    for (; at_ < size_ && (is_digit(text_[at_]) || (text_[at_] == '_' && is_digit(peek(1)))); ++at_)
      if (text_[at_] != '_') digits += text_[at_];
  };
  take_digits();
  bool real = false;
  if (peek() == '.' && is_digit(peek(1))) {
    real = true;
    digits += '.';
    ++at_;
    take_digits();
  }
  if (peek() == 'e' || peek() == 'E') {
    unsigned sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if (is_digit(peek(1 + sign))) {
      real = true;
      digits += 'e';
      if (peek(1) == '-') digits += '-';
      at_ += 1 + sign;
      take_digits();
    }
  }
  std::uint64_t whole = 0;
  double value = 0;
  bool overflow = false;
  if (real) {
    auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code == std::errc::result_out_of_range) {
      // Too small is zero, too large is an error.
      std::size_t exponent = digits.find('e');
      overflow = exponent == std::string::npos || digits[exponent + 1] != '-';
      value = 0;
    }
  } else {
    auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    overflow = code != std::errc() || whole > magnitude_max;
    value = static_cast<double>(whole);
  }
  if (overflow) {
    error(begin, at_, real ? "this number does not fit into a Float" : "this number does not fit into an Int",
          real ? "" : "an Int goes up to 9223372036854775807; with `.0` it is a Float");
    whole = 0;
    value = 0;
  }
  if (at_ < size_ && (is_name_start(text_[at_]) || static_cast<unsigned char>(text_[at_]) >= 0x80))
    if (unit(begin, real, whole, value)) return;
  if (real)
    push(Tok::float_number, begin).real = value;
  else
    push(Tok::int_number, begin).magnitude = whole;
}

bool Lexer::unit(std::uint32_t begin, bool real, std::uint64_t whole, double value) {
  std::uint32_t name_begin = at_;
  while (at_ < size_ && is_name_char(text_[at_])) ++at_;
  if (at_ == name_begin) return false;
  std::string_view name = slice(name_begin, at_);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    unsigned __int128 exact = static_cast<unsigned __int128>(whole) * unit.factor;
    double scaled = std::nearbyint(value * static_cast<double>(unit.factor));
    if (real ? !(scaled < 9.2e18) : exact > magnitude_max - 1) {
      error(begin, at_, unit.duration ? "this duration is too long" : "this size is too large");
      exact = 0;
      scaled = 0;
    }
    push(unit.duration ? Tok::duration : Tok::int_number, begin).magnitude =
        real ? static_cast<std::uint64_t>(scaled) : static_cast<std::uint64_t>(exact);
    out_.tokens.back().text = slice(begin, at_);
    return true;
  }
  error(name_begin, at_, "`" + std::string(name) + "` is no unit",
        "units are ns us ms s min h d and kb mb gb tb kib mib gib tib; a name does not begin with a digit");
  push(real ? Tok::float_number : Tok::int_number, begin).magnitude = 0;
  return true;
}

}  // namespace m31::syntax
