// Native fibrils: how drivers are written in direct style on the I/O thread. Each runs on a pooled
// stack of Boost.Context with a guard page, awaits events of the loop, and never leaves its thread.
// (Fibrils of the language own no native stack; these are not they.)
//
// A fibril ends by returning from its body. When the I/O thread stops, or its owner cancels it, every
// await it makes answers `cancelled`, so it can tidy up and return; nothing is unwound by force.
// No exception may leave a body: one that does is a bug of ours and stops the process.
//
// Thread: the loop's. Stacks are small (stack_bytes): no large arrays, no deep recursion, no
// library that parses; such work goes to the blocking pool or the helper process.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_set>
#include <vector>

#include "runtime/io/blocking_pool.h"
#include "runtime/io/event_loop.h"

namespace m31::runtime {

class NativeFibrils;

enum class Wake : std::uint8_t { ready, timed_out, cancelled };

class NativeFibril : public std::enable_shared_from_this<NativeFibril> {
 public:
  using Body = std::move_only_function<void(NativeFibril& self)>;
  struct Context;                                   // the switch itself: boost, sanitizers

  ~NativeFibril();

  // ---- called by the fibril itself
  // Until `fd` has one of `events` (also an error or hang-up). One fibril may await an fd at a time.
  Wake await_fd(int fd, std::uint32_t events, SteadyTime deadline = SteadyTime::max());
  // Until wake() is called; a wake that came since the last park counts.
  Wake park(SteadyTime deadline = SteadyTime::max());
  Wake sleep_until(SteadyTime when);                // timed_out, or cancelled
  // Runs `job` on the pool. Ends only when the job has ended (cancelled or not), so the job may use
  // the fibril's locals. Gives false if the pool has stopped and the job did not run.
  bool run_blocking(BlockingPool& pool, std::move_only_function<void()> job);

  // ---- called by others, on the loop's thread
  void wake();
  void cancel();
  bool cancelled() const { return cancelled_; }
  EventLoop& loop() { return loop_; }

 private:
  friend class NativeFibrils;
  NativeFibril(NativeFibrils& owner, EventLoop& loop);
  [[noreturn]] static void entry(void* fibril, void* loop);
  void run_body() noexcept;
  void suspend();                                   // to the loop, until resume
  void schedule();                                  // resume in this turn of the loop

  NativeFibrils& owner_;
  EventLoop& loop_;
  std::unique_ptr<Context> context_;
  bool scheduled_ = false;
  bool woken_ = false;
  bool cancelled_ = false;
};

// All native fibrils of one loop, and the pool of their stacks.
class NativeFibrils {
 public:
  static constexpr std::size_t stack_bytes = std::size_t{64} << 10;

  explicit NativeFibrils(EventLoop& loop) : loop_(loop) {}
  ~NativeFibrils();                                 // REQUIRES: none lives

  // Runs `body` until its first await, in this turn of the loop.
  std::shared_ptr<NativeFibril> start(NativeFibril::Body body);
  void cancel_all();                                // also those started later
  std::size_t live() const { return live_.size(); }

 private:
  friend class NativeFibril;
  void finished(NativeFibril* fibril);
  void* take_stack();                               // its lowest usable byte; null when memory is out
  void keep_stack(void* stack);

  EventLoop& loop_;
  std::unordered_set<std::shared_ptr<NativeFibril>> live_;
  std::vector<void*> free_stacks_;
  bool cancelling_ = false;
};

}  // namespace m31::runtime
