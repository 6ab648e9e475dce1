// The cells that were run, oldest first, kept in a file of the user's (mode 0600), one entry a line
// with newline and backslash escaped, so that several shells append to it side by side.
#pragma once

#include <string>
#include <vector>

namespace m31::shell {

class History {
 public:
  static constexpr std::size_t entries_max = 10'000;
  explicit History(std::string path);        // "" keeps it in memory only
  void add(const std::string& entry);        // not when equal to the last one, or blank
  const std::vector<std::string>& entries() const { return entries_; }

 private:
  std::string path_;
  std::vector<std::string> entries_;
};

std::string history_path();                  // $XDG_STATE_HOME/m31/history; makes the directory
std::string escape_entry(const std::string& entry);
std::string unescape_entry(const std::string& line);

}  // namespace m31::shell
