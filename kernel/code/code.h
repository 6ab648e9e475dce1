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

#include "kernel/types/core.h"

namespace m31::code {

struct Instruction {
  std::uint16_t op, a, b, c;
};

struct Safepoint {               // at `pc`: which registers hold live heap pointers
  std::uint32_t pc;
  std::uint32_t bitmap_offset;   // in FnCode::bitmaps, (register_count + 63) / 64 words
};

struct HandlerRange {            // try: [begin, end) -> handler pc; the error goes to `reg`
  std::uint32_t begin, end, handler;
  std::uint16_t reg;
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
  std::vector<std::uint32_t> lines;             // source byte offset per instruction
  // Further side tables (call signatures of natives and host operations) are codegen's own.
  struct CallSite;
  std::vector<CallSite> call_sites;
  FnCode();
  ~FnCode();
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

}  // namespace m31::code
