// Node: what the sessions of one process share: processors, the I/O thread, drivers, the store. It
// starts nothing by itself: a worker thread when some processor has work to share, the I/O
// thread and a driver at the first call, the store when `fs` is first named.
//
// Thread: any, unless said otherwise. Processors are never removed, only claimed again.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/driver.h"
#include "runtime/io/io_thread.h"
#include "runtime/pool.h"
#include "runtime/processor.h"
#include "runtime/session.h"
#include "runtime/torment.h"

namespace m31::runtime {

class Box;
class ParseClient;

class Node {
 public:
  explicit Node(NodeOptions options);
  ~Node();                                       // REQUIRES: no session is left

  const NodeOptions& options() const { return options_; }
  Slabs& slabs() { return slabs_; }
  IoThread& io() { return io_; }
  Driver* driver(std::string_view name);         // made at first use; null when there is none
  std::shared_ptr<ParseClient> parsers();        // for driver_table.cc, under the driver's lock
  Driver* driver_if_made(std::string_view name);
  void cancel_calls(std::uint64_t fibril);       // of all drivers that were made

  // A processor for a session: its own until given back. Null when there are too many sessions.
  Processor* claim_processor();
  void give_back(Processor& processor);
  Processor& processor(std::uint16_t index) { return *processors_[index]; }
  std::uint16_t processor_count() const { return count_.load(std::memory_order_acquire); }
  unsigned workers_max() const;
  bool has_workers() const { return workers_.load(std::memory_order_relaxed) > 0; }

  void offer_work(Processor& from);              // starts or wakes a worker
  bool others_are_awake(std::uint16_t index) const;
  bool is_stopping() const { return stopping_.load(std::memory_order_relaxed); }

  void end_box(Box& box, std::string kind, std::string message);   // with all that runs in it; any thread
  void end_in_time(Box& box);                    // when the wall time that it may take is over

  bool traces(std::string_view category) const;
  const Torment& torment() const { return torment_; }

 private:
  Processor* add_processor(bool takes_work);     // under mutex_
  void serve(Processor& processor);

  const NodeOptions options_;
  const Torment torment_ = Torment::from_environment();
  Slabs slabs_;
  IoThread io_;
  std::mutex mutex_;                             // guards what follows, but for the atomics
  std::array<std::unique_ptr<Processor>, processors_max> processors_;
  std::atomic<std::uint16_t> count_{0};
  std::vector<Processor*> unclaimed_;
  std::vector<std::thread> threads_;
  std::vector<std::unique_ptr<Driver>> drivers_;
  std::shared_ptr<ParseClient> parsers_;
  std::atomic<unsigned> workers_{0};
  std::atomic<bool> all_workers_started_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace m31::runtime
