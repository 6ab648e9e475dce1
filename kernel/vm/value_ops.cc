#include "kernel/vm/value_ops.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernel/base/ensure.h"
#include "kernel/vm/map_ops.h"

namespace m31::vm {

using types::Type;
using types::TypeKind;

namespace {

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int compare_floats(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return three_way(std::isnan(a), std::isnan(b));
  return three_way(a, b);
}

int compare_texts(std::string_view a, std::string_view b) {
  int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  return order ? order : three_way(a.size(), b.size());
}

struct Pair {
  const Type* type;
  Slot a, b;
  std::uint64_t next = 0;             // list: the item that comes next
  const Type* type_b = nullptr;       // of b, when it is not `type`: what boxes hold
};

// A value taken out of the boxes that hold it.
struct Held {
  const Type* type;
  Slot value;
};
Held held(const Type* type, Slot value) {
  while (type->kind == TypeKind::any || type->kind == TypeKind::union_) {
    if (!value) return {types::basic(TypeKind::none), 0};
    const Box* box = as<Box>(value);
    type = types::by_id(static_cast<std::uint32_t>(box->type_id));
    value = box->value;
  }
  return {type, value};
}

bool is_map_pair_equal(const Type* type, Slot a, Slot b, std::vector<Pair>& pending) {
  if (as<Map>(a)->live != as<Map>(b)->live) return false;
  for (const MapEntry& entry : entries_of(a)) {
    if (entry.hash == 0) continue;
    const MapEntry* other = map_find_hashed(b, type->args[0], entry.hash, entry.key);
    if (!other) return false;
    pending.push_back({type->args[1], entry.value, other->value});
  }
  return true;
}

std::vector<const MapEntry*> entries_by_key(const Type* type, Slot map) {
  std::vector<const MapEntry*> sorted;
  for (const MapEntry& entry : entries_of(map))
    if (entry.hash) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(),
            [&](const MapEntry* x, const MapEntry* y) { return compare(type->args[0], x->key, y->key) < 0; });
  return sorted;
}

// Are values of two types equal? They are when their parts are: what JSON calls a list of numbers is a List[Any] here, and equals
// the List[Int] that holds the same. True with the pairs of their parts pushed on `pending`.
bool is_equal_across(Pair pair, std::vector<Pair>& pending) {
  const auto [type, a] = held(pair.type, pair.a);
  const auto [other, b] = held(pair.type_b, pair.b);
  if (type == other) {
    pending.push_back({type, a, b});
    return true;
  }
  if (type->kind != other->kind) return false;
  switch (type->kind) {
    case TypeKind::list: {
      const std::uint64_t count = list_count(a);
      if (count != list_count(b)) return false;
      if (pair.next >= count) return true;
      pending.push_back({type, a, b, pair.next + 1, other});
      pending.push_back({type->args[0], list_at(a, pair.next), list_at(b, pair.next), 0, other->args[0]});
      return true;
    }
    case TypeKind::map:
      if (as<Map>(a)->live != as<Map>(b)->live) return false;
      for (const MapEntry& entry : entries_of(a)) {
        if (entry.hash == 0) continue;
        const MapEntry* found = map_find_across(b, other->args[0], entry.hash, type->args[0], entry.key);
        if (!found) return false;
        pending.push_back({type->args[1], entry.value, found->value, 0, other->args[1]});
      }
      return true;
    case TypeKind::named:
      if (type->decl != other->decl) return false;
      break;
    case TypeKind::record:
      if (!std::ranges::equal(type->names, other->names)) return false;
      break;
    case TypeKind::tuple: break;
    default: return false;
  }
  std::uint32_t first = 0, tag = 0;
  if (is_sum(type)) {
    if (field_slot(a, 0) != field_slot(b, 0)) return false;
    tag = static_cast<std::uint32_t>(field_slot(a, 0));
    first = 1;
  }
  const auto fields = field_types(type, tag), others = field_types(other, tag);
  if (fields.size() != others.size()) return false;
  for (auto i = static_cast<std::uint32_t>(fields.size()); i-- > 0;)
    pending.push_back({fields[i], field_slot(a, first + i), field_slot(b, first + i), 0, others[i]});
  return true;
}

// The order of one pair, or 0 with the pairs of its parts pushed on `pending`, the first on top.
int step(Pair pair, bool ordering, std::vector<Pair>& pending) {
  if (pair.type_b && pair.type_b != pair.type) return is_equal_across(pair, pending) ? 0 : 1;
  auto [type, a, b, next, same] = pair;
  switch (type->kind) {
    case TypeKind::never:
    case TypeKind::none:
    case TypeKind::type_value:
    case TypeKind::space:
    case TypeKind::capability:
    case TypeKind::module:
    case TypeKind::variable: return 0;
    case TypeKind::boolean:
    case TypeKind::int_:
    case TypeKind::duration: return three_way(static_cast<std::int64_t>(a), static_cast<std::int64_t>(b));
    case TypeKind::float_:
      if (ordering) return compare_floats(float_of(a), float_of(b));
      return float_of(a) == float_of(b) ? 0 : 1;
    case TypeKind::string:
    case TypeKind::bytes: return a == b ? 0 : compare_texts(text_of(a), text_of(b));
    case TypeKind::any:
    case TypeKind::union_: {
      if (!a || !b) return three_way(a != 0, b != 0);
      const Box* x = as<Box>(a);
      const Box* y = as<Box>(b);
      if (x->type_id != y->type_id) {
        const Type* type_x = types::by_id(static_cast<std::uint32_t>(x->type_id));
        const Type* type_y = types::by_id(static_cast<std::uint32_t>(y->type_id));
        if (!ordering) return is_equal_across({type_x, x->value, y->value, 0, type_y}, pending) ? 0 : 1;
        if (type_x->kind == TypeKind::int_ && type_y->kind == TypeKind::float_)
          if (int order = compare_floats(static_cast<double>(static_cast<std::int64_t>(x->value)), float_of(y->value))) return order;
        if (type_x->kind == TypeKind::float_ && type_y->kind == TypeKind::int_)
          if (int order = compare_floats(float_of(x->value), static_cast<double>(static_cast<std::int64_t>(y->value)))) return order;
        int order = compare_texts(types::show(type_x), types::show(type_y));
        return order ? order : three_way(x->type_id, y->type_id);
      }
      pending.push_back({types::by_id(static_cast<std::uint32_t>(x->type_id)), x->value, y->value});
      return 0;
    }
    case TypeKind::list: {
      if (a == b && ordering) return 0;
      std::uint64_t in_a = list_count(a), in_b = list_count(b);
      if (!ordering && in_a != in_b) return 1;
      if (next >= in_a || next >= in_b) return three_way(in_a, in_b);
      pending.push_back({type, a, b, next + 1});
      pending.push_back({type->args[0], list_at(a, next), list_at(b, next)});
      return 0;
    }
    case TypeKind::map: {
      if (!ordering) return is_map_pair_equal(type, a, b, pending) ? 0 : 1;
      auto x = entries_by_key(type, a), y = entries_by_key(type, b);
      std::size_t both = std::min(x.size(), y.size());
      for (std::size_t i = 0; i < both; ++i) {      // keys first: an early difference in keys hides later values
        if (int order = compare(type->args[0], x[i]->key, y[i]->key)) {
          for (std::size_t j = i; j-- > 0;) pending.push_back({type->args[1], x[j]->value, y[j]->value});
          // The values before the differing key decide first; then the keys do.
          pending.insert(pending.end() - static_cast<std::ptrdiff_t>(i),
                         {type->args[0], x[i]->key, y[i]->key});
          return i ? 0 : order;
        }
      }
      if (x.size() != y.size())
        pending.push_back({types::basic(TypeKind::int_), x.size(), y.size()});
      for (std::size_t j = both; j-- > 0;) pending.push_back({type->args[1], x[j]->value, y[j]->value});
      return 0;
    }
    case TypeKind::range:
    case TypeKind::tuple:
    case TypeKind::record:
    case TypeKind::named: {
      if (a == b && ordering) return 0;
      std::uint32_t first = 0, tag = 0;
      if (is_sum(type)) {
        std::uint64_t tag_a = field_slot(a, 0), tag_b = field_slot(b, 0);
        if (tag_a != tag_b) return three_way(tag_a, tag_b);
        tag = static_cast<std::uint32_t>(tag_a);
        first = 1;
      }
      auto fields = field_types(type, tag);
      for (auto i = static_cast<std::uint32_t>(fields.size()); i-- > 0;)
        pending.push_back({fields[i], field_slot(a, first + i), field_slot(b, first + i)});
      return 0;
    }
    case TypeKind::fn: return three_way(a, b);
    case TypeKind::sender:
    case TypeKind::receiver:
    case TypeKind::fibril:
    case TypeKind::stream:
    case TypeKind::sandbox: {
      const Handle* x = as<Handle>(a);
      const Handle* y = as<Handle>(b);
      if (x->object == y->object) return three_way(x->word, y->word);
      int order = three_way(x->object->identity(), y->object->identity());
      return order ? order : three_way(x->object, y->object);
    }
  }
  return 0;
}

int run(Pair pair, bool ordering) {
  std::vector<Pair> pending;
  if (int order = step(pair, ordering, pending)) return order;
  while (!pending.empty()) {
    pair = pending.back();
    pending.pop_back();
    if (int order = step(pair, ordering, pending)) return order;
  }
  return 0;
}

}  // namespace

