// Operators: built-in ones on built-in types, others by overload.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

struct Arithmetic {
  std::string_view op;
  Prim on_int, on_float;
  bool has_float;
};
constexpr Arithmetic arithmetic[] = {
    {"+", Prim::int_add, Prim::float_add, true},        {"-", Prim::int_sub, Prim::float_sub, true},
    {"*", Prim::int_mul, Prim::float_mul, true},        {"//", Prim::int_floordiv, Prim::float_floordiv, true},
    {"%", Prim::int_mod, Prim::float_mod, true},        {"**", Prim::int_pow, Prim::float_pow, true},
    {"+%", Prim::wrap_add, Prim::wrap_add, false},      {"-%", Prim::wrap_sub, Prim::wrap_sub, false},
    {"*%", Prim::wrap_mul, Prim::wrap_mul, false},
};

struct Comparison {
  std::string_view op;
  Prim on_int, on_float, on_other;
  bool swapped;                            // on_other with the operands exchanged
};
constexpr Comparison comparisons[] = {
    {"<", Prim::int_lt, Prim::float_lt, Prim::less, false},
    {"<=", Prim::int_le, Prim::float_le, Prim::less_equal, false},
    {">", Prim::int_gt, Prim::float_gt, Prim::less, true},
    {">=", Prim::int_ge, Prim::float_ge, Prim::less_equal, true},
};

bool is_ordered(const Type* type) {
  switch (type->kind) {
    case TypeKind::int_:
    case TypeKind::float_:
    case TypeKind::boolean:
    case TypeKind::duration:
    case TypeKind::string:
    case TypeKind::bytes: return true;
    case TypeKind::tuple:
    case TypeKind::list:
      for (const Type* arg : type->args)
        if (!is_ordered(arg) && arg->kind != TypeKind::never) return false;
      return true;
    default: return false;
  }
}

}  // namespace

Expr* Inference::condition(const Node& node) {
  Expr* value = infer(node);
  const Type* type = known(value->type, node.span);
  if (type->kind == TypeKind::boolean || type->kind == TypeKind::never) return value;
  if (type->kind == TypeKind::any) return coerce(value, basic(TypeKind::boolean), node.span);
  std::string text = source_text(node.span);
  std::string compared;
  if (type->kind == TypeKind::int_ || type->kind == TypeKind::float_) compared = text + " != 0";
  else if (type->kind == TypeKind::string) compared = text + " != \"\"";
  else if (type->kind == TypeKind::list || type->kind == TypeKind::map) compared = "count(" + text + ") > 0";
  else if (type->kind == TypeKind::union_) compared = text + " != None";
  std::string message = "a condition is a Bool, found " + show(type);
  if (compared.empty()) return error(node.span, message, "write a comparison");
  return error_rewrite(node.span, message, node.span, compared);
}

Expr* Inference::infer_unary(const Node& node) {
  if (node.text == "not") {
    Expr* value = condition(node[0]);
    return prim(Prim::not_, basic(TypeKind::boolean), node.span, {value});
  }
  Expr* value = infer(node[0]);
  const Type* type = known(value->type, node.span);
  switch (type->kind) {
    case TypeKind::never: return value;
    case TypeKind::int_:
    case TypeKind::duration:
      if (value->op == Op::integer && value->integer != INT64_MIN) {
        value->integer = -value->integer;
        value->span = node.span;
        return value;
      }
      return prim(Prim::int_neg, type, node.span, {value});
    case TypeKind::float_:
      if (value->op == Op::real) {
        value->real = -value->real;
        value->span = node.span;
        return value;
      }
      return prim(Prim::float_neg, type, node.span, {value});
    case TypeKind::any: return any_word("any.binary", type, node.span, {string_const("-", node.span), coerce(int_const(0, node.span), type, node.span), value});
    default: break;
  }
  std::vector<Arg> args(1);
  args[0].value = value;
  args[0].node = &node[0];
  Callable callable = functions_named("-", context, nullptr, args);
  if (!callable.empty()) return call_overloads(callable, args, node, node.span);
  return error(node.span, "`-` is not defined on " + show(type), "define it: `fn -(a: " + show(type) + "): ..`");
}

