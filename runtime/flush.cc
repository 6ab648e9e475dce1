// Buffered writes: an fs.invoke or fs.put whose result is not used changes the fibril's buffer only. What is
// buffered leaves as one flush with one token before any act that others can see (send, spawn, print, a driver's call),
// at the end of every `try`, and at the fibril's end, by a raise too; a kill loses it. The store knows the tokens it has seen, so
// a fibril that is started again and flushes the same again changes nothing.
#include "kernel/vm/raise.h"
#include "runtime/drivers/fs.h"
#include "runtime/fibril_host.h"
#include "runtime/node.h"
#include "runtime/packing.h"
#include "runtime/processor.h"
#include "runtime/session_state.h"

namespace m31::runtime {

using vm::HostCall;
using vm::HostStatus;

namespace {

FsDriver& fs_driver(Node& node) { return static_cast<FsDriver&>(*node.driver("fs")); }

store::Token next_token(FibrilRecord& fibril) {
  const SessionState& session = *fibril.part->session;
  return {session.incarnation_high, session.incarnation_low, fibril.id, fibril.epoch, fibril.extra().flushes++, 0};
}

// Says where the writes that could not be made were written.
std::string with_line(const FibrilRecord& fibril, const std::string& message) {
  const std::uint32_t line = fibril.extra_->first_write_line;
  return line ? message + " (of writes from line " + std::to_string(line) + " on)" : message;
}

// Key and changes of fs.invoke or fs.put: space name, key, then attribute name, operation, operand for each.
void buffer(WriteBuffer& writes, const HostCall& call, bool replaces) {
  const std::uint32_t space = writes.space(vm::text_of(call.args[0]), call.types[1]);
  std::string packed;
  std::string_view key;
  if (call.types[1]->kind == types::TypeKind::string) {
    key = vm::text_of(call.args[1]);
  } else {
    data::encode(call.types[1], vm::read(call.types[1], call.args[1]), packed);
    key = packed;
  }
  if (replaces) writes.replace(space, key);
  else if (call.arg_count <= 2) writes.touch(space, key);
  for (std::uint32_t i = 2; i + 2 < call.arg_count; i += 3) {
    const std::uint32_t attribute = writes.attribute(space, vm::text_of(call.args[i]), call.types[i + 2]);
    if (call.args[i + 1] == 1)
      writes.add(space, key, attribute, static_cast<std::int64_t>(call.args[i + 2]));
    else
      writes.assign(space, key, attribute, vm::read(call.types[i + 2], call.args[i + 2]));
  }
}

}  // namespace

bool has_writes(const FibrilRecord& fibril) {
  return fibril.extra_ && fibril.extra_->writes && !fibril.extra_->writes->empty();
}

void FibrilHost::start_flush(FibrilRecord& fibril) {
  auto pending = processor_.open_call(fibril, FibrilState::flushing);
  fs_driver(processor_.node())
      .flush(next_token(fibril), fibril.extra().writes->take(), false, nullptr, [pending](Reply reply) {
        pending->processor->deliver([pending, reply = std::move(reply)] {
          FibrilRecord* waiting = pending->processor->close_call(*pending);
          if (!waiting) return;
          if (reply)
            pending->processor->resume_again(*waiting);
          else
            pending->processor->resume_error(*waiting, reply.error().kind, with_line(*waiting, reply.error().message), reply.error().code);
        });
      });
}

bool FibrilHost::flush_first(HostCall& call) {
  FibrilRecord& fibril = record_of(call.fibril);
  if (!has_writes(fibril)) [[likely]]
    return false;
  start_flush(fibril);
  return true;
}

HostStatus FibrilHost::write(HostCall& call, bool replaces) {
  FibrilRecord& fibril = record_of(call.fibril);
  FibrilExtra& extra = fibril.extra();
  if (!extra.writes) extra.writes = std::make_unique<WriteBuffer>();
  if (!call.result_unused) {
    if (flush_first(call)) return HostStatus::blocked;
    buffer(*extra.writes, call, replaces);
    auto pending = processor_.open_call(fibril, FibrilState::calling);
    fs_driver(processor_.node())
        .flush(next_token(fibril), extra.writes->take(), true, call.result_type, [pending](Reply reply) {
          pending->processor->deliver([pending, reply = std::move(reply)] { pending->processor->on_reply(*pending, reply); });
        });
    return HostStatus::blocked;
  }
  if (extra.writes->is_full() && flush_first(call)) return HostStatus::blocked;
  if (extra.writes->empty()) {
    const auto frames = vm::trace(call.fibril);
    extra.first_write_line = frames.empty() ? 0 : frames.front().line;
  }
  buffer(*extra.writes, call, replaces);
  *call.result = 0;
  return HostStatus::done;
}

// True: its end waits for the verdict, and finish() is called again.
bool Processor::flush_at_end(FibrilRecord& fibril) {
  if (!has_writes(fibril)) return false;
  auto pending = open_call(fibril, FibrilState::ending);
  fs_driver(node_).flush(next_token(fibril), fibril.extra().writes->take(), false, nullptr, [pending](Reply reply) {
    pending->processor->deliver([pending, reply = std::move(reply)] {
      FibrilRecord* waiting = pending->processor->close_call(*pending);
      if (!waiting) return;
      if (reply) return pending->processor->finish(*waiting, waiting->failed);
      pending->processor->finish_unflushed(*waiting, {reply.error().kind, with_line(*waiting, reply.error().message)});
    });
  });
  return true;
}

// Its last writes could not be made: it has failed, whatever it came to.
void Processor::finish_unflushed(FibrilRecord& fibril, Trouble why) {
  SessionState& session = *fibril.part->session;
  fibril.failed = true;
  if (fibril.is_root) {
    session.trouble = std::make_unique<Trouble>(std::move(why));
    session.root_state = SessionState::Root::unflushed;
    return;
  }
  vm::Heap& heap = vm::heap_of(*fibril.vm);
  if (fibril.out) last_word(*fibril.out, pack(heap, vm::make_error(heap, why.kind, why.message), true), true, true);
  bury(fibril);
}

}  // namespace m31::runtime
