// Well-formed programs for the tests of the front end: every example of the language's description,
// the layout rules' cases, and each construct at least once.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "kernel/syntax/parser.h"

namespace m31::syntax::testing {

std::span<const std::string_view> programs();
std::string_view figure_2();

Parsed parse_text(std::string_view text, std::string_view name = "test.m31");
// The root's dump, or the diagnostics if there are some.
std::string dump_of(std::string_view text);
// The tree on one line: (binary "+" (name "a") (int_lit 1)); blocks of one expression as that expression.
std::string brief(std::string_view text);
// Is every node what node_shapes.def says?
bool all_well_formed(const Node& node);

// A program damaged in a few places, for fuzzing.
std::string mutate(std::string_view program, std::mt19937_64& random);

}  // namespace m31::syntax::testing
