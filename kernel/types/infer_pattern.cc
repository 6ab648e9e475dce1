// Patterns: tests and bindings of match, catch, for, parameters.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

Var* Inference::bind_pattern_name(std::string_view name, const Type* type, Span span) {
  for (Var* each : scopes_.back().vars)
    if (each->name == name) return each;
  return declare(name, type, span, Var::Origin::pattern);
}

// The test whether a union or Any holds `to` (null: it always does) and the part as that type.
Expr* Inference::narrowed(const Access& subject, const Type* to, Access& part, Span span) {
  const Type* from = vars.resolve(subject.type);
  to = vars.resolve(to);
  part.type = to;
  auto make_whole = subject.make;
  if (from == to) {
    part.make = make_whole;
    return nullptr;
  }
  const Type* boolean = basic(TypeKind::boolean);
  if (to->kind == TypeKind::none) {
    part.make = [this, span] { return none_const(span); };
    return prim(Prim::is_none, boolean, span, {subject.make()});
  }
  if (to->kind == TypeKind::union_ || to->kind == TypeKind::any) {
    part.make = [this, make_whole, to, span] { return make(Op::box, to, span, {make_whole()}); };
    if (to->kind == TypeKind::any || is_subset(from, to)) return nullptr;
    Expr* test = nullptr;
    for (const Type* member : to->args) {
      Access ignored;
      Expr* mine = narrowed(subject, member, ignored, span);
      test = test ? if_expr(test, bool_const(true, span), mine, boolean, span) : mine;
    }
    return test;
  }
  part.make = [this, make_whole, to, span] { return make(Op::unbox, to, span, {make_whole()}); };
  Expr* test = make(Op::is_type, boolean, span, {subject.make()});
  test->tested = to;
  return test;
}

namespace {

bool is_boxed(const Type* type) { return type->kind == TypeKind::union_ || type->kind == TypeKind::any; }

}  // namespace

const Type* Inference::constructor_type(const Node& name, const Type* subject, ConstructorDef& found) {
  Module* module = nullptr;
  subject = vars.resolve(subject);
  if (name.is(Kind::member)) {
    Qualifier qualifier = qualifier_of(name[0]);
    if (!qualifier.module) return nullptr;
    auto at = qualifier.module->constructors.find(name.text);
    if (at == qualifier.module->constructors.end()) return nullptr;
    found = at->second;
  } else {
    // The constructors of the matched type first.
    std::vector<const Type*> members{subject};
    if (subject->kind == TypeKind::union_) members.assign(subject->args.begin(), subject->args.end());
    bool known_there = false;
    for (const Type* member : members) {
      if (member->kind != TypeKind::named) continue;
      TypeDef* def = checker.type_def_of(member->decl);
      if (!def) continue;
      auto at = def->module->constructors.find(name.text);
      if (at != def->module->constructors.end() && at->second.type == def) {
        found = at->second;
        known_there = true;
      }
    }
    if (!known_there && !find_constructor(name.text, context, found, module)) return nullptr;
  }
  std::vector<const Type*> members{subject};
  if (subject->kind == TypeKind::union_) members.assign(subject->args.begin(), subject->args.end());
  for (const Type* member : members)
    if (member->kind == TypeKind::named && member->decl == found.type->decl) return member;
  if (found.type->params.empty()) return instance_of(*found.type, {});
  std::vector<const Type*> args;
  for (std::size_t i = 0; i < found.type->params.size(); ++i) args.push_back(basic(TypeKind::any));
  return instance_of(*found.type, args);
}

// {name: p} on an Any: it has such a field, or key, and that fits p.
Expr* Inference::any_record_test(const Node& pattern, const Access& subject, std::vector<Expr*>& binds) {
  const Type* any = basic(TypeKind::any);
  const Type* boolean = basic(TypeKind::boolean);
  Expr* test = nullptr;
  const auto also = [&](Expr* one) {
    if (one) test = test ? if_expr(test, one, bool_const(false, pattern.span), boolean, pattern.span) : one;
  };
  for (const Node* each : pattern.kids) {
    if (each->is(Kind::pat_rest)) {
      if (!each->text.empty()) error(each->span, "the rest of a record is not bound", "write `...` alone, or name the fields");
      continue;
    }
    const Span span = each->span;
    const std::string_view name = each->text;
    also(any_word("any.has", boolean, span, {subject.make(), string_const(name, span)}));
    also(pattern_test((*each)[0], {any, [this, make_whole = subject.make, name, any, span] { return any_word("any.field", any, span, {make_whole(), string_const(name, span)}); }}, binds));
  }
  return test ? test : bool_const(true, pattern.span);
}

