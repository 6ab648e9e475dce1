#include "shell/lsp/place_uri.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernel/base/library.h"

namespace m31::shell {

namespace {

constexpr std::string_view library_prefix = "m31/";

std::optional<std::filesystem::path> cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache == '/') return cache;
  const char* home = std::getenv("HOME");
  if (home && *home == '/') return std::filesystem::path(home) / ".cache";
  return std::nullopt;
}

// A copy of the module's text, as this version of the program has it.
std::optional<std::string> library_copy(std::string_view module) {
  for (const LibrarySource& each : library_sources()) {
    if (each.module != module) continue;
    const auto cache = cache_folder();
    if (!cache) return std::nullopt;
    const std::filesystem::path folder = *cache / "m31" / "library-" M31_VERSION;
    const std::filesystem::path path = folder / (std::string(module) + ".m31");
    std::ostringstream before;
    before << std::ifstream(path, std::ios::binary).rdbuf();
    if (before.str() == each.text) return path.string();
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) return std::nullopt;
    // Beside it, then over it: another server may be reading.
    const std::string aside = path.string() + "." + std::to_string(::getpid());
    std::ofstream(aside, std::ios::binary) << each.text;
    ::chmod(aside.c_str(), 0444);
    std::filesystem::rename(aside, path, failed);
    return failed ? std::nullopt : std::optional(path.string());
  }
  return std::nullopt;
}

std::string file_uri(std::string_view path) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string uri = "file://";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("/-._~").find(c) != std::string_view::npos;
    if (is_plain) uri += c;
    else (uri += '%') += {digits[byte >> 4], digits[byte & 15]};
  }
  return uri;
}

}  // namespace

std::optional<std::string> uri_of(const syntax::Source& source) {
  std::string_view name = source.name();
  std::error_code failed;
  if (const auto path = std::filesystem::canonical(name, failed); !failed) return file_uri(path.string());
  if (!name.starts_with(library_prefix) || !name.ends_with(".m31")) return std::nullopt;
  name.remove_prefix(library_prefix.size());
  const auto copy = library_copy(name.substr(0, name.size() - 4));
  return copy ? std::optional(file_uri(*copy)) : std::nullopt;
}

}  // namespace m31::shell
