// The compact form: bytes whose shape a type gives.
//
//   None, Type        nothing                      Bool            1 byte, 0 or 1
//   Int, Duration     zigzag varint                Float           8 bytes, least significant first
//   String, Bytes     size bytes                   Range           from to, zigzag varints
//   tuple, record     fields in the type's order   List            count items
//   Map               count (key value)*           declared record fields
//   sum type          constructor fields           union           member value: index in the sorted union
//   Any               type value: its structure (types::encode_type)
//   what lives in the mantle (functions, channel ends, ...)   size text: how it is shown
//
// Sizes, counts and indices are varints. A type of no information (a tuple of Nones) still costs each item of a list
// its share of `limit_bytes`, so a few bytes cannot stand for a huge value.
#include <cstring>

#include "kernel/base/ensure.h"
#include "kernel/data/datum.h"
#include "kernel/data/varint.h"

namespace m31::data {
namespace {

using types::Type;
using types::TypeKind;

constexpr std::size_t levels_max = 2'000;

void write_real(double value, std::string& to) {
  std::uint64_t word = 0;
  std::memcpy(&word, &value, sizeof word);
  for (int shift = 0; shift < 64; shift += 8) to += static_cast<char>(word >> shift);
}

void write_all(std::span<const Type* const> types, const Datum& value, std::string& to) {
  ENSURE(types.size() == value.items.size(), types.size(), value.items.size());
  for (std::size_t i = 0; i < types.size(); ++i) encode(types[i], value.items[i], to);
}

std::size_t member_index(const Type* union_type, const Type* member) {
  for (std::size_t i = 0; i < union_type->args.size(); ++i)
    if (union_type->args[i] == member) return i;
  ENSURE(false, union_type->id, member->id);
  return 0;
}

void write_boxed(const Type* type, const Datum& value, std::string& to) {
  bool is_none = value.kind == DatumKind::none;
  ENSURE(is_none || (value.kind == DatumKind::boxed && value.items.size() == 1), static_cast<std::uint64_t>(value.kind));
  const Type* held = is_none ? types::basic(TypeKind::none) : value.type;
  if (type->kind == TypeKind::any)
    to += types::encode_type(held);
  else
    write_varint(member_index(type, held), to);
  if (!is_none) encode(held, value.items[0], to);
}

struct Decoder {
  std::string_view bytes;
  std::size_t limit_bytes;
  const char* fault = nullptr;

  bool fail(const char* what) {
    if (!fault) fault = what;
    return false;
  }

  bool charge(std::size_t size_bytes) {
    if (size_bytes > limit_bytes) return fail("a value is larger than allowed");
    limit_bytes -= size_bytes;
    return true;
  }

  bool read_integer(std::int64_t& value) {
    std::uint64_t word = 0;
    if (!read_varint(bytes, word)) return fail("a number is cut off or malformed");
    value = unzigzag(word);
    return true;
  }

  bool read_text(Datum& to, DatumKind kind) {
    std::string_view text;
    if (!read_sized(bytes, text)) return fail("a text is cut off");
    if (!charge(text.size() + (text.empty() ? 0 : sizeof(Buffer)))) return false;
    to.kind = kind;
    to.text = Text(text);
    return true;
  }

  bool read_fields(std::span<const Type* const> types, Datum& to, std::size_t level) {
    to.kind = DatumKind::items;
    if (!charge(types.size() * sizeof(Datum))) return false;
    to.items.resize(types.size());
    for (std::size_t i = 0; i < types.size(); ++i)
      if (!read(types[i], to.items[i], level)) return false;
    return true;
  }

  bool read_count(std::uint64_t& count, std::size_t datums_each) {
    if (!read_varint(bytes, count)) return fail("a count is cut off or malformed");
    if (count > limit_bytes / sizeof(Datum)) return fail("a value is larger than allowed");
    return charge(count * datums_each * sizeof(Datum));
  }

  bool read_list(const Type* item, Datum& to, std::size_t level) {
    std::uint64_t count = 0;
    if (!read_count(count, 1)) return false;
    to.kind = DatumKind::items;
    for (std::uint64_t i = 0; i < count; ++i)
      if (!read(item, to.items.emplace_back(), level)) return false;
    return true;
  }

  bool read_map(const Type* type, Datum& to, std::size_t level) {
    std::uint64_t count = 0;
    if (!read_count(count, 2)) return false;
    to.kind = DatumKind::pairs;
    for (std::uint64_t i = 0; i < count; ++i)
      if (!read(type->args[0], to.items.emplace_back(), level) || !read(type->args[1], to.items.emplace_back(), level))
        return false;
    return true;
  }

  bool read_named(const Type* type, Datum& to, std::size_t level) {
    std::uint64_t constructor = 0;
    if (type->decl->is_sum && !read_varint(bytes, constructor)) return fail("a constructor is cut off");
    if (constructor >= type->constructors.size()) return fail("a constructor is unknown");
    to.tag = static_cast<std::uint32_t>(constructor);
    return read_fields(type->constructors[constructor].types, to, level);
  }

