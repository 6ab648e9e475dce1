// Any -> T: what data, json and searches give is dynamic all the way down, and `x: List[Point] = ..` wants it typed.
#pragma once

#include <string>

#include "kernel/data/datum.h"

namespace m31::vm {

// `value` of type `from` as a value of type `to`: members of unions and Any by what they hold, an Int as a Float, items, entries and
// fields (by name) one by one; a Map whose keys are texts, which is what a JSON object is, becomes a record of its entries (those that the record
// does not name are left out). False when it does not fit: `misfit`, if given, then says where, what was expected and what was found.
bool convert(const types::Type* from, const data::Datum& value, const types::Type* to, data::Datum& result, std::string* misfit = nullptr);

}  // namespace m31::vm
