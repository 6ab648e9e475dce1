#include "kernel/code/loop_shape.h"

#include <algorithm>

#include "kernel/code/purity.h"

namespace m31::code {

using core::Expr;
using core::Op;

namespace {

constexpr std::uint32_t nodes_max = 80;

bool is_loop(Op op) { return op == Op::for_range || op == Op::for_list || op == Op::for_map || op == Op::while_; }

template <class F>
void for_each_kid(const Expr& expr, F&& f) {
  for (const Expr* kid : expr.kids) f(*kid);
  if (!expr.place) return;
  for (const core::Step& step : expr.place->steps)
    if (step.key) f(*step.key);
}

bool can_stand_elsewhere(const Expr& expr, std::uint32_t loops, std::uint32_t& nodes) {
  if (++nodes > nodes_max || stays_in_its_function(expr.op)) return false;
  if ((expr.op == Op::break_ || expr.op == Op::continue_) && loops == 0) return false;
  bool can = true;
  for_each_kid(expr, [&](const Expr& kid) { can = can && can_stand_elsewhere(kid, loops + is_loop(expr.op), nodes); });
  return can;
}

// The statement that appends to `list`; nothing may come after it in a turn of the loop.
const Expr* find_append(const Expr& body, std::uint32_t list, bool& nested) {
  switch (body.op) {
    case Op::native: {
      bool is_it = body.text == "list.append" && body.kids[0]->op == Op::local && body.kids[0]->index == list;
      return is_it ? &body : nullptr;
    }
    case Op::block: return body.kids.empty() ? nullptr : find_append(*body.kids.back(), list, nested);
    case Op::if_: {
      const Expr* found = find_append(*body.kids[1], list, nested);
      return found ? found : find_append(*body.kids[2], list, nested);
    }
    case Op::for_range:
    case Op::for_list:
    case Op::for_map: nested = true; return find_append(*body.kids[1], list, nested);
    default: return nullptr;
  }
}

}  // namespace

std::uint32_t uses_of(const Expr& expr, std::uint32_t local) {
  std::uint32_t uses = (expr.op == Op::local || expr.op == Op::set_local) && expr.index == local;
  if (expr.place && !expr.place->is_global && expr.place->local == local) ++uses;
  for_each_kid(expr, [&](const Expr& kid) { uses += uses_of(kid, local); });
  return uses;
}

void count_uses(const Expr& expr, std::vector<std::uint32_t>& uses) {
  if (expr.op == Op::local || expr.op == Op::set_local) ++uses[expr.index];
  if (expr.place && !expr.place->is_global) ++uses[expr.place->local];
  for_each_kid(expr, [&](const Expr& kid) { count_uses(kid, uses); });
  for (const core::SelectArm& arm : expr.arms) {
    count_uses(*arm.channel, uses);
    if (arm.value) count_uses(*arm.value, uses);
    count_uses(*arm.body, uses);
  }
}

bool leaves_loop(const Expr& body) {
  if (body.op == Op::break_ || body.op == Op::continue_) return true;
  if (is_loop(body.op) || body.op == Op::for_stream || body.op == Op::for_receiver)
    return std::any_of(body.kids.begin(), body.kids.end() - 1, [](const Expr* kid) { return leaves_loop(*kid); });
  bool leaves = false;
  for_each_kid(body, [&](const Expr& kid) { leaves = leaves || leaves_loop(kid); });
  for (const core::SelectArm& arm : body.arms) leaves = leaves || leaves_loop(*arm.body);
  return leaves;
}

std::optional<LoopShape> loop_shape(const Expr& body, std::uint32_t parameter_count) {
  if (body.op != Op::block || body.kids.size() < 2) return std::nullopt;
  LoopShape shape;
  for (std::size_t i = 0; i < body.kids.size(); ++i) {
    const Expr& each = *body.kids[i];
    if (!is_loop(each.op)) continue;
    if (shape.loop || each.op == Op::while_) return std::nullopt;
    shape.loop = &each;
    shape.at = i;
  }
  if (!shape.loop || shape.at + 1 == body.kids.size() || !can_stand_elsewhere(body, 0, shape.nodes) || leaves_loop(*shape.loop->kids[1]))
    return std::nullopt;
  const Expr& walked = *shape.loop->kids[0];
  if (walked.op == Op::local && walked.index < parameter_count && uses_of(body, walked.index) == 1) shape.source = walked.index;

  const Expr& value = *body.kids.back();
  if (value.op != Op::local || value.index < parameter_count || shape.at + 2 != body.kids.size()) return shape;
  const Expr* append = find_append(*shape.loop->kids[1], value.index, shape.nested);
  bool begins_empty = std::any_of(body.kids.begin(), body.kids.begin() + static_cast<std::ptrdiff_t>(shape.at), [&](const Expr* each) {
    return each->op == Op::set_local && each->index == value.index && each->kids[0]->op == Op::make_list && each->kids[0]->kids.empty();
  });
  // Set empty, appended to, given: and nothing else.
  if (!append || !begins_empty || uses_of(body, value.index) != 3) return shape;
  shape.append = append;
  shape.list = value.index;
  return shape;
}

}  // namespace m31::code
