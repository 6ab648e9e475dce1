// Values in a heap <-> Datum.
#include "kernel/data/datum.h"
#include "kernel/vm/layout.h"
#include "kernel/vm/map_ops.h"
#include "kernel/vm/ops.h"
#include "kernel/vm/raise.h"
#include "kernel/vm/value_ops.h"

namespace m31::vm {

using data::Datum;
using data::DatumKind;
using types::Type;
using types::TypeKind;

namespace {

constexpr unsigned levels_max = 5'000;     // deeper values are cut, visibly

data::Text text_of_slot(Slot slot) {
  const Object* o = object(slot);
  if (o->kind() == ObjectKind::str_ext) {
    const auto* ext = static_cast<const StrExt*>(o);
    ext->buffer->retain();
    return data::Text(ext->buffer, text_of(slot));
  }
  return data::Text(text_of(slot));
}

Datum handle_datum(std::string_view text) {
  Datum datum = Datum::of_text(text);
  datum.kind = DatumKind::handle;
  return datum;
}

std::string_view handle_prefix(TypeKind kind) {
  switch (kind) {
    case TypeKind::sender: return "<chan /chan/";
    case TypeKind::receiver: return "<chan /chan/";
    case TypeKind::fibril: return "<fibril /fibril/";
    case TypeKind::sandbox: return "<sandbox /sandbox/";
    default: return "<stream /stream/";
  }
}

Datum read_value(const Type* type, Slot value, unsigned level);

Datum read_fields(const Type* type, Slot value, unsigned level) {
  Datum datum = Datum::of_items({});
  std::uint32_t first = 0;
  if (is_sum(type)) {
    datum.tag = static_cast<std::uint32_t>(field_slot(value, 0));
    first = 1;
  }
  auto fields = field_types(type, datum.tag);
  datum.items.reserve(fields.size());
  for (std::uint32_t i = 0; i < fields.size(); ++i)
    datum.items.push_back(read_value(fields[i], field_slot(value, first + i), level + 1));
  return datum;
}

Datum read_value(const Type* type, Slot value, unsigned level) {
  if (level > levels_max) return handle_datum("<deeper>");
  switch (type->kind) {
    case TypeKind::never:
    case TypeKind::none:
    case TypeKind::variable: return Datum();
    case TypeKind::type_value: return Datum();
    case TypeKind::space: return handle_datum("<space>");
    case TypeKind::capability:
    case TypeKind::module: return handle_datum("<" + std::string(type->name) + ">");
    case TypeKind::boolean: return Datum::of_bool(value != 0);
    case TypeKind::int_:
    case TypeKind::duration: return Datum::of_int(static_cast<std::int64_t>(value));
    case TypeKind::float_: return Datum::of_float(float_of(value));
    case TypeKind::string:
    case TypeKind::bytes: return Datum::of_text(text_of_slot(value));
    case TypeKind::any:
    case TypeKind::union_: {
      if (!value) return Datum();
      const Box* box = as<Box>(value);
      const Type* held = types::by_id(static_cast<std::uint32_t>(box->type_id));
      return Datum::of_box(held, read_value(held, box->value, level + 1));
    }
    case TypeKind::range:
    case TypeKind::tuple:
    case TypeKind::record:
    case TypeKind::named: return read_fields(type, value, level);
    case TypeKind::list: {
      Datum datum = Datum::of_items({});
      datum.items.reserve(list_count(value));
      for (std::size_t i = 0; i < list_count(value); ++i)
        datum.items.push_back(read_value(type->args[0], list_at(value, i), level + 1));
      return datum;
    }
    case TypeKind::map: {
      Datum datum = Datum::of_pairs({});
      datum.items.reserve(2 * as<Map>(value)->live);
      for (const MapEntry& entry : entries_of(value)) {
        if (!entry.hash) continue;
        datum.items.push_back(read_value(type->args[0], entry.key, level + 1));
        datum.items.push_back(read_value(type->args[1], entry.value, level + 1));
      }
      return datum;
    }
    case TypeKind::fn: {
      const auto* code = static_cast<const code::FnCode*>(as<Closure>(value)->code);
      return handle_datum("<fn " + code->instance->name + ">");
    }
    case TypeKind::sender:
    case TypeKind::receiver:
    case TypeKind::fibril:
    case TypeKind::stream:
    case TypeKind::sandbox:
      return handle_datum(std::string(handle_prefix(type->kind)) +
                          std::to_string(as<Handle>(value)->object->identity()) + ">");
  }
  return Datum();
}

Slot build_value(Heap& heap, const Type* type, const Datum& value, unsigned level) {
  ENSURE(level <= 2 * levels_max, level);
  switch (type->kind) {
    case TypeKind::never:
    case TypeKind::none:
    case TypeKind::variable:
    case TypeKind::type_value:
    case TypeKind::space:
    case TypeKind::capability:
    case TypeKind::module: return 0;
    case TypeKind::boolean:
    case TypeKind::int_:
    case TypeKind::duration: return static_cast<Slot>(value.integer);
    case TypeKind::float_: return slot_of_float(value.kind == DatumKind::integer ? static_cast<double>(value.integer) : value.real);
    case TypeKind::string:
    case TypeKind::bytes: return make_string(heap, value.text, type->kind == TypeKind::bytes);
    case TypeKind::any:
    case TypeKind::union_: {
      if (value.kind == DatumKind::none) return 0;
      ENSURE(value.kind == DatumKind::boxed && value.items.size() == 1, static_cast<std::uint64_t>(value.kind));
      if (value.type->kind == TypeKind::none) return 0;
      Slot held = build_value(heap, value.type, value.items[0], level + 1);
      return make_box(heap, value.type->id, held, value.type->is_ref);
    }
    case TypeKind::range:
    case TypeKind::tuple:
    case TypeKind::record:
    case TypeKind::named: {
      auto fields = field_types(type, is_sum(type) ? value.tag : 0);
      ENSURE(fields.size() == value.items.size(), fields.size(), value.items.size());
      Root record(heap, make_record(heap, type, value.tag));
      std::uint32_t first = is_sum(type) ? 1 : 0;
      for (std::uint32_t i = 0; i < fields.size(); ++i) {
        Slot field = build_value(heap, fields[i], value.items[i], level + 1);
        field_slot(record.get(), first + i) = field;
      }
      return record.get();
    }
    case TypeKind::list: {
      Root list(heap, make_list(heap, type->args[0]->is_ref, value.items.size()));
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        Slot item = build_value(heap, type->args[0], value.items[i], level + 1);
        as<Array>(list.as<List>()->items)->slots[i] = item;
        list.as<List>()->count = i + 1;
      }
      return list.get();
    }
    case TypeKind::map: {
      const Type* key_type = type->args[0];
      Root map(heap, make_map(heap, key_type->is_ref, type->args[1]->is_ref, value.items.size() / 2));
      for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
        Slot made = build_value(heap, key_type, value.items[i], level + 1);
        Root key(heap, key_type->is_ref ? made : 0);
        Slot item = build_value(heap, type->args[1], value.items[i + 1], level + 1);
        map_set(heap, map, key_type, key_type->is_ref ? key.get() : made, item);
      }
      return map.get();
    }
    case TypeKind::fn:
    case TypeKind::sender:
    case TypeKind::receiver:
    case TypeKind::fibril:
    case TypeKind::stream:
    case TypeKind::sandbox: ENSURE(false, static_cast<std::uint64_t>(type->kind)); return 0;
  }
  return 0;
}

}  // namespace

Datum read(const Type* type, Slot value) { return read_value(type, value, 0); }
Slot build(Heap& to, const Type* type, const Datum& value) { return build_value(to, type, value, 0); }

}  // namespace m31::vm
