#include "kernel/data/exchange.h"

#include <charconv>
#include <cmath>

#include "kernel/words/utf8.h"

namespace m31::data {
namespace {

using types::Type;
using types::TypeKind;

constexpr unsigned levels_max = 5'000;

struct Part {                              // a value without its box
  const Type* type;
  const Datum* value;
};

Part unboxed(const Type* type, const Datum& value) {
  if (value.kind == DatumKind::boxed) return unboxed(value.type, value.items[0]);
  if (type->kind == TypeKind::any || type->kind == TypeKind::union_) return {types::basic(TypeKind::none), &value};
  return {type, &value};
}

void write_json_string(std::string_view text, std::string& to) {
  constexpr char hex[] = "0123456789abcdef";
  to += '"';
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    auto byte = static_cast<unsigned char>(*at);
    if (byte < 0x80) {
      ++at;
      switch (byte) {
        case '"': to += "\\\""; break;
        case '\\': to += "\\\\"; break;
        case '\n': to += "\\n"; break;
        case '\r': to += "\\r"; break;
        case '\t': to += "\\t"; break;
        default:
          if (byte >= 0x20) to += static_cast<char>(byte);
          else to.append("\\u00") += hex[byte >> 4], to += hex[byte & 15];
      }
      continue;
    }
    words::Decoded next = words::decode(at, end);
    if (next.well_formed) to.append(at, static_cast<std::size_t>(next.size));
    else to += "\xef\xbf\xbd";
    at += next.size;
  }
  to += '"';
}

void write_base64(std::string_view bytes, std::string& to) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j) word = word << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0);
    for (std::size_t j = 0; j < 4; ++j) to += j <= count ? digits[word >> (18 - 6 * j) & 63] : '=';
  }
}

struct JsonWriter {
  std::string text;
  std::string fault;

  bool fail(std::string what) {
    if (fault.empty()) fault = std::move(what);
    return false;
  }

  bool write_list(const Type* type, const Datum& value, unsigned level) {
    text += '[';
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      if (i) text += ',';
      if (!write(type->kind == TypeKind::tuple ? type->args[i] : type->args[0], value.items[i], level)) return false;
    }
    text += ']';
    return true;
  }

  bool write_key(Part key) {
    switch (key.type->kind) {
      case TypeKind::string: write_json_string(key.value->text.view(), text); return true;
      case TypeKind::int_:
      case TypeKind::boolean:
      case TypeKind::float_:
      case TypeKind::duration:
      case TypeKind::none: write_json_string(show(key.type, *key.value), text); return true;
      default: return fail("a " + types::show(key.type) + " is no key of a JSON object");
    }
  }

  bool write_fields(std::span<const std::string_view> names, std::span<const Type* const> fields, const Datum& value, bool first, unsigned level) {
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      if (!first) text += ',';
      first = false;
      write_json_string(names[i], text);
      text += ':';
      if (!write(fields[i], value.items[i], level)) return false;
    }
    text += '}';
    return true;
  }

  bool write(const Type* declared, const Datum& whole, unsigned level) {
    if (level > levels_max) return fail("a value is nested too deep for JSON");
    ++level;
    const auto [type, held] = unboxed(declared, whole);
    const Datum& value = *held;
    if (value.kind == DatumKind::handle) return fail("`" + show(type, value) + "` has no form in JSON");
    switch (type->kind) {
      case TypeKind::none: text += "null"; return true;
      case TypeKind::boolean: text += value.integer ? "true" : "false"; return true;
      case TypeKind::int_: text += std::to_string(value.integer); return true;
      case TypeKind::float_: {
        if (!std::isfinite(value.real)) return fail("JSON has no " + show(type, value));
        text += show(type, value);
        return true;
      }
      case TypeKind::duration: write_json_string(show(type, value), text); return true;
      case TypeKind::string: write_json_string(value.text.view(), text); return true;
      case TypeKind::bytes:
        text += '"';
        write_base64(value.text.view(), text);
        text += '"';
        return true;
      case TypeKind::range:
        text += '[' + std::to_string(value.items[0].integer) + ',' + std::to_string(value.items[1].integer) + ']';
        return true;
      case TypeKind::tuple:
      case TypeKind::list: return write_list(type, value, level);
      case TypeKind::map:
        text += '{';
        for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
          if (i) text += ',';
          if (!write_key(unboxed(type->args[0], value.items[i]))) return false;
          text += ':';
          if (!write(type->args[1], value.items[i + 1], level)) return false;
        }
        text += '}';
        return true;
      case TypeKind::record:
        text += '{';
        return write_fields(type->names, type->args, value, true, level);
      case TypeKind::named: {
        const types::Constructor& constructor = type->constructors[value.tag];
        text += '{';
        if (type->decl->is_sum) {
          text += "\"type\":";
          write_json_string(constructor.name, text);
        }
        return write_fields(constructor.fields, constructor.types, value, !type->decl->is_sum, level);
      }
      default: return fail("a " + types::show(type) + " has no form in JSON");
    }
  }
};

