// Does a match cover every value? Maranget, "Warnings for pattern matching" (2007): a matrix of patterns, and the question
// whether a row of wildcards would still be useful; if so, an example of what is missed.
#include <optional>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;

namespace {

struct Pat {
  enum class Form { wild, constructor, opaque } form = Form::wild;  // opaque: one of endlessly many
  std::size_t index = 0;
  std::vector<Pat> parts;
};
using Row = std::vector<Pat>;

struct Shape {                             // one way to make a value of a type
  std::string shown;                       // with `?` where its parts stand
  std::vector<const Type*> parts;
};

// All the ways to make a value; empty: too many to list.
std::vector<Shape> shapes_of(const Type* type) {
  std::vector<Shape> all;
  switch (type->kind) {
    case TypeKind::boolean: return {{"False", {}}, {"True", {}}};
    case TypeKind::none: return {{"None", {}}};
    case TypeKind::tuple: return {{"(?)", {type->args.begin(), type->args.end()}}};
    case TypeKind::record: return {{"{?}", {type->args.begin(), type->args.end()}}};
    case TypeKind::list: return {{"[]", {}}, {"[?, ...]", {type->args[0], type}}};
    case TypeKind::named:
      for (const Constructor& each : type->constructors)
        all.push_back({std::string(each.name) + "(?)", {each.types.begin(), each.types.end()}});
      return all;
    case TypeKind::union_:
      for (const Type* member : type->args) all.push_back({"", {member}});
      return all;
    default: return {};
  }
}

using Witness = std::vector<std::string>;

std::optional<Witness> missed(const std::vector<Row>& rows, const std::vector<const Type*>& types, unsigned depth) {
  if (types.empty()) return rows.empty() ? std::optional<Witness>(Witness{}) : std::nullopt;
  if (depth > 40) return std::nullopt;
  const Type* first = types[0];
  std::vector<const Type*> rest(types.begin() + 1, types.end());
  std::vector<Shape> shapes = shapes_of(first);
  bool any_constructor = false;
  for (const Row& row : rows) any_constructor |= row[0].form == Pat::Form::constructor;
  if (shapes.empty() || !any_constructor) {
    std::vector<Row> others;
    for (const Row& row : rows)
      if (row[0].form == Pat::Form::wild) others.emplace_back(row.begin() + 1, row.end());
    std::optional<Witness> found = missed(others, rest, depth + 1);
    if (!found) return std::nullopt;
    found->insert(found->begin(), "_");
    return found;
  }
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    std::size_t count = shapes[i].parts.size();
    std::vector<Row> special;
    for (const Row& row : rows) {
      Row made;
      if (row[0].form == Pat::Form::wild) made.assign(count, Pat{});
      else if (row[0].form == Pat::Form::constructor && row[0].index == i) made = row[0].parts;
      else continue;
      made.resize(count);
      made.insert(made.end(), row.begin() + 1, row.end());
      special.push_back(std::move(made));
    }
    std::vector<const Type*> parts = shapes[i].parts;
    parts.insert(parts.end(), rest.begin(), rest.end());
    std::optional<Witness> found = missed(special, parts, depth + 1);
    if (!found) continue;
    std::string inner;
    for (std::size_t j = 0; j < count; ++j) {
      if (first->kind == TypeKind::list && j == 1) break;
      std::string part = (*found)[j];
      if (first->kind == TypeKind::record) part = std::string(first->names[j]) + ": " + part;
      inner += (j ? ", " : "") + part;
    }
    std::string shown = shapes[i].shown;
    if (first->kind == TypeKind::union_) {
      shown = inner == "_" ? (first->args[i]->kind == TypeKind::none ? "None" : "_: " + show(first->args[i])) : inner;
    } else if (std::size_t at = shown.find('?'); at != std::string::npos) {
      shown.replace(at, 1, inner);
    }
    Witness all{shown};
    all.insert(all.end(), found->begin() + static_cast<std::ptrdiff_t>(count), found->end());
    return all;
  }
  return std::nullopt;
}

