// Calls: functions, closures, native words, the host.
#include <algorithm>

#include "kernel/base/ensure.h"
#include "kernel/code/codegen.h"
#include "kernel/vm/layout.h"

namespace m31::code {

using CoreOp = core::Op;
using types::TypeKind;

void Codegen::gen_call(const Expr& expr, Reg dst) {
  Temps scope(*this);
  std::span<const Expr* const> kids = expr.kids;
  temps(vm::frame_header_slots);
  auto window = static_cast<Reg>(top_);
  auto is_var = [&](std::size_t i) {
    return i < expr.callee->is_var.size() && expr.callee->is_var[i] && kids[i]->op == CoreOp::local;
  };
  for (std::size_t i = 0; i < kids.size(); ++i) {
    Reg argument = temp();
    std::uint32_t keep = top_;
    if (!is_var(i)) operand_to(kids, i, argument);
    top_ = keep;
  }
  // Changed variables go last: whatever another argument took of them has been marked.
  for (std::size_t i = 0; i < kids.size(); ++i)
    if (is_var(i)) define(Op::move, static_cast<Reg>(window + i), kids[i]->type, local(kids[i]->index));
  emit(Op::call, window, callee_index(expr.callee), dst).window_count = static_cast<std::uint16_t>(kids.size());
  set_reference(dst, expr.type->is_ref);
  for (std::size_t i = 0; i < kids.size(); ++i)
    if (is_var(i)) define(Op::move, local(kids[i]->index), kids[i]->type, static_cast<Reg>(window + i));
}

// Calls that may lead back to this function, as the last thing it does. Others keep their frame, for whoever reads a trace.
bool Codegen::is_tail_call(const Expr& expr) const {
  if (try_depth_ > 0 || !finallys_.empty() || !drafts_.var_parameters.empty()) return false;
  const core::FnInstance& callee = *expr.callee;
  const core::FnInstance* self = code_.instance;
  if (expr.type != function_.result || callee.result != function_.result) return false;
  if (std::find(callee.is_var.begin(), callee.is_var.end(), true) != callee.is_var.end()) return false;
  constexpr std::size_t functions_max = 100;
  std::vector<const core::FnInstance*> reached{&callee};
  for (std::size_t i = 0; i < reached.size() && reached.size() < functions_max; ++i) {
    if (reached[i] == self) return true;
    for (const core::FnInstance* next : reached[i]->callees)
      if (std::find(reached.begin(), reached.end(), next) == reached.end()) reached.push_back(next);
  }
  return false;
}

void Codegen::gen_tail_call(const Expr& expr) {
  Temps scope(*this);
  std::span<const Expr* const> kids = expr.kids;
  temps(vm::frame_header_slots);
  auto window = static_cast<Reg>(top_);
  for (std::size_t i = 0; i < kids.size(); ++i) {
    Reg argument = temp();
    std::uint32_t keep = top_;
    operand_to(kids, i, argument);
    top_ = keep;
  }
  emit(Op::tail_call, window, callee_index(expr.callee)).window_count = static_cast<std::uint16_t>(kids.size());
}

void Codegen::gen_call_closure(const Expr& expr, Reg dst) {
  Temps scope(*this);
  std::span<const Expr* const> kids = expr.kids;
  Reg closure = operand(kids, 0);
  temps(vm::frame_header_slots);
  auto window = static_cast<Reg>(top_);
  for (std::size_t i = 1; i < kids.size(); ++i) {
    Reg argument = temp();
    std::uint32_t keep = top_;
    operand_to(kids, i, argument);
    top_ = keep;
  }
  emit(Op::call_closure, window, closure, dst).window_count = static_cast<std::uint16_t>(kids.size() - 1);
  set_reference(dst, expr.type->is_ref);
}

void Codegen::gen_native(const Expr& expr, Reg dst) {
  Temps scope(*this);
  std::span<const Expr* const> kids = expr.kids;
  if (expr.text == "list.append" && kids.size() == 2 && kids[0]->op == CoreOp::local) {
    Reg item = gen(*kids[1], Use::own);
    emit(Op::list_append, local(kids[0]->index), item);
    return;
  }
  if (expr.text == "count.list" && kids.size() == 1) {
    define(Op::list_len, dst, expr.type, gen(*kids[0], Use::borrow));
    return;
  }
  if (kids.size() == 1 && (expr.text == "float.int" || expr.text == "sqrt.float")) {
    Op op = expr.text == "float.int" ? Op::int_to_float : Op::float_sqrt;
    define(op, dst, expr.type, gen(*kids[0], Use::borrow));
    return;
  }
  if (expr.text == "contains.map" && kids.size() == 2) {
    Reg map = operand(kids, 0), key = operand(kids, 1);
    define(Op::map_has, dst, expr.type, map, key).extra = type_index(kids[0]->type->args[0]);
    return;
  }
  const vm::NativeEntry* entry = vm::find_native_entry(expr.text);
  FnCode::CallSite site;
  site.name = expr.text;
  site.native = entry ? entry->function : nullptr;
  site.result = expr.type;
  auto is_var = [&](std::size_t i) {
    return entry && i < 32 && (entry->changes >> i & 1) && kids[i]->op == CoreOp::local;
  };
  auto window = static_cast<Reg>(top_);
  for (std::size_t i = 0; i < kids.size(); ++i) {
    site.types.push_back(kids[i]->type);
    Reg argument = temp();
    std::uint32_t keep = top_;
    if (entry && i < 32 && (entry->keeps >> i & 1)) gen_to(*kids[i], argument, Use::own);
    else if (!is_var(i)) operand_to(kids, i, argument);
    top_ = keep;
  }
  if (kids.empty()) temp();
  for (std::size_t i = 0; i < kids.size(); ++i)
    if (is_var(i)) define(Op::move, static_cast<Reg>(window + i), kids[i]->type, local(kids[i]->index));
  emit(Op::native, window, site_index(std::move(site)), dst).window_count = static_cast<std::uint16_t>(kids.size());
  set_reference(dst, expr.type->is_ref);
  for (std::size_t i = 0; i < kids.size(); ++i)
    if (is_var(i)) define(Op::move, local(kids[i]->index), kids[i]->type, static_cast<Reg>(window + i));
}

namespace {

struct HostOp {
  std::string_view name;
  Op op;
};
constexpr HostOp host_ops[] = {
    {"chan.make", Op::channel}, {"chan.send", Op::send}, {"chan.recv", Op::receive}, {"chan.close", Op::close},
};

}  // namespace

void Codegen::gen_host(const Expr& expr, Reg dst) {
  Temps scope(*this);
  FnCode::CallSite site;
  site.name = expr.text;
  site.result = expr.type;
  site.result_unused = expr.integer != 0;
  for (const Expr* kid : expr.kids) site.types.push_back(kid->type);
  Op op = Op::host;
  for (const HostOp& each : host_ops)
    if (each.name == expr.text) op = each.op;
  Reg window = window_of(expr.kids, Use::borrow);
  if (expr.kids.empty()) temp();
  emit(op, window, site_index(std::move(site)), dst).window_count = static_cast<std::uint16_t>(expr.kids.size());
  set_reference(dst, expr.type->is_ref);
}

void Codegen::gen_spawn(const Expr& expr, Reg dst) {
  Temps scope(*this);
  FnCode::CallSite site;
  site.name = "spawn";
  site.result = expr.type;
  if (expr.callee) site.callee = code_.callees[callee_index(expr.callee)];
  for (const Expr* kid : expr.kids) site.types.push_back(kid->type);
  Reg window = window_of(expr.kids, Use::borrow);
  if (expr.kids.empty()) temp();
  emit(Op::spawn, window, site_index(std::move(site)), dst).window_count = static_cast<std::uint16_t>(expr.kids.size());
  set_reference(dst, true);
}

void Codegen::gen_select(const Expr& expr, Reg dst, Use use) {
  Temps scope(*this);
  FnCode::CallSite site;
  site.name = "select";
  const types::Type* int_type = types::basic(TypeKind::int_);
  site.result = int_type;
  auto arm_count = static_cast<std::uint32_t>(expr.arms.size());
  Reg window = temps(3 * std::max(arm_count, 1u));
  for (std::uint32_t i = 0; i < arm_count; ++i) {
    const core::SelectArm& arm = expr.arms[i];
    Reg at = static_cast<Reg>(window + 3 * i);
    bool receive = arm.kind == core::SelectArm::Kind::receive;
    const types::Type* item = int_type;
    if (arm.value) item = arm.value->type;
    if (receive) item = arm.channel->type->args[0];
    gen_to(*arm.channel, at + 1u, Use::borrow);
    if (arm.value) gen_to(*arm.value, at + 2u, Use::borrow);
    site.types.insert(site.types.end(), {int_type, arm.channel->type, item});
  }
  for (std::uint32_t i = 0; i < arm_count; ++i) {
    Reg at = static_cast<Reg>(window + 3 * i);
    load_int(at, static_cast<std::int64_t>(expr.arms[i].kind));
    if (!expr.arms[i].value) load_int(at + 2u, 0);
  }
  Reg chosen = temp();
  emit(Op::select, window, site_index(std::move(site)), chosen).window_count =
      static_cast<std::uint16_t>(3 * arm_count);
  set_reference(chosen, false);
  Label end = new_label();
  bool value = expr.type->kind != TypeKind::none && expr.type->kind != TypeKind::never;
  for (std::uint32_t i = 0; i < arm_count; ++i) {
    const core::SelectArm& arm = expr.arms[i];
    Label other = new_label();
    if (i + 1 < arm_count) jump(Op::jump_ne_imm, chosen, i, other);
    if (arm.kind == core::SelectArm::Kind::receive && arm.local != UINT32_MAX)
      define(Op::move, local(arm.local), function_.locals[arm.local].type, window);
    if (value) gen_to(*arm.body, dst, use);
    else effect(*arm.body);
    jump(Op::jump, 0, 0, end);
    bind(other);
  }
  bind(end);
}

}  // namespace m31::code
