#include "kernel/code/copies.h"

#include <algorithm>
#include <vector>

#include "kernel/code/purity.h"
#include "kernel/vm/native.h"

namespace m31::code {
namespace {

using core::Expr, core::Op;

class Copies {
 public:
  Copies(core::FnInstance& function, Arena& arena) : function_(function), arena_(arena) {
    assigned_.resize(function.locals.size());
    copy_of_.resize(function.locals.size(), nullptr);
    set_in_.resize(function.locals.size());
    read_elsewhere_.resize(function.locals.size());
    for (std::uint32_t i = 0; i < function.parameter_count + function.capture_count; ++i) assigned_[i] = 1;
  }

  void run() {
    look(*function_.body);
    bool any = false;
    for (std::size_t i = 0; i < copy_of_.size(); ++i) {
      const Expr*& from = copy_of_[i];
      // A name of the program's may be set on some ways only; the compiler's are not.
      bool is_copy = from && !read_elsewhere_[i] && assigned_[i] == 1 && assigned_[from->index] == 1 && function_.locals[i].name.empty() &&
                     from->type == function_.locals[i].type;
      if (!is_copy) from = nullptr;
      any = any || is_copy;
    }
    if (any) function_.body = rewrite(*function_.body);
  }

 private:
  void assign(std::uint32_t local) {
    if (local < assigned_.size()) ++assigned_[local];
  }

  // Read after it was set, in the same turn of the loop, or it is no copy: else the other may have another value by then.
  void read(std::uint32_t local) {
    bool in_turn = copy_of_[local] && std::find(loops_.begin(), loops_.end(), set_in_[local]) != loops_.end();
    if (!in_turn) read_elsewhere_[local] = true;
  }

  // Who changes a variable in place counts as two.
  void change(const Expr& expr) {
    if (expr.op == Op::local) assigned_[expr.index] += 2;
  }

  void look(const Expr& expr) {
    switch (expr.op) {
      case Op::set_local:
        look(*expr.kids[0]);
        if (expr.kids[0]->op == Op::local && assigned_[expr.kids[0]->index] == 1) {
          copy_of_[expr.index] = expr.kids[0];
          set_in_[expr.index] = loops_.back();
        }
        assign(expr.index);
        return;
      case Op::local: read(expr.index); return;
      case Op::for_map:
        if (expr.integer >= 0) assign(static_cast<std::uint32_t>(expr.integer));
        assign(expr.index);
        break;
      case Op::for_range:
      case Op::for_list:
      case Op::for_stream:
      case Op::for_receiver:
      case Op::try_: assign(expr.index); break;
      case Op::native: {
        const vm::NativeEntry* entry = vm::find_native_entry(expr.text);
        for (std::size_t i = 0; i < expr.kids.size(); ++i)
          if (!entry || i >= 32 || (entry->changes >> i & 1)) change(*expr.kids[i]);
        break;
      }
      case Op::call:
        for (std::size_t i = 0; i < expr.kids.size() && i < expr.callee->is_var.size(); ++i)
          if (expr.callee->is_var[i]) change(*expr.kids[i]);
        break;
      default: break;
    }
    if (expr.op == Op::place_modify) assigned_[expr.index] += 2;
    if (expr.place) {
      if (!expr.place->is_global) assigned_[expr.place->local] += 2;
      for (const core::Step& step : expr.place->steps)
        if (step.key) look(*step.key);
    }
    for (const core::SelectArm& arm : expr.arms) {
      assign(arm.local);
      look(*arm.channel);
      if (arm.value) look(*arm.value);
      look(*arm.body);
    }
    bool loops = expr.op == Op::while_ || expr.op == Op::for_range || expr.op == Op::for_list || expr.op == Op::for_map ||
                 expr.op == Op::for_stream || expr.op == Op::for_receiver;
    for (std::size_t i = 0; i < expr.kids.size(); ++i) {
      bool in_loop = loops && (i == 1 || expr.op == Op::while_);
      if (in_loop) loops_.push_back(++loop_count_);
      look(*expr.kids[i]);
      if (in_loop) loops_.pop_back();
    }
  }

  const Expr* rewrite(const Expr& expr) {
    if (expr.op == Op::local && copy_of_[expr.index]) {
      std::uint32_t from = expr.index;
      for (std::size_t steps = 0; copy_of_[from] && steps < copy_of_.size(); ++steps) from = copy_of_[from]->index;
      Expr* read = arena_.make<Expr>(expr);
      read->index = from;
      return read;
    }
    Expr* copy = arena_.make<Expr>(expr);
    if (expr.op == Op::set_local && copy_of_[expr.index]) {
      copy->op = Op::none;
      copy->kids = {};
      return copy;
    }
    std::vector<const Expr*> kids;
    for (const Expr* kid : expr.kids) kids.push_back(rewrite(*kid));
    copy->kids = arena_.copy(kids);
    if (expr.place) {
      std::vector<core::Step> steps(expr.place->steps.begin(), expr.place->steps.end());
      for (core::Step& step : steps)
        if (step.key) step.key = rewrite(*step.key);
      auto* place = arena_.make<core::Place>(*expr.place);
      place->steps = arena_.copy(steps);
      copy->place = place;
    }
    std::vector<core::SelectArm> arms(expr.arms.begin(), expr.arms.end());
    for (core::SelectArm& arm : arms) {
      arm.channel = rewrite(*arm.channel);
      if (arm.value) arm.value = rewrite(*arm.value);
      arm.body = rewrite(*arm.body);
    }
    copy->arms = arena_.copy(arms);
    return copy;
  }

  core::FnInstance& function_;
  Arena& arena_;
  std::vector<std::uint32_t> assigned_;
  std::vector<const Expr*> copy_of_;       // what a variable is set to
  std::vector<std::uint32_t> set_in_;      // in the body of which loop
  std::vector<bool> read_elsewhere_;       // before that, or outside of that body
  std::vector<std::uint32_t> loops_{0};    // that are under way; 0 is the function
  std::uint32_t loop_count_ = 0;
};

}  // namespace

void forget_copies(core::FnInstance& function, Arena& arena) { Copies(function, arena).run(); }

}  // namespace m31::code
