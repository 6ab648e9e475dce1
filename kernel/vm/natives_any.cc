// Any value at all: as text, and what an Any can be asked while the program runs.
#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "kernel/vm/held.h"
#include "kernel/vm/layout.h"
#include "kernel/vm/map_ops.h"
#include "kernel/vm/native.h"
#include "kernel/vm/ops.h"
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

NativeStatus show(NativeCall& call) {
  if (call.types[0]->kind == TypeKind::int_) {
    char digits[24];
    auto end = std::to_chars(digits, digits + sizeof digits, static_cast<std::int64_t>(call.args[0])).ptr;
    return done(call, make_string(call.heap, std::string_view(digits, static_cast<std::size_t>(end - digits))));
  }
  std::string text = data::show(call.types[0], read(call.types[0], call.args[0]));
  call.fuel -= static_cast<std::int64_t>(text.size() / 16);
  return done(call, make_string(call.heap, text));
}

// Bytes of the compact form: what it takes to send or store it.
NativeStatus reflect_size(NativeCall& call) {
  std::string bytes;
  data::encode(call.types[0], read(call.types[0], call.args[0]), bytes);
  call.fuel -= static_cast<std::int64_t>(bytes.size() / 16);
  return done(call, bytes.size());
}

// "<chan /chan/7>" -> "/chan/7", unless the thing knows another name.
NativeStatus reflect_uri(NativeCall& call) {
  std::string uri = as<Handle>(call.args[0])->object->about().uri;
  if (uri.empty()) {
    const data::Datum shown = read(call.types[0], call.args[0]);
    const std::string_view text = shown.text.view();
    if (const std::size_t at = text.find('/'); at != std::string_view::npos) uri = text.substr(at, text.size() - at - 1);
  }
  return done(call, make_string(call.heap, uri));
}

template <auto part>
NativeStatus reflect_pairs(NativeCall& call) {
  const About about = as<Handle>(call.args[0])->object->about();
  Root made(call.heap, make_map(call.heap, true, true, 0));
  for (const auto& [name, value] : about.*part) {
    Root key(call.heap, make_string(call.heap, name));
    const Slot text = make_string(call.heap, value);
    map_set(call.heap, made, types::basic(TypeKind::string), key.get(), text);
  }
  return done(call, made.get());
}

// Text as it is, also inside a box.
NativeStatus display(NativeCall& call) {
  if (call.types[0]->kind == TypeKind::string) return done(call, call.args[0]);
  bool boxed = call.types[0]->kind == TypeKind::any || call.types[0]->kind == TypeKind::union_;
  if (boxed && call.args[0]) {
    const Box* box = as<Box>(call.args[0]);
    if (types::by_id(static_cast<std::uint32_t>(box->type_id))->kind == TypeKind::string) return done(call, box->value);
  }
  return show(call);
}

NativeStatus reflect_type(NativeCall& call) { return done(call, make_string(call.heap, types::show(held(call.args[0]).type))); }

NativeStatus cannot(NativeCall& call, const Type* type, std::string_view what) {
  return call.raise("TypeError", fmt::format("a value of type {} {}", types::show(type), what));
}

// The slot of `boxed` as a value of type `wanted`; false when it holds another type.
bool as_type(Slot boxed, const Type* wanted, Slot& value) {
  if (is_boxed(wanted)) {
    value = boxed;
    return true;
  }
  Held h = held(boxed);
  value = h.value;
  return h.type == wanted;
}

NativeStatus field(NativeCall& call) {
  Held x = held(call.args[0]);
  std::string_view name = text_of(call.args[1]);
  int index = types::field_index(x.type, name);
  if (index >= 0) {
    auto i = static_cast<std::uint32_t>(index);
    return done(call, boxed_part(call.heap, field_types(x.type, 0)[i], field_slot(x.value, i)));
  }
  if (x.type->kind == TypeKind::map && x.type->args[0]->kind == TypeKind::string)
    if (const MapEntry* entry = map_find_text(x.value, name))
      return done(call, boxed_part(call.heap, x.type->args[1], entry->value));
  return cannot(call, x.type, fmt::format("has no field {}", name));
}

