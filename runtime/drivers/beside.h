// Where the parts of this program lie that are files of their own: the parse helper, the HTTP plugin.
#pragma once

#include <string>
#include <string_view>

namespace m31::runtime {

// The path of `name` in the folder of the executable (a build) or in ../lib/m31 (installed); in the first, if
// it is in neither.
std::string beside_executable(std::string_view name);

}  // namespace m31::runtime