// One example for each way to make a value of which something is missed.
std::vector<std::string> all_missed(const std::vector<Row>& rows, const Type* type) {
  std::vector<std::string> found;
  std::vector<Row> given = rows;
  std::size_t ways = shapes_of(type).size();
  for (std::size_t i = 0; i <= ways; ++i) {
    std::optional<Witness> one = missed(given, {type}, 0);
    if (!one) break;
    found.push_back(one->front());
    if (one->front() == "_" || ways == 0) break;
    // As if the way were covered.
    std::size_t before = given.size();
    for (std::size_t way = 0; way < ways && given.size() == before; ++way) {
      Pat whole;
      whole.form = Pat::Form::constructor;
      whole.index = way;
      whole.parts.resize(shapes_of(type)[way].parts.size());
      given.push_back({whole});
      std::optional<Witness> next = missed(given, {type}, 0);
      if (next && next->front() == one->front()) given.pop_back();
    }
    if (given.size() == before) break;
  }
  return found;
}

}  // namespace

void Inference::check_exhaustive(const Node& match, const Type* subject) {
  // Patterns as a tree of constructors; alternatives become rows.
  std::function<std::vector<Pat>(const Node&, const Type*)> read = [&](const Node& node, const Type* type) -> std::vector<Pat> {
    type = vars.resolve(type);
    Pat opaque;
    opaque.form = Pat::Form::opaque;
    if (node.is(Kind::pat_or)) {
      std::vector<Pat> all;
      for (const Node* each : node.kids)
        for (Pat& pat : read(*each, type)) all.push_back(pat);
      return all;
    }
    if (node.is(Kind::pat_wild) || (node.is(Kind::pat_bind) && !node[0])) return {Pat{}};
    if (type->kind == TypeKind::union_) {
      std::vector<Pat> all;
      for (std::size_t i = 0; i < type->args.size(); ++i) {
        const Type* member = type->args[i];
        bool fits = false;
        switch (node.kind) {
          case Kind::pat_bind: fits = is_subset(member, resolve_type(node[0], context, context.type_args)); break;
          case Kind::pat_lit: {
            Kind literal = node[0].kind;
            TypeKind kind = member->kind;
            fits = (literal == Kind::none_lit && kind == TypeKind::none) || (literal == Kind::int_lit && kind == TypeKind::int_) ||
                   (literal == Kind::string_lit && kind == TypeKind::string) || (literal == Kind::bool_lit && kind == TypeKind::boolean) ||
                   (literal == Kind::float_lit && kind == TypeKind::float_);
            break;
          }
          case Kind::pat_ctor:
          case Kind::pat_const: {
            ConstructorDef found;
            fits = member->kind == TypeKind::named && constructor_type(node[0], member, found) == member;
            if (!fits && node.is(Kind::pat_const)) fits = member->kind == TypeKind::named && !constructor_type(node[0], member, found);
            break;
          }
          case Kind::pat_tuple: fits = member->kind == TypeKind::tuple && member->args.size() == node.size(); break;
          case Kind::pat_list: fits = member->kind == TypeKind::list; break;
          case Kind::pat_record: fits = member->kind == TypeKind::record || (member->kind == TypeKind::named && !member->decl->is_sum); break;
          default: break;
        }
        if (!fits) continue;
        std::vector<Pat> inner;
        if (node.is(Kind::pat_bind)) inner = {Pat{}};
        else inner = read(node, member);
        for (Pat& pat : inner) {
          Pat made;
          made.form = Pat::Form::constructor;
          made.index = i;
          made.parts = {pat};
          all.push_back(made);
        }
      }
      if (all.empty()) return {opaque};
      return all;
    }
    if (node.is(Kind::pat_bind)) return {type->kind == TypeKind::any ? opaque : Pat{}};
    // A constructor whose parts may each be several patterns: all combinations.
    auto combine = [&](std::size_t index, std::vector<std::vector<Pat>> parts) {
      std::vector<Pat> all(1);
      all[0].form = Pat::Form::constructor;
      all[0].index = index;
      for (const std::vector<Pat>& part : parts) {
        std::vector<Pat> next;
        for (const Pat& before : all)
          for (const Pat& each : part) {
            Pat made = before;
            made.parts.push_back(each);
            next.push_back(made);
          }
        all = std::move(next);
        if (all.size() > 256) break;
      }
      return all;
    };
    switch (node.kind) {
      case Kind::pat_lit:
        if (node[0].is(Kind::bool_lit) && type->kind == TypeKind::boolean) return combine(static_cast<std::size_t>(node[0].number != 0), {});
        if (node[0].is(Kind::none_lit) && type->kind == TypeKind::none) return combine(0, {});
        return {opaque};
      case Kind::pat_const:
      case Kind::pat_ctor: {
        ConstructorDef found;
        const Node* name = &node[0];
        const Type* of = constructor_type(*name, type, found);
        if (!of && node.is(Kind::pat_const) && name->is(Kind::member)) {
          // A constant that is a constructor: sys.SUCCESS.
          Qualifier qualifier = qualifier_of((*name)[0]);
          if (qualifier.module) {
            auto constant_there = qualifier.module->constants.find(name->text);
            if (constant_there != qualifier.module->constants.end() && constant_there->second.value->is(Kind::call) &&
                constant_there->second.value->size() == 1) {
              auto at = qualifier.module->constructors.find((*constant_there->second.value)[0].text);
              if (at != qualifier.module->constructors.end() && type->kind == TypeKind::named && at->second.type->decl == type->decl)
                return combine(at->second.index, {});
            }
          }
        }
        if (!of || of != type || of->constructors.size() <= found.index) return {opaque};
        const Constructor& shape = of->constructors[found.index];
        std::vector<std::vector<Pat>> parts(shape.fields.size(), {Pat{}});
        std::size_t next = 0;
        for (std::size_t i = 1; i < node.size(); ++i) {
          const Node* each = node.kids[i];
          std::size_t field = next;
          if (each->is(Kind::pat_field)) {
            for (field = 0; field < shape.fields.size(); ++field)
              if (shape.fields[field] == each->text) break;
            each = each->kids[0];
          } else {
            ++next;
          }
          if (field < parts.size()) parts[field] = read(*each, shape.types[field]);
        }
        return combine(found.index, parts);
      }
      case Kind::pat_tuple: {
        std::vector<std::vector<Pat>> parts;
        for (std::size_t i = 0; i < node.size() && i < type->args.size(); ++i) parts.push_back(read(node[i], type->args[i]));
        return combine(0, parts);
      }
      case Kind::pat_record: {
        std::span<const Type* const> types = type->kind == TypeKind::named ? type->constructors[0].types : type->args;
        std::vector<std::vector<Pat>> parts(types.size(), {Pat{}});
        for (const Node* each : node.kids) {
          if (!each->is(Kind::pat_field)) continue;
          int index = field_index(type, each->text);
          if (index >= 0) parts[static_cast<std::size_t>(index)] = read((*each)[0], types[static_cast<std::size_t>(index)]);
        }
        return combine(0, parts);
      }
      case Kind::pat_list: {
        if (type->kind != TypeKind::list) return {opaque};
        std::size_t count = node.size();
        bool open = count > 0 && node[count - 1].is(Kind::pat_rest);
        for (std::size_t i = 0; i + 1 < count; ++i)
          if (node[i].is(Kind::pat_rest)) return {opaque};
        std::vector<Pat> tail;
        if (open) tail = {Pat{}}, --count;
        else tail = combine(0, {});
        for (std::size_t i = count; i-- > 0;) tail = combine(1, {read(node[i], type->args[0]), tail});
        return tail;
      }
      default: return {opaque};
    }
  };
  std::vector<Row> rows;
  for (std::size_t i = 1; i < match.size(); ++i) {
    const Node& arm = match[i];
    std::vector<Row> mine;
    for (Pat& pat : read(arm[0], subject)) mine.push_back({pat});
    if (!arm[1])
      for (Row& row : mine) rows.push_back(std::move(row));
  }
  std::vector<std::string> found = all_missed(rows, vars.zonk(subject));
  if (found.empty()) return;
  if (found[0] == "_") {
    error(match[0].span, "this `match` does not say what happens with other values of type " + show(subject), "add an arm `_ => ..`");
    return;
  }
  std::string all;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i == 6) {
      all += " and " + std::to_string(found.size() - i) + " more";
      break;
    }
    all += std::string(i == 0 ? "" : i + 1 == found.size() ? " and " : ", ") + "`" + found[i] + "`";
  }
  error(match[0].span, "this `match` does not cover " + all,
        found.size() == 1 ? "add an arm `" + found[0] + " => ..`, or `_ => ..`" : "add an arm for each, or `_ => ..` for all of them");
}

}  // namespace m31::types
