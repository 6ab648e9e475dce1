#include "kernel/data/read_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "kernel/data/shape.h"
#include "kernel/syntax/parser.h"

namespace m31::data {
namespace {

using syntax::Kind;
using syntax::Node;
using types::Type;
using types::TypeKind;

constexpr unsigned levels_max = 600;            // the parser's own bound is below this
constexpr std::size_t union_members_max = 8;
constexpr std::size_t type_parts_max = 64;      // of a type that may be a member of a union that was inferred

struct Constructing {                           // a constructor that may be written
  const Type* type;
  std::uint32_t tag;
};

std::string_view prefix_of(const Type* type) {
  std::string_view shown = type->decl->name;
  std::size_t dot = shown.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : shown.substr(0, dot + 1);
}

class Reader {
 public:
  Reader(std::string_view text, std::span<const Type* const> known) : steps_(1'000 + 64 * text.size()) {
    for (const Type* type : known) add(type);
  }

  // Every constructor of the type under the name that show gives it.
  void add(const Type* type) {
    if (type->kind != TypeKind::named) return;
    for (std::uint32_t tag = 0; tag < type->constructors.size(); ++tag)
      known_.try_emplace(std::string(prefix_of(type)) + std::string(type->constructors[tag].name), Constructing{type, tag});
  }

  std::string message;
  syntax::Span at;

  bool fail(const Node& node, std::string what) {
    if (message.empty() || node.span.begin >= at.begin) {
      message = std::move(what);
      at = node.span;
    }
    return false;
  }

  bool read(const Node& node, const Type* wanted, Typed& to, unsigned level) {
    if (level > levels_max) return fail(node, "the value is nested too deep");
    if (steps_ == 0) return fail(node, "too much is left open by the types that are wanted");
    --steps_;
    if (wanted && wanted->kind == TypeKind::any) {
      Typed held;
      if (!read(node, nullptr, held, level + 1)) return false;
      to.type = wanted;
      to.value = held.type->kind == TypeKind::none ? Datum() : Datum::of_box(held.type, std::move(held.value));
      return true;
    }
    if (wanted && wanted->kind == TypeKind::union_) return read_member(node, wanted, to, level);
    to.type = wanted;
    switch (node.kind) {
      case Kind::none_lit: return simple(node, TypeKind::none, Datum(), to);
      case Kind::bool_lit: return simple(node, TypeKind::boolean, Datum::of_bool(node.number), to);
      case Kind::int_lit:
        if (wanted && wanted->kind == TypeKind::float_ && converts_)
          return simple(node, TypeKind::float_, Datum::of_float(static_cast<double>(node.number)), to);
        return simple(node, TypeKind::int_, Datum::of_int(node.number), to);
      case Kind::float_lit: return simple(node, TypeKind::float_, Datum::of_float(node.real), to);
      case Kind::duration_lit: return simple(node, TypeKind::duration, Datum::of_int(node.number), to);
      case Kind::string_lit: return simple(node, TypeKind::string, Datum::of_text(node.text), to);
      case Kind::bytes_lit: return simple(node, TypeKind::bytes, Datum::of_text(node.text), to);
      case Kind::unary: return read_negative(node, to);
      case Kind::range: return read_range(node, to);
      case Kind::tuple: return read_tuple(node, wanted, to, level);
      case Kind::list: return read_list(node, wanted, to, level);
      case Kind::map: return read_map(node, wanted, to, level);
      case Kind::record: return read_record(node, wanted, to, level);
      case Kind::member:
        if (node[0].is(Kind::name) && node[0].text == "Float" && (node.text == "nan" || node.text == "inf"))
          return simple(node, TypeKind::float_, Datum::of_float(node.text == "nan" ? std::numeric_limits<double>::quiet_NaN() : HUGE_VAL), to);
        break;
      case Kind::call: return read_constructor(node, node[0], wanted, to, level);
      case Kind::method_call:
        // m.Name(..): what stands before the dot is a module.
        if (node.number != 1 && node[0].is(Kind::name))
          return read_named(node, std::string(node[0].text) + "." + std::string(node.text), wanted, to, level);
        break;
      default: break;
    }
    return fail(node, "this is no constructor of a value");
  }

 private:
  bool simple(const Node& node, TypeKind kind, Datum value, Typed& to) {
    const Type* type = types::basic(kind);
    if (to.type && to.type != type) return misfits(node, to.type, type);
    to.type = type;
    to.value = std::move(value);
    return true;
  }