Expr* Inference::infer_binary(const Node& node) {
  std::string_view op = node.text;
  if (op == "and" || op == "or") {
    Expr* left = condition(node[0]);
    Flow before = flow_;
    assume(node[0], op == "and");
    Expr* right = condition(node[1]);
    flow_ = join_flow(before, flow_);
    const Type* boolean = basic(TypeKind::boolean);
    return op == "and" ? if_expr(left, right, bool_const(false, node.span), boolean, node.span)
                       : if_expr(left, bool_const(true, node.span), right, boolean, node.span);
  }
  if (op == "??") return infer_coalesce(node);
  // A test for None may be repeated.
  bool tests_none = (op == "==" || op == "!=") && (node[0].is(Kind::none_lit) || node[1].is(Kind::none_lit));
  auto operand = [&](const Node& each) {
    if (!each.is(Kind::name) && !each.is(Kind::member)) return infer(each);
    bool before = std::exchange(reads_whole_, tests_none);
    Expr* value = infer(each);
    reads_whole_ = before;
    return value;
  };
  Expr* left = operand(node[0]);
  Expr* right = operand(node[1]);
  return binary(op, left, right, node, node.span);
}

Expr* Inference::binary(std::string_view op, Expr* left, Expr* right, const Node& node, Span span) {
  if (op == "==" || op == "!=") {
    if (Expr* declared = declared_equality(op, left, right, node, span)) return declared;
    return equality(op == "==", left, right, span);
  }
  if (op == "in") return contains(left, right, span);
  if (op == "not in") return prim(Prim::not_, basic(TypeKind::boolean), span, {contains(left, right, span)});
  const Type* a = known(left->type, left->span);
  const Type* b = known(right->type, right->span);
  if (a->kind == TypeKind::never || b->kind == TypeKind::never) return block_of({left, right, poison(span)}, span);
  for (const Comparison& each : comparisons)
    if (each.op == op) return compare(op, left, right, node, span);

  const Type* integer = basic(TypeKind::int_);
  const Type* real = basic(TypeKind::float_);
  if (a->kind == TypeKind::float_ && is_int_literal(right)) { right = coerce(right, real, span); b = real; }
  if (b->kind == TypeKind::float_ && is_int_literal(left)) { left = coerce(left, real, span); a = real; }
  if (op == "/") {
    if ((a == integer || a == real) && a == b) {
      if (a == integer) {
        left = is_int_literal(left) ? coerce(left, real, span) : prim(Prim::int_to_float, real, left->span, {left});
        right = is_int_literal(right) ? coerce(right, real, span) : prim(Prim::int_to_float, real, right->span, {right});
      }
      return prim(Prim::float_div, real, span, {left, right});
    }
    if (a->kind == TypeKind::duration && b->kind == TypeKind::duration)
      return prim(Prim::float_div, real, span, {prim(Prim::int_to_float, real, left->span, {left}), prim(Prim::int_to_float, real, right->span, {right})});
  }
  for (const Arithmetic& each : arithmetic) {
    if (each.op != op) continue;
    if (a == integer && b == integer) return prim(each.on_int, integer, span, {left, right});
    if (a == real && b == real && each.has_float) return prim(each.on_float, real, span, {left, right});
    bool duration_a = a->kind == TypeKind::duration, duration_b = b->kind == TypeKind::duration;
    if (duration_a && duration_b && (op == "+" || op == "-" || op == "%")) return prim(each.on_int, a, span, {left, right});
    if (duration_a && duration_b && op == "//") return prim(each.on_int, integer, span, {left, right});
    if (duration_a && b == integer && (op == "*" || op == "//")) return prim(each.on_int, a, span, {left, right});
    if (a == integer && duration_b && op == "*") return prim(each.on_int, b, span, {left, right});
  }
  if (op == "+") {
    if (a->kind == TypeKind::string && b->kind == TypeKind::string) {
      // a + b + c is one concatenation.
      std::vector<Expr*> parts;
      if (left->op == Op::concat)
        for (const Expr* part : left->kids) parts.push_back(const_cast<Expr*>(part));
      else
        parts.push_back(left);
      parts.push_back(right);
      return make_with(Op::concat, a, span, parts);
    }
    if (a->kind == TypeKind::list && b->kind == TypeKind::list && vars.unify(a, b))
      return concat_lists(left, right, span);
    if (a->kind == TypeKind::bytes && b->kind == TypeKind::bytes) {
      const Type* string = basic(TypeKind::string);
      Expr* text = make(Op::concat, string, span, {native("text.bytes", string, span, {left}), native("text.bytes", string, span, {right})});
      return native("bytes.string", a, span, {text});
    }
  }
  bool declared = a->kind == TypeKind::named || b->kind == TypeKind::named || a->kind == TypeKind::record || b->kind == TypeKind::record ||
                  a->kind == TypeKind::tuple || a->kind == TypeKind::list || a->kind == TypeKind::string || a->kind == TypeKind::duration ||
                  b->kind == TypeKind::duration;
  const bool dynamic = a->kind == TypeKind::any || b->kind == TypeKind::any;
  if ((declared && !dynamic) || a->kind == TypeKind::union_ || b->kind == TypeKind::union_) {
    std::vector<Arg> args(2);
    args[0].value = left;
    args[1].value = right;
    args[0].span = left->span;
    args[1].span = right->span;
    Callable callable = functions_named(op, context, nullptr, args);
    if (!callable.empty()) return call_overloads(callable, args, node, span);
  }
  if (a->kind == TypeKind::any || b->kind == TypeKind::any) return binary_any(op, left, right, node, span);
  if (Expr* said = field_fn_operand(op, left, right, span)) return said;
  // What was meant?
  std::string text = source_text(span);
  std::string what = "`" + std::string(op) + "` is not defined on " + show(a) + " and " + show(b);
  if (text.size() <= 40 && text.find('\n') == std::string::npos) what += ": `" + text + "`";
  std::string advice;
  std::vector<syntax::Edit> edits;
  auto instead = [&](const Expr* operand, std::string_view before, std::string_view after) {
    std::string wrapped = std::string(before) + source_text(operand->span) + std::string(after);
    edits.push_back({operand->span, wrapped});
    return wrapped;
  };
  if ((a == integer && b == real) || (a == real && b == integer)) {
    advice = "numbers do not convert by themselves: write `" + instead(a == integer ? left : right, "toFloat(", ")") + "`";
  } else if (op == "+" && (a->kind == TypeKind::string || b->kind == TypeKind::string) && a->kind != TypeKind::union_ && b->kind != TypeKind::union_) {
    advice = "to put it into a text write `" + instead(a->kind == TypeKind::string ? right : left, "\"\\(", ")\"") + "`";
  } else if (a->kind == TypeKind::union_ || b->kind == TypeKind::union_) {
    advice = "say what happens for each of its types with `match`, or give a default with `??`";
  } else if (op == "*" && a->kind == TypeKind::string && b == integer) {
    const std::string repeated = "repeat(" + source_text(left->span) + ", " + source_text(right->span) + ")";
    advice = "write `" + repeated + "`";
    edits.push_back({span, repeated});
  } else if (op == "*" && a->kind == TypeKind::list && b == integer) {
    const std::string item = source_text(left->span), each = item.size() > 2 && item[0] == '[' ? item.substr(1, item.size() - 2) : "x";
    advice = "a list of copies is `[" + each + " for _ in 0.." + source_text(right->span) + "]`";
    if (each != "x" && each.find(',') == std::string::npos) edits.push_back({span, "[" + each + " for _ in 0.." + source_text(right->span) + "]"});
  } else if (op == "%" && a->kind == TypeKind::string) {
    advice = "a text takes values where they stand: `\"a \\(x)\"`";
  } else {
    advice = "define it: `fn " + std::string(op) + "(a: " + show(a) + ", b: " + show(b) + "): ..`";
  }
  return error(span, what, advice, edits);
}

