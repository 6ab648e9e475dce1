// Paths of stored files, and patterns of them. A path begins with `/` and has no empty, `.` or `..` part: what a person writes is
// made so, a relative one as seen from `/`. Pure; the time to match is bounded by pattern times path.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace m31::runtime {

// "corpus/./a.txt" -> "/corpus/a.txt"; `..` takes the part before it away, if there is one. A slash at the end goes.
std::string stored_path(std::string_view written);

// `*` and `?` stand for letters of one part, `[a-z]` and `[!a]` for one of them, `**` as a part for any number of parts, also none,
// `{a,b}` for either, and a backslash takes the meaning of the next letter away.
class PathPattern {
 public:
  // What is wrong with it, when it cannot be one: too many alternatives.
  static std::expected<PathPattern, std::string> read(std::string_view written);

  bool matches(std::string_view path) const;
  bool is_plain() const { return is_plain_; }             // no letter in it has a meaning
  // All paths that match begin so.
  const std::string& prefix() const { return prefix_; }

 private:
  struct Alternative {
    std::vector<std::string> parts;
  };
  std::vector<Alternative> alternatives_;
  std::string prefix_;
  bool is_plain_ = false;
};

}  // namespace m31::runtime
