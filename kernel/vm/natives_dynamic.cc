// What the checker asks of an Any while the program runs (kernel/types/dynamic.cc): which function's types it fits, its entries, its fields.
#include <fmt/format.h>

#include <algorithm>

#include "kernel/vm/convert.h"
#include "kernel/vm/fibril.h"
#include "kernel/vm/held.h"
#include "kernel/vm/map_ops.h"
#include "kernel/vm/raise.h"
#include "kernel/vm/value_ops.h"

namespace m31::vm {

using types::Type;
using types::TypeKind;

namespace {

NativeStatus done(NativeCall& call, Slot value) {
  *call.result = value;
  return NativeStatus::done;
}

const Type* asked_type(const NativeCall& call, std::size_t arg) { return call.types[arg]->args[0]; }

// Types of another form are told apart without a look at the value.
bool is_of_form(const Type* type, const Type* to) {
  if (to->kind == TypeKind::any || type == to) return true;
  if (to->kind == TypeKind::union_) return std::any_of(to->args.begin(), to->args.end(), [&](const Type* each) { return is_of_form(type, each); });
  if (type->kind == to->kind) return !type->args.empty() && to->decl == type->decl;
  if (type->kind == TypeKind::int_) return to->kind == TypeKind::float_;
  return (type->kind == TypeKind::map || type->kind == TypeKind::record) && (to->kind == TypeKind::record || to->kind == TypeKind::named);
}

bool fits(NativeCall& call, Held x, const Type* to, std::string* misfit) {
  if (x.type == to || to->kind == TypeKind::any) return true;
  if (!is_of_form(x.type, to)) return false;
  data::Datum value = read(x.type, x.value), made;
  call.fuel -= static_cast<std::int64_t>(value.items.size());
  return convert(x.type, value, to, made, misfit);
}

// x, Type[T]: could x be cast to T?
NativeStatus any_fits(NativeCall& call) { return done(call, fits(call, held(call.args[0]), asked_type(call, 1), nullptr)); }

// name, x, Type[(T, U, ..)]: raises TypeError when x fits none of them.
NativeStatus any_refuse(NativeCall& call) {
  const Held x = held(call.args[1]);
  const std::string name(text_of(call.args[0]));
  std::string misfit;
  for (const Type* to : asked_type(call, 2)->args) {
    std::string mine;
    if (fits(call, x, to, &mine)) return done(call, 0);
    if (misfit.empty() && !mine.starts_with("expected")) misfit = mine;
  }
  const std::string what = fmt::format("`{}` does not take a value of type {}", name, types::show(x.type));
  return call.raise("TypeError", misfit.empty() ? what : fmt::format("`{}` does not take this {}: {}", name, types::show(x.type), misfit));
}

// The pairs that a `for k, v in x` walks through.
NativeStatus any_entries(NativeCall& call) {
  const Held x = held(call.args[0]);
  std::size_t count = 0;
  if (x.type->kind == TypeKind::map) count = as<Map>(x.value)->used;
  else if (x.type->kind == TypeKind::list) count = list_count(x.value);
  else return call.raise("TypeError", fmt::format("a value of type {} has no pairs to walk through", types::show(x.type)));
  call.fuel -= static_cast<std::int64_t>(count / 4);
  Root list(call.heap, make_list(call.heap, true, count));
  std::size_t made = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = [&] { return as<Box>(call.args[0])->value; };     // it may have moved
    const Type* type[2];
    Slot (*part)(Slot of, std::size_t at, std::uint32_t side) = nullptr;
    if (x.type->kind == TypeKind::map) {
      if (!entries_of(value())[i].hash) continue;
      type[0] = x.type->args[0];
      type[1] = x.type->args[1];
      part = [](Slot of, std::size_t at, std::uint32_t side) { return side ? entries_of(of)[at].value : entries_of(of)[at].key; };
    } else {
      const bool boxed = is_boxed(x.type->args[0]);
      const Type* item = boxed ? held(list_at(value(), i)).type : x.type->args[0];
      if (item->kind != TypeKind::tuple || item->args.size() != 2)
        return call.raise("TypeError", fmt::format("item {}: expected a pair, found {}", i, types::show(item)));
      type[0] = item->args[0];
      type[1] = item->args[1];
      if (boxed) part = [](Slot of, std::size_t at, std::uint32_t side) { return field_slot(as<Box>(list_at(of, at))->value, side); };
      else part = [](Slot of, std::size_t at, std::uint32_t side) { return field_slot(list_at(of, at), side); };
    }
    Root pair(call.heap, make_fixed(call.heap, 2, 3));
    for (std::uint32_t side = 0; side < 2; ++side) {
      const Slot boxed = boxed_part(call.heap, type[side], part(value(), i, side));
      share(boxed);
      field_slot(pair.get(), side) = boxed;
    }
    as<Array>(list.as<List>()->items)->slots[made] = pair.get();
    list.as<List>()->count = ++made;
  }
  return done(call, list.get());
}

// x, name: has it such a field?
NativeStatus any_has(NativeCall& call) {
  const Held x = held(call.args[0]);
  const std::string_view name = text_of(call.args[1]);
  if (types::field_index(x.type, name) >= 0) return done(call, true);
  const bool texts = x.type->kind == TypeKind::map && x.type->args[0]->kind == TypeKind::string;
  return done(call, texts && map_find_text(x.value, name) != nullptr);
}

constexpr NativeEntry entries[] = {
    {"any.fits", any_fits},
    {"any.refuse", any_refuse},
    {"any.entries", any_entries},
    {"any.has", any_has},
};

}  // namespace

extern const NativeTable dynamic_natives;
const NativeTable dynamic_natives(entries);

}  // namespace m31::vm
