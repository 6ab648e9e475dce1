// Statements: blocks, if, loops, try, jumps, nested functions.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

bool is_jump(const Node& node) {
  return node.is(Kind::return_) || node.is(Kind::raise) || node.is(Kind::break_) || node.is(Kind::continue_);
}

// An expression that does nothing but make a value.
bool is_effect_free(const Node& node) {
  switch (node.kind) {
    case Kind::int_lit:
    case Kind::float_lit:
    case Kind::duration_lit:
    case Kind::string_lit:
    case Kind::bytes_lit:
    case Kind::bool_lit:
    case Kind::name:
    case Kind::operator_name:
    case Kind::field_fn:
    case Kind::lambda: return true;
    case Kind::member:
    case Kind::tuple:
    case Kind::list:
    case Kind::record:
    case Kind::record_field:
    case Kind::binary:
    case Kind::unary:
    case Kind::compare_chain:
    case Kind::compare_part:
    case Kind::range:
    case Kind::interpolation:
      return std::all_of(node.kids.begin(), node.kids.end(), [](const Node* kid) { return is_effect_free(*kid); });
    default: return false;
  }
}

}  // namespace

void Inference::check_thrown_away(const Node& statement, const Expr* value) {
  const Node& node = statement.is(Kind::expr_stmt) ? statement[0] : statement;
  if (!is_effect_free(node) || value->type->kind == TypeKind::never) return;
  if (node.is(Kind::binary) && node.text == "==") {
    std::string between = source_text({node[0].span.end, node[1].span.begin});
    auto at = node[0].span.end + static_cast<std::uint32_t>(std::min(between.find("=="), between.size()));
    error(node.span, "this comparison is thrown away", "`=` assigns, `==` compares", {{{at, at + 2}, "="}});
    return;
  }
  error(node.span, "this value is thrown away", "give it a name, or delete it");
}

Expr* Inference::infer_block(const Node& node, const Type* expected, bool wanted) {
  std::vector<Expr*> parts;
  std::size_t count = node.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Node& statement = node[i];
    bool last = i + 1 == count;
    bool value_wanted = last && wanted;
    const Node* inner = statement.is(Kind::expr_stmt) ? &statement[0] : &statement;
    if (inner->is(Kind::fn)) {
      // Functions that stand together may call each other.
      std::vector<const Node*> together{inner};
      while (i + 1 < count && node[i + 1].is(Kind::fn)) together.push_back(&node[++i]);
      parts.push_back(infer_nested_fns(together));
      continue;
    }
    if (!value_wanted && (inner->is(Kind::call) || inner->is(Kind::method_call) || inner->is(Kind::pipe))) call_statement_ = inner;
    Expr* value = infer(statement, last ? expected : nullptr, value_wanted);
    call_statement_ = nullptr;
    if (!last) check_thrown_away(statement, value);
    parts.push_back(value);
    if (is_jump(statement) && !last) {
      std::string_view word = statement.is(Kind::return_) ? "return" : statement.is(Kind::raise) ? "raise" : statement.is(Kind::break_) ? "break" : "continue";
      Span span = node[i + 1].span;
      std::string jump = source_text(statement.span);
      error(span, "nothing after `" + std::string(word) + "` in its block is ever run",
            jump.size() < 40 ? "end the block before it, or put it in brackets: `(if ..: " + jump + ")`" : "delete it");
      break;
    }
  }
  if (parts.empty()) return none_const(node.span);
  if (!wanted && vars.resolve(parts.back()->type)->kind != TypeKind::never && vars.resolve(parts.back()->type)->kind != TypeKind::none)
    parts.push_back(none_const(node.span));
  return block_of(parts, node.span);
}

// ------------------------------------------------------------------------------------ control

