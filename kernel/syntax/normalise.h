// The normalised form of a definition, which its fingerprint is the hash of: bytes, written once
// and never read back. Which names become numbers stands in fingerprint.h. Pure; any thread.
#pragma once

#include <string>

#include "kernel/syntax/ast.h"

namespace m31::syntax {

std::string normalise(const Node& node);

}  // namespace m31::syntax
