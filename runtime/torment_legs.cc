// What torment builds add to a processor: legs in another process, deaths and restarts, late answers (torment.h).
#include "runtime/drivers/write_buffer.h"
#include "runtime/node.h"
#include "runtime/nucleus_peer.h"
#include "runtime/processor.h"
#include "runtime/replay.h"
#include "runtime/session_state.h"

#include <cstdio>
#include <cstdlib>

namespace m31::runtime {

namespace {

constexpr std::uint64_t one_death_in = 23;       // suspensions
constexpr std::uint64_t delay_ms_max = 5;

const code::FnCode* find_code(void* source, std::string_view identity, std::uint64_t hash) {
  const code::FnCode* code = static_cast<CodeSource*>(source)->find(identity);
  return code && code->hash == hash ? code : nullptr;
}

bool holds_stream(vm::Fibril& fibril) {
  bool found = false;
  vm::for_each_handle(
      fibril,
      [](void* context, vm::HostObject* object) {
        if (object->role() == static_cast<std::uint8_t>(vm::HandleRole::stream)) *static_cast<bool*>(context) = true;
      },
      &found);
  return found;
}

}  // namespace

vm::RunStatus Processor::run_elsewhere(FibrilRecord& fibril, vm::Host& host, std::int64_t fuel) {
  const Torment& torment = node_.torment();
  CodeSource* code = fibril.part->session->code;
  // That a fibril was killed is no part of what travels: its end is told here.
  if (torment.peer.empty() || !code || fibril.part->session->trouble) return vm::run(*fibril.vm, host, fuel);
  if (!peer_) peer_ = NucleusPeer::start(torment.peer);
  if (!peer_) {
    std::fprintf(stderr, "m31: cannot start the nucleus process %s\n", torment.peer.c_str());
    std::abort();
  }
  switch (peer_->run(fibril.vm, fuel, *code)) {
    case NucleusPeer::Leg::stays: break;
    case NucleusPeer::Leg::yielded: return vm::RunStatus::yielded;
    case NucleusPeer::Leg::blocked:
      vm::retry(*fibril.vm);                     // the call it waits in is done here
      fuel = 1;
      break;
  }
  return vm::run(*fibril.vm, host, fuel);
}

void Processor::begin_log(FibrilRecord& fibril) {
  if (node_.torment().kill_seed == 0 || !fibril.part->session->code) return;
  fibril.extra().log = std::make_unique<ReplayLog>(*fibril.vm);
}

// After a suspension: does it die here? Only where nothing of it is lent to another processor.
bool Processor::dies_here(FibrilRecord& fibril) {
  if (!fibril.extra_ || !fibril.extra_->log || fibril.state == FibrilState::gathering || leaving_ || error_to_raise_) return false;
  if (mix(node_.torment().kill_seed + index_, suspensions_++) % one_death_in != 0) return false;
  if (fibril.state == FibrilState::at_channel && fibril.waiter.channel->home() != this) return false;
  return !holds_stream(*fibril.vm);
}

void Processor::restart(FibrilRecord& fibril) {
  FibrilExtra& extra = *fibril.extra_;
  vm::Fibril* again = extra.log->restart(&find_code, fibril.part->session->code);
  if (!again) {
    std::fprintf(stderr, "m31: a fibril's first state cannot be read again\n");
    std::abort();
  }
  if (traces_) trace(fibril, "killed and started again");
  vm::set_host_data(*again, &fibril);
  vm::destroy(fibril.vm);
  fibril.vm = again;
  fibril.is_restarting = false;
  ++fibril.epoch;
  extra.writes.reset();
  extra.flushes = 0;
  extra.select.reset();
  make_runnable(fibril);
}

void Processor::deliver(Mailbox::Letter letter) {
  const std::uint64_t seed = node_.torment().delay_seed;
  if (seed == 0) return mailbox_.post(std::move(letter));
  const std::uint64_t delay_ms = mix(seed, answers_.fetch_add(1)) % (delay_ms_max + 1);
  node_.io().after(std::chrono::milliseconds(delay_ms), [this, letter = std::move(letter)]() mutable { mailbox_.post(std::move(letter)); });
}

}  // namespace m31::runtime