// `.age > 3`: a field function takes no operators.
Expr* Inference::field_fn_operand(std::string_view op, Expr* left, Expr* right, Span span) {
  bool any = false;
  for (const Expr* side : {left, right}) {
    const Type* type = vars.resolve(side->type);
    any |= is_template(type) && template_of(type)->kind == Template::Kind::field_fn;
  }
  const std::string text = source_text(span);
  if (!any || text.empty()) return nullptr;
  const auto of_x = [&](const Expr* side) {
    const Type* type = vars.resolve(side->type);
    return (is_template(type) && template_of(type)->kind == Template::Kind::field_fn ? "x" : "") + source_text(side->span);
  };
  return error_rewrite(span, "`.name` alone is a function, and takes no operators", span, "x => " + of_x(left) + " " + std::string(op) + " " + of_x(right));
}

// Which operator it is, is known when it runs: a declared one whose types the values have, else the built-in one.
Expr* Inference::binary_any(std::string_view op, Expr* left, Expr* right, const Node& node, Span span) {
  const Type* any = basic(TypeKind::any);
  const auto built_in = [&](Expr* a, Expr* b) {
    return any_word("any.binary", any, span, {string_const(op, span), coerce(a, any, span), coerce(b, any, span)});
  };
  std::vector<Arg> args(2);
  Expr* sides[] = {left, right};
  for (std::size_t i = 0; i < 2; ++i) {
    args[i].value = sides[i];
    args[i].span = sides[i]->span;
  }
  Callable callable = functions_named(op, context, nullptr, args);
  for (auto& level : callable.levels) std::erase_if(level, [](const FnDef* def) { return def->context.module->is_library; });
  if (std::all_of(callable.levels.begin(), callable.levels.end(), [](const auto& level) { return level.empty(); })) return built_in(left, right);
  AnyCall how;
  how.otherwise = [&](const std::vector<std::uint32_t>& locals) {
    const auto side = [&](std::size_t i) { return is_int_literal(sides[i]) ? sides[i] : read_local(locals[i], vars.resolve(sides[i]->type), sides[i]->span); };
    return built_in(side(0), side(1));
  };
  return any_call(callable, args, node, span, how);
}

