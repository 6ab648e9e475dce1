// A fibril's wait has ended: what it waited for becomes the outcome of its host call, and it can run again. The one
// way back for every wait, so that what fibrils are told can be logged in one place.
#include "kernel/vm/raise.h"
#include "runtime/processor.h"
#include "runtime/replay.h"

namespace m31::runtime {

namespace {
ReplayLog* log_of(FibrilRecord& fibril) { return fibril.extra_ ? fibril.extra_->log.get() : nullptr; }
}  // namespace

void Processor::resume(FibrilRecord& fibril, vm::Slot value) {
  if (ReplayLog* log = log_of(fibril)) {
    const bool is_ref = vm::pending_type(*fibril.vm)->is_ref;
    if (is_ref && value) {
      vm::Root root(vm::heap_of(*fibril.vm), value);
      log->record_value(vm::heap_of(*fibril.vm), root.get(), true);
      value = root.get();
    } else {
      log->record_value(vm::heap_of(*fibril.vm), value, is_ref);
    }
  }
  vm::complete(*fibril.vm, value);
  make_runnable(fibril);
}

void Processor::resume(FibrilRecord& fibril, const data::Datum& value) {
  resume(fibril, vm::build(vm::heap_of(*fibril.vm), vm::pending_type(*fibril.vm), value));
}

void Processor::resume_select(FibrilRecord& fibril, std::uint32_t arm, vm::Slot message, bool is_ref) {
  if (ReplayLog* log = log_of(fibril)) {
    vm::Root root(vm::heap_of(*fibril.vm), is_ref ? message : 0);
    log->record_select(vm::heap_of(*fibril.vm), arm, message, is_ref);
    if (is_ref) message = root.get();
  }
  vm::complete_select(*fibril.vm, arm, message);
  make_runnable(fibril);
}

void Processor::resume_error(FibrilRecord& fibril, vm::Slot boxed) {
  if (ReplayLog* log = log_of(fibril)) {
    vm::Root root(vm::heap_of(*fibril.vm), boxed);
    log->record_error(vm::heap_of(*fibril.vm), boxed);
    boxed = root.get();
  }
  vm::fail(*fibril.vm, boxed);
  make_runnable(fibril);
}

void Processor::resume_error(FibrilRecord& fibril, std::string_view kind, std::string_view message, std::int64_t code) {
  resume_error(fibril, vm::make_error(vm::heap_of(*fibril.vm), kind, message, code));
}

// The error of another fibril, found in its call by the fibril that has just blocked for it; or a logged one, which
// needs no second entry.
void Processor::raise_in(FibrilRecord& fibril, vm::Slot boxed) {
  if (replayed_error_) {
    replayed_error_ = false;
    vm::fail(*fibril.vm, boxed);
    make_runnable(fibril);
  } else {
    resume_error(fibril, boxed);
  }
}

// The host call or native word that waited is done again.
void Processor::resume_again(FibrilRecord& fibril) {
  vm::retry(*fibril.vm);
  make_runnable(fibril);
}

}  // namespace m31::runtime
