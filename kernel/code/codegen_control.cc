// Conditions, loops, try and finally.
#include "kernel/code/codegen.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "kernel/base/ensure.h"

namespace m31::code {

using core::Prim;
using CoreOp = core::Op;
using types::TypeKind;

namespace {

bool is_constant(const core::Expr& expr, bool value) {
  return expr.op == CoreOp::boolean && (expr.integer != 0) == value;
}

struct Compare {
  Prim prim;
  Op when_true, when_false;     // register forms
  bool exchanged;               // operands, in both
};
constexpr Compare compares[] = {
    {Prim::int_eq, Op::jump_eq, Op::jump_ne, false},
    {Prim::int_ne, Op::jump_ne, Op::jump_eq, false},
    {Prim::float_eq, Op::jump_float_eq, Op::jump_float_ne, false},
    {Prim::float_ne, Op::jump_float_ne, Op::jump_float_eq, false},
    {Prim::float_lt, Op::jump_float_lt, Op::jump_float_nlt, false},
    {Prim::float_le, Op::jump_float_le, Op::jump_float_nle, false},
    {Prim::float_gt, Op::jump_float_lt, Op::jump_float_nlt, true},
    {Prim::float_ge, Op::jump_float_le, Op::jump_float_nle, true},
};

struct CompareInt {
  Prim prim;
  Op when_true, when_false;     // a op b
  Op swapped_true, swapped_false;   // when the first operand is the immediate
};
constexpr CompareInt immediates[] = {
    {Prim::int_eq, Op::jump_eq_imm, Op::jump_ne_imm, Op::jump_eq_imm, Op::jump_ne_imm},
    {Prim::int_ne, Op::jump_ne_imm, Op::jump_eq_imm, Op::jump_ne_imm, Op::jump_eq_imm},
    {Prim::int_lt, Op::jump_lt_imm, Op::jump_ge_imm, Op::jump_gt_imm, Op::jump_le_imm},
    {Prim::int_le, Op::jump_le_imm, Op::jump_gt_imm, Op::jump_ge_imm, Op::jump_lt_imm},
    {Prim::int_gt, Op::jump_gt_imm, Op::jump_le_imm, Op::jump_lt_imm, Op::jump_ge_imm},
    {Prim::int_ge, Op::jump_ge_imm, Op::jump_lt_imm, Op::jump_le_imm, Op::jump_gt_imm},
};

bool is_immediate(const core::Expr& expr) {
  return (expr.op == CoreOp::integer || expr.op == CoreOp::boolean) && expr.integer >= INT16_MIN &&
         expr.integer <= INT16_MAX;
}

// x % k, k a small number above 0: it never raises.
bool is_remainder(const core::Expr& expr) {
  return expr.op == CoreOp::prim && static_cast<Prim>(expr.index) == Prim::int_mod && is_immediate(*expr.kids[1]) &&
         expr.kids[1]->op == CoreOp::integer && expr.kids[1]->integer > 0;
}

std::uint32_t imm(std::int64_t value) { return static_cast<std::uint16_t>(static_cast<std::int16_t>(value)); }

}  // namespace

void Codegen::branch_prim(const Expr& condition, bool sense, Label to) {
  Temps scope(*this);
  auto prim = static_cast<Prim>(condition.index);
  std::span<const Expr* const> kids = condition.kids;
  for (const CompareInt& each : immediates) {
    if (each.prim != prim) continue;
    if (is_immediate(*kids[1])) {
      bool is_equal = prim == Prim::int_eq || prim == Prim::int_ne;
      if (is_equal && is_remainder(*kids[0]) && kids[1]->integer >= 0) {
        Reg number = gen(*kids[0]->kids[0], Use::borrow);
        Op op = (prim == Prim::int_eq) == sense ? Op::jump_mod_eq : Op::jump_mod_ne;
        jump(op, number, imm(kids[0]->kids[1]->integer), to);
        drafts_.list.back().extra = static_cast<std::uint32_t>(kids[1]->integer);
        return;
      }
      jump(sense ? each.when_true : each.when_false, gen(*kids[0], Use::borrow), imm(kids[1]->integer), to);
      return;
    }
    if (is_immediate(*kids[0])) {
      jump(sense ? each.swapped_true : each.swapped_false, gen(*kids[1], Use::borrow), imm(kids[0]->integer), to);
      return;
    }
  }
  Reg a = operand(kids, 0);
  if (prim == Prim::not_ || prim == Prim::is_none) ENSURE(false);
  Reg b = operand(kids, 1);
  switch (prim) {                       // not (a < b) is b <= a
    case Prim::int_lt: sense ? jump(Op::jump_lt, a, b, to) : jump(Op::jump_le, b, a, to); return;
    case Prim::int_le: sense ? jump(Op::jump_le, a, b, to) : jump(Op::jump_lt, b, a, to); return;
    case Prim::int_gt: sense ? jump(Op::jump_lt, b, a, to) : jump(Op::jump_le, a, b, to); return;
    case Prim::int_ge: sense ? jump(Op::jump_le, b, a, to) : jump(Op::jump_lt, a, b, to); return;
    default: break;
  }
  for (const Compare& each : compares)
    if (each.prim == prim) {
      if (each.exchanged) std::swap(a, b);
      jump(sense ? each.when_true : each.when_false, a, b, to);
      return;
    }
  ENSURE(false, condition.index);
}

void Codegen::branch(const Expr& condition, bool sense, Label to) {
  stand_at(condition);
  switch (condition.op) {
    case CoreOp::boolean:
      if ((condition.integer != 0) == sense) jump(Op::jump, 0, 0, to);
      return;
    case CoreOp::prim: {
      auto prim = static_cast<Prim>(condition.index);
      if (prim == Prim::not_) return branch(*condition.kids[0], !sense, to);
      bool fused = std::any_of(std::begin(compares), std::end(compares), [&](auto& c) { return c.prim == prim; }) ||
                   std::any_of(std::begin(immediates), std::end(immediates), [&](auto& c) { return c.prim == prim; });
      if (fused) return branch_prim(condition, sense, to);
      break;
    }
    case CoreOp::is_type:
      if (condition.tested->kind != TypeKind::none) {
        Temps scope(*this);
        jump(sense ? Op::jump_is_type : Op::jump_not_type, gen(*condition.kids[0], Use::borrow),
             type_index(condition.tested), to);
        return;
      }
      break;
    case CoreOp::if_: {
      const Expr& test = *condition.kids[0];
      const Expr& then = *condition.kids[1];
      const Expr& otherwise = *condition.kids[2];
      Label end = new_label();
      if (is_constant(otherwise, false)) {              // test and then
        branch(test, false, sense ? end : to);
        branch(then, sense, to);
      } else if (is_constant(then, true)) {             // test or otherwise
        branch(test, true, sense ? to : end);
        branch(otherwise, sense, to);
      } else {
        Label no = new_label();
        branch(test, false, no);
        branch(then, sense, to);
        jump(Op::jump, 0, 0, end);
        bind(no);
        branch(otherwise, sense, to);
      }
      bind(end);
      return;
    }
    case CoreOp::block:
      if (!condition.kids.empty()) {
        for (std::size_t i = 0; i + 1 < condition.kids.size(); ++i) effect(*condition.kids[i]);
        return branch(*condition.kids.back(), sense, to);
      }
      break;
    default: break;
  }
  Temps scope(*this);
  jump(sense ? Op::jump_true : Op::jump_false, gen(condition, Use::borrow), 0, to);
}

// if k in m: m[k] else: ..
static bool finds_what_it_asks_for(const core::Expr& expr) {
  const core::Expr& test = *expr.kids[0];
  const core::Expr& then = *expr.kids[1];
  if (test.op != CoreOp::native || test.text != "contains.map" || test.kids.size() != 2 || then.op != CoreOp::map_get) return false;
  for (std::size_t i = 0; i < 2; ++i)
    if (test.kids[i]->op != CoreOp::local || then.kids[i]->op != CoreOp::local || test.kids[i]->index != then.kids[i]->index)
      return false;
  return true;
}

void Codegen::gen_if(const Expr& expr, Reg dst, Use use) {
  Label no = new_label(), end = new_label();
  bool value = expr.type->kind != TypeKind::none && expr.type->kind != TypeKind::never;
  auto branch_value = [&](const Expr& each) {
    if (value) gen_to(each, dst, use);
    else effect(each);
  };
  if (value && finds_what_it_asks_for(expr)) {           // one look at the map, not two
    {
      Temps scope(*this);
      Reg map = gen(*expr.kids[1]->kids[0], Use::borrow), key = gen(*expr.kids[1]->kids[1], Use::borrow);
      // A variable is only written when there is a value: the other branch may read it.
      Reg value_reg = is_temp(dst) ? dst : temp();
      Draft& draft = define(Op::map_find, value_reg, expr.type, map, key);
      draft.extra = type_index(expr.kids[1]->kids[0]->type->args[0]);
      Label found = new_label();
      draft.label = found;
      jump(Op::jump, 0, 0, no);
      bind(found);
      if (value_reg != dst) define(Op::move, dst, expr.type, value_reg);
      mark_part(expr, dst, use);
    }
    jump(Op::jump, 0, 0, end);
    bind(no);
    branch_value(*expr.kids[2]);
    bind(end);
    return;
  }
  bool chosen = gen_text_switch(expr, [&](const Expr& each) {
    branch_value(each);
    if (each.type->kind != TypeKind::never) jump(Op::jump, 0, 0, end);
  });
  if (chosen) {
    bind(no);
    bind(end);
    return;
  }
  branch(*expr.kids[0], false, no);
  branch_value(*expr.kids[1]);
  const Expr& otherwise = *expr.kids[2];
  bool nothing = !value && (otherwise.op == CoreOp::none || (otherwise.op == CoreOp::block && otherwise.kids.empty()));
  if (!nothing && expr.kids[1]->type->kind != TypeKind::never) jump(Op::jump, 0, 0, end);
  bind(no);
  if (!nothing) branch_value(otherwise);
  bind(end);
}

void Codegen::loop_body(const Expr& expr, Label continue_to, Label break_to) {
  loops_.push_back({break_to, continue_to, finallys_.size()});
  Label outer = std::exchange(loop_label_, none_index);
  effect(*expr.kids[1]);
  loop_label_ = outer;
  loops_.pop_back();
}

void Codegen::gen_while(const Expr& expr) {
  Label body = new_label(), test = new_label(), end = new_label();
  bool forever = is_constant(*expr.kids[0], true);
  if (!forever) jump(Op::jump, 0, 0, test);
  bind(body);
  loop_body(expr, test, end);
  bind(test);
  Label outer = std::exchange(loop_label_, body);
  branch(*expr.kids[0], true, body);
  loop_label_ = outer;
  bind(end);
}

// A loop's element is part of what is walked: whoever changes it in the body gets a copy.
void Codegen::element_bound(std::uint32_t index) {
  if (facts_.is_changed(index) && is_mutable(function_.locals[index].type)) emit(Op::share, local(index));
}

void Codegen::gen_for(const Expr& expr) {
  Label body = new_label(), next = new_label(), end = new_label();
  const Expr& walked = *expr.kids[0];
  Reg state = temps(2);
  const types::Type* int_type = types::basic(TypeKind::int_);
  set_reference(state + 1u, false);
  Op op = Op::range_next;
  if (expr.op == CoreOp::for_range) {
    if (walked.op == CoreOp::make_range) {
      operand_to(walked.kids, 0, state);
      gen_to(*walked.kids[1], state + 1u, Use::borrow);
    } else {
      Temps scope(*this);
      Reg range = gen(walked, Use::borrow);
      define(Op::field, state, int_type, range, 0);
      define(Op::field, state + 1u, int_type, range, 1);
    }
  } else {
    op = expr.op == CoreOp::for_list ? Op::list_next : Op::map_next;
    Root root = facts_.root_of(walked);
    bool own = root.kind == Root::Kind::none ? false : facts_.is_touched(root, facts_.range_of(*expr.kids[1]));
    if (root.kind == Root::Kind::none && walked.op != CoreOp::call) own = true;
    gen_to(walked, state, own ? Use::own : Use::borrow);
    load_int(state + 1u, 0);
  }
  jump(Op::jump, 0, 0, next);
  bind(body);
  bool pair = expr.op == CoreOp::for_map && expr.integer >= 0;
  element_bound(expr.index);
  if (pair) element_bound(static_cast<std::uint32_t>(expr.integer));
  loop_body(expr, next, end);
  bind(next);
  set_reference(state, expr.op != CoreOp::for_range);
  set_reference(state + 1u, false);
  Draft& draft = emit(op, state, local(expr.index));
  draft.label = body;
  if (pair) draft.extra = static_cast<std::uint32_t>(expr.integer) + 1;
  bind(end);
}

void Codegen::gen_for_stream(const Expr& expr) {
  Label body = new_label(), next = new_label(), end = new_label();
  Reg stream = gen_temp(*expr.kids[0], Use::borrow);
  FnCode::CallSite site;
  site.name = "stream.next";
  if (const vm::NativeEntry* entry = vm::find_native_entry(site.name)) site.native = entry->function;
  site.types = {expr.kids[0]->type, types::basic(TypeKind::boolean)};
  site.result = function_.locals[expr.index].type;
  std::uint32_t number = site_index(std::move(site));
  jump(Op::jump, 0, 0, next);
  bind(body);
  loop_body(expr, next, end);
  bind(next);
  set_reference(stream, true);
  Reg window = temps(2);
  define(Op::move, window, expr.kids[0]->type, stream);
  load_int(window + 1u, 0);
  emit(Op::native, window, number, local(expr.index)).window_count = 2;
  Label outer = std::exchange(loop_label_, body);
  jump(Op::jump_true, window + 1u, 0, body);
  loop_label_ = outer;
  bind(end);
}

void Codegen::gen_for_receiver(const Expr& expr) {
  Label body = new_label(), next = new_label(), end = new_label();
  Reg receiver = gen_temp(*expr.kids[0], Use::borrow);
  FnCode::CallSite site;
  site.name = "chan.recv";
  site.types = {expr.kids[0]->type};
  site.result = function_.locals[expr.index].type;
  std::uint32_t number = site_index(std::move(site));
  jump(Op::jump, 0, 0, next);
  bind(body);
  loop_body(expr, next, end);
  bind(next);
  set_reference(receiver, true);
  Reg window = temp();
  define(Op::move, window, expr.kids[0]->type, receiver);
  Draft& draft = emit(Op::receive_each, window, number, local(expr.index));
  draft.window_count = 1;
  Label arrived = new_label();
  draft.label = arrived;              // where it goes on: after the next instruction
  jump(Op::jump, 0, 0, end);
  bind(arrived);
  Label outer = std::exchange(loop_label_, body);
  jump(Op::jump, 0, 0, body);
  loop_label_ = outer;
  bind(end);
}

void Codegen::gen_try(const Expr& expr, Reg dst, Use use) {
  Label begin = new_label(), end = new_label(), handler = new_label(), done = new_label();
  bool value = expr.type->kind != TypeKind::none && expr.type->kind != TypeKind::never;
  auto part = [&](const Expr& each) {
    if (value) gen_to(each, dst, use);
    else effect(each);
  };
  bind(begin);
  ++try_depth_;
  part(*expr.kids[0]);
  --try_depth_;
  bind(end);
  jump(Op::jump, 0, 0, done);
  bind(handler);
  Reg caught = expr.index < function_.locals.size() ? local(expr.index) : temp();
  set_reference(caught, true);
  drafts_.handlers.push_back({begin, end, handler, caught});
  part(*expr.kids[1]);
  bind(done);
}

// state: 0 the body ended, 1 it raised `raised`, k + 2 it left by exits[k]. The finalizer stands once, after the body.
void Codegen::gen_finally(const Expr& expr, Reg dst, Use use) {
  Label begin = new_label(), end = new_label(), handler = new_label(), finalizer = new_label(), done = new_label();
  bool value = expr.type->kind != TypeKind::none && expr.type->kind != TypeKind::never;
  // The value waits in a temporary of its own, initialised, so that it may be live on every way through the finalizer.
  Reg state = temp(), raised = temp(), kept = temp();
  load_int(state, 0);
  load_int(raised, 0);
  load_int(kept, 0);
  set_reference(raised, true);
  set_reference(kept, expr.type->is_ref);
  finallys_.push_back({finalizer, state, {}});
  bind(begin);
  if (value) gen_to(*expr.kids[0], kept, use);
  else effect(*expr.kids[0]);
  bind(end);
  jump(Op::jump, 0, 0, finalizer);
  bind(handler);
  drafts_.handlers.push_back({begin, end, handler, raised});
  load_int(state, 1);
  bind(finalizer);
  set_reference(state, false);
  set_reference(raised, true);
  set_reference(kept, expr.type->is_ref);
  Finally mine = std::move(finallys_.back());
  finallys_.pop_back();
  Label outer = std::exchange(loop_label_, none_index);
  effect(*expr.kids[1]);
  jump(Op::jump_eq_imm, state, 0, done);
  for (std::size_t i = 0; i < mine.exits.size(); ++i) {
    Label other = new_label();
    jump(Op::jump_ne_imm, state, static_cast<std::uint32_t>(i + 2), other);
    leave(mine.exits[i]);
    bind(other);
  }
  emit(Op::raise, raised);
  loop_label_ = outer;
  bind(done);
  if (value) define(Op::move, dst, expr.type, kept);
}

void Codegen::leave(Exit exit) {
  std::size_t depth = exit.kind == Exit::Kind::to_return ? 0 : loops_[exit.loop].finally_depth;
  if (finallys_.size() > depth) {
    Finally& inner = finallys_.back();
    auto at = std::find(inner.exits.begin(), inner.exits.end(), exit);
    auto number = at - inner.exits.begin();
    if (at == inner.exits.end()) inner.exits.push_back(exit);
    load_int(inner.state, number + 2);
    jump(Op::jump, 0, 0, inner.label);
    return;
  }
  switch (exit.kind) {
    case Exit::Kind::to_return: emit(Op::ret, return_reg_); return;
    case Exit::Kind::to_break: jump(Op::jump, 0, 0, loops_[exit.loop].break_to); return;
    case Exit::Kind::to_continue: jump(Op::jump, 0, 0, loops_[exit.loop].continue_to); return;
  }
}

// An expression whose value the function returns: every branch returns by itself.
void Codegen::gen_tail(const Expr& expr) {
  Temps scope(*this);
  const auto before = std::pair(offset_, site_);
  bool value = expr.type->kind != TypeKind::none && expr.type->kind != TypeKind::never;
  if (expr.op == CoreOp::block && value && !expr.kids.empty()) {
    for (std::size_t i = 0; i + 1 < expr.kids.size(); ++i) effect(*expr.kids[i]);
    gen_tail(*expr.kids.back());
  } else if (expr.op == CoreOp::if_ && value) {
    stand_at(expr);
    Label outer = std::exchange(loop_label_, none_index);
    if (!gen_text_switch(expr, [&](const Expr& each) { gen_tail(each); })) {
      Label no = new_label();
      branch(*expr.kids[0], false, no);
      gen_tail(*expr.kids[1]);
      bind(no);
      gen_tail(*expr.kids[2]);
    }
    loop_label_ = outer;
  } else if (expr.op == CoreOp::call && is_tail_call(expr)) {
    stand_at(expr);
    gen_tail_call(expr);
  } else {
    Reg result = gen(expr, Use::own);
    stand_at(expr);
    emit(Op::ret, result);
  }
  std::tie(offset_, site_) = before;
}

void Codegen::gen_return(const Expr& expr) {
  if (finallys_.empty()) {
    gen_tail(*expr.kids[0]);
    return;
  }
  gen_to(*expr.kids[0], return_reg_, Use::own);
  leave({Exit::Kind::to_return, 0});
}

}  // namespace m31::code
