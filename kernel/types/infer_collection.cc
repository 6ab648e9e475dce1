// Tuples, lists, maps, records, ranges, comprehensions; texts with expressions in them.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

// The member of `expected` (a type or a union) that is of this kind.
const Type* member_of_kind(const Type* expected, TypeKind kind) {
  if (!expected) return nullptr;
  if (expected->kind == kind) return expected;
  if (expected->kind != TypeKind::union_) return nullptr;
  const Type* found = nullptr;
  for (const Type* each : expected->args)
    if (each->kind == kind) {
      if (found) return nullptr;
      found = each;
    }
  return found;
}

}  // namespace

Expr* Inference::display(Expr* value, Span span) {
  const Type* type = vars.resolve(value->type);
  if (type->kind == TypeKind::string || type->kind == TypeKind::never) return value;
  if (is_template(type)) {
    const Template& shown = *template_of(type);
    return block_of({value, string_const(shown.name.empty() ? "<fn>" : "<fn " + shown.name + ">", span)}, span);
  }
  // A type of the library may say by itself how people read it (time.Time).
  if (Module* module = type->kind == TypeKind::named ? module_of(type) : nullptr)
    for (const FnDef* def : checker.library.fns_of(*module, "display")) {
      TypeArgs type_args;
      if (def->params.size() != 1 || param_types(*def, type_args)[0] != type) continue;
      Node call;
      call.span = span;
      return emit_call(*def, {value}, type_args, call, span);
    }
  return native("display", basic(TypeKind::string), span, {value});
}

Expr* Inference::infer_interpolation(const Node& node) {
  std::vector<Expr*> parts;
  for (const Node* part : node.kids) parts.push_back(display(infer(*part), part->span));
  return make_with(Op::concat, basic(TypeKind::string), node.span, parts);
}

Expr* Inference::infer_tuple(const Node& node, const Type* expected) {
  const Type* shape = member_of_kind(expected, TypeKind::tuple);
  if (shape && shape->args.size() != node.size()) shape = nullptr;
  std::vector<Expr*> items;
  std::vector<const Type*> types;
  for (std::size_t i = 0; i < node.size(); ++i) {
    Expr* item = infer(node[i], shape ? shape->args[i] : nullptr);
    if (shape && converts(item, shape->args[i])) item = coerce(item, shape->args[i], node[i].span);
    items.push_back(item);
    types.push_back(vars.resolve(item->type));
    if (types.back()->kind == TypeKind::never) return poison(node.span);
  }
  return make_with(Op::make_tuple, tuple_of(types), node.span, items);
}

// The fn type of a function that says the types of all that it takes; null when it does not.
const Type* Inference::own_fn_type(const Template& made, Span span) {
  std::vector<const Type*> params;
  const Instance* known = nullptr;
  if (made.kind == Template::Kind::lambda) {
    for (std::size_t i = 0; i + 1 < made.node->size(); ++i) {
      if (!(*made.node)[i][1]) return nullptr;
      params.push_back(resolve_type((*made.node)[i][1], made.context, made.context.type_args, false));
    }
    std::vector<const Type*> all = params;
    for (const Capture& capture : made.captures) all.push_back(capture.type);
    known = checker.instantiate(made, all, nullptr, {&instance, context.source, span});
  } else if (made.kind == Template::Kind::named && made.captures.empty()) {
    Callable callable = functions_named(made.name, made.context, made.qualifier, {});
    if (callable.levels.size() != 1 || callable.levels[0].size() != 1) return nullptr;
    const FnDef& def = *callable.levels[0][0];
    TypeArgs none;
    if (!def.type_params.empty() || !def.native.empty() || !def.host.empty()) return nullptr;
    params = param_types(def, none);
    if (std::find(params.begin(), params.end(), nullptr) != params.end()) return nullptr;
    known = checker.instantiate(def, params, {}, nullptr, {&instance, context.source, span});
  }
  return known && known->result->kind != TypeKind::never ? fn_of(params, known->result, {}) : nullptr;
}

// Which of several functions it is, is known when it runs: they need one type. False, with a message, when they have none.
bool Inference::settle_functions(std::vector<Expr*>& values) {
  const Type* first = nullptr;
  bool several = false;
  for (Expr* value : values)
    if (const Type* mine = vars.resolve(value->type); is_template(mine)) {
      several |= first && first != mine;
      first = mine;
    }
  if (!several) return true;
  const Type* fn_type = nullptr;
  for (Expr* value : values) {
    const Type* mine = vars.resolve(value->type);
    if (!is_template(mine)) continue;
    const Type* own = own_fn_type(*template_of(mine), value->span);
    if (!own || (fn_type && own != fn_type)) {
      error(value->span, "which of several functions this is, is known only when it runs, and what they take is not said",
            "write its type: `f: fn(Int) -> Int = ..`, or those of the parameters: `(x: Int) => ..`");
      return false;
    }
    fn_type = own;
  }
  for (Expr*& value : values)
    if (is_template(vars.resolve(value->type))) value = coerce(value, fn_type, value->span);
  return true;
}

