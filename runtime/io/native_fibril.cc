#include "runtime/io/native_fibril.h"

#include <sys/epoll.h>
#include <sys/mman.h>

#include <boost/context/detail/fcontext.hpp>
#include <utility>

#include "kernel/base/ensure.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace m31::runtime {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t free_stacks_max = 32;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t mapped_bytes = NativeFibrils::stack_bytes * 4;   // instrumented frames are larger
#else
constexpr std::size_t mapped_bytes = NativeFibrils::stack_bytes;
#endif

}  // namespace

// A bare context (fcontext), not boost::context::fiber: a fibril always ends by itself, so there is
// nothing to unwind, and a switch is one jump between two annotations. The sanitizers must know which
// stack runs next, and no instrumented function may be entered or left between annotation and jump.
struct NativeFibril::Context {
  boost::context::detail::fcontext_t inside = nullptr;     // the fibril, while the loop runs
  boost::context::detail::fcontext_t outside = nullptr;    // the loop, while the fibril runs
  Body body;
  void* stack = nullptr;
  bool ended = false;
#if defined(__SANITIZE_ADDRESS__)
  void* fake_stack_loop = nullptr;
  void* fake_stack_fibril = nullptr;
  const void* loop_bottom = nullptr;
  std::size_t loop_bytes = 0;
#endif
#if defined(__SANITIZE_THREAD__)
  void* tsan_loop = nullptr;
  void* tsan_fibril = nullptr;
#endif

  [[gnu::always_inline]] void enter(NativeFibril* self) {  // loop -> fibril, and back
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&fake_stack_loop, stack, mapped_bytes);
#endif
#if defined(__SANITIZE_THREAD__)
    tsan_loop = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tsan_fibril, 0);
#endif
    inside = boost::context::detail::jump_fcontext(inside, self).fctx;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack_loop, nullptr, nullptr);
#endif
  }
  [[gnu::always_inline]] void entered(boost::context::detail::fcontext_t loop) {
    outside = loop;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack_fibril, &loop_bottom, &loop_bytes);
#endif
  }
  [[gnu::always_inline]] void leave() {                    // fibril -> loop, and back unless it has ended
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(ended ? nullptr : &fake_stack_fibril, loop_bottom, loop_bytes);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(tsan_loop, 0);
#endif
    entered(boost::context::detail::jump_fcontext(outside, nullptr).fctx);
  }
};

void NativeFibril::entry(void* fibril, void* loop) {
  auto* self = static_cast<NativeFibril*>(fibril);
  self->context_->entered(loop);
  self->run_body();
  self->context_->ended = true;
  self->context_->leave();
  std::unreachable();
}

void NativeFibril::run_body() noexcept {
  context_->body(*this);
  context_->body = nullptr;
}

NativeFibril::NativeFibril(NativeFibrils& owner, EventLoop& loop)
    : owner_(owner), loop_(loop), context_(std::make_unique<Context>()) {}

NativeFibril::~NativeFibril() = default;

void NativeFibril::suspend() { context_->leave(); }

void NativeFibril::schedule() {
  if (std::exchange(scheduled_, true)) return;
  loop_.defer([self = shared_from_this()] {
    self->scheduled_ = false;
    if (self->context_->ended) return;
    self->context_->enter(self.get());
    if (self->context_->ended) self->owner_.finished(self.get());
  });
}

void NativeFibril::wake() {
  woken_ = true;
  schedule();
}

void NativeFibril::cancel() {
  cancelled_ = true;
  schedule();
}

Wake NativeFibril::park(SteadyTime deadline) {
  bool timed_out = false;
  EventLoop::TimerId timer{};
  if (deadline != SteadyTime::max())
    timer = loop_.add_timer(deadline, [this, &timed_out] {
      timed_out = true;
      schedule();
    });
  while (!woken_ && !timed_out && !cancelled_) suspend();
  if (timer.second) loop_.cancel_timer(timer);
  if (cancelled_) return Wake::cancelled;
  if (std::exchange(woken_, false)) return Wake::ready;
  return Wake::timed_out;
}

Wake NativeFibril::sleep_until(SteadyTime when) {
  for (;;) {
    Wake wake = park(when);
    if (wake != Wake::ready) return wake;
  }
}

Wake NativeFibril::await_fd(int fd, std::uint32_t events, SteadyTime deadline) {
  if (cancelled_) return Wake::cancelled;
  bool ready = false;
  int refused = loop_.watch(fd, events, [this, &ready](std::uint32_t) {
    ready = true;
    wake();
  });
  if (refused) return Wake::ready;                   // a regular file: always ready
  Wake wake;
  do wake = park(deadline);
  while (wake == Wake::ready && !ready);             // a wake meant for an earlier park
  loop_.unwatch(fd);
  return wake;
}

bool NativeFibril::run_blocking(BlockingPool& pool, std::move_only_function<void()> job) {
  bool done = false;
  bool taken = pool.submit([this, &done, self = shared_from_this(), job = std::move(job)]() mutable {
    job();
    loop_.post([&done, self = std::move(self)] {
      done = true;
      self->schedule();
    });
  });
  if (!taken) return false;
  while (!done) suspend();
  return true;
}

NativeFibrils::~NativeFibrils() {
  ENSURE(live_.empty(), live_.size());
  for (void* stack : free_stacks_) munmap(static_cast<char*>(stack) - page_bytes, mapped_bytes + page_bytes);
}

void* NativeFibrils::take_stack() {
  if (!free_stacks_.empty()) {
    void* stack = free_stacks_.back();
    free_stacks_.pop_back();
    return stack;
  }
  void* mapped = mmap(nullptr, mapped_bytes + page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  void* stack = static_cast<char*>(mapped) + page_bytes;
  if (mprotect(stack, mapped_bytes, PROT_READ | PROT_WRITE) != 0) {
    munmap(mapped, mapped_bytes + page_bytes);
    return nullptr;
  }
  return stack;
}

void NativeFibrils::keep_stack(void* stack) {
  if (free_stacks_.size() < free_stacks_max)
    free_stacks_.push_back(stack);
  else
    munmap(static_cast<char*>(stack) - page_bytes, mapped_bytes + page_bytes);
}

std::shared_ptr<NativeFibril> NativeFibrils::start(NativeFibril::Body body) {
  std::shared_ptr<NativeFibril> fibril(new NativeFibril(*this, loop_));
  void* stack = take_stack();
  ENSURE(stack != nullptr);
  NativeFibril* raw = fibril.get();
  raw->cancelled_ = cancelling_;
  raw->context_->body = std::move(body);
  raw->context_->stack = stack;
  raw->context_->inside =
      boost::context::detail::make_fcontext(static_cast<char*>(stack) + mapped_bytes, mapped_bytes, [](auto from) {
        NativeFibril::entry(from.data, from.fctx);
      });
#if defined(__SANITIZE_THREAD__)
  raw->context_->tsan_fibril = __tsan_create_fiber(0);
#endif
  live_.insert(fibril);
  raw->schedule();
  return fibril;
}

void NativeFibrils::finished(NativeFibril* fibril) {
#if defined(__SANITIZE_THREAD__)
  __tsan_destroy_fiber(fibril->context_->tsan_fibril);
#endif
  keep_stack(fibril->context_->stack);
  live_.erase(fibril->shared_from_this());
}

void NativeFibrils::cancel_all() {
  cancelling_ = true;
  for (const auto& fibril : live_) fibril->cancel();
}

}  // namespace m31::runtime