Expr* Inference::infer_if(const Node& node, const Type* expected, bool wanted) {
  Expr* test = condition(node[0]);
  bool has_else = static_cast<bool>(node[2]);
  bool value_wanted = wanted && has_else;
  Flow before = flow_;
  assume(node[0], true);
  Expr* then = infer(node[1], expected, value_wanted);
  Flow after_then = flow_;
  flow_ = before;
  assume(node[0], false);
  Expr* otherwise = has_else ? infer(node[2], expected, value_wanted) : none_const(node.span);
  flow_ = join_flow(after_then, flow_);
  const Type* none = basic(TypeKind::none);
  if (!value_wanted) {
    bool never = has_else && vars.resolve(then->type)->kind == TypeKind::never && vars.resolve(otherwise->type)->kind == TypeKind::never;
    return if_expr(test, then, otherwise, never ? basic(TypeKind::never) : none, node.span);
  }
  std::vector<Expr*> values{then, otherwise};
  const Type* type = expected && expected->kind != TypeKind::any && converts(then, expected) && converts(otherwise, expected) ? expected : nullptr;
  if (type) {
    values = {coerce(then, type, then->span), coerce(otherwise, type, otherwise->span)};
    if (vars.resolve(then->type)->kind == TypeKind::never && vars.resolve(otherwise->type)->kind == TypeKind::never) type = basic(TypeKind::never);
  } else {
    type = join_all(values, node.span);
  }
  return if_expr(test, values[0], values[1], type, node.span);
}

Expr* Inference::loop_over(const Node& iterable, const Node* pattern, Span span, const std::function<Expr*()>& body, const Node* repeated) {
  Expr* items = infer(iterable);
  const Type* type = known(items->type, iterable.span);
  std::size_t scope = push_scope();
  if (repeated) forget_assigned(*repeated);
  Flow before = flow_;
  breaks_.push_back(false);
  loops_.push_back(span.begin);
  const Type* none = basic(TypeKind::none);
  Expr* loop = nullptr;
  auto item_of = [&](const Type* item, std::vector<Expr*>& binds) -> std::uint32_t {
    if (pattern->is(Kind::pat_bind) && !(*pattern)[0] && pattern->text != "_") return declare(pattern->text, item, pattern->span, Var::Origin::loop)->local;
    std::uint32_t local = fresh_local(item);
    Span at = pattern->span;
    binds.push_back(bind_irrefutable(*pattern, {item, [this, local, item, at] { return read_local(local, item, at); }}));
    return local;
  };
  auto finish = [&](Op op, const Type* item) {
    std::vector<Expr*> parts;
    std::uint32_t local = item_of(item, parts);
    parts.push_back(body());
    loop = make(op, none, span, {items, block_of(parts, span)});
    loop->index = local;
  };
  switch (type->kind) {
    case TypeKind::range: finish(Op::for_range, basic(TypeKind::int_)); break;
    case TypeKind::list:
      loop = loop_over_pieces(items, [&](Access item) {
        std::vector<Expr*> parts{bind_irrefutable(*pattern, item)};
        parts.push_back(body());
        return block_of(parts, span);
      }, span);
      if (!loop) finish(Op::for_list, type->args[0]);
      break;
    case TypeKind::stream: finish(Op::for_stream, type->args[0]); break;
    case TypeKind::receiver:
      instance.effects.insert("chan");
      finish(Op::for_receiver, type->args[0]);
      break;
    case TypeKind::map: {
      std::vector<Expr*> parts;
      std::uint32_t key = 0;
      std::int64_t value = -1;
      auto local_of = [&](const Node& each, const Type* of) -> std::uint32_t {
        const Node* outer = pattern;
        pattern = &each;
        std::uint32_t local = item_of(of, parts);
        pattern = outer;
        return local;
      };
      if (pattern->is(Kind::pat_tuple) && pattern->size() == 2) {
        const Node* pair = pattern;
        key = local_of((*pair)[0], type->args[0]);
        value = local_of((*pair)[1], type->args[1]);
      } else {
        key = local_of(*pattern, type->args[0]);
      }
      parts.push_back(body());
      loop = make(Op::for_map, none, span, {items, block_of(parts, span)});
      loop->index = key;
      loop->integer = value;
      break;
    }
    case TypeKind::any:
      if (pattern->is(Kind::pat_tuple) && pattern->size() == 2) {
        const Type* pair[] = {type, type};
        items = any_word("any.entries", list_of(tuple_of(pair)), iterable.span, {items});
        finish(Op::for_list, tuple_of(pair));
        break;
      }
      items = any_word("any.items", list_of(type), iterable.span, {items});
      finish(Op::for_list, type);
      break;
    default: {
      if (type->kind != TypeKind::never) {
        std::string advice = "it goes through a List, Map, Range, Stream or Receiver";
        std::string text = source_text(iterable.span);
        std::vector<syntax::Edit> edits;
        if (type->kind == TypeKind::string) {
          advice = "for its characters write `chars(" + text + ")`, for its lines `lines(" + text + ")`";
          edits.push_back({iterable.span, "chars(" + text + ")"});
        }
        if (type->kind == TypeKind::int_) {
          advice = "for the numbers below it write `0.." + text + "`";
          edits.push_back({iterable.span, "0.." + text});
        }
        if (type->kind == TypeKind::union_) advice = is_subset(basic(TypeKind::none), type) ? "give a default with `??`" : "`match` its types first";
        error(iterable.span, "a `for` cannot go through " + show(type), advice, edits);
      }
      const Type* never = basic(TypeKind::never);
      bind_irrefutable(*pattern, {never, [this, span] { return poison(span); }});
      body();
      loop = items->type->kind == TypeKind::never && items->op != Op::none ? items : none_const(span);
    }
  }
  loops_.pop_back();
  breaks_.pop_back();
  pop_scope(scope);
  check_moved_again(before);
  // The body may not have run.
  std::vector<char> moved = flow_.reachable ? flow_.moved : before.moved;
  flow_ = before;
  flow_.moved = moved;
  return loop;
}

