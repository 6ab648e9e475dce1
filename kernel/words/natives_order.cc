// sort, sort.keys, uniq, top: what puts items in order.
#include <algorithm>

#include "kernel/vm/map_ops.h"
#include "kernel/words/slot_order.h"

namespace m31::words {
namespace {

constexpr std::size_t kept_max = 1024;  // top: more than so many are found by sorting everything

// The items of `list` at `order`, the first `count` of them, as a new list. Its items stand in two lists now.
Slot picked(NativeCall& call, const std::vector<std::uint32_t>& order, std::size_t count) {
  const bool references = call.types[0]->args[0]->is_ref;
  vm::Root list(call.heap, first_argument(call));
  const Slot made = vm::make_list(call.heap, references, count);
  const Slot* const from = items_of(list.get());
  Slot* const to = items_of(made);
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = from[order[i]];
    if (references) vm::share(to[i]);
  }
  vm::as<vm::List>(made)->count = count;
  return made;
}

// ------------------------------------------------------------------------------------------------ sort
NativeStatus sort_list(NativeCall& call) {
  const types::Type* const type = call.types[0]->args[0];
  if (!resumed(call) && vm::list_count(call.args[0]) <= quantum_items) {
    const Slot list = vm::own(call.heap, call.args[0]);
    Slot* const items = items_of(list);
    const std::size_t count = vm::list_count(list);
    with_less(type, [&](auto less) { std::stable_sort(items, items + count, less); });
    spent(call, 16 * count);
    return done(call, list);
  }
  OrderJob& job = job_of<OrderJob>(call, [&] { return new OrderJob(vm::list_count(first_argument(call))); });
  const bool sorted = with_less(type, [&](auto less) {
    const Slot* const items = items_of(first_argument(call));
    return job.run(call, [&](std::uint32_t a, std::uint32_t b) { return less(items[a], items[b]); });
  });
  if (!sorted) return NativeStatus::again;
  return done(call, picked(call, job.order(), job.order().size()));
}

// args: the list, a key for each of its items.
NativeStatus sort_keys(NativeCall& call) {
  const std::size_t count = vm::list_count(first_argument(call));
  if (vm::list_count(call.args[1]) != count) return call.raise("ValueError", "as many keys as items are wanted");
  OrderJob& job = job_of<OrderJob>(call, [&] { return new OrderJob(count); });
  const bool sorted = with_less(call.types[1]->args[0], [&](auto less) {
    const Slot* const keys = items_of(call.args[1]);
    return job.run(call, [&](std::uint32_t a, std::uint32_t b) { return less(keys[a], keys[b]); });
  });
  if (!sorted) return NativeStatus::again;
  return done(call, picked(call, job.order(), job.order().size()));
}

// ------------------------------------------------------------------------------------------------- top
// The best `limit` of numbered items, kept in a heap while walking over all.
class BestJob final : public NativeObject {
 public:
  explicit BestJob(std::size_t limit) : limit_(limit) {}

  // Offers numbers up to `count`; true when all were offered and the kept ones are in order.
  template <class Less>
  bool run(NativeCall& call, std::size_t count, Less less) {
    for (std::size_t offered = 0; next_ < count; ++next_) {
      if (++offered > quantum_items && (offered = 0, spent(call, 4 * quantum_items))) return false;
      offer(static_cast<std::uint32_t>(next_), less);
    }
    std::sort_heap(kept_.begin(), kept_.end(), less);
    return true;
  }
  const std::vector<std::uint32_t>& order() const { return kept_; }

