#include "store/key.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernel/data/order.h"

namespace m31::store {
namespace {

using data::Datum;
using data::DatumKind;
using types::Type;
using types::TypeKind;

void append_float_key(double value, std::string& to) {
  if (std::isnan(value)) value = __builtin_nan("");
  if (value == 0) value = 0;   // -0.0 too
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  constexpr std::uint64_t sign = 1ull << 63;
  if (std::isnan(value)) bits = sign - 1;
  append_u64(bits & sign ? ~bits : bits | sign, to);
}

void append_all(std::span<const Type* const> types, const Datum& value, std::string& to) {
  for (std::size_t i = 0; i < types.size(); ++i) append_key(types[i], value.items[i], to);
}

void append_map_key(const Type* type, const Datum& value, std::string& to) {
  std::vector<std::size_t> entries;
  for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) entries.push_back(i);
  std::sort(entries.begin(), entries.end(),
            [&](std::size_t a, std::size_t b) { return data::compare(value.items[a], value.items[b]) < 0; });
  for (std::size_t i : entries) {
    to += '\1';
    append_key(type->args[0], value.items[i], to);
    append_key(type->args[1], value.items[i + 1], to);
  }
  to += '\0';
}

}  // namespace

void append_u16(std::uint16_t value, std::string& to) {
  to += static_cast<char>(value >> 8);
  to += static_cast<char>(value);
}

void append_u32(std::uint32_t value, std::string& to) {
  value = __builtin_bswap32(value);
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_u64(std::uint64_t value, std::string& to) {
  value = __builtin_bswap64(value);
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::uint32_t read_u32(std::string_view bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return __builtin_bswap32(value);
}

std::uint64_t read_u64(std::string_view bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return __builtin_bswap64(value);
}

void append_int_key(std::int64_t value, std::string& to) {
  append_u64(static_cast<std::uint64_t>(value) ^ (1ull << 63), to);
}

void append_text_key(std::string_view text, std::string& to) {
  for (std::size_t zero = text.find('\0'); zero != std::string_view::npos; zero = text.find('\0')) {
    to.append(text.substr(0, zero)).append("\0\xff", 2);
    text.remove_prefix(zero + 1);
  }
  to.append(text).append("\0\1", 2);
}

void append_key(const Type* type, const Datum& value, std::string& to) {
  switch (type->kind) {
    case TypeKind::never:
    case TypeKind::none:
    case TypeKind::type_value: return;
    case TypeKind::boolean: to += value.integer ? '\1' : '\0'; return;
    case TypeKind::int_:
    case TypeKind::duration: append_int_key(value.integer, to); return;
    case TypeKind::float_: append_float_key(value.real, to); return;
    case TypeKind::range:
      append_int_key(value.items[0].integer, to);
      append_int_key(value.items[1].integer, to);
      return;
    case TypeKind::tuple:
    case TypeKind::record: append_all(type->args, value, to); return;
    case TypeKind::list:
      for (const Datum& item : value.items) {
        to += '\1';
        append_key(type->args[0], item, to);
      }
      to += '\0';
      return;
    case TypeKind::map: append_map_key(type, value, to); return;
    case TypeKind::named:
      append_u32(value.tag, to);
      append_all(type->constructors[value.tag].types, value, to);
      return;
    case TypeKind::any:
    case TypeKind::union_:
      if (value.kind == DatumKind::none) {
        to += '\0';
        return;
      }
      to += '\1';
      append_text_key(types::show(value.type), to);
      append_key(value.type, value.items[0], to);
      return;
    case TypeKind::string:
    case TypeKind::bytes:
    case TypeKind::fn:
    case TypeKind::sender:
    case TypeKind::receiver:
    case TypeKind::fibril:
    case TypeKind::stream:
    case TypeKind::sandbox:
    case TypeKind::space:
    case TypeKind::capability:
    case TypeKind::module:
    case TypeKind::variable: append_text_key(value.text.view(), to); return;
  }
}

void apply_budget(std::string& key, std::size_t begin) {
  if (key.size() - begin <= component_bytes_max) return;
  XXH128_hash_t hash = XXH3_128bits(key.data() + begin, key.size() - begin);
  key.resize(begin + component_prefix_bytes);
  append_u64(hash.high64, key);
  append_u64(hash.low64, key);
}

void append_record_key(std::uint32_t first_partition, std::uint32_t partitions, const Type* key_type, const Datum& key,
                       std::string& to) {
  std::size_t begin = to.size();
  to.append(record_key_prefix_bytes, '\0');   // branch 0 stays
  append_key(key_type, key, to);
  std::size_t key_begin = begin + record_key_prefix_bytes;
  std::uint64_t hash = XXH3_64bits(to.data() + key_begin, to.size() - key_begin);
  std::uint32_t partition = __builtin_bswap32(first_partition + static_cast<std::uint32_t>(hash % partitions));
  std::memcpy(to.data() + begin, &partition, sizeof partition);
  apply_budget(to, key_begin);
}

std::string record_key(std::uint32_t first_partition, std::uint32_t partitions, const Type* key_type, const Datum& key) {
  std::string bytes;
  append_record_key(first_partition, partitions, key_type, key, bytes);
  return bytes;
}

std::string partition_prefix(std::uint32_t partition) {
  std::string prefix;
  append_u32(partition, prefix);
  return prefix;
}

void append_index_prefix(std::uint32_t space, std::uint16_t attribute, std::string& to) {
  append_u32(space, to);
  append_u32(0, to);
  append_u16(attribute, to);
}

}  // namespace m31::store
