// What other processors say, and saying something to them. Parcels between two processors arrive in the order
// they were posted; when a ring is full they wait on the sender's side, in order.
#include "kernel/base/ensure.h"
#include "runtime/node.h"
#include "runtime/processor.h"
#include "runtime/quiescence.h"
#include "runtime/session_state.h"

namespace m31::runtime {

ParcelRing* Processor::road_from(std::uint16_t sender) {
  ParcelRing* road = roads_in_[sender].load(std::memory_order_acquire);
  if (road) return road;
  road = new ParcelRing;                         // only `sender` makes this one
  roads_in_[sender].store(road, std::memory_order_release);
  return road;
}

void Processor::post(Processor& to, Parcel parcel) {
  ENSURE(&to != this, index_);
  parcel.from = index_;
  const bool counts = is_work(parcel.kind);
  if (counts) ++sent_;
  auto& held = held_back_[to.index_];
  if ((held && !held->empty()) || !to.road_from(index_)->push(parcel)) {
    if (!held) held = std::make_unique<std::deque<Parcel>>();
    held->push_back(parcel);
    holds_back_ = true;
  }
  to.wake();
}

void Processor::tell_withdrawn(Waiter& waiter) {
  if (waiter.processor == index_)
    came_back(*waiter.fibril);
  else
    post(node_.processor(waiter.processor), {.kind = ParcelKind::withdrawn, .subject = &waiter});
}

void Processor::post_held_back() {
  holds_back_ = false;
  for (std::uint16_t i = 0; i < node_.processor_count(); ++i) {
    auto& held = held_back_[i];
    if (!held) continue;
    Processor& to = node_.processor(i);
    while (!held->empty() && to.road_from(index_)->push(held->front())) held->pop_front();
    if (!held->empty()) holds_back_ = true;
    to.wake();
  }
}

bool Processor::receive_parcels() {
  if (holds_back_) post_held_back();
  bool any = false;
  for (std::uint16_t i = 0; i < node_.processor_count(); ++i) {
    ParcelRing* road = roads_in_[i].load(std::memory_order_acquire);
    if (!road) continue;
    Parcel parcel;
    for (unsigned n = 0; n < 1024 && road->pop(parcel); ++n) {
      any = true;
      on_parcel(parcel);
    }
  }
  return any;
}

void Processor::on_parcel(const Parcel& parcel) {
  if (is_work(parcel.kind)) ++received_;
  Processor& from = node_.processor(parcel.from);
  auto* channel = static_cast<Channel*>(parcel.subject);
  auto* waiter = static_cast<Waiter*>(parcel.subject);
  auto* session = static_cast<SessionState*>(parcel.subject);
  // A channel may have moved on; what concerns it follows by the same road, so the order stays.
  const auto moved_on = [&](Channel& c) {
    if (c.home() == this) return false;
    post(*static_cast<Processor*>(c.home()), parcel);
    return true;
  };
  switch (parcel.kind) {
    case ParcelKind::operate:
      if (!moved_on(*waiter->channel)) operate(*waiter);
      break;
    case ParcelKind::settled: finish_wait(*waiter); break;
    case ParcelKind::withdraw:
      if (moved_on(*waiter->channel)) break;
      if (waiter->is_linked()) {
        waiter->channel->withdraw(*waiter);
        settle(*waiter, WaitOutcome::withdrawn);
      }
      tell_withdrawn(*waiter);
      break;
    case ParcelKind::withdrawn: came_back(*waiter->fibril); break;
    case ParcelKind::dropped:
      if (!moved_on(*channel)) dropped(*channel, parcel.number == 1);
      break;
    case ParcelKind::last_word:
      last_word(*channel, parcel.value, parcel.number & 1, parcel.number & 2);
      break;
    case ParcelKind::bring:
      if (moved_on(*channel)) break;
      bring(*channel, *reinterpret_cast<Processor*>(parcel.value), *reinterpret_cast<FibrilRecord*>(parcel.more));
      break;
    case ParcelKind::brought: gathered(*reinterpret_cast<FibrilRecord*>(parcel.more)); break;
    case ParcelKind::ask: give_work(from); break;
    case ParcelKind::give: take_in(*static_cast<FibrilRecord*>(parcel.subject), *reinterpret_cast<SessionState*>(parcel.value), parcel.number); break;
    case ParcelKind::nothing: asked_ = false; break;
    case ParcelKind::print: {
      std::unique_ptr<std::string> text(reinterpret_cast<std::string*>(parcel.value));
      session->emit({.kind = Event::Kind::output, .text = std::move(*text)});
      session->parcels.fetch_sub(1, std::memory_order_relaxed);
      break;
    }
    case ParcelKind::stop:
      kill_before(*session, parcel.number);
      break;
    case ParcelKind::probe: answer_probe(from, *session, parcel); break;
    case ParcelKind::at_rest:
    case ParcelKind::busy: session->quiescence.answer(*this, *session, parcel); break;
    case ParcelKind::trouble: {
      std::unique_ptr<Trouble> trouble(reinterpret_cast<Trouble*>(parcel.value));
      report_trouble(*session, std::move(*trouble));
      session->parcels.fetch_sub(1, std::memory_order_relaxed);
      break;
    }
  }
}

}  // namespace m31::runtime