 private:
  template <class Less>
  void offer(std::uint32_t number, Less less) {
    if (kept_.size() < limit_) {
      kept_.push_back(number);
      std::push_heap(kept_.begin(), kept_.end(), less);
    } else if (limit_ > 0 && less(number, kept_.front())) {
      std::pop_heap(kept_.begin(), kept_.end(), less);
      kept_.back() = number;
      std::push_heap(kept_.begin(), kept_.end(), less);
    }
  }
  std::size_t limit_;
  std::size_t next_ = 0;
  std::vector<std::uint32_t> kept_;
};

// Numbers below `count` in the order of `less`, the first `limit` of them, by the cheaper way: null when fuel is used up.
template <class Less>
const std::vector<std::uint32_t>* first_by(NativeCall& call, std::size_t count, std::size_t limit, Less less) {
  if (limit <= kept_max) {
    BestJob& job = job_of<BestJob>(call, [&] { return new BestJob(limit); });
    return job.run(call, count, less) ? &job.order() : nullptr;
  }
  OrderJob& job = job_of<OrderJob>(call, [&] { return new OrderJob(count); });
  return job.run(call, less) ? &job.order() : nullptr;
}

std::size_t limit_of(Slot n) {
  const auto wanted = static_cast<std::int64_t>(n);
  return wanted < 0 ? 0 : static_cast<std::size_t>(wanted);
}

// args: the list, n. The largest items, equal ones as they stood. The number is compared last, so that the order is total.
NativeStatus top_list(NativeCall& call) {
  const std::size_t limit = limit_of(call.args[1]);
  const std::size_t count = vm::list_count(first_argument(call));
  // Between two calls the first argument may have moved: what the comparison reads is fetched by it each time.
  const auto* const order = with_less(call.types[0]->args[0], [&](auto less) {
    return first_by(call, count, limit, [&, less](std::uint32_t a, std::uint32_t b) {
      const Slot* const items = items_of(first_argument(call));
      if (less(items[b], items[a])) return true;
      return !less(items[a], items[b]) && a < b;
    });
  });
  if (!order) return NativeStatus::again;
  return done(call, picked(call, *order, std::min(order->size(), limit)));
}

// args: the map, n. Pairs of key and value, the largest values first, then by key.
NativeStatus top_map(NativeCall& call) {
  const types::Type* const key_type = call.types[0]->args[0];
  const types::Type* const value_type = call.types[0]->args[1];
  const std::size_t limit = limit_of(call.args[1]);
  const std::size_t count = vm::entries_of(first_argument(call)).size();
  const auto* const order = with_less(key_type, [&](auto key_less) {
    return with_less(value_type, [&](auto value_less) {
      return first_by(call, count, limit, [&, key_less, value_less](std::uint32_t a, std::uint32_t b) {
        const auto entries = vm::entries_of(first_argument(call));
        const vm::MapEntry &x = entries[a], &y = entries[b];
        if (x.hash == 0 || y.hash == 0) return x.hash != 0 && y.hash == 0;  // removed entries come last
        if (value_less(y.value, x.value)) return true;
        return !value_less(x.value, y.value) && key_less(x.key, y.key);
      });
    });
  });
  if (!order) return NativeStatus::again;
  const std::size_t pairs = std::min({order->size(), limit, static_cast<std::size_t>(vm::as<vm::Map>(first_argument(call))->live)});
  const std::uint32_t references = (key_type->is_ref ? 1u : 0u) | (value_type->is_ref ? 2u : 0u);
  vm::Root list(call.heap, vm::make_list(call.heap, true, pairs));
  for (std::size_t i = 0; i < pairs; ++i) {
    const Slot pair = vm::make_fixed(call.heap, 2, references);
    const vm::MapEntry& entry = vm::entries_of(first_argument(call))[(*order)[i]];
    vm::as<vm::Fixed>(pair)->slots[0] = entry.key;
    vm::as<vm::Fixed>(pair)->slots[1] = entry.value;
    if (key_type->is_ref) vm::share(entry.key);
    if (value_type->is_ref) vm::share(entry.value);
    vm::list_append(call.heap, list, pair);
  }
  return done(call, list.get());
}

// ------------------------------------------------------------------------------------------------ uniq
enum UniqSlots : std::uint32_t { argument, seen_items, result, position, slot_count };

NativeStatus uniq_list(NativeCall& call) {
  const types::Type* const type = call.types[0]->args[0];
  if (!resumed(call)) {
    suspend_with(call, slot_count, 3);
    const Slot seen = vm::make_map(call.heap, type->is_ref, false, 0);
    state_slot(call, seen_items) = seen;
    const Slot list = vm::make_list(call.heap, type->is_ref, 0);
    state_slot(call, result) = list;
  }
  vm::Root input(call.heap, state_slot(call, argument));
  vm::Root seen(call.heap, state_slot(call, seen_items));
  vm::Root list(call.heap, state_slot(call, result));
  const std::size_t count = vm::list_count(input.get());
  std::size_t i = state_slot(call, position);
  for (std::size_t tried = 0; i < count; ++i) {
    if (++tried > quantum_items) {
      tried = 0;
      state_slot(call, position) = i;
      if (spent(call, 16 * quantum_items)) return NativeStatus::again;
    }
    const Slot item = vm::list_at(input.get(), i);
    if (vm::map_find(seen.get(), type, item)) continue;
    if (type->is_ref) vm::share(item);
    vm::list_append(call.heap, list, item);
    vm::map_set(call.heap, seen, type, vm::list_at(list.get(), vm::list_count(list.get()) - 1), 0);
  }
  return done(call, list.get());
}

constexpr vm::NativeEntry entries[] = {
    {"sort.list", sort_list, 1}, {"sort.keys", sort_keys}, {"top.list", top_list},
    {"top.map", top_map},        {"uniq.list", uniq_list},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable order_natives;
const NativeTable order_natives = words::entries;
}  // namespace m31::vm
