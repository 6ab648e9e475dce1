#include "kernel/words/pipeline.h"

#include <optional>
#include <string>

#include "kernel/words/token_count.h"
#include "kernel/words/token_scanner.h"

namespace m31::words {
namespace {

constexpr size_t slots_per_byte = 1;  // moving one slot of a growing table is charged like one byte of text

// Lets `table` grow as far as the fuel goes; false when it is not done yet.
bool grown(FreqTable& table, size_t& fuel) {
  while (table.growing()) {
    if (fuel == 0) return false;
    const size_t slots = fuel * slots_per_byte < Stripe::bytes_max ? fuel * slots_per_byte : Stripe::bytes_max;
    table.grow_step(slots);
    fuel -= slots / slots_per_byte;
  }
  return true;
}

// --------------------------------------------------------------------------------------------- sinks
struct TableSink {
  FreqTable& table;
  size_t tokens(const char* text, const uint16_t* edges, size_t n) { return table.try_add_tokens(text, edges, n); }
  bool token(GrowingBytes& whole) { return table.try_add_taking(whole); }
};

struct EachSink {
  TakePiece take;
  void* context;
  size_t tokens(const char* text, const uint16_t* edges, size_t n) {
    for (size_t i = 0; i < n; ++i) {
      take(context, {text + edges[2 * i], static_cast<size_t>(edges[2 * i + 1] - edges[2 * i])});
    }
    return n;
  }
  bool token(GrowingBytes& whole) {
    take(context, whole.view());
    return true;
  }
};

// --------------------------------------------------------------------------------------------- fused
class FusedFreq final : public Pipeline {
 public:
  FusedFreq(Tokens tokens, bool lower, FreqTable& table) : scanner_(tokens, lower), sink_{table} { fused_ = true; }
  size_t feed(std::string_view chunk, size_t fuel) override {
    size_t used = 0;
    while (used < chunk.size() && fuel > 0 && grown(sink_.table, fuel)) {
      const size_t taken = scanner_.feed(chunk.substr(used), fuel, sink_);
      used += taken;
      fuel -= taken < fuel ? taken : fuel;
    }
    return used;
  }
  bool end_text(size_t fuel) override {
    while (grown(sink_.table, fuel)) {
      if (scanner_.end_text(sink_)) return true;
    }
    return false;
  }

 private:
  TokenScanner scanner_;
  TableSink sink_;
};

class FusedCount final : public Pipeline {
 public:
  FusedCount(Tokens tokens, int64_t& count) : scanner_(tokens), count_(count) { fused_ = true; }
  size_t feed(std::string_view chunk, size_t fuel) override {
    const size_t used = scanner_.feed(chunk, fuel);
    publish();
    return used;
  }
  bool end_text(size_t) override {
    scanner_.end_text();
    publish();
    return true;
  }

 private:
  void publish() {
    count_ += static_cast<int64_t>(scanner_.count() - published_);
    published_ = scanner_.count();
  }
  TokenCount scanner_;
  int64_t& count_;
  size_t published_ = 0;
};

class FusedEach final : public Pipeline {
 public:
  FusedEach(Tokens tokens, bool lower, EachSink sink) : scanner_(tokens, lower), sink_(sink) { fused_ = true; }
  size_t feed(std::string_view chunk, size_t fuel) override { return scanner_.feed(chunk, fuel, sink_); }
  bool end_text(size_t) override { return scanner_.end_text(sink_); }

 private:
  TokenScanner scanner_;
  EachSink sink_;
};

// -------------------------------------------------------------------------------------------- composed
// Puts the parts of each piece together, without a copy where it came in one.
class WholePieces : public PieceSink {
 public:
  void piece(std::string_view part, bool last) final {
    if (last && parts_.empty()) return take(part);
    parts_.append(part);
    if (!last) return;
    take_owned(parts_);
    parts_.clear();
  }
  virtual void take(std::string_view whole) = 0;
  virtual void take_owned(GrowingBytes& whole) { take(whole.view()); }
  // Does what is left to do, as far as the fuel goes; false when there is more.
  virtual bool settle(size_t& fuel) {
    (void)fuel;
    return true;
  }

 private:
  GrowingBytes parts_;
};

class TablePieces final : public WholePieces {
 public:
  explicit TablePieces(FreqTable& table) : table_(table) {}
  void take(std::string_view whole) override {
    if (!waiting_.empty() || !table_.try_add(whole)) waiting_.emplace_back(whole);
  }
  void take_owned(GrowingBytes& whole) override {
    if (!waiting_.empty() || !table_.try_add_taking(whole)) waiting_.emplace_back(whole.view());
  }
  bool settle(size_t& fuel) override {
    for (size_t done = 0; done < waiting_.size();) {
      if (!grown(table_, fuel)) {
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
        return false;
      }
      if (table_.try_add(waiting_[done])) ++done;
    }
    waiting_.clear();
    return true;
  }

