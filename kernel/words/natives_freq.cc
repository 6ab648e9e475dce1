// freq: how often each item of a list or stream occurs, as a map in the order of the keys.
#include "kernel/vm/fibril.h"
#include "kernel/vm/map_ops.h"
#include "kernel/words/native_state.h"
#include "kernel/words/ranking.h"
#include "kernel/words/slot_order.h"
#include "kernel/words/stream_pass.h"

namespace m31::words {
namespace {

// Counts texts in a table, puts the table in order, makes a map of it.
class FreqJob final : public NativeObject {
 public:
  FreqJob() : ranking_(table_, Ranking::Order::by_word) {}
  explicit FreqJob(TextStream& stream) : FreqJob() { pass_ = std::make_unique<StreamPass>(Tallies::each, stream); }
  NativeStatus run(NativeCall& call);

 private:
  NativeStatus count_list(NativeCall& call, Slot list);
  NativeStatus make_map(NativeCall& call);

  FreqTable table_;
  std::unique_ptr<StreamPass> pass_;     // of a stream, until its table is table_
  bool counted_ = false;
  std::size_t next_ = 0;                 // item of the list, then of the ranking
  Ranking ranking_;
};

enum Slots : std::uint32_t { argument, job, map, slot_count };

NativeStatus FreqJob::count_list(NativeCall& call, Slot list) {
  const std::size_t count = vm::list_count(list);
  for (std::size_t worked = 0; next_ < count;) {
    if (worked >= quantum_bytes) {
      if (spent(call, worked)) return NativeStatus::again;
      worked = 0;
    }
    const std::string_view text = vm::text_of(vm::list_at(list, next_));
    if (!table_.growing() && table_.try_add(text)) {
      ++next_;
      worked += text.size() + 16;
    } else {
      table_.grow_step(quantum_items);
      worked += quantum_items;
    }
  }
  return NativeStatus::done;
}

NativeStatus FreqJob::make_map(NativeCall& call) {
  while (!ranking_.step(quantum_items)) {
    if (spent(call, 16 * quantum_items)) return NativeStatus::again;
  }
  if (state_slot(call, map) == 0) {
    const Slot made = vm::make_map(call.heap, true, false, 0);
    state_slot(call, map) = made;
  }
  vm::Root result(call.heap, state_slot(call, map));
  for (std::size_t made = 0; next_ < ranking_.size(); ++next_, ++made) {
    if (made == quantum_items && (made = 0, spent(call, 16 * quantum_items))) return NativeStatus::again;
    const FreqTable::Entry entry = ranking_[next_];
    const auto count = static_cast<Slot>(entry.count);
    if (char* const storage = table_.give_away(entry.word)) {
      const Slot key = vm::make_string(call.heap, text_of_storage(storage, entry.word.size()));
      vm::map_set(call.heap, result, types::basic(types::TypeKind::string), key, count);
    } else {
      vm::map_put_text(call.heap, result, entry.word, count);
    }
  }
  return done(call, result.get());
}

NativeStatus FreqJob::run(NativeCall& call) {
  if (!counted_) {
    const NativeStatus status = pass_ ? pass_->run(call) : count_list(call, first_argument(call));
    if ((pass_ ? pass_->bytes() : table_.bytes()) > vm::room_bytes(call.heap)) {
      const FreqTable& table = pass_ ? pass_->tally().table : table_;
      vm::kill(call.fibril, "LimitExceeded", "the memory limit was reached while counting " + std::to_string(table.size()) + " different texts");
      return NativeStatus::again;
    }
    if (status != NativeStatus::done) return status;
    if (pass_) {
      table_.swap(pass_->tally().table);
      pass_.reset();
    }
    counted_ = true;
    next_ = 0;
  }
  return make_map(call);
}

FreqJob& freq_job(NativeCall& call, FreqJob* (*make)(NativeCall&)) {
  if (!resumed(call)) {
    suspend_with(call, slot_count, slot_count);
    const Slot handle = vm::make_handle(call.heap, make(call));
    state_slot(call, job) = handle;
  }
  return *native_object<FreqJob>(state_slot(call, job));
}

NativeStatus freq_stream(NativeCall& call) {
  if (!resumed(call)) {
    const TextStream* const stream = TextStream::behind(call.args[0]);
    if (!stream) return call.raise("TypeError", "this stream is not one of text");
    if (!stream->can_use()) return call.raise("ValueError", "this stream was used before: a stream is used once");
  }
  return freq_job(call, [](NativeCall& c) { return new FreqJob(*TextStream::behind(first_argument(c))); }).run(call);
}

// Items of any other type: sorted, then equal neighbours are counted.
NativeStatus freq_items(NativeCall& call) {
  const types::Type* const type = call.types[0]->args[0];
  OrderJob& sorting = job_of<OrderJob>(call, [&] { return new OrderJob(vm::list_count(first_argument(call))); });
  const bool sorted = with_less(type, [&](auto less) {
    const Slot* const items = items_of(first_argument(call));
    return sorting.run(call, [&](std::uint32_t a, std::uint32_t b) { return less(items[a], items[b]); });
  });
  if (!sorted) return NativeStatus::again;
  vm::Root list(call.heap, first_argument(call));
  vm::Root counts(call.heap, vm::make_map(call.heap, type->is_ref, false, 0));
  const std::vector<std::uint32_t>& order = sorting.order();
  for (std::size_t i = 0; i < order.size();) {
    const Slot key = vm::list_at(list.get(), order[i]);
    std::size_t end = i + 1;
    while (end < order.size() && vm::compare(type, key, vm::list_at(list.get(), order[end])) == 0) ++end;
    if (type->is_ref) vm::share(key);
    vm::map_set(call.heap, counts, type, key, static_cast<Slot>(end - i));
    i = end;
  }
  return done(call, counts.get());
}

NativeStatus freq_list(NativeCall& call) {
  if (call.types[0]->args[0]->kind != types::TypeKind::string) return freq_items(call);
  return freq_job(call, [](NativeCall&) { return new FreqJob; }).run(call);
}

constexpr vm::NativeEntry entries[] = {{"freq.list", freq_list}, {"freq.stream", freq_stream}};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable freq_natives;
const NativeTable freq_natives = words::entries;
}  // namespace m31::vm
