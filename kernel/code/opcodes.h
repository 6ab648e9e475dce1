// The opcodes as an enum and as data. opcodes.def is the list.
#pragma once

#include <cstdint>
#include <string_view>

namespace m31::code {

enum class Op : std::uint16_t {
#define OP(name, operands, flags, meaning) name,
#include "kernel/code/opcodes.def"
#undef OP
};

struct OpInfo {
  std::string_view name;
  char operands[4];
  bool safepoint, extra, ends;   // ends: the next instruction is not reached from here
};

inline constexpr bool has_flag(std::string_view flags, char flag) { return flags.find(flag) != flags.npos; }

inline constexpr OpInfo op_infos[] = {
#define OP(name, operands, flags, meaning) \
  {#name, operands, has_flag(flags, 'S'), has_flag(flags, 'X'), has_flag(flags, 'N')},
#include "kernel/code/opcodes.def"
#undef OP
};

inline constexpr const OpInfo& info(Op op) { return op_infos[static_cast<std::uint16_t>(op)]; }
inline constexpr std::uint32_t op_count = sizeof(op_infos) / sizeof(op_infos[0]);

}  // namespace m31::code
