// What a parse helper's payload holds, checked: the helper is not believed.
#pragma once

#include <expected>
#include <string>

#include "kernel/data/datum.h"
#include "runtime/driver.h"

namespace m31::runtime {

// The items of a payload (parse_frame.h) as texts that share its buffer.
std::expected<std::vector<data::Datum>, Failure> items_of(const data::Text& payload);

}  // namespace m31::runtime
