// FnCode: the bytecode of one function instance: immutable, shared by all processors, made
// deterministically from core::FnInstance, so that (identity, hash, pc) names a frame anywhere.
// Instructions are 8 bytes: op 16, a 16, b 16, c 16 (or a 16, imm 32). opcodes.def lists them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/code/inline.h"
#include "kernel/types/core.h"

namespace m31::code {

struct Instruction {
  std::uint16_t op, a, b, c;
};

// Which registers hold live heap pointers. A call has two: while it waits to be executed (its arguments are the
// caller's), and while the callee runs (they are the callee's).
struct Safepoint {
  std::uint32_t key;             // 2 * pc, + 1 for a call under way
  // In FnCode::bitmaps, (register_count + 63) / 64 words each; UINT32_MAX: none.
  std::uint32_t bitmap_offset;
  std::uint32_t scalars_offset;  // live registers that hold no reference: what a serialised frame must keep
};

struct HandlerRange {            // try: [begin, end) -> handler pc; the error goes to `reg`
  std::uint32_t begin, end, handler;
  std::uint16_t reg;
};

struct TextSwitch {              // kernel/code/text_switch.h
  std::vector<std::uint32_t> texts;             // the cases: string constants
  std::vector<std::int32_t> distances;          // from the instruction to each, then to where none of them goes
  std::vector<std::uint16_t> index;             // open addressing by hash: number of the case + 1
  std::size_t bytes_max = 0;                    // of the longest case
};

struct FnCode {
  const core::FnInstance* instance = nullptr;
  std::string identity;
  std::uint64_t hash = 0;                       // of everything below, names of code by identity
  std::uint32_t parameter_count = 0, capture_count = 0, register_count = 0;
  std::vector<Instruction> instructions;
  std::vector<Safepoint> safepoints;            // sorted by pc
  std::vector<std::uint64_t> bitmaps;
  std::vector<HandlerRange> handlers;           // innermost first
  std::vector<std::uint64_t> constants;         // scalars
  std::vector<std::string> strings;             // string constants, symbols, operation names
  std::vector<const types::Type*> types;
  std::vector<FnCode*> callees;
  std::vector<std::uint32_t> lines;             // source byte offset per instruction, in the source of its site
  std::vector<std::uint16_t> sites;             // per instruction, when anything was inlined: index in inlined
  std::vector<InlineSite> inlined;
  std::vector<std::uint32_t> symbols;           // process-local ids of names of globals (kernel/code/symbols.h)
  struct Shape {                                // of a Fixed that is made
    std::uint16_t field_count = 0;              // with the tag
    std::int32_t tag = -1;                      // constructor of a sum type
    std::vector<std::uint64_t> pointer_map;     // over fields
  };
  std::vector<Shape> shapes;
  std::vector<TextSwitch> switches;
  std::vector<void*> string_objects;            // strings as static Str objects
  // Further side tables (call signatures of natives and host operations) are codegen's own.
  struct CallSite;
  std::vector<CallSite> call_sites;
  FnCode();
  ~FnCode();
  FnCode(const FnCode&) = delete;
};

// All code of one session: FnInstance -> FnCode, generated at once for all it reaches.
class Code {
 public:
  Code();
  ~Code();
  const FnCode* generate(const core::FnInstance* instance);
  const FnCode* find(std::string_view identity) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

std::string dump(const FnCode& code);           // --dump=bytecode, stable
std::uint32_t line_of(const core::FnInstance& function, std::uint32_t offset);   // 0 when it has no source

// The functions whose code an instruction is, innermost first: f(function, offset of the instruction or call in its source).
template <class F>
void for_each_function_at(const FnCode& code, std::uint32_t pc, F&& f) {
  std::uint32_t offset = pc < code.lines.size() ? code.lines[pc] : 0;
  std::uint32_t site = pc < code.sites.size() ? code.sites[pc] : 0;
  for (; site != 0; site = code.inlined[site].parent) {
    f(*code.inlined[site].function, offset);
    offset = code.inlined[site].offset;
  }
  f(*code.instance, offset);
}

}  // namespace m31::code
