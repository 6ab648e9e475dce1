#include "runtime/quiescence.h"

#include "runtime/node.h"
#include "runtime/processor.h"
#include "runtime/session_state.h"

namespace m31::runtime {

namespace {
constexpr std::uint32_t collecting_wave = 2, waves = 3;
}

void Quiescence::forget() {
  clean_ = 0;
  proven_ = false;
}

void Quiescence::ask(Processor& home, SessionState& session) {
  if (waiting_ == 0 && !proven_) begin_wave(home, session);
}

void Quiescence::begin_wave(Processor& home, SessionState& session) {
  ++number_;
  const bool collects = clean_ + 1 == collecting_wave;
  all_at_rest_ = home.is_at_rest(session, collects);
  sent_ = received_ = 0;
  if (!all_at_rest_) return forget();
  for (std::uint16_t i = 0; i < home.node().processor_count(); ++i) {
    Processor& worker = home.node().processor(i);
    if (!worker.takes_work()) continue;
    ++waiting_;
    home.post(worker, {.kind = ParcelKind::probe, .number = number_, .subject = &session, .value = collects});
  }
  if (waiting_ == 0) end_wave(home, session);
}

void Quiescence::answer(Processor& home, SessionState& session, const Parcel& parcel) {
  if (parcel.number != number_ || waiting_ == 0) return;
  all_at_rest_ = all_at_rest_ && parcel.kind == ParcelKind::at_rest;
  sent_ += parcel.value;
  received_ += parcel.more;
  if (--waiting_ == 0) end_wave(home, session);
}

void Quiescence::end_wave(Processor& home, SessionState& session) {
  sent_ += home.sent();
  received_ += home.received();
  const bool is_clean = all_at_rest_ && home.is_at_rest(session, false) && sent_ == received_;
  if (!is_clean) return forget();
  if (clean_ > 0 && sent_ != sent_before_) clean_ = 0;
  sent_before_ = sent_;
  ++clean_;
  if (clean_ == waves) {
    proven_ = true;
  } else {
    begin_wave(home, session);
  }
}

}  // namespace m31::runtime
