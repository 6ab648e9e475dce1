// Values: constants, variables, construction, parts, primitives.
#include <algorithm>
#include <tuple>
#include <utility>

#include "kernel/base/ensure.h"
#include "kernel/code/codegen.h"
#include "kernel/code/purity.h"
#include "kernel/vm/value.h"

namespace m31::code {

using core::Prim;
using CoreOp = core::Op;
using types::TypeKind;

namespace {

constexpr std::size_t window_items_max = 48;   // longer literals are built in pieces

bool fits_immediate(const core::Expr& expr) {
  return expr.op == CoreOp::integer && expr.integer >= INT16_MIN && expr.integer <= INT16_MAX;
}

std::uint32_t imm(std::int64_t value) { return static_cast<std::uint16_t>(static_cast<std::int16_t>(value)); }

// The leading words of wide values differ by constructor: where a field lies is then known only at run time.
bool has_wide_constructor(const types::Type* type) {
  return std::any_of(type->constructors.begin(), type->constructors.end(),
                     [](const types::Constructor& each) { return each.types.size() + 1 > 32; });
}

struct PrimOp {
  Prim prim;
  Op op;
};
constexpr PrimOp prim_ops[] = {
    {Prim::int_add, Op::add},           {Prim::int_sub, Op::sub},
    {Prim::int_mul, Op::mul},           {Prim::int_floordiv, Op::floordiv},
    {Prim::int_mod, Op::mod},           {Prim::int_pow, Op::pow},
    {Prim::int_neg, Op::neg},           {Prim::wrap_add, Op::wrap_add},
    {Prim::wrap_sub, Op::wrap_sub},     {Prim::wrap_mul, Op::wrap_mul},
    {Prim::bit_and, Op::bit_and},       {Prim::bit_or, Op::bit_or},
    {Prim::bit_xor, Op::bit_xor},       {Prim::bit_not, Op::bit_not},
    {Prim::shl, Op::shl},               {Prim::shr, Op::shr},
    {Prim::int_eq, Op::eq},             {Prim::int_ne, Op::ne},
    {Prim::int_lt, Op::lt},             {Prim::int_le, Op::le},
    {Prim::float_add, Op::float_add},   {Prim::float_sub, Op::float_sub},
    {Prim::float_mul, Op::float_mul},   {Prim::float_div, Op::float_div},
    {Prim::float_floordiv, Op::float_floordiv}, {Prim::float_mod, Op::float_mod},
    {Prim::float_pow, Op::float_pow},   {Prim::float_neg, Op::float_neg},
    {Prim::float_eq, Op::float_eq},     {Prim::float_ne, Op::float_ne},
    {Prim::float_lt, Op::float_lt},     {Prim::float_le, Op::float_le},
    {Prim::int_to_float, Op::int_to_float}, {Prim::not_, Op::not_},
    {Prim::equal, Op::equal},           {Prim::not_equal, Op::not_equal},
    {Prim::less, Op::less},             {Prim::less_equal, Op::less_equal},
    {Prim::is_none, Op::is_none},
};

}  // namespace

std::uint32_t field_slot_number(const types::Type* type, std::uint32_t index) {
  std::size_t count = type->kind == TypeKind::named ? type->constructors[0].types.size() : type->args.size();
  return index + vm::wide_words(static_cast<std::uint32_t>(count));
}

Reg Codegen::gen(const Expr& expr, Use use) {
  if (expr.op == CoreOp::local && (use == Use::borrow || !is_mutable(expr.type))) return local(expr.index);
  if (auto constant = constant_register(expr)) return *constant;
  return gen_temp(expr, use);
}

Reg Codegen::gen_temp(const Expr& expr, Use use) {
  Reg dst = temp();
  gen_to(expr, dst, use);
  return dst;
}

bool Codegen::is_disturbed_by_later(std::span<const Expr* const> kids, std::size_t i) const {
  if (i + 1 >= kids.size()) return false;
  Root root = facts_.root_of(*kids[i]);
  if (root.kind == Root::Kind::none) {
    // A branch of an `if` may be a part of something: its value is looked at as a whole.
    return false;
  }
  if (std::all_of(kids.begin() + static_cast<std::ptrdiff_t>(i) + 1, kids.end(), [](const Expr* kid) {
        return kid->kids.empty() && kid->op != CoreOp::select;
      }))
    return false;
  return facts_.is_disturbed(root, {facts_.range_of(*kids[i]).end, facts_.range_of(*kids.back()).end});
}

// An operand that is an `if` or block whose value is a part: owned, if something later may disturb it.
static bool may_give_part(const core::Expr& expr) {
  switch (expr.op) {
    case CoreOp::block:
    case CoreOp::if_:
    case CoreOp::try_:
    case CoreOp::finally_:
    case CoreOp::place_modify:
    case CoreOp::select: return true;
    default: return false;
  }
}

Reg Codegen::operand(std::span<const Expr* const> kids, std::size_t i) {
  const Expr& expr = *kids[i];
  bool later = i + 1 < kids.size();
  if (is_disturbed_by_later(kids, i)) {
    Reg dst = temp();
    gen_to(expr, dst, Use::own);
    return dst;
  }
  if (later && may_give_part(expr)) return gen(expr, Use::own);
  return gen(expr, Use::borrow);
}

void Codegen::operand_to(std::span<const Expr* const> kids, std::size_t i, Reg dst) {
  bool own = is_disturbed_by_later(kids, i) || (i + 1 < kids.size() && may_give_part(*kids[i]));
  gen_to(*kids[i], dst, own ? Use::own : Use::borrow);
}

Reg Codegen::window_of(std::span<const Expr* const> kids, Use use) {
  auto first = static_cast<Reg>(top_);
  if (kids.empty()) return first;
  for (std::size_t i = 0; i < kids.size(); ++i) {
    Reg dst = temp();
    std::uint32_t keep = top_;
    if (use == Use::own) gen_to(*kids[i], dst, use);
    else operand_to(kids, i, dst);
    top_ = keep;
  }
  return first;
}

void Codegen::read_local(const Expr& expr, Reg dst, Use use) {
  Reg from = local(expr.index);
  if (from == dst) return;
  if (use == Use::own && is_mutable(expr.type)) {
    Draft& draft = define(Op::move_share, dst, expr.type, from);
    bool is_var = expr.index < function_.is_var.size() && function_.is_var[expr.index];
    // A changed parameter or element was marked when it was bound, so it is owned since.
    bool owned = !facts_.is_borrowed(expr.index) || facts_.is_changed(expr.index);
    draft.last_use_moves = owned && !is_var && !facts_.is_hole(expr.index);
    return;
  }
  define(Op::move, dst, expr.type, from);
}

// A part that comes to stand elsewhere is still a part.
void Codegen::mark_part(const Expr& expr, Reg dst, Use use) {
  if (use == Use::own && is_mutable(expr.type)) emit(Op::share, dst);
}

void Codegen::effect(const Expr& expr) {
  Temps scope(*this);
  switch (expr.op) {
    case CoreOp::none:
    case CoreOp::boolean:
    case CoreOp::integer:
    case CoreOp::real:
    case CoreOp::string:
    case CoreOp::bytes:
    case CoreOp::type_const:
    case CoreOp::local: return;
    default: {
      Reg unused = temp();
      dropped_ = true;
      gen_to(expr, unused, Use::borrow);
    }
  }
}

void Codegen::gen_to(const Expr& expr, Reg dst, Use use) {
  Temps scope(*this);
  bool dropped = std::exchange(dropped_, false);
  const auto before = std::pair(offset_, site_);
  stand_at(expr);
  std::span<const Expr* const> kids = expr.kids;
  switch (expr.op) {
    case CoreOp::none:
    case CoreOp::type_const: load_word(dst, 0, expr.type); break;
    case CoreOp::boolean:
    case CoreOp::integer: load_word(dst, static_cast<std::uint64_t>(expr.integer), expr.type); break;
    case CoreOp::real: load_word(dst, vm::slot_of_float(expr.real), expr.type); break;
    case CoreOp::string:
    case CoreOp::bytes: {
      // One object for each text and kind: the kind is part of the key.
      std::string key(expr.text);
      key += expr.op == CoreOp::bytes ? 'b' : 's';
      emit_number(Op::load_string, dst, string_index(key));
      set_reference(dst, true);
      break;
    }
    case CoreOp::local: read_local(expr, dst, use); break;
    case CoreOp::set_local: {
      if (facts_.is_alias(expr.index)) {
        gen_to(*kids[0], local(expr.index), Use::borrow);
      } else {
        gen_to(*kids[0], local(expr.index), Use::own);
      }
      break;
    }
    case CoreOp::global:
      emit_number(Op::get_global, dst, symbol_index(expr.text));
      set_reference(dst, expr.type->is_ref);
      mark_part(expr, dst, use);
      break;
    case CoreOp::set_global: {
      Reg value = gen(*kids[0], Use::own);
      emit_number(Op::set_global, value, symbol_index(expr.text)).extra = type_index(kids[0]->type);
      break;
    }
    case CoreOp::block:
      for (std::size_t i = 0; i < kids.size(); ++i) {
        if (i + 1 == kids.size() && expr.type->kind != TypeKind::none) gen_to(*kids[i], dst, use);
        else effect(*kids[i]);
      }
      if (kids.empty() || (expr.type->kind == TypeKind::none && !dropped)) load_word(dst, 0, expr.type);
      break;
    case CoreOp::if_: gen_if(expr, dst, use); break;
    case CoreOp::while_: gen_while(expr); break;
    case CoreOp::for_range:
    case CoreOp::for_list:
    case CoreOp::for_map: gen_for(expr); break;
    case CoreOp::for_stream: gen_for_stream(expr); break;
    case CoreOp::for_receiver: gen_for_receiver(expr); break;
    case CoreOp::break_: leave({Exit::Kind::to_break, loops_.size() - 1}); break;
    case CoreOp::continue_: leave({Exit::Kind::to_continue, loops_.size() - 1}); break;
    case CoreOp::return_: gen_return(expr); break;
    case CoreOp::try_: gen_try(expr, dst, use); break;
    case CoreOp::finally_: gen_finally(expr, dst, use); break;
    case CoreOp::raise: emit(Op::raise, gen(*kids[0], Use::own)); break;
    case CoreOp::call: gen_call(expr, dst); break;
    case CoreOp::call_closure: gen_call_closure(expr, dst); break;
    case CoreOp::native: gen_native(expr, dst); break;
    case CoreOp::host: gen_host(expr, dst); break;
    case CoreOp::closure: {
      Reg window = window_of(kids, Use::own);
      define(Op::make_closure, dst, expr.type, window, callee_index(expr.callee)).window_count =
          static_cast<std::uint16_t>(kids.size());
      break;
    }
    case CoreOp::spawn: gen_spawn(expr, dst); break;
    case CoreOp::parent: {
      FnCode::CallSite site;
      site.name = "parent";
      site.result = expr.type;
      site.parent_receiver = expr.index == 1;
      emit(Op::parent, top_, site_index(std::move(site)), dst);
      temp();
      set_reference(dst, true);
      break;
    }
    case CoreOp::make_tuple:
    case CoreOp::make_record: 
    case CoreOp::make_variant: {
      std::int32_t tag = expr.op == CoreOp::make_variant ? static_cast<std::int32_t>(expr.index) : -1;
      Reg window = window_of(kids, Use::own);
      define(Op::make_fixed, dst, expr.type, window, shape_index(expr.type, tag)).window_count =
          static_cast<std::uint16_t>(kids.size());
      break;
    }
    case CoreOp::make_list: gen_list(expr, dst); break;
    case CoreOp::make_map: {
      std::size_t first = std::min(kids.size(), 2 * (window_items_max / 2));
      Reg map = kids.size() > first ? temp() : dst;
      {
        Temps pairs(*this);
        Reg window = window_of(kids.first(first), Use::own);
        Draft& draft = define(Op::make_map, map, expr.type, window, static_cast<std::uint32_t>(first / 2));
        draft.window_count = static_cast<std::uint16_t>(first);
        draft.extra = type_index(expr.type);
      }
      for (std::size_t i = first; i < kids.size(); i += 2) {
        Temps pair(*this);
        Reg window = window_of(kids.subspan(i, 2), Use::own);
        emit(Op::map_set, map, window, window + 1u).extra = type_index(expr.type->args[0]);
      }
      if (map != dst) define(Op::move, dst, expr.type, map);
      break;
    }
    case CoreOp::make_range: {
      Reg from = operand(kids, 0), to = operand(kids, 1);
      define(Op::make_range, dst, expr.type, from, to);
      break;
    }
    case CoreOp::concat: {
      Reg joined = kids.size() > window_items_max ? temp() : dst;
      std::size_t done = 0;
      do {
        Temps pieces(*this);
        auto window = static_cast<Reg>(top_);
        std::size_t count = 0;
        if (done) {                        // what was joined before
          define(Op::move, temp(), expr.type, joined);
          ++count;
        }
        for (; done < kids.size() && count < window_items_max; ++done, ++count) {
          Reg piece = temp();
          std::uint32_t keep = top_;
          operand_to(kids, done, piece);
          top_ = keep;
        }
        define(Op::concat, joined, expr.type, window, static_cast<std::uint32_t>(count)).window_count =
            static_cast<std::uint16_t>(count);
      } while (done < kids.size());
      if (joined != dst) define(Op::move, dst, expr.type, joined);
      break;
    }
    case CoreOp::field: {
      if (kids[0]->op == CoreOp::list_get) {
        Reg list = operand(kids[0]->kids, 0), index = operand(kids[0]->kids, 1);
        stand_at(*kids[0]);
        define(Op::list_field, dst, expr.type, list, index).extra = field_slot_number(kids[0]->type, expr.index);
        mark_part(expr, dst, use);
        break;
      }
      Reg from = gen(*kids[0], Use::borrow);
      define(Op::field, dst, expr.type, from, field_slot_number(kids[0]->type, expr.index));
      mark_part(expr, dst, use);
      break;
    }
    case CoreOp::variant_tag: {
      Reg from = gen(*kids[0], Use::borrow);
      if (has_wide_constructor(kids[0]->type)) define(Op::variant_tag, dst, expr.type, from);
      else define(Op::field, dst, expr.type, from, 0);
      break;
    }
    case CoreOp::variant_field: {
      Reg from = gen(*kids[0], Use::borrow);
      bool wide = has_wide_constructor(kids[0]->type);
      define(wide ? Op::variant_field : Op::field, dst, expr.type, from, expr.index + 1);
      mark_part(expr, dst, use);
      break;
    }
    case CoreOp::list_get: {
      Reg list = operand(kids, 0), index = operand(kids, 1);
      define(Op::list_get, dst, expr.type, list, index);
      mark_part(expr, dst, use);
      break;
    }
    case CoreOp::list_len: define(Op::list_len, dst, expr.type, gen(*kids[0], Use::borrow)); break;
    case CoreOp::list_slice: {
      Reg window = window_of(kids, Use::borrow);
      define(Op::list_slice, dst, expr.type, window).window_count = 3;
      break;
    }
    case CoreOp::map_get: {
      Reg map = operand(kids, 0), key = operand(kids, 1);
      define(Op::map_get, dst, expr.type, map, key).extra = type_index(kids[0]->type->args[0]);
      mark_part(expr, dst, use);
      break;
    }
    case CoreOp::box:
      if (kids[0]->type->kind == TypeKind::any || kids[0]->type->kind == TypeKind::union_ ||
          kids[0]->type->kind == TypeKind::never) {
        gen_to(*kids[0], dst, use);
        set_reference(dst, true);
      } else if (kids[0]->type->kind == TypeKind::none) {
        effect(*kids[0]);
        load_word(dst, 0, expr.type);
        set_reference(dst, true);
      } else {
        Reg value = gen(*kids[0], Use::own);
        define(Op::box, dst, expr.type, value, type_index(kids[0]->type));
      }
      break;
    case CoreOp::is_type: {
      Reg value = gen(*kids[0], Use::borrow);
      if (expr.tested->kind == TypeKind::none) define(Op::is_none, dst, expr.type, value);
      else define(Op::is_type, dst, expr.type, value, type_index(expr.tested));
      break;
    }
    case CoreOp::unbox:
      if (expr.type->kind == TypeKind::any || expr.type->kind == TypeKind::union_) {   // a smaller union: still a box
        gen_to(*kids[0], dst, use);
      } else if (expr.type->kind == TypeKind::none) {
        effect(*kids[0]);
        load_word(dst, 0, expr.type);
      } else {
        define(Op::unbox, dst, expr.type, gen(*kids[0], Use::borrow));
        mark_part(expr, dst, use);
      }
      break;
    case CoreOp::cast:
      define(Op::cast, dst, expr.type, gen(*kids[0], Use::borrow), type_index(expr.type));
      mark_part(expr, dst, use);
      break;
    case CoreOp::prim: gen_prim(expr, dst); break;
    case CoreOp::place_set: gen_place_set(expr); break;
    case CoreOp::place_modify: gen_place_modify(expr, dst, use, dropped); break;
    case CoreOp::select: gen_select(expr, dst, use); break;
  }
  set_reference(dst, expr.type->is_ref);
  if (!dropped && expr.type->kind == TypeKind::none) {
    switch (expr.op) {                   // statements: their value is None, should someone look
      case CoreOp::set_local:
      case CoreOp::set_global:
      case CoreOp::while_:
      case CoreOp::for_range:
      case CoreOp::for_list:
      case CoreOp::for_map:
      case CoreOp::for_stream:
      case CoreOp::for_receiver:
      case CoreOp::place_set:
      case CoreOp::if_:
      case CoreOp::try_:
      case CoreOp::finally_:
      case CoreOp::select: load_word(dst, 0, expr.type); break;
      case CoreOp::native:
        if (expr.text == "list.append") load_word(dst, 0, expr.type);
        break;
      default: break;
    }
  }
  std::tie(offset_, site_) = before;
}

void Codegen::gen_list(const Expr& expr, Reg dst) {
  bool refs = expr.type->args[0]->is_ref;
  std::size_t first = std::min(expr.kids.size(), window_items_max);
  Reg list = expr.kids.size() > first ? temp() : dst;
  {
    Temps items(*this);
    Reg window = window_of(expr.kids.first(first), Use::own);
    define(refs ? Op::make_list_refs : Op::make_list, list, expr.type, window, static_cast<std::uint32_t>(first))
        .window_count = static_cast<std::uint16_t>(first);
  }
  for (std::size_t i = first; i < expr.kids.size(); i += window_items_max) {
    Temps items(*this);
    std::size_t count = std::min(window_items_max, expr.kids.size() - i);
    Reg window = window_of(expr.kids.subspan(i, count), Use::own);
    emit(Op::list_extend, list, window, static_cast<std::uint32_t>(count)).window_count =
        static_cast<std::uint16_t>(count);
  }
  if (list != dst) define(Op::move, dst, expr.type, list);
}

bool Codegen::gen_immediate(const Expr& expr, Reg dst) {
  const Expr& left = *expr.kids[0];
  const Expr& right = *expr.kids[1];
  switch (static_cast<Prim>(expr.index)) {
    case Prim::int_add:
      if (fits_immediate(right)) {
        define(Op::add_imm, dst, expr.type, gen(left, Use::borrow), imm(right.integer));
        return true;
      }
      if (fits_immediate(left)) {
        define(Op::add_imm, dst, expr.type, gen(right, Use::borrow), imm(left.integer));
        return true;
      }
      return false;
    case Prim::int_sub:
      if (!fits_immediate(right) || right.integer == INT16_MIN) return false;
      define(Op::add_imm, dst, expr.type, gen(left, Use::borrow), imm(-right.integer));
      return true;
    case Prim::int_mul:
      if (!fits_immediate(right)) return false;
      define(Op::mul_imm, dst, expr.type, gen(left, Use::borrow), imm(right.integer));
      return true;
    case Prim::int_floordiv:
      if (!fits_immediate(right) || right.integer <= 0) return false;
      define(Op::floordiv_imm, dst, expr.type, gen(left, Use::borrow), imm(right.integer));
      return true;
    case Prim::int_mod:
      if (!fits_immediate(right) || right.integer <= 0) return false;
      define(Op::mod_imm, dst, expr.type, gen(left, Use::borrow), imm(right.integer));
      return true;
    default: return false;
  }
}

// x * y + z, where it does not matter which operand is evaluated first.
bool Codegen::gen_multiply_add(const Expr& expr, Reg dst) {
  auto is_product = [](const Expr& each) { return each.op == CoreOp::prim && static_cast<Prim>(each.index) == Prim::float_mul; };
  for (std::size_t i = 0; i < 2; ++i) {
    const Expr& product = *expr.kids[i];
    const Expr& other = *expr.kids[1 - i];
    if (!is_product(product)) continue;
    bool in_register = other.op == CoreOp::local || constant_register(other).has_value();
    if (in_register && other.op == CoreOp::local && changes(product, other.index)) continue;
    if (!in_register && (i == 1 || !is_pure(other))) continue;
    Reg a = operand(product.kids, 0), b = operand(product.kids, 1);
    Reg c = gen(other, Use::borrow);
    define(Op::float_mul_add, dst, expr.type, a, b).extra = c;
    return true;
  }
  return false;
}

void Codegen::gen_prim(const Expr& expr, Reg dst) {
  auto prim = static_cast<Prim>(expr.index);
  std::span<const Expr* const> kids = expr.kids;
  if (kids.size() == 2 && gen_immediate(expr, dst)) return;
  if (prim == Prim::float_add && gen_multiply_add(expr, dst)) return;
  Reg first = operand(kids, 0);
  Reg second = kids.size() > 1 ? operand(kids, 1) : Reg{0};
  // Greater is less with the operands exchanged.
  switch (prim) {
    case Prim::int_gt: define(Op::lt, dst, expr.type, second, first); return;
    case Prim::int_ge: define(Op::le, dst, expr.type, second, first); return;
    case Prim::float_gt: define(Op::float_lt, dst, expr.type, second, first); return;
    case Prim::float_ge: define(Op::float_le, dst, expr.type, second, first); return;
    default: break;
  }
  for (const PrimOp& each : prim_ops) {
    if (each.prim != prim) continue;
    if (!info(each.op).extra) {
      define(each.op, dst, expr.type, first, second);
      return;
    }
    const types::Type* type = kids[0]->type;
    if (each.op == Op::equal && type->kind == TypeKind::string) {
      define(Op::text_eq, dst, expr.type, first, second);
      return;
    }
    define(each.op, dst, expr.type, first, second).extra = type_index(type);
    return;
  }
  ENSURE(false, expr.index);
}

}  // namespace m31::code
