// Types as a program writes them.
#include <algorithm>

#include "kernel/types/type.h"

namespace m31::types {
namespace {

bool is_plain_key(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
  });
}

void write_key(std::string_view name, std::string& to) {
  if (is_plain_key(name)) {
    to += name;
    return;
  }
  constexpr char digits[] = "0123456789abcdef";
  to += '"';
  for (unsigned char c : name) {
    if (c == '"' || c == '\\') {
      to += '\\';
      to += static_cast<char>(c);
    } else if (c < 0x20 || c == 0x7f) {
      to += "\\x";
      to += digits[c >> 4];
      to += digits[c & 15];
    } else {
      to += static_cast<char>(c);
    }
  }
  to += '"';
}

void write(const Type* type, std::string& to);

void write_list(std::span<const Type* const> types, std::string& to) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i) to += ", ";
    write(types[i], to);
  }
}

void write_applied(std::string_view name, std::span<const Type* const> args, std::string& to) {
  to += name;
  if (args.empty()) return;
  to += '[';
  write_list(args, to);
  to += ']';
}

// Where a function type or a union would swallow what follows, or be swallowed.
void write_bracketed(const Type* type, bool bracketed, std::string& to) {
  if (bracketed) to += '(';
  write(type, to);
  if (bracketed) to += ')';
}

bool is_optional(const Type* type) {
  return type->kind == TypeKind::union_ && type->args.size() == 2 &&
         (type->args[0]->kind == TypeKind::none || type->args[1]->kind == TypeKind::none);
}

void write_fn(const Type* type, std::string& to) {
  to += "fn(";
  write_list(type->args.first(type->args.size() - 1), to);
  to += ") -> ";
  const Type* result = type->args.back();
  write_bracketed(result, result->kind == TypeKind::fn || (result->kind == TypeKind::union_ && !is_optional(result)), to);
  if (type->names.empty()) return;
  to += " uses {";
  for (std::size_t i = 0; i < type->names.size(); ++i) {
    if (i) to += ", ";
    to += type->names[i];
  }
  to += '}';
}

void write_union(const Type* type, std::string& to) {
  if (is_optional(type)) {
    const Type* some = type->args[type->args[0]->kind == TypeKind::none ? 1 : 0];
    write_bracketed(some, some->kind == TypeKind::fn, to);
    to += '?';
    return;
  }
  const char* separator = "";
  for (const Type* member : type->args) {
    if (member->kind == TypeKind::none) continue;
    to += separator;
    write_bracketed(member, member->kind == TypeKind::fn, to);
    separator = " | ";
  }
  if (type->args.end() != std::find_if(type->args.begin(), type->args.end(),
                                       [](const Type* member) { return member->kind == TypeKind::none; }))
    to += " | None";
}

void write(const Type* type, std::string& to) {
  switch (type->kind) {
    case TypeKind::never: to += "Never"; return;
    case TypeKind::none: to += "None"; return;
    case TypeKind::boolean: to += "Bool"; return;
    case TypeKind::int_: to += "Int"; return;
    case TypeKind::float_: to += "Float"; return;
    case TypeKind::duration: to += "Duration"; return;
    case TypeKind::string: to += "String"; return;
    case TypeKind::bytes: to += "Bytes"; return;
    case TypeKind::any: to += "Any"; return;
    case TypeKind::range: to += "Range"; return;
    case TypeKind::fibril: to += "Fibril"; return;
    case TypeKind::variable: to += "_"; return;
    case TypeKind::type_value: write_applied("Type", type->args, to); return;
    case TypeKind::list: write_applied("List", type->args, to); return;
    case TypeKind::map: write_applied("Map", type->args, to); return;
    case TypeKind::sender: write_applied("Sender", type->args, to); return;
    case TypeKind::receiver: write_applied("Receiver", type->args, to); return;
    case TypeKind::stream: write_applied("Stream", type->args, to); return;
    case TypeKind::sandbox:
      to += "Sandbox";
      if (type->args[0]->kind != TypeKind::record) return;       // what it grants is known when it runs
      to += '{';
      for (std::size_t i = 0; i < type->args[0]->names.size(); ++i) {
        if (i) to += ", ";
        write(type->args[0]->args[i], to);
      }
      to += '}';
      return;
    case TypeKind::space: write_applied("Space", type->args, to); return;
    case TypeKind::named: write_applied(type->decl->name, type->args, to); return;
    case TypeKind::capability:
    case TypeKind::module: to += type->name; return;
    case TypeKind::tuple:
      to += '(';
      write_list(type->args, to);
      to += type->args.size() == 1 ? ",)" : ")";
      return;
    case TypeKind::record:
      to += '{';
      for (std::size_t i = 0; i < type->args.size(); ++i) {
        if (i) to += ", ";
        write_key(type->names[i], to);
        to += ": ";
        write(type->args[i], to);
      }
      to += '}';
      return;
    case TypeKind::fn: write_fn(type, to); return;
    case TypeKind::union_: write_union(type, to); return;
  }
}

}  // namespace

std::string show(const Type* type) {
  std::string text;
  write(type, text);
  return text;
}

}  // namespace m31::types
