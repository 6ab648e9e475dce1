// Names of globals as small numbers of this process, so that reading one compares no text. Never 0. Append-only, locked.
#pragma once

#include <cstdint>
#include <string_view>

namespace m31::code {

std::uint32_t symbol_id(std::string_view name);
std::string_view symbol_name(std::uint32_t id);

}  // namespace m31::code
