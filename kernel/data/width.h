// How many terminal columns text takes (Unicode East Asian width and combining marks, through
// libutf8proc). Ill-formed bytes count as one column.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace m31::data {

std::size_t display_width(std::string_view text);
// The text, or as much of it as fits in `columns` with an ellipsis at its end.
std::string cut_to_width(std::string text, std::size_t columns);
// The next whole character (with its combining marks) begins at the result.
std::size_t next_character(std::string_view text, std::size_t offset);
std::size_t previous_character(std::string_view text, std::size_t offset);

}  // namespace m31::data
