// How an editor is told where a text is. Modules of the library are a part of the program: a copy of one is written, read-only, below the
// cache folder when a definition in it is asked for.
#pragma once

#include <optional>
#include <string>

#include "kernel/syntax/source.h"

namespace m31::shell {

// "file:///.../text.m31"; nothing for a text that is no file, such as a stored module.
std::optional<std::string> uri_of(const syntax::Source& source);

}  // namespace m31::shell
