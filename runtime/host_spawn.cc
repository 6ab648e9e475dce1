// Spawn: a new fibril on this processor, with copies of its arguments and of the globals that its code reads, and
// two buffered channels between it and its parent.
#include "kernel/base/ensure.h"
#include "runtime/box.h"
#include "runtime/fibril_host.h"
#include "runtime/node.h"
#include "runtime/packing.h"
#include "runtime/processor.h"
#include "runtime/session_state.h"

#include <cstdio>
#include <string>

namespace m31::runtime {

using vm::HostCall;
using vm::HostStatus;

namespace {

#ifdef M31_TORMENT
constexpr std::uint32_t spawn_capacity = 1;
#else
constexpr std::uint32_t spawn_capacity = 64;   // messages before a sender to its parent or child has to wait
#endif

// Copies a slot into the child; its argument slots may move while its heap grows.
void give_argument(vm::Fibril& child, std::uint32_t index, vm::Slot value, bool is_ref) {
  const vm::Slot copy = copy_across(vm::heap_of(child), value, is_ref);
  vm::argument_slots(child)[index] = copy;
}

// More than 32 captures are preceded by their pointer map, as in a wide Fixed.
vm::Slot captured(vm::Slot closure, std::uint32_t i) {
  const auto* c = vm::as<vm::Closure>(closure);
  if (c->header & vm::flag_wide) {
    std::uint32_t words = 1;
    while (words + 64 * words < c->count()) ++words;
    i += words;
  }
  return c->captures[i];
}

}  // namespace

std::string name_of(const FibrilRecord& fibril) {
  char id[24];
  std::snprintf(id, sizeof id, "#%llx", static_cast<unsigned long long>(fibril.id >> 32));
  return (fibril.instance ? fibril.instance->name : std::string("fibril")) + id;
}

HostStatus FibrilHost::spawn(HostCall& call, const code::FnCode* code) {
  if (flush_first(call)) return HostStatus::blocked;
  FibrilRecord& parent = record_of(call.fibril);
  SessionState& session = *parent.part->session;

  // One argument more than the function takes: the sandbox that the child runs in comes first.
  const bool is_boxed = code && call.arg_count == code->instance->parameter_count + 1;
  Box* box = is_boxed ? static_cast<Box*>(vm::as<vm::Handle>(call.args[0])->object) : parent.box;
  if (!is_boxed && box)
    if (std::string why = box->refusal("sys"); !why.empty()) return call.raise("Denied", why);
  if (is_boxed) {
    if (box->is_revoked()) return call.raise("Denied", box->refusal("sys"));
    if (const Box* over = box->over()) return call.raise(over->end_kind(), over->end_message());
  }
  if (box)
    if (const Box* refusing = box->take(Resource::fibrils, 1)) {
      // Who is outside of the box that is full may catch it; who is inside is the offender.
      if (!parent.box || !parent.box->is_inside(*refusing)) return call.raise("LimitExceeded", refusing->describe(Resource::fibrils));
      return end_offender(call, refusing->describe(Resource::fibrils));
    }

  const std::uint64_t number = session.fibrils.fetch_add(1, std::memory_order_relaxed);
  if (number >= session.fibrils_max) {
    session.fibrils.fetch_sub(1, std::memory_order_relaxed);
    if (box) box->give(Resource::fibrils, 1);
    // Not for the fibril alone, and not to be caught: its whole cell ends.
    const std::string message = "the limit of " + std::to_string(session.fibrils_max) + " fibrils (--fibrils) was reached: fibril " +
                                name_of(parent) + " cannot spawn another";
    processor_.report_trouble(session, {"LimitExceeded", message});
    return call.raise("LimitExceeded", message);
  }

  const vm::Slot closure = code ? 0 : call.args[0];
  if (!code) code = static_cast<const code::FnCode*>(vm::as<vm::Closure>(closure)->code);
  vm::Fibril* child = vm::make_fibril(code, {});
  std::uint32_t at = 0;
  for (std::uint32_t i = closure || is_boxed ? 1 : 0; i < call.arg_count; ++i, ++at)
    give_argument(*child, at, call.args[i], call.types[i]->is_ref);
  if (closure) {
    const auto& locals = code->instance->locals;
    for (std::uint32_t i = 0; i < code->capture_count; ++i, ++at)
      give_argument(*child, at, captured(closure, i), locals[at].type->is_ref);
  }
  // A child's environment is what its parent's was when it was spawned.
  for (std::string_view symbol : code->instance->globals) {
    auto known = parent.cell->global_types.find(std::string(symbol));
    if (known == parent.cell->global_types.end()) continue;
    const types::Type* type = known->second;
    if (vm::global_type(call.fibril, symbol) != type) continue;   // not set yet: reading it is an error there too
    const vm::Slot value = vm::get_global(call.fibril, symbol);
    vm::set_global(*child, symbol, type, copy_across(vm::heap_of(*child), value, type->is_ref));
  }

  FibrilRecord& fibril = *processor_.make_record(child, session, parent.cell, child_id(parent.id, parent.spawned++));
  fibril.instance = code->instance;
  if (box) processor_.put_in(fibril, *box);
  const core::FnInstance& instance = *code->instance;
  processor_.begin_log(fibril);
  if (processor_.traces_) processor_.trace(fibril, "spawned by", &parent);
  fibril.in = processor_.make_channel(spawn_capacity, instance.in && instance.in->is_ref);
  fibril.out = processor_.make_channel(spawn_capacity, instance.out && instance.out->is_ref);
  fibril.in->receiver_end.retain();
  fibril.out->sender_end.retain();
  const vm::Slot ends = pair_of_handles(vm::heap_of(call.fibril), *fibril.in, *fibril.out);
  *call.result = ends;
  processor_.make_runnable(fibril);
  return HostStatus::done;
}

}  // namespace m31::runtime
