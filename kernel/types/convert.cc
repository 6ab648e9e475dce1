// Conversions: what a value may become by itself. A value to a union that holds it, anything to Any, Any with a check, an Int
// literal to Float, a function to the fn type that is asked for. Nothing else.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

// A tuple or record of types where a type is expected: chan((Int, String)), chan({a: Int}).
const Type* Inference::type_spelt_by(const Type* value) {
  value = vars.resolve(value);
  if (value->kind != TypeKind::tuple && value->kind != TypeKind::record) return nullptr;
  std::vector<const Type*> parts;
  for (const Type* arg : value->args) {
    const Type* part = vars.resolve(arg);
    if (part->kind == TypeKind::type_value) part = part->args[0];
    else part = type_spelt_by(part);
    if (!part) return nullptr;
    parts.push_back(part);
  }
  if (parts.empty()) return nullptr;
  return value->kind == TypeKind::tuple ? tuple_of(parts) : record_of(value->names, parts);
}

const Type* Inference::known(const Type* type, Span span) {
  type = vars.resolve(type);
  if (type->kind == TypeKind::named && type->constructors.empty()) type = vars.zonk(type);
  if (!is_variable(type)) return type;
  std::string text = source_text(span);
  unknown_.push_back({span, "the type of `" + text + "` is not known here", "write it where it is made: `x: T = ..`"});
  return basic(TypeKind::never);
}

// A sandbox where any sandbox will do: what it grants is asked when it runs.
bool Inference::forgets_environment(const Type* from, const Type* to) {
  return from->kind == TypeKind::sandbox && to->kind == TypeKind::sandbox && to->args[0]->kind == TypeKind::any;
}

bool Inference::converts(Expr* value, const Type* to) {
  std::size_t mark = vars.mark();
  bool fits = match_arg(value, to, false) >= 0;
  vars.rollback(mark);
  return fits;
}

Expr* Inference::try_coerce(Expr* value, const Type* to) { return converts(value, to) ? coerce(value, to, value->span) : nullptr; }

