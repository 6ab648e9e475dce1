// How fibrils speak to drivers: in messages only. A Call leaves a processor, is served on the I/O
// thread (by a native fibril) or the store thread, and its Reply comes back to the processor on
// which the caller is parked. A driver that fails answers with an error value; nothing else stops.
//
// Operations are named "http.req", "host.read", "fs.search"; arguments and results are Datums of
// the types the standard library (share/m31) declares for `host("...")` functions.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/data/datum.h"

namespace m31::runtime {

// An error value in the making: the constructor of module `errors` by name, and its message.
// kind is one of the names in share/m31/errors.m31: HttpError, IoError, NotFound, Timeout, ...
struct Failure {
  std::string kind;
  std::string message;
  std::int64_t code = 0;      // HTTP status, errno; 0 when there is none
};

using Reply = std::expected<data::Datum, Failure>;

struct Call {
  std::string operation;
  std::vector<data::Datum> args;
  std::vector<const types::Type*> types;        // static types of args
  const types::Type* result_type = nullptr;     // static type expected
  std::uint64_t fibril = 0;                     // who asks: tokens, traces
  std::uint64_t session_high = 0, session_low = 0;   // and the incarnation of whose it is: provenance
};

// Called once, from any thread.
using Answer = std::function<void(Reply)>;

class Driver {
 public:
  virtual ~Driver() = default;
  virtual std::string_view name() const = 0;    // the part before the dot
  // Must not block. Runs on the thread the driver was registered for.
  virtual void call(Call call, Answer answer) = 0;
  // Asks calls of a cancelled fibril to end early (Ctrl-C); their answers are ignored.
  virtual void cancel(std::uint64_t fibril) = 0;
};

}  // namespace m31::runtime
