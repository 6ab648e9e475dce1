// Calls of values: closures, lambdas and other templates, types, constructors; print.
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

Expr* Inference::apply(Expr* callee, std::vector<Arg> args, const Node& node, Span callee_span) {
  const Type* type = known(callee->type, callee_span);
  if (type->kind == TypeKind::never) {
    for (Arg& arg : args)
      if (!arg.node || !arg.node->is(Kind::lambda)) value_of(arg);
    return poison(node.span);
  }
  if (is_template(type)) return apply_template(callee, *template_of(type), std::move(args), node, callee_span);
  if (type->kind == TypeKind::fn) {
    std::size_t count = type->args.size() - 1;
    std::vector<Expr*> kids{callee};
    for (Arg& arg : args)
      if (!arg.name.empty())
        return error(arg.span, "a function value's arguments have no names", "write the value alone",
                     {{{name_before(arg.span, arg.name).begin, arg.span.begin}, ""}});
    if (args.size() != count)
      return error(node.span, "this function takes " + std::to_string(count) + (count == 1 ? " argument" : " arguments") + ", found " +
                                  std::to_string(args.size()), "it is " + show(type));
    for (std::size_t i = 0; i < count; ++i)
{
      Expr* value = value_of(args[i], type->args[i]);
      kids.push_back(coerce(value, type->args[i], args[i].span.end ? args[i].span : value->span, "an argument"));
    }
    for (std::string_view effect : type->names)
      if (!effect.empty()) instance.effects.insert(std::string(effect));
    return make_with(Op::call_closure, type->args.back(), node.span, kids);
  }
  if (type->kind == TypeKind::type_value) {
    const Type* of = type->args[0];
    if (of->kind == TypeKind::named && !of->decl->is_sum)
      if (TypeDef* def = checker.type_def_of(of->decl)) return apply_constructor(*def, 0, *def->module, std::move(args), node, callee_span);
    if (args.size() == 1) {
      Expr* value = value_of(args[0], of);
      const Type* from = vars.resolve(value->type);
      if (from == of || from->kind == TypeKind::any) return coerce(value, of, node.span);
      if (of->kind == TypeKind::string) return display(value, node.span);
      std::string advice = "there is no conversion from " + show(from) + " to " + show(of);
      if (of->kind == TypeKind::float_ && from->kind == TypeKind::int_) return prim(Prim::int_to_float, of, node.span, {value});
      if (from->kind == TypeKind::string && (of->kind == TypeKind::int_ || of->kind == TypeKind::float_) && node.is(Kind::call))
        return error_rewrite(callee_span, "the type " + show(of) + " is no function", node.span, show(of) + ".parse(" + source_text(args[0].span) + ")");
      if (from->kind == TypeKind::float_ && of->kind == TypeKind::int_) advice = "write `round(..)`, `floor(..)` or `toInt(..)`";
      return error(callee_span, "the type " + show(of) + " is no function", advice);
    }
    return error(callee_span, "the type " + show(of) + " is no function");
  }
  for (Arg& arg : args) value_of(arg);
  if (type->kind == TypeKind::any)
    return error(callee_span, "what an Any takes is not known", "write `f: fn(Int) -> Int = ..` first");
  return error(callee_span, "a value of type " + show(type) + " cannot be called");
}

