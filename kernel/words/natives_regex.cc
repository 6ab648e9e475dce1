// Words on regular expressions. args: the text, the pattern. share/m31/regex.m31 makes the user's words of these.
#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "kernel/vm/fibril.h"
#include "kernel/words/native_state.h"
#include "kernel/words/regex_cache.h"
#include "kernel/words/text_job.h"
#include "kernel/words/utf8.h"

namespace m31::words {
namespace {

using re2::RE2;
using re2::StringPiece;

constexpr int groups_max = 100;

StringPiece piece_of(std::string_view text) { return {text.data(), text.size()}; }

// The pattern of args[at], or null with the error raised.
std::shared_ptr<const RE2> pattern_of(NativeCall& call, std::uint32_t at) {
  auto regex = compiled(vm::text_of(call.args[at]));
  if (regex) return std::move(*regex);
  std::string_view pattern = vm::text_of(call.args[at]);
  std::string shown(pattern.substr(0, std::min<std::size_t>(pattern.size(), 60)));
  call.raise("ValueError", "bad regular expression \"" + shown + (pattern.size() > 60 ? "...\": " : "\": ") + regex.error());
  return nullptr;
}

bool text_fits(NativeCall& call, std::string_view text) {
  if (text.size() <= regex_text_bytes_max) return true;
  call.raise("LimitExceeded", "regular expressions look at texts of at most " + std::to_string(regex_text_bytes_max >> 20) +
                                  " MiB: take its lines");
  return false;
}

NativeStatus check(NativeCall& call) {
  if (!pattern_of(call, 0)) return NativeStatus::raised;
  spent(call, vm::text_of(call.args[0]).size());
  return done(call, call.args[0]);
}

NativeStatus matches(NativeCall& call) {
  auto regex = pattern_of(call, 1);
  const std::string_view text = vm::text_of(call.args[0]);
  if (!regex || !text_fits(call, text)) return NativeStatus::raised;
  spent(call, text.size());
  return done(call, regex->Match(piece_of(text), 0, text.size(), RE2::UNANCHORED, nullptr, 0));
}

// The code point where the first match begins; -1 when there is none.
NativeStatus find(NativeCall& call) {
  auto regex = pattern_of(call, 1);
  const std::string_view text = vm::text_of(call.args[0]);
  if (!regex || !text_fits(call, text)) return NativeStatus::raised;
  spent(call, text.size());
  StringPiece found;
  if (!regex->Match(piece_of(text), 0, text.size(), RE2::UNANCHORED, &found, 1)) return done(call, static_cast<Slot>(-1));
  return done(call, count_code_points(text.substr(0, static_cast<std::size_t>(found.data() - text.data()))));
}

// The next match at or behind `at`, none of which is an empty one at `at` itself where another match ended. A search
// looks at the text from `at` on; `^` and `\b` see what is before.
bool next_match(const RE2& regex, std::string_view text, std::size_t& at, bool matched_before, std::vector<StringPiece>& groups) {
  while (at <= text.size()) {
    if (!regex.Match(piece_of(text), at, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) return false;
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    if (!groups[0].empty() || !matched_before || begin > at) return true;
    if (at == text.size()) return false;
    at += decode(text.data() + at, text.data() + text.size()).size;
    matched_before = false;
  }
  return false;
}

enum class Parts : std::uint8_t { matches, between, both };

// All matches; or what lies between them; or both in turn, beginning and ending with what lies between.
template <Parts parts>
NativeStatus split_at(NativeCall& call) {
  enum : std::uint32_t { argument, out, position, cut, slot_count };
  auto regex = pattern_of(call, 1);
  if (!regex || !text_fits(call, vm::text_of(first_argument(call)))) return NativeStatus::raised;
  std::size_t at = 0, end_before = 0;     // where to search from; where the match before ended, plus 1
  vm::Root list(call.heap, 0);
  if (resumed(call)) {
    list.set(state_slot(call, out));
    at = state_slot(call, position);
    end_before = state_slot(call, cut);
  } else {
    list.set(vm::make_list(call.heap, true, 0));
  }
  vm::Root string(call.heap, first_argument(call));
  std::vector<StringPiece> groups(1);
  const auto add = [&](std::size_t from, std::size_t to) {
    vm::list_append(call.heap, list, vm::slice_string(call.heap, string.get(), from, to - from));
  };
  for (std::size_t worked = 0;;) {
    const std::string_view text = vm::text_of(string.get());
    const std::size_t from = at;
    const bool found = next_match(*regex, text, at, end_before > 0, groups);
    const std::size_t kept_from = end_before ? end_before - 1 : 0;
    if (!found) {
      if (parts != Parts::matches) add(kept_from, text.size());
      spent(call, text.size() - std::min(from, text.size()));
      return done(call, list.get());
    }
    const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
    const std::size_t end = begin + groups[0].size();
    if (parts != Parts::matches) add(kept_from, begin);
    if (parts != Parts::between) add(begin, end);
    at = end;
    end_before = end + 1;
    worked += end - from + 64;
    if (worked < quantum_bytes) continue;
    if (spent(call, worked)) {
      if (!resumed(call)) suspend_with(call, slot_count, 2);
      state_slot(call, out) = list.get();
      state_slot(call, position) = at;
      state_slot(call, cut) = end_before;
      return NativeStatus::again;
    }
    worked = 0;
  }
}

// The first match and its groups ("" where one took no part); an empty list where nothing matches.
NativeStatus groups(NativeCall& call) {
  auto regex = pattern_of(call, 1);
  vm::Root string(call.heap, call.args[0]);
  std::string_view text = vm::text_of(string.get());
  if (!regex || !text_fits(call, text)) return NativeStatus::raised;
  spent(call, text.size());
  std::vector<StringPiece> found(static_cast<std::size_t>(std::min(regex->NumberOfCapturingGroups(), groups_max)) + 1);
  vm::Root list(call.heap, vm::make_list(call.heap, true, 0));
  text = vm::text_of(string.get());
  if (!regex->Match(piece_of(text), 0, text.size(), RE2::UNANCHORED, found.data(), static_cast<int>(found.size())))
    return done(call, list.get());
  std::vector<std::pair<std::size_t, std::size_t>> spans;
  for (const StringPiece& each : found)
    spans.emplace_back(each.data() ? static_cast<std::size_t>(each.data() - text.data()) : 0, each.size());
  for (const auto& [from, size] : spans) vm::list_append(call.heap, list, vm::slice_string(call.heap, string.get(), from, size));
  return done(call, list.get());
}

// args: the pattern. The names of its groups, in order; "" for one without.
NativeStatus group_names(NativeCall& call) {
  auto regex = pattern_of(call, 0);
  if (!regex) return NativeStatus::raised;
  const auto& names = regex->CapturingGroupNames();
  vm::Root list(call.heap, vm::make_list(call.heap, true, 0));
  for (int i = 1; i <= std::min(regex->NumberOfCapturingGroups(), groups_max); ++i) {
    const auto name = names.find(i);
    vm::list_append(call.heap, list, vm::make_string(call.heap, name == names.end() ? std::string_view() : std::string_view(name->second)));
  }
  return done(call, list.get());
}

bool rewrite_fits(NativeCall& call, const RE2& regex) {
  std::string wrong;
  const StringPiece with = piece_of(vm::text_of(call.args[2]));
  if (const int highest = RE2::MaxSubmatch(with); highest > regex.NumberOfCapturingGroups()) {
    call.raise("ValueError", "replace: there is no group \\" + std::to_string(highest) + " in this regular expression");
    return false;
  }
  if (regex.CheckRewriteString(with, &wrong)) return true;
  call.raise("ValueError", "replace: a \\ is followed by a digit or by another \\");
  return false;
}

// args: the text, the pattern, what comes in place of a match: \0 is the match, \1 to \9 its groups, \\ a backslash.
NativeStatus replace(NativeCall& call) {
  auto regex = pattern_of(call, 1);
  if (!regex || !text_fits(call, vm::text_of(first_argument(call)))) return NativeStatus::raised;
  if (!rewrite_fits(call, *regex)) return NativeStatus::raised;
  std::vector<StringPiece> found(10);
  const int wanted = std::min(regex->NumberOfCapturingGroups() + 1, 10);
  found.resize(static_cast<std::size_t>(wanted));
  std::string made;
  // `at` is where the search goes on, `part` where the match before ended, plus 1.
  return run_text_job(call, [&](TextJob& job) {
    const std::string_view text = vm::text_of(first_argument(call));
    for (std::size_t worked = 0; worked < quantum_bytes;) {
      const std::size_t kept_from = job.part ? job.part - 1 : 0, from = job.at;
      if (!next_match(*regex, text, job.at, job.part > 0, found)) {
        job.out.append(text.substr(kept_from));
        return false;
      }
      const auto begin = static_cast<std::size_t>(found[0].data() - text.data());
      job.out.append(text.substr(kept_from, begin - kept_from));
      made.clear();
      regex->Rewrite(&made, piece_of(vm::text_of(call.args[2])), found.data(), wanted);
      job.out.append(made);
      job.at = begin + found[0].size();
      job.part = job.at + 1;
      worked += job.at - from + made.size() + 64;
    }
    return true;
  });
}

// ---- on a stream: a source of the lines that come of it, a few at a time ----
enum class Change : std::uint8_t { keep, find_all, replace };

class ChangedLines final : public vm::ChunkSource {
 public:
  ChangedLines(TextStream& stream, Change change, std::shared_ptr<const RE2> regex, std::string with)
      : stream_(stream.use(), stream.stages()), change_(change), regex_(std::move(regex)), with_(std::move(with)),
        groups_(change == Change::replace ? static_cast<std::size_t>(std::min(regex_->NumberOfCapturingGroups() + 1, 10)) : 1) {}
  void retain() override { count_.fetch_add(1, std::memory_order_relaxed); }
  void drop() override {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  std::uint64_t identity() const override { return reinterpret_cast<std::uint64_t>(this); }
  std::uint8_t role() const override { return static_cast<std::uint8_t>(vm::HandleRole::stream); }

  State poll(vm::Fibril& fibril) override {
    std::int64_t fuel = static_cast<std::int64_t>(quantum_bytes / 16);
    // Whoever waits for more gets what there is first: the stream below is asked only when nothing is left at hand.
    while (out_.empty() || (stream_.has_more_at_hand() && out_.size() < quantum_bytes)) {
      switch (stream_.pull(fibril, fuel)) {
        case TextStream::Pull::item: break;
        case TextStream::Pull::wait: return State::wait;
        case TextStream::Pull::again: return out_.empty() ? State::again : State::ready;
        case TextStream::Pull::end: return out_.empty() ? State::end : State::ready;
        case TextStream::Pull::failed:
          failure_ = stream_.failure();
          return State::failed;
      }
      const std::string_view line = stream_.item();
      fuel -= static_cast<std::int64_t>(line.size() / 16 + 8);
      if (line.size() > regex_text_bytes_max || !change(line)) {
        failure_ = "a line is too long for a regular expression, or would become so";
        return State::failed;
      }
      if (fuel < 0 && out_.empty()) return State::again;
    }
    return State::ready;
  }
  data::Text take() override {
    data::Text text(out_.view());
    out_.clear();
    return text;
  }
  std::string_view failure() const override { return failure_; }

 private:
  void put(std::string_view line) {
    out_.append(line);
    out_.append(line.ends_with('\r') ? "\r\n" : "\n");    // of two, one goes with the line end
  }
  bool change(std::string_view line) {
    if (change_ == Change::keep) {
      if (regex_->Match(piece_of(line), 0, line.size(), RE2::UNANCHORED, nullptr, 0)) put(line);
      return true;
    }
    changed_.clear();
    std::size_t at = 0, kept_from = 0;
    for (bool before = false; next_match(*regex_, line, at, before, groups_); before = true) {
      const auto begin = static_cast<std::size_t>(groups_[0].data() - line.data());
      at = begin + groups_[0].size();
      if (change_ == Change::find_all) {
        put(line.substr(begin, at - begin));
        continue;
      }
      changed_.append(line.substr(kept_from, begin - kept_from));
      regex_->Rewrite(&changed_, piece_of(with_), groups_.data(), static_cast<int>(groups_.size()));
      if (changed_.size() > regex_text_bytes_max) return false;
      kept_from = at;
    }
    if (change_ == Change::replace) put(changed_.append(line.substr(kept_from)));
    return true;
  }

  std::atomic<std::uint32_t> count_{1};
  TextStream stream_;
  const Change change_;
  const std::shared_ptr<const RE2> regex_;
  const std::string with_;
  std::vector<StringPiece> groups_;
  std::string changed_, failure_;
  GrowingBytes out_;
};

// args: the stream, the pattern, and for replace what comes in place of a match.
template <Change change>
NativeStatus changed_lines(NativeCall& call) {
  auto regex = pattern_of(call, 1);
  if (!regex) return NativeStatus::raised;
  std::string with;
  if (change == Change::replace) {
    if (!rewrite_fits(call, *regex)) return NativeStatus::raised;
    with = vm::text_of(call.args[2]);
  }
  TextStream* const stream = TextStream::behind(call.args[0]);
  if (!stream) return call.raise("TypeError", "this stream is not one of text");
  if (!stream->can_use()) return call.raise("ValueError", "this stream was used before: a stream is used once");
  return done(call, vm::make_handle(call.heap, new ChangedLines(*stream, change, std::move(regex), std::move(with))));
}

// The text as a pattern that matches it and nothing else.
NativeStatus quote(NativeCall& call) {
  const std::string_view text = vm::text_of(call.args[0]);
  if (text.size() > pattern_bytes_max) return call.raise("ValueError", "this text is too long for a regular expression");
  return done(call, vm::make_string(call.heap, RE2::QuoteMeta(piece_of(text))));
}

constexpr vm::NativeEntry entries[] = {
    {"regex.check", check, 1},
    {"regex.matches", matches},
    {"regex.find", find},
    {"regex.all", split_at<Parts::matches>},
    {"regex.split", split_at<Parts::between>},
    {"regex.parts", split_at<Parts::both>},
    {"regex.groups", groups},
    {"regex.names", group_names},
    {"regex.replace", replace},
    {"regex.quote", quote},
    {"regex.matchesLines", changed_lines<Change::keep>},
    {"regex.allLines", changed_lines<Change::find_all>},
    {"regex.replaceLines", changed_lines<Change::replace>},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable regex_natives;
const NativeTable regex_natives = words::entries;
}  // namespace m31::vm
