#include "kernel/code/symbols.h"

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "kernel/base/ensure.h"

namespace m31::code {
namespace {

struct Names {
  std::mutex mutex;
  std::deque<std::string> names;                       // stable addresses
  std::unordered_map<std::string_view, std::uint32_t> ids;
};

Names& the_names() {
  static Names* names = new Names;   // never destroyed: threads may still ask
  return *names;
}

}  // namespace

std::uint32_t symbol_id(std::string_view name) {
  Names& all = the_names();
  std::lock_guard lock(all.mutex);
  auto found = all.ids.find(name);
  if (found != all.ids.end()) return found->second;
  all.names.emplace_back(name);
  auto id = static_cast<std::uint32_t>(all.names.size());
  all.ids.emplace(all.names.back(), id);
  return id;
}

std::string_view symbol_name(std::uint32_t id) {
  Names& all = the_names();
  std::lock_guard lock(all.mutex);
  ENSURE(id > 0 && id <= all.names.size(), id);
  return all.names[id - 1];
}

}  // namespace m31::code
