#include "shell/history.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace m31::shell {

std::string escape_entry(const std::string& entry) {
  std::string line;
  for (char c : entry) {
    if (c == '\n') line += "\\n";
    else if (c == '\\') line += "\\\\";
    else line += c;
  }
  return line;
}

std::string unescape_entry(const std::string& line) {
  std::string entry;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      ++i;
      entry += line[i] == 'n' ? '\n' : line[i];
    } else {
      entry += line[i];
    }
  }
  return entry;
}

History::History(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) entries_.push_back(unescape_entry(line));
  if (entries_.size() > entries_max)
    entries_.erase(entries_.begin(), entries_.end() - entries_max);
}

void History::add(const std::string& entry) {
  if (entry.find_first_not_of(" \t\n") == std::string::npos) return;
  if (!entries_.empty() && entries_.back() == entry) return;
  entries_.push_back(entry);
  if (path_.empty()) return;
  const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;  // a read-only home costs the history, not the session
  const std::string line = escape_entry(entry) + "\n";
  if (::write(fd, line.data(), line.size()) < 0) path_.clear();
  ::close(fd);
}

std::string history_path() {
  std::string directory;
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state == '/') directory = state;
  else if (const char* home = std::getenv("HOME"); home && *home) directory = std::string(home) + "/.local/state";
  else return {};
  directory += "/m31";
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  return error ? std::string() : directory + "/history";
}

}  // namespace m31::shell
