// The structure of a type as bytes, for wires and disks.
//
//   type  = 0x00 index                                 a type already written: number `index` in order of completion
//         | letter body                                letter: the table below
//   body  = n type*                                    tuple list map fn union type_value stream sender receiver space
//           (fn: then m name*, its effects)
//         | n (name type)*                             record
//         | name                                       capability, module
//         | declaration n type* m constructor*         named; numbered before its constructors, which may name it
//   declaration = name module fingerprint 16 flags     flags: 1 sum, 2 error
//   constructor = name n (field type)*
//
// Numbers are varints, names are sized. A type gets its number when its body is complete (a named one when its arguments are),
// unless an equal one has a number: both sides see the same pointers, so both count alike.
#include <algorithm>
#include <deque>
#include <utility>
#include <unordered_map>
#include <vector>

#include "kernel/data/varint.h"
#include "kernel/types/type.h"

namespace m31::types {
namespace {

using data::read_sized;
using data::read_varint;
using data::write_sized;
using data::write_varint;

constexpr std::size_t levels_max = 500;
constexpr std::size_t types_max = 100'000;

// The letters are part of the disk format: add, never change.
struct Letter {
  TypeKind kind;
  char letter;
};
constexpr Letter letters[] = {
    {TypeKind::never, '!'},    {TypeKind::none, '0'},     {TypeKind::boolean, 'b'},  {TypeKind::int_, 'i'},
    {TypeKind::float_, 'f'},   {TypeKind::duration, 'd'}, {TypeKind::string, 's'},   {TypeKind::bytes, 'y'},
    {TypeKind::any, 'a'},      {TypeKind::range, 'g'},    {TypeKind::fibril, 'F'},   {TypeKind::variable, '_'},
    {TypeKind::tuple, 'T'},    {TypeKind::list, 'L'},     {TypeKind::map, 'M'},      {TypeKind::fn, 'N'},
    {TypeKind::union_, 'U'},   {TypeKind::record, 'R'},   {TypeKind::named, 'D'},    {TypeKind::type_value, 'V'},
    {TypeKind::stream, 'Z'},   {TypeKind::sender, 'S'},   {TypeKind::receiver, 'r'}, {TypeKind::space, 'P'}, {TypeKind::sandbox, 'X'},
    {TypeKind::capability, 'C'}, {TypeKind::module, 'm'},
};

char letter_of(TypeKind kind) {
  for (const Letter& each : letters)
    if (each.kind == kind) return each.letter;
  return '?';
}

void write_word(std::uint64_t word, std::string& to) {
  for (int shift = 0; shift < 64; shift += 8) to += static_cast<char>(word >> shift);
}

std::uint64_t read_word(std::string_view bytes) {
  std::uint64_t word = 0;
  for (int i = 7; i >= 0; --i) word = word << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return word;
}

struct Encoder {
  std::string& to;
  std::unordered_map<const Type*, std::size_t> numbers;

  void number(const Type* type) { numbers.try_emplace(type, numbers.size()); }

  void write_all(std::span<const Type* const> types) {
    write_varint(types.size(), to);
    for (const Type* type : types) write(type);
  }

  void write_fields(std::span<const std::string_view> names, std::span<const Type* const> types) {
    write_varint(names.size(), to);
    for (std::size_t i = 0; i < names.size(); ++i) {
      write_sized(names[i], to);
      write(types[i]);
    }
  }

  void write_named(const Type* type) {
    const TypeDecl& decl = *type->decl;
    write_sized(decl.name, to);
    write_sized(decl.module, to);
    write_word(decl.fingerprint.high, to);
    write_word(decl.fingerprint.low, to);
    write_varint((decl.is_sum ? 1u : 0u) | (decl.is_error ? 2u : 0u), to);
    write_all(type->args);
    number(type);
    write_varint(type->constructors.size(), to);
    for (const Constructor& constructor : type->constructors) {
      write_sized(constructor.name, to);
      write_fields(constructor.fields, constructor.types);
    }
  }

