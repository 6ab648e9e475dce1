#include "runtime/module_files.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace m31::runtime {

namespace {

constexpr off_t module_bytes_max = off_t{16} << 20;

std::optional<std::string> read_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  std::optional<std::string> text;
  struct stat about {};
  if (::fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size <= module_bytes_max) {
    text.emplace(static_cast<std::size_t>(about.st_size), '\0');
    std::size_t done = 0;
    while (done < text->size()) {
      const ssize_t n = ::read(fd, text->data() + done, text->size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      done += static_cast<std::size_t>(n);
    }
    text->resize(done);
  }
  ::close(fd);
  return text;
}

bool is_plain(std::string_view name) {
  for (char c : name)
    if (c == '/' || c == '.' || c == '\0') return false;
  return !name.empty();
}

}  // namespace

std::optional<types::ModuleText> ModuleFiles::load(std::string_view name, std::string_view from) {
  if (!is_plain(name)) return std::nullopt;
  std::vector<std::string> folders;
  if (from.ends_with(".m31"))
    if (const std::size_t slash = from.rfind('/'); slash != std::string_view::npos) folders.emplace_back(from.substr(0, slash + 1));
  folders.emplace_back();
  if (const char* path = std::getenv("M31_PATH")) {
    std::string_view rest = path;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(':'), rest.size());
      if (end > 0) folders.push_back(std::string(rest.substr(0, end)) + "/");
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  for (const std::string& folder : folders) {
    const std::string path = folder + std::string(name) + ".m31";
    if (std::optional<std::string> text = read_file(path)) return types::ModuleText{path, std::move(*text)};
  }
  if (!read_stored_) return std::nullopt;
  const std::string stored = "/m31/" + std::string(name) + ".m31";
  if (std::optional<std::string> text = read_stored_(stored, module_bytes_max)) return types::ModuleText{"/fs" + stored, std::move(*text)};
  return std::nullopt;
}

}  // namespace m31::runtime
