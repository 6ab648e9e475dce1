// Fibrils: made, completed, looked at. Running them is interpreter.cc's.
#include "kernel/vm/fibril.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "kernel/code/call_site.h"
#include "kernel/code/symbols.h"
#include "kernel/vm/block.h"
#include "kernel/vm/frames.h"
#include "kernel/vm/ops.h"
#include "kernel/vm/raise.h"

namespace m31::vm {
namespace {

constexpr std::size_t header_bytes = (sizeof(Fibril) + 7) & ~std::size_t{7};
constexpr std::size_t heap_min_bytes = 64;
static_assert(header_bytes + heap_min_bytes < fibril_block_bytes);

const code::FnCode::CallSite& pending_site(const Fibril& fibril) {
  ENSURE(fibril.state == State::blocked, static_cast<std::uint64_t>(fibril.state));
  return fibril.code->call_sites[fibril.pc->b];
}

}  // namespace

Fibril* make_fibril(const code::FnCode* code, const Limits& limits) {
  void* block = take_fibril_block();
  auto* fibril = new (block) Fibril;
  char* bytes = static_cast<char*>(block);
  std::size_t slots = frame_header_slots + code->register_count;
  std::size_t room = fibril_block_bytes - header_bytes;
  if (slots * 8 + heap_min_bytes <= room) {
    fibril->stack = reinterpret_cast<Slot*>(bytes + header_bytes);
    // What is left is shared out: a few more slots for a first call, the rest for the heap.
    std::size_t spare = (room - slots * 8 - heap_min_bytes) / 2 / 8;
    fibril->stack_end = fibril->stack + slots + std::min<std::size_t>(spare, 12);
    fibril->heap.begin = reinterpret_cast<char*>(fibril->stack_end);
  } else {
    slots += 16;
    fibril->stack = static_cast<Slot*>(std::malloc(slots * 8));
    ENSURE(fibril->stack != nullptr, slots);
    fibril->stack_end = fibril->stack + slots;
    fibril->stack_in_block = false;
    fibril->heap.begin = bytes + header_bytes;
  }
  fibril->heap.bump = fibril->heap.begin;
  fibril->heap.limit = bytes + fibril_block_bytes;
  fibril->heap.bytes_max = limits.heap_bytes_max;
  fibril->stack_bytes_max = limits.stack_bytes_max;
  fibril->code = code;
  fibril->pc = code->instructions.data();
  fibril->base = fibril->stack + frame_header_slots;
  fibril->base[-2] = fibril->base[-1] = 0;
  std::fill_n(fibril->base, code->parameter_count + code->capture_count, 0);
  fibril->result_type = code->instance->result;
  return fibril;
}

void destroy(Fibril* fibril) {
  free_heap(fibril->heap);
  if (!fibril->stack_in_block) std::free(fibril->stack);
  fibril->~Fibril();
  give_fibril_block(fibril);
}

bool grow_stack(Fibril& fibril, Slot* from, std::uint32_t slots) {
  std::size_t used = static_cast<std::size_t>(from - fibril.stack);
  std::size_t old_size = static_cast<std::size_t>(fibril.stack_end - fibril.stack);
  std::size_t needed = used + slots;
  if (needed * 8 > fibril.stack_bytes_max) return false;
  std::size_t size = std::max(needed, std::min(old_size * 2, fibril.stack_bytes_max / 8));
  auto* stack = static_cast<Slot*>(std::malloc(size * 8));
  ENSURE(stack != nullptr, size);
  std::copy_n(fibril.stack, old_size, stack);
  fibril.base = stack + (fibril.base - fibril.stack);
  if (!fibril.stack_in_block) std::free(fibril.stack);
  fibril.stack = stack;
  fibril.stack_end = stack + size;
  fibril.stack_in_block = false;
  return true;
}

bool grow_for_frame(Fibril& f, const code::FnCode* callee, const code::Instruction* ip, Slot* window) {
  f.pc = ip;
  if (grow_stack(f, window, callee->register_count)) return true;
  if (f.rare && !f.rare->stack_message.empty()) {
    kill(f, "LimitExceeded", f.rare->stack_message);
    return false;
  }
  return raise_error(f, "StackOverflow", fmt::format("calls nested without end in {}", callee->instance->name));
}

Heap& heap_of(Fibril& fibril) { return fibril.heap; }
Slot* argument_slots(Fibril& fibril) { return fibril.base; }

void set_global(Fibril& fibril, std::string_view symbol, const types::Type* type, Slot value) {
  put_global(fibril, code::symbol_id(symbol), type, value);
}

Slot get_global(Fibril& fibril, std::string_view symbol) {
  const Global* global = find_global(fibril, code::symbol_id(symbol));
  return global ? global->value : 0;
}

const types::Type* global_type(Fibril& fibril, std::string_view symbol) {
  const Global* global = find_global(fibril, code::symbol_id(symbol));
  return global ? global->type : nullptr;
}

void interrupt(Fibril& fibril) { fibril.interrupt.store(true, std::memory_order_relaxed); }
bool interrupted(const Fibril& fibril) { return fibril.interrupt.load(std::memory_order_relaxed); }

bool set_stack_max(Fibril& fibril, std::size_t bytes, std::string_view message) {
  fibril.stack_bytes_max = bytes;
  fibril.rare_parts().stack_message = message;
  return fibril.stack_in_block || 8 * static_cast<std::size_t>(fibril.stack_end - fibril.stack) <= bytes;
}

bool is_killed(const Fibril& fibril) { return fibril.killed; }

void set_memory_max(Fibril& fibril, std::size_t bytes, std::string_view message) {
  fibril.heap.bytes_max = bytes;
  fibril.rare_parts().memory_message = message;
}

std::size_t used_bytes(const Fibril& fibril) {
  std::size_t bytes = static_cast<std::size_t>(fibril.heap.bump - fibril.heap.begin) + fibril.heap.outside_bytes;
  if (!fibril.stack_in_block) bytes += 8 * static_cast<std::size_t>(fibril.stack_end - fibril.stack);
  return bytes;
}

void kill(Fibril& fibril, std::string_view kind, std::string_view message) {
  fibril.killed = true;
  fibril.rare_parts().kill_kind = kind;
  fibril.rare_parts().kill_message = message;
}

void complete(Fibril& fibril, Slot value) {
  fibril.completion_is_ref = pending_site(fibril).result->is_ref;
  fibril.completion = value;
  fibril.completed = Completion::value;
}

void complete(Fibril& fibril, const data::Datum& value) {
  complete(fibril, build(fibril.heap, pending_site(fibril).result, value));
}

void complete_select(Fibril& fibril, std::uint32_t arm, Slot message) {
  const auto& site = pending_site(fibril);
  ENSURE(3 * arm + 2 < site.types.size(), arm);
  fibril.completion_is_ref = site.types[3 * arm + 2]->is_ref && message != 0;
  fibril.completion = message;
  fibril.select_arm = arm;
  fibril.completed = Completion::select;
}

const types::Type* pending_type(const Fibril& fibril) { return pending_site(fibril).result; }
Slot* pending_args(Fibril& fibril) {
  pending_site(fibril);
  return fibril.base + fibril.pc->a;
}

void fail(Fibril& fibril, std::string_view kind, std::string_view message, std::int64_t code) {
  fail(fibril, make_error(fibril.heap, kind, message, code));
}

void fail(Fibril& fibril, Slot boxed_error) {
  pending_site(fibril);
  fibril.error = boxed_error;
  fibril.completed = Completion::error;
}

void retry(Fibril& fibril) {
  if (fibril.state == State::blocked) fibril.state = State::runnable;
}

Slot result(Fibril& fibril) { return fibril.completion; }
data::Datum result_datum(Fibril& fibril) { return read(fibril.result_type, fibril.completion); }
Slot error(Fibril& fibril) { return fibril.error; }
data::Datum error_datum(Fibril& fibril) { return read(types::basic(types::TypeKind::any), fibril.error); }

std::vector<FrameInfo> trace(const Fibril& fibril) {
  std::vector<FrameInfo> frames;
  if (fibril.state == State::trapped) {
    if (fibril.rare) frames = fibril.rare->trace;
  } else {
    for_each_frame(fibril, [&](Slot*, const code::FnCode* code, std::uint32_t pc, bool) {
      if (frames.size() < trace_frames_max) frames.push_back({code, pc});
    });
  }
  std::vector<FrameInfo> told;
  for (const FrameInfo& frame : frames)
    code::for_each_function_at(*frame.code, frame.pc, [&](const core::FnInstance& function, std::uint32_t offset) {
      told.push_back({frame.code, frame.pc, &function, offset, code::line_of(function, offset)});
    });
  return told;
}

std::size_t memory_bytes(const Fibril& fibril) {
  std::size_t bytes = fibril_block_bytes + fibril.heap.outside_bytes;
  if (!fibril.heap.in_block) bytes += static_cast<std::size_t>(fibril.heap.limit - fibril.heap.begin);
  if (!fibril.stack_in_block) bytes += 8 * static_cast<std::size_t>(fibril.stack_end - fibril.stack);
  if (fibril.globals) bytes += fibril.globals->table.capacity() * sizeof(Global);
  return bytes;
}

void* host_data(const Fibril& fibril) { return fibril.host_data; }
void set_host_data(Fibril& fibril, void* data) { fibril.host_data = data; }

void for_each_handle(Fibril& fibril, void (*visit)(void* context, HostObject* object), void* context) {
  collect(fibril.heap);
  for (External* each = fibril.heap.externals; each; each = each->next)
    if (each->kind() == ObjectKind::handle) visit(context, static_cast<Handle*>(each)->object);
}

}  // namespace m31::vm