std::span<const Type* const> field_types(const Type* type, std::uint32_t tag) {
  if (type->kind == TypeKind::range) {
    static const Type* const ints[] = {types::basic(TypeKind::int_), types::basic(TypeKind::int_)};
    return ints;
  }
  if (type->kind != TypeKind::named) return type->args;
  ENSURE(tag < type->constructors.size(), tag, type->constructors.size());
  return type->constructors[tag].types;
}

bool equal(const Type* type, Slot a, Slot b) {
  // Texts and numbers in boxes, the keys of rows whose types are not known, need no list of pairs.
  if (type->kind == TypeKind::any || type->kind == TypeKind::union_) {
    const Held x = held(type, a), y = held(type, b);
    if (x.type != y.type) return run({x.type, x.value, y.value, 0, y.type}, false) == 0;
    type = x.type;
    a = x.value;
    b = y.value;
  }
  if (type->kind == TypeKind::int_ || type->kind == TypeKind::boolean) return a == b;
  if (type->kind == TypeKind::string || type->kind == TypeKind::bytes) return a == b || text_of(a) == text_of(b);
  return run({type, a, b}, false) == 0;
}

bool equal(const Type* type_a, Slot a, const Type* type_b, Slot b) { return run({type_a, a, b, 0, type_b}, false) == 0; }

