#include "runtime/drivers/call_queue.h"

namespace m31::runtime {

Failure node_is_stopping() { return {"Killed", "the node is stopping"}; }
Failure call_was_cancelled() { return {"Killed", "cancelled"}; }

void CallQueue::call(Call call, Answer answer) {
  if (!io_.post([this, call = std::move(call), answer]() mutable { enqueue(std::move(call), std::move(answer)); }))
    answer(std::unexpected(node_is_stopping()));
}

void CallQueue::cancel(std::uint64_t fibril) {
  io_.post([this, fibril] { cancel_here(fibril); });
}

void CallQueue::enqueue(Call call, Answer answer) {
  std::uint64_t fibril = call.fibril;
  waiting_.push_back({std::move(call), std::move(answer)});
  by_fibril_.emplace(fibril, std::prev(waiting_.end()));
  if (servers_ < at_once_max_) start_server();
}

CallQueue::Waiting CallQueue::take_first() {
  auto first = waiting_.begin();
  auto [from, to] = by_fibril_.equal_range(first->call.fibril);
  while (from != to && from->second != first) ++from;
  by_fibril_.erase(from);
  Waiting taken = std::move(*first);
  waiting_.erase(first);
  return taken;
}

void CallQueue::cancel_here(std::uint64_t fibril) {
  for (Serving* serving : serving_)
    if (serving->fibril == fibril) serving->self->cancel();
  auto [from, to] = by_fibril_.equal_range(fibril);
  std::list<Waiting> ended;
  for (auto each = from; each != to; ++each) ended.splice(ended.end(), waiting_, each->second);
  by_fibril_.erase(from, to);
  for (Waiting& waiting : ended) waiting.answer(std::unexpected(call_was_cancelled()));
}

void CallQueue::start_server() {
  ++servers_;
  io_.fibrils().start([this](NativeFibril& self) { serve(self); });
}

void CallQueue::serve(NativeFibril& self) {
  // Cancelled from its start: the I/O thread stops, and what waits is answered undone.
  bool stopping = self.cancelled();
  Serving serving{&self, 0};
  serving_.insert(&serving);
  while (!waiting_.empty()) {
    Waiting next = take_first();
    serving.fibril = next.call.fibril;
    Reply reply = stopping ? std::unexpected(node_is_stopping()) : perform_(self, next.call);
    serving.fibril = 0;
    next.answer(std::move(reply));
    if (self.cancelled() && !stopping) break;       // for the sake of one call: another fibril goes on
  }
  serving_.erase(&serving);
  --servers_;
  if (!waiting_.empty()) start_server();
}

}  // namespace m31::runtime