  void write(const Type* type) {
    if (auto known = numbers.find(type); known != numbers.end()) {
      to += '\0';
      write_varint(known->second, to);
      return;
    }
    to += letter_of(type->kind);
    switch (type->kind) {
      case TypeKind::named: return write_named(type);
      case TypeKind::record: write_fields(type->names, type->args); break;
      case TypeKind::capability:
      case TypeKind::module: write_sized(type->name, to); break;
      case TypeKind::fn:
        write_all(type->args);
        write_varint(type->names.size(), to);
        for (std::string_view effect : type->names) write_sized(effect, to);
        break;
      case TypeKind::tuple:
      case TypeKind::list:
      case TypeKind::map:
      case TypeKind::union_:
      case TypeKind::type_value:
      case TypeKind::stream:
      case TypeKind::sandbox:
      case TypeKind::sender:
      case TypeKind::receiver:
      case TypeKind::space: write_all(type->args); break;
      default: return;   // a letter says it all: shorter than a number
    }
    number(type);
  }
};

// How large a type is when written out as a program writes it: numbers make a few bytes stand for a huge type.
struct Extent {
  std::size_t parts = 1;
  std::size_t levels = 1;
};

struct Decoder {
  explicit Decoder(std::string_view input) : bytes(input) {}

  std::string_view bytes;
  const char* fault = nullptr;
  std::vector<const Type*> numbered;
  std::unordered_map<const Type*, std::size_t> numbers;
  std::unordered_map<const Type*, Extent> extents;
  Extent pending;   // of the type that is about to be numbered
  std::size_t types_read = 0;

  std::nullptr_t fail(const char* what) {
    if (!fault) fault = what;
    return nullptr;
  }

  // REQUIRES: all of `parts` came from this decoder.
  bool bounded(const std::vector<const Type*>& parts) {
    Extent whole;
    for (const Type* part : parts) {
      auto known = extents.find(part);
      Extent extent = known == extents.end() ? Extent() : known->second;
      whole.parts += extent.parts;
      whole.levels = std::max(whole.levels, extent.levels + 1);
    }
    if (whole.parts > types_max || whole.levels > levels_max) return fail("a type is too large when written out") != nullptr;
    pending = whole;
    return true;
  }

  const Type* number(const Type* type) {
    extents.try_emplace(type, std::exchange(pending, Extent()));
    if (numbers.try_emplace(type, numbered.size()).second) numbered.push_back(type);
    return type;
  }

  // Everything counted takes at least one byte, so a count beyond what is left is a lie.
  bool read_count(std::size_t& count) {
    std::uint64_t wide = 0;
    if (!read_varint(bytes, wide) || wide > bytes.size()) {
      fail("a type's count is cut off or too large");
      return false;
    }
    count = wide;
    return true;
  }

  bool read_name(std::string_view& name) {
    if (read_sized(bytes, name)) return true;
    fail("a type's name is cut off");
    return false;
  }

  bool read_all(std::vector<const Type*>& types, std::size_t level) {
    std::size_t count = 0;
    if (!read_count(count)) return false;
    for (std::size_t i = 0; i < count; ++i) {
      const Type* type = read(level);
      if (!type) return false;
      types.push_back(type);
    }
    return true;
  }

  bool read_fields(std::vector<std::string_view>& names, std::vector<const Type*>& types, std::size_t level) {
    std::size_t count = 0;
    if (!read_count(count)) return false;
    for (std::size_t i = 0; i < count; ++i) {
      std::string_view name;
      if (!read_name(name)) return false;
      const Type* type = read(level);
      if (!type) return false;
      names.push_back(name);
      types.push_back(type);
    }
    return true;
  }

  bool apart(std::vector<std::string_view> names) {
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) == names.end()) return true;
    fail("a record type names a field twice");
    return false;
  }

  const Type* read_named(std::size_t level) {
    TypeDecl wanted;
    std::uint64_t flags = 0;
    if (!read_name(wanted.name) || !read_name(wanted.module)) return nullptr;
    if (wanted.name.empty()) return fail("a declaration has no name");
    if (bytes.size() < 16) return fail("a declaration's fingerprint is cut off");
    wanted.fingerprint = {read_word(bytes), read_word(bytes.substr(8))};
    bytes.remove_prefix(16);
    if (!read_varint(bytes, flags) || flags > 3) return fail("a declaration's flags are unknown");
    wanted.is_sum = flags & 1;
    wanted.is_error = flags & 2;
    std::vector<const Type*> args;
    if (!read_all(args, level) || !bounded(args)) return nullptr;
    wanted.parameter_count = static_cast<std::uint32_t>(args.size());
    const TypeDecl* decl = declare(wanted);
    if (decl->parameter_count != wanted.parameter_count || decl->is_sum != wanted.is_sum ||
        decl->is_error != wanted.is_error)
      return fail("a declaration differs from the one known by its fingerprint");
    const Type* type = number(named_of(decl, args));

    std::size_t count = 0;
    if (!read_count(count)) return nullptr;
    struct Parts {
      std::string_view name;
      std::vector<std::string_view> fields;
      std::vector<const Type*> types;
    };
    std::deque<Parts> parts;
    std::vector<Constructor> constructors;
    for (std::size_t i = 0; i < count; ++i) {
      Parts& part = parts.emplace_back();
      if (!read_name(part.name) || !read_fields(part.fields, part.types, level) || !apart(part.fields)) return nullptr;
      constructors.push_back({part.name, part.fields, part.types});
    }
    if (count == 0) return type;   // was written before its declaration was resolved
    if (!decl->is_sum && count != 1) return fail("a record type has other than one constructor");
    set_constructors(type, constructors);
    if (!same(type->constructors, constructors)) return fail("a declaration differs from the one known by its fingerprint");
    return type;
  }

