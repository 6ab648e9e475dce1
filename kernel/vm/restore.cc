// Reads what serialise.cc wrote, from bytes that may be hostile: everything is read and checked for counts, indices and
// kinds before a fibril is made. (That a reference leads to a value of the register's type is what both sides' equal
// bytecode hashes vouch for; boxes and globals say their types.)
#include <algorithm>

#include "kernel/code/call_site.h"
#include "kernel/code/opcodes.h"
#include "kernel/code/symbols.h"
#include "kernel/data/varint.h"
#include "kernel/vm/layout.h"
#include "kernel/vm/map_ops.h"
#include "kernel/vm/ops.h"
#include "kernel/vm/serial_form.h"

namespace m31::vm {
namespace {

constexpr std::size_t outside_min_bytes = 4096;

struct ReadObject {
  SerialKind kind;
  bool shared = false;
  bool refs = false, ref_values = false;      // list; map
  std::vector<std::uint64_t> pointer_map;     // fixed
  bool wide = false;
  std::vector<std::uint64_t> slots;           // map: hash, key, value
  std::uint64_t number = 0, word = 0;         // type, code, handle; is bytes
  std::string_view text;
  std::size_t offset = 0, more = 0, index = 0;   // in the heap: the object, its array or entries, a map's index
};

struct ReadGlobal {
  std::string_view name;
  const types::Type* type;
  std::uint64_t slot;
};

struct ReadFrame {
  const code::FnCode* code;
  std::uint32_t pc;
  std::vector<std::uint64_t> registers;
};

class Reader {
 public:
  Reader(std::string_view bytes, FindCode find_code, void* context, const std::vector<HostObject*>& handles)
      : bytes_(bytes), find_code_(find_code), context_(context), handles_(handles) {}

  bool read();
  Fibril* make(const Limits& limits);
  const std::string& problem() const { return problem_; }

 private:
  bool fail(std::string_view what) {
    if (problem_.empty()) problem_ = what;
    return false;
  }
  bool number(std::uint64_t& value) { return data::read_varint(bytes_, value) || fail("cut short"); }
  bool number_below(std::uint64_t& value, std::uint64_t end) {
    return number(value) && (value < end || fail("a number out of range"));
  }
  bool flag(bool& value) {
    std::uint64_t n;
    if (!number_below(n, 2)) return false;
    value = n;
    return true;
  }
  // How many items follow: each takes a byte at least.
  bool count(std::uint64_t& value) { return number_below(value, bytes_.size() + 1); }
  bool slots(std::vector<std::uint64_t>& to, std::uint64_t n) {
    to.resize(n);
    for (std::uint64_t& slot : to)
      if (!number(slot)) return false;
    return true;
  }
  bool read_types();
  bool read_codes();
  bool read_object(ReadObject& o);
  bool read_frames();
  bool check_state();
  bool check_references(const ReadObject& o);
  bool is_object(std::uint64_t n) { return n <= objects_.size() || fail("a reference to nothing"); }
  bool has_safepoint(const code::FnCode& code, std::uint32_t pc, bool under_way) {
    std::uint32_t key = 2 * pc + under_way;
    return std::any_of(code.safepoints.begin(), code.safepoints.end(), [&](auto& point) { return point.key == key; }) ||
           fail("a place in code where nothing is suspended");
  }

  void lay_out();
  void write_object(char* memory, const ReadObject& o, Heap& heap);
  Slot reference(char* memory, std::uint64_t n) {
    return n ? reinterpret_cast<Slot>(memory + objects_[n - 1].offset) : 0;
  }

