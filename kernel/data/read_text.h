// data(text): the reader of what show writes. It takes constructors only (literals, tuples, lists, maps, records, ranges, values of
// declared types), so reading can do nothing but make a value; `<chan /chan/7>`, calls, names and operators are refused.
//
// The text is read by the language's own lexer and parser, whose nesting is bounded; size, the number of different types
// that a text can bring into being, and the steps of a reader that must try the members of a union are bounded here.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "kernel/data/datum.h"

namespace m31::data {

inline constexpr std::size_t read_text_bytes_max = std::size_t{4} << 20;
inline constexpr std::size_t read_text_types_max = 10'000;

struct Typed {
  const types::Type* type = nullptr;
  Datum value;
};

// `known`: the declared types whose constructors may stand in the text (complete: with their constructors set). With `wanted`, the value
// has that type (unless it is Any); without it, the type that the language's inference would give the expression, but that an Int beside a Float stays
// one (so that what was shown comes back), a list whose elements differ much is a List[Any], and empty ones are List[Any] and Map[String, Any].
// The error says where, "line 1, column 7: ..".
std::expected<Typed, std::string> read_text(std::string_view text, std::span<const types::Type* const> known,
                                            const types::Type* wanted = nullptr);

}  // namespace m31::data
