// A total order on data of one type: Bool, Int, Float, Duration by value, String and Bytes by bytes, tuples, lists, records and
// ranges item by item (a shorter list first), sum types by constructor, None before all else, boxed values by
// their type's text first. Maps compare as lists of their entries sorted by key, so that insertion order does not count.
//
// NaN equals itself and is the greatest Float; -0.0 equals 0.0. The store's keys sort the same way (store/key.h).
#pragma once

#include "kernel/data/datum.h"

namespace m31::data {

// Negative, zero or positive. REQUIRES: a and b have the same type.
int compare(const Datum& a, const Datum& b);

}  // namespace m31::data
