#include "runtime/drivers/host_files.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "kernel/calendar/zone.h"

namespace m31::runtime {
namespace {

std::expected<void, Failure> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return std::unexpected(file_failure("write", path, errno));
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

std::expected<void, Failure> write_in_place(const std::string& path, std::string_view bytes) {
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd < 0) return std::unexpected(file_failure("write", path, errno));
  auto written = write_all(fd, bytes, path);
  if (close(fd) != 0 && written) return std::unexpected(file_failure("write", path, errno));
  return written;
}

// Beside the file, then over it.
std::expected<void, Failure> write_aside(const std::string& path, std::string_view bytes, mode_t mode) {
  std::string aside = path + ".XXXXXX";
  int fd = mkostemp(aside.data(), O_CLOEXEC);
  if (fd < 0) return write_in_place(path, bytes);      // a folder that is not ours: the file may be
  fchmod(fd, mode);
  auto written = write_all(fd, bytes, path);
  if (close(fd) != 0 && written) written = std::unexpected(file_failure("write", path, errno));
  if (written && rename(aside.c_str(), path.c_str()) != 0) written = std::unexpected(file_failure("write", path, errno));
  if (!written) unlink(aside.c_str());
  return written;
}

bool is_pattern(std::string_view text) { return text.find_first_of("*?[{~") != std::string_view::npos; }

constexpr std::size_t folders_max = 1'000'000;

// What glob finds, folders with a slash at their ends.
std::expected<void, Failure> add_found(const std::string& pattern, std::vector<std::string>& paths) {
  glob_t found{};
  const int status = glob(pattern.c_str(), GLOB_NOSORT | GLOB_MARK | GLOB_BRACE | GLOB_TILDE, nullptr, &found);
  for (std::size_t i = 0; status == 0 && i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  globfree(&found);
  if (status == GLOB_NOSPACE || status == GLOB_ABORTED)
    return std::unexpected(file_failure("list", pattern, status == GLOB_NOSPACE ? ENOMEM : EIO));
  return {};
}

// A path as a pattern that matches it and nothing else.
std::string quoted(const std::string& path) {
  std::string text;
  for (char c : path) {
    if (std::string_view("*?[]{},~\\").contains(c)) text += '\\';
    text += c;
  }
  return text;
}

// The pattern with each `**/` for any number of folders, those behind symbolic links and hidden ones left out.
std::expected<void, Failure> add_matches(const std::string& pattern, std::vector<std::string>& paths, std::size_t& folders) {
  std::size_t at = pattern.starts_with("**/") ? 0 : pattern.find("/**/");
  if (at == std::string::npos) {
    if (!pattern.ends_with("/**") && pattern != "**") return add_found(pattern, paths);
    return add_matches(pattern + "/*", paths, folders);
  }
  const bool at_begin = pattern.starts_with("**/");
  const std::string before = at_begin ? "" : pattern.substr(0, at + 1), after = pattern.substr(at + (at_begin ? 3 : 4));
  std::vector<std::string> waiting;
  if (before.empty() || !is_pattern(before)) waiting.push_back(before);
  else if (auto added = add_found(before, waiting); !added) return added;
  while (!waiting.empty()) {
    const std::string folder = std::move(waiting.back());
    waiting.pop_back();
    if (++folders > folders_max)
      return std::unexpected(Failure{"IoError", "`" + pattern + "` looks into more than " + std::to_string(folders_max) + " folders", E2BIG});
    if (auto added = add_matches(quoted(folder) + after, paths, folders); !added) return added;
    std::vector<std::string> inside;
    if (auto added = add_found(quoted(folder) + "*/", inside); !added) return added;
    for (std::string& each : inside) {
      struct stat status{};
      const std::string bare = each.substr(0, each.find_last_not_of('/') + 1);
      if (lstat(bare.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) waiting.push_back(bare + "/");
    }
  }
  return {};
}

}  // namespace

Failure file_failure(std::string_view what, std::string_view path, int error) {
  std::string kind = error == ENOENT || error == ENOTDIR                        ? "NotFound"
                     : error == EACCES || error == EPERM || error == EROFS ? "Denied"
                                                                           : "IoError";
  return {kind, "cannot " + std::string(what) + " " + std::string(path) + ": " +
                    std::error_code(error, std::generic_category()).message(), error};
}

std::expected<OpenFile, Failure> open_to_read(const std::string& path) {
  // O_NONBLOCK: a named pipe without a writer must not hold up the pool.
  OpenFile file;
  file.fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file.fd < 0) return std::unexpected(file_failure("read", path, errno));
  struct stat status{};
  int error = fstat(file.fd, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
  if (error) {
    close(file.fd);
    return std::unexpected(file_failure("read", path, error));
  }
  file.may_wait = !S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode);
  if (S_ISREG(status.st_mode)) file.size_bytes = static_cast<std::size_t>(status.st_size);
  return file;
}

std::expected<data::Text, Failure> read_whole(const OpenFile& file, const std::string& path) {
  if (file.size_bytes > file_bytes_max)
    return std::unexpected(Failure{"IoError", "cannot read " + path + " whole: it has more than " +
                                                  std::to_string(file_bytes_max >> 30) + " GiB; files(..) streams it", EFBIG});
  // One byte more than it should have shows its end without a second buffer. Files under /proc have no size.
  std::size_t capacity = std::max<std::size_t>(file.size_bytes + 1, 4096);
  data::Buffer* buffer = data::Buffer::make(capacity);
  std::size_t size_bytes = 0;
  for (;;) {
    ssize_t got = read(file.fd, buffer->bytes + size_bytes, capacity - size_bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      int error = errno;
      buffer->drop();
      return std::unexpected(file_failure("read", path, error));
    }
    size_bytes += static_cast<std::size_t>(got);
    if (got == 0) break;
    if (size_bytes < capacity) continue;
    if (size_bytes > file_bytes_max) {
      buffer->drop();
      return std::unexpected(file_failure("read", path, EFBIG));
    }
    data::Buffer* larger = data::Buffer::make(capacity *= 2);
    std::copy_n(buffer->bytes, size_bytes, larger->bytes);
    buffer->drop();
    buffer = larger;
  }
  if (size_bytes == 0) {
    buffer->drop();
    return data::Text();
  }
  return data::Text(buffer, std::string_view(buffer->bytes, size_bytes));
}

std::expected<void, Failure> write_whole(const std::string& path, std::string_view bytes) {
  struct stat status{};
  if (lstat(path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode) || status.st_nlink > 1) return write_in_place(path, bytes);
    if (access(path.c_str(), W_OK) != 0) return std::unexpected(file_failure("write", path, errno));
    return write_aside(path, bytes, status.st_mode & 07777);
  }
  return write_in_place(path, bytes);
}