const Type* Inference::join_all(std::vector<Expr*>& values, Span) {
  const Type* type = basic(TypeKind::never);
  if (!settle_functions(values)) return type;
  for (Expr* value : values) {
    // A literal Int beside a Float is one.
    const Type* mine = vars.resolve(value->type);
    if (is_int_literal(value) && type->kind == TypeKind::float_) mine = type;
    if (mine->kind == TypeKind::float_ && type->kind == TypeKind::int_ &&
        std::all_of(values.begin(), values.end(), [](const Expr* each) { return each->type->kind != TypeKind::int_ || is_int_literal(each); }))
      type = mine;
    type = join(type, mine);
  }
  for (Expr*& value : values) value = coerce(value, type, value->span);
  return type;
}

Expr* Inference::infer_list(const Node& node, const Type* expected) {
  const Type* item = expected ? expected->args[0] : nullptr;
  if (node.size() == 0) {
    if (expected) return make(Op::make_list, expected, node.span);
    auto hint = instance.literal_hints.find(&node);
    if (hint != instance.literal_hints.end()) return make(Op::make_list, hint->second, node.span);
    const Type* type = list_of(vars.fresh());
    open_literals_.emplace_back(&node, type);
    return make(Op::make_list, type, node.span);
  }
  bool spreads = std::any_of(node.kids.begin(), node.kids.end(), [](const Node* each) { return each->is(Kind::spread); });
  if (!spreads) {
    std::vector<Expr*> items;
    for (const Node* each : node.kids) {
      Expr* value = infer(*each, item);
      if (item) value = coerce(value, item, each->span, "an element");
      items.push_back(value);
    }
    if (!item) item = join_all(items, node.span);
    if (vars.resolve(item)->kind == TypeKind::never && !items.empty()) return poison(node.span);
    return make_with(Op::make_list, list_of(item), node.span, items);
  }
  // [a, ...xs, b]: the parts, put one after the other.
  std::vector<Expr*> parts, run;
  const Type* type = expected ? expected : nullptr;
  std::vector<std::pair<bool, Expr*>> all;
  for (const Node* each : node.kids) {
    Expr* value = each->is(Kind::spread) ? infer((*each)[0], expected) : infer(*each, item);
    const Type* of = known(value->type, each->span);
    if (of->kind == TypeKind::never) return poison(node.span);
    if (each->is(Kind::spread)) {
      if (of->kind != TypeKind::list) return error(each->span, "`...` in a list takes a List, found " + show(of), "write the value without `...`");
      if (!type) type = of;
      value = coerce(value, type, each->span);
    } else {
      if (!type) type = list_of(of);
      value = coerce(value, vars.resolve(type)->args[0], each->span);
    }
    if (value->type->kind == TypeKind::never) return poison(node.span);
    all.emplace_back(each->is(Kind::spread), value);
  }
  Expr* whole = nullptr;
  auto add = [&](Expr* part) { whole = whole ? concat_lists(whole, part, node.span) : part; };
  for (auto& [is_spread, value] : all) {
    if (is_spread) {
      if (!run.empty()) add(make_with(Op::make_list, type, node.span, run));
      run.clear();
      add(value);
    } else {
      run.push_back(value);
    }
  }
  if (!run.empty()) add(make_with(Op::make_list, type, node.span, run));
  return whole;
}

