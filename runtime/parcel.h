// Parcel: what processors of one node say to each other through rings. Whatever a parcel points to
// belongs to its receiver from then on (a waiter that is lent comes back as `settled`).
//
//   operate    subject Waiter: do its send or receive at a channel that you are the home of
//   settled    subject Waiter: its outcome is in
//   withdraw   subject Waiter: its fibril is to die; settle it if it waits, and say withdrawn in any case
//   withdrawn  subject Waiter: the withdrawal was seen; whatever has been settled is on its way
//   dropped    subject Channel, number 1 sender / 0 receiver: a handle elsewhere is gone
//   last_word  subject Channel, value message, number 1 an error / 0 a result: from a fibril that has ended
//   bring      subject Channel, value Processor*, more FibrilRecord*: move it there, a select waits for it
//   brought    subject Channel, more FibrilRecord*: here it is
//   ask        give me work
//   give       subject FibrilRecord, value SessionState*: run this one; number 1: it came to do its host call again here
//   nothing    the answer to ask when there is none to give
//   print      subject SessionState, value std::string*: output
//   stop       subject SessionState, number: end its fibrils of generations before that
//   probe      subject SessionState, number, value 1: collect first: is it at rest with you? (quiescence.h)
//   at_rest    subject SessionState, number as asked, value sent, more received: it is
//   busy       subject SessionState, number: it is not
//   trouble    subject SessionState, value Trouble*: the session as a whole has failed
#pragma once

#include <cstdint>

#include "runtime/ring.h"

namespace m31::runtime {

enum class ParcelKind : std::uint8_t {
  operate, settled, withdraw, withdrawn, dropped, last_word, bring, brought, ask, give, nothing, print, stop, probe, at_rest,
  busy, trouble,
};

// Does it carry work, so that a session is not at rest while it is under way?
inline bool is_work(ParcelKind kind) {
  switch (kind) {
    case ParcelKind::ask:
    case ParcelKind::nothing:
    case ParcelKind::probe:
    case ParcelKind::at_rest:
    case ParcelKind::busy: return false;
    case ParcelKind::operate:
    case ParcelKind::settled:
    case ParcelKind::withdraw:
    case ParcelKind::withdrawn:
    case ParcelKind::dropped:
    case ParcelKind::last_word:
    case ParcelKind::bring:
    case ParcelKind::brought:
    case ParcelKind::give:
    case ParcelKind::print:
    case ParcelKind::stop:
    case ParcelKind::trouble: return true;
  }
  return true;
}

struct Parcel {
  ParcelKind kind = ParcelKind::nothing;
  std::uint16_t from = 0;              // set by the sender's processor
  std::uint32_t number = 0;
  void* subject = nullptr;
  std::uint64_t value = 0;
  std::uint64_t more = 0;
};

using ParcelRing = Ring<Parcel, 1024>;

}  // namespace m31::runtime
