#include "kernel/code/fold.h"

#include <optional>

namespace m31::code {
namespace {

using core::Expr;
using core::Op;
using core::Prim;

std::optional<std::int64_t> int_of(const Expr& expr) {
  if (expr.op != Op::integer && expr.op != Op::boolean) return std::nullopt;
  return expr.integer;
}

// None where it would raise: that happens when it runs, if it runs.
std::optional<std::int64_t> fold_int(Prim prim, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (prim) {
    case Prim::int_add: return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Prim::int_sub: return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Prim::int_mul: return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Prim::int_floordiv:
      if (b <= 0) return std::nullopt;
      result = a / b;
      return result * b != a && a < 0 ? result - 1 : result;
    case Prim::int_mod:
      if (b <= 0) return std::nullopt;
      result = a % b;
      return result < 0 ? result + b : result;
    case Prim::bit_and: return a & b;
    case Prim::bit_or: return a | b;
    case Prim::bit_xor: return a ^ b;
    case Prim::int_eq: return a == b;
    case Prim::int_ne: return a != b;
    case Prim::int_lt: return a < b;
    case Prim::int_le: return a <= b;
    case Prim::int_gt: return a > b;
    case Prim::int_ge: return a >= b;
    default: return std::nullopt;
  }
}

std::optional<double> fold_real(Prim prim, double a, double b) {
  switch (prim) {
    case Prim::float_add: return a + b;
    case Prim::float_sub: return a - b;
    case Prim::float_mul: return a * b;
    case Prim::float_div: return b == 0 ? std::nullopt : std::optional(a / b);
    default: return std::nullopt;
  }
}

Expr* constant(const Expr& expr, Arena& arena, Op op) {
  Expr* made = arena.make<Expr>();
  made->op = op;
  made->site = expr.site;
  made->type = expr.type;
  made->span = expr.span;
  return made;
}

const Expr* fold_prim(const Expr& expr, Arena& arena) {
  auto prim = static_cast<Prim>(expr.index);
  Op op = expr.type->kind == types::TypeKind::boolean ? Op::boolean : Op::integer;
  auto int_result = [&](std::int64_t value) {
    Expr* made = constant(expr, arena, op);
    made->integer = value;
    return made;
  };
  auto real_result = [&](double value) {
    Expr* made = constant(expr, arena, Op::real);
    made->real = value;
    return made;
  };
  if (expr.kids.size() == 1) {
    auto a = int_of(*expr.kids[0]);
    if (prim == Prim::not_ && a) return int_result(!*a);
    if (prim == Prim::int_neg && a && *a != INT64_MIN) return int_result(-*a);
    if (prim == Prim::int_to_float && a) return real_result(static_cast<double>(*a));
    if (prim == Prim::float_neg && expr.kids[0]->op == Op::real) return real_result(-expr.kids[0]->real);
    return nullptr;
  }
  if (expr.kids.size() != 2) return nullptr;
  const Expr& a = *expr.kids[0];
  const Expr& b = *expr.kids[1];
  if (a.op == Op::real && b.op == Op::real) {
    auto value = fold_real(prim, a.real, b.real);
    return value ? real_result(*value) : nullptr;
  }
  auto x = int_of(a), y = int_of(b);
  if (prim == Prim::int_add && x == 0) return &b;
  if ((prim == Prim::int_add || prim == Prim::int_sub) && y == 0) return &a;
  if (!x || !y) return nullptr;
  auto value = fold_int(prim, *x, *y);
  return value ? int_result(*value) : nullptr;
}

}  // namespace

const Expr* fold(const Expr& expr, Arena& arena) {
  if (expr.op == Op::prim) return fold_prim(expr, arena);
  if (expr.op == Op::if_ && expr.kids[0]->op == Op::boolean) {
    const Expr* branch = expr.kids[0]->integer ? expr.kids[1] : expr.kids[2];
    return branch->type == expr.type ? branch : nullptr;
  }
  return nullptr;
}

}  // namespace m31::code
