// Bytecode as text: one instruction a line, operands by their role in opcodes.def.
#include <fmt/format.h>

#include <iterator>

#include "kernel/code/call_site.h"
#include "kernel/code/opcodes.h"
#include "kernel/code/symbols.h"

namespace m31::code {
namespace {

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') result += "\\n";
    else result += c;
  }
  return result + '"';
}

std::string what_number_means(const FnCode& code, Op op, std::int32_t number) {
  auto i = static_cast<std::size_t>(number);
  switch (op) {
    case Op::load_const: return fmt::format("  ; {}", static_cast<std::int64_t>(code.constants[i]));
    case Op::load_string: return "  ; " + quoted(std::string_view(code.strings[i]).substr(0, code.strings[i].size() - 1));
    case Op::get_global:
    case Op::set_global: return fmt::format("  ; {}", symbol_name(code.symbols[i]));
    default: return "";
  }
}

std::string cases_of(const FnCode& code, std::size_t pc, const TextSwitch& choice) {
  std::string text = " ";
  for (std::size_t i = 0; i < choice.distances.size(); ++i) {
    const std::int64_t to = static_cast<std::int64_t>(pc) + choice.distances[i];
    bool is_case = i < choice.texts.size();
    std::string_view constant = is_case ? code.strings[choice.texts[i]] : std::string_view();
    text += is_case ? fmt::format(" {} -> {},", quoted(constant.substr(0, constant.size() - 1)), to) : fmt::format(" else -> {}", to);
  }
  return text;
}

std::string what_index_means(const FnCode& code, const Instruction& ins, Op op) {
  switch (op) {
    case Op::call: return "  ; " + code.callees[ins.b]->instance->name;
    case Op::make_closure: return "  ; " + code.callees[ins.c]->instance->name;
    case Op::native:
    case Op::host:
    case Op::channel:
    case Op::send:
    case Op::receive:
    case Op::receive_each:
    case Op::close:
    case Op::spawn:
    case Op::parent:
    case Op::select: return "  ; " + code.call_sites[ins.b].name;
    default: return "";
  }
}

}  // namespace

std::string dump(const FnCode& code) {
  std::string text = fmt::format("fn {}: {} parameters, {} captures, {} registers\n", code.instance->name,
                                 code.parameter_count, code.capture_count, code.register_count);
  auto to = std::back_inserter(text);
  for (std::size_t pc = 0; pc < code.instructions.size(); ++pc) {
    const Instruction& ins = code.instructions[pc];
    Op op = static_cast<Op>(ins.op);
    const char* roles = info(op).operands;
    fmt::format_to(to, "{:5}  {}", pc, info(op).name);
    std::string comment = op == Op::switch_text ? cases_of(code, pc, code.switches[ins.b]) : what_index_means(code, ins, op);
    const std::uint16_t fields[] = {ins.a, ins.b, ins.c};
    auto number = static_cast<std::int32_t>(std::uint32_t{ins.b} | std::uint32_t{ins.c} << 16);
    for (int k = 0; k < 3; ++k) {
      switch (roles[k]) {
        case 'd':
        case 'u':
        case 'm':
        case 'w': fmt::format_to(to, " r{}", fields[k]); break;
        case 'i': fmt::format_to(to, " {}", fields[k]); break;
        case 's': fmt::format_to(to, " {}", static_cast<std::int16_t>(fields[k])); break;
        case 't': fmt::format_to(to, " {}", types::show(code.types[fields[k]])); break;
        case 'L': fmt::format_to(to, " -> {}", static_cast<std::int64_t>(pc) + static_cast<std::int16_t>(fields[k])); break;
        case 'J':
          if (k == 1) fmt::format_to(to, " -> {}", static_cast<std::int64_t>(pc) + number);
          break;
        case 'I':
          if (k == 1) fmt::format_to(to, " {}", number);
          comment = what_number_means(code, op, number);
          break;
        default: break;
      }
    }
    if (info(op).extra) {
      const Instruction& more = code.instructions[++pc];
      fmt::format_to(to, " {}", std::uint32_t{more.b} | std::uint32_t{more.c} << 16);
    }
    text += comment;
    text += '\n';
  }
  for (const HandlerRange& range : code.handlers)
    fmt::format_to(to, "       try {}..{} -> {} r{}\n", range.begin, range.end, range.handler, range.reg);
  for (const Safepoint& point : code.safepoints) {
    if (point.bitmap_offset == UINT32_MAX) continue;
    fmt::format_to(to, "       live at {}{}:", point.key / 2, point.key % 2 ? " (under way)" : "");
    for (std::uint32_t r = 0; r < code.register_count; ++r)
      if (code.bitmaps[point.bitmap_offset + r / 64] >> (r % 64) & 1) fmt::format_to(to, " r{}", r);
    text += '\n';
  }
  return text;
}

}  // namespace m31::code
