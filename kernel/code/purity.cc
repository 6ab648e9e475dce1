#include "kernel/code/purity.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "kernel/vm/native.h"

namespace m31::code {

using core::Expr, core::FnInstance, core::Op, core::Prim;
using types::TypeKind;

namespace {

constexpr std::size_t functions_max = 200;

// Values of such a type are read up as they are used, or stand for something outside.
constexpr TypeKind handles[] = {TypeKind::stream, TypeKind::receiver, TypeKind::sender, TypeKind::fibril,
                                TypeKind::space,  TypeKind::module,   TypeKind::capability};

bool is_handle(const types::Type* type) {
  if (type->kind == TypeKind::type_value) return false;
  return std::find(std::begin(handles), std::end(handles), type->kind) != std::end(handles) ||
         std::any_of(type->args.begin(), type->args.end(), is_handle);
}

// Nothing of the world, no variable of another function. Calls are looked at by who asks.
bool keeps_to_itself(const Expr& expr) {
  switch (expr.op) {
    case Op::set_global:
    case Op::for_stream:
    case Op::for_receiver:
    case Op::host:
    case Op::spawn:
    case Op::parent:
    case Op::select: return false;
    case Op::place_set:
    case Op::place_modify:
      if (expr.place->is_global) return false;
      for (const core::Step& step : expr.place->steps)
        if (step.key && !keeps_to_itself(*step.key)) return false;
      break;
    case Op::native:
      if (!vm::find_native_entry(expr.text) || is_handle(expr.type)) return false;
      for (const Expr* kid : expr.kids)
        if (is_handle(kid->type)) return false;
      break;
    default: break;
  }
  if (expr.op == Op::call_closure && !expr.kids[0]->type->names.empty()) return false;
  return std::all_of(expr.kids.begin(), expr.kids.end(), [](const Expr* kid) { return keeps_to_itself(*kid); });
}

bool assigns_own(const Expr& expr) {
  switch (expr.op) {
    case Op::set_local:
    case Op::for_range:
    case Op::for_list:
    case Op::for_map:
    case Op::try_:
    case Op::place_set:
    case Op::place_modify:
    case Op::return_:
    case Op::break_:
    case Op::continue_: return true;
    case Op::call:
      if (!is_pure(*expr.callee)) return true;
      break;
    default: break;
  }
  return changes_arguments(expr) || std::any_of(expr.kids.begin(), expr.kids.end(), [](const Expr* kid) { return assigns_own(*kid); });
}

bool may_raise(const Expr& expr) {
  auto positive = [&](const Expr& by) { return by.op == Op::integer && by.integer > 0; };
  switch (static_cast<Prim>(expr.index)) {
    case Prim::int_add:
    case Prim::int_sub:
    case Prim::int_mul:
    case Prim::int_pow:
    case Prim::int_neg:
    case Prim::shl:
    case Prim::shr:
    case Prim::float_floordiv:
    case Prim::float_mod: return true;
    case Prim::int_floordiv:
    case Prim::int_mod: return !positive(*expr.kids[1]);
    case Prim::float_div: return expr.kids[1]->op != Op::real || expr.kids[1]->real == 0;
    default: return false;
  }
}

constexpr std::string_view natives_that_give[] = {"list.append", "count.list", "count.map", "count.range", "contains.list",
                                                  "contains.map", "contains.range", "float.int", "len.string"};

// Loops over 0..n, n at most the length of a list, by the number that counts: its elements are there.
struct Bounded {
  std::uint32_t number;
  const Expr* end;
  const Expr* body;
};

struct Raises {
  const Expr* skipped;
  std::vector<Bounded> bounded;
  std::unordered_map<std::uint32_t, const Expr*> values;    // of variables, where they were last assigned

  bool is_length(const Expr& expr, std::uint32_t list) {
    if (expr.op == Op::block && !expr.kids.empty()) return is_at_most_length(*expr.kids.back(), list);
    bool counts = expr.op == Op::list_len || (expr.op == Op::native && expr.text == "count.list");
    return counts && expr.kids[0]->op == Op::local && expr.kids[0]->index == list;
  }

  bool is_at_most_length(const Expr& expr, std::uint32_t list) {
    if (is_length(expr, list)) return true;
    if (expr.op == Op::local) {
      auto known = values.find(expr.index);
      return known != values.end() && is_length(*known->second, list);
    }
    if (expr.op != Op::if_) return false;
    // if a < b: a else: b
    const Expr& test = *expr.kids[0];
    if (test.op != Op::prim || static_cast<Prim>(test.index) != Prim::int_lt) return false;
    for (std::size_t i = 0; i < 2; ++i)
      if (test.kids[i]->op != Op::local || expr.kids[i + 1]->op != Op::local || test.kids[i]->index != expr.kids[i + 1]->index) return false;
    return is_at_most_length(*test.kids[0], list) || is_at_most_length(*test.kids[1], list);
  }

  bool is_there(const Expr& get) {
    if (get.kids[0]->op != Op::local || get.kids[1]->op != Op::local) return false;
    return std::any_of(bounded.begin(), bounded.end(), [&](const Bounded& each) {
      return each.number == get.kids[1]->index && is_at_most_length(*each.end, get.kids[0]->index) &&
             !changes(*each.body, get.kids[0]->index);
    });
  }

  bool all(const Expr& expr) {
    return std::all_of(expr.kids.begin(), expr.kids.end(), [&](const Expr* kid) { return gives(*kid); });
  }

