// What the steps of channels mean on a processor: messages are copied, fibrils wake, ends that nobody holds
// any more close their channel and free it.
#include "kernel/base/ensure.h"
#include "runtime/node.h"
#include "runtime/packing.h"
#include "runtime/processor.h"
#include "runtime/session_state.h"

namespace m31::runtime {

Channel* Processor::make_channel(std::uint32_t capacity, bool carries_references) {
  // Shown as /chan/N; the processor's number, high up, keeps those made on others apart.
  const std::uint64_t id = (std::uint64_t{index_} << 40) + next_channel_++;
  return channels_.make(this, id, capacity, carries_references);
}

// Does a lent waiter's operation, or lets it wait in the line.
void Processor::operate(Waiter& waiter) {
  Channel& channel = *waiter.channel;
  Waiter* other = nullptr;
  if (waiter.sends) {
    switch (channel.begin_send(other)) {
      case SendStep::hand_over:
        other->value = waiter.value;
        settle(*other, WaitOutcome::done);
        return settle(waiter, WaitOutcome::done);
      case SendStep::store:
        channel.store(waiter.value);
        return settle(waiter, WaitOutcome::done);
      case SendStep::wait: return channel.wait(waiter);
      case SendStep::closed: return settle(waiter, WaitOutcome::closed);
    }
  }
  switch (channel.begin_receive(waiter.value, other)) {
    case ReceiveStep::got:
      if (other) settle(*other, WaitOutcome::done);
      return settle(waiter, WaitOutcome::done);
    case ReceiveStep::wait: return channel.wait(waiter);
    case ReceiveStep::failed: return settle(waiter, WaitOutcome::failed);
    case ReceiveStep::ended: return settle(waiter, WaitOutcome::ended);
  }
}

// The channel has done with `waiter`: on to its fibril, wherever that is.
void Processor::settle(Waiter& waiter, WaitOutcome outcome) {
  waiter.outcome = outcome;
  if (waiter.processor == index_)
    finish_wait(waiter);
  else
    post(node_.processor(waiter.processor), {.kind = ParcelKind::settled, .subject = &waiter});
}

void Processor::finish_wait(Waiter& waiter) {
  FibrilRecord& fibril = *waiter.fibril;
  const bool references = waiter.channel->carries_references();
  if (fibril.dying != FibrilRecord::Dying::no) {
    // What was to be received is lost with its receiver; what was to be sent, only if it was not taken.
    const bool holds_one = waiter.sends ? waiter.outcome != WaitOutcome::done
                                        : waiter.outcome == WaitOutcome::done || waiter.outcome == WaitOutcome::failed;
    if (holds_one) discard_packed(waiter.value, references || waiter.outcome == WaitOutcome::failed);
    return came_back(fibril);
  }
  const bool is_select = waiter.select != nullptr;
  std::uint16_t arm = 0;
  if (is_select) {
    // One channel fewer to wait at; only when it was the last has the select ended.
    if (waiter.outcome == WaitOutcome::ended)
      for (const Waiter& other : waiter.select->arms)
        if (other.is_linked()) return;
    arm = waiter.arm;
    if (fibril.extra().timer.is_set()) back_from_outside(fibril);
    leave_select(fibril, &waiter);
  }
  switch (waiter.outcome) {
    case WaitOutcome::done: {
      vm::Slot value = 0;
      const bool is_ref = references && !waiter.sends;
      if (!waiter.sends) value = unpack(vm::heap_of(*fibril.vm), waiter.value, is_ref);
      return is_select ? resume_select(fibril, arm, value, is_ref) : resume(fibril, value);
    }
    case WaitOutcome::failed:
      return resume_error(fibril, unpack(vm::heap_of(*fibril.vm), waiter.value, true));
    case WaitOutcome::ended:
      return resume_error(fibril, "Ended", "recv: the channel has ended: nobody holds a sender of it any more");
    case WaitOutcome::closed:
      discard_packed(waiter.value, references);
      return resume_error(fibril, "Closed", "send: nobody holds a receiver of this channel any more");
    case WaitOutcome::pending:
    case WaitOutcome::withdrawn: ENSURE(false, fibril.id, static_cast<std::uint64_t>(waiter.outcome));
  }
}

// Takes the arms of a select from their lines; the messages its send arms offered are not sent.
void Processor::leave_select(FibrilRecord& fibril, const Waiter* chosen) {
  FibrilExtra& extra = fibril.extra();
  timers_.cancel(extra.timer);
  for (Waiter& arm : extra.select->arms) {
    if (arm.is_linked()) arm.channel->withdraw(arm);
    if (&arm != chosen && arm.sends) discard_packed(arm.value, arm.channel->carries_references());
  }
}

// ------------------------------------------------------------------------------------ ends and counts

void Processor::dropped(Channel& channel, bool sender) {
  if (!channel.drop_here(sender)) return;
  // Waking those who wait may collect in their heaps and drop the other end: the outer call frees the channel.
  const bool is_outer = !channel.is_closing;
  channel.is_closing = true;
  if (sender)
    senders_gone(channel);
  else
    receivers_gone(channel);
  if (!is_outer) return;
  channel.is_closing = false;
  if (channel.is_dead()) dispose(channel);
}

void Processor::dropped_elsewhere(Channel& channel, bool sender) {
  post(*static_cast<Processor*>(channel.home()), {.kind = ParcelKind::dropped, .number = sender, .subject = &channel});
}

void Processor::senders_gone(Channel& channel) {
  while (Waiter* receiver = channel.next_receiver()) settle(*receiver, WaitOutcome::ended);
}

void Processor::receivers_gone(Channel& channel) {
  while (Waiter* sender = channel.next_sender()) settle(*sender, WaitOutcome::closed);
  std::uint64_t value = 0;
  bool is_reference = false;
  while (channel.take_queued(value, is_reference)) discard_packed(value, is_reference);
}

void Processor::dispose(Channel& channel) {
  ENSURE(channel.queued() == 0, channel.id());
  channels_.destroy(&channel);
}

// The result or error of a fibril that has ended; there is always room for it.
void Processor::last_word(Channel& channel, std::uint64_t message, bool is_error, bool is_reference) {
  if (channel.home() != this)
    return post(*static_cast<Processor*>(channel.home()),
                {.kind = ParcelKind::last_word, .number = is_error + 2u * is_reference, .subject = &channel, .value = message});
  if (!channel.has_receivers() || channel.is_failed()) {
    discard_packed(message, is_reference);
  } else if (Waiter* receiver = channel.next_receiver()) {
    receiver->value = message;
    settle(*receiver, is_error ? WaitOutcome::failed : WaitOutcome::done);
  } else if (is_error) {
    channel.fail(message);
  } else {
    channel.store(message);
  }
}

}  // namespace m31::runtime