  bool misfits(const Node& node, const Type* wanted, const Type* found) {
    return fail(node, "expected " + types::show(wanted) + ", found " + types::show(found));
  }
  bool wrong_kind(const Node& node, const Type* wanted, TypeKind kind, std::string_view found) {
    if (!wanted || wanted->kind == kind) return false;
    fail(node, "expected " + types::show(wanted) + ", found a " + std::string(found));
    return true;
  }

  bool made(const Node& node) {
    if (++types_ > read_text_types_max) return fail(node, "the text has too many different shapes");
    return true;
  }

  // The first member that the text is a value of: as it is written, or else with Ints for Floats.
  bool read_member(const Node& node, const Type* wanted, Typed& to, unsigned level) {
    if (!converts_) return read_first_member(node, wanted, to, level);
    converts_ = false;
    const bool found = read_first_member(node, wanted, to, level);
    converts_ = true;
    return found || (steps_ != 0 && read_first_member(node, wanted, to, level));
  }

  bool read_first_member(const Node& node, const Type* wanted, Typed& to, unsigned level) {
    const std::string before = message;
    const syntax::Span at_before = at;
    for (const Type* member : wanted->args) {
      Typed held;
      if (!read(node, member, held, level + 1)) {
        if (steps_ == 0) return false;
        continue;
      }
      message = before;
      at = at_before;
      to.type = wanted;
      to.value = member->kind == TypeKind::none ? Datum() : Datum::of_box(member, std::move(held.value));
      return true;
    }
    return fail(node, "expected " + types::show(wanted));
  }

  bool read_negative(const Node& node, Typed& to) {
    if (node.text != "-") return fail(node, "this is no constructor of a value");
    const Node& of = node[0];
    Typed value;
    bool is_number = of.is(Kind::int_lit) || of.is(Kind::float_lit) || of.is(Kind::duration_lit) || of.is(Kind::member);
    if (!is_number) return fail(node, "this is no constructor of a value");
    value.type = to.type;
    const Type* wanted = to.type;
    if (!read(of, wanted, value, 0)) return false;
    if (value.type->kind == TypeKind::float_) return simple(node, TypeKind::float_, Datum::of_float(-value.value.real), to);
    if (value.type->kind == TypeKind::int_ || value.type->kind == TypeKind::duration)
      return simple(node, value.type->kind, Datum::of_int(-value.value.integer), to);
    return fail(node, "this is no constructor of a value");
  }

  static bool whole(const Node& node, std::int64_t& value) {
    const Node* of = node.is(Kind::unary) && node.text == "-" ? node.kids[0] : &node;
    if (!of->is(Kind::int_lit)) return false;
    value = of == &node ? of->number : -of->number;
    return true;
  }

  bool read_range(const Node& node, Typed& to) {
    std::int64_t from = 0, end = 0;
    if (!whole(node[0], from) || !whole(node[1], end)) return fail(node, "a range goes from an Int to an Int");
    if (node.number == 1 && end != std::numeric_limits<std::int64_t>::max()) ++end;
    return simple(node, TypeKind::range, Datum::of_items({Datum::of_int(from), Datum::of_int(end)}), to);
  }

  bool read_tuple(const Node& node, const Type* wanted, Typed& to, unsigned level) {
    if (wrong_kind(node, wanted, TypeKind::tuple, "tuple")) return false;
    if (wanted && wanted->args.size() != node.size())
      return fail(node, "expected " + types::show(wanted) + ", found a tuple of " + std::to_string(node.size()));
    std::vector<Datum> items;
    std::vector<const Type*> parts;
    for (std::size_t i = 0; i < node.size(); ++i) {
      Typed part;
      if (!read(node[i], wanted ? wanted->args[i] : nullptr, part, level + 1)) return false;
      items.push_back(std::move(part.value));
      parts.push_back(part.type);
    }
    if (!wanted && !made(node)) return false;
    to.type = wanted ? wanted : types::tuple_of(parts);
    to.value = Datum::of_items(std::move(items));
    return true;
  }

  // How many parts a type has, as far as it matters.
  static std::size_t parts_of(const Type* type, std::size_t most) {
    if (most == 0 || type->kind == TypeKind::named) return 1;
    std::size_t count = 1;
    for (const Type* each : type->args) {
      if (count >= most) break;
      count += parts_of(each, most - count);
    }
    return count;
  }

