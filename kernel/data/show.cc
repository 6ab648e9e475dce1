// The constructor form: what a program would write to make the value.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "kernel/base/ensure.h"
#include "kernel/data/datum.h"
#include "kernel/words/utf8.h"

namespace m31::data {
namespace {

using types::Type;
using types::TypeKind;

constexpr char hex_digits[] = "0123456789abcdef";

void write_escaped_byte(unsigned char byte, std::string& to) {
  to += "\\x";
  to += hex_digits[byte >> 4];
  to += hex_digits[byte & 15];
}

// The escapes that both kinds of literal share; false when `byte` stands for itself.
bool write_escape(unsigned char byte, std::string& to) {
  switch (byte) {
    case '"': to += "\\\""; return true;
    case '\\': to += "\\\\"; return true;
    case '\n': to += "\\n"; return true;
    case '\r': to += "\\r"; return true;
    case '\t': to += "\\t"; return true;
    default:
      if (byte >= 0x20 && byte != 0x7f) return false;
      write_escaped_byte(byte, to);
      return true;
  }
}

// `\xNN` is one byte: ill-formed ones survive being written and read.
void write_string(std::string_view text, std::string& to) {
  to += '"';
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    words::Decoded next = words::decode(at, end);
    if (next.size == 1 && next.well_formed) {
      if (!write_escape(static_cast<unsigned char>(*at), to)) to += *at;
    } else if (next.well_formed) {
      to.append(at, next.size);
    } else {
      for (int i = 0; i < next.size; ++i) write_escaped_byte(static_cast<unsigned char>(at[i]), to);
    }
    at += next.size;
  }
  to += '"';
}

void write_bytes(std::string_view bytes, std::string& to) {
  to += "b\"";
  for (unsigned char byte : bytes) {
    if (write_escape(byte, to)) continue;
    if (byte < 0x80)
      to += static_cast<char>(byte);
    else
      write_escaped_byte(byte, to);
  }
  to += '"';
}

void write_int(std::int64_t value, std::string& to) {
  char digits[24];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// The shortest digits that read back as the same Float, and always a point or an exponent.
void write_float(double value, std::string& to) {
  if (std::isnan(value)) {
    to += "Float.nan";
    return;
  }
  if (std::signbit(value)) to += '-';
  if (std::isinf(value)) {
    to += "Float.inf";
    return;
  }
  char text[40];
  std::to_chars_result end = std::to_chars(text, text + sizeof text, std::fabs(value), std::chars_format::scientific);
  std::string_view form(text, static_cast<std::size_t>(end.ptr - text));
  std::size_t mark = form.find('e');
  std::string digits(form.substr(0, mark));
  if (digits.size() > 1) digits.erase(1, 1);
  int exponent = 0;
  const char* power = form.data() + mark + 1;
  if (*power == '+') ++power;
  std::from_chars(power, end.ptr, exponent);
  int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    to += digits[0];
    if (count > 1) to.append(".").append(digits, 1);
    to += 'e';
    write_int(exponent, to);
  } else if (exponent < 0) {
    to.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  } else {
    if (count <= exponent) digits.append(static_cast<std::size_t>(exponent + 1 - count), '0');
    std::size_t whole = static_cast<std::size_t>(exponent) + 1;
    to.append(digits, 0, whole).append(".");
    to += digits.size() > whole ? digits.substr(whole) : "0";
  }
}

// In the largest unit that leaves no fraction.
void write_duration(std::int64_t nanoseconds, std::string& to) {
  struct Unit {
    std::int64_t nanoseconds;
    const char* name;
  };
  constexpr Unit units[] = {{86'400'000'000'000, "d"}, {3'600'000'000'000, "h"}, {60'000'000'000, "min"},
                            {1'000'000'000, "s"},      {1'000'000, "ms"},        {1'000, "us"}};
  if (nanoseconds == 0) {
    to += "0s";
    return;
  }
  for (const Unit& unit : units) {
    if (nanoseconds % unit.nanoseconds) continue;
    write_int(nanoseconds / unit.nanoseconds, to);
    to += unit.name;
    return;
  }
  write_int(nanoseconds, to);
  to += "ns";
}

bool is_plain_key(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
  });
}

