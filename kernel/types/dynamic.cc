// Any: operations that are checked when they run.
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Node;
using syntax::Span;

Expr* Inference::any_word(std::string_view word, const Type* type, Span span, std::initializer_list<Expr*> kids) {
  instance.effects.insert("any");
  return native(word, type, span, kids);
}

// Several functions fit as far as is known: the one whose types the values have is called.
Expr* Inference::any_call(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span) {
  instance.effects.insert("any");
  std::vector<Match> fits;
  for (const auto& level : callable.levels)
    for (const FnDef* def : level)
      if (def->type_params.empty())
        if (std::optional<Match> found = match(*def, args, nullptr)) fits.push_back(*found);
  std::vector<Expr*> before;
  std::vector<std::uint32_t> locals(args.size());
  for (std::size_t i = 0; i < args.size(); ++i) before.push_back(copy_to_temp(args[i].value, locals[i]));
  struct Choice {
    Expr* test;
    Expr* call;
  };
  std::vector<Choice> choices;
  const Type* boolean = basic(TypeKind::boolean);
  for (const Match& fit : fits) {
    TypeArgs none;
    std::vector<const Type*> types = param_types(*fit.def, none);
    std::vector<Arg> mine = args;
    Expr* test = nullptr;
    for (std::size_t i = 0; i < args.size(); ++i) {
      const Type* type = vars.resolve(args[i].value->type);
      mine[i].node = nullptr;
      mine[i].value = read_local(locals[i], type, args[i].span);
      if (type->kind != TypeKind::any) continue;
      const Type* wanted = nullptr;
      for (std::size_t p = 0; p < fit.arg_of_param.size(); ++p)
        if (fit.arg_of_param[p] == static_cast<int>(i)) wanted = types[p];
      if (!wanted || wanted->kind == TypeKind::any) continue;
      Access whole{type, [this, local = locals[i], type, at = args[i].span] { return read_local(local, type, at); }};
      Access part;
      Expr* one = narrowed(whole, wanted, part, args[i].span);
      mine[i].value = part.make();
      if (one) test = test ? if_expr(test, one, bool_const(false, node.span), boolean, node.span) : one;
    }
    bool has_var = false;
    for (const ParamDef& param : fit.def->params) has_var |= param.is_var;
    if (has_var) continue;
    choices.push_back({test, call_match(fit, mine, node, name_span)});
    if (!test) break;
  }
  if (choices.empty()) return error(name_span, "no `" + std::string(callable.name) + "` takes an Any", "give the value a type first: `x: T = ..`");
  std::vector<Expr*> values;
  for (Choice& each : choices) values.push_back(each.call);
  const Type* result = join_all(values, node.span);
  Expr* chain = nullptr;
  if (choices.back().test) {
    // None of them: the cast says what was found.
    for (std::size_t i = 0; i < args.size() && !chain; ++i) {
      const Type* type = vars.resolve(args[i].value->type);
      if (type->kind != TypeKind::any) continue;
      std::size_t p = 0;
      while (fits[0].arg_of_param[p] != static_cast<int>(i)) ++p;
      TypeArgs none;
      const Type* wanted = param_types(*fits[0].def, none)[p];
      if (!wanted || wanted->kind == TypeKind::any) continue;
      chain = block_of({make(Op::cast, wanted, node.span, {read_local(locals[i], type, node.span)}), poison(node.span)}, node.span);
    }
  }
  for (std::size_t i = choices.size(); i-- > 0;)
    chain = choices[i].test ? if_expr(choices[i].test, values[i], chain, result, node.span) : values[i];
  before.push_back(chain);
  return block_of(before, node.span);
}

}  // namespace m31::types
