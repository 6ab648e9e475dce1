#include <fmt/format.h>

#include <cmath>

#include "kernel/vm/ops.h"
#include "kernel/vm/raise.h"

namespace m31::vm {

bool raise_overflow(Fibril& f, const char* op, Slot a, Slot b) {
  return raise_error(f, "Overflow", fmt::format("{} {} {} does not fit in an Int", static_cast<std::int64_t>(a), op,
                                                static_cast<std::int64_t>(b)));
}

bool raise_shift(Fibril& f, Slot by) {
  return raise_error(f, "ValueError", fmt::format("a shift by {} is not one by 0 to 63 bits", static_cast<std::int64_t>(by)));
}

static bool raise_zero(Fibril& f, const char* op, std::int64_t a) {
  return raise_error(f, "DivideByZero", fmt::format("{} {} 0", a, op));
}

bool op_floordiv(Fibril& f, Slot x, Slot y, Slot* result) {
  auto a = static_cast<std::int64_t>(x), b = static_cast<std::int64_t>(y);
  if (b == 0) return raise_zero(f, "//", a);
  if (b == -1) {
    std::int64_t negated;
    if (__builtin_sub_overflow(std::int64_t{0}, a, &negated)) return raise_overflow(f, "//", x, y);
    *result = static_cast<Slot>(negated);
    return true;
  }
  std::int64_t quotient = a / b;
  if (a % b != 0 && (a < 0) != (b < 0)) --quotient;
  *result = static_cast<Slot>(quotient);
  return true;
}

bool op_mod(Fibril& f, Slot x, Slot y, Slot* result) {
  auto a = static_cast<std::int64_t>(x), b = static_cast<std::int64_t>(y);
  if (b == 0) return raise_zero(f, "%", a);
  if (b == -1) {
    *result = 0;
    return true;
  }
  std::int64_t rest = a % b;
  if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
  *result = static_cast<Slot>(rest);
  return true;
}

bool op_pow(Fibril& f, Slot x, Slot y, Slot* result) {
  auto base = static_cast<std::int64_t>(x), exponent = static_cast<std::int64_t>(y);
  if (exponent < 0)
    return raise_error(f, "ValueError", fmt::format("{} ** {}: a negative exponent of an Int", base, exponent));
  std::int64_t power = 1;
  for (std::int64_t left = exponent; left > 0; left >>= 1) {
    if ((left & 1) && __builtin_mul_overflow(power, base, &power)) return raise_overflow(f, "**", x, y);
    if (left > 1 && __builtin_mul_overflow(base, base, &base)) return raise_overflow(f, "**", x, y);
  }
  *result = static_cast<Slot>(power);
  return true;
}

bool op_float_floordiv(Fibril& f, Slot a, Slot b, Slot* result) {
  if (float_of(b) == 0) return raise_error(f, "DivideByZero", fmt::format("{} // 0.0", float_of(a)));
  *result = slot_of_float(std::floor(float_of(a) / float_of(b)));
  return true;
}

bool op_float_mod(Fibril& f, Slot a, Slot b, Slot* result) {
  double divisor = float_of(b);
  if (divisor == 0) return raise_error(f, "DivideByZero", fmt::format("{} % 0.0", float_of(a)));
  double rest = std::fmod(float_of(a), divisor);
  if (rest != 0 && (rest < 0) != (divisor < 0)) rest += divisor;
  *result = slot_of_float(rest);
  return true;
}

}  // namespace m31::vm