  // The type of the elements of a list (or the keys or values of a map); boxes them when they differ.
  const Type* join(std::vector<Typed>& parts, std::size_t first, std::size_t step) {
    std::vector<const Type*> members;
    std::unordered_set<const Type*> seen;
    for (std::size_t i = first; i < parts.size(); i += step)
      if (seen.insert(parts[i].type).second) members.push_back(parts[i].type);
    if (members.size() == 1) return members[0];
    const Type* joined = types::basic(TypeKind::any);
    bool small = members.size() <= union_members_max && std::all_of(members.begin(), members.end(), [](const Type* type) {
      return parts_of(type, type_parts_max) < type_parts_max && type->kind != TypeKind::any && type->kind != TypeKind::union_;
    });
    if (small) joined = types::union_of(members);
    for (std::size_t i = first; i < parts.size(); i += step)
      if (parts[i].type->kind != TypeKind::none && parts[i].type->kind != TypeKind::any && parts[i].type->kind != TypeKind::union_)
        parts[i].value = Datum::of_box(parts[i].type, std::move(parts[i].value));
    return joined;
  }

  bool read_list(const Node& node, const Type* wanted, Typed& to, unsigned level) {
    if (wrong_kind(node, wanted, TypeKind::list, "List")) return false;
    std::vector<Typed> parts(node.size());
    for (std::size_t i = 0; i < node.size(); ++i)
      if (!read(node[i], wanted ? wanted->args[0] : nullptr, parts[i], level + 1)) return false;
    to.type = wanted;
    if (!wanted) {
      if (!made(node)) return false;
      to.type = types::list_of(parts.empty() ? types::basic(TypeKind::any) : join(parts, 0, 1));
    }
    std::vector<Datum> items;
    items.reserve(parts.size());
    for (Typed& part : parts) items.push_back(std::move(part.value));
    to.value = Datum::of_items(std::move(items));
    return true;
  }

  bool read_map(const Node& node, const Type* wanted, Typed& to, unsigned level) {
    if (wrong_kind(node, wanted, TypeKind::map, "Map")) return false;
    std::vector<Typed> parts;
    for (const Node* entry : node.kids) {
      if (entry->is(Kind::none)) continue;
      if (!entry->is(Kind::map_entry)) return fail(*entry, "this is no constructor of a value");
      for (std::size_t i = 0; i < 2; ++i) {
        Typed part;
        if (!read((*entry)[i], wanted ? wanted->args[i] : nullptr, part, level + 1)) return false;
        parts.push_back(std::move(part));
      }
    }
    to.type = wanted;
    if (!wanted) {
      if (!made(node)) return false;
      const Type* any = types::basic(TypeKind::any);
      const Type* key = parts.empty() ? types::basic(TypeKind::string) : join(parts, 0, 2);
      if (!types::is_hashable(key)) return fail(node, "a " + types::show(key) + " is no key of a Map");
      to.type = types::map_of(key, parts.empty() ? any : join(parts, 1, 2));
    }
    std::vector<Datum> items;
    items.reserve(parts.size());
    for (Typed& part : parts) items.push_back(std::move(part.value));
    to.value = Datum::of_pairs(std::move(items));
    return true;
  }

  bool read_record(const Node& node, const Type* wanted, Typed& to, unsigned level) {
    if (wrong_kind(node, wanted, TypeKind::record, "record")) return false;
    std::vector<Datum> items(wanted ? wanted->args.size() : node.size());
    std::vector<std::string_view> names;
    std::vector<const Type*> parts;
    if (wanted && wanted->args.size() != node.size())
      return fail(node, "expected " + types::show(wanted) + ", found a record of " + std::to_string(node.size()) + " fields");
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = 0; i < node.size(); ++i) {
      const Node& field = node[i];
      if (!field.is(Kind::record_field)) return fail(field, "this is no constructor of a value");
      if (!seen.insert(field.text).second) return fail(field, "the field `" + std::string(field.text) + "` is given twice");
      std::size_t place = i;
      if (wanted) {
        int index = types::field_index(wanted, field.text);
        if (index < 0) return fail(field, "expected " + types::show(wanted) + ", which has no field `" + std::string(field.text) + "`");
        place = static_cast<std::size_t>(index);
      }
      Typed part;
      if (!read(field[0], wanted ? wanted->args[place] : nullptr, part, level + 1)) return false;
      items[place] = std::move(part.value);
      names.push_back(field.text);
      parts.push_back(part.type);
    }
    if (!wanted && !made(node)) return false;
    to.type = wanted ? wanted : types::record_of(names, parts);
    to.value = Datum::of_items(std::move(items));
    return true;
  }

