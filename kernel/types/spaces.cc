// fs: operations on spaces that are known when the program is checked. What the host gets is said in share/m31/fs.m31.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

const Type* record_of_space(const SpaceShape& space) {
  std::vector<std::string_view> names{space.key};
  std::vector<const Type*> types{space.key_type};
  for (std::size_t i = 0; i < space.attributes.size(); ++i) {
    names.push_back(space.attributes[i]);
    types.push_back(space.attribute_types[i]);
  }
  return record_of(names, types);
}

const Type* attribute_type(const SpaceShape& space, std::string_view name) {
  if (space.key == name) return space.key_type;
  for (std::size_t i = 0; i < space.attributes.size(); ++i)
    if (space.attributes[i] == name) return space.attribute_types[i];
  return nullptr;
}

const Node* field_of(const Node& record, std::string_view name) {
  for (const Node* each : record.kids)
    if (each->is(Kind::record_field) && each->text == name) return each->kids[0];
  return nullptr;
}

// Int.incr, Int.incr(n), Int.decr: an addition that happens in the store.
struct Addition {
  bool is = false;
  std::int64_t sign = 1;
  const Node* by = nullptr;
};

Addition addition_of(const Node& node) {
  Addition found;
  bool call = node.is(Kind::method_call);
  if (!call && !node.is(Kind::member)) return found;
  if (!node[0].is(Kind::name) || node[0].text != "Int") return found;
  if (node.text != "incr" && node.text != "decr") return found;
  if (call && node.size() > 2) return found;
  found.is = true;
  found.sign = node.text == "incr" ? 1 : -1;
  if (call && node.size() == 2) found.by = node.kids[1];
  return found;
}

}  // namespace

// The record that an expression is known to be: a literal, or a top-level name that was set to one.
const Node* Inference::constant_of(const Node& node, syntax::SourcePtr& source) {
  if (node.is(Kind::record)) {
    source = context.source;
    return &node;
  }
  if (node.is(Kind::name)) {
    auto global = checker.globals.find(node.text);
    if (global == checker.globals.end() || !global->second.constant || !global->second.constant->is(Kind::record)) return nullptr;
    source = global->second.source;
    return global->second.constant;
  }
  return nullptr;
}

Expr* Inference::fs_add_space(std::vector<Arg>& args, const Node& node) {
  if (args.size() != 1) return error(node.span, "fs.addSpace takes one record", "write `fs.addSpace({key: \"word\", value: {freq: Int}})`");
  Span at = args[0].span;
  Expr* value = value_of(args[0]);
  if (vars.resolve(value->type)->kind == TypeKind::never) return poison(node.span);
  syntax::SourcePtr source;
  const Node* record = args[0].node ? constant_of(*args[0].node, source) : nullptr;
  if (!record) return error(at, "fs.addSpace takes a constant record, so that what follows can be checked", "write the record here, or give it a top-level name");
  SpaceShape shape;
  const Node* key = field_of(*record, "key");
  const Node* attributes = field_of(*record, "value");
  const Node* name = field_of(*record, "name");
  const Node* options = field_of(*record, "opts");
  if (!key) return error(at, "a space has a key: `key: \"word\"` is missing in this record");
  shape.key_type = basic(TypeKind::string);
  if (key->is(Kind::string_lit)) {
    shape.key = key->text;
  } else if (key->is(Kind::record) && key->size() == 1 && (*key)[0].is(Kind::record_field)) {
    shape.key = (*key)[0].text;
    shape.key_type = type_of_expr((*key)[0][0]);
    if (!shape.key_type) return error(at, "the key's type is not a type", "write `key: {id: Int}`");
  } else {
    return error(at, "the key of a space is a text, or a record of its name and type", "write `key: \"word\"` or `key: {id: Int}`");
  }
  shape.name = name && name->is(Kind::string_lit) ? std::string(name->text) : shape.key;
  if (attributes) {
    if (!attributes->is(Kind::record)) return error(at, "`value` of a space is a record of its attributes' types", "write `value: {freq: Int}`");
    for (const Node* each : attributes->kids) {
      if (!each->is(Kind::record_field)) continue;
      const Type* type = type_of_expr((*each)[0]);
      if (!type) return error(at, "the attribute `" + std::string(each->text) + "` has no type", "write `" + std::string(each->text) + ": Int`");
      shape.attributes.emplace_back(each->text);
      shape.attribute_types.push_back(type);
    }
  }
  std::int64_t partitions = 8, failures = 0;
  bool versioning = false, strict = false;
  if (options && options->is(Kind::record))
    for (const Node* each : options->kids) {
      if (!each->is(Kind::record_field)) continue;
      const Node& given = (*each)[0];
      if (each->text == "partitions" && given.is(Kind::int_lit)) partitions = given.number;
      else if (each->text == "failures" && given.is(Kind::int_lit)) failures = given.number;
      else if (each->text == "versioning" && given.is(Kind::bool_lit)) versioning = given.number != 0;
      else if (each->text == "strict" && given.is(Kind::bool_lit)) strict = given.number != 0;
      else {
        std::string near = nearest(each->text, {"partitions", "failures", "versioning", "strict"});
        return error(at, "a space has no option `" + std::string(each->text) + "` of this value",
                     near.empty() ? "there are partitions, failures, versioning, strict" : "did you mean `" + near + "`?");
      }
    }
  bool known_space = false;
  for (SpaceShape& each : checker.spaces)
    if (each.name == shape.name) {
      each = shape;
      known_space = true;
    }
  if (!known_space) checker.spaces.push_back(shape);

  const Type* string = basic(TypeKind::string);
  const Type* bytes = basic(TypeKind::bytes);
  const Type* pair[] = {string, bytes};
  const Type* column = tuple_of(pair);
  std::vector<Expr*> columns;
  auto add_column = [&](const std::string& column_name, const Type* type) {
    Expr* encoded = make(Op::bytes, bytes, node.span);
    encoded->text = checker.arena.copy(std::string_view(encode_type(type)));
    columns.push_back(make(Op::make_tuple, column, node.span, {string_const(column_name, node.span), encoded}));
  };
  add_column(shape.key, shape.key_type);
  for (std::size_t i = 0; i < shape.attributes.size(); ++i) add_column(shape.attributes[i], shape.attribute_types[i]);
  const Type* integer = basic(TypeKind::int_);
  const Type* boolean = basic(TypeKind::boolean);
  static constexpr std::string_view names[] = {"name", "key", "columns", "partitions", "failures", "versioning", "strict"};
  const Type* types[] = {string, string, list_of(column), integer, integer, boolean, boolean};
  Expr* wanted = make(Op::make_record, record_of(names, types), node.span,
                      {string_const(shape.name, node.span), string_const(shape.key, node.span),
                       make_with(Op::make_list, list_of(column), node.span, columns), int_const(partitions, node.span),
                       int_const(failures, node.span), bool_const(versioning, node.span), bool_const(strict, node.span)});
  return host("fs.addSpace", basic(TypeKind::none), node.span, {wanted});
}

