#include <algorithm>
#include <unordered_map>

#include "kernel/code/symbols.h"
#include "kernel/data/varint.h"
#include "kernel/vm/layout.h"
#include "kernel/vm/map_ops.h"
#include "kernel/vm/serial_form.h"

namespace m31::vm {
namespace {

using data::write_sized;
using data::write_varint;

struct Writer {
  std::vector<HostObject*>& handles;
  std::unordered_map<const Object*, std::uint64_t> numbers;
  std::vector<Object*> objects;
  std::unordered_map<const types::Type*, std::uint64_t> type_numbers;
  std::vector<const types::Type*> types;
  std::unordered_map<const code::FnCode*, std::uint64_t> code_numbers;
  std::vector<const code::FnCode*> codes;
  std::unordered_map<HostObject*, std::uint64_t> handle_numbers;

  std::uint64_t type_number(const types::Type* type) {
    auto [at, is_new] = type_numbers.try_emplace(type, types.size());
    if (is_new) types.push_back(type);
    return at->second;
  }
  std::uint64_t code_number(const code::FnCode* code) {
    auto [at, is_new] = code_numbers.try_emplace(code, codes.size());
    if (is_new) codes.push_back(code);
    return at->second;
  }
  std::uint64_t handle_number(HostObject* object) {
    auto [at, is_new] = handle_numbers.try_emplace(object, handles.size());
    if (is_new) handles.push_back(object);
    return at->second;
  }

  // A list's array and a map's entries are part of it and have no number.
  std::uint64_t reference(Slot slot) {
    if (!slot) return 0;
    auto [at, is_new] = numbers.try_emplace(object(slot), objects.size() + 1);
    if (is_new) objects.push_back(object(slot));
    return at->second;
  }
  std::uint64_t slot(Slot value, bool is_ref) { return is_ref ? reference(value) : value; }