void write(const Type* type, const Datum& value, std::string& to);

void write_fields(std::span<const std::string_view> names, std::span<const Type* const> types,
                  const std::vector<Datum>& values, std::string& to) {
  ENSURE(types.size() == values.size(), types.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i) to += ", ";
    if (is_plain_key(names[i]))
      to += names[i];
    else
      write_string(names[i], to);
    to += ": ";
    write(types[i], values[i], to);
  }
}

void write_named(const Type* type, const Datum& value, std::string& to) {
  ENSURE(value.tag < type->constructors.size(), value.tag, type->constructors.size());
  const types::Constructor& constructor = type->constructors[value.tag];
  std::string_view shown = type->decl->name;
  if (std::size_t dot = shown.rfind('.'); dot != std::string_view::npos) to += shown.substr(0, dot + 1);
  to += constructor.name;
  to += '(';
  write_fields(constructor.fields, constructor.types, value.items, to);
  to += ')';
}

void write_tuple(const Type* type, const Datum& value, std::string& to) {
  ENSURE(type->args.size() == value.items.size(), type->args.size(), value.items.size());
  to += '(';
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (i) to += ", ";
    write(type->args[i], value.items[i], to);
  }
  to += value.items.size() == 1 ? ",)" : ")";
}

void write_map(const Type* type, const Datum& value, std::string& to) {
  if (value.items.empty()) {
    to += "[:]";
    return;
  }
  to += '[';
  for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
    if (i) to += ", ";
    write(type->args[0], value.items[i], to);
    to += ": ";
    write(type->args[1], value.items[i + 1], to);
  }
  to += ']';
}

void write(const Type* type, const Datum& value, std::string& to) {
  if (value.kind == DatumKind::boxed) {
    ENSURE(value.items.size() == 1, value.items.size());
    return write(value.type, value.items[0], to);
  }
  if (value.kind == DatumKind::handle) {
    const std::string_view text = value.text.view();
    const bool bare = !text.starts_with('<');
    to.append(bare ? "<" : "").append(text).append(bare ? ">" : "");
    return;
  }
  switch (type->kind) {
    case TypeKind::never:
    case TypeKind::none:
    case TypeKind::any:      // only None comes without a box
    case TypeKind::union_: to += "None"; return;
    case TypeKind::boolean: to += value.integer ? "True" : "False"; return;
    case TypeKind::int_: write_int(value.integer, to); return;
    case TypeKind::float_: write_float(value.real, to); return;
    case TypeKind::duration: write_duration(value.integer, to); return;
    case TypeKind::string: write_string(value.text.view(), to); return;
    case TypeKind::bytes: write_bytes(value.text.view(), to); return;
    case TypeKind::type_value: to += types::show(type->args[0]); return;
    case TypeKind::range:
      ENSURE(value.items.size() == 2, value.items.size());
      write_int(value.items[0].integer, to);
      to += "..";
      write_int(value.items[1].integer, to);
      return;
    case TypeKind::tuple: write_tuple(type, value, to); return;
    case TypeKind::list:
      to += '[';
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i) to += ", ";
        write(type->args[0], value.items[i], to);
      }
      to += ']';
      return;
    case TypeKind::map: write_map(type, value, to); return;
    case TypeKind::record:
      to += '{';
      write_fields(type->names, type->args, value.items, to);
      to += '}';
      return;
    case TypeKind::named: write_named(type, value, to); return;
    case TypeKind::fn:
    case TypeKind::sender:
    case TypeKind::receiver:
    case TypeKind::fibril:
    case TypeKind::stream:
    case TypeKind::sandbox:
    case TypeKind::space:
    case TypeKind::capability:
    case TypeKind::module:
    case TypeKind::variable: to.append("<").append(types::show(type)).append(">"); return;
  }
}

}  // namespace

std::string show(const types::Type* type, const Datum& value) {
  std::string text;
  write(type, value, text);
  return text;
}

}  // namespace m31::data
