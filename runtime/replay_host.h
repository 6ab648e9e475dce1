// ReplayHost: the host of a fibril that has a ReplayLog: gives what was logged while there is some, then lets
// the real host do the call and logs what it gave.
#pragma once

#include "runtime/fibril_host.h"

namespace m31::runtime {

class ReplayHost final : public vm::Host {
 public:
  ReplayHost(Processor& processor, FibrilHost& real) : processor_(processor), real_(real) {}

  vm::HostStatus make_channel(vm::HostCall& call, std::uint32_t capacity) override;
  vm::HostStatus send(vm::HostCall& call) override;
  vm::HostStatus receive(vm::HostCall& call) override;
  vm::HostStatus close(vm::HostCall& call) override;
  vm::HostStatus spawn(vm::HostCall& call, const code::FnCode* code) override;
  vm::HostStatus parent(vm::HostCall& call, bool receiver) override;
  vm::HostStatus select(vm::HostCall& call, std::uint32_t arm_count) override;
  vm::HostStatus operation(vm::HostCall& call, std::string_view name) override;

 private:
  template <class Do>
  vm::HostStatus once(vm::HostCall& call, bool flushes, Do&& really);

  Processor& processor_;
  FibrilHost& real_;
};

}  // namespace m31::runtime
