#include "kernel/vm/raise.h"

#include "kernel/vm/layout.h"
#include "kernel/vm/native.h"
#include "kernel/vm/value_ops.h"

namespace m31::vm {

using types::Type;
using types::TypeKind;

namespace {

// When the module has not been read (nothing in the program can then name the type).
const Type* stand_in(std::string_view kind) {
  types::TypeDecl decl;
  std::string name = "errors." + std::string(kind);
  decl.name = name;
  decl.module = "errors";
  const Type* type = types::named_of(types::declare(decl), {});
  const std::string_view fields[] = {"message"};
  const Type* const field_types[] = {types::basic(TypeKind::string)};
  types::Constructor constructor{kind, fields, field_types};
  types::set_constructors(type, std::span(&constructor, 1));
  return type;
}

}  // namespace

Slot make_record(Heap& heap, const Type* type, std::uint32_t tag) {
  auto fields = field_types(type, tag);
  std::uint32_t first = is_sum(type) ? 1 : 0, count = static_cast<std::uint32_t>(fields.size()) + first;
  const auto set_references = [&](std::uint64_t* map) {
    for (std::uint32_t i = 0; i < fields.size(); ++i)
      if (fields[i]->is_ref) map[(i + first) / 64] |= std::uint64_t{1} << ((i + first) % 64);
  };
  Slot record;
  if (count > 32) {
    std::vector<std::uint64_t> map((count + 63) / 64 + 1);
    set_references(map.data());
    record = make_wide(heap, count, map.data());
  } else {
    std::uint64_t map = 0;
    set_references(&map);
    record = make_fixed(heap, count, static_cast<std::uint32_t>(map));
  }
  if (first) field_slot(record, 0) = tag;
  return record;
}

Slot zero_value(Heap& heap, const Type* type) {
  switch (type->kind) {
    case TypeKind::string: return make_string(heap, std::string_view());
    case TypeKind::bytes: return make_string(heap, std::string_view(), true);
    case TypeKind::list: return make_list(heap, type->args[0]->is_ref, 0);
    case TypeKind::map: return make_map(heap, type->args[0]->is_ref, type->args[1]->is_ref, 0);
    case TypeKind::range:
    case TypeKind::tuple:
    case TypeKind::record: {
      Root record(heap, make_record(heap, type, 0));
      auto fields = field_types(type, 0);
      for (std::uint32_t i = 0; i < fields.size(); ++i) {
        if (!fields[i]->is_ref) continue;
        Slot value = zero_value(heap, fields[i]);
        field_slot(record.get(), i) = value;
      }
      return record.get();
    }
    default: return 0;
  }
}

Slot make_error(Heap& heap, std::string_view kind, std::string_view message, std::int64_t code) {
  const Type* type = types::error_type(kind);
  if (!type || type->constructors.empty()) type = stand_in(kind);
  Root record(heap, make_record(heap, type, 0));
  const types::Constructor& constructor = type->constructors[0];
  for (std::uint32_t i = 0; i < constructor.fields.size(); ++i) {
    const Type* field = constructor.types[i];
    Slot value = 0;
    if (constructor.fields[i] == "message" && field->kind == TypeKind::string) value = make_string(heap, message);
    else if ((constructor.fields[i] == "code" || constructor.fields[i] == "status") && field->kind == TypeKind::int_) value = static_cast<Slot>(code);
    else if (field->is_ref) value = zero_value(heap, field);
    field_slot(record.get(), i) = value;
  }
  return make_box(heap, type->id, record.get(), true);
}

bool raise_error(Fibril& fibril, std::string_view kind, std::string_view message, std::int64_t code) {
  Slot error = make_error(fibril.heap, kind, message, code);
  fibril.error = error;
  return false;
}

bool is_error_kind(Slot boxed, std::string_view kind) {
  if (!boxed) return false;
  const Type* type = types::by_id(static_cast<std::uint32_t>(as<Box>(boxed)->type_id));
  if (type->kind != TypeKind::named || !(type->decl->is_error || type->decl->module == "errors")) return false;
  std::string_view name = type->decl->name;
  return name.substr(name.rfind('.') + 1) == kind;
}

NativeStatus NativeCall::raise(std::string_view kind, std::string_view message) {
  raise_error(fibril, kind, message);
  return NativeStatus::raised;
}

HostStatus HostCall::raise(std::string_view kind, std::string_view message) {
  raise_error(fibril, kind, message);
  return HostStatus::raised;
}

}  // namespace m31::vm