Expr* Inference::fs_record(std::string_view name, std::vector<Arg>& args, const Node& node) {
  if (args.size() != 1) return error(node.span, "fs." + std::string(name) + " takes one record", "write `fs." + std::string(name) + "({word: \"pi\"})`");
  Span at = args[0].span;
  struct Field {
    std::string_view name;
    const Node* node = nullptr;
    Expr* value = nullptr;
    Span span;
  };
  std::vector<Field> fields;
  std::vector<Expr*> before;
  bool literal = args[0].node && args[0].node->is(Kind::record) && !args[0].value &&
                 std::none_of(args[0].node->kids.begin(), args[0].node->kids.end(), [](const Node* each) { return each->is(Kind::spread); });
  if (literal) {
    for (const Node* each : args[0].node->kids) fields.push_back({each->text, each->kids[0], nullptr, each->span});
  } else {
    Expr* value = value_of(args[0]);
    const Type* type = known(value->type, at);
    if (type->kind == TypeKind::never) return poison(node.span);
    bool declared = type->kind == TypeKind::named && !type->decl->is_sum && !type->constructors.empty();
    if (type->kind != TypeKind::record && !declared) {
      if (type->kind != TypeKind::any) return error(at, "fs." + std::string(name) + " takes a record, found " + show(type));
    } else {
      std::uint32_t local = 0;
      before.push_back(copy_to_temp(value, local));
      std::span<const std::string_view> names = declared ? type->constructors[0].fields : type->names;
      std::span<const Type* const> types = declared ? type->constructors[0].types : type->args;
      for (std::size_t i = 0; i < names.size(); ++i) {
        Expr* part = make(Op::field, types[i], at, {read_local(local, type, at)});
        part->index = static_cast<std::uint32_t>(i);
        fields.push_back({names[i], nullptr, part, at});
      }
    }
  }
  bool needs_key = name != "search" && name != "explain";
  std::vector<const SpaceShape*> fits, keyed;
  for (const SpaceShape& space : checker.spaces) {
    bool has_key = false, all = !fields.empty();
    for (const Field& field : fields) {
      has_key |= field.name == space.key;
      all &= attribute_type(space, field.name) != nullptr;
    }
    if (has_key) keyed.push_back(&space);
    if (all && (has_key || !needs_key)) fits.push_back(&space);
  }
  if (fits.size() > 1) {
    std::string all;
    for (const SpaceShape* each : fits) all += (all.empty() ? "" : ", ") + each->name + " " + show(record_of_space(*each));
    return error(at, "several spaces have these fields: " + all, "name more fields, or the space: `fs.space(\"" + fits[0]->name + "\")`");
  }
  if (fits.empty()) {
    for (Field& field : fields) {
      if (field.node && addition_of(*field.node).is) {
        std::string advice = "add the space before: `fs.addSpace({key: .., value: {" + std::string(field.name) + ": Int}})`";
        if (keyed.size() == 1) break;
        return error(field.span, "no space that is known has these fields, so `" + source_text(field.node->span) + "` cannot be checked", advice);
      }
    }
    if (keyed.size() == 1) {
      std::vector<std::string> names = keyed[0]->attributes;
      names.push_back(keyed[0]->key);
      for (Field& field : fields)
        if (!attribute_type(*keyed[0], field.name)) {
          if (field.node && !addition_of(*field.node).is) infer(*field.node);
          std::string near = nearest(field.name, names);
          return error(field.span, "the space `" + keyed[0]->name + "` has no attribute `" + std::string(field.name) + "`",
                       near.empty() ? "it is " + show(record_of_space(*keyed[0])) : "did you mean `" + near + "`?");
        }
    }
    // A space that is not known: checked when it runs.
    const Type* any = basic(TypeKind::any);
    Expr* value = literal ? value_of(args[0]) : args[0].value;
    if (vars.resolve(value->type)->kind == TypeKind::never) return poison(node.span);
    instance.effects.insert("any");
    const Type* result = name == "search" ? list_of(any) : name == "explain" ? basic(TypeKind::string) : any;
    return host("fs." + std::string(name) + "Any", result, node.span, {coerce(value, any, at)});
  }
  const SpaceShape space = *fits[0];
  const Type* record = record_of_space(space);
  const Type* integer = basic(TypeKind::int_);
  bool writes = name == "invoke" || name == "put";
  std::vector<Expr*> kids{string_const(space.name, node.span)};
  std::size_t key_at = kids.size();
  if (needs_key) kids.push_back(nullptr);
  for (Field& field : fields) {
    const Type* type = attribute_type(space, field.name);
    std::string what = "`" + std::string(field.name) + "` of the space `" + space.name + "`";
    bool is_key = field.name == space.key;
    Addition added = field.node && !is_key ? addition_of(*field.node) : Addition{};
    if (added.is) {
      if (name != "invoke") return error(field.span, "`" + source_text(field.node->span) + "` changes a record: that is what fs.invoke does");
      if (type != integer) return error(field.span, what + " is " + show(type) + ": it cannot be incremented");
      kids.push_back(string_const(field.name, field.span));
      kids.push_back(int_const(1, field.span));
      Expr* by = added.by ? infer_as(*added.by, integer) : int_const(1, field.span);
      if (added.sign < 0) by = is_int_literal(by) ? int_const(-by->integer, field.span) : prim(Prim::int_neg, integer, field.span, {by});
      kids.push_back(by);
      continue;
    }
    Expr* value = field.value ? field.value : infer(*field.node, type);
    value = coerce(value, type, field.node ? field.node->span : field.span, what);
    if (vars.resolve(value->type)->kind == TypeKind::never) return poison(node.span);
    if (is_key && needs_key) {
      kids[key_at] = value;
      continue;
    }
    if (name == "get") return error(field.span, "fs.get takes the key only", "fs.search takes conditions on attributes");
    kids.push_back(string_const(field.name, field.span));
    if (writes) kids.push_back(int_const(0, field.span));
    kids.push_back(value);
  }
  const Type* result = record;
  if (name == "search") result = list_of(record);
  else if (name == "get") result = optional_of(record);
  else if (name == "explain") result = basic(TypeKind::string);
  bool unused = writes && call_statement_ == &node;
  if (unused) result = basic(TypeKind::none);
  Expr* call = host("fs." + std::string(name), result, node.span, kids);
  call->integer = unused;
  before.push_back(call);
  return block_of(before, node.span);
}

