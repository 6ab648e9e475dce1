#include "kernel/code/small_values.h"

#include <algorithm>
#include <vector>

#include "kernel/code/purity.h"

namespace m31::code {
namespace {

using core::Expr;
using core::FnInstance;
using core::Op;
using types::TypeKind;

constexpr std::size_t fields_max = 8, locals_max = 1000;
constexpr int rounds_max = 3;                // a tuple in a tuple

std::span<const types::Type* const> fields_of(const types::Type* type) {
  switch (type->kind) {
    case TypeKind::tuple:
    case TypeKind::record: return type->args;
    case TypeKind::named:
      if (!type->decl->is_sum && type->constructors.size() == 1) return type->constructors[0].types;
      return {};
    default: return {};
  }
}

class Splitter {
 public:
  Splitter(FnInstance& function, Arena& arena) : function_(function), arena_(arena) {}

  bool run() {
    std::size_t first = function_.parameter_count + function_.capture_count;
    fits_.resize(function_.locals.size());
    first_part_.resize(function_.locals.size());
    for (std::size_t i = first; i < fits_.size(); ++i) {
      std::size_t count = fields_of(function_.locals[i].type).size();
      fits_[i] = count > 0 && count <= fields_max;
    }
    if (std::find(fits_.begin(), fits_.end(), true) == fits_.end()) return false;
    assigned_.resize(fits_.size());
    look(*function_.body);
    bool any = false;
    for (std::size_t i = first; i < fits_.size(); ++i) {
      fits_[i] = fits_[i] && assigned_[i];
      if (!fits_[i]) continue;
      auto fields = fields_of(function_.locals[i].type);
      fits_[i] = function_.locals.size() + fields.size() <= locals_max;
      if (!fits_[i]) continue;
      first_part_[i] = static_cast<std::uint32_t>(function_.locals.size());
      for (const types::Type* field : fields) function_.locals.push_back({function_.locals[i].name, field});
      any = true;
    }
    if (any) function_.body = rewrite(*function_.body);
    return any;
  }

 private:
  // Ends in a value made on the spot, on every way that has an end. Its fields are not looked at as values of the variable.
  bool is_made(const Expr& value, const types::Type* type) const {
    switch (value.op) {
      case Op::make_tuple:
      case Op::make_record: return value.type == type && value.kids.size() == fields_of(type).size();
      case Op::block: return !value.kids.empty() && is_made(*value.kids.back(), type);
      case Op::if_: {
        auto fits = [&](const Expr& branch) { return branch.type->kind == TypeKind::never || is_made(branch, type); };
        return fits(*value.kids[1]) && fits(*value.kids[2]);
      }
      default: return false;
    }
  }

  void reject(std::uint32_t local) {
    if (local < fits_.size()) fits_[local] = false;
  }

  void look(const Expr& expr) {
    switch (expr.op) {
      case Op::set_local:
        if (expr.index < fits_.size() && fits_[expr.index]) {
          if (is_made(*expr.kids[0], function_.locals[expr.index].type)) assigned_[expr.index] = true;
          else reject(expr.index);
        }
        break;
      case Op::field:
        if (expr.kids[0]->op == Op::local) return;
        break;
      case Op::local: reject(expr.index); break;
      case Op::for_map:
        if (expr.integer >= 0) reject(static_cast<std::uint32_t>(expr.integer));
        [[fallthrough]];
      case Op::for_range:
      case Op::for_list:
      case Op::for_stream:
      case Op::for_receiver: reject(expr.index); break;
      case Op::try_:
      case Op::finally_:
        has_handlers_ = true;
        if (expr.op == Op::try_) reject(expr.index);
        break;
      case Op::place_modify: reject(expr.index); [[fallthrough]];
      case Op::place_set:
        if (!expr.place->is_global) reject(expr.place->local);
        for (const core::Step& step : expr.place->steps)
          if (step.key) look(*step.key);
        break;
      case Op::select:
        for (const core::SelectArm& arm : expr.arms) {
          look(*arm.channel);
          if (arm.value) look(*arm.value);
          reject(arm.local);
          look(*arm.body);
        }
        break;
      default: break;
    }
    for (const Expr* kid : expr.kids) look(*kid);
  }

  Expr* make(Op op, const types::Type* type, const Expr& like, std::initializer_list<const Expr*> kids) {
    Expr* made = arena_.make<Expr>();
    made->op = op;
    made->type = type;
    made->span = like.span;
    made->site = like.site;
    made->kids = arena_.copy(kids);
    return made;
  }

  const Expr* set(std::uint32_t local, const Expr* value) {
    Expr* made = make(Op::set_local, types::basic(TypeKind::none), *value, {value});
    made->index = local;
    return made;
  }

  const Expr* block(const Expr& like, const std::vector<const Expr*>& kids) {
    Expr* made = make(Op::block, types::basic(TypeKind::none), like, {});
    made->kids = arena_.copy(kids);
    return made;
  }

