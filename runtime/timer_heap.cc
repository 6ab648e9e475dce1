#include "runtime/timer_heap.h"

#include "kernel/base/ensure.h"

namespace m31::runtime {

void TimerHeap::add(Timer& timer, std::uint64_t deadline_ns) {
  ENSURE(!timer.is_set(), timer.place);
  timer.deadline_ns = deadline_ns;
  timer.order = order_++;
  heap_.push_back(&timer);
  timer.place = heap_.size() - 1;
  sift_up(timer.place);
}

void TimerHeap::cancel(Timer& timer) {
  if (!timer.is_set()) return;
  std::size_t place = timer.place;
  ENSURE(place < heap_.size() && heap_[place] == &timer, place, heap_.size());
  timer.place = Timer::idle;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  put(place, last);
  sift_up(place);
  sift_down(last->place);
}

Timer* TimerHeap::pop_due(std::uint64_t now_ns) {
  if (heap_.empty() || heap_.front()->deadline_ns > now_ns) return nullptr;
  Timer* due = heap_.front();
  cancel(*due);
  return due;
}

void TimerHeap::sift_up(std::size_t place) {
  Timer* timer = heap_[place];
  while (place > 0) {
    std::size_t above = (place - 1) / 2;
    if (!before(timer, heap_[above])) break;
    put(place, heap_[above]);
    place = above;
  }
  put(place, timer);
}

void TimerHeap::sift_down(std::size_t place) {
  Timer* timer = heap_[place];
  for (;;) {
    std::size_t below = 2 * place + 1;
    if (below >= heap_.size()) break;
    if (below + 1 < heap_.size() && before(heap_[below + 1], heap_[below])) ++below;
    if (!before(heap_[below], timer)) break;
    put(place, heap_[below]);
    place = below;
  }
  put(place, timer);
}

}  // namespace m31::runtime