Expr* Inference::compare(std::string_view op, Expr* left, Expr* right, const Node& node, Span span) {
  const Type* boolean = basic(TypeKind::boolean);
  const Type* real = basic(TypeKind::float_);
  const Type* a = vars.resolve(left->type);
  const Type* b = vars.resolve(right->type);
  if (a == real && is_int_literal(right)) { right = coerce(right, real, span); b = real; }
  if (b == real && is_int_literal(left)) { left = coerce(left, real, span); a = real; }
  for (const Comparison& each : comparisons) {
    if (each.op != op) continue;
    if (vars.unify(a, b) && is_ordered(vars.resolve(a))) {
      switch (a->kind) {
        case TypeKind::int_:
        case TypeKind::duration:
        case TypeKind::boolean: return prim(each.on_int, boolean, span, {left, right});
        case TypeKind::float_: return prim(each.on_float, boolean, span, {left, right});
        default: break;
      }
      if (!each.swapped) return prim(each.on_other, boolean, span, {left, right});
      // The operands keep their order of evaluation.
      std::uint32_t first = 0;
      Expr* keep = copy_to_temp(left, first);
      return block_of({keep, prim(each.on_other, boolean, span, {right, read_local(first, a, span)})}, span);
    }
  }
  std::vector<Arg> args(2);
  args[0].value = left;
  args[1].value = right;
  args[0].span = left->span;
  args[1].span = right->span;
  if (a->kind == TypeKind::any || b->kind == TypeKind::any) return coerce(binary_any(op, left, right, node, span), boolean, span);
  Callable callable = functions_named(op, context, nullptr, args);
  if (!callable.empty()) return call_overloads(callable, args, node, span);
  if (Expr* said = field_fn_operand(op, left, right, span)) return said;
  std::string advice;
  if (a->kind == TypeKind::union_ || b->kind == TypeKind::union_) advice = "give a default with `??`, or `match` its types";
  std::string what = "`" + std::string(op) + "` does not compare " + show(a) + " with " + show(b);
  if ((a->kind == TypeKind::int_ && b == real) || (b->kind == TypeKind::int_ && a == real)) {
    Span which = a == real ? right->span : left->span;
    std::string wrapped = "toFloat(" + source_text(which) + ")";
    return error(span, what, "numbers do not convert by themselves: write `" + wrapped + "`", {{which, wrapped}});
  }
  if (advice.empty()) advice = "define it: `fn " + std::string(op) + "(a: " + show(a) + ", b: " + show(b) + ") -> Bool: ..`";
  return error(span, what, advice);
}

