#include "runtime/replay.h"

#include "kernel/base/ensure.h"
#include "runtime/packing.h"

namespace m31::runtime {

ReplayLog::ReplayLog(vm::Fibril& fibril) {
  start_ = vm::serialise(fibril, handles_);
  for (vm::HostObject* handle : handles_) handle->retain();
}

ReplayLog::~ReplayLog() {
  for (const Outcome& outcome : outcomes_)
    discard_packed(outcome.slot, outcome.is_ref);
  for (vm::HostObject* handle : handles_) handle->drop();
}

vm::Fibril* ReplayLog::restart(vm::FindCode find_code, void* context) {
  auto fibril = vm::restore(start_, find_code, context, handles_, {});
  if (!fibril) return nullptr;
  next_ = 0;
  return *fibril;
}

void ReplayLog::record_value(vm::Heap& heap, vm::Slot value, bool is_ref) {
  outcomes_.push_back({Outcome::Kind::value, 0, is_ref, pack(heap, value, is_ref)});
  next_ = outcomes_.size();
}

void ReplayLog::record_select(vm::Heap& heap, std::uint32_t arm, vm::Slot message, bool is_ref) {
  outcomes_.push_back({Outcome::Kind::select, arm, is_ref, pack(heap, message, is_ref)});
  next_ = outcomes_.size();
}

void ReplayLog::record_error(vm::Heap& heap, vm::Slot boxed) {
  outcomes_.push_back({Outcome::Kind::error, 0, true, pack(heap, boxed, true)});
  next_ = outcomes_.size();
}

ReplayLog::Outcome ReplayLog::next(vm::Heap& heap) {
  ENSURE(is_replaying(), next_);
  Outcome& kept = outcomes_[next_++];
  Outcome given = kept;
  if (kept.is_ref && kept.slot) {
    // A message is consumed by attaching it, so the log keeps a copy of the copy.
    vm::Root value(heap, unpack(heap, kept.slot, true));
    kept.slot = pack(heap, value.get(), true);
    given.slot = value.get();
  }
  return given;
}

}  // namespace m31::runtime