  void write_object(Object* o, std::string& to) {
    auto begin = [&](SerialKind kind) {
      write_varint(static_cast<std::uint64_t>(kind), to);
      write_varint(o->shared(), to);
    };
    switch (o->kind()) {
      case ObjectKind::fixed: {
        begin(SerialKind::fixed);
        auto* fixed = static_cast<Fixed*>(o);
        std::uint32_t words = 0, count = o->count();
        if (o->header & flag_wide)
          for (words = 1; words + 64 * words < count;) ++words;
        write_varint(words, to);
        for (std::uint32_t w = 0; w < words; ++w) write_varint(fixed->slots[w], to);
        if (!words) write_varint(o->high(), to);
        write_varint(count - words, to);
        for (std::uint32_t i = 0; i < count - words; ++i) {
          bool is_ref = words ? fixed->slots[i / 64] >> (i % 64) & 1 : o->high() >> i & 1;
          write_varint(slot(fixed->slots[words + i], is_ref), to);
        }
        break;
      }
      case ObjectKind::box: {
        begin(SerialKind::box);
        const types::Type* type = types::by_id(static_cast<std::uint32_t>(static_cast<Box*>(o)->type_id));
        write_varint(type_number(type), to);
        write_varint(slot(static_cast<Box*>(o)->value, type->is_ref), to);
        break;
      }
      case ObjectKind::closure: {
        begin(SerialKind::closure);
        auto* closure = static_cast<Closure*>(o);
        const auto* code = static_cast<const code::FnCode*>(closure->code);
        write_varint(code_number(code), to);
        for (std::uint32_t i = 0; i < code->capture_count; ++i)
          write_varint(slot(closure->captures[wide_words(code->capture_count) + i],
                            code->instance->locals[code->parameter_count + i].type->is_ref), to);
        break;
      }
      case ObjectKind::list: {
        begin(SerialKind::list);
        bool refs = o->header & flag_ref_items;
        std::uint64_t count = static_cast<List*>(o)->count;
        write_varint(refs, to);
        write_varint(count, to);
        for (std::uint64_t i = 0; i < count; ++i) write_varint(slot(list_at(slot_of(o), i), refs), to);
        break;
      }
      case ObjectKind::map: {
        begin(SerialKind::map);
        bool keys = o->header & flag_ref_keys, values = o->header & flag_ref_values;
        write_varint(keys, to);
        write_varint(values, to);
        write_varint(static_cast<Map*>(o)->live, to);
        for (const MapEntry& entry : entries_of(slot_of(o))) {
          if (!entry.hash) continue;
          write_varint(entry.hash, to);
          write_varint(slot(entry.key, keys), to);
          write_varint(slot(entry.value, values), to);
        }
        break;
      }
      case ObjectKind::str:
      case ObjectKind::str_ext:
        begin(SerialKind::str);
        write_varint((o->header & flag_is_bytes) != 0, to);
        write_sized(text_of(slot_of(o)), to);
        break;
      case ObjectKind::handle:
        begin(SerialKind::handle);
        write_varint(handle_number(static_cast<Handle*>(o)->object), to);
        write_varint(static_cast<Handle*>(o)->word, to);
        break;
      case ObjectKind::array:
      case ObjectKind::raw: ENSURE(false, static_cast<std::uint64_t>(o->kind()));
    }
  }
};

struct Frame {
  Slot* base;
  const code::FnCode* code;
  std::uint32_t pc;
  bool under_way;
  std::uint32_t count;       // registers that are this frame's own
};

}  // namespace

std::string serialise(Fibril& fibril, std::vector<HostObject*>& handles) {
  ENSURE(fibril.state == State::runnable || fibril.state == State::blocked, static_cast<std::uint64_t>(fibril.state));
  Writer writer{handles, {}, {}, {}, {}, {}, {}, {}};

  // Roots first: they number the objects in an order that depends on the fibril alone.
  std::string roots;
  write_varint(writer.reference(fibril.error), roots);
  write_varint(writer.slot(fibril.completion, fibril.completion_is_ref), roots);
  write_varint(fibril.completion_is_ref, roots);
  std::vector<std::pair<std::string_view, const Global*>> globals;
  if (fibril.globals)
    for (const Global& global : fibril.globals->table)
      if (global.symbol) globals.push_back({code::symbol_name(global.symbol), &global});
  std::sort(globals.begin(), globals.end());
  write_varint(globals.size(), roots);
  for (auto [name, global] : globals) {
    write_sized(name, roots);
    write_varint(writer.type_number(global->type), roots);
    write_varint(writer.slot(global->value, global->type->is_ref), roots);
  }
  std::vector<Frame> frames;
  for_each_frame(fibril, [&](Slot* base, const code::FnCode* code, std::uint32_t pc, bool under_way) {
    std::uint32_t count = under_way ? code->instructions[pc].a - frame_header_slots : code->register_count;
    frames.push_back({base, code, pc, under_way, count});
  });
  write_varint(frames.size(), roots);
  for (std::size_t i = frames.size(); i-- > 0;) {
    const Frame& frame = frames[i];
    write_varint(writer.code_number(frame.code), roots);
    write_varint(frame.pc, roots);
    const std::uint64_t* live = live_bitmap(*frame.code, frame.pc, frame.under_way);
    const std::uint64_t* scalars = live_bitmap(*frame.code, frame.pc, frame.under_way, true);
    write_varint(frame.count, roots);
    for (std::uint32_t r = 0; r < frame.count; ++r) {
      bool is_ref = live && (live[r / 64] >> (r % 64) & 1);
      bool is_scalar = scalars && (scalars[r / 64] >> (r % 64) & 1);
      write_varint(is_ref || is_scalar ? writer.slot(frame.base[r], is_ref) : 0, roots);
    }
  }

  std::string objects;
  for (std::size_t i = 0; i < writer.objects.size(); ++i) writer.write_object(writer.objects[i], objects);

  std::string all;
  write_varint(serial_version, all);
  write_varint(static_cast<std::uint64_t>(fibril.state), all);
  write_varint(static_cast<std::uint64_t>(fibril.completed), all);
  write_varint(fibril.select_arm, all);
  write_varint(writer.types.size(), all);
  for (const types::Type* type : writer.types) write_sized(types::encode_type(type), all);
  write_varint(writer.codes.size(), all);
  for (const code::FnCode* code : writer.codes) {
    write_sized(code->identity, all);
    write_varint(code->hash, all);
  }
  write_varint(writer.objects.size(), all);
  all += objects;
  all += roots;
  return all;
}

}  // namespace m31::vm
