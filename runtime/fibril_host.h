// FibrilHost: the mantle's side of vm::Host: what a fibril that runs on a processor may ask of the
// world. Either answered at once, or the fibril is parked and the processor completes it later.
//
// Code by theme: host_channels.cc, host_spawn.cc, host_operations.cc, host_boxes.cc.
#pragma once

#include "kernel/vm/host.h"

namespace m31::runtime {

struct Call;
class Channel;
class Driver;
class Processor;
struct FibrilRecord;

class FibrilHost final : public vm::Host {
 public:
  explicit FibrilHost(Processor& processor) : processor_(processor) {}

  vm::HostStatus make_channel(vm::HostCall& call, std::uint32_t capacity) override;
  vm::HostStatus send(vm::HostCall& call) override;
  vm::HostStatus receive(vm::HostCall& call) override;
  vm::HostStatus close(vm::HostCall& call) override;
  vm::HostStatus spawn(vm::HostCall& call, const code::FnCode* code) override;
  vm::HostStatus parent(vm::HostCall& call, bool receiver) override;
  vm::HostStatus select(vm::HostCall& call, std::uint32_t arm_count) override;
  vm::HostStatus operation(vm::HostCall& call, std::string_view name) override;

 private:
  friend class ReplayHost;

  // Buffered writes go out before an act that others can see. True: the fibril waits, and will ask again.
  bool flush_first(vm::HostCall& call);
  void start_flush(FibrilRecord& fibril);
  vm::HostStatus write(vm::HostCall& call, bool replaces);   // fs.invoke, fs.put
  vm::Slot pair_of_handles(vm::Heap& heap, Channel& to, Channel& from);
  bool goes_home(FibrilRecord& fibril, Channel& channel);
  void park(FibrilRecord& fibril, Channel& channel);
  vm::HostStatus raise_value(FibrilRecord& fibril, vm::Slot boxed);
  // Ends the fibril that goes over a limit of its sandbox, and nobody else; it cannot catch that.
  vm::HostStatus end_offender(vm::HostCall& call, std::string message);
  vm::HostStatus make_box(vm::HostCall& call);
  vm::HostStatus admit(vm::HostCall& call, std::string_view operation);   // of a fibril in a sandbox; done: it may
  vm::HostStatus call_driver(vm::HostCall& call, std::string_view name);
  vm::HostStatus sleep(vm::HostCall& call);
  Call question_of(vm::HostCall& call, std::string_view name);   // without its arguments
  void ask_driver(Driver& driver, FibrilRecord& fibril, Call question);
  vm::HostStatus open_files(vm::HostCall& call);
  vm::HostStatus open_stored(vm::HostCall& call);
  vm::HostStatus open_space(vm::HostCall& call);
  vm::HostStatus import_files(vm::HostCall& call);

  Processor& processor_;
};

}  // namespace m31::runtime