// A program's own `==` for a type of its own; `!=` is its opposite. Null: there is none. Keys, patterns and words go by the structure.
Expr* Inference::declared_equality(std::string_view op, Expr* left, Expr* right, const Node& node, Span span) {
  std::vector<Arg> args(2);
  Expr* sides[] = {left, right};
  bool named = false;
  for (std::size_t i = 0; i < 2; ++i) {
    args[i].value = sides[i];
    args[i].span = sides[i]->span;
    const Type* type = vars.resolve(sides[i]->type);
    named |= type->kind == TypeKind::named && !type->decl->is_error;
    if (type->kind == TypeKind::never || type->kind == TypeKind::any) return nullptr;
  }
  if (!named) return nullptr;
  const auto fits = [&](std::string_view name) {
    Callable callable = functions_named(name, context, nullptr, args);
    for (const auto& level : callable.levels)
      for (const FnDef* def : level)
        if (match(*def, args, nullptr)) return true;
    return false;
  };
  if (fits(op)) return call_overloads(functions_named(op, context, nullptr, args), args, node, span);
  if (op != "!=" || !fits("==")) return nullptr;
  Expr* same = call_overloads(functions_named("==", context, nullptr, args), args, node, span);
  return prim(Prim::not_, basic(TypeKind::boolean), span, {coerce(same, basic(TypeKind::boolean), span)});
}

Expr* Inference::equality(bool equal, Expr* left, Expr* right, Span span) {
  const Type* boolean = basic(TypeKind::boolean);
  const Type* a = vars.resolve(left->type);
  const Type* b = vars.resolve(right->type);
  if (a->kind == TypeKind::never || b->kind == TypeKind::never) return block_of({left, right, poison(span)}, span);
  if (a->kind == TypeKind::float_ && is_int_literal(right)) right = coerce(right, a, span);
  else if (b->kind == TypeKind::float_ && is_int_literal(left)) left = coerce(left, b, span);
  else if (!vars.unify(a, b)) {
    if (Expr* wide = try_coerce(right, a)) right = wide;
    else if (Expr* other = try_coerce(left, b)) left = other;
    else if (a->kind == TypeKind::union_ && b->kind == TypeKind::union_) {
      const Type* both = join(a, b);
      left = coerce(left, both, span);
      right = coerce(right, both, span);
    } else if (holds_any(vars.zonk(a)) || holds_any(vars.zonk(b))) {                 // their parts decide, when it runs
      left = coerce(left, basic(TypeKind::any), span);
      right = coerce(right, basic(TypeKind::any), span);
    } else {
      return error(span, "a value of type " + show(a) + " never equals one of type " + show(b), "convert one of them first");
    }
  }
  a = vars.resolve(left->type);
  if (is_template(a) || a->kind == TypeKind::fn) return error(span, "functions cannot be compared", "compare what they give");
  switch (a->kind) {
    case TypeKind::int_:
    case TypeKind::duration:
    case TypeKind::boolean:
    case TypeKind::none: return prim(equal ? Prim::int_eq : Prim::int_ne, boolean, span, {left, right});
    case TypeKind::float_: return prim(equal ? Prim::float_eq : Prim::float_ne, boolean, span, {left, right});
    default: return prim(equal ? Prim::equal : Prim::not_equal, boolean, span, {left, right});
  }
}

