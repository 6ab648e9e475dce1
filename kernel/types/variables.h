// Types that exist while a program is checked only: variables (an element type that is found later) and templates (a function
// value whose parameter types are not known yet: a lambda, a set of overloads). Both are Types of kind variable with
// numbers outside the pool's, so that they may stand inside interned types like any other.
//
// A Variables belongs to one check; what a variable is bound to is known to it alone. Every binding can be undone (mark,
// rollback), which is how overloads are tried.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/types/type.h"

namespace m31::types {

struct Template;

inline constexpr std::uint32_t variable_ids_begin = 0x8000'0000, template_ids_begin = 0xC000'0000;

inline bool is_variable(const Type* type) {
  return type->kind == TypeKind::variable && type->id >= variable_ids_begin && type->id < template_ids_begin;
}
inline bool is_template(const Type* type) { return type->kind == TypeKind::variable && type->id >= template_ids_begin; }

// The Type of a template: never freed, its number never used again. Any thread.
const Type* new_template_type(const Template* payload);
const Template* template_of(const Type* type);          // REQUIRES: is_template

class Variables {
 public:
  const Type* fresh();
  const Type* resolve(const Type* type) const;          // follows bindings at the root
  const Type* zonk(const Type* type) const;             // everywhere; unbound variables stay
  const Type* runtime(const Type* type) const;          // as it is at run time: unbound -> Never, a template -> its captures
  const Type* with_unknowns(const Type* type);          // a variable for each Never inside: of an estimate
  bool is_open(const Type* type) const;                 // holds an unbound variable
  bool unify(const Type* a, const Type* b);             // Never goes with all
  void bind(const Type* variable, const Type* to);
  std::size_t mark() const { return trail_.size(); }
  void rollback(std::size_t mark);
  std::string show(const Type* type) const;             // for messages: zonked, templates as fn

 private:
  bool occurs(const Type* variable, const Type* in) const;
  template <class Leaf>
  const Type* rebuild(const Type* type, const Leaf& leaf) const;
  std::vector<const Type*> bindings_;
  std::vector<std::uint32_t> trail_;
};

}  // namespace m31::types