Expr* Inference::apply_template(Expr* callee, const Template& called, std::vector<Arg> args, const Node& node, Span callee_span) {
  switch (called.kind) {
    case Template::Kind::operator_: {
      if (args.size() != 2)
        return error(node.span, "`(" + called.name + ")` takes 2 arguments, found " + std::to_string(args.size()));
      Expr* left = value_of(args[0]);
      Expr* right = value_of(args[1]);
      // Its overloads are sought where `(+)` stands.
      Context before = context;
      const LocalFns* local_fns = local_fns_;
      context.module = called.context.module;
      local_fns_ = called.context.local_fns;
      Expr* result = binary(called.name, left, right, node, node.span);
      context = before;
      local_fns_ = local_fns;
      return block_of({callee, result}, node.span);
    }
    case Template::Kind::constructor:
      return apply_constructor(*called.constructor.type, called.constructor.index, *called.qualifier, std::move(args), node, callee_span);
    case Template::Kind::named: {
      if (called.name == "print" && !called.qualifier) return print(std::move(args), node);
      for (Arg& arg : args) value_of(arg);
      // Captures of a nested function come along under their hidden names.
      std::size_t scope = push_scope();
      std::vector<Expr*> before;
      std::uint32_t local = 0;
      if (!called.captures.empty()) {
        before.push_back(copy_to_temp(callee, local));
        for (std::size_t i = 0; i < called.captures.size(); ++i) {
          Expr* part = make(Op::field, called.captures[i].type, node.span, {read_local(local, callee->type, node.span)});
          part->index = static_cast<std::uint32_t>(i);
          Var* var = declare(called.captures[i].name, called.captures[i].type, node.span, Var::Origin::pattern);
          before.push_back(set_local(var->local, part, node.span));
        }
      }
      const LocalFns* local_fns = local_fns_;
      if (!called.qualifier) local_fns_ = called.context.local_fns;
      Callable callable = functions_named(called.name, called.context, called.qualifier, args);
      Expr* call = callable.empty() ? poison(node.span) : call_overloads(callable, args, node, callee_span);
      local_fns_ = local_fns;
      pop_scope(scope);
      before.push_back(call);
      return block_of(before, node.span);
    }
    case Template::Kind::lambda:
    case Template::Kind::field_fn: break;
  }
  const Node& lambda = *called.node;
  bool is_lambda = called.kind == Template::Kind::lambda;
  std::size_t count = is_lambda ? lambda.size() - 1 : 1;
  std::size_t least = count;               // those that have no default
  while (is_lambda && least > 0 && lambda[least - 1][0]) --least;
  if (args.size() > count || args.size() < least) {
    for (Arg& arg : args) value_of(arg);
    std::string advice = "it takes " + std::to_string(count);
    if (called.context.source) advice = "it is `" + std::string(called.context.source->text().substr(lambda.span.begin, lambda.span.end - lambda.span.begin)) + "`";
    const Type* only = args.size() == 1 ? vars.resolve(args[0].value->type) : nullptr;
    if (only && only->kind == TypeKind::tuple && only->args.size() == count) advice = "it is given one tuple: two more brackets take it apart, `((k, v)) => ..`";
    return error(callee_span, "this lambda takes " + std::to_string(count) + (count == 1 ? " argument" : " arguments") + ", found " + std::to_string(args.size()), advice);
  }
  std::vector<const Type*> params;
  std::vector<Expr*> kids;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (!args[i].name.empty()) return error(args[i].span, "a lambda's arguments have no names", "write the value alone",
                                                  {{{name_before(args[i].span, args[i].name).begin, args[i].span.begin}, ""}});
    const Type* declared = nullptr;
    if (is_lambda && lambda[i][1]) {
      Context before = context;
      context = called.context;
      declared = resolve_type(lambda[i][1], called.context, called.context.type_args);
      context = before;
    }
    Expr* value = value_of(args[i], declared);
    if (declared) value = coerce(value, declared, args[i].span.end ? args[i].span : value->span, "argument `" + std::string(lambda[i].text) + "`");
    kids.push_back(value);
    params.push_back(vars.zonk(value->type));
    if (params.back()->kind == TypeKind::never) {
      kids.push_back(poison(node.span));
      return block_of(kids, node.span);
    }
    if (vars.is_open(params.back())) {
      unknown_.push_back({value->span, "the element type of this value is not known yet, and the function needs it",
                          "write it where the value is made: `x: List[Int] = []`"});
      return poison(node.span);
    }
  }
  std::vector<Expr*> before;
  const bool uses_defaults = args.size() < count;
  if (uses_defaults && !called.captures.empty()) {
    // They read what the lambda took with it.
    std::uint32_t local = 0;
    before.push_back(copy_to_temp(callee, local));
    callee = read_local(local, callee->type, node.span);
  }
  if (uses_defaults) {
    const std::size_t scope = push_scope();
    std::vector<Var*> visible;
    for (std::size_t i = 0; i < called.captures.size(); ++i) {
      Expr* part = make(Op::field, called.captures[i].type, node.span, {callee});
      part->index = static_cast<std::uint32_t>(i);
      visible.push_back(declare(called.captures[i].name, called.captures[i].type, node.span, Var::Origin::pattern));
      before.push_back(set_local(visible.back()->local, part, node.span));
    }
    std::vector<ParamDef> all = read_params(lambda.kids.first(count));
    std::vector<const Type*> types(count);
    for (std::size_t i = args.size(); i < count; ++i)
      if (all[i].type) types[i] = resolve_type(*all[i].type, called.context, called.context.type_args);
    kids.resize(count);
    fill_defaults(all, called.context, visible, types, kids, before, node);
    pop_scope(scope);
    for (std::size_t i = args.size(); i < count; ++i) {
      params.push_back(vars.zonk(kids[i]->type));
      if (params.back()->kind == TypeKind::never || vars.is_open(params.back())) return poison(node.span);
    }
  }
  if (!called.captures.empty()) {
    std::uint32_t local = 0;
    bool direct = callee->op == Op::make_tuple;
    if (!direct) {
      if (callee->op == Op::local) {
        local = callee->index;
      } else {
        before.push_back(copy_to_temp(callee, local));
      }
    }
    for (std::size_t i = 0; i < called.captures.size(); ++i) {
      if (direct) {
        kids.push_back(const_cast<Expr*>(callee->kids[i]));
      } else {
        Expr* part = make(Op::field, called.captures[i].type, node.span, {read_local(local, callee->type, node.span)});
        part->index = static_cast<std::uint32_t>(i);
        kids.push_back(part);
      }
      params.push_back(called.captures[i].type);
    }
  }
  Instance* made = checker.instantiate(called, params, nullptr, {&instance, context.source, callee_span.end ? callee_span : node.span});
  if (!made) {
    return error(node.span, "a lambda calls itself with ever new types: its instances nest without end");
  }
  use_parent_of(made, callee_span);
  Expr* call = call_instance(made, kids, node.span);
  before.push_back(call);
  if (made->uses_parent)
    parent_calls_.push_back({call, made, [this, &called, params, callee_span](const Type* out) {
                               return checker.instantiate(called, params, out, {&instance, context.source, callee_span});
                             }});
  return block_of(before, node.span);
}

