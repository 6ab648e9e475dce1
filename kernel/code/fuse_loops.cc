// Part of the Inliner: `xs | map(f) | filter(p) | fold(0, g)` as one loop that makes no list in between, and `for i, x in
// enumerate(xs)` as one that makes no pairs.
//
// Words one after the other run each loop to its end before the next begins; one loop does the first steps of all before the
// second of any. Who could tell? With stages that are pure (purity.h), only an error: it may now come from another element, and
// leave fewer frames. So the one loop stands in a `try` whose handler begins again with the words as they were written: nothing
// has changed, so they raise what they raise, with the trace that they leave. Where no stage can raise there is no `try`. The
// body of a `for` may do anything; there, only stages that cannot raise are fused.
#include <algorithm>

#include "kernel/code/inliner.h"
#include "kernel/code/purity.h"

namespace m31::code {

using core::Expr;
using core::FnInstance;
using core::Op;
using core::Prim;
using types::TypeKind;

namespace {

constexpr std::string_view words[] = {"sum.int", "sum.float", "count.list", "max.list", "min.list"};

bool is_word(const Expr& expr) {
  return expr.op == Op::native && expr.kids.size() == 1 && std::find(std::begin(words), std::end(words), expr.text) != std::end(words);
}

bool is_plain_call(const Expr& call) {
  const FnInstance& callee = *call.callee;
  if (!callee.body || callee.capture_count > 0 || call.kids.size() != callee.parameter_count) return false;
  if (call.type != callee.result || callee.body->type != callee.result) return false;
  return std::find(callee.is_var.begin(), callee.is_var.end(), true) == callee.is_var.end();
}

bool are_arguments_pure(const Expr& call, std::size_t first) {
  return std::all_of(call.kids.begin() + static_cast<std::ptrdiff_t>(first), call.kids.end(), [](const Expr* kid) { return is_pure(*kid); });
}

}  // namespace

// No variable that the comprehension assigns is used outside of it.
bool Inliner::keeps_its_variables(const Expr& part, const Expr& comprehension) {
  const FnInstance& function = *stack_.back();
  std::vector<std::uint32_t>& all = uses_[&function];
  if (all.empty()) {
    all.resize(function.locals.size());
    count_uses(*function.body, all);
  }
  auto is_own = [&](std::uint32_t local) { return uses_of(comprehension, local) == all[local]; };
  switch (part.op) {
    case Op::for_map:
      if (part.integer >= 0 && !is_own(static_cast<std::uint32_t>(part.integer))) return false;
      [[fallthrough]];
    case Op::set_local:
    case Op::for_range:
    case Op::for_list:
      if (!is_own(part.index)) return false;
      break;
    case Op::native:
      if (part.text == "list.append" && part.kids[0]->op == Op::local && is_own(part.kids[0]->index)) break;
      if (changes_arguments(part)) return false;
      break;
    case Op::call:
      if (!is_plain_call(part)) return false;
      break;
    case Op::while_:
    case Op::place_set:
    case Op::place_modify: return false;
    default: break;
  }
  return std::all_of(part.kids.begin(), part.kids.end(), [&](const Expr* kid) { return keeps_its_variables(*kid, comprehension); });
}

// The producers that a list comes from, the last one first. False when there is none.
bool Inliner::find_stages(const Expr& list, Chain& chain) {
  const Expr* at = &list;
  std::size_t before = chain.stages.size();
  for (;;) {
    chain.source = at;
    Stage stage;
    stage.call = at;
    if (at->op == Op::call) {
      if (!is_plain_call(*at) || std::find(stack_.begin(), stack_.end(), at->callee) != stack_.end()) break;
      auto shape = loop_shape(*at->callee->body, at->callee->parameter_count);
      if (!shape || !shape->append || (shape->source != no_parameter && shape->source != 0)) break;
      if (!are_arguments_pure(*at, shape->source == 0 ? 1 : 0) || !is_pure(*at->callee)) break;
      stage.shape = *shape;
      stage.body = at->callee->body;
    } else if (at->op == Op::block) {
      auto shape = loop_shape(*at, 0);
      if (!shape || !shape->append || !is_pure_within(*at) || !keeps_its_variables(*at, *at)) break;
      stage.shape = *shape;
      stage.body = at;
    } else {
      break;
    }
    chain.stages.push_back(stage);
    const Expr& loop = *stage.shape.loop;
    if (at->op == Op::call && stage.shape.source == no_parameter) {
      chain.source = nullptr;
      break;
    }
    at = at->op == Op::call ? at->kids[0] : loop.kids[0];
    chain.source = at;
    if (loop.op != Op::for_list) break;
  }
  return chain.stages.size() > before;
}

bool Inliner::has_room_for(const Chain& chain) const {
  std::size_t locals = to_.function.locals.size();
  std::uint32_t nodes = added_;
  for (const Stage& stage : chain.stages) {
    if (stage.body && stage.call->op == Op::call) locals += stage.call->callee->locals.size();
    nodes += stage.shape.nodes;
  }
  return locals <= original_.locals.size() + locals_max && nodes <= added_nodes_max;
}

// Binds what the stages are given, and what they do before their loops. `for_body` is what may change variables meanwhile.
void Inliner::enter_stages(Chain& chain, const Frame* frame, const Expr* for_body, std::vector<const Expr*>& statements) {
  for (std::size_t j = chain.stages.size(); j-- > 0;) {
    Stage& stage = chain.stages[j];
    added_ += stage.shape.nodes;
    if (!stage.body) continue;
    Frame& own = stage.frame;
    if (stage.call->op == Op::call) {
      const FnInstance& callee = *stage.call->callee;
      own.site = static_cast<std::uint32_t>(to_.sites.size());
      to_.sites.push_back({&callee, site_of(frame), stage.call->span.begin});
      own.arguments.resize(callee.locals.size());
      own.locals.resize(callee.locals.size());
      for (std::uint32_t i = 0; i < callee.locals.size(); ++i) {
        if (i == stage.shape.source) continue;
        const Expr* given = i < callee.parameter_count ? stage.call->kids[i] : nullptr;
        const Expr* argument = given ? rewrite(*given, frame) : nullptr;
        bool is_steady = given && !(for_body && given->op == Op::local && changes(*for_body, given->index));
        if (is_steady && stands_for_itself(*argument, *callee.body, i, callee.locals[i].type, true)) {
          own.arguments[i] = argument;
          continue;
        }
        own.locals[i] = fresh_local(callee.locals[i].type);
        if (!argument || changes(*callee.body, i)) to_.function.locals.back().name = callee.locals[i].name;
        if (argument) statements.push_back(set_local(own.locals[i], argument));
      }
    } else if (frame) {
      own.arguments = frame->arguments;
      own.locals = frame->locals;
      own.site = frame->site;
    } else {
      own.arguments.resize(original_.locals.size());
      own.locals.resize(original_.locals.size());
      for (std::uint32_t i = 0; i < own.locals.size(); ++i) own.locals[i] = i;
    }
    own.chain = &chain;
    own.stage = j;
  }
  for (std::size_t j = chain.stages.size(); j-- > 0;) {
    Stage& stage = chain.stages[j];
    for (std::size_t i = 0; stage.body && i < stage.shape.at; ++i) {
      const Expr& each = *stage.body->kids[i];
      if (j > 0 && each.op == Op::set_local && each.index == stage.shape.list) continue;
      statements.push_back(within(stage, [&] { return rewrite(each, &stage.frame); }));
    }
  }
}

// The loop of the stage that runs first; all others are in its body.
const Expr* Inliner::whole_loop(Chain& chain) {
  Stage& first = chain.stages.back();
  return within(first, [&] {
    const Expr& loop = *first.shape.loop;
    Expr* copy = copy_of(loop, first.frame.site);
    const Expr* walked = chain.walked ? chain.walked : rewrite(*loop.kids[0], &first.frame);
    copy->kids = to_.arena.copy({walked, rewrite(*loop.kids[1], &first.frame)});
    rename(*copy, first.frame);
    return copy;
  });
}

// An element arrives at a stage.
const Expr* Inliner::element(Chain& chain, std::size_t number, const Expr* value) {
  Stage& stage = chain.stages[number];
  if (chain.hole && number == 0) {
    std::uint32_t local = stage.frame.locals[0];
    return make(Op::block, types::basic(TypeKind::none), *value, {set_local(local, value), chain.hole});
  }
  if (!stage.body) return taken_by_word(stage, value);
  const Expr& loop = *stage.shape.loop;
  const Expr& body = *loop.kids[1];
  std::vector<const Expr*> statements;
  if ((is_constant(*value) || value->op == Op::local) && !changes(body, loop.index)) {
    stage.frame.arguments[loop.index] = value;
  } else {
    statements.push_back(set_local(stage.frame.locals[loop.index], value));
  }
  statements.push_back(within(stage, [&] { return rewrite(body, &stage.frame); }));
  return statements.size() == 1 ? statements[0] : make(Op::block, body.type, *value, statements);
}

const Expr* Inliner::taken_by_word(Stage& stage, const Expr* value) {
  const types::Type* none = types::basic(TypeKind::none);
  const types::Type* boolean = types::basic(TypeKind::boolean);
  const types::Type* type = to_.function.locals[stage.total].type;
  auto prim = [&](Prim which, const types::Type* result, const Expr* a, const Expr* b) {
    Expr* made = make(Op::prim, result, *value, {a, b});
    made->index = static_cast<std::uint32_t>(which);
    return made;
  };
  std::string_view word = stage.call->text;
  if (word == "sum.int" || word == "sum.float")
    return set_local(stage.total, prim(word == "sum.int" ? Prim::int_add : Prim::float_add, type, read(stage.total, *value), value));
  std::uint32_t item = fresh_local(value->type);
  const Expr* keep = set_local(item, value);
  if (word == "count.list") {
    Expr* one = make(Op::integer, type, *value, {});
    one->integer = 1;
    return make(Op::block, none, *value, {keep, set_local(stage.total, prim(Prim::int_add, type, read(stage.total, *value), one))});
  }
  // max, min: the first of equal ones.
  Prim less = type->kind == TypeKind::int_ ? Prim::int_lt : Prim::less;
  const Expr* best = read(stage.total, *value);
  const Expr* other = read(item, *value);
  if (word == "min.list") std::swap(best, other);
  Expr* yes = make(Op::boolean, boolean, *value, {});
  yes->integer = 1;
  const Expr* better = make(Op::if_, boolean, *value, {read(stage.begun, *value), prim(less, boolean, best, other), yes});
  Expr* begun = make(Op::boolean, boolean, *value, {});
  begun->integer = 1;
  const Expr* take = make(Op::block, none, *value, {set_local(stage.total, read(item, *value)), set_local(stage.begun, begun)});
  return make(Op::block, none, *value, {keep, make(Op::if_, none, *value, {better, take, make(Op::none, none, *value, {})})});
}

void Inliner::begin_word(Stage& stage, const Expr& call, std::vector<const Expr*>& statements) {
  stage.frame.site = call.site;
  stage.total = fresh_local(call.type);
  if (call.type->kind == TypeKind::float_ || call.type->kind == TypeKind::int_)
    statements.push_back(set_local(stage.total, make(call.type->kind == TypeKind::float_ ? Op::real : Op::integer, call.type, call, {})));
  if (call.text != "max.list" && call.text != "min.list") return;
  const types::Type* boolean = types::basic(TypeKind::boolean);
  stage.begun = fresh_local(boolean);
  statements.push_back(set_local(stage.begun, make(Op::boolean, boolean, call, {})));
}

const Expr* Inliner::result_of_word(const Stage& stage) {
  Expr call = *stage.call;
  call.site = static_cast<std::uint16_t>(stage.frame.site);
  const Expr* total = read(stage.total, call);
  if (call.text != "max.list" && call.text != "min.list") return total;
  // Of nothing: the word itself says so, after the handler.
  const types::Type* any = types::basic(TypeKind::any);
  Expr* number = make(Op::integer, types::basic(TypeKind::int_), call, {});
  const Expr* raise = make(Op::raise, types::basic(TypeKind::never), call, {make(Op::box, any, call, {number})});
  return make(Op::if_, call.type, call, {read(stage.begun, call), total, raise});
}

const Expr* Inliner::fused(const Expr& expr, const Frame* frame) {
  if (expr.type->kind == TypeKind::none || expr.type->kind == TypeKind::never) return nullptr;
  Chain chain;
  chain.depth = stack_.size();
  chain.stages.resize(1);
  chain.stages[0].call = &expr;
  if (expr.op == Op::call) {
    bool list_first = !expr.kids.empty() && (expr.kids[0]->op == Op::call || expr.kids[0]->op == Op::block);
    if (!list_first || !is_plain_call(expr) || std::find(stack_.begin(), stack_.end(), expr.callee) != stack_.end()) return nullptr;
    auto shape = loop_shape(*expr.callee->body, expr.callee->parameter_count);
    if (!shape || shape->source != 0 || shape->loop->op != Op::for_list) return nullptr;
    chain.stages[0].shape = *shape;
    chain.stages[0].body = expr.callee->body;
  } else if (!is_word(expr)) {
    return nullptr;
  }
  if (!find_stages(*expr.kids[0], chain) || !has_room_for(chain)) return nullptr;
  if (expr.op == Op::call && (!are_arguments_pure(expr, 1) || !is_pure(*expr.callee))) return nullptr;

  Expr here = expr;
  here.site = static_cast<std::uint16_t>(site_of(frame));
  std::vector<const Expr*> outside, statements;
  Kept kept = keep_source(chain, frame, outside);
  enter_stages(chain, frame, nullptr, statements);
  Stage& last = chain.stages[0];
  if (!last.body) begin_word(last, here, statements);
  statements.push_back(whole_loop(chain));
  if (last.body) {
    for (std::size_t i = last.shape.at + 1; i < last.body->kids.size(); ++i)
      statements.push_back(within(last, [&] { return rewrite(*last.body->kids[i], &last.frame); }));
  } else {
    statements.push_back(result_of_word(last));
  }
  const Expr* result = make(Op::block, expr.type, here, statements);
  if (!cannot_raise(*result)) {
    kept_.swap(kept);
    const Expr* plain = copied(expr, frame);
    kept_.swap(kept);
    Expr* attempt = make(Op::try_, expr.type, here, {result, plain});
    attempt->index = fresh_local(types::basic(TypeKind::any));
    result = attempt;
  }
  if (outside.empty()) return result;
  outside.push_back(result);
  return make(Op::block, expr.type, here, outside);
}

// What the first stage walks through is evaluated once, before all else, as it would have been.
Inliner::Kept Inliner::keep_source(Chain& chain, const Frame* frame, std::vector<const Expr*>& outside) {
  Kept kept;
  if (!chain.source) return kept;
  auto keep = [&](const Expr& expr) -> const Expr* {
    const Expr* value = rewrite(expr, frame);
    if (value->op == Op::local || is_constant(*value)) return value;
    std::uint32_t local = fresh_local(value->type);
    outside.push_back(set_local(local, value));
    kept.emplace_back(&expr, local);
    return read(local, *value);
  };
  const Expr& source = *chain.source;
  if (source.op == Op::make_range && is_pure(source)) {
    const Expr* from = keep(*source.kids[0]);
    chain.walked = make(Op::make_range, source.type, *from, {from, keep(*source.kids[1])});
  } else {
    chain.walked = keep(source);
  }
  return kept;
}

// The same for a `for`, before it is known whether it will be: where the source is not a variable, one stands for it.
const Expr* Inliner::fused_for(const Expr& loop, const Frame* frame) {
  const Expr& list = *loop.kids[0];
  const Expr& body = *loop.kids[1];
  if (list.op != Op::call && list.op != Op::block) return nullptr;
  Chain chain;
  chain.depth = stack_.size();
  chain.stages.resize(1);
  chain.stages[0].call = &loop;
  if (!find_stages(list, chain) || !has_room_for(chain)) return nullptr;
  if (leaves_loop(body) && std::any_of(chain.stages.begin(), chain.stages.end(), [](const Stage& each) { return each.shape.nested; }))
    return nullptr;
  const std::size_t locals = to_.function.locals.size(), sites = to_.sites.size();
  const std::uint32_t added = added_;
  Expr here = loop;
  here.site = static_cast<std::uint16_t>(site_of(frame));
  const types::Type* none = types::basic(TypeKind::none);
  std::uint32_t source = 0;
  if (chain.source) {
    source = fresh_local(chain.source->type);
    chain.walked = read(source, here);
  }
  std::vector<const Expr*> statements;
  chain.hole = make(Op::block, none, here, {});
  chain.stages[0].frame.locals.push_back(frame ? frame->locals[loop.index] : loop.index);
  enter_stages(chain, frame, &body, statements);
  statements.push_back(whole_loop(chain));
  Expr* all = make(Op::block, none, here, statements);
  if (!cannot_raise(*all, chain.hole)) {
    to_.function.locals.resize(locals);
    to_.sites.resize(sites);
    added_ = added;
    return nullptr;
  }
  chain.hole->kids = to_.arena.copy({rewrite(body, frame)});
  if (!chain.source) return all;
  return make(Op::block, none, here, {set_local(source, rewrite(*chain.source, frame)), all});
}

}  // namespace m31::code
