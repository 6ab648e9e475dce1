#include "runtime/drivers/record_flow.h"

#include <mutex>
#include <optional>

#include "kernel/vm/fibril.h"

namespace m31::runtime {

// What the driver's thread hands over; outlives a flow that is dropped meanwhile.
struct RecordFlow::Answered {
  std::mutex mutex;
  std::optional<Reply> reply;
  std::function<void()> wake;
};

RecordFlow::RecordFlow(Driver& fs, Call question, std::shared_ptr<Flow> flow, MakeWake make_wake)
    : fs_(fs), question_(std::move(question)), flow_(std::move(flow)), make_wake_(std::move(make_wake)), answered_(std::make_shared<Answered>()) {}

RecordFlow::~RecordFlow() { flow_->has_ended.store(true, std::memory_order_relaxed); }

void RecordFlow::ask() {
  Call call = question_;
  call.args.push_back(data::Datum::of_text(std::string_view(from_)));
  is_asked_ = true;
  fs_.call(std::move(call), [answered = answered_](Reply reply) {
    std::function<void()> wake;
    {
      std::lock_guard lock(answered->mutex);
      answered->reply = std::move(reply);
      wake = std::exchange(answered->wake, nullptr);
    }
    if (wake) wake();
  });
}

vm::NativeStatus RecordFlow::next(vm::NativeCall& call) {
  while (given_ == records_.size()) {
    if (is_last_ && !is_asked_) {
      flow_->has_ended.store(true, std::memory_order_relaxed);
      call.args[1] = 0;
      return words::done(call, 0);
    }
    flow_->has_begun.store(true, std::memory_order_relaxed);
    if (!is_asked_) ask();
    std::optional<Reply> reply;
    {
      std::lock_guard lock(answered_->mutex);
      reply = std::exchange(answered_->reply, std::nullopt);
      if (!reply) {
        answered_->wake = make_wake_(call.fibril);
        return vm::NativeStatus::blocked;
      }
    }
    is_asked_ = false;
    is_last_ = true;
    if (!*reply) return call.raise(reply->error().kind, reply->error().message);
    records_ = std::move((*reply)->items[0].items);
    given_ = 0;
    from_ = (*reply)->items[1].text.view();
    is_last_ = from_.empty();
    if (!is_last_) ask();
  }
  data::Datum record = std::move(records_[given_++]);
  flow_->done.fetch_add(1, std::memory_order_relaxed);
  call.fuel -= 16;
  *call.result = vm::build(call.heap, question_.result_type->args[0], record);
  call.args[1] = 1;
  return vm::NativeStatus::done;
}

}  // namespace m31::runtime