std::expected<std::vector<std::string>, Failure> list_files(const std::string& pattern) {
  if (!is_pattern(pattern)) {
    if (access(pattern.c_str(), F_OK) != 0) return std::unexpected(file_failure("find", pattern, errno));
    return std::vector<std::string>{pattern};
  }
  std::vector<std::string> paths;
  std::size_t folders = 0;
  if (auto added = add_matches(pattern, paths, folders); !added) return std::unexpected(added.error());
  std::erase_if(paths, [](const std::string& path) { return path.ends_with('/'); });
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

std::expected<std::string, Failure> working_folder() {
  std::string folder(PATH_MAX, '\0');
  if (!getcwd(folder.data(), folder.size())) return std::unexpected(file_failure("find", "the working folder", errno));
  folder.resize(folder.find('\0'));
  return folder;
}

std::string time_zone() {
  const char* named = std::getenv("TZ");
  std::string_view name = named ? named : "";
  if (name.starts_with(':')) name.remove_prefix(1);
  char link[PATH_MAX];
  if (name.empty()) {
    const ssize_t size = readlink("/etc/localtime", link, sizeof link);
    name = {link, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }
  if (const std::size_t at = name.rfind("zoneinfo/"); at != std::string_view::npos) name.remove_prefix(at + 9);
  if (name.starts_with("Etc/UTC")) name.remove_prefix(4);
  return calendar::Zone::find(name) ? std::string(name) : "UTC";
}

}  // namespace m31::runtime
