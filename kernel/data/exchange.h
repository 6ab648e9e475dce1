// Values as texts for everybody else: JSON, CSV (RFC 4180) and TSV. Writers only; the readers make values in a heap (kernel/words/natives_json.cc,
// natives_csv.cc).
//
//   JSON  None null; tuples and lists arrays, a Range the array of its ends; records and Maps whose keys are Strings, Ints or Bools objects; a value of a sum type
//         an object with "type", its constructor; Bytes in base64; a Duration as a program writes it. Ill-formed UTF-8 becomes U+FFFD.
//   CSV   one row for each element of a List (or entry of a Map), the names of its record first; LF ends a line. A cell that holds
//         the separator, a quote or a line end is quoted; what is no scalar is written as JSON.
//   TSV   the same with tabs, where tab, line ends and backslash are escaped (\t \n \r \\) and nothing is quoted.
#pragma once

#include <expected>
#include <string>

#include "kernel/data/datum.h"

namespace m31::data {

// Fails on what JSON cannot say: NaN and infinities, functions and handles, keys that are no scalars.
std::expected<std::string, std::string> to_json(const types::Type* type, const Datum& value);

enum class Table { csv, tsv };
std::expected<std::string, std::string> to_table(const types::Type* type, const Datum& value, Table form);

}  // namespace m31::data