Expr* Inference::fs_space(std::vector<Arg>& args, const Node& node) {
  if (args.size() != 1) return error(node.span, "fs.space takes the name of a space", "write `fs.space(\"word\")`");
  Expr* name = coerce(value_of(args[0]), basic(TypeKind::string), args[0].span);
  if (vars.resolve(name->type)->kind == TypeKind::never) return poison(node.span);
  if (name->op == Op::string) {
    for (const SpaceShape& space : checker.spaces)
      if (space.name == name->text) return host("fs.records", unary_of(TypeKind::stream, record_of_space(space)), node.span, {name});
    std::vector<std::string> names;
    for (const SpaceShape& space : checker.spaces) names.push_back(space.name);
    std::string near = nearest(name->text, names);
    if (!near.empty()) warn(args[0].span, "no space `" + std::string(name->text) + "` is known", "did you mean `" + near + "`?");
  }
  instance.effects.insert("any");
  return host("fs.records", unary_of(TypeKind::stream, basic(TypeKind::any)), node.span, {name});
}

Expr* Inference::call_fs(std::string_view name, std::vector<Arg>& args, const Node& node, Span) {
  if (name == "addSpace") return fs_add_space(args, node);
  if (name == "space") return fs_space(args, node);
  for (std::string_view each : {"invoke", "put", "get", "search", "explain"})
    if (name == each) return fs_record(name, args, node);
  return nullptr;
}

}  // namespace m31::types
