// ModuleFiles: modules as files, for a session. `name` is name.m31 beside the file that imports it, in the working directory, or in a directory
// of M31_PATH (separated by colons), the first that there is; else the stored file /m31/name.m31, which messages call by its name in
// the system, /fs/m31/name.m31. Files larger than 16 MiB are none.
//
// Used by the session's thread while it checks a cell; reads files and the store, blocking.
#pragma once

#include <functional>

#include "kernel/types/module_loader.h"

namespace m31::runtime {

class ModuleFiles final : public types::ModuleLoader {
 public:
  // The text of a stored file of so many bytes at most, or nothing. May be null: the session has no store.
  using ReadStored = std::function<std::optional<std::string>(const std::string& path, std::size_t bytes_max)>;

  explicit ModuleFiles(ReadStored read_stored) : read_stored_(std::move(read_stored)) {}
  std::optional<types::ModuleText> load(std::string_view name, std::string_view from) override;

 private:
  const ReadStored read_stored_;
};

}  // namespace m31::runtime
