#include "runtime/node.h"

#include <cstdio>
#include <sched.h>
#include <signal.h>

#include "kernel/base/ensure.h"
#include "runtime/box.h"
#include "runtime/driver_table.h"
#include "runtime/drivers/drivers.h"

namespace m31::runtime {

std::shared_ptr<Node> make_node(NodeOptions options) { return std::make_shared<Node>(std::move(options)); }

Node::Node(NodeOptions options) : options_(std::move(options)) {}

Node::~Node() {
  stopping_.store(true);
  for (std::uint16_t i = 0; i < processor_count(); ++i) processors_[i]->wake();
  for (std::thread& thread : threads_) thread.join();
  // Ends that were dropped are still on their way; with them go the channels.
  for (bool any = true; any;) {
    any = false;
    for (std::uint16_t i = 0; i < processor_count(); ++i) {
      processors_[i]->enter();
      any = processors_[i]->receive_parcels() || any;
      processors_[i]->leave();
    }
  }
  io_.stop();
  drivers_.clear();
}

bool Node::traces(std::string_view category) const {
  for (const std::string& wanted : options_.trace)
    if (wanted == category) return true;
  return false;
}

Driver* Node::driver(std::string_view name) {
  std::lock_guard lock(mutex_);
  for (auto& driver : drivers_)
    if (driver->name() == name) return driver.get();
  std::unique_ptr<Driver> made = make_driver(name, *this);
  if (!made) return nullptr;
  drivers_.push_back(std::move(made));
  return drivers_.back().get();
}

Driver* Node::driver_if_made(std::string_view name) {
  std::lock_guard lock(mutex_);
  for (auto& driver : drivers_)
    if (driver->name() == name) return driver.get();
  return nullptr;
}

std::shared_ptr<ParseClient> Node::parsers() {
  if (!parsers_) parsers_ = make_parse_client(io_, options_);
  return parsers_;
}

void Node::cancel_calls(std::uint64_t fibril) {
  std::lock_guard lock(mutex_);
  for (auto& driver : drivers_) driver->cancel(fibril);
}

unsigned Node::workers_max() const {
  unsigned cores = options_.processors;
  if (cores == 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    cores = sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set)) : 1;
  }
  // The thread in eval is one of them.
  return cores > processors_max / 2 ? processors_max / 2 : cores - 1;
}

Processor* Node::add_processor(bool takes_work) {
  const std::uint16_t index = count_.load(std::memory_order_relaxed);
  if (index == processors_max) return nullptr;
  processors_[index] = std::make_unique<Processor>(*this, index, takes_work);
  count_.store(static_cast<std::uint16_t>(index + 1), std::memory_order_release);
  return processors_[index].get();
}

Processor* Node::claim_processor() {
  std::lock_guard lock(mutex_);
  if (unclaimed_.empty()) return add_processor(false);
  Processor* processor = unclaimed_.back();
  unclaimed_.pop_back();
  return processor;
}

void Node::give_back(Processor& processor) {
  std::lock_guard lock(mutex_);
  unclaimed_.push_back(&processor);
}

void Node::end_box(Box& box, std::string kind, std::string message) {
  box.end(std::move(kind), std::move(message));
  for (std::uint16_t i = 0; i < processor_count(); ++i)
    processors_[i]->mailbox().post([processor = processors_[i].get(), held = hold(box)] { processor->kill_in(*held); });
}

void Node::end_in_time(Box& box) {
  const std::uint64_t now_ns = monotonic_ns(), end_ns = box.own_wall_end_ns();
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds(end_ns > now_ns ? end_ns - now_ns : 0));
  io_.after(wait, [this, held = hold(box)] { end_box(*held, "LimitExceeded", held->describe(Resource::wall)); });
}

bool Node::others_are_awake(std::uint16_t index) const {
  if (workers_.load(std::memory_order_relaxed) == 0) return false;
  for (std::uint16_t i = 0; i < processor_count(); ++i)
    if (i != index && processors_[i]->is_driven() && !processors_[i]->is_asleep()) return true;
  return false;
}

void Node::offer_work(Processor& from) {
  const unsigned workers = workers_.load(std::memory_order_relaxed);
  for (std::uint16_t i = 0; workers > 0 && i < processor_count(); ++i) {
    Processor& processor = *processors_[i];
    if (&processor != &from && processor.takes_work() && processor.is_asleep()) return processor.wake();
  }
  if (all_workers_started_.load(std::memory_order_relaxed)) return;
  std::lock_guard lock(mutex_);
  if (workers_.load() >= workers_max()) {
    all_workers_started_.store(true);
    return;
  }
  Processor* worker = add_processor(true);
  if (!worker) return;
  workers_.fetch_add(1);
  // Signals are for the thread of the face: a worker is made with all of them blocked.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  threads_.emplace_back([this, worker] { serve(*worker); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Node::serve(Processor& processor) {
  processor.enter();
  while (!is_stopping()) {
    processor.turn();
    processor.rest();
  }
  processor.leave();
}

}  // namespace m31::runtime
