// Processor: one strand of real time: a run queue, the fibrils on it, the channels that have their home
// here, timers, and rings to the other processors of the node. Nothing mutable is shared between two.
//
// A processor is driven by one thread at a time: a session's by the thread in Session::eval (so that
// `1 + 2` starts none), a worker by its own. All member functions are for that thread, but for `mailbox`,
// `wake` and what says otherwise.
//
//   drive:  letters and parcels → timers → a batch of fibrils → again; nothing left → idle
//   idle:   look around for a moment, ask others for work, else sleep until woken or a timer is due
//
// Code by theme: processor.cc (driving, life and death of fibrils), processor_channels.cc (what channels'
// steps mean here), processor_parcels.cc (what others say), balance.cc (sharing work),
// resume.cc, flush.cc, processor_boxes.cc, torment_legs.cc.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "runtime/channel.h"
#include "runtime/driver.h"
#include "runtime/fibril_host.h"
#include "runtime/fibril_record.h"
#include "runtime/mailbox.h"
#include "runtime/parcel.h"
#include "runtime/pool.h"
#include "runtime/replay_host.h"
#include "runtime/sleeper.h"
#include "runtime/timer_heap.h"

namespace m31::runtime {

class Box;
class Node;
class NucleusPeer;
struct Flow;
struct Trouble;

inline constexpr std::size_t processors_max = 64;

class Processor final : public ChannelHome {
 public:
  // takes_work: a worker, which asks others for fibrils; a session's processor keeps to its own.
  Processor(Node& node, std::uint16_t index, bool takes_work);
  ~Processor();

  // ---- any thread
  Mailbox& mailbox() { return mailbox_; }
  void wake() noexcept { sleeper_.wake(); }
  // Ends the rest that is or begins, so that whoever drives looks around; from a signal handler too.
  void deliver(Mailbox::Letter letter);          // an answer of a driver; late in torment builds
  void call() noexcept {
    called_.store(true, std::memory_order_seq_cst);
    sleeper_.wake();
  }
  bool is_asleep() const { return sleeper_.is_asleep(); }
  bool has_surplus() const { return surplus_.load(std::memory_order_relaxed); }
  bool takes_work() const { return takes_work_; }
  bool is_driven() const { return driven_.load(std::memory_order_relaxed); }
  std::uint16_t index() const { return index_; }
  Node& node() { return node_; }

  // ---- driving
  void enter() {
    this_home = this;
    driven_.store(true, std::memory_order_relaxed);
  }
  void leave() {
    driven_.store(false, std::memory_order_relaxed);
    this_home = nullptr;
  }
  void turn();                                   // letters, parcels, timers, one batch of fibrils
  bool is_idle() const;                          // nothing to run now
  void rest(std::uint64_t deadline_ns_max = 0);  // idle until something may have come
  std::uint64_t now_ns() const { return now_ns_; }

  // ---- fibrils
  FibrilRecord* make_record(vm::Fibril* vm, SessionState& session, const Cell* cell, std::uint64_t id);
  void make_runnable(FibrilRecord& fibril);
  // The wait of a fibril has ended (resume.cc).
  void resume(FibrilRecord& fibril, vm::Slot value);
  void resume(FibrilRecord& fibril, const data::Datum& value);
  void resume_select(FibrilRecord& fibril, std::uint32_t arm, vm::Slot message, bool is_ref);
  void resume_error(FibrilRecord& fibril, vm::Slot boxed);
  void resume_error(FibrilRecord& fibril, std::string_view kind, std::string_view message, std::int64_t code = 0);
  void resume_again(FibrilRecord& fibril);
  void bury(FibrilRecord& fibril);               // frees it and what it holds
  void kill(FibrilRecord& fibril);               // now, or as soon as what it lent out is back
  void kill_before(SessionState& session, std::uint32_t generation);
  void put_in(FibrilRecord& fibril, Box& box);   // REQUIRES: charged with one fibril already
  void kill_in(const Box& box);                  // that is over
  SessionPart& part_of(SessionState& session);
  void wait_outside(FibrilRecord& fibril, FibrilState state);   // counts it as waiting for the world
  void back_from_outside(FibrilRecord& fibril);                 // and as back
  std::shared_ptr<PendingCall> open_call(FibrilRecord& fibril, FibrilState state);
  FibrilRecord* close_call(PendingCall& call);   // null when nobody waits for it any more
  void on_reply(PendingCall& call, const Reply& reply);   // of a driver, to the fibril that still waits for it
  void on_flow(PendingCall& call, vm::HostObject* adopted, std::shared_ptr<Flow> flow);   // likewise: the stream that it opened
  void set_timer(FibrilRecord& fibril, std::uint64_t deadline_ns);
  void forget_root(FibrilRecord& fibril);        // frees the record of a root that has ended; its VM state stays
  void forget_session(SessionState& session);    // REQUIRES: no fibrils of it here

  void report_trouble(SessionState& session, Trouble trouble);   // to the session's home; ends its cell
  void print(SessionState& session, std::string text);

