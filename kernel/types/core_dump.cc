// --dump=types: typed core as stable text.
#include "kernel/types/core.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/base/ensure.h"

namespace m31::core {
namespace {

constexpr std::string_view op_names[] = {
#define CORE(op, meaning) #op,
#include "kernel/types/core.def"
#undef CORE
};
constexpr std::string_view prim_names[] = {
#define PRIM(name, operands, meaning) #name,
#include "kernel/types/prims.def"
#undef PRIM
};

}  // namespace

Prim prim_named(std::string_view name) {
  const auto* found = std::find(std::begin(prim_names), std::end(prim_names), name);
  ENSURE(found != std::end(prim_names));
  return static_cast<Prim>(found - std::begin(prim_names));
}

namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out + '"';
}

struct Dumper {
  const FnInstance& fn;
  std::string out;

  std::string local(std::uint32_t index) const {
    if (index == UINT32_MAX) return "_";
    std::string name = index < fn.locals.size() ? std::string(fn.locals[index].name) : "?";
    return fmt::format("%{}{}{}", index, name.empty() ? "" : ":", name);
  }

  void place(const Place& at, unsigned depth) {
    out += at.is_global ? fmt::format(" ${}", at.symbol) : " " + local(at.local);
    for (const Step& step : at.steps) {
      if (step.kind == Step::Kind::field) {
        out += fmt::format(".{}", step.index);
        continue;
      }
      out += step.kind == Step::Kind::list_index ? "[" : "[key ";
      inline_expr(*step.key, depth);
      out += "]";
    }
  }

  void inline_expr(const Expr& expr, unsigned depth) {
    std::string kept;
    std::swap(kept, out);
    write(expr, depth + 1);
    std::string text = out;
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    out = kept + text.substr(text.find_first_not_of(' '));
  }

  void write(const Expr& expr, unsigned depth) {
    out += std::string(2 * depth, ' ');
    out += op_names[static_cast<std::size_t>(expr.op)];
    switch (expr.op) {
      case Op::boolean: out += expr.integer ? " True" : " False"; break;
      case Op::integer: out += fmt::format(" {}", expr.integer); break;
      case Op::real: out += fmt::format(" {}", expr.real); break;
      case Op::string:
      case Op::bytes: out += " " + quoted(expr.text); break;
      case Op::local:
      case Op::set_local:
      case Op::for_range:
      case Op::for_list:
      case Op::for_stream:
      case Op::for_receiver:
      case Op::try_: out += " " + local(expr.index); break;
      case Op::for_map: out += " " + local(expr.index) + ", " + local(static_cast<std::uint32_t>(expr.integer)); break;
      case Op::global:
      case Op::set_global: out += fmt::format(" ${}", expr.text); break;
      case Op::native:
      case Op::host: out += fmt::format(" {}{}", expr.text, expr.op == Op::host && expr.integer ? " (unused)" : ""); break;
      case Op::prim: out += fmt::format(" {}", prim_names[expr.index]); break;
      case Op::field:
      case Op::variant_field:
      case Op::make_variant: out += fmt::format(" #{}", expr.index); break;
      case Op::parent: out += expr.index ? " receiver" : " sender"; break;
      case Op::is_type: out += " " + types::show(expr.tested); break;
      case Op::place_set:
      case Op::place_modify:
        place(*expr.place, depth);
        if (expr.op == Op::place_modify) out += " as " + local(expr.index);
        break;
      default: break;
    }
    if (expr.callee) out += " " + expr.callee->name;
    if (expr.type && expr.op != Op::block) out += " : " + types::show(expr.type);
    out += '\n';
    if (expr.op == Op::select) {
      for (const SelectArm& arm : expr.arms) {
        out += std::string(2 * depth + 2, ' ');
        out += arm.kind == SelectArm::Kind::receive ? "receive " + local(arm.local) : arm.kind == SelectArm::Kind::send ? "send" : "after";
        out += '\n';
        if (arm.channel) write(*arm.channel, depth + 2);
        if (arm.value) write(*arm.value, depth + 2);
        if (arm.body) write(*arm.body, depth + 2);
      }
      return;
    }
    for (const Expr* kid : expr.kids) write(*kid, depth + 1);
  }
};

}  // namespace

std::string dump(const FnInstance& instance) {
  Dumper dumper{instance, {}};
  std::string& out = dumper.out;
  out += "fn " + instance.name + "(";
  for (std::uint32_t i = 0; i < instance.parameter_count; ++i) {
    if (i) out += ", ";
    if (i < instance.is_var.size() && instance.is_var[i]) out += "var ";
    out += fmt::format("%{}{}{}: {}", i, instance.locals[i].name.empty() ? "" : ":", instance.locals[i].name, types::show(instance.locals[i].type));
  }
  out += ")";
  if (instance.capture_count) out += fmt::format(" captures {}", instance.capture_count);
  out += " -> " + types::show(instance.result);
  auto list = [&](std::string_view what, const std::vector<std::string_view>& items) {
    if (items.empty()) return;
    out += fmt::format(" {} {{", what);
    for (std::size_t i = 0; i < items.size(); ++i) out += fmt::format("{}{}", i ? ", " : "", items[i]);
    out += "}";
  };
  list("uses", instance.effects);
  list("reads", instance.globals);
  if (instance.in && instance.in->kind != types::TypeKind::never) out += " in " + types::show(instance.in);
  if (instance.out && instance.out->kind != types::TypeKind::never) out += " out " + types::show(instance.out);
  out += '\n';
  if (instance.body) dumper.write(*instance.body, 1);
  return out;
}

}  // namespace m31::core