// What the body of a loop hands off or uses up is not there when it runs again.
void Inference::check_moved_again(const Flow& before) {
  if (!flow_.reachable) return;
  for (Var& var : var_store_) {
    auto at = var.number;
    bool new_here = at >= before.assigned.size() || !before.assigned[at];
    if (new_here || at >= flow_.moved.size() || !flow_.moved[at] || (at < before.moved.size() && before.moved[at])) continue;
    bool is_stream = vars.resolve(var.type)->kind == TypeKind::stream;
    error(var.moved_at, is_stream ? "the stream `" + var.name + "` is used in each turn of the loop, and a stream is used once"
                                  : "`" + var.name + "` is handed off in each turn of the loop, and it is there for the first only",
          is_stream ? "keep what comes from it before the loop: `xs = list(" + var.name + ")`" : "delete `move`: the value is then copied",
          is_stream ? std::vector<syntax::Edit>{} : std::vector<syntax::Edit>{{var.moved_at, var.name}});
  }
}

Expr* Inference::infer_for(const Node& node) {
  return loop_over(node[1], &node[0], node.span, [&] { return infer(node[2], nullptr, false); }, &node[2]);
}

Expr* Inference::infer_while(const Node& node) {
  loops_.push_back(node.span.begin);
  forget_assigned(node[1]);
  Expr* test = condition(node[0]);
  Flow before = flow_;
  breaks_.push_back(false);
  assume(node[0], true);
  Expr* body = infer(node[1], nullptr, false);
  bool breaks = breaks_.back();
  breaks_.pop_back();
  loops_.pop_back();
  check_moved_again(before);
  std::vector<char> moved = flow_.reachable ? flow_.moved : before.moved;
  flow_ = before;
  flow_.moved = moved;
  if (!breaks) assume(node[0], false);
  // `while True` without a break is never left.
  bool endless = node[0].is(Kind::bool_lit) && node[0].number == 1 && !breaks;
  Expr* loop = make(Op::while_, basic(TypeKind::none), node.span, {test, body});
  if (!endless) return loop;
  flow_.reachable = false;
  Expr* nothing = make(Op::none, basic(TypeKind::never), node.span);
  return block_of({loop, nothing}, node.span);
}

