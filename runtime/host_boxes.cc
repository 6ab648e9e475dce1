// Sandboxes as a running fibril sees them: making one, and being asked, at each use, whether one grants it.
#include "kernel/base/ensure.h"
#include "runtime/box.h"
#include "runtime/fibril_host.h"
#include "runtime/node.h"
#include "runtime/processor.h"
#include "runtime/session_state.h"

namespace m31::runtime {

using vm::HostCall;
using vm::HostStatus;

namespace {

// The capability that an operation needs; empty: it reaches nothing that its caller does not hold.
std::string_view capability_of(std::string_view operation) {
  const std::string_view driver = operation.substr(0, operation.find('.'));
  if (driver == "sandbox" || driver == "jam") return {};
  return driver == "stored" ? "fs" : driver;
}

std::vector<std::string> names_in(std::string_view listed) {
  std::vector<std::string> names;
  while (!listed.empty()) {
    const std::size_t comma = listed.find(", ");
    names.emplace_back(listed.substr(0, comma));
    listed = comma == listed.npos ? std::string_view() : listed.substr(comma + 2);
  }
  return names;
}

}  // namespace

HostStatus FibrilHost::make_box(HostCall& call) {
  FibrilRecord& maker = record_of(call.fibril);
  ENSURE(call.arg_count == 1 + resource_count, call.arg_count);
  std::array<std::int64_t, resource_count> limits;
  for (std::size_t i = 0; i < resource_count; ++i) {
    limits[i] = static_cast<std::int64_t>(call.args[i + 1]);
    if (limits[i] < 0 && limits[i] != no_limit) return call.raise("ValueError", "sandbox: a limit is not below zero");
  }
  if (maker.box && maker.box->depth() >= Box::depth_max)
    return call.raise("LimitExceeded", "sandbox: " + std::to_string(Box::depth_max) + " sandboxes stand around this one already");
  std::vector<std::string> granted = names_in(vm::text_of(call.args[0]));
  if (maker.box)
    for (const std::string& name : granted)
      if (std::string why = maker.box->refusal(name); !why.empty()) return call.raise("Denied", why);
  auto* box = new Box(maker.box, std::move(granted), limits, monotonic_ns());
  *call.result = vm::make_handle(vm::heap_of(call.fibril), box);
  if (limits[static_cast<std::size_t>(Resource::wall)] != no_limit) processor_.node().end_in_time(*box);
  return HostStatus::done;
}

HostStatus FibrilHost::admit(HostCall& call, std::string_view operation) {
  FibrilRecord& fibril = record_of(call.fibril);
  const std::string_view capability = capability_of(operation);
  if (capability.empty()) return HostStatus::done;
  if (std::string why = fibril.box->refusal(capability); !why.empty()) return call.raise("Denied", why);
  const auto charge = [&](Resource resource, std::size_t bytes) {
    const Box* refusing = fibril.box->take(resource, static_cast<std::int64_t>(bytes));
    return refusing ? end_offender(call, refusing->describe(resource)) : HostStatus::done;
  };
  if (operation == "print") return charge(Resource::output, vm::text_of(call.args[0]).size() + 1);
  if (capability == "fs" && fibril.box->least(Resource::store) != INT64_MAX) {
    std::string written;
    for (std::uint32_t i = 0; i < call.arg_count; ++i) data::encode(call.types[i], vm::read(call.types[i], call.args[i]), written);
    return charge(Resource::store, written.size());
  }
  return HostStatus::done;
}

HostStatus FibrilHost::end_offender(HostCall& call, std::string message) {
  FibrilRecord& fibril = record_of(call.fibril);
  vm::kill(call.fibril, "LimitExceeded", message);
  processor_.make_runnable(fibril);              // its next run is its end
  return HostStatus::blocked;
}

}  // namespace m31::runtime
