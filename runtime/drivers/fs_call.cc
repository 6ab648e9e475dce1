#include "runtime/drivers/fs_call.h"

#include <algorithm>

namespace m31::runtime {
namespace {

using data::Datum;
using data::DatumKind;
using types::Type;
using types::TypeKind;

std::unexpected<Failure> fail(std::string kind, std::string message) {
  return std::unexpected(Failure{std::move(kind), std::move(message), 0});
}

bool is_boxed(const Type* type) { return type->kind == TypeKind::any || type->kind == TypeKind::union_; }

std::unexpected<Failure> wrong_arguments(const Call& call) {
  return fail("Unknown", call.operation + " is no operation of fs with these arguments");
}

bool has_text(const Call& call, std::size_t index) { return index < call.args.size() && call.args[index].kind == DatumKind::text; }

const store::Attribute* find_attribute(const store::Space& space, std::string_view name, std::uint32_t& number) {
  if (name == space.key.name) {
    number = UINT32_MAX;
    return &space.key;
  }
  for (std::uint32_t i = 0; i < space.attributes.size(); ++i)
    if (space.attributes[i].name == name) {
      number = i;
      return &space.attributes[i];
    }
  return nullptr;
}

std::string attribute_names(const store::Space& space) {
  std::string names = space.key.name;
  for (const store::Attribute& attribute : space.attributes) names += ", " + attribute.name;
  return names;
}

std::expected<store::Condition, Failure> condition_of(const store::Space& space, std::string_view name, const Type* type, const Datum& value) {
  std::uint32_t number = 0;
  const store::Attribute* attribute = find_attribute(space, name, number);
  if (!attribute)
    return fail("StoreError", "space " + space.name + " has no attribute " + std::string(name) + "; it has " + attribute_names(space));
  auto converted = convert(attribute->type, type, value, std::string(name));
  if (!converted) return std::unexpected(converted.error());
  return store::Condition{std::string(name), std::move(*converted)};
}

// The record behind an Any, or the record itself.
struct RecordView {
  const Type* type = nullptr;
  const Datum* value = nullptr;
};

std::expected<RecordView, Failure> record_argument(const Call& call) {
  if (call.args.size() != 1 || call.types.size() != 1) return wrong_arguments(call);
  RecordView view{call.types[0], &call.args[0]};
  if (view.value->kind == DatumKind::boxed) view = {view.value->type, &view.value->items[0]};
  if (view.type->kind != TypeKind::record) return fail("TypeError", call.operation + " needs a record, not " + types::show(view.type));
  return view;
}

std::expected<const store::Space*, Failure> space_of_record(const std::vector<store::Space>& spaces, const RecordView& record) {
  return space_of_fields(spaces, {record.type->names.begin(), record.type->names.end()});
}

std::expected<store::Command, Failure> command_of_record(const std::vector<store::Space>& spaces, const Call& call, bool replace) {
  auto record = record_argument(call);
  if (!record) return std::unexpected(record.error());
  auto space = space_of_record(spaces, *record);
  if (!space) return std::unexpected(space.error());
  store::Command command;
  command.space = (*space)->id;
  command.replace = replace;
  bool has_key = false;
  for (std::size_t i = 0; i < record->type->names.size(); ++i) {
    std::string_view name = record->type->names[i];
    std::uint32_t number = 0;
    const store::Attribute* attribute = find_attribute(**space, name, number);
    const Datum& field = record->value->items[i];
    const Datum& held = field.kind == DatumKind::boxed ? field.items[0] : field;
    if (held.kind == DatumKind::handle && held.text.view().find("Int.incr") != std::string_view::npos) {
      command.changes.push_back({number, store::Operation::add, Datum::of_int(1)});
      continue;
    }
    auto value = convert(attribute->type, record->type->args[i], field, std::string(name));
    if (!value) return std::unexpected(value.error());
    if (number == UINT32_MAX) {
      command.key = std::move(*value);
      has_key = true;
    } else {
      command.changes.push_back({number, store::Operation::assign, std::move(*value)});
    }
  }
  if (!has_key) return fail("StoreError", "space " + (*space)->name + ": the key " + (*space)->key.name + " is missing");
  return command;
}

Reply records_reply(const store::Space& space, const Type* result_type, std::vector<store::Record> records) {
  const Type* item = result_type && result_type->kind == TypeKind::list ? result_type->args[0] : nullptr;
  const Type* own = space.record_type();
  if (!item || (item != own && !is_boxed(item))) return fail("TypeError", "records of space " + space.name + " are " + types::show(own));
  std::vector<Datum> items;
  items.reserve(records.size());
  for (store::Record& record : records) items.push_back(item == own ? std::move(record.value) : Datum::of_box(own, std::move(record.value)));
  return Datum::of_items(std::move(items));
}

// Of fs.page: the records and where the next page begins.
Reply page_reply(store::Store& store, const store::Space& space, const Call& call) {
  constexpr std::size_t page_records = 1000;
  if (!has_text(call, 1)) return wrong_arguments(call);
  auto page = store.page(space.id, std::string(call.args[1].text.view()), page_records);
  if (!page) return std::unexpected(failure_of(page.error()));
  auto records = records_reply(space, call.result_type, std::move(page->records));
  if (!records) return records;
  return Datum::of_items({std::move(*records), Datum::of_text(std::string_view(page->next))});
}

Reply add_space(store::Store& store, const Call& call) {
  if (call.args.size() != 1 || call.types[0]->kind != TypeKind::record) return wrong_arguments(call);
  const Type* type = call.types[0];
  const Datum& record = call.args[0];
  auto field = [&](std::string_view name, DatumKind kind) -> const Datum* {
    int index = types::field_index(type, name);
    if (index < 0) return nullptr;
    const Datum& value = record.items[static_cast<std::size_t>(index)];
    return value.kind == kind ? &value : nullptr;
  };
  store::Space wanted;
  const Datum* columns = field("columns", DatumKind::items);
  const Datum* name = field("name", DatumKind::text);
  if (!columns || columns->items.empty() || !name) return wrong_arguments(call);
  wanted.name = name->text.view();
  for (std::size_t i = 0; i < columns->items.size(); ++i) {
    const Datum& column = columns->items[i];
    if (column.items.size() < 2 || column.items[1].kind != DatumKind::text) return wrong_arguments(call);
    std::string_view structure = column.items[1].text.view();
    auto decoded = types::decode_type(structure);
    if (!decoded) return fail("StoreError", decoded.error());
    store::Attribute attribute{std::string(column.items[0].text.view()), *decoded, true};
    if (column.items.size() > 2 && column.items[2].kind == DatumKind::boolean) attribute.queryable = column.items[2].integer != 0;
    if (i == 0)
      wanted.key = attribute;
    else
      wanted.attributes.push_back(attribute);
  }
  auto number = [&](std::string_view option, std::uint32_t& to) {
    const Datum* value = field(option, DatumKind::integer);
    if (value) to = static_cast<std::uint32_t>(std::clamp<std::int64_t>(value->integer, 0, UINT32_MAX));
  };
  number("partitions", wanted.options.partitions);
  number("failures", wanted.options.failures);
  if (const Datum* flag = field("versioning", DatumKind::boolean)) wanted.options.versioning = flag->integer != 0;
  if (const Datum* flag = field("strict", DatumKind::boolean)) wanted.options.strict = flag->integer != 0;
  if (wanted.options.strict && wanted.options.failures > 0)
    return fail("StoreError", "space " + wanted.name + ": strict, and " + std::to_string(wanted.options.failures) +
                                  " failures cannot be survived by one node; leave strict out or let more nodes join");
  auto made = store.add_space(wanted);
  if (!made) return std::unexpected(failure_of(made.error()));
  return Datum();
}

std::string status_text(const std::string& directory, const std::vector<store::Space>& spaces) {
  std::string text = "store in " + directory + ", one node\n";
  for (const store::Space& space : spaces) {
    text += space.name + ": " + types::show(space.record_type()) + ", " + std::to_string(space.options.partitions) + " partitions";
    if (space.options.failures) text += ", degraded: tolerates 0 failures of " + std::to_string(space.options.failures);
    text += "\n";
  }
  return text;
}

Reply search(store::Store& store, const std::vector<store::Space>& spaces, const Call& call, bool explains) {
  if (!has_text(call, 0) || call.args.size() % 2 != 1) return wrong_arguments(call);
  auto space = find_space(spaces, call.args[0].text.view());
  if (!space) return std::unexpected(space.error());
  std::vector<store::Condition> conditions;
  for (std::size_t i = 1; i < call.args.size(); i += 2) {
    if (!has_text(call, i)) return wrong_arguments(call);
    auto condition = condition_of(**space, call.args[i].text.view(), call.types[i + 1], call.args[i + 1]);
    if (!condition) return std::unexpected(condition.error());
    conditions.push_back(std::move(*condition));
  }
  if (explains) {
    auto text = store.explain((*space)->id, conditions);
    if (!text) return std::unexpected(failure_of(text.error()));
    return Datum::of_text(std::string_view(*text));
  }
  auto records = store.search((*space)->id, conditions, SIZE_MAX);
  if (!records) return std::unexpected(failure_of(records.error()));
  return records_reply(**space, call.result_type, std::move(*records));
}

Reply read_any(store::Store& store, const std::vector<store::Space>& spaces, const Call& call, bool is_get) {
  auto record = record_argument(call);
  if (!record) return std::unexpected(record.error());
  auto space = space_of_record(spaces, *record);
  if (!space) return std::unexpected(space.error());
  std::vector<store::Condition> conditions;
  for (std::size_t i = 0; i < record->type->names.size(); ++i) {
    auto condition = condition_of(**space, record->type->names[i], record->type->args[i], record->value->items[i]);
    if (!condition) return std::unexpected(condition.error());
    conditions.push_back(std::move(*condition));
  }
  if (is_get && (conditions.size() != 1 || conditions[0].attribute != (*space)->key.name))
    return fail("StoreError", "space " + (*space)->name + ": fs.get needs the key " + (*space)->key.name + " alone");
  auto records = store.search((*space)->id, conditions, SIZE_MAX);
  if (!records) return std::unexpected(failure_of(records.error()));
  if (!is_get) return records_reply(**space, call.result_type, std::move(*records));
  return record_reply(**space, call.result_type, records->empty() ? std::nullopt : std::optional(std::move((*records)[0])));
}

}  // namespace

Failure failure_of(const store::Error& error) {
  switch (error.code) {
    case store::ErrorCode::conflict: return {"Conflict", error.message, 0};
    case store::ErrorCode::stale: return {"Stale", error.message, 0};
    case store::ErrorCode::bad_record:
    case store::ErrorCode::no_space:
    case store::ErrorCode::different_space:
    case store::ErrorCode::too_large:
    case store::ErrorCode::cannot_open:
    case store::ErrorCode::not_writable:
    case store::ErrorCode::full:
    case store::ErrorCode::io:
    case store::ErrorCode::damaged:
    case store::ErrorCode::newer_format:
    case store::ErrorCode::network_file_system: return {"StoreError", error.message, 0};
  }
  return {"StoreError", error.message, 0};
}

std::expected<Datum, Failure> convert(const Type* to, const Type* from, const Datum& value, const std::string& what) {
  if (to == from) return value;
  auto refuse = [&](const Type* found) -> std::expected<Datum, Failure> {
    return fail("TypeError", what + ": expected " + types::show(to) + ", found " + types::show(found));
  };
  if (is_boxed(from) && value.kind == DatumKind::boxed) return convert(to, value.type, value.items[0], what);
  if (is_boxed(from)) from = types::basic(TypeKind::none);
  if (to == from) return value;
  if (to->kind == TypeKind::any || (to->kind == TypeKind::union_ && types::is_subset(from, to))) return Datum::of_box(from, value);
  if (to->kind == TypeKind::float_ && from->kind == TypeKind::int_) return Datum::of_float(static_cast<double>(value.integer));
  return refuse(from);
}

std::expected<const store::Space*, Failure> find_space(const std::vector<store::Space>& spaces, std::string_view name) {
  for (const store::Space& space : spaces)
    if (space.name == name) return &space;
  std::string known;
  for (const store::Space& space : spaces) known += (known.empty() ? "" : ", ") + space.name;
  return fail("NotFound", "there is no space " + std::string(name) + (known.empty() ? "; there is none at all" : "; there are " + known));
}

std::expected<const store::Space*, Failure> space_of_fields(const std::vector<store::Space>& spaces,
                                                            const std::vector<std::string_view>& fields) {
  std::vector<const store::Space*> fitting, by_key;
  for (const store::Space& space : spaces) {
    std::uint32_t number = 0;
    if (!std::all_of(fields.begin(), fields.end(), [&](std::string_view field) { return find_attribute(space, field, number); })) continue;
    fitting.push_back(&space);
    if (std::find(fields.begin(), fields.end(), space.key.name) != fields.end()) by_key.push_back(&space);
  }
  if (!by_key.empty()) fitting = by_key;
  if (fitting.size() == 1) return fitting[0];
  std::string names;
  if (fitting.empty()) {
    for (std::string_view field : fields) names += (names.empty() ? "" : ", ") + std::string(field);
    return fail("NotFound", "no space has the attributes " + names);
  }
  for (const store::Space* space : fitting) names += (names.empty() ? "" : ", ") + space->name;
  return fail("StoreError", "several spaces fit: " + names + "; say which with fs.space(\"" + fitting[0]->name + "\")");
}

bool is_write(std::string_view operation) {
  return operation == "fs.invoke" || operation == "fs.put" || operation == "fs.invokeAny" || operation == "fs.putAny";
}

std::expected<store::Command, Failure> command_of(const std::vector<store::Space>& spaces, const Call& call) {
  if (call.operation == "fs.invokeAny" || call.operation == "fs.putAny")
    return command_of_record(spaces, call, call.operation == "fs.putAny");
  if (!has_text(call, 0) || call.args.size() < 2 || call.args.size() % 3 != 2) return wrong_arguments(call);
  auto space = find_space(spaces, call.args[0].text.view());
  if (!space) return std::unexpected(space.error());
  store::Command command;
  command.space = (*space)->id;
  command.replace = call.operation == "fs.put";
  auto key = convert((*space)->key.type, call.types[1], call.args[1], (*space)->key.name);
  if (!key) return std::unexpected(key.error());
  command.key = std::move(*key);
  for (std::size_t i = 2; i < call.args.size(); i += 3) {
    if (!has_text(call, i) || call.args[i + 1].kind != DatumKind::integer) return wrong_arguments(call);
    std::uint32_t number = 0;
    std::string name(call.args[i].text.view());
    const store::Attribute* attribute = find_attribute(**space, name, number);
    if (!attribute || number == UINT32_MAX)
      return fail("StoreError", "space " + (*space)->name + " has no attribute " + name + "; it has " + attribute_names(**space));
    auto operand = convert(attribute->type, call.types[i + 2], call.args[i + 2], name);
    if (!operand) return std::unexpected(operand.error());
    command.changes.push_back({number, call.args[i + 1].integer == 1 ? store::Operation::add : store::Operation::assign, std::move(*operand)});
  }
  return command;
}

std::expected<std::vector<store::Command>, Failure> commands_of(const std::vector<store::Space>& spaces, Flush flush) {
  struct Target {
    const store::Space* space = nullptr;
    std::vector<std::uint32_t> numbers;
    std::vector<const Type*> types;
  };
  std::vector<Target> targets;
  for (const Flush::Names& names : flush.spaces) {
    auto space = find_space(spaces, names.name);
    if (!space) return std::unexpected(space.error());
    Target& target = targets.emplace_back();
    target.space = *space;
    for (const std::string& name : names.attributes) {
      const store::Attribute* attribute = find_attribute(**space, name, target.numbers.emplace_back());
      if (!attribute || target.numbers.back() == UINT32_MAX)
        return fail("StoreError", "space " + (*space)->name + " has no attribute " + name + "; it has " + attribute_names(**space));
      target.types.push_back(attribute->type);
    }
  }
  for (store::Command& command : flush.commands) {
    const Flush::Names& names = flush.spaces[command.space];
    const Target& target = targets[command.space];
    command.space = target.space->id;
    if (names.key_type != target.space->key.type) {
      auto key = convert(target.space->key.type, names.key_type, command.key, target.space->key.name);
      if (!key) return std::unexpected(key.error());
      command.key = std::move(*key);
    }
    for (store::AttributeChange& change : command.changes) {
      const Type* from = names.attribute_types[change.attribute];
      const Type* to = target.types[change.attribute];
      if (from != to && change.operation == store::Operation::assign) {
        auto value = convert(to, from, change.operand, names.attributes[change.attribute]);
        if (!value) return std::unexpected(value.error());
        change.operand = std::move(*value);
      }
      change.attribute = target.numbers[change.attribute];
    }
  }
  return std::move(flush.commands);
}

Reply record_reply(const store::Space& space, const Type* result_type, std::optional<store::Record> record) {
  if (!result_type || result_type->kind == TypeKind::none || !record) return Datum();
  const Type* own = space.record_type();
  if (result_type == own) return std::move(record->value);
  if (is_boxed(result_type)) return Datum::of_box(own, std::move(record->value));
  return fail("TypeError", "records of space " + space.name + " are " + types::show(own) + ", expected " + types::show(result_type));
}

Reply read_or_declare(store::Store& store, const std::string& directory, const Call& call) {
  std::string_view operation = std::string_view(call.operation).substr(3);
  if (operation == "addSpace") return add_space(store, call);
  auto spaces = store.spaces();
  if (!spaces) return std::unexpected(failure_of(spaces.error()));
  if (operation == "spaces") {
    std::vector<Datum> names;
    for (const store::Space& space : *spaces) names.push_back(Datum::of_text(std::string_view(space.name)));
    return Datum::of_items(std::move(names));
  }
  if (operation == "status") return Datum::of_text(std::string_view(status_text(directory, *spaces)));
  if (operation == "search" || operation == "explain") return search(store, *spaces, call, operation == "explain");
  if (operation == "searchAny" || operation == "getAny") return read_any(store, *spaces, call, operation == "getAny");
  if (!has_text(call, 0)) return wrong_arguments(call);
  auto space = find_space(*spaces, call.args[0].text.view());
  if (operation == "page") return space ? page_reply(store, **space, call) : std::unexpected(space.error());
  if (operation == "count") {
    if (!space) return std::unexpected(space.error());
    auto count = store.count((*space)->id);
    if (!count) return std::unexpected(failure_of(count.error()));
    return Datum::of_int(static_cast<std::int64_t>(*count));
  }
  if (operation == "get" && call.args.size() == 2) {
    if (!space) return std::unexpected(space.error());
    auto key = convert((*space)->key.type, call.types[1], call.args[1], (*space)->key.name);
    if (!key) return std::unexpected(key.error());
    auto record = store.get((*space)->id, *key);
    if (!record) return std::unexpected(failure_of(record.error()));
    return record_reply(**space, call.result_type, std::move(*record));
  }
  return wrong_arguments(call);
}

}  // namespace m31::runtime
