// Fibrils: spawn, PARENT.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

Expr* Inference::parent_end(std::uint32_t which, Span span) {
  Expr* expr = make(Op::parent, basic(TypeKind::never), span);
  expr->index = which;
  return expr;
}

Expr* Inference::parent_call(std::string_view name, std::vector<Arg> args, const Node& node, Span name_span) {
  Span span{node.span.begin, node.span.begin + 6};
  if (is_cell_ && lambda_depth_ == 0) {
    for (Arg& arg : args) value_of(arg);
    return error(span, "there is no PARENT here: this is the session's own fibril", "only a function that is spawned has one");
  }
  instance.uses_parent = true;
  instance.effects.insert("chan");
  instance.effects.insert("PARENT");
  if (name == "send") {
    if (args.size() != 1) return error(name_span, "PARENT.send takes one value, found " + std::to_string(args.size()), "send a tuple: `PARENT.send((a, b))`");
    Expr* value = value_of(args[0]);
    if (vars.resolve(value->type)->kind == TypeKind::never) return block_of({value, poison(node.span)}, node.span);
    Expr* send = host("chan.send", basic(TypeKind::none), node.span, {parent_end(0, span), value});
    send->integer = 1;
    sends_.push_back(send);
    return send;
  }
  if (name == "recv") {
    if (!args.empty()) return error(name_span, "PARENT.recv takes no argument", "write `PARENT.recv()`");
    if (!in_) in_ = vars.fresh();
    Expr* end = parent_end(1, span);
    end->type = unary_of(TypeKind::receiver, in_);
    return host("chan.recv", in_, node.span, {end});
  }
  for (Arg& arg : args) value_of(arg);
  std::string near = nearest(name, {"send", "recv"});
  return error(name_span, "PARENT has no `" + std::string(name) + "`", near.empty() ? "it has send and recv" : "did you mean `" + near + "`?",
               near.empty() ? std::vector<syntax::Edit>{} : std::vector<syntax::Edit>{{name_span, near}});
}

// Calling a function that speaks to PARENT: it is the caller's.
void Inference::use_parent_of(Instance* callee, Span span) {
  if (!callee->uses_parent) return;
  if (is_cell_ && lambda_depth_ == 0) {
    error(span, "`" + callee->shown + "` speaks to PARENT, and the session's own fibril has none", "spawn it: `sys.spawn(f, [..])`");
    return;
  }
  instance.uses_parent = true;
  instance.effects.insert("PARENT");
  if (callee->out->kind != TypeKind::never) sent_.push_back(callee->out);
  if (callee->in->kind != TypeKind::never) {
    if (!in_) in_ = vars.fresh();
    if (!vars.unify(in_, callee->in))
      error(span, "`" + callee->shown + "` receives " + show(callee->in) + " from PARENT, and " + show(in_) + " is received here");
  }
}

Expr* Inference::call_spawn(std::vector<Arg> args, const Node& node, Expr* box) {
  if (args.empty()) return error(node.span, "sys.spawn takes a function and the list of its arguments", "write `sys.spawn(f, [x])`");
  std::vector<Arg> inner;
  if (args.size() > 1) {
    const Node* list = args[1].node;
    if (!list || !list->is(Kind::list)) {
      for (Arg& arg : args) value_of(arg);
      return error(args[1].span, "the arguments of a spawned function are written out", "write `sys.spawn(f, [x, y])`");
    }
    for (const Node* each : list->kids) {
      Arg arg;
      arg.node = each;
      arg.span = each->span;
      inner.push_back(arg);
    }
  }
  for (std::size_t i = 2; i < args.size(); ++i) value_of(args[i]);   // wishes: none is ever needed
  if (args[0].value) {
    Node* none = checker.arena.make<Node>();
    none->span = args[0].span;
    return spawn_value(args[0].value, std::move(inner), node, args[0].span, box);
  }
  return spawn_call(*args[0].node, std::move(inner), node, box);
}

Expr* Inference::spawn_call(const Node& callee, std::vector<Arg> args, const Node& node, Expr* box) {
  if (callee.is(Kind::name) && !lookup(callee.text)) {
    // A name in call position: a value that cannot be called hides no function.
    auto global = checker.globals.find(callee.text);
    bool hidden = global != checker.globals.end() && !is_callable(global->second.type);
    if (hidden) {
      Template made;
  made.kind = Template::Kind::named;
      made.name = callee.text;
      made.identity = "fn " + context.module->name + "." + std::string(callee.text);
      made.context = context;
      made.context.local_fns = local_fns_;
      return spawn_value(template_value(std::move(made), callee.span), std::move(args), node, callee.span, box);
    }
  }
  return spawn_value(infer(callee), std::move(args), node, callee.span, box);
}

