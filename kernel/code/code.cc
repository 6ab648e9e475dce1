// FnCode and Code: generation of all that a function reaches, and what makes code comparable: its hash.
#include "kernel/code/code.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "kernel/code/call_site.h"
#include "kernel/code/codegen.h"
#include "kernel/code/symbols.h"
#include "kernel/vm/object_walk.h"

namespace m31::code {
namespace {

void add_number(std::string& to, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) to += static_cast<char>(number >> shift);
}

void add_text(std::string& to, std::string_view text) {
  add_number(to, text.size());
  to += text;
}

void add_type(std::string& to, const types::Type* type) { add_text(to, types::encode_type(type)); }

// 64 bits of the hash of everything that decides what the code does; other code by its identity.
std::uint64_t hash_of(const FnCode& code) {
  std::string all;
  add_text(all, code.identity);
  add_number(all, code.parameter_count);
  add_number(all, code.capture_count);
  add_number(all, code.register_count);
  for (const Instruction& i : code.instructions)
    add_number(all, std::uint64_t{i.op} | std::uint64_t{i.a} << 16 | std::uint64_t{i.b} << 32 | std::uint64_t{i.c} << 48);
  for (const Safepoint& point : code.safepoints) {
    add_number(all, std::uint64_t{point.key} << 32 | point.bitmap_offset);
    add_number(all, point.scalars_offset);
  }
  for (std::uint64_t word : code.bitmaps) add_number(all, word);
  for (const HandlerRange& range : code.handlers) {
    add_number(all, std::uint64_t{range.begin} << 32 | range.end);
    add_number(all, std::uint64_t{range.handler} << 32 | range.reg);
  }
  for (std::uint64_t word : code.constants) add_number(all, word);
  for (const std::string& text : code.strings) add_text(all, text);
  for (const types::Type* type : code.types) add_type(all, type);
  for (const FnCode* callee : code.callees) add_text(all, callee->identity);
  for (std::uint32_t symbol : code.symbols) add_text(all, symbol_name(symbol));
  for (const FnCode::Shape& shape : code.shapes) {
    add_number(all, shape.field_count);
    add_number(all, static_cast<std::uint64_t>(shape.tag));
    for (std::uint64_t word : shape.pointer_map) add_number(all, word);
  }
  for (const TextSwitch& choice : code.switches) {
    for (std::uint32_t text : choice.texts) add_number(all, text);
    for (std::int32_t distance : choice.distances) add_number(all, static_cast<std::uint64_t>(distance));
  }
  for (const FnCode::CallSite& site : code.call_sites) {
    add_text(all, site.name);
    for (const types::Type* type : site.types) add_type(all, type);
    add_type(all, site.result);
    add_number(all, site.result_unused | site.parent_receiver << 1);
    if (site.callee) add_text(all, site.callee->identity);
  }
  return XXH3_64bits(all.data(), all.size());
}

// Constants as objects that no collector moves. The last byte of a string constant says its kind.
void* static_string(std::string_view constant) {
  bool bytes = constant.back() == 'b';
  constant.remove_suffix(1);
  bool ascii = true;
  for (char c : constant) ascii = ascii && !(c & 0x80);
  auto* str = static_cast<vm::Str*>(std::malloc(sizeof(vm::Str) + vm::round8(constant.size())));
  str->header = static_cast<std::uint64_t>(vm::ObjectKind::str) | vm::flag_static | (bytes ? vm::flag_is_bytes : 0) |
                (ascii ? vm::flag_ascii : 0) | std::uint64_t{constant.size()} << 32;
  std::memcpy(str->bytes, constant.data(), constant.size());
  return str;
}

}  // namespace

FnCode::FnCode() = default;
FnCode::~FnCode() {
  for (void* string : string_objects) std::free(string);
}

struct Code::Implementation {
  std::unordered_map<std::string, std::unique_ptr<FnCode>> by_identity;
  std::vector<FnCode*> pending;

  FnCode* entry(const core::FnInstance* instance) {
    auto& code = by_identity[instance->identity];
    if (!code) {
      code = std::make_unique<FnCode>();
      code->instance = instance;
      code->identity = instance->identity;
      pending.push_back(code.get());
    }
    return code.get();
  }
};

Code::Code() : implementation_(std::make_unique<Implementation>()) {}
Code::~Code() = default;

const FnCode* Code::generate(const core::FnInstance* instance) {
  Implementation& all = *implementation_;
  const FnCode* result = all.entry(instance);
  std::vector<FnCode*> made;
  while (!all.pending.empty()) {
    FnCode* code = all.pending.back();
    all.pending.pop_back();
    auto callee_code = [](void* context, const core::FnInstance* callee) {
      return static_cast<Implementation*>(context)->entry(callee);
    };
    Inlined inlined(*code->instance);
    Codegen codegen(inlined.function, *code, callee_code, &all);
    codegen.run();
    if (inlined.sites.size() > 1) code->inlined = std::move(inlined.sites);
    else code->sites.clear();
    for (const std::string& text : code->strings) code->string_objects.push_back(static_string(text));
    made.push_back(code);
  }
  for (FnCode* code : made) code->hash = hash_of(*code);
  return result;
}

const FnCode* Code::find(std::string_view identity) const {
  auto found = implementation_->by_identity.find(std::string(identity));
  return found == implementation_->by_identity.end() ? nullptr : found->second.get();
}

std::uint32_t line_of(const core::FnInstance& function, std::uint32_t offset) {
  return function.source ? function.source->position(offset).line : 0;
}

}  // namespace m31::code
