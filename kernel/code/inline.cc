#include "kernel/code/inline.h"

#include <algorithm>
#include <optional>

#include "kernel/code/fold.h"
#include "kernel/vm/native.h"

namespace m31::code {
namespace {

using core::Expr;
using core::FnInstance;
using core::Op;

constexpr std::uint32_t body_nodes_max = 30, depth_max = 4, added_nodes_max = 2000, locals_max = 400;

// Nodes of an expression that may stand in another function; more than body_nodes_max for all others.
std::uint32_t nodes_of(const Expr& expr) {
  constexpr std::uint32_t never = body_nodes_max + 1;
  switch (expr.op) {
    case Op::set_global:
    case Op::while_:
    case Op::for_range:
    case Op::for_list:
    case Op::for_map:
    case Op::for_stream:
    case Op::for_receiver:
    case Op::break_:
    case Op::continue_:
    case Op::return_:
    case Op::try_:
    case Op::finally_:
    case Op::host:
    case Op::spawn:
    case Op::parent:
    case Op::place_set:
    case Op::place_modify:
    case Op::select: return never;
    case Op::native: {
      const vm::NativeEntry* entry = vm::find_native_entry(expr.text);
      if (!entry || entry->changes) return never;
      break;
    }
    case Op::call:
      if (std::find(expr.callee->is_var.begin(), expr.callee->is_var.end(), true) != expr.callee->is_var.end()) return never;
      break;
    default: break;
  }
  std::uint32_t nodes = 1;
  for (const Expr* kid : expr.kids) {
    nodes += nodes_of(*kid);
    if (nodes > body_nodes_max) return never;
  }
  return nodes;
}

bool assigns(const Expr& expr, std::uint32_t local) {
  if (expr.op == Op::set_local && expr.index == local) return true;
  return std::any_of(expr.kids.begin(), expr.kids.end(), [&](const Expr* kid) { return assigns(*kid, local); });
}

bool is_constant(const Expr& expr) {
  switch (expr.op) {
    case Op::none:
    case Op::boolean:
    case Op::integer:
    case Op::real:
    case Op::string:
    case Op::bytes:
    case Op::type_const: return true;
    default: return false;
  }
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
  if (expr.op == Op::native) {
    const vm::NativeEntry* entry = vm::find_native_entry(expr.text);
    if (!entry || entry->changes) return false;
  }
  if (expr.op == Op::call &&
      std::find(expr.callee->is_var.begin(), expr.callee->is_var.end(), true) != expr.callee->is_var.end())
    return false;
  return std::all_of(expr.kids.begin(), expr.kids.end(), [](const Expr* kid) { return assigns_nothing(*kid); });
}

class Inliner {
 public:
  Inliner(Inlined& to, const FnInstance& original) : to_(to), original_(original) {
    stack_.push_back(&original);
    to_.sites.push_back({&original, 0, 0});
  }

  void run() { to_.function.body = rewrite(*original_.body, nullptr); }

 private:
  // A body being copied: what its parameters and locals become.
  struct Frame {
    std::vector<const Expr*> arguments;      // null: a local of its own
    std::vector<std::uint32_t> locals;
    std::uint32_t site = 0;
  };

  Expr* copy_of(const Expr& expr, std::uint32_t site) {
    Expr* copy = to_.arena.make<Expr>(expr);
    copy->site = static_cast<std::uint16_t>(site);
    return copy;
  }

  // Expressions stand in one place only, so an argument is copied for each use.
  const Expr* fresh_argument(const Expr& expr) { return to_.arena.make<Expr>(expr); }

  const Expr* rewrite(const Expr& expr, const Frame* frame) {
    if (frame && expr.op == Op::local && frame->arguments[expr.index]) return fresh_argument(*frame->arguments[expr.index]);
    std::vector<const Expr*> kids;
    bool changed = frame != nullptr;
    kids.reserve(expr.kids.size());
    for (const Expr* kid : expr.kids) {
      kids.push_back(rewrite(*kid, frame));
      changed = changed || kids.back() != kid;
    }
    const Expr* result = &expr;
    std::uint32_t site = frame ? frame->site : 0;
    if (changed) {
      Expr* copy = copy_of(expr, site);
      copy->kids = to_.arena.copy(kids);
      if (frame && (expr.op == Op::local || expr.op == Op::set_local)) copy->index = frame->locals[expr.index];
      result = copy;
    }
    if (expr.op == Op::call)
      if (const Expr* body = inlined(*result, site)) return body;
    if (const Expr* folded = fold(*result, to_.arena)) return folded;
    return result;
  }

  const Expr* inlined(const Expr& call, std::uint32_t site) {
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
      bool same_type = argument && argument->type == callee.locals[i].type;
      if (argument && same_type && !assigns(*callee.body, i) && (is_constant(*argument) || (argument->op == Op::local && reads_late))) {
        frame.arguments[i] = argument;
        continue;
      }
      frame.locals[i] = static_cast<std::uint32_t>(to_.function.locals.size());
      to_.function.locals.push_back(callee.locals[i]);
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

  const Expr* set_local(std::uint32_t local, const Expr* value) {
    Expr* set = to_.arena.make<Expr>();
    set->op = Op::set_local;
    set->type = types::basic(types::TypeKind::none);
    set->span = value->span;
    set->site = value->site;
    set->index = local;
    set->kids = to_.arena.copy({value});
    return set;
  }

  Inlined& to_;
  const FnInstance& original_;
  std::vector<const FnInstance*> stack_;
  std::uint32_t added_ = 0;
};

}  // namespace

Inlined::Inlined(const FnInstance& original) : function(original) { Inliner(*this, original).run(); }

}  // namespace m31::code
