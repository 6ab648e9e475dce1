// Random types, and random values of a type, for properties of everything that handles data.
#pragma once

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernel/data/datum.h"

namespace m31::tests {

class RandomData {
 public:
  explicit RandomData(std::uint32_t seed) : random(seed) {}

  std::mt19937 random;

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); }

  const types::Type* type(int levels = 3) {
    using types::TypeKind;
    static constexpr TypeKind simple[] = {TypeKind::none,   TypeKind::boolean, TypeKind::int_,  TypeKind::float_, TypeKind::duration,
                                          TypeKind::string, TypeKind::bytes,   TypeKind::range, TypeKind::any};
    if (levels <= 0 || below(3) == 0) return types::basic(simple[below(std::size(simple))]);
    std::vector<const types::Type*> parts;
    for (std::uint32_t n = below(4); n; --n) parts.push_back(type(levels - 1));
    switch (below(7)) {
      case 0: return types::list_of(type(levels - 1));
      case 1: return types::tuple_of(parts);
      case 2: return types::map_of(types::basic(simple[below(7)]), type(levels - 1));
      case 3: return types::optional_of(type(levels - 1));
      case 4: return parts.empty() ? types::basic(TypeKind::none) : types::union_of(parts);
      case 5: {
        static constexpr std::string_view names[] = {"word", "freq", "two words", "\xc3\xa4"};
        return types::record_of(std::span(names).first(parts.size()), parts);
      }
      default: return tree(type(levels - 1));
    }
  }

  // type Tree[T] = Leaf() | Node(left: Tree[T], value: T, right: Tree[T]?)
  static const types::Type* tree(const types::Type* item) {
    types::TypeDecl wanted;
    wanted.name = "RandomTree";
    wanted.fingerprint = {31, 31};
    wanted.parameter_count = 1;
    wanted.is_sum = true;
    const types::Type* tree = types::named_of(types::declare(wanted), std::span(&item, 1));
    std::string_view fields[] = {"left", "value", "right"};
    const types::Type* parts[] = {tree, item, types::optional_of(tree)};
    types::Constructor constructors[] = {{"Leaf", {}, {}}, {"Node", fields, parts}};
    types::set_constructors(tree, constructors);
    return tree;
  }

  std::int64_t integer() {
    std::uint64_t bits = (static_cast<std::uint64_t>(random()) << 32) | random();
    std::uint64_t sign = below(2) ? ~0ull : 0;
    return static_cast<std::int64_t>((bits >> below(64)) ^ sign);
  }

  double real() {
    static constexpr double special[] = {0.0, -0.0, 1.0, 0.1, 1e300, 5e-324, __builtin_inf(), -__builtin_inf(), __builtin_nan("")};
    if (below(3) == 0) return special[below(std::size(special))];
    std::uint64_t bits = (static_cast<std::uint64_t>(random()) << 32) | random();
    double value;
    std::memcpy(&value, &bits, 8);
    return below(2) ? value : static_cast<double>(integer()) / 64;
  }

  std::string text() {
    std::string bytes;
    for (std::uint32_t n = below(below(20) ? 12 : 300); n; --n)
      bytes += below(4) ? static_cast<char>('a' + below(26)) : static_cast<char>(random());
    return bytes;
  }

  data::Datum value(const types::Type* type, int levels = 6) {
    using data::Datum;
    using types::TypeKind;
    std::vector<Datum> items;
    switch (type->kind) {
      case TypeKind::boolean: return Datum::of_bool(below(2));
      case TypeKind::int_:
      case TypeKind::duration: return Datum::of_int(integer());
      case TypeKind::float_: return Datum::of_float(real());
      case TypeKind::string:
      case TypeKind::bytes: return Datum::of_text(text());
      case TypeKind::range: return Datum::of_items({Datum::of_int(integer()), Datum::of_int(integer())});
      case TypeKind::tuple:
      case TypeKind::record:
        for (const types::Type* part : type->args) items.push_back(value(part, levels - 1));
        return Datum::of_items(items);
      case TypeKind::list:
        for (std::uint32_t n = levels > 0 ? below(5) : 0; n; --n) items.push_back(value(type->args[0], levels - 1));
        return Datum::of_items(items);
      case TypeKind::map:
        for (std::uint32_t n = levels > 0 ? below(5) : 0; n; --n) {
          Datum key = value(type->args[0], levels - 1);
          bool is_new = true;
          for (std::size_t i = 0; i < items.size(); i += 2) is_new = is_new && !data::equal(items[i], key);
          if (!is_new) continue;
          items.push_back(key);
          items.push_back(value(type->args[1], levels - 1));
        }
        return Datum::of_pairs(items);
      case TypeKind::named: {
        std::uint32_t tag = levels > 0 ? below(static_cast<std::uint32_t>(type->constructors.size())) : 0;
        for (const types::Type* part : type->constructors[tag].types) items.push_back(value(part, levels - 1));
        Datum made = Datum::of_items(items);
        made.tag = tag;
        return made;
      }
      case TypeKind::any: {
        const types::Type* held = this->type(1);
        while (held->kind == TypeKind::any || held->kind == TypeKind::union_) held = this->type(1);
        return Datum::of_box(held, value(held, levels - 1));
      }
      case TypeKind::union_: {
        const types::Type* held = type->args[below(static_cast<std::uint32_t>(type->args.size()))];
        return Datum::of_box(held, value(held, levels - 1));
      }
      default: return Datum();
    }
  }
};

}  // namespace m31::tests
