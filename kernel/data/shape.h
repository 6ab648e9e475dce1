// Whether a Datum is a value of a type, and the value that a type starts from. For data that come from where types were not
// checked against them: another process, a program's Any.
#pragma once

#include <expected>
#include <string>

#include "kernel/data/datum.h"

namespace m31::data {

// Nothing when `value` has the shape that `type` asks for, at most `levels_max` deep; else what does not fit, for a person.
std::string misfit(const types::Type* type, const Datum& value, std::size_t levels_max = 1'000);

// True when values of the type can be kept: no functions, channel ends or other handles in it (Any may hold one: misfit
// refuses that value).
bool is_storable(const types::Type* type);

// 0, 0.0, "", [], [:], False, None where it is allowed, else the first member; records and tuples of zeros; a sum type's first
// constructor without fields, else its first. A message when there is no end to it.
std::expected<Datum, std::string> zero(const types::Type* type);

}  // namespace m31::data