int compare(const Type* type, Slot a, Slot b) {
  if (type->kind == TypeKind::string || type->kind == TypeKind::bytes) return compare_texts(text_of(a), text_of(b));
  return run({type, a, b}, true);
}

std::uint64_t hash_text(std::string_view text) { return XXH3_64bits(text.data(), text.size()) | 1; }

std::uint64_t hash_scalar(std::uint64_t word) {
  word ^= word >> 32;
  word *= 0x9e3779b97f4a7c15u;
  word ^= word >> 29;
  word *= 0xbf58476d1ce4e5b9u;
  return (word ^ word >> 32) | 1;
}

std::uint64_t hash_value(const Type* boxed_type, Slot boxed) {
  // A value has the same hash in a box and out of it, as it may be equal to one that is in another.
  const auto [type, plain] = held(boxed_type, boxed);
  Slot value = plain;
  switch (key_kind(type)) {
    case KeyKind::scalar:
      if (type->kind == TypeKind::float_ && float_of(value) == 0) value = 0;
      return hash_scalar(value);
    case KeyKind::text: return hash_text(text_of(value));
    case KeyKind::structural: break;
  }
  struct Part {
    const Type* type;
    Slot value;
    std::uint64_t next = 0;
  };
  std::uint64_t hash = 0x2545f4914f6cdd1du;
  auto mix = [&](std::uint64_t word) { hash = (hash ^ hash_scalar(word)) * 0x9fb21c651e98df25u + (hash >> 31); };
  std::vector<Part> pending{{type, value}};
  while (!pending.empty()) {
    Part part = pending.back();
    pending.pop_back();
    const Type* t = part.type;
    switch (t->kind) {
      case TypeKind::string:
      case TypeKind::bytes: mix(hash_text(text_of(part.value))); break;
      case TypeKind::float_: mix(float_of(part.value) == 0 ? 0 : part.value); break;
      case TypeKind::any:
      case TypeKind::union_:
        pending.push_back({held(t, part.value).type, held(t, part.value).value});
        break;
      case TypeKind::list:
        if (part.next == 0) mix(list_count(part.value));
        if (part.next < list_count(part.value)) {
          pending.push_back({t, part.value, part.next + 1});
          pending.push_back({t->args[0], list_at(part.value, part.next)});
        }
        break;
      case TypeKind::range:
      case TypeKind::tuple:
      case TypeKind::record:
      case TypeKind::named: {
        std::uint32_t first = 0, tag = 0;
        if (is_sum(t)) {
          tag = static_cast<std::uint32_t>(field_slot(part.value, 0));
          first = 1;
          mix(tag);
        }
        auto fields = field_types(t, tag);
        for (auto i = static_cast<std::uint32_t>(fields.size()); i-- > 0;)
          pending.push_back({fields[i], field_slot(part.value, first + i)});
        break;
      }
      case TypeKind::sender:
      case TypeKind::receiver:
      case TypeKind::fibril:
      case TypeKind::stream:
      case TypeKind::sandbox: mix(as<Handle>(part.value)->object->identity()); break;
      case TypeKind::map: mix(as<Map>(part.value)->live); break;
      case TypeKind::fn: mix(2); break;
      default: mix(part.value); break;
    }
  }
  return hash | 1;
}

KeyKind key_kind(const Type* type) {
  switch (type->kind) {
    case TypeKind::string:
    case TypeKind::bytes: return KeyKind::text;
    case TypeKind::none:
    case TypeKind::boolean:
    case TypeKind::int_:
    case TypeKind::float_:
    case TypeKind::duration:
    case TypeKind::type_value: return KeyKind::scalar;
    default: return KeyKind::structural;
  }
}

}  // namespace m31::vm
