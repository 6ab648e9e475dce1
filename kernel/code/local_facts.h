// LocalFacts: what one walk over a function's core tells about its variables, so that the code generator knows where a
// value may be borrowed and where it must be marked shared.
//
// Every expression gets a range of positions in evaluation order; every variable (local, or global by symbol) a list
// of events that disturb whoever borrows from it: assignments, changes in place, and uses that may move it away.
#pragma once

#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/types/core.h"

namespace m31::code {

struct Range {
  std::uint32_t begin = 0, end = 0;    // half open
};

// A variable that a chain of parts begins in.
struct Root {
  enum class Kind : std::uint8_t { none, local, global } kind = Kind::none;
  std::uint32_t local = 0;
  std::string_view symbol;
};

class LocalFacts {
 public:
  explicit LocalFacts(const core::FnInstance& function);

  bool is_changed(std::uint32_t local) const { return locals_[local].changed; }   // a place's root or a var argument
  // Holds what it does not own (parameter, capture, loop element, hole, alias): a consuming use always marks.
  bool is_borrowed(std::uint32_t local) const { return locals_[local].borrowed; }
  bool is_alias(std::uint32_t local) const { return locals_[local].alias.kind != Root::Kind::none; }
  bool is_hole(std::uint32_t local) const { return locals_[local].hole; }
  // Assigned, changed, or taken over by something, in that range.
  bool is_touched(const Root& root, Range range) const;
  bool has_finally() const { return has_finally_; }

  Range range_of(const core::Expr& expr) const;
  bool is_disturbed(const Root& root, Range range) const;
  // The variable that `expr` is a part of, through aliases; none for a temporary.
  Root root_of(const core::Expr& expr) const;

 private:
  struct Variable {
    bool changed = false, borrowed = false, hole = false;
    std::uint32_t assigned = 0, assigned_at = 0;
    std::uint32_t first_use = UINT32_MAX, last_use = 0;
    Range scope{0, UINT32_MAX};                 // of a loop element or a hole
    Root alias;
    std::vector<std::uint32_t> events;          // positions, ascending
    std::vector<std::uint32_t> moves;           // consuming uses, ascending
  };
  struct Assignment {
    std::uint32_t local;
    const core::Expr* value;
    std::uint32_t loop;                         // number of the innermost loop around it
  };

  void walk(const core::Expr& expr, bool owned);
  void walk_place(const core::Place& place);
  void walk_loop(const core::Expr& expr);
  void use(std::uint32_t local, bool owned);
  void disturb(const Root& root);
  Variable& variable(const Root& root);
  void find_aliases();

  const core::FnInstance& function_;
  std::vector<Variable> locals_;
  std::map<std::string_view, Variable> globals_;
  std::unordered_map<const core::Expr*, Range> ranges_;
  std::vector<Assignment> assignments_;
  std::vector<Range> loops_;
  std::vector<std::uint32_t> loop_stack_;
  std::uint32_t position_ = 0;
  bool has_finally_ = false;
};

// Float, Int or Bool constants.
bool is_scalar_constant(const core::Expr& expr, std::uint64_t& word);
// Those that the loops of a function want in a register, in the order in which they occur; a few at most.
std::vector<std::uint64_t> constants_of_loops(const core::Expr& body);

// Changes of such a value in place can be seen: who takes a second reference marks it.
bool is_mutable(const types::Type* type);

}  // namespace m31::code