NativeStatus index(NativeCall& call) {
  Held x = held(call.args[0]), key = held(call.args[1]);
  if ((x.type->kind == TypeKind::list || x.type->kind == TypeKind::tuple) && key.type->kind == TypeKind::int_) {
    bool list = x.type->kind == TypeKind::list;
    auto count = static_cast<std::int64_t>(list ? list_count(x.value) : x.type->args.size());
    auto at = static_cast<std::int64_t>(key.value);
    if (at < 0) at += count;
    if (at < 0 || at >= count)
      return call.raise("IndexError", fmt::format("index {} of {} items", static_cast<std::int64_t>(key.value), count));
    auto i = static_cast<std::uint32_t>(at);
    if (list) return done(call, boxed_part(call.heap, x.type->args[0], list_at(x.value, i)));
    return done(call, boxed_part(call.heap, x.type->args[i], field_slot(x.value, i)));
  }
  if (x.type->kind == TypeKind::map) {
    Slot wanted;
    if (as_type(call.args[1], x.type->args[0], wanted))
      if (const MapEntry* entry = map_find(x.value, x.type->args[0], wanted))
        return done(call, boxed_part(call.heap, x.type->args[1], entry->value));
    return call.raise("KeyError", "no key " + data::show(types::basic(TypeKind::any), read(types::basic(TypeKind::any), call.args[1])));
  }
  if (key.type->kind == TypeKind::string) {   // r["name"]
    call.args[1] = key.value;
    return field(call);
  }
  return cannot(call, x.type, fmt::format("has no element at a key of type {}", types::show(key.type)));
}

NativeStatus items(NativeCall& call) {
  Held x = held(call.args[0]);
  std::size_t count = 0;
  switch (x.type->kind) {
    case TypeKind::list: count = list_count(x.value); break;
    case TypeKind::tuple: count = x.type->args.size(); break;
    case TypeKind::map: count = as<Map>(x.value)->used; break;
    case TypeKind::range: {
      auto from = static_cast<std::int64_t>(field_slot(x.value, 0)), to = static_cast<std::int64_t>(field_slot(x.value, 1));
      std::int64_t length = 0;
      if (to > from && __builtin_sub_overflow(to, from, &length)) length = INT64_MAX;
      if (static_cast<std::uint64_t>(length) > room_bytes(call.heap) / 40)
        return call.raise("LimitExceeded", "the range is too long for a list");
      count = static_cast<std::size_t>(length);
      break;
    }
    default: return cannot(call, x.type, "cannot be walked through");
  }
  call.fuel -= static_cast<std::int64_t>(count / 8);
  Root list(call.heap, make_list(call.heap, true, count));
  std::size_t made = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Slot value = as<Box>(call.args[0])->value;           // it may have moved
    Slot part = 0;
    const Type* type = types::basic(TypeKind::int_);
    if (x.type->kind == TypeKind::list) {
      type = x.type->args[0];
      part = list_at(value, i);
    } else if (x.type->kind == TypeKind::tuple) {
      type = x.type->args[i];
      part = field_slot(value, static_cast<std::uint32_t>(i));
    } else if (x.type->kind == TypeKind::map) {
      const MapEntry& entry = entries_of(value)[i];
      if (!entry.hash) continue;
      type = x.type->args[0];
      part = entry.key;
    } else {
      part = field_slot(value, 0) + i;
    }
    Slot item = boxed_part(call.heap, type, part);
    as<Array>(list.as<List>()->items)->slots[made] = item;
    list.as<List>()->count = ++made;
  }
  return done(call, list.get());
}

NativeStatus count(NativeCall& call) {
  Held x = held(call.args[0]);
  switch (x.type->kind) {
    case TypeKind::list: return done(call, list_count(x.value));
    case TypeKind::map: return done(call, as<Map>(x.value)->live);
    case TypeKind::tuple: return done(call, x.type->args.size());
    case TypeKind::string:
    case TypeKind::bytes: {
      std::size_t points = 0;
      for (char c : text_of(x.value)) points += x.type->kind == TypeKind::bytes || (c & 0xc0) != 0x80;
      return done(call, points);
    }
    default: return cannot(call, x.type, "has no length");
  }
}

NativeStatus result_of(NativeCall& call, const Type* type, Slot value) {
  return done(call, make_box(call.heap, type->id, value, type->is_ref));
}

