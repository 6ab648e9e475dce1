// Operations by name: a few are answered here, at once; all others go to the driver that serves them, and the fibril
// waits for the reply.
#include <algorithm>
#include <ctime>
#include <sys/random.h>

#include "kernel/base/ensure.h"
#include "kernel/words/text_stream.h"
#include "runtime/box.h"
#include "runtime/drivers/record_flow.h"
#include "runtime/drivers/stored_driver.h"
#include "runtime/drivers/stream_source.h"
#include "runtime/fibril_host.h"
#include "runtime/node.h"
#include "runtime/nucleus_peer.h"
#include "runtime/processor.h"
#include "runtime/session_state.h"

namespace m31::runtime {

using vm::HostCall;
using vm::HostStatus;

namespace {

enum class Builtin : std::uint8_t {
  bytecode, clock_now, clock_ticks, exit, files, flush, invoke, print, put, random_float, random_int, records, sandbox_make, sandbox_revoke,
  sleep, stdin_, stored_files, stored_import
};

struct BuiltinName {
  std::string_view name;
  Builtin builtin;
};
constexpr BuiltinName builtins[] = {           // sorted by name
    {"clock.now", Builtin::clock_now}, {"clock.ticks", Builtin::clock_ticks},   {"fs.flush", Builtin::flush},
    {"fs.invoke", Builtin::invoke},    {"fs.put", Builtin::put},                {"fs.records", Builtin::records},
    {"host.files", Builtin::files},
    {"print", Builtin::print},         {"random.float", Builtin::random_float}, {"random.int", Builtin::random_int},
    {"sandbox.make", Builtin::sandbox_make}, {"sandbox.revoke", Builtin::sandbox_revoke},
    {"shell.bytecode", Builtin::bytecode}, {"shell.exit", Builtin::exit},   {"stdin", Builtin::stdin_},
    {"stored.files", Builtin::stored_files}, {"stored.import", Builtin::stored_import}, {"sys.sleep", Builtin::sleep},
};
static_assert(std::ranges::is_sorted(builtins, {}, &BuiltinName::name));

std::int64_t clock_ns(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// xoshiro256** (Blackman, Vigna), one state per thread, seeded by the kernel.
struct Random {
  std::uint64_t s[4];
  Random() {
    if (getrandom(s, sizeof s, 0) != sizeof s)
      for (auto& word : s) word = monotonic_ns() * 0x9e3779b97f4a7c15u + reinterpret_cast<std::uintptr_t>(&word);
  }
  std::uint64_t next() {
    const auto rotate = [](std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); };
    const std::uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
  }
};

std::uint64_t random_word() {
  thread_local Random random;
  return random.next();
}

// Where there is more than one processor: a thread of the pool, of which reading a stream takes one at most.
vm::Helper helper_of(Node& node) {
  if (node.workers_max() == 0) return nullptr;
  return [&io = node.io()](std::function<void()> job) { return io.pool().submit(std::move(job)); };
}

// How a stream's reader wakes the fibril that waits for a chunk. Runs in poll, on the processor.
std::function<void()> make_wake(vm::Fibril& vm) {
  auto call = this_processor()->open_call(record_of(vm), FibrilState::streaming);
  return [call] {
    call->processor->mailbox().post([call] {
      if (FibrilRecord* fibril = call->processor->close_call(*call)) call->processor->resume_again(*fibril);
    });
  };
}

}  // namespace

HostStatus FibrilHost::operation(HostCall& call, std::string_view name) {
  if (record_of(call.fibril).box) [[unlikely]]
    if (const HostStatus refused = admit(call, name); refused != HostStatus::done) return refused;
  const auto* known = std::ranges::lower_bound(builtins, name, {}, &BuiltinName::name);
  if (known == std::end(builtins) || known->name != name) return call_driver(call, name);
  SessionState& session = *record_of(call.fibril).part->session;
  switch (known->builtin) {
    case Builtin::print:
      if (flush_first(call)) return HostStatus::blocked;
      processor_.print(session, std::string(vm::text_of(call.args[0])) + "\n");
      *call.result = 0;
      return HostStatus::done;
    case Builtin::bytecode: {
      // The session's own code is read by the thread that checks it.
      if (session.home != &processor_ || !record_of(call.fibril).is_root)
        return call.raise("Unknown", "shell.bytecode: only the program itself can ask for its code, not a fibril that it started");
      const std::string_view name = vm::text_of(call.args[0]);
      std::string listing = session.code->listing(name);
      if (listing.empty())
        listing = "`" + std::string(name) + "` has no code by itself: it is native, or generic and not called before\n";
      processor_.print(session, std::move(listing));
      *call.result = 0;
      return HostStatus::done;
    }
    case Builtin::exit: {
      if (flush_first(call)) return HostStatus::blocked;
      const auto status = static_cast<std::int64_t>(call.args[0]);
      if (status < 0 || status > 255)
        return call.raise("ValueError", "shell.exit: a status lies from 0 to 255, not " + std::to_string(status));
      processor_.report_trouble(session, {std::string(exit_trouble), std::to_string(status)});
      // It waits for its end.
      FibrilRecord& fibril = record_of(call.fibril);
      processor_.wait_outside(fibril, FibrilState::sleeping);
      processor_.set_timer(fibril, monotonic_ns() + std::uint64_t{3600} * 1'000'000'000);
      return HostStatus::blocked;
    }
    case Builtin::sandbox_make: return make_box(call);
    case Builtin::sandbox_revoke:
      static_cast<Box*>(vm::as<vm::Handle>(call.args[0])->object)->revoke();
      *call.result = 0;
      return HostStatus::done;
    case Builtin::sleep:
      if (flush_first(call)) return HostStatus::blocked;
      return sleep(call);
    case Builtin::flush:
      if (flush_first(call)) return HostStatus::blocked;
      *call.result = 0;
      return HostStatus::done;
    case Builtin::invoke: return write(call, false);
    case Builtin::put: return write(call, true);
    case Builtin::clock_now: *call.result = static_cast<vm::Slot>(clock_ns(CLOCK_REALTIME)); return HostStatus::done;
    case Builtin::clock_ticks: *call.result = static_cast<vm::Slot>(clock_ns(CLOCK_MONOTONIC)); return HostStatus::done;
    case Builtin::random_float:
      *call.result = vm::slot_of_float(static_cast<double>(random_word() >> 11) * 0x1.0p-53);
      return HostStatus::done;
    case Builtin::random_int: {
      const auto from = static_cast<std::int64_t>(call.args[0]), to = static_cast<std::int64_t>(call.args[1]);
      if (from >= to) return call.raise("ValueError", "random.int: nothing lies from " + std::to_string(from) + " up to " + std::to_string(to));
      const std::uint64_t width = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
      // Refuse the uneven rest, so that every number is equally likely.
      const std::uint64_t rest = (0 - width) % width;
      std::uint64_t word = random_word();
      while (word < rest) word = random_word();
      *call.result = static_cast<std::uint64_t>(from) + word % width;
      return HostStatus::done;
    }
    case Builtin::stdin_: {
      std::lock_guard lock(session.stdin_mutex);
      if (!session.stdin_stream) {
        FlowSource* const source = make_fd_source(processor_.node().io(), session.stdin_fd, "standard input", make_wake);
        source->lend(helper_of(processor_.node()));
        session.watch(source->flow());
        session.stdin_stream = source;
      }
      session.stdin_stream->retain();
      *call.result = vm::make_handle(vm::heap_of(call.fibril), session.stdin_stream);
      return HostStatus::done;
    }
    case Builtin::files: return open_files(call);
    case Builtin::records: return open_space(call);
    case Builtin::stored_files: return open_stored(call);
    case Builtin::stored_import: return import_files(call);
  }
  return HostStatus::raised;
}

HostStatus FibrilHost::sleep(HostCall& call) {
  FibrilRecord& fibril = record_of(call.fibril);
  const auto wait_ns = static_cast<std::int64_t>(call.args[0]);
  processor_.wait_outside(fibril, FibrilState::sleeping);
  processor_.set_timer(fibril, monotonic_ns() + static_cast<std::uint64_t>(wait_ns > 0 ? wait_ns : 0));
  return HostStatus::blocked;
}

Call FibrilHost::question_of(HostCall& call, std::string_view name) {
  FibrilRecord& fibril = record_of(call.fibril);
  Call question;
  question.operation = name;
  question.types.assign(call.types.begin(), call.types.end());
  question.result_type = call.result_type;
  question.fibril = fibril.id;
  question.session_high = fibril.part->session->incarnation_high;
  question.session_low = fibril.part->session->incarnation_low;
  return question;
}

void FibrilHost::ask_driver(Driver& driver, FibrilRecord& fibril, Call question) {
  auto pending = processor_.open_call(fibril, FibrilState::calling);
  driver.call(std::move(question), [pending](Reply reply) {
    pending->processor->deliver([pending, reply = std::move(reply)] { pending->processor->on_reply(*pending, reply); });
  });
}

HostStatus FibrilHost::call_driver(HostCall& call, std::string_view name) {
  if (flush_first(call)) return HostStatus::blocked;
  Driver* driver = processor_.node().driver(name.substr(0, name.find('.')));
  if (!driver) return call.raise("Unknown", std::string(name) + ": nobody here serves this operation");
  Call question = question_of(call, name);
  for (std::uint32_t i = 0; i < call.arg_count; ++i) question.args.push_back(vm::read(call.types[i], call.args[i]));
  ask_driver(*driver, record_of(call.fibril), std::move(question));
  return HostStatus::blocked;
}

// A flow over the files that match: the host driver finds them, the stream reads them one after the other.
HostStatus FibrilHost::open_files(HostCall& call) {
  if (flush_first(call)) return HostStatus::blocked;
  Driver* driver = processor_.node().driver("host");
  if (!driver) return call.raise("Unknown", "host.files: nobody here serves this operation");
  FibrilRecord& fibril = record_of(call.fibril);
  Call question = question_of(call, "host.sized");
  question.args.push_back(vm::read(call.types[0], call.args[0]));
  const std::string pattern = data::show(call.types[0], question.args[0]);
  auto pending = processor_.open_call(fibril, FibrilState::calling);
  driver->call(std::move(question), [pending, pattern](Reply reply) {
    pending->processor->deliver([pending, pattern, reply = std::move(reply)] {
      // Nothing to count looks like counting nothing: whoever mistyped a name wants to be told.
      if (reply && reply->items.empty()) return pending->processor->on_reply(*pending, std::unexpected(Failure{"NotFound", "no file matches " + pattern}));
      if (!reply) return pending->processor->on_reply(*pending, reply);
      std::vector<std::string> paths;
      std::uint64_t bytes = 0;
      for (const data::Datum& each : reply->items) {
        paths.emplace_back(each.items[0].text.view());
        bytes += static_cast<std::uint64_t>(each.items[1].integer);
      }
      FlowSource* source = make_files_source(pending->processor->node().io(), std::move(paths), make_wake, bytes);
      source->lend(helper_of(pending->processor->node()));
      pending->processor->on_flow(*pending, source, source->flow());
    });
  });
  return HostStatus::blocked;
}

HostStatus FibrilHost::open_stored(HostCall& call) {
  if (flush_first(call)) return HostStatus::blocked;
  auto& driver = static_cast<StoredDriver&>(*processor_.node().driver("stored"));
  auto pending = processor_.open_call(record_of(call.fibril), FibrilState::calling);
  driver.open_flow(std::string(vm::text_of(call.args[0])), [pending](std::expected<StoredFlow, Failure> opened) {
    pending->processor->deliver([pending, opened = std::move(opened)] {
      if (!opened) return pending->processor->on_reply(*pending, std::unexpected(opened.error()));
      FlowSource* source = make_source(opened->producer, opened->flow, make_wake);
      source->lend(helper_of(pending->processor->node()));
      pending->processor->on_flow(*pending, source, opened->flow);
    });
  });
  return HostStatus::blocked;
}

HostStatus FibrilHost::open_space(HostCall& call) {
  if (flush_first(call)) return HostStatus::blocked;
  Driver* fs = processor_.node().driver("fs");
  Call pages = question_of(call, "fs.page");
  pages.args.push_back(vm::read(call.types[0], call.args[0]));
  pages.result_type = types::list_of(call.result_type->args[0]);
  Call count = pages;
  count.operation = "fs.count";
  auto pending = processor_.open_call(record_of(call.fibril), FibrilState::calling);
  fs->call(std::move(count), [pending, fs, pages = std::move(pages)](Reply reply) {
    pending->processor->deliver([pending, fs, pages, reply = std::move(reply)] {
      if (!reply) return pending->processor->on_reply(*pending, reply);
      auto flow = std::make_shared<Flow>();
      flow->from = Flow::From::space;
      flow->paths.emplace_back(pages.args[0].text.view());
      flow->total = static_cast<std::uint64_t>(reply->integer);
      flow->about.uri = "/fs/" + flow->paths[0];
      pending->processor->on_flow(*pending, new RecordFlow(*fs, pages, flow, make_wake), flow);
    });
  });
  return HostStatus::blocked;
}

// What a flow of files reads is stored, whole: of the flow itself only its paths are wanted.
HostStatus FibrilHost::import_files(HostCall& call) {
  if (flush_first(call)) return HostStatus::blocked;
  words::TextStream* stream = words::TextStream::behind(call.args[0]);
  const auto* source = stream && stream->can_use() ? dynamic_cast<const FlowSource*>(stream->source()) : nullptr;
  if (stream && !stream->can_use()) return call.raise("ValueError", "this stream was used before: a stream is used once");
  const bool is_untouched = stream && stream->stages().size() == 1 && stream->stages()[0] == words::Stage::lines;
  if (!source || source->flow()->from != Flow::From::files || !is_untouched)
    return call.raise("ValueError", "fs.import stores whole files: give it `files(..)` as it is, without words after it");
  Call question = question_of(call, "stored.import");
  std::vector<data::Datum> paths;
  for (const std::string& path : source->flow()->paths) paths.push_back(data::Datum::of_text(std::string_view(path)));
  stream->use();
  question.args.push_back(data::Datum::of_items(std::move(paths)));
  question.args.push_back(data::Datum::of_text(vm::text_of(call.args[1])));
  ask_driver(*processor_.node().driver("stored"), record_of(call.fibril), std::move(question));
  return HostStatus::blocked;
}

// The reply to a call that opens a flow.
void Processor::on_flow(PendingCall& pending, vm::HostObject* adopted, std::shared_ptr<Flow> flow) {
  FibrilRecord* waiting = close_call(pending);
  if (!waiting) return adopted->drop();
  waiting->part->session->watch(std::move(flow));
  resume(*waiting, vm::make_handle(vm::heap_of(*waiting->vm), adopted));
}

}  // namespace m31::runtime
