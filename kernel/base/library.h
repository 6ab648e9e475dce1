// The standard library in the language: the texts of share/m31/*.m31, embedded when the program is built, so
// that a node needs no file to know its own vocabulary.
//
// The table is written by CMakeLists.txt (sorted by module name) and lives as long as the process; the views
// point into read-only memory. Any thread may read it.
#pragma once

#include <span>
#include <string_view>

namespace m31 {

struct LibrarySource {
  std::string_view module;  // the file's name without ".m31"
  std::string_view text;    // the whole file, as it was
};

std::span<const LibrarySource> library_sources();

}  // namespace m31