Expr* Inference::coerce(Expr* value, const Type* to, Span span, std::string_view what) {
  const Type* from = vars.resolve(value->type);
  to = vars.resolve(to);
  if (from == to || from->kind == TypeKind::never) return value;
  if (to->kind == TypeKind::type_value)
    if (const Type* spelt = type_spelt_by(from); spelt && vars.unify(unary_of(TypeKind::type_value, spelt), to))
      return block_of({value, make(Op::type_const, unary_of(TypeKind::type_value, spelt), span)}, span);
  if (to->kind == TypeKind::any) {
    if (is_template(from)) return error(span, "a function in an Any needs a type", "write `f: fn(Int) -> Int = ..` first");
    return make(Op::box, to, span, {value});
  }
  if (from->kind == TypeKind::any && !is_variable(to)) {
    if (to->kind == TypeKind::never) return value;
    if (value->op == Op::native && value->text == "data.read" && !vars.is_open(to))
      return read_data(const_cast<Expr*>(value->kids[0]), vars.zonk(to), span);
    return make(Op::cast, to, span, {value});
  }
  if (Expr* checked = checked_rows(value, from, to, span)) return checked;
  if (Expr* argument = row_argument(value, from, to, span)) return argument;
  if (to->kind == TypeKind::float_ && is_int_literal(value)) {
    std::int64_t number = value->integer;
    Expr* real = make(Op::real, to, value->span);
    real->real = static_cast<double>(number);
    return real;
  }
  if (to->kind == TypeKind::union_) {
    if (is_subset(from, to)) return make(Op::box, to, span, {value});
    if (from->kind != TypeKind::union_) {
      // A member that it can become: a literal, or a list whose elements are not known yet.
      for (const Type* member : to->args) {
        std::size_t mark = vars.mark();
        bool fits = match_arg(value, member, false) >= 0;
        vars.rollback(mark);
        if (fits) return make(Op::box, to, span, {coerce(value, member, span)});
      }
    }
  } else if (is_template(from) && to->kind == TypeKind::fn) {
    return close(value, to, span);
  } else if (forgets_environment(from, to)) {
    Expr* same = make(Op::none, to, span);
    *same = *value;
    same->type = to;
    return same;
  } else {
    std::size_t mark = vars.mark();
    if (to->kind != TypeKind::never && vars.unify(from, to)) return value;
    vars.rollback(mark);
  }
  std::string message = "expected " + show(to) + ", found " + show(from);
  if (!what.empty()) message = std::string(what) + ": " + message;
  std::string advice, wrapped, more;       // what is written instead
  std::string text = source_text(span);
  bool shown = !text.empty() && text.size() <= 40 && text.find('\n') == std::string::npos;
  if (!shown) text = "x";
  TypeKind target = to->kind, given = from->kind;
  bool may_be_none = given == TypeKind::union_ && is_subset(basic(TypeKind::none), from);
  if (target == TypeKind::float_ && given == TypeKind::int_) wrapped = "toFloat(" + text + ")";
  else if (target == TypeKind::int_ && given == TypeKind::float_) wrapped = "round(" + text + ")", more = ", `floor(..)` or `toInt(..)`";
  else if (target == TypeKind::string && given == TypeKind::bytes) wrapped = "text(" + text + ")";
  else if (target == TypeKind::string && given != TypeKind::union_) wrapped = "\"\\(" + text + ")\"";
  else if (target == TypeKind::int_ && given == TypeKind::string) wrapped = "Int.parse(" + text + ")";
  else if (target == TypeKind::float_ && given == TypeKind::string) wrapped = "Float.parse(" + text + ")";
  else if (may_be_none && !is_subset(basic(TypeKind::none), to)) advice = "it may be None: give a default with `??`, or test it: `if " + text + " != None:`";
  else if (given == TypeKind::union_) advice = "say what happens for each of its types with `match`";
  else if (target == TypeKind::never) advice = "write the type where the value is made: `x: T = ..`";
  else if ((given == TypeKind::range || given == TypeKind::stream) && target == TypeKind::list) wrapped = "list(" + text + ")";
  else if (given == TypeKind::list && target == TypeKind::list && to->args[0]->kind == TypeKind::union_ && is_subset(vars.zonk(from->args[0]), to->args[0]))
    wrapped = "[x for x in " + text + "]", more = ": a list keeps the type of its elements, a new one takes the wider";
  else if (vars.zonk(from) != to && !vars.is_open(from) && holds_any(vars.zonk(from)) && may_be(vars.zonk(from), to))
    advice = "its elements are checked where it gets a type: write `x: " + show(to) + " = ..`, and give `x`";
  else if (target == TypeKind::fn && given == TypeKind::fn) advice = "functions of other types do not convert: write `(x) => f(x)`";
  else advice = "give it a value of type " + show(to);
  if (!wrapped.empty()) {
    advice = "write `" + wrapped + "`" + more;
    if (shown) return error(span, message, advice, {{span, wrapped}});
  }
  return error(span, message, advice);
}

const Type* Inference::join(const Type* a, const Type* b) {
  a = vars.resolve(a);
  b = vars.resolve(b);
  if (a == b || b->kind == TypeKind::never) return a;
  if (a->kind == TypeKind::never) return b;
  if (a->kind == TypeKind::any || b->kind == TypeKind::any) return basic(TypeKind::any);
  if (vars.is_open(a) || vars.is_open(b)) {
    std::size_t mark = vars.mark();
    if (vars.unify(a, b)) return vars.resolve(a);
    vars.rollback(mark);
  }
  a = vars.zonk(a);
  b = vars.zonk(b);
  const Type* members[] = {a, b};
  return union_of(members);
}