Expr* Inference::infer_try(const Node& node, const Type* expected, bool wanted) {
  Flow before = flow_;
  std::uint32_t outer_caught = caught_local_;
  std::size_t forgotten = forgotten_.size();
  Expr* body = infer(node[0], expected, wanted);
  Flow after = flow_;
  // It may have broken off anywhere.
  flow_ = before;
  for (; forgotten < forgotten_.size(); ++forgotten) flow_.facts.erase(forgotten_[forgotten]);
  forget_assigned(node[0]);
  before = flow_;
  flow_ = after;
  std::size_t catches = node.size() - 2;
  const Node& last = *node.kids.back();
  const Type* any = basic(TypeKind::any);
  Expr* whole = body;
  if (catches == 0 && !last) return error(node.span, "`try` without `catch` or `finally` catches nothing", "write `catch e: ..` after it");
  if (catches > 0) {
    std::uint32_t local = fresh_local(any);
    struct Handler {
      Expr* test;
      Expr* body;
    };
    std::vector<Handler> handlers;
    bool catches_all = false;
    for (std::size_t i = 0; i < catches; ++i) {
      const Node& each = node[i + 1];
      if (catches_all) error(each.span, "this `catch` is never reached: one before it catches all", "move it before that one");
      flow_ = before;
      caught_local_ = local;
      std::size_t scope = push_scope();
      std::vector<Expr*> binds;
      Expr* test = nullptr;
      Span at = each.span;
      Access caught{any, [this, local, any, at] { return read_local(local, any, at); }};
      if (each[0]) {
        test = pattern_test(each[0], caught, binds);
        if (each[0].is(Kind::pat_bind))
          if (Var* var = lookup(each[0].text)) var->is_caught = true;
      }
      if (each[1]) {
        Expr* guard = condition(each[1]);
        assume(each[1], true);
        std::vector<Expr*> parts = binds;
        parts.push_back(guard);
        binds.clear();
        Expr* guarded = block_of(parts, at);
        test = test ? if_expr(test, guarded, bool_const(false, at), basic(TypeKind::boolean), at) : guarded;
      }
      if (!test) catches_all = true;
      Expr* value = infer(each[2], expected, wanted);
      after = join_flow(after, flow_);
      binds.push_back(value);
      handlers.push_back({test, block_of(binds, at)});
      pop_scope(scope);
    }
    const Type* type = basic(TypeKind::none);
    bool poisoned = false;
    if (wanted) {
      std::vector<Expr*> values{body};
      for (Handler& each : handlers) values.push_back(each.body);
      type = join_all(values, node.span);
      body = values[0];
      for (std::size_t i = 0; i < handlers.size(); ++i) handlers[i].body = values[i + 1];
    } else {
      poisoned = vars.resolve(body->type)->kind == TypeKind::never;
      for (Handler& each : handlers) poisoned &= vars.resolve(each.body->type)->kind == TypeKind::never;
      if (poisoned) type = basic(TypeKind::never);
    }
    Expr* handler = make(Op::raise, basic(TypeKind::never), node.span, {read_local(local, any, node.span)});
    for (std::size_t i = handlers.size(); i-- > 0;)
      handler = handlers[i].test ? if_expr(handlers[i].test, handlers[i].body, handler, type, node.span) : handlers[i].body;
    whole = make(Op::try_, type, node.span, {body, handler});
    whole->index = local;
  }
  flow_ = after;
  caught_local_ = outer_caught;
  if (last) {
    Flow then = flow_;
    if (!flow_.reachable) flow_ = before;
    flow_.facts.clear();
    Expr* finalizer = infer(last, nullptr, false);
    flow_.reachable = then.reachable;
    flow_.facts = then.facts;
    forget_assigned(last);
    whole = make(Op::finally_, whole->type, node.span, {whole, finalizer});
  }
  return whole;
}

Expr* Inference::infer_return(const Node& node) {
  Expr* value = node[0] ? infer(node[0], declared_result_) : none_const(node.span);
  if (is_cell_ && lambda_depth_ == 0) return error(node.span, "`return` outside of a function", "the last expression is the value");
  if (declared_result_ && declared_result_->kind != TypeKind::never && node[0]) {
    value = coerce(value, declared_result_, node[0].span, "the result");
  }
  flow_.reachable = false;
  Expr* expr = make(Op::return_, basic(TypeKind::never), node.span, {value});
  returns_.push_back(expr);
  return expr;
}