  bool read_constructor(const Node& node, const Node& callee, const Type* wanted, Typed& to, unsigned level) {
    if (callee.is(Kind::name)) return read_named(node, std::string(callee.text), wanted, to, level);
    if (callee.is(Kind::member) && callee[0].is(Kind::name))
      return read_named(node, std::string(callee[0].text) + "." + std::string(callee.text), wanted, to, level);
    return fail(node, "this is no constructor of a value");
  }

  bool read_named(const Node& node, const std::string& name, const Type* wanted, Typed& to, unsigned level) {
    Constructing found{nullptr, 0};
    if (wanted) {
      if (wrong_kind(node, wanted, TypeKind::named, "value made by " + name)) return false;
      for (std::uint32_t tag = 0; tag < wanted->constructors.size(); ++tag)
        if (std::string(prefix_of(wanted)) + std::string(wanted->constructors[tag].name) == name) found = {wanted, tag};
      if (!found.type) return fail(node, "expected " + types::show(wanted) + ", which is not made by `" + name + "`");
    } else {
      auto known = known_.find(name);
      if (known == known_.end()) return fail(node, "`" + name + "` is no constructor that is known here");
      found = known->second;
    }
    const types::Constructor& constructor = found.type->constructors[found.tag];
    std::vector<Datum> items(constructor.fields.size());
    std::vector<bool> given(items.size());
    for (std::size_t i = 1; i < node.size(); ++i) {
      const Node* arg = node.kids[i];
      std::size_t place = i - 1;
      if (arg->is(Kind::named_arg)) {
        place = static_cast<std::size_t>(std::find(constructor.fields.begin(), constructor.fields.end(), arg->text) - constructor.fields.begin());
        arg = arg->kids[0];
      }
      if (place >= items.size() || given[place]) return fail(*arg, "`" + name + "` does not take this");
      Typed part;
      if (!read(*arg, constructor.types[place], part, level + 1)) return false;
      items[place] = std::move(part.value);
      given[place] = true;
    }
    if (std::find(given.begin(), given.end(), false) != given.end()) return fail(node, "`" + name + "` takes " + std::to_string(items.size()) + " fields");
    to.type = found.type;
    to.value = Datum::of_items(std::move(items));
    to.value.tag = found.tag;
    return true;
  }

  std::unordered_map<std::string, Constructing> known_;
  std::size_t types_ = 0;
  std::size_t steps_;
  bool converts_ = true;                 // an Int may stand for a Float
};

std::string placed(const syntax::Source& source, syntax::Span span, const std::string& message) {
  syntax::LineColumn at = source.position(span.begin);
  return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + ": " + message;
}

}  // namespace

std::expected<Typed, std::string> read_text(std::string_view text, std::span<const Type* const> known, const Type* wanted) {
  if (text.size() > read_text_bytes_max)
    return std::unexpected("a text of " + std::to_string(text.size()) + " bytes is too long: " + std::to_string(read_text_bytes_max) + " are allowed");
  auto source = std::make_shared<syntax::Source>("data", std::string(text));
  syntax::Parsed parsed = syntax::parse(source);
  for (const syntax::Diagnostic& each : parsed.diagnostics)
    if (each.severity == syntax::Severity::error) return std::unexpected(placed(*source, each.span, each.message));
  if (!parsed.tree) return std::unexpected("this is no value");
  const Node& root = *parsed.tree->root;
  if (root.size() != 1) {
    if (root.size() == 0) return std::unexpected("there is no value in the text");
    return std::unexpected(placed(*source, root[1].span, "one value is read, and here begins another statement"));
  }
  const Node* node = root.kids[0];
  if (node->is(Kind::expr_stmt)) node = node->kids[0];
  Reader reader(text, known);
  Typed result;
  if (!reader.read(*node, wanted, result, 0)) return std::unexpected(placed(*source, reader.at, reader.message));
  return result;
}

}  // namespace m31::data