Expr* Inference::infer_chain(const Node& node) {
  // a < b < c: each operand is evaluated once.
  const Type* boolean = basic(TypeKind::boolean);
  Expr* left = infer(node[0]);
  std::vector<Expr*> before;
  std::vector<Expr*> tests;
  std::vector<std::vector<Expr*>> steps;
  for (std::size_t i = 1; i < node.size(); ++i) {
    const Node& part = node[i];
    Expr* right = infer(part[0]);
    if (vars.resolve(right->type)->kind == TypeKind::never || vars.resolve(left->type)->kind == TypeKind::never) return poison(node.span);
    std::uint32_t local = 0;
    Expr* keep = copy_to_temp(right, local);
    std::uint32_t left_local = 0;
    Expr* keep_left = copy_to_temp(left, left_local);
    Expr* test = binary(part.text, read_local(left_local, left->type, left->span), read_local(local, right->type, right->span), part,
                        {left->span.begin, right->span.end});
    steps.push_back({keep_left, keep, test});
    left = read_local(local, right->type, right->span);
  }
  Expr* whole = nullptr;
  for (std::size_t i = steps.size(); i-- > 0;) {
    Expr* test = block_of(steps[i], node.span);
    whole = whole ? if_expr(test, whole, bool_const(false, node.span), boolean, node.span) : test;
  }
  return whole;
}

// a ?? b: b where a is None.
Expr* Inference::infer_coalesce(const Node& node) {
  Expr* left = infer(node[0]);
  const Type* type = known(left->type, left->span);
  if (type->kind == TypeKind::never) return poison(node.span);
  bool is_any = type->kind == TypeKind::any;
  if (type->kind == TypeKind::none) return block_of({left, infer(node[1])}, node.span);
  if (!is_any && (type->kind != TypeKind::union_ || !is_subset(basic(TypeKind::none), type))) {
    warn(node.span, "`??` after a value that is never None");
    infer(node[1]);
    return left;
  }
  std::uint32_t local = 0;
  Expr* keep = copy_to_temp(left, local);
  Access subject{type, [=, this] { return read_local(local, type, node[0].span); }};
  const Type* some = type;
  if (!is_any) {
    std::vector<const Type*> rest;
    for (const Type* each : type->args)
      if (each->kind != TypeKind::none) rest.push_back(each);
    some = union_of(rest);
  }
  Access part = subject;
  if (!is_any) narrowed(subject, some, part, node.span);
  Flow before = flow_;
  Expr* fallback = infer(node[1], some);
  flow_ = join_flow(before, flow_);
  Expr* value = part.make();
  if (is_int_literal(fallback) && some->kind == TypeKind::float_) fallback = coerce(fallback, some, node.span);
  const Type* whole = join(some, fallback->type);
  Expr* test = prim(Prim::is_none, basic(TypeKind::boolean), node.span, {subject.make()});
  return block_of({keep, if_expr(test, coerce(fallback, whole, node[1].span), coerce(value, whole, node.span), whole, node.span)}, node.span);
}

Expr* Inference::contains(Expr* item, Expr* container, Span span) {
  const Type* boolean = basic(TypeKind::boolean);
  const Type* type = known(container->type, container->span);
  switch (type->kind) {
    case TypeKind::never: return block_of({item, container, poison(span)}, span);
    case TypeKind::list:
      // `contains` looks from the container: the item was read first, in the order of the text.
      return native("contains.list", boolean, span, {container, coerce(item, type->args[0], item->span, "what is looked for")});
    case TypeKind::map:
      return native("contains.map", boolean, span, {container, coerce(item, type->args[0], item->span, "the key")});
    case TypeKind::range:
      return native("contains.range", boolean, span, {container, coerce(item, basic(TypeKind::int_), item->span)});
    case TypeKind::string:
      return native("contains.string", boolean, span, {container, coerce(item, type, item->span)});
    case TypeKind::any: {
      Expr* value = any_word("any.binary", type, span, {string_const("in", span), coerce(item, type, span), container});
      return make(Op::cast, boolean, span, {value});
    }
    default: break;
  }
  return error(span, "`in` looks into a List, Map, Range or String, found " + show(type), "to compare two values write `==`");
}

}  // namespace m31::types