Expr* Inference::apply_constructor(TypeDef& def, std::uint32_t index, Module& module, std::vector<Arg> args, const Node& node, Span span) {
  (void)module;
  const Node& decl = *def.node;
  if (!def.decl) return error(span, "`" + def.shown + "` is an abbreviation: it has no constructor");
  std::vector<const Type*> type_args;
  TypeArgs bound;
  for (std::string_view name : def.params) {
    type_args.push_back(vars.fresh());
    bound.emplace_back(name, type_args.back());
  }
  const Type* type = instance_of(def, type_args);
  const Node& shape = decl[index + 1];
  std::string shown = def.decl->is_sum ? std::string(shape.text) : def.shown;
  std::size_t count = shape.size();
  Context where;
  where.module = def.module;
  where.source = def.source;
  std::vector<Expr*> values(count, nullptr);
  std::size_t next = 0;
  std::size_t errors = instance.diagnostics.size();
  for (Arg& arg : args) {
    std::size_t field = next;
    if (!arg.name.empty()) {
      std::vector<std::string> names;
      for (field = 0; field < count; ++field) {
        names.emplace_back(shape[field].text);
        if (shape[field].text == arg.name) break;
      }
      if (field == count) {
        std::string near = nearest(arg.name, names);
        value_of(arg);
        std::string all;
        for (const Node* each : shape.kids) all += (all.empty() ? "" : ", ") + std::string(each->text);
        error(arg.span, "`" + shown + "` has no field `" + std::string(arg.name) + "`", near.empty() ? "its fields are " + all : "did you mean `" + near + "`?",
              near.empty() ? std::vector<syntax::Edit>{} : std::vector<syntax::Edit>{{name_before(arg.span, arg.name), near}});
        continue;
      }
    } else {
      ++next;
    }
    if (field >= count) {
      value_of(arg);
      error(arg.span.end ? arg.span : span, "`" + shown + "` has " + std::to_string(count) + (count == 1 ? " field" : " fields") + ", found " +
                                                std::to_string(args.size()) + " values", "leave out what it has no field for");
      break;
    }
    Context before = context;
    const Type* of_field = resolve_type(shape[field][0], where, bound, false);
    context = before;
    Expr* value = value_of(arg, vars.zonk(of_field));
    if (values[field]) {
      error(arg.span, "the field `" + std::string(shape[field].text) + "` is given twice", "delete one of them");
      continue;
    }
    values[field] = coerce(value, of_field, arg.span.end ? arg.span : value->span, "field `" + std::string(shape[field].text) + "`");
  }
  std::string missing;
  for (std::size_t i = 0; i < count; ++i)
    if (!values[i]) missing += (missing.empty() ? "`" : ", `") + std::string(shape[i].text) + "`";
  if (!missing.empty() && instance.diagnostics.size() == errors) {
    std::string call = shown + "(";
    for (std::size_t i = 0; i < count; ++i) call += (i ? ", " : "") + std::string(shape[i].text) + ": ..";
    return error(span, "`" + shown + "` is missing " + missing, "write `" + call + ")`");
  }
  if (instance.diagnostics.size() > errors) return poison(node.span);
  for (Expr* value : values)
    if (vars.resolve(value->type)->kind == TypeKind::never) return poison(node.span);
  Expr* made = make_with(def.decl->is_sum ? Op::make_variant : Op::make_record, vars.zonk(type), node.span, values);
  made->index = index;
  return made;
}

// print(x, ...): one text of all, a space between. The host adds the line end.
Expr* Inference::print(std::vector<Arg> args, const Node& node) {
  Span name_span = node.is(Kind::call) && node.size() > 0 ? node[0].span : node.span;   // a spawned one was made up
  if (!use_capability("print", name_span)) return poison(node.span);
  std::vector<Expr*> parts;
  for (Arg& arg : args) {
    if (!arg.name.empty()) return error(arg.span, "print has no parameter `" + std::string(arg.name) + "`", "it puts a space between its values and ends the line");
    if (!parts.empty()) parts.push_back(string_const(" ", node.span));
    parts.push_back(display(value_of(arg), arg.span.end ? arg.span : node.span));
  }
  const Type* string = basic(TypeKind::string);
  Expr* text = parts.size() == 1 ? parts[0] : parts.empty() ? string_const("", node.span) : make_with(Op::concat, string, node.span, parts);
  Expr* call = host("print", basic(TypeKind::none), node.span, {text});
  call->integer = 1;
  return call;
}

}  // namespace m31::types