  bool read_boxed(const Type* type, Datum& to, std::size_t level) {
    const Type* held = nullptr;
    if (type->kind == TypeKind::any) {
      auto structure = types::decode_type(bytes);
      if (!structure) return fail("a value's type is malformed");
      held = *structure;
      if (held->kind == TypeKind::any || held->kind == TypeKind::union_ || held->kind == TypeKind::never)
        return fail("a boxed value has a type that no value has");
    } else {
      std::uint64_t member = 0;
      if (!read_varint(bytes, member) || member >= type->args.size()) return fail("a union's member is unknown");
      held = type->args[member];
    }
    if (held->kind == TypeKind::none) return true;
    if (!charge(sizeof(Datum))) return false;
    to.kind = DatumKind::boxed;
    to.type = held;
    return read(held, to.items.emplace_back(), level);
  }

  bool read(const Type* type, Datum& to, std::size_t level) {
    if (level >= levels_max) return fail("a value is nested too deep");
    ++level;
    switch (type->kind) {
      case TypeKind::never: return fail("no value has the type Never");
      case TypeKind::none:
      case TypeKind::type_value: return true;
      case TypeKind::boolean:
        if (bytes.empty() || static_cast<unsigned char>(bytes[0]) > 1) return fail("a Bool is malformed");
        to.kind = DatumKind::boolean;
        to.integer = bytes[0];
        bytes.remove_prefix(1);
        return true;
      case TypeKind::int_:
      case TypeKind::duration: to.kind = DatumKind::integer; return read_integer(to.integer);
      case TypeKind::float_: {
        if (bytes.size() < 8) return fail("a Float is cut off");
        std::uint64_t word = 0;
        for (int i = 7; i >= 0; --i) word = word << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
        bytes.remove_prefix(8);
        to.kind = DatumKind::real;
        std::memcpy(&to.real, &word, sizeof word);
        return true;
      }
      case TypeKind::string:
      case TypeKind::bytes: return read_text(to, DatumKind::text);
      case TypeKind::range: {
        if (!charge(2 * sizeof(Datum))) return false;
        to.kind = DatumKind::items;
        to.items.resize(2);
        to.items[0].kind = to.items[1].kind = DatumKind::integer;
        return read_integer(to.items[0].integer) && read_integer(to.items[1].integer);
      }
      case TypeKind::tuple:
      case TypeKind::record: return read_fields(type->args, to, level);
      case TypeKind::list: return read_list(type->args[0], to, level);
      case TypeKind::map: return read_map(type, to, level);
      case TypeKind::named: return read_named(type, to, level);
      case TypeKind::any:
      case TypeKind::union_: return read_boxed(type, to, level);
      case TypeKind::fn:
      case TypeKind::sender:
      case TypeKind::receiver:
      case TypeKind::fibril:
      case TypeKind::stream:
      case TypeKind::sandbox:
      case TypeKind::space:
      case TypeKind::capability:
      case TypeKind::module:
      case TypeKind::variable: return read_text(to, DatumKind::handle);
    }
    return fail("a type is unknown");
  }
};

}  // namespace

void encode(const types::Type* type, const Datum& value, std::string& to) {
  switch (type->kind) {
    case TypeKind::never:
    case TypeKind::none:
    case TypeKind::type_value: return;
    case TypeKind::boolean: to += value.integer ? '\1' : '\0'; return;
    case TypeKind::int_:
    case TypeKind::duration: write_varint(zigzag(value.integer), to); return;
    case TypeKind::float_: write_real(value.real, to); return;
    case TypeKind::range:
      ENSURE(value.items.size() == 2, value.items.size());
      write_varint(zigzag(value.items[0].integer), to);
      write_varint(zigzag(value.items[1].integer), to);
      return;
    case TypeKind::tuple:
    case TypeKind::record: write_all(type->args, value, to); return;
    case TypeKind::list:
      write_varint(value.items.size(), to);
      for (const Datum& item : value.items) encode(type->args[0], item, to);
      return;
    case TypeKind::map:
      write_varint(value.items.size() / 2, to);
      for (std::size_t i = 0; i < value.items.size(); ++i) encode(type->args[i % 2], value.items[i], to);
      return;
    case TypeKind::named:
      ENSURE(value.tag < type->constructors.size(), value.tag);
      if (type->decl->is_sum) write_varint(value.tag, to);
      write_all(type->constructors[value.tag].types, value, to);
      return;
    case TypeKind::any:
    case TypeKind::union_: write_boxed(type, value, to); return;
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
    case TypeKind::variable: write_sized(value.text.view(), to); return;
  }
}

std::expected<Datum, std::string> decode(const types::Type* type, std::string_view& bytes, std::size_t limit_bytes) {
  Decoder decoder{bytes, limit_bytes};
  Datum value;
  if (!decoder.read(type, value, 0)) return std::unexpected(std::string(decoder.fault));
  bytes = decoder.bytes;
  return value;
}

}  // namespace m31::data