 private:
  FreqTable& table_;
  std::vector<std::string> waiting_;  // of one stripe, while the table grows
};

class CountPieces final : public PieceSink {
 public:
  explicit CountPieces(int64_t& count) : count_(count) {}
  void piece(std::string_view, bool last) override { count_ += last; }

 private:
  int64_t& count_;
};

class EachPiece final : public WholePieces {
 public:
  explicit EachPiece(EachSink sink) : sink_(sink) {}
  void take(std::string_view whole) override { sink_.take(sink_.context, whole); }

 private:
  EachSink sink_;
};

class Composed final : public Pipeline {
 public:
  // `whole` is `sink`, if that may have things to settle.
  Composed(std::span<const Stage> stages, std::unique_ptr<PieceSink> sink, WholePieces* whole)
      : sink_(std::move(sink)), whole_(whole), first_(compose(stages, *sink_)) {}
  size_t feed(std::string_view chunk, size_t fuel) override {
    size_t used = 0;
    while (used < chunk.size() && fuel > 0 && settled(fuel)) {
      std::string_view part = chunk.substr(used, Stripe::bytes_max);
      if (part.size() > fuel) part = part.substr(0, fuel);
      first_->piece(part, false);
      used += part.size();
      fuel -= part.size();
    }
    return used;
  }
  bool end_text(size_t fuel) override {
    if (!settled(fuel)) return false;
    if (!ended_) first_->piece("", true);
    ended_ = !settled(fuel);
    return !ended_;
  }

 private:
  bool settled(size_t& fuel) { return !whole_ || whole_->settle(fuel); }

  std::unique_ptr<PieceSink> sink_;
  WholePieces* whole_;
  std::unique_ptr<PieceSink> first_;
  bool ended_ = false;  // the last piece was given, what it led to is not settled
};

// ------------------------------------------------------------------------------------------- planning
struct FusedForm {
  Tokens tokens;
  bool lower;
};

std::optional<FusedForm> fused_form(std::span<const Stage> simple, Fusion fusion) {
  if (fusion == Fusion::forbidden || simple.empty() || simple.size() > 2) return std::nullopt;
  if (simple[0] != Stage::words && simple[0] != Stage::split) return std::nullopt;
  if (simple.size() == 2 && simple[1] != Stage::lower) return std::nullopt;
  return FusedForm{simple[0] == Stage::words ? Tokens::words : Tokens::split, simple.size() == 2};
}

std::vector<Stage> planned(std::span<const Stage> stages, Fusion fusion) {
  return fusion == Fusion::allowed ? simplify(stages) : std::vector<Stage>(stages.begin(), stages.end());
}

}  // namespace

std::unique_ptr<Pipeline> make_freq(std::span<const Stage> stages, FreqTable& table, Fusion fusion) {
  const std::vector<Stage> plan = planned(stages, fusion);
  if (const auto form = fused_form(plan, fusion)) return std::make_unique<FusedFreq>(form->tokens, form->lower, table);
  auto sink = std::make_unique<TablePieces>(table);
  WholePieces* const whole = sink.get();
  return std::make_unique<Composed>(plan, std::move(sink), whole);
}

std::unique_ptr<Pipeline> make_count(std::span<const Stage> stages, int64_t& count, Fusion fusion) {
  std::vector<Stage> plan = planned(stages, fusion);
  // What only changes pieces at the end leaves their number alone.
  if (fusion == Fusion::allowed) {
    while (!plan.empty() && (plan.back() == Stage::lower || plan.back() == Stage::upper || plan.back() == Stage::trim)) {
      plan.pop_back();
    }
  }
  if (const auto form = fused_form(plan, fusion)) return std::make_unique<FusedCount>(form->tokens, count);
  return std::make_unique<Composed>(plan, std::make_unique<CountPieces>(count), nullptr);
}

std::unique_ptr<Pipeline> make_each(std::span<const Stage> stages, TakePiece take, void* context, Fusion fusion) {
  const std::vector<Stage> plan = planned(stages, fusion);
  const EachSink sink{take, context};
  if (const auto form = fused_form(plan, fusion)) return std::make_unique<FusedEach>(form->tokens, form->lower, sink);
  return std::make_unique<Composed>(plan, std::make_unique<EachPiece>(sink), nullptr);
}

}  // namespace m31::words
