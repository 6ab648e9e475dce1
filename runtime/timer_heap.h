// TimerHeap: the deadlines of one processor, earliest first. A Timer stands in the heap by pointer
// and knows its place, so that cancelling one (a select whose message came) is as cheap as adding it.
// Timers of one deadline fire in the order they were added. Pure: the clock is handed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace m31::runtime {

struct Timer {
  static constexpr std::size_t idle = SIZE_MAX;
  std::uint64_t deadline_ns = 0;
  std::uint64_t order = 0;
  std::size_t place = idle;
  void* owner = nullptr;
  bool is_set() const { return place != idle; }
};

class TimerHeap {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  std::uint64_t next_deadline_ns() const { return heap_.empty() ? 0 : heap_.front()->deadline_ns; }

  void add(Timer& timer, std::uint64_t deadline_ns);   // REQUIRES: not set. It must stay where it is until it fires
  void cancel(Timer& timer);                           // no effect when it is not set
  Timer* pop_due(std::uint64_t now_ns);                // null when none is due

 private:
  static bool before(const Timer* a, const Timer* b) {
    return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns : a->order < b->order;
  }
  void put(std::size_t place, Timer* timer) {
    heap_[place] = timer;
    timer->place = place;
  }
  void sift_up(std::size_t place);
  void sift_down(std::size_t place);
  std::vector<Timer*> heap_;
  std::uint64_t order_ = 0;
};

}  // namespace m31::runtime
