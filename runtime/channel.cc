#include "runtime/channel.h"

#include "runtime/box.h"

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
  ENSURE(count_ == 0 && !senders_line_ && !receivers_line_, id_, count_);
  if (slots_ > 1) delete[] queue_.many;
  if (!box_) return;
  box_->give(Resource::channels, 1);
  box_->drop();
}

void Channel::charge_to(Box& box) {
  box.retain();
  box_ = &box;
}

SendStep Channel::begin_send(Waiter*& receiver) {
  receiver = nullptr;
  if (receivers_ == 0) return SendStep::closed;
  if (receivers_line_) {
    receiver = pop(receivers_line_);
    return SendStep::hand_over;
  }
  return count_ < capacity_ ? SendStep::store : SendStep::wait;
}

bool Channel::can_send() const {
  return receivers_ == 0 || receivers_line_ || count_ < capacity_;
}

bool Channel::can_receive() const { return count_ > 0 || senders_line_ || is_closed(); }

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
    if (senders_line_) {               // back-pressure gives way by one
      sender = pop(senders_line_);
      store(sender->value);
    }
    return ReceiveStep::got;
  }
  if (senders_line_) {
    sender = pop(senders_line_);
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
  ENSURE(!waiter.is_linked(), id_);
  Waiter*& line = waiter.sends ? senders_line_ : receivers_line_;
  if (!line) {
    waiter.next = waiter.previous = &waiter;
  } else {
    waiter.next = line->next;
    waiter.previous = line;
    line->next->previous = &waiter;
    line->next = &waiter;
  }
  line = &waiter;
}

void Channel::withdraw(Waiter& waiter) {
  ENSURE(waiter.is_linked() && waiter.channel == this, id_);
  Waiter*& line = waiter.sends ? senders_line_ : receivers_line_;
  if (waiter.next == &waiter) {
    line = nullptr;
  } else {
    waiter.previous->next = waiter.next;
    waiter.next->previous = waiter.previous;
    if (line == &waiter) line = waiter.previous;
  }
  waiter.next = waiter.previous = nullptr;
}

Waiter* Channel::pop(Waiter*& line) {
  if (!line) return nullptr;
  Waiter* first = line->next;
  if (first == line) {
    line = nullptr;
  } else {
    line->next = first->next;
    first->next->previous = line;
  }
  first->next = first->previous = nullptr;
  return first;
}

Waiter* Channel::find_select_arm() const {
  for (Waiter* line : {senders_line_, receivers_line_}) {
    if (!line) continue;
    Waiter* waiter = line;
    do {
      if (waiter->select) return waiter;
      waiter = waiter->next;
    } while (waiter != line);
  }
  return nullptr;
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
