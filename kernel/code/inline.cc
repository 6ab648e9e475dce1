// Small functions; what loops are made one of is fuse_loops.cc's.
#include "kernel/code/inliner.h"

#include <algorithm>

#include "kernel/code/copies.h"
#include "kernel/code/fold.h"
#include "kernel/code/purity.h"
#include "kernel/code/small_values.h"

namespace m31::code {
namespace {

using core::Expr;
using core::FnInstance;
using core::Op;

constexpr std::uint32_t body_nodes_max = 30;

// Nodes of an expression that may stand in another function; more than body_nodes_max for all others.
std::uint32_t nodes_of(const Expr& expr) {
  constexpr std::uint32_t never = body_nodes_max + 1;
  if (stays_in_its_function(expr.op) || changes_arguments(expr)) return never;
  switch (expr.op) {
    case Op::while_:
    case Op::for_range:
    case Op::for_list:
    case Op::for_map:
    case Op::break_:
    case Op::continue_:
    case Op::place_set:
    case Op::place_modify: return never;
    default: break;
  }
  std::uint32_t nodes = 1;
  for (const Expr* kid : expr.kids) {
    nodes += nodes_of(*kid);
    if (nodes > body_nodes_max) return never;
  }
  return nodes;
}

// Evaluating it assigns no variable, so that others may be read after it.
bool assigns_nothing(const Expr& expr) {
  switch (expr.op) {
    case Op::call:
    case Op::native:
    case Op::prim:
    case Op::field:
    case Op::variant_tag:
    case Op::variant_field:
    case Op::list_get:
    case Op::list_len:
    case Op::map_get:
    case Op::unbox:
    case Op::box:
    case Op::make_list:
    case Op::make_tuple:
    case Op::make_range:
    case Op::make_record:
    case Op::make_variant:
    case Op::closure:
    case Op::concat:
    case Op::global:
    case Op::local: break;
    default:
      if (!is_constant(expr)) return false;
  }
  if (changes_arguments(expr)) return false;
  return std::all_of(expr.kids.begin(), expr.kids.end(), [](const Expr* kid) { return assigns_nothing(*kid); });
}

}  // namespace

Inliner::Inliner(Inlined& to, const FnInstance& original) : to_(to), original_(original) {
  stack_.push_back(&original);
  to_.sites.push_back({&original, 0, 0});
}

void Inliner::run() { to_.function.body = rewrite(*original_.body, nullptr); }

std::uint32_t Inliner::fresh_local(const types::Type* type) {
  to_.function.locals.push_back({"", type});
  return static_cast<std::uint32_t>(to_.function.locals.size() - 1);
}

Expr* Inliner::copy_of(const Expr& expr, std::uint32_t site) {
  Expr* copy = to_.arena.make<Expr>(expr);
  copy->site = static_cast<std::uint16_t>(site);
  return copy;
}

Expr* Inliner::make(Op op, const types::Type* type, const Expr& like, std::vector<const Expr*> kids) {
  Expr* made = to_.arena.make<Expr>();
  made->op = op;
  made->type = type;
  made->span = like.span;
  made->site = like.site;
  made->kids = to_.arena.copy(kids);
  return made;
}

const Expr* Inliner::read(std::uint32_t local, const Expr& like) {
  Expr* made = make(Op::local, to_.function.locals[local].type, like, {});
  made->index = local;
  return made;
}

const Expr* Inliner::set_local(std::uint32_t local, const Expr* value) {
  Expr* set = make(Op::set_local, types::basic(types::TypeKind::none), *value, {value});
  set->index = local;
  return set;
}

const core::Place* Inliner::place_of(const core::Place& place, const Frame& frame) {
  std::vector<core::Step> steps(place.steps.begin(), place.steps.end());
  for (core::Step& step : steps)
    if (step.key) step.key = rewrite(*step.key, &frame);
  auto* copy = to_.arena.make<core::Place>(place);
  copy->steps = to_.arena.copy(steps);
  if (!place.is_global) copy->local = frame.locals[place.local];
  return copy;
}

const Expr* Inliner::copied(const Expr& expr, const Frame* frame) {
  copies_ = true;
  const Expr* copy = rewrite(expr, frame);
  copies_ = false;
  return copy;
}

const Expr* Inliner::rewrite(const Expr& expr, const Frame* frame) {
  for (auto [kept, local] : kept_)
    if (copies_ && kept == &expr) return read(local, expr);
  // Expressions stand in one place only, so an argument is copied for each use.
  if (frame && expr.op == Op::local && frame->arguments[expr.index]) return to_.arena.make<Expr>(*frame->arguments[expr.index]);
  if (!copies_) {
    if (frame && frame->chain && frame->stage > 0 && &expr == frame->chain->stages[frame->stage].shape.append)
      return element(*frame->chain, frame->stage - 1, rewrite(*expr.kids[1], frame));
    if (expr.op == Op::for_list) {
      if (const Expr* loop = fused_for(expr, frame)) return loop;
    } else if (expr.op == Op::call || expr.op == Op::native) {
      if (const Expr* loop = fused(expr, frame)) return loop;
    }
  }
  std::vector<const Expr*> kids;
  bool changed = frame != nullptr || copies_;
  kids.reserve(expr.kids.size());
  for (const Expr* kid : expr.kids) {
    kids.push_back(rewrite(*kid, frame));
    changed = changed || kids.back() != kid;
  }
  const Expr* result = &expr;
  std::uint32_t site = site_of(frame);
  if (changed) {
    Expr* copy = copy_of(expr, site);
    copy->kids = to_.arena.copy(kids);
    if (frame) rename(*copy, *frame);
    result = copy;
  }
  if (copies_) return result;
  if (expr.op == Op::call)
    if (const Expr* body = inlined(*result, site)) return body;
  if (const Expr* folded = fold(*result, to_.arena)) return folded;
  return result;
}

// The variables that an expression names itself.
void Inliner::rename(Expr& expr, const Frame& frame) {
  switch (expr.op) {
    case Op::for_map:
      if (expr.integer >= 0) expr.integer = frame.locals[static_cast<std::size_t>(expr.integer)];
      [[fallthrough]];
    case Op::local:
    case Op::set_local:
    case Op::for_range:
    case Op::for_list: expr.index = frame.locals[expr.index]; break;
    case Op::place_modify: expr.index = frame.locals[expr.index]; [[fallthrough]];
    case Op::place_set: expr.place = place_of(*expr.place, frame); break;
    default: break;
  }
}

bool Inliner::stands_for_itself(const Expr& argument, const Expr& body, std::uint32_t parameter, const types::Type* type,
                                bool reads_late) const {
  if (argument.type != type || changes(body, parameter)) return false;
  return is_constant(argument) || (argument.op == Op::local && reads_late);
}

const Expr* Inliner::inlined(const Expr& call, std::uint32_t site) {
  const FnInstance& callee = *call.callee;
  if (!callee.body || callee.capture_count > 0 || stack_.size() > depth_max) return nullptr;
  if (std::find(callee.is_var.begin(), callee.is_var.end(), true) != callee.is_var.end()) return nullptr;
  if (std::find(stack_.begin(), stack_.end(), &callee) != stack_.end()) return nullptr;
  if (call.kids.size() != callee.parameter_count || call.type != callee.result || callee.body->type != callee.result) return nullptr;
  std::uint32_t nodes = nodes_of(*callee.body);
  if (nodes > body_nodes_max || added_ + nodes > added_nodes_max) return nullptr;
  if (to_.function.locals.size() + callee.locals.size() > original_.locals.size() + locals_max) return nullptr;
  added_ += nodes;

  Frame frame;
  frame.site = static_cast<std::uint32_t>(to_.sites.size());
  to_.sites.push_back({&callee, site, call.span.begin});
  frame.arguments.resize(callee.locals.size());
  frame.locals.resize(callee.locals.size());
  std::vector<const Expr*> statements;
  bool reads_late = std::all_of(call.kids.begin(), call.kids.end(), [](const Expr* kid) { return assigns_nothing(*kid); });
  for (std::uint32_t i = 0; i < callee.locals.size(); ++i) {
    const Expr* argument = i < callee.parameter_count ? call.kids[i] : nullptr;
    if (argument && stands_for_itself(*argument, *callee.body, i, callee.locals[i].type, reads_late)) {
      frame.arguments[i] = argument;
      continue;
    }
    frame.locals[i] = static_cast<std::uint32_t>(to_.function.locals.size());
    to_.function.locals.push_back(callee.locals[i]);
    if (argument && !changes(*callee.body, i)) to_.function.locals.back().name = "";   // it stays what it is set to
    if (argument) statements.push_back(set_local(frame.locals[i], argument));
  }
  stack_.push_back(&callee);
  const Expr* body = rewrite(*callee.body, &frame);
  stack_.pop_back();
  if (statements.empty()) return body;
  statements.push_back(body);
  Expr* block = copy_of(call, site);
  block->op = Op::block;
  block->callee = nullptr;
  block->kids = to_.arena.copy(statements);
  return block;
}

Inlined::Inlined(const FnInstance& original) : function(original) {
  Inliner(*this, original).run();
  split_small_values(function, arena);
  forget_copies(function, arena);
}

}  // namespace m31::code
