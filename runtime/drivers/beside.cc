#include "runtime/drivers/beside.h"

#include <limits.h>
#include <unistd.h>

namespace m31::runtime {

std::string beside_executable(std::string_view name) {
  char path[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  std::string folder(path, size > 0 ? static_cast<std::size_t>(size) : 0);
  folder.resize(folder.rfind('/') + 1);      // npos + 1 is 0
  std::string beside = folder + std::string(name);
  std::string installed = folder + "../lib/m31/" + std::string(name);
  return access(beside.c_str(), F_OK) != 0 && access(installed.c_str(), F_OK) == 0 ? installed : beside;
}

}  // namespace m31::runtime