struct TableWriter {
  Table form;
  std::string text;
  std::string fault;

  void write_text(std::string_view cell) {
    if (form == Table::csv) {
      if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
        text += cell;
        return;
      }
      text += '"';
      for (char c : cell) {
        if (c == '"') text += '"';
        text += c;
      }
      text += '"';
      return;
    }
    for (char c : cell) {
      switch (c) {
        case '\t': text += "\\t"; break;
        case '\n': text += "\\n"; break;
        case '\r': text += "\\r"; break;
        case '\\': text += "\\\\"; break;
        default: text += c;
      }
    }
  }

  bool write_cell(Part cell) {
    switch (cell.type->kind) {
      case TypeKind::none: return true;    // an empty cell
      case TypeKind::string:
      case TypeKind::bytes: write_text(cell.value->text.view()); return true;
      case TypeKind::boolean:
      case TypeKind::int_:
      case TypeKind::float_:
      case TypeKind::duration: write_text(show(cell.type, *cell.value)); return true;
      default: {
        auto json = to_json(cell.type, *cell.value);
        if (!json) {
          fault = json.error();
          return false;
        }
        write_text(*json);
        return true;
      }
    }
  }

  static std::span<const std::string_view> names_of(const Type* type) {
    if (type->kind == TypeKind::record) return type->names;
    if (type->kind == TypeKind::named && !type->decl->is_sum && !type->constructors.empty()) return type->constructors[0].fields;
    return {};
  }
  static const Type* type_of(const Type* row, std::size_t i) {
    return row->kind == TypeKind::named ? row->constructors[0].types[i] : row->args[i];
  }

  // The names that head the table: those of its first row.
  std::vector<std::string> header;
  bool by_keys = false;                    // rows are Maps: their cells are found by name

  void find_header(Part row) {
    for (std::string_view each : names_of(row.type)) header.emplace_back(each);
    if (row.type->kind == TypeKind::map && row.type->args[0]->kind == TypeKind::string) {
      by_keys = true;
      for (std::size_t i = 0; i + 1 < row.value->items.size(); i += 2) header.emplace_back(row.value->items[i].text.view());
    }
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (i) text += separator();
      write_text(header[i]);
    }
    if (!header.empty()) text += '\n';
  }
  char separator() const { return form == Table::csv ? ',' : '\t'; }

  bool write_row(Part row) {
    std::size_t begin = text.size();
    if (by_keys && row.type->kind == TypeKind::map && row.type->args[0]->kind == TypeKind::string) {
      for (std::size_t c = 0; c < header.size(); ++c) {
        if (c) text += separator();
        for (std::size_t i = 0; i + 1 < row.value->items.size(); i += 2)
          if (row.value->items[i].text.view() == header[c] && !write_cell(unboxed(row.type->args[1], row.value->items[i + 1]))) return false;
      }
    } else if (row.type->kind == TypeKind::tuple || !names_of(row.type).empty()) {
      for (std::size_t i = 0; i < row.value->items.size(); ++i) {
        if (i) text += separator();
        if (!write_cell(unboxed(type_of(row.type, i), row.value->items[i]))) return false;
      }
    } else if (!write_cell(row)) {
      return false;
    }
    // A row of one empty cell would be an empty line, which is no row.
    if (text.size() == begin && form == Table::csv) text += "\"\"";
    text += '\n';
    return true;
  }

  bool write(Part whole) {
    if (whole.value->kind == DatumKind::handle) {
      fault = "`" + show(whole.type, *whole.value) + "` is no table";
      return false;
    }
    if (whole.type->kind == TypeKind::none) return true;
    if (whole.type->kind == TypeKind::list) {
      for (std::size_t i = 0; i < whole.value->items.size(); ++i) {
        Part row = unboxed(whole.type->args[0], whole.value->items[i]);
        if (i == 0) find_header(row);
        if (!write_row(row)) return false;
      }
      return true;
    }
    if (whole.type->kind == TypeKind::map) {
      for (std::size_t i = 0; i + 1 < whole.value->items.size(); i += 2) {
        if (!write_cell(unboxed(whole.type->args[0], whole.value->items[i]))) return false;
        text += separator();
        if (!write_cell(unboxed(whole.type->args[1], whole.value->items[i + 1]))) return false;
        text += '\n';
      }
      return true;
    }
    find_header(whole);
    return write_row(whole);
  }
};

}  // namespace

std::expected<std::string, std::string> to_json(const Type* type, const Datum& value) {
  JsonWriter writer;
  if (!writer.write(type, value, 0)) return std::unexpected(std::move(writer.fault));
  return std::move(writer.text);
}

std::expected<std::string, std::string> to_table(const Type* type, const Datum& value, Table form) {
  TableWriter writer;
  writer.form = form;
  if (!writer.write(unboxed(type, value))) return std::unexpected(std::move(writer.fault));
  return std::move(writer.text);
}

}  // namespace m31::data