NativeStatus int_binary(NativeCall& call, std::string_view op, Slot a, Slot b) {
  const Type* int_type = types::basic(TypeKind::int_);
  auto x = static_cast<std::int64_t>(a), y = static_cast<std::int64_t>(b);
  Fibril& f = call.fibril;
  std::int64_t r = 0;
  Slot value = 0;
  bool fine = true;
  if (op == "+") fine = !__builtin_add_overflow(x, y, &r) || raise_overflow(f, "+", a, b);
  else if (op == "-") fine = !__builtin_sub_overflow(x, y, &r) || raise_overflow(f, "-", a, b);
  else if (op == "*") fine = !__builtin_mul_overflow(x, y, &r) || raise_overflow(f, "*", a, b);
  else if (op == "//") fine = op_floordiv(f, a, b, &value);
  else if (op == "%") fine = op_mod(f, a, b, &value);
  else if (op == "**") fine = op_pow(f, a, b, &value);
  else return cannot(call, int_type, fmt::format("has no operator {}", op));
  if (!fine) return NativeStatus::raised;
  if (op == "+" || op == "-" || op == "*") value = static_cast<Slot>(r);
  return result_of(call, int_type, value);
}

NativeStatus float_binary(NativeCall& call, std::string_view op, double x, double y) {
  const Type* float_type = types::basic(TypeKind::float_);
  Slot a = slot_of_float(x), b = slot_of_float(y), value = 0;
  if (op == "+") value = slot_of_float(x + y);
  else if (op == "-") value = slot_of_float(x - y);
  else if (op == "*") value = slot_of_float(x * y);
  else if (op == "/") {
    if (y == 0) return call.raise("DivideByZero", fmt::format("{} / 0.0", x));
    value = slot_of_float(x / y);
  } else if (op == "//") {
    if (!op_float_floordiv(call.fibril, a, b, &value)) return NativeStatus::raised;
  } else if (op == "%") {
    if (!op_float_mod(call.fibril, a, b, &value)) return NativeStatus::raised;
  } else if (op == "**") value = slot_of_float(std::pow(x, y));
  else return cannot(call, float_type, fmt::format("has no operator {}", op));
  return result_of(call, float_type, value);
}

NativeStatus membership(NativeCall& call, Slot item, Held in) {
  bool found = false;
  Slot wanted;
  switch (in.type->kind) {
    case TypeKind::list:
      if (as_type(item, in.type->args[0], wanted))
        for (std::size_t i = 0; i < list_count(in.value) && !found; ++i)
          found = equal(in.type->args[0], list_at(in.value, i), wanted);
      break;
    case TypeKind::map:
      found = as_type(item, in.type->args[0], wanted) && map_find(in.value, in.type->args[0], wanted);
      break;
    case TypeKind::string:
      if (held(item).type->kind != TypeKind::string) return cannot(call, held(item).type, "is never in a String");
      found = text_of(in.value).find(text_of(held(item).value)) != std::string_view::npos;
      break;
    default: return cannot(call, in.type, "contains nothing");
  }
  return result_of(call, types::basic(TypeKind::boolean), found);
}

NativeStatus no_such(NativeCall& call, std::string_view op, Held a, Held b) {
  return call.raise("TypeError", fmt::format("{} {} {}: there is no such operation", types::show(a.type), op, types::show(b.type)));
}

double as_float(Held h) { return h.type->kind == TypeKind::float_ ? float_of(h.value) : static_cast<double>(static_cast<std::int64_t>(h.value)); }

// As the checker has it: d + d, d - d, d % d, d * n, n * d, d / n, d // n; d / d is a Float, d // d an Int.
NativeStatus duration_binary(NativeCall& call, std::string_view op, Held a, Held b) {
  const Type* duration = types::basic(TypeKind::duration);
  const auto as_duration = [&](NativeStatus status) {
    if (status == NativeStatus::done) as<Box>(*call.result)->type_id = duration->id;
    return status;
  };
  const auto scaled = [&](double ns) {
    if (!(ns >= -0x1p63 && ns < 0x1p63)) return call.raise("Overflow", "the duration is too long");
    return result_of(call, duration, static_cast<Slot>(std::llround(ns)));
  };
  const bool is_a = a.type == duration, is_b = b.type == duration;
  const auto is_number = [](Held h) { return h.type->kind == TypeKind::int_ || h.type->kind == TypeKind::float_; };
  if (is_a && is_b) {
    if (op == "/") return float_binary(call, op, as_float(a), as_float(b));
    if (op == "//") return int_binary(call, op, a.value, b.value);
    if (op == "+" || op == "-" || op == "%") return as_duration(int_binary(call, op, a.value, b.value));
  } else if (op == "*" && (is_a ? is_number(b) : is_number(a))) {
    if ((is_a ? b : a).type->kind == TypeKind::int_) return as_duration(int_binary(call, op, a.value, b.value));
    return scaled(as_float(a) * as_float(b));
  } else if (is_a && is_number(b)) {
    if (op == "//" && b.type->kind == TypeKind::int_) return as_duration(int_binary(call, op, a.value, b.value));
    if (op == "/" && as_float(b) == 0) return call.raise("DivideByZero", data::show(duration, read(duration, a.value)) + " / 0");
    if (op == "/") return scaled(as_float(a) / as_float(b));
  }
  return no_such(call, op, a, b);
}