  bool gives(const Expr& expr) {
    if (&expr == skipped || is_constant(expr)) return true;
    switch (expr.op) {
      case Op::local: return true;
      case Op::set_local:
        if (!gives(*expr.kids[0])) return false;
        if (!values.try_emplace(expr.index, expr.kids[0]).second) values[expr.index] = &expr;   // twice: not known
        return true;
      case Op::for_range: {
        const Expr& range = *expr.kids[0];
        if (!gives(range)) return false;
        bool counts = range.op == Op::make_range && range.kids[0]->op == Op::integer && range.kids[0]->integer >= 0;
        if (counts && !changes(*expr.kids[1], expr.index)) bounded.push_back({expr.index, range.kids[1], expr.kids[1]});
        return gives(*expr.kids[1]);
      }
      case Op::prim: return !may_raise(expr) && all(expr);
      case Op::list_get: return is_there(expr);
      case Op::native:
        return std::find(std::begin(natives_that_give), std::end(natives_that_give), expr.text) != std::end(natives_that_give) && all(expr);
      case Op::block:
      case Op::if_:
      case Op::for_list:
      case Op::for_map:
      case Op::make_tuple:
      case Op::make_record:
      case Op::make_variant:
      case Op::make_list:
      case Op::make_range:
      case Op::concat:
      case Op::field:
      case Op::variant_tag:
      case Op::variant_field:
      case Op::list_len:
      case Op::box:
      case Op::is_type:
      case Op::unbox: return all(expr);
      default: return false;
    }
  }
};

}  // namespace

bool is_pure(const FnInstance& function) {
  std::unordered_set<const FnInstance*> seen{&function};
  std::vector<const FnInstance*> pending{&function};
  while (!pending.empty()) {
    const FnInstance& each = *pending.back();
    pending.pop_back();
    if (!each.effects.empty() || !each.body || seen.size() > functions_max) return false;
    if (std::any_of(each.locals.begin(), each.locals.end(), [](const core::Local& local) { return is_handle(local.type); })) return false;
    if (!keeps_to_itself(*each.body)) return false;
    for (const FnInstance* callee : each.callees)
      if (seen.insert(callee).second) pending.push_back(callee);
  }
  return true;
}

bool changes_arguments(const Expr& expr) {
  if (expr.op == Op::native) {
    const vm::NativeEntry* entry = vm::find_native_entry(expr.text);
    return !entry || entry->changes;
  }
  if (expr.op != Op::call) return false;
  return std::find(expr.callee->is_var.begin(), expr.callee->is_var.end(), true) != expr.callee->is_var.end();
}

bool stays_in_its_function(Op op) {
  switch (op) {
    case Op::set_global:
    case Op::for_receiver:
    case Op::for_stream:
    case Op::host:
    case Op::spawn:
    case Op::parent:
    case Op::select:
    case Op::return_:
    case Op::try_:
    case Op::finally_: return true;
    default: return false;
  }
}

bool is_constant(const Expr& expr) {
  switch (expr.op) {
    case Op::none:
    case Op::boolean:
    case Op::integer:
    case Op::real:
    case Op::string:
    case Op::bytes:
    case Op::type_const: return true;
    default: return false;
  }
}

bool is_pure_within(const Expr& expr) {
  if (!keeps_to_itself(expr)) return false;
  if (expr.op == Op::call && !is_pure(*expr.callee)) return false;
  return std::all_of(expr.kids.begin(), expr.kids.end(), [](const Expr* kid) { return is_pure_within(*kid); });
}

bool is_pure(const Expr& expr) { return keeps_to_itself(expr) && !assigns_own(expr); }

bool cannot_raise(const Expr& expr, const Expr* skipped) { return Raises{skipped, {}, {}}.gives(expr); }

bool changes(const Expr& expr, std::uint32_t local) {
  auto is_it = [&](const Expr* kid) { return kid->op == Op::local && kid->index == local; };
  switch (expr.op) {
    case Op::for_map:
      if (expr.integer == static_cast<std::int64_t>(local)) return true;
      [[fallthrough]];
    case Op::set_local:
    case Op::for_range:
    case Op::for_list:
    case Op::for_stream:
    case Op::for_receiver:
    case Op::try_:
      if (expr.index == local) return true;
      break;
    case Op::place_modify:
      if (expr.index == local) return true;
      [[fallthrough]];
    case Op::place_set:
      if (!expr.place->is_global && expr.place->local == local) return true;
      for (const core::Step& step : expr.place->steps)
        if (step.key && changes(*step.key, local)) return true;
      break;
    case Op::native: {
      const vm::NativeEntry* entry = vm::find_native_entry(expr.text);
      for (std::size_t i = 0; i < expr.kids.size(); ++i)
        if (is_it(expr.kids[i]) && (!entry || (i < 32 && (entry->changes >> i & 1)))) return true;
      break;
    }
    case Op::call:
      for (std::size_t i = 0; i < expr.kids.size() && i < expr.callee->is_var.size(); ++i)
        if (expr.callee->is_var[i] && is_it(expr.kids[i])) return true;
      break;
    case Op::select:
      for (const core::SelectArm& arm : expr.arms)
        if (changes(*arm.channel, local) || (arm.value && changes(*arm.value, local)) || arm.local == local || changes(*arm.body, local))
          return true;
      break;
    default: break;
  }
  return std::any_of(expr.kids.begin(), expr.kids.end(), [&](const Expr* kid) { return changes(*kid, local); });
}

}  // namespace m31::code
