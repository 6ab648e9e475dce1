// Drafts: instructions before they have a place: jumps name labels, registers are final. The code generator fills
// them in, assemble() computes what lives where, drops marks that last uses make needless, and lays them out.
//
// Temporaries lie above the locals and are used like a stack; whether one holds a reference changes from
// instruction to instruction, so each safepoint takes a snapshot of that.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/code/code.h"
#include "kernel/code/opcodes.h"

namespace m31::code {

using Reg = std::uint16_t;
using Label = std::uint32_t;
inline constexpr std::uint32_t none_index = UINT32_MAX;

struct Draft {
  Op op = Op::move;
  Reg a = 0, b = 0, c = 0;
  std::int32_t number = 0;             // II
  Label label = none_index;            // L, JJ
  std::uint32_t extra = 0;             // second word
  std::uint16_t window_count = 0;      // registers that `w` uses
  bool last_use_moves = false;         // move_share: a plain move if b is not used again
  std::uint32_t offset = 0;            // in the source
  std::uint16_t site = 0;              // whose source: Inlined::sites
  std::uint32_t snapshot = none_index;
};

struct DraftHandler {
  Label begin, end, handler;
  Reg reg;
};

struct DraftSwitch {                   // of a switch_text
  std::vector<std::uint32_t> texts;    // string constants
  std::vector<Label> labels;           // of each, then of none
};

struct Drafts {
  std::vector<Draft> list;
  std::vector<std::uint32_t> labels;            // label -> index in list
  std::vector<DraftSwitch> switches;            // b of switch_text
  std::vector<DraftHandler> handlers;           // innermost first
  std::vector<std::vector<std::uint64_t>> snapshots;   // which temporaries hold references, from temp_base on
  std::vector<bool> local_is_ref;               // registers below temp_base
  std::vector<Reg> var_parameters;              // used by every return
  Reg temp_base = 0;
  std::uint32_t register_count = 0;
  std::uint32_t parameter_count = 0;            // with captures: defined at entry
};

void assemble(Drafts& drafts, FnCode& code);

}  // namespace m31::code
