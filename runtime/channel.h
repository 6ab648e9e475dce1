// Channel: a typed FIFO between fibrils, synchronous (capacity 0: rendezvous) or buffered with
// back-pressure. Many senders, many receivers; each message goes to exactly one receiver.
//
// One processor, its *home*, owns a channel and everything in it; fibrils elsewhere send their Waiter to
// the home by ring and get it back with the outcome. So nothing here is shared, and the steps below
// are pure: they say what must happen, the home (processor_channels.cc) copies messages and wakes fibrils.
//
//   begin_send(w)     hand_over: `w` is a receiver taken from the line, give it the message
//                     store:     there is room, call store(value)
//                     wait:      no room, call wait(waiter)
//                     closed:    nobody will ever receive
//   begin_receive     got:       `value` is the message; `w`, if any, is a sender whose turn came: its send is done
//                     wait:      nothing there, call wait(waiter)
//                     failed:    `value` is the error of the fibril that was to send; once, then ended
//                     ended:     all senders are gone and the queue is empty
//
// A message is a slot: the bits of a scalar, or a detached vm::Message when the channel carries references.
//
// Ends are counted by the handles that name them. Counting is biased: on the home a plain counter; elsewhere
// a new handle adds to an atomic at once, a dropped one tells the home by ring. Whoever adds
// holds an end already, so when the home has heard of all drops and sees zero, nobody holds one.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernel/vm/value.h"

namespace m31::runtime {

class Box;

class Channel;
struct FibrilRecord;
struct Select;

enum class WaitOutcome : std::uint8_t { pending, done, ended, closed, failed, withdrawn };

// One operation of a fibril at a channel. Owned by the fibril's processor, lent to the channel's home while it waits.
struct Waiter {
  Waiter* next = nullptr;
  Waiter* previous = nullptr;
  Channel* channel = nullptr;
  FibrilRecord* fibril = nullptr;
  std::uint64_t value = 0;            // what is sent, or what came
  Select* select = nullptr;           // when it is an arm of one
  std::uint16_t processor = 0;        // where the fibril lives
  std::uint16_t lent_to = 0;          // where it was sent first
  std::uint16_t arm = 0;
  bool sends = false;
  WaitOutcome outcome = WaitOutcome::pending;
  bool is_linked() const { return next != nullptr; }
};

// What a processor is to its channels.
class ChannelHome {
 public:
  virtual void retained_elsewhere(Channel& channel, bool sender) = 0;
  virtual void dropped(Channel& channel, bool sender) = 0;      // called on the home
  virtual void dropped_elsewhere(Channel& channel, bool sender) = 0;

 protected:
  ~ChannelHome() = default;
};

// The processor whose thread this is; null on all other threads.
extern thread_local constinit ChannelHome* this_home;

enum class SendStep : std::uint8_t { hand_over, store, wait, closed };
enum class ReceiveStep : std::uint8_t { got, wait, failed, ended };

class SenderEnd final : public vm::HostObject {
 public:
  void retain() override;
  void drop() override;
  std::uint64_t identity() const override;
  std::uint8_t role() const override { return static_cast<std::uint8_t>(vm::HandleRole::sender); }
  Channel& channel() const;
};

class ReceiverEnd final : public vm::HostObject {
 public:
  void retain() override;
  void drop() override;
  std::uint64_t identity() const override;
  std::uint8_t role() const override { return static_cast<std::uint8_t>(vm::HandleRole::receiver); }
  Channel& channel() const;
};

class Channel {
 public:
  // Begins with no end held: the maker retains both.
  Channel(ChannelHome* home, std::uint64_t id, std::uint32_t capacity, bool carries_references);
  ~Channel();                          // REQUIRES: nothing queued, nobody waits
  Channel(const Channel&) = delete;

  SenderEnd sender_end;                // first, so that the ends find their channel
  ReceiverEnd receiver_end;

  ChannelHome* home() const { return home_.load(std::memory_order_acquire); }
  void move_to(ChannelHome* home) { home_.store(home, std::memory_order_release); }
  std::uint64_t id() const { return id_; }
  bool carries_references() const { return references_; }
  std::uint32_t capacity() const { return capacity_; }

  void charge_to(Box& box);            // the sandbox that it counts for, until its end

  // ---- steps, on the home
  SendStep begin_send(Waiter*& receiver);
  void store(std::uint64_t value);
  ReceiveStep begin_receive(std::uint64_t& value, Waiter*& sender);
  void wait(Waiter& waiter);
  void withdraw(Waiter& waiter);       // REQUIRES: linked here
  bool can_send() const;               // would begin_send not wait?
  bool can_receive() const;

  // The last word of a fibril that failed. `error` is a message; REQUIRES: references or not, it is a vm::Message.
  void fail(std::uint64_t error);
  bool is_closed() const { return senders_ == 0; }
  bool has_ended() const { return senders_ == 0 && count_ == 0 && !senders_line_; }
  bool is_failed() const { return failed_; }
  bool has_receivers() const { return receivers_ > 0; }
  bool is_dead() const { return senders_ == 0 && receivers_ == 0; }

  // Takes waiting fibrils from the line, first come first: null when there is none of the kind.
  Waiter* next_sender() { return pop(senders_line_); }
  Waiter* next_receiver() { return pop(receivers_line_); }
  // Any arm of a select that waits here; null when there is none.
  Waiter* find_select_arm() const;
  // Takes what is queued, for disposal. `is_reference`: it is a vm::Message.
  bool take_queued(std::uint64_t& value, bool& is_reference);
  std::uint32_t queued() const { return count_; }

  // ---- counts
  void retain_here(bool sender) { ++(sender ? senders_ : receivers_); }
  void retain_elsewhere(bool sender) {
    (sender ? senders_elsewhere_ : receivers_elsewhere_).fetch_add(1, std::memory_order_relaxed);
  }
  // On the home: one handle is gone. True when it was the last of its kind.
  bool drop_here(bool sender);

 private:
  static Waiter* pop(Waiter*& line);
  void grow();
  std::uint64_t& item(std::uint32_t at) { return slots_ == 1 ? queue_.one : queue_.many[at & (slots_ - 1)]; }

  std::atomic<ChannelHome*> home_;
  std::uint64_t id_;
  Box* box_ = nullptr;
  // The last of those who wait, circular. Both lines at once only for a select that would send and receive here.
  Waiter* senders_line_ = nullptr;
  Waiter* receivers_line_ = nullptr;
  union {
    std::uint64_t one;
    std::uint64_t* many;
  } queue_{0};
  std::uint32_t slots_ = 1, head_ = 0, count_ = 0, capacity_;
  std::int32_t senders_ = 0, receivers_ = 0;
  std::atomic<std::int32_t> senders_elsewhere_{0}, receivers_elsewhere_{0};
  bool references_, failed_ = false;

 public:
  bool is_closing = false;             // its home is telling those who wait; it must not be freed meanwhile
};

}  // namespace m31::runtime
