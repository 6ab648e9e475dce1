// ModuleFiles: modules as files, for a session. `name` is name.m31 beside the file that imports it, in the working directory, or in a directory
// of M31_PATH (separated by colons), the first that there is. Files larger than 16 MiB are none.
//
// Used by the session's thread while it checks a cell; reads files, blocking.
#pragma once

#include "kernel/types/module_loader.h"

namespace m31::runtime {

class ModuleFiles final : public types::ModuleLoader {
 public:
  std::optional<types::ModuleText> load(std::string_view name, std::string_view from) override;
};

}  // namespace m31::runtime