  static bool reads(const Expr& expr, std::uint32_t local) {
    if (expr.op == Op::local && expr.index == local) return true;
    if (expr.place)
      for (const core::Step& step : expr.place->steps)
        if (step.key && reads(*step.key, local)) return true;
    for (const core::SelectArm& arm : expr.arms)
      if (reads(*arm.channel, local) || (arm.value && reads(*arm.value, local)) || reads(*arm.body, local)) return true;
    return std::any_of(expr.kids.begin(), expr.kids.end(), [&](const Expr* kid) { return reads(*kid, local); });
  }

  // The variable gets this value: nobody may see some fields of the new one beside some of the old.
  const Expr* assign(std::uint32_t local, const Expr& value) {
    if (value.op == Op::block) {
      std::vector<const Expr*> statements;
      for (std::size_t i = 0; i + 1 < value.kids.size(); ++i) statements.push_back(rewrite(*value.kids[i]));
      statements.push_back(assign(local, *value.kids.back()));
      return block(value, statements);
    }
    if (value.op == Op::if_) {
      auto branch = [&](const Expr& each) { return each.type->kind == TypeKind::never ? rewrite(each) : assign(local, each); };
      const Expr* test = rewrite(*value.kids[0]);
      const Expr* then = branch(*value.kids[1]);
      return make(Op::if_, types::basic(TypeKind::none), value, {test, then, branch(*value.kids[2])});
    }
    bool at_once = true;
    for (std::size_t i = 1; i < value.kids.size(); ++i)
      at_once = at_once && !reads(*value.kids[i], local) && (!has_handlers_ || cannot_raise(*value.kids[i]));
    std::vector<const Expr*> statements, moves;
    for (std::size_t i = 0; i < value.kids.size(); ++i) {
      std::uint32_t part = first_part_[local] + static_cast<std::uint32_t>(i);
      if (at_once) {
        statements.push_back(set(part, rewrite(*value.kids[i])));
        continue;
      }
      auto waits = static_cast<std::uint32_t>(function_.locals.size());
      function_.locals.push_back(function_.locals[part]);
      statements.push_back(set(waits, rewrite(*value.kids[i])));
      Expr* read = make(Op::local, function_.locals[part].type, *value.kids[i], {});
      read->index = waits;
      moves.push_back(set(part, read));
    }
    statements.insert(statements.end(), moves.begin(), moves.end());
    return block(value, statements);
  }

  bool is_split(std::uint32_t local) const { return local < fits_.size() && fits_[local]; }

  const Expr* rewrite(const Expr& expr) {
    if (expr.op == Op::set_local && is_split(expr.index)) return assign(expr.index, *expr.kids[0]);
    if (expr.op == Op::field && expr.kids[0]->op == Op::local && is_split(expr.kids[0]->index)) {
      Expr* read = make(Op::local, expr.type, expr, {});
      read->index = first_part_[expr.kids[0]->index] + expr.index;
      return read;
    }
    std::vector<const Expr*> kids;
    kids.reserve(expr.kids.size());
    bool changed = false;
    for (const Expr* kid : expr.kids) {
      kids.push_back(rewrite(*kid));
      changed = changed || kids.back() != kid;
    }
    const core::Place* place = expr.place ? rewrite_place(*expr.place) : nullptr;
    std::vector<core::SelectArm> arms(expr.arms.begin(), expr.arms.end());
    for (core::SelectArm& arm : arms) {
      arm.channel = rewrite(*arm.channel);
      if (arm.value) arm.value = rewrite(*arm.value);
      arm.body = rewrite(*arm.body);
      changed = true;
    }
    if (!changed && place == expr.place) return &expr;
    Expr* copy = arena_.make<Expr>(expr);
    copy->kids = arena_.copy(kids);
    copy->place = place;
    copy->arms = arena_.copy(arms);
    return copy;
  }

  const core::Place* rewrite_place(const core::Place& place) {
    std::vector<core::Step> steps(place.steps.begin(), place.steps.end());
    bool changed = false;
    for (core::Step& step : steps) {
      const Expr* before = step.key;
      if (step.key) step.key = rewrite(*step.key);
      changed = changed || step.key != before;
    }
    if (!changed) return &place;
    core::Place* copy = arena_.make<core::Place>(place);
    copy->steps = arena_.copy(steps);
    return copy;
  }

  FnInstance& function_;
  Arena& arena_;
  std::vector<bool> fits_, assigned_;
  std::vector<std::uint32_t> first_part_;
  bool has_handlers_ = false;
};

}  // namespace

void split_small_values(FnInstance& function, Arena& arena) {
  for (int round = 0; round < rounds_max && Splitter(function, arena).run(); ++round) {
  }
}

}  // namespace m31::code