Expr* Inference::infer_raise(const Node& node) {
  const Type* any = basic(TypeKind::any);
  Expr* value = nullptr;
  if (!node[0]) {
    if (caught_local_ == UINT32_MAX) return error(node.span, "`raise` alone raises again what a `catch` caught, and there is none around",
                                                  "name the error: `raise errors.ValueError(\"..\")`");
    value = read_local(caught_local_, any, node.span);
  } else {
    value = infer(node[0]);
    const Type* type = known(value->type, node[0].span);
    if (type->kind == TypeKind::never) {
      flow_.reachable = false;
      return value;
    }
    if (type->kind == TypeKind::string)
      return error_rewrite(node[0].span, "a String is no error: an error has a type", node[0].span, "errors.ValueError(" + source_text(node[0].span) + ")");
    if (type->kind != TypeKind::named && type->kind != TypeKind::any && type->kind != TypeKind::union_)
      return error(node[0].span, "a value of type " + show(type) + " is no error", "raise a value of a declared type, like `errors.ValueError(\"..\")`");
    value = coerce(value, any, node[0].span);
  }
  flow_.reachable = false;
  return make(Op::raise, basic(TypeKind::never), node.span, {value});
}

// assert e, m: raises AssertionError when e does not hold. Of a comparison the error shows both sides.
Expr* Inference::infer_assert(const Node& node) {
  const Span span = node.span;
  const Node& asked = node[0];
  const Type* string = basic(TypeKind::string);
  std::vector<Expr*> before, parts;
  Expr* test = nullptr;
  if (asked.is(Kind::binary) && asked.text != "and" && asked.text != "or" && asked.text != "\?\?") {
    Expr* sides[] = {infer(asked[0]), infer(asked[1])};
    bool can_show = true;
    for (Expr* side : sides) {
      const Type* type = vars.zonk(side->type);
      can_show &= type->kind != TypeKind::never && !vars.is_open(type) && !is_template(type) && type->kind != TypeKind::stream;
    }
    for (std::size_t i = 0; i < 2 && can_show; ++i) {
      Expr* side = sides[i];
      const bool is_constant = side->op == Op::integer || side->op == Op::real || side->op == Op::string || side->op == Op::boolean || side->op == Op::none;
      const Type* type = vars.zonk(side->type);
      std::function<Expr*()> read = [side] { return side; };
      if (!is_constant) {
        std::uint32_t local = 0;
        before.push_back(copy_to_temp(side, local));
        read = [this, local, type, side] { return read_local(local, type, side->span); };
      }
      sides[i] = read();
      parts.push_back(string_const(i ? ", right is " : "left is ", span));
      parts.push_back(native("show", string, span, {read()}));
    }
    test = binary(asked.text, sides[0], sides[1], asked, asked.span);
    const Type* type = vars.resolve(test->type);
    if (type->kind != TypeKind::boolean) test = coerce(test, basic(TypeKind::boolean), asked.span, "what is asserted");
  } else {
    test = condition(asked);
  }
  if (parts.empty()) parts.push_back(string_const("the condition is False", span));
  if (node[1]) {
    parts.insert(parts.begin(), string_const(": ", span));
    parts.insert(parts.begin(), display(infer(node[1]), node[1].span));
  }
  Module* errors = checker.library.find("errors");
  const Type* type = instance_of(*errors->types.at("AssertionError"), {});
  Expr* message = make_with(Op::concat, string, span, parts);
  Expr* value = coerce(make(Op::make_record, type, span, {message}), basic(TypeKind::any), span);
  Expr* raise = make(Op::raise, basic(TypeKind::never), span, {value});
  before.push_back(if_expr(test, none_const(span), raise, basic(TypeKind::none), span));
  return block_of(before, span);
}

// --------------------------------------------------------------------------------- the rest

