#include "runtime/session_state.h"

#include <algorithm>

#include "runtime/drivers/stream_source.h"
#include "runtime/node.h"
#include "runtime/processor.h"

namespace m31::runtime {

namespace {
constexpr std::size_t unheard_max = 10'000;     // events kept while nobody is in eval
}

void SessionState::emit(Event event) {
  if (sink) {
    (*sink)(std::move(event));
  } else if (unheard.size() < unheard_max) {
    unheard.push_back(std::move(event));
  }
}

void SessionState::watch(std::shared_ptr<Flow> flow) {
  std::lock_guard lock(flows_mutex);
  std::erase_if(flows, [](const std::weak_ptr<Flow>& each) { return each.expired(); });
  flows.push_back(std::move(flow));
}

SessionState::Progress SessionState::progress() {
  std::lock_guard lock(flows_mutex);
  Progress all;
  bool is_known = true;
  for (const std::weak_ptr<Flow>& each : flows) {
    const std::shared_ptr<Flow> flow = each.lock();
    if (!flow || !flow->has_begun.load(std::memory_order_relaxed) || flow->has_ended.load(std::memory_order_relaxed)) continue;
    const bool is_records = flow->from == Flow::From::space;
    if (all.flows++ == 0) all.is_records = is_records;
    if (is_records != all.is_records) continue;
    all.done += flow->done.load(std::memory_order_relaxed);
    all.total += flow->total;
    is_known = is_known && flow->total > 0;
  }
  // Line ends that are put between files are counted, too, and so are records that came meanwhile.
  all.total = is_known ? std::max(all.total, all.done) : 0;
  return all;
}

void SessionState::fail_all(Trouble what) {
  if (trouble || root_state != Root::running) return;
  trouble = std::make_unique<Trouble>(std::move(what));
  if (root) home->kill(*root);
  // A root that can run reads of it at its next turn.
  if (root && root->state == FibrilState::runnable) vm::kill(*root->vm, trouble->kind, trouble->message);
}

void Processor::report_trouble(SessionState& session, Trouble trouble) {
  if (session.home != this) {
    session.parcels.fetch_add(1, std::memory_order_relaxed);
    post(*session.home, {.kind = ParcelKind::trouble, .subject = &session,
                         .value = reinterpret_cast<std::uint64_t>(new Trouble(std::move(trouble)))});
    return;
  }
  if (!session.next_trouble) session.next_trouble = std::make_unique<Trouble>(std::move(trouble));
}

void Processor::print(SessionState& session, std::string text) {
  if (session.home == this) return session.emit({.kind = Event::Kind::output, .text = std::move(text)});
  session.parcels.fetch_add(1, std::memory_order_relaxed);
  post(*session.home, {.kind = ParcelKind::print, .subject = &session,
                       .value = reinterpret_cast<std::uint64_t>(new std::string(std::move(text)))});
}

}  // namespace m31::runtime
