#include "kernel/words/stages.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "kernel/words/token_scanner.h"
#include "kernel/words/utf8.h"

namespace m31::words {
namespace {

class Lines final : public PieceSink {
 public:
  explicit Lines(PieceSink& next) : next_(next) {}
  void piece(std::string_view part, bool last) override {
    while (!part.empty()) {
      const auto* found = static_cast<const char*>(std::memchr(part.data(), '\n', part.size()));
      if (held_cr_ && found != part.data()) next_.piece("\r", false);
      held_cr_ = false;
      if (!found) {
        held_cr_ = part.back() == '\r';
        open_ = true;
        if (held_cr_) part.remove_suffix(1);
        if (!part.empty()) next_.piece(part, false);
        break;
      }
      const auto size = static_cast<size_t>(found - part.data());
      const bool cr = size > 0 && part[size - 1] == '\r';
      next_.piece(part.substr(0, size - cr), true);
      open_ = false;
      part.remove_prefix(size + 1);
    }
    if (!last) return;
    if (open_) next_.piece(held_cr_ ? "\r" : "", true);
    open_ = false;
    held_cr_ = false;
  }

 private:
  PieceSink& next_;
  bool open_ = false;     // a line has begun
  bool held_cr_ = false;  // it ends with a CR so far, not passed on
};

class Tokenise final : public PieceSink {
 public:
  Tokenise(Tokens tokens, PieceSink& next) : scanner_(tokens, false), out_{next} {}
  void piece(std::string_view part, bool last) override {
    scanner_.feed(part, part.size(), out_);
    if (last) scanner_.end_text(out_);
  }

 private:
  struct Out {
    PieceSink& next;
    size_t tokens(const char* text, const uint16_t* edges, size_t n) {
      for (size_t i = 0; i < n; ++i) {
        next.piece({text + edges[2 * i], static_cast<size_t>(edges[2 * i + 1] - edges[2 * i])}, true);
      }
      return n;
    }
    bool token(GrowingBytes& whole) {
      next.piece(whole.view(), true);
      return true;
    }
  };
  TokenScanner scanner_;
  Out out_;
};

class Case final : public PieceSink {
 public:
  using Append = void (*)(std::string&, std::string_view);
  Case(Append append, PieceSink& next) : append_(append), next_(next) {}
  void piece(std::string_view part, bool last) override {
    // A sequence that the part's end cuts waits for the next part.
    std::string joined;
    if (!pending_.empty()) {
      joined = pending_;
      joined += part;
      part = joined;
    }
    const size_t tail = last ? 0 : incomplete_tail(part);
    out_.clear();
    append_(out_, part.substr(0, part.size() - tail));
    pending_ = std::string(part.substr(part.size() - tail));
    if (last || !out_.empty()) next_.piece(out_, last);
  }

 private:
  Append append_;
  PieceSink& next_;
  std::string pending_;
  std::string out_;
};

class Trim final : public PieceSink {
 public:
  explicit Trim(PieceSink& next) : next_(next) {}
  void piece(std::string_view part, bool last) override {
    std::string joined;
    if (!pending_.empty()) {
      joined = pending_;
      joined += part;
      part = joined;
    }
    const size_t tail = last ? 0 : incomplete_tail(part);
    std::string rest(part.substr(part.size() - tail));
    part.remove_suffix(tail);
    if (!begun_) part = trim_start(part);
    if (!part.empty()) {
      begun_ = true;
      const std::string_view inside = trim_end(part);
      if (!inside.empty()) {
        if (!spaces_.empty()) next_.piece(spaces_, false);
        spaces_.clear();
        next_.piece(inside, false);
      }
      spaces_ += part.substr(inside.size());
    }
    pending_ = std::move(rest);
    if (!last) return;
    next_.piece("", true);
    begun_ = false;
    spaces_.clear();
  }

 private:
  PieceSink& next_;
  bool begun_ = false;   // something that is no white space came
  std::string spaces_;   // white space after it, which is passed on only if more comes
  std::string pending_;  // an incomplete sequence
};

class Chain final : public PieceSink {
 public:
  Chain(std::span<const Stage> stages, PieceSink& next) {
    PieceSink* to = &next;
    for (size_t i = stages.size(); i-- > 0;) {
      sinks_.push_back(make(stages[i], *to));
      to = sinks_.back().get();
    }
    first_ = to;
  }
  void piece(std::string_view part, bool last) override { first_->piece(part, last); }

 private:
  static std::unique_ptr<PieceSink> make(Stage stage, PieceSink& next) {
    switch (stage) {
      case Stage::lines: return std::make_unique<Lines>(next);
      case Stage::words: return std::make_unique<Tokenise>(Tokens::words, next);
      case Stage::split: return std::make_unique<Tokenise>(Tokens::split, next);
      case Stage::lower: return std::make_unique<Case>(append_lower, next);
      case Stage::upper: return std::make_unique<Case>(append_upper, next);
      case Stage::trim: return std::make_unique<Trim>(next);
    }
    __builtin_unreachable();
  }

  std::vector<std::unique_ptr<PieceSink>> sinks_;
  PieceSink* first_;
};

}  // namespace

std::string_view name_of(Stage stage) {
  constexpr std::string_view names[] = {"lines", "words", "split", "lower", "upper", "trim"};
  return names[static_cast<size_t>(stage)];
}

std::unique_ptr<PieceSink> compose(std::span<const Stage> stages, PieceSink& next) {
  return std::make_unique<Chain>(stages, next);
}

}  // namespace m31::words
