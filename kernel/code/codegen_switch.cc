// `match` over many texts, and chains of `s == "..."`: one look at the text finds the first arm that names it. The arms keep their
// order: where a guard fails, another look finds the first of the arms after it.
#include <unordered_set>
#include <utility>

#include "kernel/code/codegen.h"

namespace m31::code {

using core::Prim;
using CoreOp = core::Op;
using types::TypeKind;

namespace {

constexpr std::size_t texts_min = 4, texts_max = 30'000;      // with fewer, comparing one by one is as quick
constexpr std::size_t guards_max = 16;                        // each has cases of its own; the arms that follow are another choice

// The text that a test compares `local` with; none_index: the first test says which variable.
const core::Expr* text_compared(const core::Expr& test, std::uint32_t& local) {
  if (test.op != CoreOp::prim || static_cast<Prim>(test.index) != Prim::equal || test.kids[0]->type->kind != TypeKind::string) return nullptr;
  const core::Expr* variable = test.kids[0];
  const core::Expr* text = test.kids[1];
  if (text->op == CoreOp::local) std::swap(variable, text);
  if (variable->op != CoreOp::local || text->op != CoreOp::string) return nullptr;
  if (local == none_index) local = variable->index;
  return local == variable->index ? text : nullptr;
}

// s == "a", or s == "a" or s == "b" ..; false when it is something else.
bool add_texts(const core::Expr& test, std::uint32_t& local, std::vector<const core::Expr*>& texts) {
  if (test.op == CoreOp::if_) {
    bool is_or = test.kids[1]->op == CoreOp::boolean && test.kids[1]->integer != 0;
    return is_or && add_texts(*test.kids[0], local, texts) && add_texts(*test.kids[2], local, texts);
  }
  const core::Expr* text = text_compared(test, local);
  if (text) texts.push_back(text);
  return text != nullptr;
}

}  // namespace

bool Codegen::find_text_arms(const Expr& expr, std::vector<TextArm>& arms, std::uint32_t& local, const Expr*& otherwise) const {
  otherwise = &expr;
  std::size_t texts = 0, guards = 0;
  for (const Expr* at = &expr; at->op == CoreOp::if_ && at->type == expr.type && texts < texts_max && guards < guards_max; at = at->kids[2]) {
    TextArm arm{at, {}, nullptr, 0};
    const Expr* test = at->kids[0];
    bool guarded = test->op == CoreOp::if_ && test->kids[2]->op == CoreOp::boolean && test->kids[2]->integer == 0;
    if (guarded) arm.guard = test->kids[1];
    if (!add_texts(guarded ? *test->kids[0] : *test, local, arm.texts)) break;
    texts += arm.texts.size();
    guards += guarded;
    arms.push_back(std::move(arm));
    otherwise = at->kids[2];
  }
  return texts >= texts_min;
}

// To the first of the arms from `first` on that names the text.
void Codegen::look_at_text(const std::vector<TextArm>& arms, std::size_t first, Reg text, Label otherwise) {
  DraftSwitch choice;
  std::unordered_set<std::uint32_t> seen;
  for (std::size_t i = first; i < arms.size(); ++i)
    for (const Expr* each : arms[i].texts) {
      std::uint32_t number = string_index(std::string(each->text) + 's');
      if (!seen.insert(number).second) continue;
      choice.texts.push_back(number);
      choice.labels.push_back(arms[i].label);
    }
  if (choice.texts.empty()) {
    jump(Op::jump, 0, 0, otherwise);
    return;
  }
  choice.labels.push_back(otherwise);
  emit(Op::switch_text, text, static_cast<std::uint32_t>(drafts_.switches.size()));
  drafts_.switches.push_back(std::move(choice));
}

// `arm` generates what an arm, or what no arm takes, comes to.
bool Codegen::gen_text_switch(const Expr& expr, const std::function<void(const Expr&)>& arm) {
  std::vector<TextArm> arms;
  std::uint32_t variable = none_index;
  const Expr* otherwise = nullptr;
  if (!find_text_arms(expr, arms, variable, otherwise)) return false;
  Label none = new_label();
  for (TextArm& each : arms) each.label = new_label();
  look_at_text(arms, 0, local(variable), none);
  for (std::size_t i = 0; i < arms.size(); ++i) {
    bind(arms[i].label);
    stand_at(*arms[i].test);
    Label failed = new_label();
    if (arms[i].guard) branch(*arms[i].guard, false, failed);
    arm(*arms[i].test->kids[1]);
    bind(failed);
    if (arms[i].guard) look_at_text(arms, i + 1, local(variable), none);
  }
  bind(none);
  arm(*otherwise);
  return true;
}

}  // namespace m31::code