NativeStatus joined_lists(NativeCall& call, const Type* type) {
  const auto list_at_arg = [&](std::size_t arg) { return as<Box>(call.args[arg])->value; };
  const std::size_t first = list_count(list_at_arg(1)), second = list_count(list_at_arg(2));
  const bool refs = type->args[0]->is_ref;
  call.fuel -= static_cast<std::int64_t>((first + second) / 2);
  Root list(call.heap, make_list(call.heap, refs, first + second));
  for (std::size_t i = 0; i < first + second; ++i) {
    const Slot item = i < first ? list_at(list_at_arg(1), i) : list_at(list_at_arg(2), i - first);
    if (refs) share(item);
    as<Array>(list.as<List>()->items)->slots[i] = item;
  }
  list.as<List>()->count = first + second;
  return done(call, make_box(call.heap, type->id, list.get(), true));
}

NativeStatus binary(NativeCall& call) {
  std::string op(text_of(call.args[0]));
  Held a = held(call.args[1]), b = held(call.args[2]);
  if (op == "in") return membership(call, call.args[1], b);
  bool numbers = (a.type->kind == TypeKind::int_ || a.type->kind == TypeKind::float_) &&
                 (b.type->kind == TypeKind::int_ || b.type->kind == TypeKind::float_);
  if (op[0] == '<' || op[0] == '>') {
    int order;
    if (a.type == b.type) order = compare(a.type, a.value, b.value);
    else if (numbers) order = as_float(a) < as_float(b) ? -1 : as_float(b) < as_float(a) ? 1 : 0;
    else return call.raise("TypeError", fmt::format("{} and {} have no order", types::show(a.type), types::show(b.type)));
    bool holds = op == "<" ? order < 0 : op == "<=" ? order <= 0 : op == ">" ? order > 0 : order >= 0;
    return result_of(call, types::basic(TypeKind::boolean), holds);
  }
  if (numbers) {
    if (a.type->kind == TypeKind::int_ && b.type->kind == TypeKind::int_ && op != "/")
      return int_binary(call, op, a.value, b.value);
    return float_binary(call, op, as_float(a), as_float(b));
  }
  if (a.type->kind == TypeKind::duration || b.type->kind == TypeKind::duration) return duration_binary(call, op, a, b);
  if (op == "+" && a.type == b.type && a.type->kind == TypeKind::list) return joined_lists(call, a.type);
  if (op == "+" && a.type->kind == TypeKind::string && b.type->kind == TypeKind::string) {
    std::string joined(text_of(a.value));
    joined += text_of(b.value);
    return result_of(call, a.type, make_string(call.heap, joined));
  }
  return no_such(call, op, a, b);
}

// What stands in the place of a function that has more variables or calls than an instruction can name.
NativeStatus too_large(NativeCall& call) {
  return call.raise("LimitExceeded", "this function is too large: more than 60,000 variables or calls in one");
}

constexpr NativeEntry entries[] = {
    {"vm.too_large", too_large}, {"show", show},         {"display", display},   {"any.field", field},   {"any.index", index},
    {"reflect.labels", reflect_pairs<&About::labels>}, {"reflect.provenance", reflect_pairs<&About::provenance>},
    {"reflect.size", reflect_size}, {"reflect.type", reflect_type}, {"reflect.uri", reflect_uri},
    {"any.items", items},   {"any.count", count},   {"any.binary", binary},
};

}  // namespace

extern const NativeTable any_natives;
const NativeTable any_natives(entries);

}  // namespace m31::vm