  static bool same(std::span<const Constructor> a, const std::vector<Constructor>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i].name != b[i].name || a[i].fields.size() != b[i].fields.size()) return false;
      for (std::size_t k = 0; k < a[i].fields.size(); ++k)
        if (a[i].fields[k] != b[i].fields[k] || a[i].types[k] != b[i].types[k]) return false;
    }
    return true;
  }

  const Type* read_fn(std::size_t level) {
    std::vector<const Type*> args;
    std::size_t count = 0;
    if (!read_all(args, level)) return nullptr;
    if (args.empty()) return fail("a function type has no result");
    if (!bounded(args) || !read_count(count)) return nullptr;
    std::vector<std::string_view> effects(count);
    for (std::string_view& effect : effects)
      if (!read_name(effect)) return nullptr;
    const Type* result = args.back();
    args.pop_back();
    return fn_of(args, result, effects);
  }

  const Type* read_applied(TypeKind kind, std::size_t level) {
    std::vector<const Type*> args;
    if (!read_all(args, level) || !bounded(args)) return nullptr;
    if (kind == TypeKind::tuple) return tuple_of(args);
    if (kind == TypeKind::union_) {
      const Type* type = union_of(args);
      return type->kind == TypeKind::union_ && type->args.size() == args.size() ? type : fail("a union's members are not apart");
    }
    if (args.size() != (kind == TypeKind::map ? 2u : 1u)) return fail("a type has the wrong number of arguments");
    if (kind == TypeKind::list) return list_of(args[0]);
    if (kind == TypeKind::map) return map_of(args[0], args[1]);
    return unary_of(kind, args[0]);
  }

  const Type* read(std::size_t level) {
    if (level >= levels_max) return fail("a type is nested too deep");
    if (++types_read > types_max) return fail("a type has too many parts");
    if (bytes.empty()) return fail("a type is cut off");
    char letter = bytes[0];
    bytes.remove_prefix(1);
    if (letter == '\0') {
      std::uint64_t index = 0;
      if (!read_varint(bytes, index) || index >= numbered.size()) return fail("a type refers to one that was not written");
      return numbered[index];
    }
    for (const Letter& each : letters)
      if (each.letter == letter) return read_kind(each.kind, level + 1);
    return fail("a type begins with an unknown letter");
  }

  const Type* read_kind(TypeKind kind, std::size_t level) {
    const Type* type = nullptr;
    std::string_view name;
    switch (kind) {
      case TypeKind::named: return read_named(level);
      case TypeKind::record: {
        std::vector<std::string_view> names;
        std::vector<const Type*> types;
        if (!read_fields(names, types, level) || !bounded(types) || !apart(names)) return nullptr;
        type = record_of(names, types);
        break;
      }
      case TypeKind::capability:
      case TypeKind::module:
        if (!read_name(name)) return nullptr;
        if (name.empty()) return fail("a module or capability has no name");
        type = kind == TypeKind::module ? module_of(name) : capability_of(name);
        break;
      case TypeKind::fn: type = read_fn(level); break;
      case TypeKind::tuple:
      case TypeKind::list:
      case TypeKind::map:
      case TypeKind::union_:
      case TypeKind::type_value:
      case TypeKind::stream:
      case TypeKind::sandbox:
      case TypeKind::sender:
      case TypeKind::receiver:
      case TypeKind::space: type = read_applied(kind, level); break;
      default: return basic(kind);
    }
    return type ? number(type) : nullptr;
  }
};

}  // namespace

std::string encode_type(const Type* type) {
  std::string bytes;
  Encoder{bytes, {}}.write(type);
  return bytes;
}

std::expected<const Type*, std::string> decode_type(std::string_view& bytes) {
  Decoder decoder(bytes);
  const Type* type = decoder.read(0);
  if (!type) return std::unexpected(std::string(decoder.fault ? decoder.fault : "a type is malformed"));
  bytes = decoder.bytes;
  return type;
}

}  // namespace m31::types
