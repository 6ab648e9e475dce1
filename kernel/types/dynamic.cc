// Any: operations that are checked when they run. A call with an Any argument chooses among the functions of its name then: the first that the
// values fit is called. Where what they give differs, the result is an Any too.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Node;
using syntax::Span;

// Whether a value of type `from`, with Any inside, may be seen to be a `to` when it runs.
bool Inference::may_be(const Type* from, const Type* to) {
  if (from == to || from->kind == TypeKind::any || to->kind == TypeKind::any || to->kind == TypeKind::variable) return true;
  if (from->kind == TypeKind::int_ && to->kind == TypeKind::float_) return true;
  if (to->kind == TypeKind::union_)
    return std::any_of(to->args.begin(), to->args.end(), [&](const Type* each) { return may_be(from, each); });
  const bool is_entries = from->kind == TypeKind::map && from->args[0]->kind == TypeKind::string;
  if (is_entries && (to->kind == TypeKind::record || to->kind == TypeKind::named)) return true;
  if (from->kind != to->kind || from->args.empty() || from->args.size() != to->args.size() || from->decl != to->decl) return false;
  for (std::size_t i = 0; i < from->args.size(); ++i)
    if (!may_be(from->args[i], to->args[i])) return false;
  return true;
}

bool Inference::holds_any(const Type* type) {
  if (type->kind == TypeKind::any) return true;
  return type->kind != TypeKind::fn && std::any_of(type->args.begin(), type->args.end(), holds_any);
}

Expr* Inference::any_word(std::string_view word, const Type* type, Span span, std::initializer_list<Expr*> kids) {
  instance.effects.insert("any");
  return native(word, type, span, kids);
}

// Whether an Any can be seen as a `to` (null: always), and it as that.
Expr* Inference::fits_any(const Access& subject, const Type* to, Access& part, Span span) {
  part.type = to;
  auto make_whole = subject.make;
  part.make = [this, make_whole, to, span] { return to->kind == TypeKind::any ? make_whole() : make(Op::cast, to, span, {make_whole()}); };
  if (to->kind == TypeKind::any) return nullptr;
  return any_word("any.fits", basic(TypeKind::boolean), span, {make_whole(), make(Op::type_const, unary_of(TypeKind::type_value, to), span)});
}

// What a function's type parameters are where arguments are Any: what the other arguments' elements tell, else Any.
void Inference::bind_dynamic(const Match& match, const std::vector<Arg>& args, const std::vector<const Type*>& types) {
  const Type* any = basic(TypeKind::any);
  const auto arg_at = [&](std::size_t p) -> const Arg* {
    const int at = types[p] ? match.arg_of_param[p] : -1;
    return at < 0 ? nullptr : &args[static_cast<std::size_t>(at)];
  };
  const auto bind = [&](bool direct) {
    for (std::size_t p = 0; p < types.size(); ++p) {
      const Arg* arg = arg_at(p);
      if (!arg || is_variable(vars.resolve(types[p])) != direct) continue;
      const Type* type = vars.resolve(arg->value->type);
      if (type->kind != TypeKind::any && !is_template(type)) match_arg(arg->value, types[p], true);
    }
  };
  std::function<void(const Type*, bool)> open_are_any = [&](const Type* type, bool keys) {
    type = vars.resolve(type);
    if (is_variable(type)) vars.unify(type, any);
    for (std::size_t i = 0; i < type->args.size(); ++i)
      if (keys || type->kind != TypeKind::map || i == 1) open_are_any(type->args[i], keys);
  };
  const auto bind_any = [&](bool keys) {
    for (std::size_t p = 0; p < types.size(); ++p)
      if (const Arg* arg = arg_at(p); arg && vars.resolve(arg->value->type)->kind == TypeKind::any) open_are_any(types[p], keys);
  };
  bind(false);
  bind_any(false);
  bind(true);
  bind_any(true);
}

// The call of one candidate, with what must hold for it; no call when it cannot take these.
Choice Inference::any_choice(const Match& fit, const std::vector<Arg>& args, const std::vector<std::uint32_t>& locals,
                             const std::vector<const Type*>& known_types, const Node& node, Span name_span, bool report) {
  Choice choice;
  TypeArgs type_args;
  const std::vector<const Type*> types = param_types(*fit.def, type_args);
  bind_dynamic(fit, args, types);
  std::vector<Arg> mine = args;
  choice.wanted.resize(args.size());
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Type* type = vars.resolve(args[i].value->type);
    mine[i].node = nullptr;
    if (!is_int_literal(args[i].value) && !is_template(type)) mine[i].value = read_local(locals[i], type, args[i].span);
    if (type->kind != TypeKind::any) continue;
    const Type* wanted = nullptr;
    for (std::size_t p = 0; p < fit.arg_of_param.size(); ++p)
      if (fit.arg_of_param[p] == static_cast<int>(i)) wanted = types[p];
    if (wanted) wanted = vars.zonk(wanted);
    if (known_types[i] && wanted && !may_be(known_types[i], wanted)) return choice;
    if (!wanted || wanted->kind == TypeKind::any) continue;
    choice.wanted[i] = wanted;
    Access part;
    Expr* test = fits_any({type, [this, local = locals[i], type, at = args[i].span] { return read_local(local, type, at); }}, wanted, part, args[i].span);
    mine[i].value = part.make();
    choice.test = choice.test ? if_expr(choice.test, test, bool_const(false, node.span), basic(TypeKind::boolean), node.span) : test;
  }
  const std::size_t errors = instance.diagnostics.size(), uses = instance.uses.size(), unknown = unknown_.size();
  choice.call = call_match(fit, mine, node, name_span);
  // A function whose code cannot take an Any is none of the choices.
  const bool wrong = instance.diagnostics.size() > errors || is_wrong_below(uses);
  if (!wrong || report) return choice;
  instance.diagnostics.resize(errors);
  instance.uses.resize(uses);
  unknown_.resize(unknown);
  choice.call = nullptr;
  return choice;
}

