// Codegen: typed core of one function -> drafts -> FnCode. One object per function.
//
// Registers: parameters, captures, other locals, then temporaries used like a stack (Temps restores the top). A
// call's arguments are evaluated straight into the callee's first registers (the window), above two slots for the
// frame's header.
//
// Value semantics: an expression is generated to be borrowed (looked at before anything can change it) or owned (it
// comes to stand in a second place). Owning a part of a variable marks the object shared, unless it is the
// variable's last use; changing a place makes every container on the way unshared first (own, own_item, ...).
// Scalar constants of loops stand in registers of their own, written at entry.
// Borrowing is sound because an operand whose variable is disturbed by a later operand is copied and marked instead.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/code/call_site.h"
#include "kernel/code/drafts.h"
#include "kernel/code/local_facts.h"
#include "kernel/types/core.h"

namespace m31::code {

enum class Use : std::uint8_t { borrow, own };

class Codegen {
 public:
  // `callee_code` gives the (perhaps still empty) FnCode of another function.
  using CalleeCode = FnCode* (*)(void* context, const core::FnInstance* callee);
  Codegen(const core::FnInstance& function, FnCode& code, CalleeCode callee_code, void* context);
  void run();

 private:
  using Expr = core::Expr;

  struct Temps {                       // temporaries taken within its scope are given back
    Codegen& g;
    std::uint32_t top;
    explicit Temps(Codegen& gen) : g(gen), top(gen.top_) {}
    ~Temps() { g.top_ = top; }
    Temps(const Temps&) = delete;
  };
  struct Loop {
    Label break_to, continue_to;
    std::size_t finally_depth;
  };
  struct Exit {                        // a way out of a finally's body
    enum class Kind : std::uint8_t { to_return, to_break, to_continue } kind;
    std::size_t loop;                  // index in loops_
    bool operator==(const Exit&) const = default;
  };
  struct Finally {
    Label label;
    Reg state;
    std::vector<Exit> exits;           // state k + 2 means exits[k]
  };

  // codegen.cc: registers, emission, tables
  Reg temp();
  Reg temps(std::uint32_t count);      // contiguous
  Reg local(std::uint32_t index) const { return static_cast<Reg>(index); }
  bool is_temp(Reg r) const { return r >= drafts_.temp_base; }
  void set_reference(Reg r, bool is_ref);
  Draft& emit(Op op, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0);
  Draft& define(Op op, Reg dst, const types::Type* type, std::uint32_t b = 0, std::uint32_t c = 0);
  Draft& emit_number(Op op, Reg a, std::int64_t number);
  void stand_at(const Expr& expr) {    // what is emitted next comes from there
    if (expr.span.end <= expr.span.begin) return;
    offset_ = expr.span.begin;
    site_ = expr.site;
  }
  Label new_label();
  void bind(Label label);
  void jump(Op op, std::uint32_t a, std::uint32_t b, Label to);
  std::uint32_t type_index(const types::Type* type);
  std::uint32_t string_index(std::string_view text);
  std::uint32_t symbol_index(std::string_view name);
  std::uint32_t callee_index(const core::FnInstance* callee);
  std::uint32_t shape_index(const types::Type* type, std::int32_t tag);
  std::uint32_t site_index(FnCode::CallSite site);
  void keep_constants(std::uint32_t& local_count);
  std::optional<Reg> constant_register(const Expr& expr) const;
  void load_int(Reg dst, std::int64_t value);
  void load_word(Reg dst, std::uint64_t word, const types::Type* type);

  // codegen_expr.cc: values
  Reg gen(const Expr& expr, Use use);                  // in some register: a local's own when borrowed
  Reg gen_temp(const Expr& expr, Use use);             // in a fresh temporary
  void gen_to(const Expr& expr, Reg dst, Use use);
  void effect(const Expr& expr);                       // value dropped
  // Operand number i of `kids`, whose later siblings may disturb what it borrows.
  Reg operand(std::span<const Expr* const> kids, std::size_t i);
  void operand_to(std::span<const Expr* const> kids, std::size_t i, Reg dst);
  bool is_disturbed_by_later(std::span<const Expr* const> kids, std::size_t i) const;
  Reg window_of(std::span<const Expr* const> kids, Use use);   // all, in contiguous temporaries
  void read_local(const Expr& expr, Reg dst, Use use);
  void mark_part(const Expr& expr, Reg dst, Use use);
  void gen_prim(const Expr& expr, Reg dst);
  bool gen_immediate(const Expr& expr, Reg dst);
  bool gen_multiply_add(const Expr& expr, Reg dst);
  void gen_list(const Expr& expr, Reg dst);

