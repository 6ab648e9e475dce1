// Words on numbers.
#include <bit>
#include <cmath>
#include <limits>

#include "kernel/vm/native.h"

namespace m31::vm {
namespace {

NativeStatus done(NativeCall& call, Slot value) {
  *call.result = value;
  return NativeStatus::done;
}

NativeStatus to_int(NativeCall& call, double value) {
  if (!(value >= -0x1p63 && value < 0x1p63)) return call.raise("Overflow", "the number does not fit in an Int");
  return done(call, static_cast<Slot>(static_cast<std::int64_t>(value)));
}

template <double (*f)(double)>
NativeStatus real(NativeCall& call) {
  return done(call, slot_of_float(f(float_of(call.args[0]))));
}
template <double (*f)(double)>
NativeStatus whole(NativeCall& call) {
  return to_int(call, f(float_of(call.args[0])));
}

NativeStatus float_int(NativeCall& call) {
  return done(call, slot_of_float(static_cast<double>(static_cast<std::int64_t>(call.args[0]))));
}
NativeStatus arc_tangent(NativeCall& call) {
  return done(call, slot_of_float(std::atan2(float_of(call.args[0]), float_of(call.args[1]))));
}

double truncate(double x) { return std::trunc(x); }
double down(double x) { return std::floor(x); }
double up(double x) { return std::ceil(x); }
double nearest(double x) { return std::round(x); }
double root(double x) { return std::sqrt(x); }
double power_of_e(double x) { return std::exp(x); }
double logarithm(double x) { return std::log(x); }
double sine(double x) { return std::sin(x); }
double cosine(double x) { return std::cos(x); }
double tangent(double x) { return std::tan(x); }

template <double (*f)(double, double)>
NativeStatus real_pair(NativeCall& call) {
  return done(call, slot_of_float(f(float_of(call.args[0]), float_of(call.args[1]))));
}
double logarithm2(double x) { return std::log2(x); }
double logarithm10(double x) { return std::log10(x); }
double cube_root(double x) { return std::cbrt(x); }
double arc_sine(double x) { return std::asin(x); }
double arc_cosine(double x) { return std::acos(x); }
double arc_tangent_of(double x) { return std::atan(x); }
double hyperbolic_sine(double x) { return std::sinh(x); }
double hyperbolic_cosine(double x) { return std::cosh(x); }
double hyperbolic_tangent(double x) { return std::tanh(x); }
double long_side(double x, double y) { return std::hypot(x, y); }

NativeStatus ones(NativeCall& call) { return done(call, static_cast<Slot>(std::popcount(call.args[0]))); }

constexpr NativeEntry entries[] = {
    {"float.int", float_int},
    {"trunc.float", whole<truncate>},
    {"floor.float", whole<down>},
    {"ceil.float", whole<up>},
    {"round.float", whole<nearest>},
    {"sqrt.float", real<root>},
    {"exp.float", real<power_of_e>},
    {"log.float", real<logarithm>},
    {"sin.float", real<sine>},
    {"cos.float", real<cosine>},
    {"tan.float", real<tangent>},
    {"atan2.float", arc_tangent},
    {"log2.float", real<logarithm2>},
    {"log10.float", real<logarithm10>},
    {"cbrt.float", real<cube_root>},
    {"asin.float", real<arc_sine>},
    {"acos.float", real<arc_cosine>},
    {"atan.float", real<arc_tangent_of>},
    {"sinh.float", real<hyperbolic_sine>},
    {"cosh.float", real<hyperbolic_cosine>},
    {"tanh.float", real<hyperbolic_tangent>},
    {"hypot.float", real_pair<long_side>},
    {"popcount.int", ones},
};

}  // namespace

extern const NativeTable number_natives;
const NativeTable number_natives(entries);

}  // namespace m31::vm