  // ---- channels (processor_channels.cc)
  Channel* make_channel(std::uint32_t capacity, bool carries_references);
  void retained_elsewhere(Channel& channel, bool sender) override { channel.retain_elsewhere(sender); }
  void dropped(Channel& channel, bool sender) override;
  void dropped_elsewhere(Channel& channel, bool sender) override;
  void operate(Waiter& waiter);                  // on the home: does it, or lets it wait
  void settle(Waiter& waiter, WaitOutcome outcome);
  void finish_wait(Waiter& waiter);              // on the fibril's processor: outcome is in
  void last_word(Channel& channel, std::uint64_t message, bool is_error, bool is_reference);
  void leave_for(FibrilRecord& fibril, Processor& to);   // it blocks now, and does its call again there
  bool gather(FibrilRecord& fibril, Channel& channel);   // of a select; true: it waits, and will ask again
  void bring(Channel& channel, Processor& to, FibrilRecord& fibril);
  void gathered(FibrilRecord& fibril);
  void leave_select(FibrilRecord& fibril, const Waiter* chosen = nullptr);   // takes its arms from their channels

  // ---- other processors
  bool is_at_rest(SessionState& session, bool collect_first);
  void answer_probe(Processor& from, SessionState& session, const Parcel& question);
  void post(Processor& to, Parcel parcel);
  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }

 private:
  friend class Node;
  friend class FibrilHost;
  friend class ReplayHost;

  void adopt(FibrilRecord& fibril, SessionState& session);
  void release(FibrilRecord& fibril);
  void run_one(FibrilRecord& fibril);
  vm::RunStatus run_boxed(FibrilRecord& fibril);
  void charge_memory(FibrilRecord& fibril);
  void leave_box(FibrilRecord& fibril);
  vm::RunStatus run_leg(FibrilRecord& fibril);
  vm::RunStatus run_elsewhere(FibrilRecord& fibril, vm::Host& host, std::int64_t fuel);
  void begin_log(FibrilRecord& fibril);
  void trace(const FibrilRecord& fibril, std::string_view what, const FibrilRecord* other = nullptr) const;
  bool dies_here(FibrilRecord& fibril);
  void restart(FibrilRecord& fibril);
  void finish(FibrilRecord& fibril, bool failed);
  bool flush_at_end(FibrilRecord& fibril);
  void finish_unflushed(FibrilRecord& fibril, Trouble why);
  void tell_parent(FibrilRecord& fibril, bool failed);
  void die(FibrilRecord& fibril);
  void came_back(FibrilRecord& fibril);
  void run_timers();
  bool receive_parcels();
  void on_parcel(const Parcel& parcel);
  void fire(FibrilRecord& fibril);
  void raise_in(FibrilRecord& fibril, vm::Slot boxed);
  void post_held_back();
  void tell_withdrawn(Waiter& waiter);
  void give_work(Processor& to);
  void take_in(FibrilRecord& fibril, SessionState& session, bool calls_again);
  void send_away(FibrilRecord& fibril, Processor& to, bool calls_again);
  void look_for_work();
  void update_surplus();
  void dispose(Channel& channel);
  void senders_gone(Channel& channel);
  void receivers_gone(Channel& channel);
  ParcelRing* road_from(std::uint16_t index);

  Node& node_;
  const std::uint16_t index_;
  const bool takes_work_;
  const bool traces_;                            // --trace=fibril
  std::atomic<bool> driven_{false};
  std::atomic<bool> called_{false};
  Sleeper sleeper_;
  Mailbox mailbox_;
  FibrilHost host_;
  ReplayHost replay_host_;
  std::unique_ptr<NucleusPeer> peer_;            // torment
  std::uint64_t suspensions_ = 0;
  std::atomic<std::uint64_t> answers_{0};
  RunQueue queue_;
  TimerHeap timers_;
  Pool<FibrilRecord> records_;
  Pool<Channel> channels_;
  std::vector<std::unique_ptr<SessionPart>> parts_;
  std::uint64_t next_channel_ = 1;
  std::uint64_t now_ns_ = 0;
  std::uint64_t sent_ = 0, received_ = 0;
  bool slice_used_up_ = false;                   // in this turn, by some fibril
  std::uint32_t heavy_ = 0;                      // movable fibrils in the queue that used up a slice
  bool turns_are_long_ = false;                  // any fibril in the queue is worth moving
  vm::Slot error_to_raise_ = 0;                  // in the heap of the fibril that has just blocked
  bool replayed_error_ = false;                  // that one came from its log
  FibrilRecord* leaving_ = nullptr;              // has just blocked in a call that it will do elsewhere
  Processor* leaving_for_ = nullptr;
  bool asked_ = false;                           // an `ask` is under way
  std::uint16_t ask_next_ = 0;
  std::atomic<bool> surplus_{false};

  std::array<std::atomic<ParcelRing*>, processors_max> roads_in_{};   // made by the sender, owned here
  std::array<std::unique_ptr<std::deque<Parcel>>, processors_max> held_back_;   // when a ring was full
  bool holds_back_ = false;
};

inline Processor* this_processor() { return static_cast<Processor*>(this_home); }

}  // namespace m31::runtime
