// A file of text, whole; `-` is standard input. For the shell and its tools; blocks.
#pragma once

#include <expected>
#include <string>

namespace m31::shell {

std::expected<std::string, std::string> read_text_file(const std::string& path);   // or "cannot read PATH: why"
// Writes beside the file and renames, so that nobody sees half of it. Empty, or "cannot write PATH: why".
std::string write_text_file(const std::string& path, const std::string& text);

}  // namespace m31::shell