Expr* Inference::infer_spawn(const Node& node) {
  if (!use_capability("sys", {node.span.begin, node.span.begin + 5})) return poison(node.span);
  const Node& call = node[0];
  std::vector<Arg> args = args_of(call, 1);
  if (call.is(Kind::call)) return spawn_call(call[0], std::move(args), node);
  if (Qualifier qualifier = qualifier_of(call[0])) return spawn_value(qualified(qualifier, call.text, call, call.span), std::move(args), node, call.span);
  Arg first;
  first.node = &call[0];
  first.span = call[0].span;
  args.insert(args.begin(), first);
  Template made;
  made.kind = Template::Kind::named;
  made.name = call.text;
  made.identity = "fn " + context.module->name + "." + std::string(call.text);
  made.context = context;
  made.context.local_fns = local_fns_;
  return spawn_value(template_value(std::move(made), call.span), std::move(args), node, call.span);
}

// The child runs `callee(args)`. When that is one plain call, its instance is spawned; else one around it.
Expr* Inference::spawn_value(Expr* callee, std::vector<Arg> args, const Node& node, Span callee_span, Expr* box) {
  instance.effects.insert("chan");
  const Type* type = known(callee->type, callee_span);
  std::vector<Expr*> values;
  bool poisoned = type->kind == TypeKind::never;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Type* expected = type->kind == TypeKind::fn && i + 1 < type->args.size() ? type->args[i] : nullptr;
    values.push_back(value_of(args[i], expected));
    const Type* of = vars.zonk(values.back()->type);
    poisoned |= of->kind == TypeKind::never;
    if (vars.is_open(of)) {
      unknown_.push_back({args[i].span, "the element type of this value is not known yet, and the spawned function needs it",
                          "write it where the value is made: `x: List[Int] = []`"});
      poisoned = true;
    } else if (!is_sendable(vars.runtime(of))) {
      error(args[i].span, "a value of type " + show(of) + " cannot be sent to another fibril");
      poisoned = true;
    }
  }
  if (poisoned) return poison(node.span);
  if (!is_callable(type)) return error(callee_span, "a value of type " + show(type) + " cannot be spawned", "sys.spawn takes a function");

  // What the instance around the call takes: the arguments, then what the function has with it.
  std::vector<const Type*> params;
  std::vector<Expr*> kids = values;
  for (Expr* value : values) params.push_back(vars.zonk(value->type));
  std::vector<Expr*> before;
  std::size_t captured = 0;
  if (is_template(type)) {
    const Template& called = *template_of(type);
    captured = called.captures.size();
    std::uint32_t local = 0;
    bool direct = callee->op == Op::make_tuple;
    if (captured && !direct) before.push_back(copy_to_temp(callee, local));
    for (std::size_t i = 0; i < captured; ++i) {
      params.push_back(called.captures[i].type);
      if (direct) {
        kids.push_back(const_cast<Expr*>(callee->kids[i]));
        continue;
      }
      Expr* part = make(Op::field, called.captures[i].type, node.span, {read_local(local, type, node.span)});
      part->index = static_cast<std::uint32_t>(i);
      kids.push_back(part);
    }
  } else {
    params.push_back(type);
    kids.push_back(callee);
  }
  std::string key = "spawn ";
  add_type_key(key, type);
  for (const Type* each : params) add_type_key(key, each);
  std::string local_identity = is_template(type) ? template_of(type)->identity : encode_type(type);
  for (const Type* each : params)
    local_identity += "," + (is_template(each) ? template_of(each)->identity : encode_type(vars.runtime(each)));
  // A literal stands in the instance around the call: as what the call makes of it, an Int or a Float.
  for (Expr* value : values) {
    if (!is_int_literal(value)) continue;
    key += "#" + std::to_string(value->integer);
    local_identity += "#" + std::to_string(value->integer);
  }
  std::size_t uses_before = instance.uses.size();
  auto infer_around = [&](Instance* made, bool sends) -> Expr* {
    made->params = params;
    made->context = context;
    made->context.local_fns = local_fns_;
    made->context.identity = "spawn-" + syntax::hash_bytes(local_identity).hex();
    made->low = SIZE_MAX;
    made->diagnostics.clear();
    made->uses.clear();
    made->globals.clear();
    made->effects.clear();
    made->uses_parent = false;
    made->in = made->out = basic(TypeKind::never);
    made->user = &instance;
    made->used_in = context.source;
    made->used_at = callee_span;
    Inference inner(checker, *made);
    Expr* called = nullptr;
    inner.run_made([&](Inference& in) {
      Expr* inner_callee = nullptr;
      if (is_template(type)) {
        std::vector<Expr*> captures;
        for (std::size_t i = 0; i < captured; ++i)
          captures.push_back(in.read_local(static_cast<std::uint32_t>(values.size() + i), params[values.size() + i], callee_span));
        inner_callee = captures.empty() ? in.make(Op::none, type, callee_span) : in.make_with(Op::make_tuple, type, callee_span, captures);
      } else {
        inner_callee = in.read_local(static_cast<std::uint32_t>(values.size()), type, callee_span);
      }
      std::vector<Arg> inner_args(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        inner_args[i].value = in.read_local(static_cast<std::uint32_t>(i), params[i], args[i].span);
        if (is_int_literal(values[i])) {
          inner_args[i].value = in.int_const(values[i]->integer, args[i].span);
        }
        inner_args[i].name = args[i].name;
        inner_args[i].span = args[i].span;
      }
      Node* as_call = checker.arena.make<Node>();
      as_call->kind = Kind::call;
      as_call->span = callee_span;
      called = in.apply(inner_callee, inner_args, *as_call, callee_span);
      const Type* result = in.vars.resolve(called->type);
      if (!sends || result->kind == TypeKind::none || result->kind == TypeKind::never) return called;
      // The result is the last message; as it is not what the channel carries, it is made one here.
      Expr* value = called;
      if (result->kind == TypeKind::union_ && is_subset(basic(TypeKind::none), result)) {
        std::uint32_t kept = 0;
        Expr* keep = in.copy_to_temp(value, kept);
        std::vector<const Type*> rest;
        for (const Type* each : result->args)
          if (each->kind != TypeKind::none) rest.push_back(each);
        Access whole{result, [&in, kept, result, &node] { return in.read_local(kept, result, node.span); }};
        Access part;
        in.narrowed(whole, union_of(rest), part, node.span);
        Expr* send = in.host("chan.send", basic(TypeKind::none), node.span, {in.parent_end(0, node.span), part.make()});
        in.sends_.push_back(send);
        Expr* test = in.prim(Prim::is_none, basic(TypeKind::boolean), node.span, {whole.make()});
        return in.block_of({keep, in.if_expr(test, in.none_const(node.span), send, basic(TypeKind::none), node.span)}, node.span);
      }
      Expr* send = in.host("chan.send", basic(TypeKind::none), node.span, {in.parent_end(0, node.span), value});
      in.sends_.push_back(send);
      return send;
    });
    made->core->parameter_count = static_cast<std::uint32_t>(params.size());
    made->core->capture_count = 0;
    instance.low = std::min(instance.low, made->low);
    return called;
  };
  Instance* made = checker.synthesize(key, core_fn.name + ".<spawn>", {&instance, context.source, callee_span});
  Expr* called = infer_around(made, false);
  // One plain call of all that was given, in order?
  Instance* target = made;
  bool plain = called && called->op == Op::call && called->kids.size() == params.size();
  for (std::size_t i = 0; plain && i < called->kids.size(); ++i) {
    const Expr* kid = called->kids[i];
    bool same = kid->op == Op::local && kid->index == i;
    bool literal = i < values.size() && is_int_literal(values[i]) && kid->op == Op::integer;
    bool real = i < values.size() && is_int_literal(values[i]) && kid->op == Op::real;
    if (real) kids[i] = const_cast<Expr*>(kid), made_.push_back(kids[i]);
    plain = same || literal || real;
  }
  if (plain)
    for (Instance* each : made->uses)
      if (each->core == called->callee) target = each;
  const Type* result = target->result;
  const Type* in = target->in;
  const Type* out = target->out;
  if (result->kind != TypeKind::none && result->kind != TypeKind::never && vars.zonk(join(out, result)) != result) {
    // A result beside messages of another type, or one that may be None.
    target = checker.synthesize(key + "!", core_fn.name + ".<spawn>", {&instance, context.source, callee_span});
    local_identity += "!";
    infer_around(target, true);
    in = target->in;
    out = target->out;
  } else if (result->kind == TypeKind::union_ && is_subset(basic(TypeKind::none), result)) {
    target = checker.synthesize(key + "!", core_fn.name + ".<spawn>", {&instance, context.source, callee_span});
    local_identity += "!";
    infer_around(target, true);
    in = target->in;
    out = target->out;
  } else if (result->kind != TypeKind::none) {
    out = join(out, result);
  }
  instance.uses.resize(uses_before);
  if (std::find(instance.uses.begin(), instance.uses.end(), target) == instance.uses.end()) instance.uses.push_back(target);
  for (const syntax::Diagnostic& each : made->diagnostics)
    if (target != made) instance.diagnostics.push_back(each);
  const Type* ends[] = {unary_of(TypeKind::sender, vars.runtime(in)), unary_of(TypeKind::receiver, vars.runtime(out))};
  if (box) kids.insert(kids.begin(), box);
  Expr* spawn = make_with(Op::spawn, tuple_of(ends), node.span, kids);
  spawn->callee = target->core;
  before.push_back(spawn);
  if (box) box_uses_.push_back({target, box->type, result, callee_span});
  return block_of(before, node.span);
}

}  // namespace m31::types
