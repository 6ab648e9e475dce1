// Fibrils in sandboxes: what each leg uses up is charged, and a box that is over takes with it what runs there.
#include "runtime/box.h"
#include "runtime/node.h"
#include "runtime/processor.h"
#include "runtime/session_state.h"

namespace m31::runtime {

void Processor::put_in(FibrilRecord& fibril, Box& box) {
  box.retain();
  fibril.box = &box;
}

void Processor::leave_box(FibrilRecord& fibril) {
  Box* box = std::exchange(fibril.box, nullptr);
  if (!box) return;
  box->give(Resource::fibrils, 1);
  box->give(Resource::memory, static_cast<std::int64_t>(fibril.charged_bytes));
  box->drop();
}

// One leg, with what it takes of memory and time. What lives in the heap may grow by what is left in the box; more ends the fibril.
vm::RunStatus Processor::run_boxed(FibrilRecord& fibril) {
  Box& box = *fibril.box;
  if (const Box* over = box.over()) vm::kill(*fibril.vm, over->end_kind(), over->end_message());
  // Said before each leg, for a fibril that was restored knows of no box.
  if (const std::int64_t stack = box.least(Resource::stack); stack != INT64_MAX)
    if (!vm::set_stack_max(*fibril.vm, static_cast<std::size_t>(stack), box.stack_message()))
      vm::kill(*fibril.vm, "LimitExceeded", box.stack_message());
  if (vm::is_killed(*fibril.vm)) return vm::run(*fibril.vm, host_, 1);   // its last leg runs nothing
  const std::int64_t left = box.left(Resource::memory);
  const bool has_limit = left != INT64_MAX;
  if (has_limit) vm::set_memory_max(*fibril.vm, fibril.charged_bytes + static_cast<std::size_t>(left), box.memory_message());
  const std::uint64_t began_ns = monotonic_ns();
  const vm::RunStatus status = run_leg(fibril);
  box.charge(Resource::time, static_cast<std::int64_t>(monotonic_ns() - began_ns));
  if (has_limit) {
    charge_memory(fibril);
    if (box.exceeded(Resource::memory) && status != vm::RunStatus::trapped) {
      vm::collect(vm::heap_of(*fibril.vm));
      charge_memory(fibril);
      if (box.exceeded(Resource::memory)) vm::kill(*fibril.vm, "LimitExceeded", box.memory_message());
    }
  }
  if (Box* used_up = box.exceeded(Resource::time); used_up && !used_up->over())
    node_.end_box(*used_up, "LimitExceeded", used_up->describe(Resource::time));
  return status;
}

void Processor::charge_memory(FibrilRecord& fibril) {
  const std::size_t bytes = vm::used_bytes(*fibril.vm);
  fibril.box->charge(Resource::memory, static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(fibril.charged_bytes));
  fibril.charged_bytes = bytes;
}

void Processor::kill_in(const Box& box) {
  for (auto& part : parts_) {
    FibrilRecord* next = nullptr;
    for (FibrilRecord* fibril = part->first; fibril; fibril = next) {
      next = fibril->next;
      if (fibril->box && fibril->box->is_inside(box)) kill(*fibril);
    }
  }
}

}  // namespace m31::runtime
