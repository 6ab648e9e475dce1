// Files of this machine, as the host driver serves them. These functions block: they run on the pool.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/data/text.h"
#include "runtime/driver.h"

namespace m31::runtime {

inline constexpr std::size_t file_bytes_max = std::size_t{8} << 30;

// An open descriptor to read from, and what is known of it.
struct OpenFile {
  int fd = -1;
  std::size_t size_bytes = 0;    // expected; 0 unknown
  bool may_wait = false;         // pipe, terminal, socket: ready when epoll says so
};
std::expected<OpenFile, Failure> open_to_read(const std::string& path);

// The whole of a regular file.
std::expected<data::Text, Failure> read_whole(const OpenFile& file, const std::string& path);

// Replaces the file: readers see the old bytes or the new ones, and so does whoever comes after a full disk. (What is
// no regular file, or has several names, is written in place.)
std::expected<void, Failure> write_whole(const std::string& path, std::string_view bytes);

// Paths that match the pattern (* ? [..] {a,b} ~, and ** for any number of folders), but for folders, in the order of their bytes. One without such a
// character is a path, which must exist.
std::expected<std::vector<std::string>, Failure> list_files(const std::string& pattern);

// Where relative paths begin, and the name of the time zone that the machine says it is in ("UTC" when it does not say).
std::expected<std::string, Failure> working_folder();
std::string time_zone();

// "cannot read PATH: No such file or directory", as NotFound, Denied or IoError.
Failure file_failure(std::string_view what, std::string_view path, int error);

}  // namespace m31::runtime
