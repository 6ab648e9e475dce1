#include "kernel/words/regex_cache.h"

#include <re2/re2.h>

#include <list>

namespace m31::words {

namespace {

struct Kept {
  std::string pattern;
  std::shared_ptr<const re2::RE2> regex;
};

}  // namespace

std::expected<std::shared_ptr<const re2::RE2>, std::string> compiled(std::string_view pattern) {
  thread_local std::list<Kept> kept;                 // the last used first
  for (auto at = kept.begin(); at != kept.end(); ++at) {
    if (at->pattern != pattern) continue;
    if (at != kept.begin()) kept.splice(kept.begin(), kept, at);
    return at->regex;
  }
  if (pattern.size() > pattern_bytes_max)
    return std::unexpected("a regular expression of " + std::to_string(pattern.size()) + " bytes: at most " +
                           std::to_string(pattern_bytes_max) + " are compiled");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(pattern_memory_bytes_max);
  auto regex = std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regex->ok()) return std::unexpected(regex->error());
  kept.push_front({std::string(pattern), regex});
  if (kept.size() > patterns_kept_max) kept.pop_back();
  return regex;
}

}  // namespace m31::words
