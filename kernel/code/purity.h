// What an expression of the core may do, found by looking at it: whether it may be evaluated again, later or not at all without
// anybody noticing. All answers err on the side of no.
#pragma once

#include <cstdint>

#include "kernel/types/core.h"

namespace m31::code {

// A literal.
bool is_constant(const core::Expr& expr);
// A call with a `var` parameter, or a native word that changes an argument (or is not known).
bool changes_arguments(const core::Expr& expr);
// Such an expression cannot stand in another function: it acts on the world, or on its function as a whole.
bool stays_in_its_function(core::Op op);
// Evaluating the function changes nothing and looks at nothing that changes: again, it gives the same or raises the same.
bool is_pure(const core::FnInstance& function);
// The same of an expression, which moreover assigns none of its function's variables.
bool is_pure(const core::Expr& expr);
// The same, but variables may be assigned: it is for the caller to know whose they are.
bool is_pure_within(const core::Expr& expr);
// It gives a value, whatever values its variables have. `skipped` is not looked at.
bool cannot_raise(const core::Expr& expr, const core::Expr* skipped = nullptr);
// It assigns the variable, or changes it in place.
bool changes(const core::Expr& expr, std::uint32_t local);

}  // namespace m31::code
