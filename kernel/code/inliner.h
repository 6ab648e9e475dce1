// Inliner: makes the body of an Inlined (inline.h). One walk copies what changes; the bodies of other functions are copied into
// frames, which say what their variables become. fuse_loops.cc is the part that makes one loop of several.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "kernel/code/inline.h"
#include "kernel/code/loop_shape.h"

namespace m31::code {

class Inliner {
 public:
  Inliner(Inlined& to, const core::FnInstance& original);
  void run();

 private:
  using Expr = core::Expr;
  struct Chain;
  // What one function may grow by, and how deeply calls are looked into.
  static constexpr std::uint32_t depth_max = 4, added_nodes_max = 2000, locals_max = 400;

  // A body being copied: what its parameters and locals become.
  struct Frame {
    std::vector<const Expr*> arguments;      // null: a local of its own
    std::vector<std::uint32_t> locals;
    std::uint32_t site = 0;
    Chain* chain = nullptr;                  // of a stage: where what it appends goes
    std::size_t stage = 0;
  };

  // Loops over the elements of lists that nobody else sees: stage 0 is the last one, each walks through what the next one makes.
  struct Stage {
    const Expr* call = nullptr;              // a call, a native word, a comprehension or a `for`
    const Expr* body = nullptr;              // the statements around the loop; null: a native word or a `for`
    LoopShape shape;
    Frame frame;
    std::uint32_t total = 0, begun = 0;      // of a native word: what it has so far, whether it has anything
  };
  struct Chain {
    std::vector<Stage> stages;
    const Expr* source = nullptr;            // what the first stage to run walks through; null: in its body
    const Expr* walked = nullptr;            // that, as it is in the new body
    Expr* hole = nullptr;                    // where the body of a `for` will stand
    std::size_t depth = 0;                   // of the stack, where the chain stands
  };

  using Kept = std::vector<std::pair<const Expr*, std::uint32_t>>;   // expressions whose values stand in locals

  const Expr* rewrite(const Expr& expr, const Frame* frame);
  const Expr* copied(const Expr& expr, const Frame* frame);          // with its kids, none of them inlined or fused
  void rename(Expr& expr, const Frame& frame);
  const core::Place* place_of(const core::Place& place, const Frame& frame);
  const Expr* inlined(const Expr& call, std::uint32_t site);
  // Whether parameter i of a body may be the argument itself; else it is a local with that value.
  bool stands_for_itself(const Expr& argument, const Expr& body, std::uint32_t parameter, const types::Type* type, bool reads_late) const;
  std::uint32_t fresh_local(const types::Type* type);
  Expr* copy_of(const Expr& expr, std::uint32_t site);
  Expr* make(core::Op op, const types::Type* type, const Expr& like, std::vector<const Expr*> kids);
  const Expr* read(std::uint32_t local, const Expr& like);
  const Expr* set_local(std::uint32_t local, const Expr* value);

  // fuse_loops.cc
  const Expr* fused(const Expr& expr, const Frame* frame);
  const Expr* fused_for(const Expr& loop, const Frame* frame);
  bool find_stages(const Expr& list, Chain& chain);
  bool keeps_its_variables(const Expr& part, const Expr& comprehension);
  bool has_room_for(const Chain& chain) const;
  Kept keep_source(Chain& chain, const Frame* frame, std::vector<const Expr*>& outside);
  void enter_stages(Chain& chain, const Frame* frame, const Expr* for_body, std::vector<const Expr*>& statements);
  const Expr* whole_loop(Chain& chain);
  const Expr* element(Chain& chain, std::size_t number, const Expr* value);
  void begin_word(Stage& stage, const Expr& call, std::vector<const Expr*>& statements);
  const Expr* taken_by_word(Stage& stage, const Expr* value);
  const Expr* result_of_word(const Stage& stage);
  // Rewriting a stage's body: what it calls must not lead back to it.
  template <class F>
  const Expr* within(const Stage& stage, F&& f) {
    std::vector<const core::FnInstance*> outer = stack_;
    stack_.resize(stage.frame.chain->depth);
    if (stage.call->op == core::Op::call) stack_.push_back(stage.call->callee);
    const Expr* result = f();
    stack_ = std::move(outer);
    return result;
  }
  std::uint32_t site_of(const Frame* frame) const { return frame ? frame->site : 0; }

  Inlined& to_;
  const core::FnInstance& original_;
  std::vector<const core::FnInstance*> stack_;
  std::uint32_t added_ = 0;
  bool copies_ = false;                      // rewriting copies, and does nothing else
  Kept kept_;                                // while copying
  std::unordered_map<const core::FnInstance*, std::vector<std::uint32_t>> uses_;   // of each variable
};

}  // namespace m31::code
