#include "runtime/channel.h"

#include <cstddef>

#include "kernel/base/ensure.h"

namespace m31::runtime {

thread_local constinit ChannelHome* this_home = nullptr;

// The ends lie inside their channel, so a handle costs no object of its own.
Channel& SenderEnd::channel() const {
  auto* bytes = reinterpret_cast<char*>(const_cast<SenderEnd*>(this));
  return *reinterpret_cast<Channel*>(bytes);
}
Channel& ReceiverEnd::channel() const {
  auto* bytes = reinterpret_cast<char*>(const_cast<ReceiverEnd*>(this));
  return *reinterpret_cast<Channel*>(bytes - sizeof(SenderEnd));
}

namespace {
void retain_end(Channel& channel, bool sender) {
  if (channel.home() == this_home)
    channel.retain_here(sender);
  else
    channel.retain_elsewhere(sender);
}
void drop_end(Channel& channel, bool sender) {
  // Without a processor (a node being torn down) nobody is left who could care.
  if (!this_home) return;
  if (channel.home() == this_home)
    this_home->dropped(channel, sender);
  else
    this_home->dropped_elsewhere(channel, sender);
}
}  // namespace

void SenderEnd::retain() { retain_end(channel(), true); }
void SenderEnd::drop() { drop_end(channel(), true); }
std::uint64_t SenderEnd::identity() const { return channel().id(); }
void ReceiverEnd::retain() { retain_end(channel(), false); }
void ReceiverEnd::drop() { drop_end(channel(), false); }
std::uint64_t ReceiverEnd::identity() const { return channel().id(); }

Channel::Channel(ChannelHome* home, std::uint64_t id, std::uint32_t capacity, bool carries_references)
    : home_(home), id_(id), capacity_(capacity), references_(carries_references) {}

Channel::~Channel() {
  ENSURE(count_ == 0 && line_ == nullptr, id_, count_);
  if (slots_ > 1) delete[] queue_.many;
}

SendStep Channel::begin_send(Waiter*& receiver) {
  receiver = nullptr;
  if (closed_ || receivers_ == 0) return SendStep::closed;
  if (line_ && !waits_to_send_) {
    receiver = pop();
    return SendStep::hand_over;
  }
  return count_ < capacity_ ? SendStep::store : SendStep::wait;
}

bool Channel::can_send() const {
  return closed_ || receivers_ == 0 || (line_ && !waits_to_send_) || count_ < capacity_;
}

bool Channel::can_receive() const { return count_ > 0 || (line_ && waits_to_send_) || is_closed(); }

void Channel::store(std::uint64_t value) {
  if (count_ == slots_) grow();
  item(head_ + count_) = value;
  ++count_;
}

ReceiveStep Channel::begin_receive(std::uint64_t& value, Waiter*& sender) {
  sender = nullptr;
  if (count_ > 0) {
    value = item(head_);
    ++head_;
    --count_;
    if (failed_ && count_ == 0) {      // the error stands last
      failed_ = false;
      return ReceiveStep::failed;
    }
    if (line_ && waits_to_send_) {     // back-pressure gives way by one
      sender = pop();
      store(sender->value);
    }
    return ReceiveStep::got;
  }
  if (line_ && waits_to_send_) {
    sender = pop();
    value = sender->value;
    return ReceiveStep::got;
  }
  return is_closed() ? ReceiveStep::ended : ReceiveStep::wait;
}

void Channel::fail(std::uint64_t error) {
  ENSURE(!failed_, id_);
  failed_ = true;
  store(error);
}

void Channel::wait(Waiter& waiter) {
  ENSURE(!waiter.is_linked() && (line_ == nullptr || waits_to_send_ == waiter.sends), id_);
  waits_to_send_ = waiter.sends;
  if (!line_) {
    waiter.next = waiter.previous = &waiter;
  } else {
    waiter.next = line_->next;
    waiter.previous = line_;
    line_->next->previous = &waiter;
    line_->next = &waiter;
  }
  line_ = &waiter;
}

void Channel::withdraw(Waiter& waiter) {
  ENSURE(waiter.is_linked() && waiter.channel == this, id_);
  if (waiter.next == &waiter) {
    line_ = nullptr;
  } else {
    waiter.previous->next = waiter.next;
    waiter.next->previous = waiter.previous;
    if (line_ == &waiter) line_ = waiter.previous;
  }
  waiter.next = waiter.previous = nullptr;
}

Waiter* Channel::pop() {
  if (!line_) return nullptr;
  Waiter* first = line_->next;
  if (first == line_) {
    line_ = nullptr;
  } else {
    line_->next = first->next;
    first->next->previous = line_;
  }
  first->next = first->previous = nullptr;
  return first;
}

bool Channel::take_queued(std::uint64_t& value, bool& is_reference) {
  if (count_ == 0) return false;
  value = item(head_);
  ++head_;
  --count_;
  is_reference = references_ || (failed_ && count_ == 0);
  return true;
}

bool Channel::drop_here(bool sender) {
  auto& count = sender ? senders_ : receivers_;
  auto& elsewhere = sender ? senders_elsewhere_ : receivers_elsewhere_;
  --count;
  if (count <= 0) count += elsewhere.exchange(0, std::memory_order_relaxed);
  ENSURE(count >= 0, id_, static_cast<std::uint64_t>(sender));
  return count == 0;
}

void Channel::grow() {
  std::uint32_t more = slots_ == 1 ? 4 : slots_ * 2;
  auto* items = new std::uint64_t[more];
  for (std::uint32_t i = 0; i < count_; ++i) items[i] = item(head_ + i);
  if (slots_ > 1) delete[] queue_.many;
  queue_.many = items;
  slots_ = more;
  head_ = 0;
}

}  // namespace m31::runtime
