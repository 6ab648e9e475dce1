// Registers, emission and the tables of a function; the values are codegen_expr.cc's.
#include "kernel/code/codegen.h"

#include <algorithm>

#include "kernel/base/ensure.h"
#include "kernel/code/symbols.h"
#include "kernel/vm/value_ops.h"

namespace m31::code {

constexpr std::uint32_t registers_max = 60'000;

Codegen::Codegen(const core::FnInstance& function, FnCode& code, CalleeCode callee_code, void* context)
    : function_(function), code_(code), callee_code_(callee_code), context_(context), facts_(function) {}

void Codegen::run() {
  code_.parameter_count = function_.parameter_count;
  code_.capture_count = function_.capture_count;
  auto local_count = static_cast<std::uint32_t>(function_.locals.size());
  if (local_count > registers_max / 2) {
    too_large_ = true;
    local_count = function_.parameter_count + function_.capture_count;
  }
  for (std::uint32_t i = 0; i < local_count; ++i) drafts_.local_is_ref.push_back(function_.locals[i].type->is_ref);
  if (facts_.has_finally() && !too_large_) {
    return_reg_ = static_cast<Reg>(local_count++);
    drafts_.local_is_ref.push_back(function_.result->is_ref);
  }
  keep_constants(local_count);
  drafts_.temp_base = static_cast<Reg>(local_count);
  drafts_.parameter_count = function_.parameter_count + function_.capture_count;
  top_ = local_count;
  drafts_.register_count = top_ + 1;
  offset_ = function_.span.begin;
  for (std::uint32_t i = 0; i < function_.parameter_count; ++i)
    if (i < function_.is_var.size() && function_.is_var[i]) drafts_.var_parameters.push_back(local(i));
  if (!too_large_) {
    // A parameter that is changed here is the caller's too: the first change copies it.
    for (std::uint32_t i = 0; i < drafts_.parameter_count; ++i) {
      bool is_var = i < function_.is_var.size() && function_.is_var[i];
      if (facts_.is_changed(i) && !is_var && is_mutable(function_.locals[i].type)) emit(Op::share, i);
    }
    for (auto [word, reg] : kept_constants_) load_word(reg, word, types::basic(types::TypeKind::int_));
    gen_tail(*function_.body);
  }
  if (too_large_) {                    // says so when it is called; nothing of it has been run
    drafts_.list.clear();
    drafts_.labels.clear();
    drafts_.handlers.clear();
    drafts_.snapshots.clear();
    drafts_.switches.clear();
    Reg reg = static_cast<Reg>(drafts_.parameter_count);
    drafts_.temp_base = reg;
    drafts_.local_is_ref.resize(reg);
    drafts_.register_count = reg + 1u;
    FnCode::CallSite site;
    site.name = "vm.too_large";
    site.native = vm::find_native(site.name);
    site.result = types::basic(types::TypeKind::none);
    emit(Op::native, reg, site_index(std::move(site)), reg);
    emit(Op::ret, reg);
  }
  assemble(drafts_, code_);
}

void Codegen::keep_constants(std::uint32_t& local_count) {
  if (too_large_) return;
  for (std::uint64_t word : constants_of_loops(*function_.body)) {
    kept_constants_.emplace_back(word, static_cast<Reg>(local_count++));
    drafts_.local_is_ref.push_back(false);
  }
}

std::optional<Reg> Codegen::constant_register(const Expr& expr) const {
  std::uint64_t word;
  if (!is_scalar_constant(expr, word)) return std::nullopt;
  for (auto [kept, reg] : kept_constants_)
    if (kept == word) return reg;
  return std::nullopt;
}

Reg Codegen::temp() { return temps(1); }

Reg Codegen::temps(std::uint32_t count) {
  std::uint32_t first = top_;
  top_ += count;
  if (top_ > registers_max) {
    too_large_ = true;
    top_ = first = drafts_.temp_base;
    top_ += std::min(count, 1000u);
  }
  drafts_.register_count = std::max(drafts_.register_count, top_ + 1);
  return static_cast<Reg>(first);
}

void Codegen::set_reference(Reg r, bool is_ref) {
  if (!is_temp(r)) return;
  std::size_t i = r - drafts_.temp_base;
  if (i >= temp_is_ref_.size()) temp_is_ref_.resize(i + 1);
  temp_is_ref_[i] = is_ref;
}

Draft& Codegen::emit(Op op, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  Draft draft;
  draft.op = op;
  if (b > UINT16_MAX || c > UINT16_MAX) too_large_ = true;
  draft.a = static_cast<Reg>(a);
  draft.b = static_cast<Reg>(b);
  draft.c = static_cast<Reg>(c);
  draft.offset = offset_;
  draft.site = site_;
  if (info(op).safepoint) {
    std::vector<std::uint64_t> references((top_ - drafts_.temp_base + 63) / 64);
    for (std::size_t i = 0; i < temp_is_ref_.size() && i < top_ - drafts_.temp_base; ++i)
      if (temp_is_ref_[i]) references[i / 64] |= std::uint64_t{1} << (i % 64);
    if (drafts_.snapshots.empty() || drafts_.snapshots.back() != references)
      drafts_.snapshots.push_back(std::move(references));
    draft.snapshot = static_cast<std::uint32_t>(drafts_.snapshots.size() - 1);
  }
  drafts_.list.push_back(draft);
  return drafts_.list.back();
}

Draft& Codegen::define(Op op, Reg dst, const types::Type* type, std::uint32_t b, std::uint32_t c) {
  Draft& draft = emit(op, dst, b, c);
  set_reference(dst, type->is_ref);
  return draft;
}

Draft& Codegen::emit_number(Op op, Reg a, std::int64_t number) {
  Draft& draft = emit(op, a);
  draft.number = static_cast<std::int32_t>(number);
  return draft;
}

Label Codegen::new_label() {
  drafts_.labels.push_back(0);
  return static_cast<Label>(drafts_.labels.size() - 1);
}

void Codegen::bind(Label label) {
  drafts_.labels[label] = static_cast<std::uint32_t>(drafts_.list.size());
}

void Codegen::jump(Op op, std::uint32_t a, std::uint32_t b, Label to) {
  if (to == loop_label_) op = static_cast<Op>(static_cast<std::uint16_t>(op) + 1);
  emit(op, a, b).label = to;
}

std::uint32_t Codegen::type_index(const types::Type* type) {
  auto [at, is_new] = type_numbers_.try_emplace(type, code_.types.size());
  if (is_new) code_.types.push_back(type);
  return at->second;
}

std::uint32_t Codegen::string_index(std::string_view text) {
  auto [at, is_new] = string_numbers_.try_emplace(std::string(text), code_.strings.size());
  if (is_new) code_.strings.emplace_back(text);
  return at->second;
}

std::uint32_t Codegen::symbol_index(std::string_view name) {
  std::uint32_t id = symbol_id(name);
  auto [at, is_new] = symbol_numbers_.try_emplace(id, code_.symbols.size());
  if (is_new) code_.symbols.push_back(id);
  return at->second;
}

std::uint32_t Codegen::callee_index(const core::FnInstance* callee) {
  auto [at, is_new] = callee_numbers_.try_emplace(callee, code_.callees.size());
  if (is_new) code_.callees.push_back(callee_code_(context_, callee));
  return at->second;
}

std::uint32_t Codegen::site_index(FnCode::CallSite site) {
  site.arg_count = static_cast<std::uint16_t>(site.types.size());
  code_.call_sites.push_back(std::move(site));
  return static_cast<std::uint32_t>(code_.call_sites.size() - 1);
}

std::uint32_t Codegen::shape_index(const types::Type* type, std::int32_t tag) {
  FnCode::Shape shape;
  shape.tag = tag;
  auto fields = vm::field_types(type, tag < 0 ? 0 : static_cast<std::uint32_t>(tag));
  std::size_t first = tag < 0 ? 0 : 1;
  shape.field_count = static_cast<std::uint16_t>(fields.size() + first);
  shape.pointer_map.resize(std::max<std::size_t>(1, (shape.field_count + 63u) / 64));
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i]->is_ref) shape.pointer_map[(i + first) / 64] |= std::uint64_t{1} << ((i + first) % 64);
  for (std::uint32_t i = 0; i < code_.shapes.size(); ++i) {
    const FnCode::Shape& known = code_.shapes[i];
    if (known.tag == tag && known.field_count == shape.field_count && known.pointer_map == shape.pointer_map) return i;
  }
  code_.shapes.push_back(std::move(shape));
  return static_cast<std::uint32_t>(code_.shapes.size() - 1);
}

void Codegen::load_int(Reg dst, std::int64_t value) {
  load_word(dst, static_cast<std::uint64_t>(value), types::basic(types::TypeKind::int_));
}

void Codegen::load_word(Reg dst, std::uint64_t word, const types::Type* type) {
  auto value = static_cast<std::int64_t>(word);
  if (value >= INT32_MIN && value <= INT32_MAX) {
    emit_number(Op::load_int, dst, value);
  } else {
    auto [at, is_new] = constant_numbers_.try_emplace(word, code_.constants.size());
    if (is_new) code_.constants.push_back(word);
    emit_number(Op::load_const, dst, at->second);
  }
  set_reference(dst, type->is_ref && word != 0);
}

}  // namespace m31::code
