// Quiescence: has a session come to rest for good? True when none of its fibrils can run, none waits for the
// world (a driver, a stream, a timer), and no parcel is under way. Then nothing will ever change, and
// who waits at a channel waits for ever.
//
// Mattern's four-counter method: the session's home asks every worker in waves; each says whether
// its part is at rest and how many parcels it ever sent and received. Two waves in a row, all at rest,
// with equal sums that did not change, prove it. Between them every waiting fibril's heap is collected,
// because an end that is only garbage may be what keeps a channel open. Pure but for posting parcels.
#pragma once

#include <cstdint>

#include "runtime/parcel.h"

namespace m31::runtime {

class Processor;
struct SessionState;

class Quiescence {
 public:
  // Begins a wave unless one is under way. On the session's home, when it is idle.
  void ask(Processor& home, SessionState& session);
  void answer(Processor& home, SessionState& session, const Parcel& parcel);
  bool is_proven() const { return proven_; }
  bool is_asking() const { return waiting_ > 0; }
  void forget();

 private:
  void begin_wave(Processor& home, SessionState& session);
  void end_wave(Processor& home, SessionState& session);

  std::uint32_t number_ = 0;         // of the wave
  std::uint32_t waiting_ = 0;        // answers still to come
  std::uint32_t clean_ = 0;          // waves in a row that found all at rest
  bool all_at_rest_ = false, proven_ = false;
  std::uint64_t sent_ = 0, received_ = 0, sent_before_ = 0;
};

}  // namespace m31::runtime