Expr* Inference::infer_map(const Node& node, const Type* expected) {
  bool empty = node.size() == 0 || (node.size() == 1 && !node[0]);
  if (empty) {
    if (expected) return make(Op::make_map, expected, node.span);
    auto hint = instance.literal_hints.find(&node);
    if (hint != instance.literal_hints.end()) return make(Op::make_map, hint->second, node.span);
    const Type* type = map_of(vars.fresh(), vars.fresh());
    open_literals_.emplace_back(&node, type);
    return make(Op::make_map, type, node.span);
  }
  const Type* key = expected ? expected->args[0] : nullptr;
  const Type* value = expected ? expected->args[1] : nullptr;
  std::vector<Expr*> keys, values, spreads;
  for (const Node* each : node.kids) {
    if (each->is(Kind::spread)) {
      spreads.push_back(infer((*each)[0], expected));
      continue;
    }
    keys.push_back(infer((*each)[0], key));
    values.push_back(infer((*each)[1], value));
    if (key) keys.back() = coerce(keys.back(), key, (*each)[0].span, "a key");
    if (value) values.back() = coerce(values.back(), value, (*each)[1].span, "a value");
  }
  if (!key && !keys.empty()) {
    key = join_all(keys, node.span);
    value = join_all(values, node.span);
  }
  const Type* type = key ? map_of(key, value) : nullptr;
  if (key && (vars.resolve(key)->kind == TypeKind::never || vars.resolve(value)->kind == TypeKind::never)) return poison(node.span);
  if (key && !vars.is_open(key) && !is_hashable(vars.runtime(key)))
    return error(node.span, "a value of type " + show(key) + " cannot be the key of a map", "numbers, texts, tuples and records of them can");
  Expr* whole = nullptr;
  for (Expr* each : spreads) {
    const Type* of = known(each->type, each->span);
    if (of->kind == TypeKind::never) return poison(node.span);
    if (of->kind != TypeKind::map) return error(each->span, "`...` in a map takes a Map, found " + show(of), "give the value a key: `\"key\": ..`");
    if (!type) type = of;
    each = coerce(each, type, each->span);
    if (each->type->kind == TypeKind::never) return poison(node.span);
    whole = whole ? merge_maps(whole, each, node.span) : each;
  }
  std::vector<Expr*> kids;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    kids.push_back(keys[i]);
    kids.push_back(values[i]);
  }
  if (kids.empty()) return whole;
  Expr* literal = make_with(Op::make_map, type, node.span, kids);
  return whole ? merge_maps(whole, literal, node.span) : literal;
}

Expr* Inference::infer_record(const Node& node, const Type* expected) {
  std::vector<std::string_view> names;
  std::vector<Expr*> values;
  std::vector<Expr*> before;
  const Type* update_of = nullptr;         // {...r, age: 4} keeps the type of r when the names are its own
  for (const Node* each : node.kids) {
    if (each->is(Kind::spread)) {
      Expr* base = infer((*each)[0]);
      const Type* type = known(base->type, each->span);
      if (type->kind == TypeKind::never) return poison(node.span);
      bool declared = type->kind == TypeKind::named && !type->decl->is_sum && !type->constructors.empty();
      if (type->kind != TypeKind::record && !declared)
        return error(each->span, "`...` in a record takes a record, found " + show(type), "give the value a field: `name: ..`");
      if (node.kids[0] == each) update_of = type;
      std::uint32_t local = 0;
      before.push_back(copy_to_temp(base, local));
      std::span<const std::string_view> fields = declared ? type->constructors[0].fields : type->names;
      std::span<const Type* const> types = declared ? type->constructors[0].types : type->args;
      for (std::size_t i = 0; i < fields.size(); ++i) {
        Expr* part = make(Op::field, types[i], each->span, {read_local(local, type, each->span)});
        part->index = static_cast<std::uint32_t>(i);
        auto at = std::find(names.begin(), names.end(), fields[i]);
        if (at == names.end()) {
          names.push_back(fields[i]);
          values.push_back(part);
        } else {
          values[static_cast<std::size_t>(at - names.begin())] = part;
        }
      }
      continue;
    }
    const Type* of_field = nullptr;
    if (update_of) {
      int index = field_index(update_of, each->text);
      if (index >= 0)
        of_field = update_of->kind == TypeKind::record ? update_of->args[static_cast<std::size_t>(index)]
                                                       : update_of->constructors[0].types[static_cast<std::size_t>(index)];
      else if (update_of->kind == TypeKind::named)
        return member_of(make(Op::none, update_of, each->span), each->text, *each,
                         {each->span.begin, each->span.begin + static_cast<std::uint32_t>(each->text.size())});
    } else if (expected) {
      int index = field_index(expected, each->text);
      if (index >= 0) of_field = expected->args[static_cast<std::size_t>(index)];
    }
    Expr* value = infer((*each)[0], of_field);
    if (of_field && (update_of || converts(value, of_field))) value = coerce(value, of_field, (*each)[0].span, "the field `" + std::string(each->text) + "`");
    if (vars.resolve(value->type)->kind == TypeKind::never) return poison(node.span);
    auto at = std::find(names.begin(), names.end(), each->text);
    if (at != names.end()) {
      if (before.empty()) return error(each->span, "the field `" + std::string(each->text) + "` is given twice", "delete one of them");
      values[static_cast<std::size_t>(at - names.begin())] = value;
    } else {
      names.push_back(each->text);
      values.push_back(value);
    }
  }
  // Where a type is expected, its order of fields is taken.
  if (expected && !update_of && names.size() == expected->names.size()) {
    std::vector<Expr*> ordered;
    for (std::string_view name : expected->names) {
      auto at = std::find(names.begin(), names.end(), name);
      if (at != names.end()) ordered.push_back(values[static_cast<std::size_t>(at - names.begin())]);
    }
    if (ordered.size() == values.size() && std::vector<std::string_view>(expected->names.begin(), expected->names.end()) != names) {
      std::vector<Expr*> all = before;
      // Evaluation keeps the order of the text.
      std::vector<std::uint32_t> locals(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) all.push_back(copy_to_temp(values[i], locals[i]));
      std::vector<Expr*> reads;
      std::vector<const Type*> types;
      for (std::string_view name : expected->names) {
        auto i = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
        reads.push_back(read_local(locals[i], values[i]->type, node.span));
        types.push_back(values[i]->type);
      }
      all.push_back(make_with(Op::make_record, record_of(expected->names, types), node.span, reads));
      return block_of(all, node.span);
    }
  }
  const Type* type = update_of && update_of->kind == TypeKind::named ? update_of : nullptr;
  if (!type) {
    std::vector<const Type*> types;
    for (Expr* value : values) types.push_back(vars.resolve(value->type));
    type = record_of(names, types);
  }
  std::vector<Expr*> all = before;
  all.push_back(make_with(Op::make_record, type, node.span, values));
  return block_of(all, node.span);
}

