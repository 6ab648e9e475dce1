// Words on time zones, for share/m31/time.m31. Seconds since 1970-01-01T00:00:00.
#include <algorithm>

#include "kernel/calendar/zone.h"
#include "kernel/calendar/zone_table.h"
#include "kernel/vm/heap.h"
#include "kernel/vm/native.h"

namespace m31::calendar {
namespace {

using vm::NativeCall;
using vm::NativeStatus;
using vm::Slot;

// Calendars end here: beyond, sums of seconds would leave an Int.
constexpr std::int64_t seconds_max = std::int64_t{1} << 55;

NativeStatus done(NativeCall& call, Slot value) {
  *call.result = value;
  return NativeStatus::done;
}

std::optional<Zone> zone_of(NativeCall& call) {
  const std::string_view name = vm::text_of(call.args[0]);
  auto zone = Zone::find(name);
  if (!zone) call.raise("ValueError", "there is no time zone \"" + std::string(name.substr(0, 60)) + "\"");
  return zone;
}

std::int64_t seconds_of(NativeCall& call) {
  return std::clamp(static_cast<std::int64_t>(call.args[1]), -seconds_max, seconds_max);
}

NativeStatus offset(NativeCall& call) {
  auto zone = zone_of(call);
  return zone ? done(call, static_cast<Slot>(std::int64_t{zone->at(seconds_of(call)).offset_s})) : NativeStatus::raised;
}
NativeStatus offset_of_local(NativeCall& call) {
  auto zone = zone_of(call);
  return zone ? done(call, static_cast<Slot>(std::int64_t{zone->offset_of_local(seconds_of(call))})) : NativeStatus::raised;
}
NativeStatus abbreviation(NativeCall& call) {
  auto zone = zone_of(call);
  return zone ? done(call, vm::make_string(call.heap, zone->at(seconds_of(call)).abbreviation)) : NativeStatus::raised;
}
NativeStatus names(NativeCall& call) {
  vm::Root list(call.heap, vm::make_list(call.heap, true, zone_count));
  for (std::size_t i = 0; i < zone_count; ++i) {
    const Slot name = vm::make_string(call.heap, std::string_view(zone_names[i].name));
    vm::list_append(call.heap, list, name);
  }
  return done(call, list.get());
}

constexpr vm::NativeEntry entries[] = {
    {"zone.offset", offset},
    {"zone.offsetOfLocal", offset_of_local},
    {"zone.abbreviation", abbreviation},
    {"zone.names", names},
};

// A Duration is its nanoseconds.
NativeStatus same(NativeCall& call) { return done(call, call.args[0]); }

constexpr vm::NativeEntry duration_entries[] = {
    {"duration.ns", same},
    {"duration.of", same},
};

}  // namespace
}  // namespace m31::calendar

namespace m31::vm {
extern const NativeTable zone_natives;
const NativeTable zone_natives = calendar::entries;
extern const NativeTable duration_natives;
const NativeTable duration_natives = calendar::duration_entries;
}  // namespace m31::vm