// A function value that is stored or sent: an instance of its own, with its captures in a closure.
Expr* Inference::close(Expr* value, const Type* fn_type, Span span) {
  const Type* from = vars.resolve(value->type);
  const Template& closed = *template_of(from);
  fn_type = vars.zonk(fn_type);
  std::size_t count = fn_type->args.size() - 1;
  for (std::size_t i = 0; i < count; ++i)
    if (vars.is_open(fn_type->args[i])) {
      unknown_.push_back({span, "the types of this function's parameters are not known here", "write them: `(x: Int) => ..`"});
      return poison(span);
    }
  const Type* result = fn_type->args.back();
  std::string key = "close " + closed.identity;
  add_type_key(key, from);
  add_type_key(key, fn_type);
  Instance* made = checker.synthesize(key, core_fn.name + ".<closure>", {&instance, context.source, span});
  made->params.assign(fn_type->args.begin(), fn_type->args.end() - 1);
  for (const Capture& capture : closed.captures) made->params.push_back(capture.type);
  std::string local = closed.identity;
  for (const Type* type : made->params) local += "," + (is_template(type) ? template_of(type)->identity : encode_type(vars.runtime(type)));
  made->context = closed.context;
  made->context.identity = "closure-" + syntax::hash_bytes(local + "->" + encode_type(vars.runtime(result))).hex();
  made->low = SIZE_MAX;
  made->diagnostics.clear();
  made->uses.clear();
  made->globals.clear();
  made->effects.clear();
  made->used_in = context.source;
  made->used_at = span;
  made->user = &instance;
  Inference inner(checker, *made);
  inner.run_made([&](Inference& in) {
    std::vector<Expr*> captured;
    for (std::size_t i = 0; i < closed.captures.size(); ++i)
      captured.push_back(in.read_local(static_cast<std::uint32_t>(count + i), closed.captures[i].type, span));
    Expr* callee = captured.empty() ? in.make(Op::none, from, span) : in.make_with(Op::make_tuple, from, span, captured);
    std::vector<Arg> args(count);
    for (std::size_t i = 0; i < count; ++i) {
      args[i].value = in.read_local(static_cast<std::uint32_t>(i), fn_type->args[i], span);
      args[i].span = span;
    }
    syntax::Node* node = checker.arena.make<syntax::Node>();
    node->kind = Kind::call;
    node->span = span;
    Expr* called = in.apply(callee, args, *node, span);
    if (vars.is_open(result)) vars.unify(called->type, result);
    const Type* wanted = vars.zonk(result);
    if (made->uses_parent || in.instance.effects.count("PARENT"))
      in.error(span, "a function that is stored or sent cannot speak to PARENT: whose it would be is not known",
               "let it take the channel end: `(s: Sender[Int]) => ..`, or spawn it as it is");
    if (!fn_type->names.empty())
      for (const auto& [effect, chain] : in.reached_effects(in.instance)) {
        bool named = std::find(fn_type->names.begin(), fn_type->names.end(), effect) != fn_type->names.end();
        if (!named && effect != "chan" && effect != "any")
          in.error(span, "this function uses `" + effect + "`, and " + show(fn_type) + " does not allow it",
                   "name it in the type: `uses {" + effect + "}`, or do without");
      }
    if (wanted->kind == TypeKind::none) return in.block_of({called, in.none_const(span)}, span);
    return in.coerce(called, wanted, span, "the function's result");
  });
  // Its estimates may grow with those of what it calls: it belongs to the rounds of whoever asked.
  instance.low = std::min(instance.low, made->low);
  made->core->parameter_count = static_cast<std::uint32_t>(count);
  made->core->capture_count = static_cast<std::uint32_t>(closed.captures.size());
  made->core->is_var.resize(count);
  Expr* expr = nullptr;
  std::uint32_t local_index = 0;
  std::vector<Expr*> before, captured;
  if (!closed.captures.empty()) {
    if (value->op == Op::make_tuple) {
      for (const Expr* part : value->kids) captured.push_back(const_cast<Expr*>(part));
    } else {
      before.push_back(copy_to_temp(value, local_index));
      for (std::size_t i = 0; i < closed.captures.size(); ++i) {
        Expr* part = make(Op::field, closed.captures[i].type, span, {read_local(local_index, from, span)});
        part->index = static_cast<std::uint32_t>(i);
        captured.push_back(part);
      }
    }
  }
  expr = make_with(Op::closure, vars.zonk(fn_type), span, captured);
  expr->callee = made->core;
  before.push_back(expr);
  return block_of(before, span);
}

}  // namespace m31::types