  // codegen_control.cc
  void branch(const Expr& condition, bool sense, Label to);
  void branch_prim(const Expr& condition, bool sense, Label to);
  void gen_if(const Expr& expr, Reg dst, Use use);
  void gen_while(const Expr& expr);

  // codegen_switch.cc
  struct TextArm {
    const Expr* test;                  // the `if_`
    std::vector<const Expr*> texts;    // any of which leads here
    const Expr* guard;                 // null: none
    Label label;
  };
  bool find_text_arms(const Expr& expr, std::vector<TextArm>& arms, std::uint32_t& local, const Expr*& otherwise) const;
  void look_at_text(const std::vector<TextArm>& arms, std::size_t first, Reg text, Label otherwise);
  bool gen_text_switch(const Expr& expr, const std::function<void(const Expr&)>& arm);
  void gen_for(const Expr& expr);
  void gen_for_stream(const Expr& expr);
  void gen_for_receiver(const Expr& expr);
  void loop_body(const Expr& expr, Label continue_to, Label break_to);
  void element_bound(std::uint32_t index);
  void gen_try(const Expr& expr, Reg dst, Use use);
  void gen_finally(const Expr& expr, Reg dst, Use use);
  void leave(Exit exit);
  void gen_return(const Expr& expr);
  void gen_tail(const Expr& expr);

  // codegen_call.cc
  void gen_call(const Expr& expr, Reg dst);
  bool is_tail_call(const Expr& expr) const;
  void gen_tail_call(const Expr& expr);
  void gen_call_closure(const Expr& expr, Reg dst);
  void gen_native(const Expr& expr, Reg dst);
  void gen_host(const Expr& expr, Reg dst);
  void gen_spawn(const Expr& expr, Reg dst);
  void gen_select(const Expr& expr, Reg dst, Use use);

  // codegen_place.cc
  struct Path {                        // a place being changed: keys in registers, the last container in one
    std::vector<Reg> keys;
    Reg root = 0, container = 0;
  };
  Path gen_keys(const core::Place& place, const Expr& until);
  void reach(const core::Place& place, Path& path, bool own_root);
  void store_root(const core::Place& place, const Path& path);
  void put(const core::Place& place, const Path& path, Reg value);
  void gen_place_set(const Expr& expr);
  void gen_place_modify(const Expr& expr, Reg dst, Use use, bool dropped);

  const core::FnInstance& function_;
  FnCode& code_;
  CalleeCode callee_code_;
  void* context_;
  LocalFacts facts_;
  Drafts drafts_;
  std::vector<bool> temp_is_ref_;
  std::uint32_t top_ = 0;
  std::uint32_t offset_ = 0;
  std::uint16_t site_ = 0;
  std::uint32_t try_depth_ = 0;
  bool too_large_ = false;
  bool dropped_ = false;               // the value of the expression generated next is not used
  Reg return_reg_ = 0;
  Label loop_label_ = none_index;      // jumps to it go backwards
  std::vector<Loop> loops_;
  std::vector<Finally> finallys_;
  std::unordered_map<const types::Type*, std::uint32_t> type_numbers_;
  std::unordered_map<std::string, std::uint32_t> string_numbers_;
  std::unordered_map<std::uint64_t, std::uint32_t> constant_numbers_;
  std::vector<std::pair<std::uint64_t, Reg>> kept_constants_;   // in registers, for the loops
  std::unordered_map<std::uint32_t, std::uint32_t> symbol_numbers_;
  std::unordered_map<const core::FnInstance*, std::uint32_t> callee_numbers_;
};

// Which slot of a record's or tuple's Fixed a field is: after the leading pointer map of a wide one.
std::uint32_t field_slot_number(const types::Type* type, std::uint32_t index);

}  // namespace m31::code