  std::string_view bytes_;
  FindCode find_code_;
  void* context_;
  const std::vector<HostObject*>& handles_;
  std::string problem_;
  std::uint64_t state_ = 0, completed_ = 0, select_arm_ = 0, error_ = 0, completion_ = 0;
  bool completion_is_ref_ = false;
  std::vector<const types::Type*> types_;
  std::vector<const code::FnCode*> codes_;
  std::vector<ReadObject> objects_;
  std::vector<ReadGlobal> globals_;
  std::vector<ReadFrame> frames_;
  std::size_t heap_bytes_ = 0;
};

bool Reader::read_types() {
  std::uint64_t n;
  if (!count(n)) return false;
  for (std::uint64_t i = 0; i < n; ++i) {
    std::string_view encoded;
    if (!data::read_sized(bytes_, encoded)) return fail("cut short");
    auto type = types::decode_type(encoded);
    if (!type) return fail(type.error());
    types_.push_back(*type);
  }
  return true;
}

bool Reader::read_codes() {
  std::uint64_t n;
  if (!count(n)) return false;
  for (std::uint64_t i = 0; i < n; ++i) {
    std::string_view identity;
    std::uint64_t hash;
    if (!data::read_sized(bytes_, identity) || !number(hash)) return fail("cut short");
    const code::FnCode* code = find_code_(context_, identity, hash);
    if (!code || code->hash != hash) return fail("code that is not known here, or differs");
    codes_.push_back(code);
  }
  return true;
}

bool Reader::read_object(ReadObject& o) {
  std::uint64_t kind, n;
  if (!number_below(kind, static_cast<std::uint64_t>(SerialKind::handle) + 1) || !flag(o.shared)) return false;
  o.kind = static_cast<SerialKind>(kind);
  switch (o.kind) {
    case SerialKind::fixed: {
      std::uint64_t words, fields;
      if (!count(words) || !slots(o.pointer_map, std::max<std::uint64_t>(words, 1)) || !count(fields)) return false;
      o.wide = words != 0;
      if (words != wide_words(static_cast<std::uint32_t>(fields)) || fields > 60'000) return fail("a record of impossible shape");
      if (!o.wide && fields < 64 && o.pointer_map[0] >> fields) return fail("a pointer map beyond the fields");
      for (std::uint64_t i = fields; o.wide && i < 64 * words; ++i)
        if (o.pointer_map[i / 64] >> (i % 64) & 1) return fail("a pointer map beyond the fields");
      return slots(o.slots, fields);
    }
    case SerialKind::box: return number_below(o.number, types_.size()) && slots(o.slots, 1);
    case SerialKind::closure: return number_below(o.number, codes_.size()) && slots(o.slots, codes_[o.number]->capture_count);
    case SerialKind::list: return flag(o.refs) && count(n) && slots(o.slots, n);
    case SerialKind::map: return flag(o.refs) && flag(o.ref_values) && count(n) && slots(o.slots, 3 * n);
    case SerialKind::str: return number_below(o.number, 2) && (data::read_sized(bytes_, o.text) || fail("cut short"));
    case SerialKind::handle: return number_below(o.number, handles_.size()) && number(o.word);
  }
  return false;
}

bool Reader::check_references(const ReadObject& o) {
  for (std::size_t i = 0; i < o.slots.size(); ++i) {
    bool is_ref = false;
    switch (o.kind) {
      case SerialKind::fixed: is_ref = o.pointer_map[i / 64] >> (i % 64) & 1; break;
      case SerialKind::box: is_ref = types_[o.number]->is_ref; break;
      case SerialKind::closure: {
        const code::FnCode* code = codes_[o.number];
        is_ref = code->instance->locals[code->parameter_count + i].type->is_ref;
        break;
      }
      case SerialKind::list: is_ref = o.refs; break;
      case SerialKind::map:
        if (i % 3 == 0 && o.slots[i] == 0) return fail("a removed entry");
        is_ref = (i % 3 == 1 && o.refs) || (i % 3 == 2 && o.ref_values);
        break;
      case SerialKind::str:
      case SerialKind::handle: break;
    }
    if (is_ref && !is_object(o.slots[i])) return false;
  }
  return true;
}

bool Reader::read_frames() {
  std::uint64_t n;
  if (!count(n)) return false;
  if (n == 0) return fail("no frame");
  for (std::uint64_t i = 0; i < n; ++i) {
    std::uint64_t code_number, pc, registers;
    if (!number_below(code_number, codes_.size())) return false;
    const code::FnCode* code = codes_[code_number];
    bool under_way = i + 1 < n;
    if (!number_below(pc, code->instructions.size()) || !has_safepoint(*code, static_cast<std::uint32_t>(pc), under_way)) return false;
    if (!count(registers)) return false;
    std::uint64_t expected = code->register_count;
    if (under_way) {
      const code::Instruction& call = code->instructions[pc];
      expected = call.a - frame_header_slots;
    }
    if (registers != expected) return fail("a frame of another size");
    if (!frames_.empty()) {
      const ReadFrame& caller = frames_.back();
      const code::Instruction& call = caller.code->instructions[caller.pc];
      bool direct = static_cast<code::Op>(call.op) == code::Op::call;
      // A tail call may have put another function there, of the same result.
      if (direct && caller.code->callees[call.b] != code &&
          caller.code->callees[call.b]->instance->result != code->instance->result)
        return fail("a frame that its caller did not call");
    }
    frames_.push_back({code, static_cast<std::uint32_t>(pc), {}});
    if (!slots(frames_.back().registers, registers)) return false;
    const std::uint64_t* live = live_bitmap(*code, static_cast<std::uint32_t>(pc), under_way);
    for (std::uint64_t r = 0; live && r < registers; ++r)
      if ((live[r / 64] >> (r % 64) & 1) && !is_object(frames_.back().registers[r])) return false;
  }
  return true;
}

// A blocked fibril stands at what it waits for.
bool Reader::check_state() {
  bool blocked = state_ == static_cast<std::uint64_t>(State::blocked);
  auto completed = static_cast<Completion>(completed_);
  if (!blocked) return completed == Completion::none || fail("a completion of nothing");
  const ReadFrame& top = frames_.back();
  const code::Instruction& ins = top.code->instructions[top.pc];
  auto op = static_cast<code::Op>(ins.op);
  if (op < code::Op::native || op > code::Op::select) return fail("waits where nothing is waited for");
  const auto& site = top.code->call_sites[ins.b];
  if (completed == Completion::select && (op != code::Op::select || 3 * select_arm_ >= site.types.size()))
    return fail("an arm of no select");
  if (completed == Completion::value && (op == code::Op::select || completion_is_ref_ != site.result->is_ref))
    return fail("a completion of another type");
  if (completed == Completion::error && error_ == 0) return fail("no error where one is raised");
  return true;
}

bool Reader::read() {
  std::uint64_t version, n;
  if (!number(version)) return false;
  if (version != serial_version) return fail("another version");
  if (!number_below(state_, 2) || !number_below(completed_, 4) || !number_below(select_arm_, UINT32_MAX)) return false;
  if (!read_types() || !read_codes() || !count(n)) return false;
  objects_.resize(n);
  for (ReadObject& o : objects_)
    if (!read_object(o)) return false;
  for (const ReadObject& o : objects_)
    if (!check_references(o)) return false;
  if (!number(error_) || !is_object(error_) || !number(completion_) || !flag(completion_is_ref_)) return false;
  if (completion_is_ref_ && !is_object(completion_)) return false;
  if (!count(n)) return false;
  for (std::uint64_t i = 0; i < n; ++i) {
    ReadGlobal global;
    std::uint64_t type;
    if (!data::read_sized(bytes_, global.name)) return fail("cut short");
    if (!number_below(type, types_.size()) || !number(global.slot)) return false;
    global.type = types_[type];
    if (global.type->is_ref && !is_object(global.slot)) return false;
    globals_.push_back(global);
  }
  if (!read_frames() || !check_state()) return false;
  return bytes_.empty() || fail("more than a fibril");
}

void Reader::lay_out() {
  for (ReadObject& o : objects_) {
    o.offset = heap_bytes_;
    std::size_t own = 0;
    switch (o.kind) {
      case SerialKind::fixed: own = sizeof(Fixed) + 8 * (o.slots.size() + (o.wide ? o.pointer_map.size() : 0)); break;
      case SerialKind::box: own = sizeof(Box); break;
      case SerialKind::closure: own = sizeof(Closure) + 8 * (o.slots.size() + wide_words(static_cast<std::uint32_t>(o.slots.size()))); break;
      case SerialKind::list:
        own = sizeof(List);
        if (!o.slots.empty()) o.more = sizeof(Array) + 8 * o.slots.size();
        break;
      case SerialKind::map:
        own = sizeof(Map);
        if (!o.slots.empty()) o.more = sizeof(Raw) + 8 * o.slots.size();
        if (std::size_t words = map_index_words(o.slots.size() / 3)) o.index = sizeof(Raw) + 8 * words;
        break;
      case SerialKind::str: own = o.text.size() > outside_min_bytes ? sizeof(StrExt) : sizeof(Str) + round8(o.text.size()); break;
      case SerialKind::handle: own = sizeof(Handle); break;
    }
    std::size_t more = o.more, index = o.index;
    if (more) o.more = heap_bytes_ + own;
    if (index) o.index = heap_bytes_ + own + more;
    heap_bytes_ += own + more + index;
  }
}

void Reader::write_object(char* memory, const ReadObject& o, Heap& heap) {
  auto* at = reinterpret_cast<Object*>(memory + o.offset);
  auto header = [&](ObjectKind kind, std::uint64_t flags, std::uint64_t slot_count = 0, std::uint64_t high = 0) {
    at->header = static_cast<std::uint64_t>(kind) | flags | (o.shared ? flag_shared : 0) | slot_count << 16 | high << 32;
  };
  auto slot = [&](std::size_t i, bool is_ref) { return is_ref ? reference(memory, o.slots[i]) : o.slots[i]; };
  switch (o.kind) {
    case SerialKind::fixed: {
      std::size_t words = o.wide ? o.pointer_map.size() : 0;
      header(ObjectKind::fixed, words ? flag_wide : 0, o.slots.size() + words, words ? 0 : o.pointer_map[0]);
      Slot* to = static_cast<Fixed*>(at)->slots;
      for (std::size_t w = 0; w < words; ++w) to[w] = o.pointer_map[w];
      for (std::size_t i = 0; i < o.slots.size(); ++i) to[words + i] = slot(i, o.pointer_map[i / 64] >> (i % 64) & 1);
      break;
    }
    case SerialKind::box: {
      const types::Type* type = types_[o.number];
      header(ObjectKind::box, type->is_ref ? flag_ref_items : 0);
      static_cast<Box*>(at)->type_id = type->id;
      static_cast<Box*>(at)->value = slot(0, type->is_ref);
      break;
    }
    case SerialKind::closure: {
      const code::FnCode* code = codes_[o.number];
      auto captures = static_cast<std::uint32_t>(o.slots.size());
      std::uint32_t words = wide_words(captures);
      std::vector<std::uint64_t> map(captures / 64 + 1);
      for (std::uint32_t i = 0; i < captures; ++i)
        if (code->instance->locals[code->parameter_count + i].type->is_ref) map[i / 64] |= std::uint64_t{1} << (i % 64);
      header(ObjectKind::closure, words ? flag_wide : 0, captures + words, words ? 0 : map[0]);
      auto* closure = static_cast<Closure*>(at);
      closure->code = code;
      for (std::uint32_t w = 0; w < words; ++w) closure->captures[w] = map[w];
      for (std::uint32_t i = 0; i < captures; ++i) closure->captures[words + i] = slot(i, map[i / 64] >> (i % 64) & 1);
      break;
    }
    case SerialKind::list: {
      header(ObjectKind::list, o.refs ? flag_ref_items : 0);
      auto* list = static_cast<List*>(at);
      list->count = o.slots.size();
      list->items = o.more ? reinterpret_cast<Slot>(memory + o.more) : 0;
      if (!o.more) break;
      auto* array = as<Array>(list->items);
      array->header = static_cast<std::uint64_t>(ObjectKind::array) | (o.refs ? flag_ref_items : 0) | std::uint64_t{o.slots.size()} << 32;
      for (std::size_t i = 0; i < o.slots.size(); ++i) array->slots[i] = slot(i, o.refs);
      break;
    }
    case SerialKind::map: {
      header(ObjectKind::map, (o.refs ? flag_ref_keys : 0) | (o.ref_values ? flag_ref_values : 0));
      auto* map = static_cast<Map*>(at);
      map->live = map->used = o.slots.size() / 3;
      map->entries = o.more ? reinterpret_cast<Slot>(memory + o.more) : 0;
      map->index = 0;
      if (!o.more) break;
      auto* raw = as<Raw>(map->entries);
      raw->header = static_cast<std::uint64_t>(ObjectKind::raw) | std::uint64_t{o.slots.size()} << 32;
      for (std::size_t i = 0; i < o.slots.size(); ++i)
        raw->words[i] = slot(i, (i % 3 == 1 && o.refs) || (i % 3 == 2 && o.ref_values));
      if (o.index) {
        auto* index = reinterpret_cast<Raw*>(memory + o.index);
        index->header = static_cast<std::uint64_t>(ObjectKind::raw) | std::uint64_t{map_index_words(map->live)} << 32;
        map->index = reinterpret_cast<Slot>(index);
        fill_map_index(map);
      }
      break;
    }
    case SerialKind::str: {
      bool ascii = std::all_of(o.text.begin(), o.text.end(), [](char c) { return !(c & 0x80); });
      std::uint64_t flags = (o.number ? flag_is_bytes : 0) | (ascii ? flag_ascii : 0);
      if (o.text.size() > outside_min_bytes) {
        header(ObjectKind::str_ext, flags);
        auto* ext = static_cast<StrExt*>(at);
        ext->buffer = data::Buffer::copy(o.text);
        ext->bytes = ext->buffer->bytes;
        ext->length_bytes = o.text.size();
        note_outside(heap, ext, o.text.size());
      } else {
        header(ObjectKind::str, flags, 0, o.text.size());
        if (!o.text.empty()) std::memcpy(static_cast<Str*>(at)->bytes, o.text.data(), o.text.size());
      }
      break;
    }
    case SerialKind::handle: {
      header(ObjectKind::handle, 0);
      auto* handle = static_cast<Handle*>(at);
      handle->object = handles_[o.number];
      handle->object->retain();
      handle->word = o.word;
      note_outside(heap, handle, 64);
      break;
    }
  }
}

Fibril* Reader::make(const Limits& limits) {
  lay_out();
  std::size_t stack_slots = frame_header_slots;
  for (const ReadFrame& frame : frames_) stack_slots += frame.registers.size() + frame_header_slots;
  if (stack_slots * 8 > limits.stack_bytes_max || heap_bytes_ > limits.heap_bytes_max) {
    fail("larger than the limits allow");
    return nullptr;
  }
  Fibril* fibril = make_fibril(frames_[0].code, limits);
  Heap& heap = fibril->heap;
  make_room(heap, heap_bytes_);
  char* memory = heap.bump;
  heap.bump += heap_bytes_;
  char* limit = heap.limit;
  for (const ReadObject& o : objects_) write_object(memory, o, heap);
  heap.limit = std::max(limit, heap.bump);

  auto more_slots = static_cast<std::uint32_t>(stack_slots + frames_.back().code->register_count);
  if (fibril->base + more_slots > fibril->stack_end && !grow_stack(*fibril, fibril->base, more_slots)) {
    destroy(fibril);
    fail("larger than the limits allow");
    return nullptr;
  }
  Slot* base = fibril->base;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    const ReadFrame& frame = frames_[i];
    bool under_way = i + 1 < frames_.size();
    if (i > 0) {
      const ReadFrame& caller = frames_[i - 1];
      const code::Instruction* call = caller.code->instructions.data() + caller.pc;
      base += call->a;
      base[-2] = reinterpret_cast<Slot>(caller.code);
      base[-1] = reinterpret_cast<Slot>(call + 1);
    }
    const std::uint64_t* live = live_bitmap(*frame.code, frame.pc, under_way);
    for (std::size_t r = 0; r < frame.registers.size(); ++r) {
      bool is_ref = live && (live[r / 64] >> (r % 64) & 1);
      base[r] = is_ref ? reference(memory, frame.registers[r]) : frame.registers[r];
    }
  }
  fibril->base = base;
  fibril->code = frames_.back().code;
  fibril->pc = fibril->code->instructions.data() + frames_.back().pc;
  fibril->error = reference(memory, error_);
  fibril->completion_is_ref = completion_is_ref_;
  fibril->completion = completion_is_ref_ ? reference(memory, completion_) : completion_;
  fibril->state = static_cast<State>(state_);
  fibril->completed = static_cast<Completion>(completed_);
  fibril->select_arm = static_cast<std::uint32_t>(select_arm_);
  for (const ReadGlobal& global : globals_)
    put_global(*fibril, code::symbol_id(global.name), global.type,
               global.type->is_ref ? reference(memory, global.slot) : global.slot);
  return fibril;
}

}  // namespace

std::expected<Fibril*, std::string> restore(std::string_view bytes, FindCode find_code, void* context,
                                            const std::vector<HostObject*>& handles, const Limits& limits) {
  Reader reader(bytes, find_code, context, handles);
  if (!reader.read()) return std::unexpected("a fibril that cannot be restored: " + reader.problem());
  Fibril* fibril = reader.make(limits);
  if (!fibril) return std::unexpected("a fibril that cannot be restored: " + reader.problem());
  return fibril;
}

}  // namespace m31::vm
