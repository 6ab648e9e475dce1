// Channels as a running fibril sees them. Both ends on one processor: a copy from heap to heap, no atomic and
// no system call. Otherwise the fibril's waiter goes to the channel's home and comes back with the outcome.
#include "kernel/base/ensure.h"
#include "runtime/box.h"
#include "runtime/fibril_host.h"
#include "runtime/node.h"
#include "runtime/packing.h"
#include "runtime/processor.h"
#include "runtime/session_state.h"

namespace m31::runtime {

using vm::HostCall;
using vm::HostStatus;

namespace {

// What a sender becomes when its holder closes it: the handle stays, what it names is this.
class ClosedEnd final : public vm::HostObject {
 public:
  void retain() override {}
  void drop() override {}
  std::uint64_t identity() const override { return 0; }
  std::uint8_t role() const override { return static_cast<std::uint8_t>(vm::HandleRole::sender); }
};
ClosedEnd closed_end;

vm::HostObject* object_of(vm::Slot handle) { return vm::as<vm::Handle>(handle)->object; }
bool is_closed(vm::HostObject* object) { return object == &closed_end; }
Channel& channel_of_sender(vm::HostObject* object) { return static_cast<SenderEnd*>(object)->channel(); }
Channel& channel_of_receiver(vm::HostObject* object) { return static_cast<ReceiverEnd*>(object)->channel(); }

std::uint64_t outgoing(vm::Fibril& fibril, const Channel& channel, vm::Slot value) {
  return pack(vm::heap_of(fibril), value, channel.carries_references());
}

constexpr std::string_view closed_message = "send: nobody holds a receiver of this channel any more";
constexpr std::string_view closed_end_message = "send: this end of the channel was closed";
constexpr std::string_view ended_message = "recv: the channel has ended: nobody holds a sender of it any more";

}  // namespace

HostStatus FibrilHost::make_channel(HostCall& call, std::uint32_t capacity) {
  const types::Type* item = call.result_type->args[0]->args[0];
  Box* box = record_of(call.fibril).box;
  if (box)
    if (const Box* refusing = box->take(Resource::channels, 1)) return end_offender(call, refusing->describe(Resource::channels));
  Channel* channel = processor_.make_channel(capacity, item->is_ref);
  if (box) channel->charge_to(*box);
  *call.result = pair_of_handles(vm::heap_of(call.fibril), *channel, *channel);
  return HostStatus::done;
}

// (Sender of `to`, Receiver of `from`) in `heap`; both counted.
vm::Slot FibrilHost::pair_of_handles(vm::Heap& heap, Channel& to, Channel& from) {
  to.sender_end.retain();
  from.receiver_end.retain();
  vm::Root sender(heap, vm::make_handle(heap, &to.sender_end));
  vm::Root receiver(heap, vm::make_handle(heap, &from.receiver_end));
  vm::Slot pair = vm::make_fixed(heap, 2, 0b11);
  vm::field_slot(pair, 0) = sender.get();
  vm::field_slot(pair, 1) = receiver.get();
  return pair;
}

// A fibril that does little but talk to another processor is better off there: it moves, and does its call there.
bool FibrilHost::goes_home(FibrilRecord& fibril, Channel& channel) {
  constexpr unsigned far_calls_max = 32;         // without using up a slice of fuel between them
  if (channel.home() == &processor_ || fibril.is_root) return false;
  if (++fibril.far_calls <= far_calls_max) return false;
  fibril.far_calls = 0;
  processor_.leave_for(fibril, *static_cast<Processor*>(channel.home()));
  return true;
}

// Parks the fibril with its waiter in the line here, or on its way to the home.
void FibrilHost::park(FibrilRecord& fibril, Channel& channel) {
  Waiter& waiter = fibril.waiter;
  fibril.state = FibrilState::at_channel;
  if (channel.home() == &processor_) {
    channel.wait(waiter);
    return;
  }
  auto& home = *static_cast<Processor*>(channel.home());
  waiter.lent_to = home.index();
  processor_.post(home, {.kind = ParcelKind::operate, .subject = &waiter});
}

HostStatus FibrilHost::send(HostCall& call) {
  if (flush_first(call)) return HostStatus::blocked;
  vm::HostObject* object = object_of(call.args[0]);
  if (is_closed(object)) return call.raise("Closed", closed_end_message);
  Channel& channel = channel_of_sender(object);
  FibrilRecord& fibril = record_of(call.fibril);
  if (fibril.box) [[unlikely]]
    if (const Box* refusing = fibril.box->take(Resource::messages, 1)) return end_offender(call, refusing->describe(Resource::messages));
  if (channel.home() == &processor_) {
    Waiter* receiver = nullptr;
    switch (channel.begin_send(receiver)) {
      case SendStep::hand_over:
        if (receiver->processor == processor_.index() && receiver->fibril->dying == FibrilRecord::Dying::no && !receiver->select) {
          // The short way: straight into the receiver's heap.
          FibrilRecord& other = *receiver->fibril;
          processor_.resume(other, copy_across(vm::heap_of(*other.vm), call.args[1], channel.carries_references()));
        } else {
          receiver->value = outgoing(call.fibril, channel, call.args[1]);
          processor_.settle(*receiver, WaitOutcome::done);
        }
        *call.result = 0;
        return HostStatus::done;
      case SendStep::store:
        channel.store(outgoing(call.fibril, channel, call.args[1]));
        *call.result = 0;
        return HostStatus::done;
      case SendStep::closed: return call.raise("Closed", closed_message);
      case SendStep::wait: break;
    }
  }
  if (goes_home(fibril, channel)) return HostStatus::blocked;
  Waiter& waiter = fibril.waiter;
  waiter.channel = &channel;
  waiter.select = nullptr;
  waiter.sends = true;
  waiter.outcome = WaitOutcome::pending;
  waiter.value = outgoing(call.fibril, channel, call.args[1]);
  park(fibril, channel);
  return HostStatus::blocked;
}

// Raises the error value of another fibril: this one parks for a moment and goes on with it.
HostStatus FibrilHost::raise_value(FibrilRecord& fibril, vm::Slot boxed) {
  fibril.state = FibrilState::runnable;
  processor_.error_to_raise_ = boxed;
  return HostStatus::blocked;
}

HostStatus FibrilHost::receive(HostCall& call) {
  Channel& channel = channel_of_receiver(object_of(call.args[0]));
  FibrilRecord& fibril = record_of(call.fibril);
  if (channel.home() == &processor_) {
    std::uint64_t value = 0;
    Waiter* sender = nullptr;
    switch (channel.begin_receive(value, sender)) {
      case ReceiveStep::got:
        *call.result = unpack(vm::heap_of(call.fibril), value, channel.carries_references());
        if (sender) processor_.settle(*sender, WaitOutcome::done);
        return HostStatus::done;
      case ReceiveStep::ended: return call.raise("Ended", ended_message);
      case ReceiveStep::failed:
        return raise_value(fibril, unpack(vm::heap_of(call.fibril), value, true));
      case ReceiveStep::wait: break;
    }
  }
  if (goes_home(fibril, channel)) return HostStatus::blocked;
  Waiter& waiter = fibril.waiter;
  waiter.channel = &channel;
  waiter.select = nullptr;
  waiter.sends = false;
  waiter.outcome = WaitOutcome::pending;
  park(fibril, channel);
  return HostStatus::blocked;
}

// Closes this end only; clones of it that others hold stay open.
HostStatus FibrilHost::close(HostCall& call) {
  if (flush_first(call)) return HostStatus::blocked;
  auto* handle = vm::as<vm::Handle>(call.args[0]);
  vm::HostObject* object = std::exchange(handle->object, &closed_end);
  object->drop();
  *call.result = 0;
  return HostStatus::done;
}

HostStatus FibrilHost::parent(HostCall& call, bool receiver) {
  FibrilRecord& fibril = record_of(call.fibril);
  if (!fibril.out) return call.raise("Closed", "PARENT: this fibril has no parent");
  vm::HostObject* end = receiver ? static_cast<vm::HostObject*>(&fibril.in->receiver_end) : &fibril.out->sender_end;
  end->retain();
  *call.result = vm::make_handle(vm::heap_of(call.fibril), end);
  return HostStatus::done;
}

// Arms are tried in the order written; if none is ready, all wait, and the first to become ready wins. An arm whose
// channel has ended is left out; when all have, the select raises Ended.
HostStatus FibrilHost::select(HostCall& call, std::uint32_t arm_count) {
  enum Kind : vm::Slot { receive_arm = 0, send_arm = 1, after_arm = 2 };
  if (flush_first(call)) return HostStatus::blocked;
  FibrilRecord& fibril = record_of(call.fibril);
  const auto channel_at = [&](std::uint32_t i) -> Channel* {
    const vm::Slot kind = call.args[3 * i];
    if (kind == after_arm) return nullptr;
    vm::HostObject* object = object_of(call.args[3 * i + 1]);
    if (kind == send_arm) return is_closed(object) ? nullptr : &channel_of_sender(object);
    return &channel_of_receiver(object);
  };
  for (std::uint32_t i = 0; i < arm_count; ++i)
    if (Channel* channel = channel_at(i); channel && processor_.gather(fibril, *channel)) return HostStatus::blocked;

  bool some_ended = false, some_left = false;
  for (std::uint32_t i = 0; i < arm_count; ++i) {
    const vm::Slot kind = call.args[3 * i];
    Channel* channel = channel_at(i);
    if (kind == receive_arm && channel->has_ended()) {
      some_ended = true;
      continue;
    }
    some_left = some_left || kind != after_arm;
    if (kind == send_arm) {
      if (!channel) return call.raise("Closed", closed_end_message);
      if (!channel->can_send()) continue;
      Waiter* receiver = nullptr;
      switch (channel->begin_send(receiver)) {
        case SendStep::hand_over:
          receiver->value = outgoing(call.fibril, *channel, call.args[3 * i + 2]);
          processor_.settle(*receiver, WaitOutcome::done);
          break;
        case SendStep::store: channel->store(outgoing(call.fibril, *channel, call.args[3 * i + 2])); break;
        case SendStep::closed: return call.raise("Closed", closed_message);
        case SendStep::wait: ENSURE(false, channel->id());
      }
      *call.result = i;
      return HostStatus::done;
    }
    if (kind == receive_arm) {
      if (!channel->can_receive()) continue;
      std::uint64_t value = 0;
      Waiter* sender = nullptr;
      switch (channel->begin_receive(value, sender)) {
        case ReceiveStep::got:
          call.args[0] = unpack(vm::heap_of(call.fibril), value, channel->carries_references());
          if (sender) processor_.settle(*sender, WaitOutcome::done);
          *call.result = i;
          return HostStatus::done;
        case ReceiveStep::ended: return call.raise("Ended", ended_message);
        case ReceiveStep::failed:
          return raise_value(fibril, unpack(vm::heap_of(call.fibril), value, true));
        case ReceiveStep::wait: ENSURE(false, channel->id());
      }
    }
  }

  if (some_ended && !some_left) return call.raise("Ended", ended_message);

  auto select = std::make_unique<Select>();
  select->arms.reserve(arm_count);
  std::uint64_t deadline_ns = 0;
  for (std::uint32_t i = 0; i < arm_count; ++i) {
    const vm::Slot kind = call.args[3 * i];
    if (kind == after_arm) {
      const auto wait_ns = static_cast<std::int64_t>(call.args[3 * i + 1]);
      const std::uint64_t at_ns = monotonic_ns() + static_cast<std::uint64_t>(wait_ns > 0 ? wait_ns : 0);
      if (deadline_ns == 0 || at_ns < deadline_ns) {
        deadline_ns = at_ns;
        select->timer_arm = static_cast<std::uint16_t>(i);
      }
      continue;
    }
    Channel* channel = channel_at(i);
    if (kind == receive_arm && channel->has_ended()) continue;
    Waiter& arm = select->arms.emplace_back();
    arm.channel = channel;
    arm.fibril = &fibril;
    arm.select = select.get();
    arm.processor = processor_.index();
    arm.arm = static_cast<std::uint16_t>(i);
    arm.sends = kind == send_arm;
    if (arm.sends) arm.value = outgoing(call.fibril, *channel, call.args[3 * i + 2]);
  }
  fibril.extra().select = std::move(select);
  for (Waiter& arm : fibril.extra().select->arms) arm.channel->wait(arm);
  fibril.state = FibrilState::selecting;
  if (deadline_ns) {
    processor_.wait_outside(fibril, FibrilState::selecting);
    processor_.set_timer(fibril, deadline_ns);
  }
  return HostStatus::blocked;
}

}  // namespace m31::runtime
