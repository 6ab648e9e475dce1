// Any -> T: what data, json and searches give is dynamic all the way down, and `x: List[Point] = ..` wants it typed.
#pragma once

#include "kernel/data/datum.h"

namespace m31::vm {

// `value` of type `from` as a value of type `to`: members of unions and Any by what they hold, an Int as a Float, items, entries and
// fields (by name) one by one. False when it does not fit.
bool convert(const types::Type* from, const data::Datum& value, const types::Type* to, data::Datum& result);

}  // namespace m31::vm
