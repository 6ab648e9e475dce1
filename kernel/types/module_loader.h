// ModuleLoader: where the texts of modules come from. The kernel has no files: who owns them (a session) hands one in with the
// Environment; the checker asks it whenever an `import` is checked, so that a changed file is seen.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace m31::types {

struct ModuleText {
  std::string path;                        // shown in messages
  std::string text;
};

class ModuleLoader {
 public:
  // The module `name` as the text that is called `from` ("dir/script.m31", "-c", ..) would import it. Nothing when there is none.
  virtual std::optional<ModuleText> load(std::string_view name, std::string_view from) = 0;

 protected:
  ~ModuleLoader() = default;
};

}  // namespace m31::types
