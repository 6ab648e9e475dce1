// Words on maps.
#include "kernel/vm/layout.h"
#include "kernel/vm/map_ops.h"
#include "kernel/vm/native.h"

namespace m31::vm {
namespace {

NativeStatus done(NativeCall& call, Slot value) {
  *call.result = value;
  return NativeStatus::done;
}

NativeStatus count(NativeCall& call) { return done(call, as<Map>(call.args[0])->live); }

NativeStatus contains(NativeCall& call) {
  return done(call, map_find(call.args[0], call.types[0]->args[0], call.args[1]) != nullptr);
}

NativeStatus column(NativeCall& call, Slot MapEntry::*part, std::uint64_t ref_flag) {
  bool refs = object(call.args[0])->header & ref_flag;
  std::size_t live = as<Map>(call.args[0])->live;
  call.fuel -= static_cast<std::int64_t>(live / 16);
  Slot list = make_list(call.heap, refs, live);
  std::size_t i = 0;
  for (const MapEntry& entry : entries_of(call.args[0])) {
    if (!entry.hash) continue;
    if (refs) share(entry.*part);
    as<Array>(as<List>(list)->items)->slots[i++] = entry.*part;
  }
  as<List>(list)->count = i;
  return done(call, list);
}

NativeStatus keys(NativeCall& call) { return column(call, &MapEntry::key, flag_ref_keys); }
NativeStatus values(NativeCall& call) { return column(call, &MapEntry::value, flag_ref_values); }

NativeStatus pairs(NativeCall& call) {
  std::uint64_t header = object(call.args[0])->header;
  bool ref_keys = header & flag_ref_keys, ref_values = header & flag_ref_values;
  std::size_t live = as<Map>(call.args[0])->live;
  call.fuel -= static_cast<std::int64_t>(live / 8);
  Root list(call.heap, make_list(call.heap, true, live));
  std::size_t used = as<Map>(call.args[0])->used, made = 0;
  for (std::size_t i = 0; i < used; ++i) {
    if (!entries_of(call.args[0])[i].hash) continue;
    Slot pair = make_fixed(call.heap, 2, (ref_keys ? 1u : 0u) | (ref_values ? 2u : 0u));
    const MapEntry& entry = entries_of(call.args[0])[i];
    if (ref_keys) share(entry.key);
    if (ref_values) share(entry.value);
    as<Fixed>(pair)->slots[0] = entry.key;
    as<Fixed>(pair)->slots[1] = entry.value;
    as<Array>(list.as<List>()->items)->slots[made] = pair;
    list.as<List>()->count = ++made;
  }
  return done(call, list.get());
}

NativeStatus remove(NativeCall& call) {
  const types::Type* key_type = call.types[0]->args[0];
  if (!map_find(call.args[0], key_type, call.args[1])) return call.raise("KeyError", "no such key to remove");
  Slot owned = own(call.heap, call.args[0]);
  call.args[0] = owned;
  map_remove(owned, key_type, call.args[1]);
  return done(call, 0);
}

NativeStatus clear(NativeCall& call) {
  std::uint64_t header = object(call.args[0])->header;
  call.args[0] = make_map(call.heap, header & flag_ref_keys, header & flag_ref_values, 0);
  return done(call, 0);
}

constexpr NativeEntry entries[] = {
    {"count.map", count},   {"contains.map", contains},  {"map.keys", keys},         {"map.values", values},
    {"map.pairs", pairs},   {"map.remove", remove, 0, 1}, {"map.clear", clear, 0, 1},
};

}  // namespace

extern const NativeTable map_natives;
const NativeTable map_natives(entries);

}  // namespace m31::vm
