#include "kernel/code/local_facts.h"

#include <algorithm>

#include "kernel/vm/native.h"
#include "kernel/vm/value.h"

namespace m31::code {

using core::Expr;
using core::Op;

bool is_mutable(const types::Type* type) {
  switch (type->kind) {
    case types::TypeKind::list:
    case types::TypeKind::map:
    case types::TypeKind::record:
    case types::TypeKind::tuple: return true;
    case types::TypeKind::named: return !type->decl->is_sum;
    default: return false;
  }
}

bool is_scalar_constant(const Expr& expr, std::uint64_t& word) {
  switch (expr.op) {
    case Op::real: word = vm::slot_of_float(expr.real); return true;
    case Op::boolean:
    case Op::integer: word = static_cast<std::uint64_t>(expr.integer); return true;
    default: return false;
  }
}

namespace {

constexpr std::size_t kept_constants_max = 12;

void find_constants(const Expr& expr, bool in_loop, std::vector<std::uint64_t>& found) {
  std::uint64_t word;
  bool wanted = in_loop && is_scalar_constant(expr, word) && (expr.op == Op::real || expr.integer < INT16_MIN || expr.integer > INT16_MAX);
  if (wanted && found.size() < kept_constants_max && std::find(found.begin(), found.end(), word) == found.end())
    found.push_back(word);
  bool is_for = expr.op == Op::for_range || expr.op == Op::for_list || expr.op == Op::for_map || expr.op == Op::for_stream ||
                expr.op == Op::for_receiver;
  for (std::size_t i = 0; i < expr.kids.size(); ++i)
    find_constants(*expr.kids[i], in_loop || expr.op == Op::while_ || (is_for && i == 1), found);
  if (expr.op == Op::place_set && in_loop && expr.kids.size() == 1 && is_scalar_constant(*expr.kids[0], word) &&
      found.size() < kept_constants_max && std::find(found.begin(), found.end(), word) == found.end())
    found.push_back(word);
}

}  // namespace

std::vector<std::uint64_t> constants_of_loops(const Expr& body) {
  std::vector<std::uint64_t> found;
  find_constants(body, false, found);
  return found;
}

LocalFacts::LocalFacts(const core::FnInstance& function) : function_(function) {
  locals_.resize(function.locals.size());
  for (std::uint32_t i = 0; i < function.parameter_count + function.capture_count; ++i) locals_[i].borrowed = true;
  loops_.push_back({0, UINT32_MAX});
  loop_stack_.push_back(0);
  walk(*function.body, true);
  find_aliases();
}

LocalFacts::Variable& LocalFacts::variable(const Root& root) {
  return root.kind == Root::Kind::local ? locals_[root.local] : globals_[root.symbol];
}

void LocalFacts::use(std::uint32_t local, bool owned) {
  Variable& v = locals_[local];
  v.first_use = std::min(v.first_use, position_);
  v.last_use = position_;
  if (owned && is_mutable(function_.locals[local].type)) v.moves.push_back(position_);
}

void LocalFacts::disturb(const Root& root) { variable(root).events.push_back(position_); }

void LocalFacts::walk_place(const core::Place& place) {
  for (const core::Step& step : place.steps)
    if (step.key) walk(*step.key, true);
  Root root{place.is_global ? Root::Kind::global : Root::Kind::local, place.local, place.symbol};
  ++position_;
  disturb(root);
  if (!place.is_global) {
    use(place.local, false);
    locals_[place.local].changed = true;
  }
}

void LocalFacts::walk_loop(const Expr& expr) {
  bool is_while = expr.op == Op::while_;
  if (!is_while) walk(*expr.kids[0], false);
  auto number = static_cast<std::uint32_t>(loops_.size());
  loops_.push_back({position_, UINT32_MAX});
  loop_stack_.push_back(number);
  ++position_;
  std::vector<std::uint32_t> elements;
  if (!is_while) {
    elements.push_back(expr.index);
    if (expr.op == Op::for_map && expr.integer >= 0) elements.push_back(static_cast<std::uint32_t>(expr.integer));
    bool fresh = expr.op == Op::for_range || expr.op == Op::for_stream || expr.op == Op::for_receiver;
    for (std::uint32_t element : elements) {
      if (!fresh) locals_[element].borrowed = true;
      ++locals_[element].assigned;
      disturb({Root::Kind::local, element, {}});
    }
  } else {
    walk(*expr.kids[0], false);
  }
  walk(*expr.kids[1], false);
  ++position_;
  loops_[number].end = position_;
  loop_stack_.pop_back();
  for (std::uint32_t element : elements) locals_[element].scope = loops_[number];
}

void LocalFacts::walk(const Expr& expr, bool owned) {
  std::uint32_t begin = ++position_;
  auto all = [&](bool own) {
    for (const Expr* kid : expr.kids) walk(*kid, own);
  };
  switch (expr.op) {
    case Op::local: use(expr.index, owned); break;
    case Op::set_local: {
      walk(*expr.kids[0], true);
      ++position_;
      Variable& v = locals_[expr.index];
      ++v.assigned;
      v.assigned_at = position_;
      disturb({Root::Kind::local, expr.index, {}});
      assignments_.push_back({expr.index, expr.kids[0], loop_stack_.back()});
      break;
    }
    case Op::set_global:
      walk(*expr.kids[0], true);
      ++position_;
      disturb({Root::Kind::global, 0, expr.text});
      break;
    case Op::block:
      for (std::size_t i = 0; i < expr.kids.size(); ++i) walk(*expr.kids[i], owned && i + 1 == expr.kids.size());
      break;
    case Op::if_:
      walk(*expr.kids[0], false);
      walk(*expr.kids[1], owned);
      walk(*expr.kids[2], owned);
      break;
    case Op::while_:
    case Op::for_range:
    case Op::for_list:
    case Op::for_map:
    case Op::for_stream:
    case Op::for_receiver: walk_loop(expr); break;
    case Op::try_:
      walk(*expr.kids[0], owned);
      ++position_;
      if (expr.index < locals_.size()) {
        ++locals_[expr.index].assigned;
        disturb({Root::Kind::local, expr.index, {}});
      }
      walk(*expr.kids[1], owned);
      break;
    case Op::finally_:
      has_finally_ = true;
      walk(*expr.kids[0], owned);
      walk(*expr.kids[1], false);
      break;
    case Op::call: {
      all(false);
      ++position_;
      for (std::size_t i = 0; i < expr.kids.size(); ++i)
        if (i < expr.callee->is_var.size() && expr.callee->is_var[i] && expr.kids[i]->op == Op::local) {
          locals_[expr.kids[i]->index].changed = true;
          disturb({Root::Kind::local, expr.kids[i]->index, {}});
        }
      break;
    }
    case Op::native: {
      const vm::NativeEntry* entry = vm::find_native_entry(expr.text);
      for (std::size_t i = 0; i < expr.kids.size(); ++i)
        walk(*expr.kids[i], entry && i < 32 && (entry->keeps >> i & 1));
      ++position_;
      for (std::size_t i = 0; i < expr.kids.size(); ++i)
        if (entry && i < 32 && (entry->changes >> i & 1) && expr.kids[i]->op == Op::local) {
          locals_[expr.kids[i]->index].changed = true;
          disturb({Root::Kind::local, expr.kids[i]->index, {}});
        }
      break;
    }
    case Op::make_tuple:
    case Op::make_record:
    case Op::make_variant:
    case Op::make_list:
    case Op::make_map:
    case Op::box:
    case Op::closure:
    case Op::return_:
    case Op::raise: all(true); break;
    case Op::place_set:
      walk(*expr.kids[0], true);
      walk_place(*expr.place);
      break;
    case Op::place_modify: {
      walk_place(*expr.place);
      Range scope{position_, UINT32_MAX};
      locals_[expr.index].borrowed = locals_[expr.index].hole = true;
      ++locals_[expr.index].assigned;
      walk(*expr.kids[0], owned);
      ++position_;
      scope.end = position_;
      locals_[expr.index].scope = scope;
      Root root{expr.place->is_global ? Root::Kind::global : Root::Kind::local, expr.place->local, expr.place->symbol};
      disturb(root);
      break;
    }
    case Op::select:
      for (const core::SelectArm& arm : expr.arms) {
        walk(*arm.channel, false);
        if (arm.value) walk(*arm.value, false);
      }
      for (const core::SelectArm& arm : expr.arms) {
        ++position_;
        if (arm.kind == core::SelectArm::Kind::receive && arm.local != UINT32_MAX) {
          ++locals_[arm.local].assigned;
          disturb({Root::Kind::local, arm.local, {}});
        }
        walk(*arm.body, owned);
      }
      break;
    default: all(false); break;
  }
  ranges_[&expr] = {begin, ++position_};
}

Range LocalFacts::range_of(const Expr& expr) const {
  auto found = ranges_.find(&expr);
  return found == ranges_.end() ? Range{0, UINT32_MAX} : found->second;
}

Root LocalFacts::root_of(const Expr& expr) const {
  const Expr* at = &expr;
  for (;;) {
    switch (at->op) {
      case Op::local:
        if (is_alias(at->index)) return locals_[at->index].alias;
        return {Root::Kind::local, at->index, {}};
      case Op::global: return {Root::Kind::global, 0, at->text};
      case Op::field:
      case Op::variant_field:
      case Op::list_get:
      case Op::map_get:
      case Op::unbox:
      case Op::cast: at = at->kids[0]; break;
      default: return {};
    }
  }
}

bool LocalFacts::is_disturbed(const Root& root, Range range) const {
  auto within = [&](const std::vector<std::uint32_t>& positions) {
    auto at = std::lower_bound(positions.begin(), positions.end(), range.begin);
    return at != positions.end() && *at < range.end;
  };
  if (root.kind == Root::Kind::none) return false;
  if (root.kind == Root::Kind::global) {
    auto found = globals_.find(root.symbol);
    return found != globals_.end() && within(found->second.events);
  }
  const Variable& v = locals_[root.local];
  return within(v.events) || (!v.borrowed && within(v.moves));
}

bool LocalFacts::is_touched(const Root& root, Range range) const {
  if (root.kind == Root::Kind::global) return true;
  const Variable& v = locals_[root.local];
  auto within = [&](const std::vector<std::uint32_t>& positions) {
    auto at = std::lower_bound(positions.begin(), positions.end(), range.begin);
    return at != positions.end() && *at < range.end;
  };
  return within(v.events) || within(v.moves);
}

// A local that is assigned once, from a part of a variable that nothing disturbs while the local is in use, need not
// own what it holds.
void LocalFacts::find_aliases() {
  for (const Assignment& assignment : assignments_) {
    Variable& v = locals_[assignment.local];
    if (v.borrowed || v.changed || v.assigned != 1 || v.first_use == UINT32_MAX || v.first_use < v.assigned_at) continue;
    if (!is_mutable(assignment.value->type)) continue;
    Root root = root_of(*assignment.value);
    if (root.kind == Root::Kind::none) continue;
    std::uint32_t end = v.last_use + 1;
    for (const Range& loop : loops_)            // used in a loop that it was not assigned in: in all of its turns
      if (loop.begin > v.assigned_at && loop.begin < end && loop.end > end && loop.end != UINT32_MAX) end = loop.end;
    if (root.kind == Root::Kind::local) {
      Variable& from = locals_[root.local];
      if (end > from.scope.end || v.assigned_at < from.scope.begin) continue;
      bool again = std::any_of(loops_.begin(), loops_.end(), [&](const Range& loop) {   // in the loop's next turn
        return loop.end != UINT32_MAX && loop.begin <= v.assigned_at && v.assigned_at < loop.end && from.assigned_at < loop.begin;
      });
      if (!from.borrowed && !again && from.last_use < v.assigned_at) continue;   // a last use: better moved
    }
    if (is_disturbed(root, {v.assigned_at + 1, end})) continue;
    if (root.kind == Root::Kind::local) std::erase(locals_[root.local].moves, range_of(*assignment.value).begin);
    v.alias = root;
    v.borrowed = true;
  }
}

}  // namespace m31::code
