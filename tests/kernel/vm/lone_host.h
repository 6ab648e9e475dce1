// A host for one fibril alone: one unbounded queue behind every channel end, blocked receives are given what the test
// says. Counts what is asked of it.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "kernel/vm/fibril.h"

namespace m31::test {

struct TestHandle : vm::HostObject {
  int count = 1;
  std::uint8_t the_role;
  explicit TestHandle(vm::HandleRole role) : the_role(static_cast<std::uint8_t>(role)) {}
  virtual ~TestHandle() = default;
  void retain() override { ++count; }
  void drop() override {
    if (--count == 0) delete this;
  }
  std::uint64_t identity() const override { return 7; }
  std::uint8_t role() const override { return the_role; }
};

struct LoneHost : vm::Host {
  std::vector<std::string> operations;
  std::vector<data::Datum> sent;
  std::deque<data::Datum> incoming;      // what receive gives; then Ended
  bool block_receives = false;

  vm::HostStatus make_channel(vm::HostCall& call, std::uint32_t) override {
    const types::Type* type = call.result_type;
    vm::Heap& heap = vm::heap_of(call.fibril);
    vm::Root sender(heap, vm::make_handle(heap, new TestHandle(vm::HandleRole::sender)));
    vm::Root receiver(heap, vm::make_handle(heap, new TestHandle(vm::HandleRole::receiver)));
    vm::Slot pair = vm::make_fixed(heap, 2, 3);
    vm::as<vm::Fixed>(pair)->slots[0] = sender.get();
    vm::as<vm::Fixed>(pair)->slots[1] = receiver.get();
    (void)type;
    *call.result = pair;
    return vm::HostStatus::done;
  }
  vm::HostStatus send(vm::HostCall& call) override {
    sent.push_back(vm::read(call.types[1], call.args[1]));
    *call.result = 0;
    return vm::HostStatus::done;
  }
  vm::HostStatus receive(vm::HostCall& call) override {
    if (block_receives) return vm::HostStatus::blocked;
    if (incoming.empty()) return call.raise("Ended", "the channel has ended");
    vm::Slot value = vm::build(vm::heap_of(call.fibril), call.result_type, incoming.front());
    incoming.pop_front();
    *call.result = value;
    return vm::HostStatus::done;
  }
  vm::HostStatus close(vm::HostCall&) override { return vm::HostStatus::done; }
  vm::HostStatus spawn(vm::HostCall& call, const code::FnCode*) override { return call.raise("Unavailable", "spawn"); }
  vm::HostStatus parent(vm::HostCall& call, bool receiver) override {
    auto role = receiver ? vm::HandleRole::receiver : vm::HandleRole::sender;
    *call.result = vm::make_handle(vm::heap_of(call.fibril), new TestHandle(role));
    return vm::HostStatus::done;
  }
  vm::HostStatus select(vm::HostCall&, std::uint32_t) override { return vm::HostStatus::blocked; }
  vm::HostStatus operation(vm::HostCall& call, std::string_view name) override {
    operations.emplace_back(name);
    return call.raise("Unavailable", name);
  }
};

// Runs to the end (or to a block, which fails the test by its status).
inline vm::RunStatus run_to_end(vm::Fibril& fibril, vm::Host& host) {
  vm::RunStatus status;
  do status = vm::run(fibril, host, 1'000'000);
  while (status == vm::RunStatus::yielded);
  return status;
}

}  // namespace m31::test