Expr* Inference::pattern_test(const Node& pattern, const Access& subject, std::vector<Expr*>& binds) {
  const Span span = pattern.span;
  const Type* boolean = basic(TypeKind::boolean);
  const Type* type = vars.resolve(subject.type);
  bool never = type->kind == TypeKind::never;
  auto both = [&](Expr* a, Expr* b) -> Expr* {
    if (!a) return b;
    if (!b) return a;
    return if_expr(a, b, bool_const(false, span), boolean, span);
  };
  auto mismatch = [&](const std::string& what, const std::string& advice = {}) {
    error(span, what + " never matches a value of type " + show(type), advice.empty() ? "delete the arm" : advice);
    return bool_const(false, span);
  };
  // Sub-patterns test their parts only after the tests before them; what they bind is bound when all have held.
  auto sub_patterns = [&](Expr* test, std::vector<std::pair<const Node*, Access>> parts) {
    for (auto& [node, part] : parts) test = both(test, pattern_test(*node, part, binds));
    return test;
  };
  switch (pattern.kind) {
    case Kind::pat_wild: return nullptr;
    case Kind::pat_bind: {
      Access part = subject;
      Expr* test = nullptr;
      if (pattern[0]) {
        const Type* to = resolve_type(pattern[0], context, context.type_args);
        if (to->kind == TypeKind::never || never) {
          part.type = to;
          part.make = [this, span] { return poison(span); };
        } else if (type == to || (!is_boxed(type) && vars.unify(type, to))) {
          part.type = to;
        } else if (is_boxed(type) && (type->kind == TypeKind::any || is_subset(to, type) || is_subset(type, to))) {
          test = narrowed(subject, to, part, span);
        } else {
          return mismatch("`" + source_text(span) + "`", is_boxed(type) ? "its types are " + show(type) : "");
        }
      }
      if (pattern.text == "_") return test;
      Var* var = bind_pattern_name(pattern.text, part.type, span);
      if (vars.resolve(part.type)->kind != TypeKind::never) binds.push_back(set_local(var->local, part.make(), span));
      return test;
    }
    case Kind::pat_lit: {
      if (never) return nullptr;
      const Node& literal = pattern[0];
      if (literal.is(Kind::none_lit)) {
        if (type->kind == TypeKind::none) return nullptr;
        if (type->kind == TypeKind::any || (type->kind == TypeKind::union_ && is_subset(basic(TypeKind::none), type)))
          return prim(Prim::is_none, boolean, span, {subject.make()});
        return mismatch("None");
      }
      Expr* value = infer(literal, is_boxed(type) ? nullptr : type);
      if (is_boxed(type)) {
        const Type* of = value->type;
        if (type->kind == TypeKind::union_ && !is_subset(of, type)) return mismatch("`" + source_text(span) + "`");
        Access part;
        Expr* test = narrowed(subject, of, part, span);
        return both(test, equality(true, part.make(), value, span));
      }
      if (!converts(value, type) || (value->type->kind != type->kind && !(is_int_literal(value) && type->kind == TypeKind::float_)))
        return mismatch("`" + source_text(span) + "`, which is " + show(value->type) + ",");
      return equality(true, subject.make(), value, span);
    }
    case Kind::pat_const: {
      const Node& name = pattern[0];
      ConstructorDef found;
      if (const Type* of = constructor_type(name, type, found)) {
        bool has_fields = (*found.type->node)[found.index + 1].size() > 0;
        if (!found.type->decl || (name.is(Kind::name) && !found.type->decl->is_sum)) {
          std::string_view before = context.source ? std::string_view(context.source->text()).substr(0, span.begin) : "";
          before = before.substr(0, before.find_last_not_of(' ') + 1);
          if (before.ends_with("catch")) {
            error_rewrite(span, "`" + std::string(name.text) + "` is a type", span, "(e: " + std::string(name.text) + ")", " to catch its values");
            return nullptr;
          }
          error_rewrite(span, "`" + std::string(name.text) + "` is a type", span, "_: " + std::string(name.text), " to match its values");
          return nullptr;
        }
        if (has_fields) {
          std::string call = source_text(name.span) + "(";
          for (std::size_t i = 0; i < (*found.type->node)[found.index + 1].size(); ++i) call += i ? ", _" : "_";
          error_rewrite(span, "`" + std::string(name.text) + "` has fields", span, call + ")");
          return nullptr;
        }
        if (never) return nullptr;
        Access part = subject;
        Expr* test = nullptr;
        if (is_boxed(type)) test = narrowed(subject, of, part, span);
        else if (type != of) return mismatch("`" + source_text(span) + "`");
        Expr* tag = make(Op::variant_tag, basic(TypeKind::int_), span, {part.make()});
        return both(test, prim(Prim::int_eq, boolean, span, {tag, int_const(found.index, span)}));
      }
      if (name.is(Kind::name) && !lookup(name.text) && !checker.globals.count(name.text) && !context.module->constants.count(name.text)) {
        if (type_of_expr(name)) {
          error_rewrite(span, "`" + std::string(name.text) + "` is a type", span, "_: " + std::string(name.text), " to match its values");
          return nullptr;
        }
        std::string lower(name.text);
        lower[0] = static_cast<char>(lower[0] | 0x20);
        std::vector<std::string> candidates;
        for (const auto& [each, def] : context.module->constructors) candidates.emplace_back(each);
        std::string near = nearest(name.text, candidates);
        error(span, "a capitalised name never binds, and no constant or constructor `" + std::string(name.text) + "` is known",
              near.empty() ? "to bind a name begin it with a small letter: `" + lower + "`" : "did you mean `" + near + "`?",
              {{span, near.empty() ? lower : near}});
        return nullptr;
      }
      Expr* value = infer(name);
      if (never || vars.resolve(value->type)->kind == TypeKind::never) return nullptr;
      if (is_boxed(type)) {
        const Type* of = vars.resolve(value->type);
        if (type->kind == TypeKind::union_ && !is_subset(of, type)) return mismatch("`" + source_text(span) + "`");
        Access part;
        Expr* test = narrowed(subject, of, part, span);
        return both(test, equality(true, part.make(), value, span));
      }
      if (!converts(value, type)) return mismatch("`" + source_text(span) + "`, which is " + show(value->type) + ",");
      return equality(true, subject.make(), value, span);
    }
    case Kind::pat_ctor: {
      ConstructorDef found;
      const Type* of = constructor_type(pattern[0], type, found);
      if (!of) {
        std::vector<std::string> candidates;
        for (const auto& [each, def] : context.module->constructors) candidates.emplace_back(each);
        unknown_name(pattern[0].text, pattern[0].span, "the constructor", candidates);
        never = true;
      }
      Access part = subject;
      Expr* test = nullptr;
      if (!never) {
        if (is_boxed(type)) {
          if (type->kind == TypeKind::union_ && !is_subset(of, type)) return mismatch("`" + source_text(span) + "`");
          test = narrowed(subject, of, part, span);
        } else if (type != of) {
          mismatch("`" + source_text(span) + "`");
          never = true;
        }
      }
      bool is_sum = !never && of->decl->is_sum;
      if (is_sum && of->constructors.size() > 1) {
        Expr* tag = make(Op::variant_tag, basic(TypeKind::int_), span, {part.make()});
        test = both(test, prim(Prim::int_eq, boolean, span, {tag, int_const(found.index, span)}));
      }
      const Constructor* shape = never || of->constructors.size() <= found.index ? nullptr : &of->constructors[found.index];
      std::vector<std::pair<const Node*, Access>> parts;
      std::size_t next = 0;
      for (std::size_t i = 1; i < pattern.size(); ++i) {
        const Node* each = pattern.kids[i];
        std::size_t field = next;
        Access of_field{basic(TypeKind::never), [this, span] { return poison(span); }};
        if (each->is(Kind::pat_field)) {
          field = SIZE_MAX;
          if (shape)
            for (std::size_t j = 0; j < shape->fields.size(); ++j)
              if (shape->fields[j] == each->text) field = j;
          if (shape && field == SIZE_MAX) {
            std::vector<std::string> names(shape->fields.begin(), shape->fields.end());
            std::string near = nearest(each->text, names);
            error(each->span, "`" + std::string(shape->name) + "` has no field `" + std::string(each->text) + "`",
                  near.empty() ? "" : "did you mean `" + near + "`?",
                  near.empty() ? std::vector<syntax::Edit>{} : std::vector<syntax::Edit>{{{each->span.begin, each->span.begin + static_cast<std::uint32_t>(each->text.size())}, near}});
          }
          each = each->kids[0];
        } else {
          ++next;
        }
        if (shape && field < shape->types.size()) {
          auto make_part = part.make;
          const Type* field_type = shape->types[field];
          of_field = {field_type, [this, make_part, field_type, field, is_sum, span] {
                        Expr* expr = make(is_sum ? Op::variant_field : Op::field, field_type, span, {make_part()});
                        expr->index = static_cast<std::uint32_t>(field);
                        return expr;
                      }};
        }
        parts.emplace_back(each, of_field);
      }
      if (shape && next > shape->fields.size())
        error(span, "`" + std::string(shape->name) + "` has " + std::to_string(shape->fields.size()) +
                        (shape->fields.size() == 1 ? " field" : " fields") + ", found " + std::to_string(next) + " patterns", "delete what is too many");
      else if (shape && next > 0 && next < shape->fields.size() && parts.size() < shape->fields.size())
        error(span, "`" + std::string(shape->name) + "` has " + std::to_string(shape->fields.size()) + " fields, found " +
                        std::to_string(parts.size()) + " patterns",
              "write `_` for each that does not matter, or name those that do: `" + std::string(shape->fields.back()) + ": p`");
      return sub_patterns(test, std::move(parts));
    }
    case Kind::pat_tuple:
    case Kind::pat_record: {
      bool is_tuple = pattern.is(Kind::pat_tuple);
      const Type* of = type;
      Access part = subject;
      Expr* test = nullptr;
      auto fits = [&](const Type* each) {
        if (is_tuple) return each->kind == TypeKind::tuple && each->args.size() == pattern.size();
        for (const Node* field : pattern.kids)
          if (field->is(Kind::pat_field) && field_index(each, field->text) < 0) return false;
        return each->kind == TypeKind::record || (each->kind == TypeKind::named && !each->decl->is_sum);
      };
      if (type->kind == TypeKind::union_) {
        std::vector<const Type*> found;
        for (const Type* each : type->args)
          if (fits(each)) found.push_back(each);
        if (found.size() != 1) return mismatch(is_tuple ? "a tuple of " + std::to_string(pattern.size()) : "this record");
        of = found[0];
        test = narrowed(subject, of, part, span);
      } else if (type->kind == TypeKind::any && is_tuple) {
        of = tuple_of(std::vector<const Type*>(pattern.size(), type));
        test = fits_any(subject, of, part, span);
      } else if (type->kind == TypeKind::any) {
        return any_record_test(pattern, subject, binds);
      } else if (!never && !fits(type)) {
        std::string advice;
        if (is_tuple && type->kind == TypeKind::tuple)
          mismatch("a tuple of " + std::to_string(pattern.size()));
        else if (!is_tuple && (type->kind == TypeKind::record || (type->kind == TypeKind::named && !type->decl->is_sum))) {
          for (const Node* field : pattern.kids)
            if (field->is(Kind::pat_field) && field_index(type, field->text) < 0) {
              std::span<const std::string_view> fields = type->kind == TypeKind::record ? type->names : type->constructors[0].fields;
              std::string near = nearest(field->text, std::vector<std::string>(fields.begin(), fields.end()));
              error(field->span, "a value of type " + show(type) + " has no field `" + std::string(field->text) + "`",
                    near.empty() ? "" : "did you mean `" + near + "`?");
              break;
            }
        } else {
          mismatch(is_tuple ? "a tuple" : "a record");
        }
        never = true;
      }
      std::vector<std::pair<const Node*, Access>> parts;
      std::size_t position = 0;
      for (const Node* each : pattern.kids) {
        if (each->is(Kind::pat_rest)) {
          if (!is_tuple && each->text.empty()) continue;
          error(each->span, "the rest of a record is not bound", "write `...` alone, or name the fields");
          continue;
        }
        Access of_part{basic(TypeKind::never), [this, span] { return poison(span); }};
        if (!never) {
          std::size_t index = is_tuple ? position++ : static_cast<std::size_t>(field_index(of, each->text));
          const Type* part_type = of->kind == TypeKind::named ? of->constructors[0].types[index] : of->args[index];
          auto make_part = part.make;
          of_part = {part_type, [this, make_part, part_type, index, span] {
                       Expr* expr = make(Op::field, part_type, span, {make_part()});
                       expr->index = static_cast<std::uint32_t>(index);
                       return expr;
                     }};
        }
        parts.emplace_back(is_tuple ? each : each->kids[0], of_part);
      }
      return sub_patterns(test, std::move(parts));
    }
    case Kind::pat_list: {
      const Type* of = type;
      Access part = subject;
      Expr* test = nullptr;
      if (is_boxed(type)) {
        of = nullptr;
        if (type->kind == TypeKind::any) of = list_of(type);
        else
          for (const Type* each : type->args)
            if (each->kind == TypeKind::list) of = each;
        if (!of) return mismatch("a list");
        test = type->kind == TypeKind::any ? fits_any(subject, of, part, span) : narrowed(subject, of, part, span);
      } else if (!never && type->kind != TypeKind::list) {
        mismatch("a list");
        never = true;
      }
      const Type* integer = basic(TypeKind::int_);
      std::size_t count = 0, rest_at = SIZE_MAX;
      for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i].is(Kind::pat_rest)) rest_at = i;
        else ++count;
      }
      auto make_part = part.make;
      auto length = [this, make_part, integer, span] { return make(Op::list_len, integer, span, {make_part()}); };
      if (!never) {
        bool open = rest_at != SIZE_MAX;
        if (!open || count > 0)
          test = both(test, prim(open ? Prim::int_ge : Prim::int_eq, boolean, span, {length(), int_const(static_cast<std::int64_t>(count), span)}));
      }
      std::vector<std::pair<const Node*, Access>> parts;
      const Type* item = never ? basic(TypeKind::never) : of->args[0];
      for (std::size_t i = 0; i < pattern.size(); ++i) {
        const Node& each = pattern[i];
        if (i == rest_at) {
          if (each.text.empty()) continue;
          std::size_t after = pattern.size() - 1 - i;
          Var* var = bind_pattern_name(each.text, never ? basic(TypeKind::never) : of, each.span);
          if (never) continue;
          Expr* to = after == 0 ? length() : prim(Prim::int_sub, integer, span, {length(), int_const(static_cast<std::int64_t>(after), span)});
          Expr* rest = make(Op::list_slice, of, each.span, {make_part(), int_const(static_cast<std::int64_t>(i), span), to});
          binds.push_back(set_local(var->local, rest, each.span));
          continue;
        }
        std::int64_t index = rest_at != SIZE_MAX && i > rest_at ? static_cast<std::int64_t>(i) - static_cast<std::int64_t>(pattern.size())
                                                                : static_cast<std::int64_t>(i);
        Access of_item{item, [this, make_part, item, index, span] {
                         return item->kind == TypeKind::never ? poison(span) : make(Op::list_get, item, span, {make_part(), int_const(index, span)});
                       }};
        parts.emplace_back(&each, of_item);
      }
      return sub_patterns(test, std::move(parts));
    }
    case Kind::pat_or: {
      Expr* test = nullptr;
      std::size_t names_before = scopes_.back().vars.size();
      std::size_t names = 0;
      for (std::size_t i = 0; i < pattern.size(); ++i) {
        std::vector<Expr*> mine;
        Expr* one = pattern_test(pattern[i], subject, mine);
        std::size_t bound = scopes_.back().vars.size() - names_before;
        if (i == 0) names = bound;
        else if (bound != names || (names > 0 && mine.empty()))
          error(pattern[i].span, "the alternatives of a pattern bind the same names", "name in each what the others name");
        if (!mine.empty()) {
          mine.push_back(bool_const(true, span));
          Expr* bind = block_of(mine, span);
          one = one ? if_expr(one, bind, bool_const(false, span), boolean, span) : bind;
        }
        if (!one) one = bool_const(true, span);
        test = test ? if_expr(test, bool_const(true, span), one, boolean, span) : one;
      }
      return test;
    }
    default: break;
  }
  error(span, "this is no pattern");
  return nullptr;
}

}  // namespace m31::types
