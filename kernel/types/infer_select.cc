// select: the first of several channel operations that can be done.
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

Expr* Inference::infer_select(const Node& node, const Type* expected, bool wanted) {
  instance.effects.insert("chan");
  struct Arm {
    core::SelectArm arm;
    Expr* body;
  };
  std::vector<Arm> arms;
  std::vector<Expr*> before_all;
  Flow before = flow_;
  Flow after;
  after.reachable = false;
  for (const Node* each : node.kids) {
    const Node& pattern = (*each)[0];
    const Node* operation = each->kids[1];
    const Node& body = (*each)[2];
    while ((operation->is(Kind::expr_stmt) || operation->is(Kind::block)) && operation->size() == 1) operation = operation->kids[0];
    Arm arm{};
    arm.arm.local = UINT32_MAX;
    flow_ = before;
    std::size_t scope = push_scope();
    std::vector<Expr*> binds;
    if (each->number == 1) {
      arm.arm.kind = core::SelectArm::Kind::after;
      arm.arm.channel = infer_as(*operation, basic(TypeKind::duration), "after");
    } else if (operation->is(Kind::method_call) && operation->text == "recv") {
      arm.arm.kind = core::SelectArm::Kind::receive;
      Expr* channel = nullptr;
      if (qualifier_of((*operation)[0]).is_parent) {
        Expr* recv = parent_call("recv", {}, *operation, operation->span);
        channel = recv->kids.empty() ? poison(operation->span) : const_cast<Expr*>(recv->kids[0]);
      } else {
        channel = infer((*operation)[0]);
      }
      const Type* type = known(channel->type, operation->span);
      const Type* item = basic(TypeKind::never);
      if (type->kind == TypeKind::receiver) item = type->args[0];
      else if (type->kind != TypeKind::never) error((*operation)[0].span, "`recv` in a select is asked of a Receiver, found " + show(type), "it is the second of the two that `chan` and `spawn` give");
      arm.arm.channel = channel;
      if (pattern) {
        std::uint32_t local = fresh_local(item);
        Span at = pattern.span;
        binds.push_back(bind_irrefutable(pattern, {item, [this, local, item, at] { return read_local(local, item, at); }}));
        arm.arm.local = local;
      }
    } else if (operation->is(Kind::method_call) && operation->text == "send" && operation->size() == 2) {
      arm.arm.kind = core::SelectArm::Kind::send;
      Expr* channel = nullptr;
      Expr* value = nullptr;
      if (qualifier_of((*operation)[0]).is_parent) {
        std::vector<Arg> args = args_of(*operation, 1);
        Expr* send = parent_call("send", args, *operation, operation->span);
        // It goes through select instead: what it carries is still found with the others.
        channel = send->kids.empty() ? poison(operation->span) : const_cast<Expr*>(send->kids[0]);
        value = send->kids.size() < 2 ? poison(operation->span) : const_cast<Expr*>(send->kids[1]);
      } else {
        channel = infer((*operation)[0]);
        const Type* type = known(channel->type, operation->span);
        value = infer((*operation)[1], type->kind == TypeKind::sender ? type->args[0] : nullptr);
        if (type->kind == TypeKind::sender) value = coerce(value, type->args[0], (*operation)[1].span, "what is sent");
        else if (type->kind != TypeKind::never) error((*operation)[0].span, "`send` in a select is asked of a Sender, found " + show(type), "it is the first of the two that `chan` and `spawn` give");
      }
      arm.arm.channel = channel;
      arm.arm.value = value;
    } else {
      error(operation->span, "an arm of `select` receives, sends or waits", "write `x = r.recv() => ..`, `s.send(v) => ..` or `after 5s => ..`");
      pop_scope(scope);
      continue;
    }
    Expr* value = infer(body, expected, wanted);
    after = join_flow(after, flow_);
    binds.push_back(value);
    arm.body = block_of(binds, each->span);
    arms.push_back(arm);
    pop_scope(scope);
  }
  flow_ = after;
  if (arms.empty()) return poison(node.span);
  const Type* type = basic(TypeKind::none);
  std::vector<Expr*> bodies;
  for (Arm& arm : arms) bodies.push_back(arm.body);
  if (wanted) type = join_all(bodies, node.span);
  Expr* select = make_with(Op::select, type, node.span, bodies);
  std::vector<core::SelectArm> made;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    arms[i].arm.body = bodies[i];
    made.push_back(arms[i].arm);
  }
  select->arms = checker.arena.copy(made);
  return select;
}

}  // namespace m31::types