Expr* Inference::any_call(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span, const AnyCall& how) {
  instance.effects.insert("any");
  std::vector<Match> fits;
  for (const auto& level : callable.levels)
    for (const FnDef* def : level) {
      if (how.library_only && !def->context.module->is_library) continue;
      if (std::any_of(def->params.begin(), def->params.end(), [](const ParamDef& param) { return param.is_var; })) continue;
      if (std::optional<Match> found = match(*def, args, nullptr)) fits.push_back(*found);
    }
  // What has a type is tried before what takes anything.
  std::stable_sort(fits.begin(), fits.end(), [](const Match& a, const Match& b) {
    const auto untyped = [](const Match& each) { return std::any_of(each.def->params.begin(), each.def->params.end(), [](const ParamDef& param) { return !param.type; }); };
    return untyped(a) < untyped(b);
  });
  std::vector<Expr*> before;
  std::vector<std::uint32_t> locals(args.size());
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Type* type = vars.resolve(args[i].value->type);
    if (!is_int_literal(args[i].value) && !is_template(type)) before.push_back(copy_to_temp(args[i].value, locals[i]));
  }
  std::vector<const Type*> known_types = how.known;
  known_types.resize(args.size());
  std::vector<Choice> choices;
  for (const Match& fit : fits) {
    Choice choice = any_choice(fit, args, locals, known_types, node, name_span, false);
    if (!choice.call) continue;
    choices.push_back(choice);
    if (!choice.test) break;
  }
  if (choices.empty()) {
    if (how.otherwise) {
      before.push_back(how.otherwise(locals));
      return block_of(before, node.span);
    }
    if (how.library_only) return nullptr;
    // Why the first of them does not take it.
    if (!fits.empty())
      if (Choice first = any_choice(fits[0], args, locals, known_types, node, name_span, true); first.call) return poison(node.span);
    return error(name_span, "no `" + std::string(callable.name) + "` takes an Any", "give the value a type first: `x: T = ..`");
  }
  std::vector<Expr*> values;
  for (Choice& each : choices) values.push_back(each.call);
  const bool is_open = choices.back().test != nullptr;
  if (is_open && how.otherwise) values.push_back(how.otherwise(locals));
  const Type* result = vars.zonk(values[0]->type);
  for (Expr* value : values)
    if (vars.zonk(value->type) != result) result = basic(TypeKind::any);
  for (Expr*& value : values) value = coerce(value, result, node.span);
  Expr* chain = nullptr;
  if (is_open) chain = how.otherwise ? values.back() : refused_call(callable, args, locals, choices, node);
  for (std::size_t i = choices.size(); i-- > 0;)
    chain = choices[i].test ? if_expr(choices[i].test, values[i], chain, result, node.span) : values[i];
  before.push_back(chain);
  return block_of(before, node.span);
}

// None of them fits: says which argument, and what it is.
Expr* Inference::refused_call(const Callable& callable, const std::vector<Arg>& args, const std::vector<std::uint32_t>& locals,
                              const std::vector<Choice>& choices, const Node& node) {
  std::vector<Expr*> said;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Type* type = vars.resolve(args[i].value->type);
    if (type->kind != TypeKind::any) continue;
    std::vector<const Type*> wanted;
    for (const Choice& each : choices)
      if (each.wanted[i]) wanted.push_back(each.wanted[i]);
    if (wanted.size() != choices.size()) continue;       // one of them takes anything there
    said.push_back(any_word("any.refuse", basic(TypeKind::none), node.span,
                            {string_const(callable.name, node.span), read_local(locals[i], type, args[i].span),
                             make(Op::type_const, unary_of(TypeKind::type_value, tuple_of(wanted)), node.span)}));
  }
  // Each fits one, and no function takes all of them.
  for (std::size_t i = 0; i < args.size(); ++i)
    if (const Type* type = vars.resolve(args[i].value->type); type->kind == TypeKind::any && choices[0].wanted[i])
      said.push_back(make(Op::cast, choices[0].wanted[i], node.span, {read_local(locals[i], type, args[i].span)}));
  said.push_back(poison(node.span));
  return block_of(said, node.span);
}

// Words of the library take a List[Any], as what csv and json give is one, when its elements are what they want.
Expr* Inference::call_with_any_inside(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span) {
  AnyCall how;
  how.library_only = true;
  std::vector<Arg> mine = args;
  bool any = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Type* type = vars.zonk(args[i].value->type);
    how.known.push_back(nullptr);
    if (is_template(type) || vars.is_open(type) || !holds_any(type)) continue;
    any = true;
    if (type->kind == TypeKind::any) continue;
    how.known.back() = type;
    mine[i].value = coerce(args[i].value, basic(TypeKind::any), args[i].span);
    mine[i].node = nullptr;
  }
  return any ? any_call(callable, mine, node, name_span, how) : nullptr;
}

}  // namespace m31::types