Expr* Inference::infer_range(const Node& node) {
  const Type* integer = basic(TypeKind::int_);
  if (!node[0] || !node[1]) return error(node.span, "a range needs both ends here", "write `0..n`");
  Expr* from = infer_as(node[0], integer, "the beginning of a range");
  Expr* to = infer_as(node[1], integer, "the end of a range");
  if (node.number == 1) {
    if (is_int_literal(to) && to->integer < INT64_MAX)
      to = int_const(to->integer + 1, to->span);
    else
      to = prim(Prim::int_add, integer, to->span, {to, int_const(1, to->span)});
  }
  return make(Op::make_range, basic(TypeKind::range), node.span, {from, to});
}

// [e for p in xs if c ..]: loops that append to a list, or set keys of a map.
Expr* Inference::infer_comprehension(const Node& node, const Type* expected) {
  const Node& element = node[0];
  bool is_map = element.is(Kind::map_entry);
  const Type* shape = member_of_kind(expected, is_map ? TypeKind::map : TypeKind::list);
  const Type* type = nullptr;
  std::uint32_t result = fresh_local(basic(TypeKind::never));
  Expr* start = make(is_map ? Op::make_map : Op::make_list, basic(TypeKind::never), node.span);
  std::size_t scope = push_scope();
  Flow before = flow_;
  std::function<Expr*(std::size_t)> clause = [&](std::size_t i) -> Expr* {
    if (i < node.size()) {
      const Node& each = node[i];
      if (each.is(Kind::if_clause)) {
        Expr* test = condition(each[0]);
        assume(each[0], true);
        return if_expr(test, clause(i + 1), none_const(each.span), basic(TypeKind::none), each.span);
      }
      return loop_over(each[1], &each[0], each.span, [&, i] { return clause(i + 1); });
    }
    if (is_map) {
      Expr* key = infer(element[0], shape ? shape->args[0] : nullptr);
      Expr* value = infer(element[1], shape ? shape->args[1] : nullptr);
      if (shape) {
        key = coerce(key, shape->args[0], element[0].span);
        value = coerce(value, shape->args[1], element[1].span);
      }
      type = map_of(vars.resolve(key->type), vars.resolve(value->type));
      Expr* set = make(Op::place_set, basic(TypeKind::none), element.span, {value});
      core::Step* step = checker.arena.make<core::Step>();
      step->kind = core::Step::Kind::map_key;
      step->key = key;
      step->container = type;
      step->part = type->args[1];
      made_steps_.push_back(step);
      core::Place* place = checker.arena.make<core::Place>();
      place->local = result;
      place->type = type;
      place->steps = std::span<const core::Step>(step, 1);
      made_places_.push_back(place);
      set->place = place;
      return set;
    }
    Expr* value = infer(element, shape ? shape->args[0] : nullptr);
    if (shape) value = coerce(value, shape->args[0], element.span);
    type = list_of(vars.resolve(value->type));
    return native("list.append", basic(TypeKind::none), element.span, {read_local(result, type, element.span), value});
  };
  Expr* loop = clause(1);
  pop_scope(scope);
  std::vector<char> moved = flow_.moved;
  flow_ = before;
  flow_.moved = moved;
  if (!type) return poison(node.span);
  bool poisoned = vars.resolve(type->args.back())->kind == TypeKind::never;
  start->type = type;
  core_fn.locals[result].type = type;
  Expr* whole = block_of({set_local(result, start, node.span), loop, read_local(result, type, node.span)}, node.span);
  return poisoned ? (whole->type = type, whole) : whole;
}

}  // namespace m31::types