Expr* Inference::infer_import(const Node& node) {
  for (const Node* name : node.kids) {
    std::string_view text = name->text;
    if (is_capability(text)) {
      use_capability(text, name->span);
      continue;
    }
    if (checker.library.has(text)) continue;
    std::vector<std::string> names;
    for (std::string_view each : Library::module_names())
      if (!Library::is_open(each)) names.emplace_back(each);
    for (const auto& [each, module] : checker.library.user_modules()) names.push_back(each);
    for (std::string_view each : {"fs", "http", "sys", "clock", "random", "host", "sh", "jam"}) names.emplace_back(each);
    unknown_name(text, name->span, "the module", names);
  }
  return none_const(node.span);
}

// Functions inside a function: they take the values that their names have now with them, all of them the same ones.
Expr* Inference::infer_nested_fns(const std::vector<const Node*>& nodes) {
  const Node& first = *nodes[0];
  auto known_fn = context.module->fns.find(first.text);
  if (known_fn != context.module->fns.end())
    for (const FnDef* def : known_fn->second)
      if (def->node == &first) return none_const(first.span);
  LocalFns& level = checker.local_fns.emplace_back();
  if (local_fns_) level.fns = local_fns_->fns, level.outer = local_fns_->outer;
  std::vector<FnDef*> defs;
  for (const Node* node : nodes) {
    check_params(*node);
    FnDef& def = checker.nested_fns.emplace_back();
    def.node = node;
    def.is_nested = true;
    def.context = context;
    read_fn(def);
    def.context.local_fns = &level;
    level.fns.push_back(&def);
    defs.push_back(&def);
  }
  std::vector<Capture> taken, kept_captures;
  for (const FnDef* def : defs) {
    std::vector<std::string_view> bound;
    for (const FnDef* each : defs) bound.push_back(each->name);
    for (const ParamDef& param : def->params) bound.push_back(param.name);
    std::vector<const Node*> read{def->body};
    for (const ParamDef& param : def->params)
      if (param.fallback) read.push_back(param.fallback);
    for (const Node* node : read)
      for (const Capture& capture : captures_of(*node, bound)) {
        bool known = std::any_of(taken.begin(), taken.end(), [&](const Capture& each) { return each.name == capture.name; });
        if (!known) taken.push_back(capture);
      }
  }
  std::string own_name(defs[0]->name);
  std::vector<Expr*> parts;
  for (const Capture& capture : taken) {
    if (vars.is_open(capture.type)) {
      unknown_.push_back({first.span, "the element type of `" + capture.name + "` is not known where `" + own_name + "` takes it",
                          "write its type: `" + capture.name + ": List[Int] = []`"});
      continue;
    }
    Var* var = lookup(capture.name);
    std::string hidden = capture.name + "@" + own_name;
    Var* kept = declare(hidden, vars.zonk(capture.type), first.span, Var::Origin::plain);
    set_assigned(*kept);
    parts.push_back(set_local(kept->local, read_known(*var, first.span), first.span));
    kept_captures.push_back({hidden, kept->type});
  }
  for (FnDef* def : defs) def->captures = kept_captures;
  local_fns_ = &level;
  parts.push_back(none_const(first.span));
  return block_of(parts, first.span);
}

// :name a, b at a line's start is shell.name(a, b).
Expr* Inference::infer_command(const Node& node) {
  Qualifier qualifier;
  qualifier.module = checker.library.find("shell");
  Span name_span{node.span.begin + 1, std::min<std::uint32_t>(node.span.end, node.span.begin + 1 + static_cast<std::uint32_t>(node.text.size()))};
  if (is_shell_word(node.text)) return shell_word(node.text, args_of(node, 0), node);
  if (!qualifier.module || !qualifier.module->fns.count(node.text)) {
    std::vector<std::string> names{"bytecode", "effects", "help", "type"};
    if (qualifier.module)
      for (const auto& [each, fns] : qualifier.module->fns) names.emplace_back(each);
    return unknown_name(node.text, name_span, "the command", names);
  }
  return call_qualified(qualifier, node.text, args_of(node, 0), node, name_span);
}

}  // namespace m31::types
