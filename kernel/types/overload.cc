// Overloads: which functions a name may mean, which one fits the arguments best, and the call of it.
//
// Functions are sought level by level: nested functions, the module at hand, the open modules of the library, the modules of the
// arguments' types. The innermost level on which one fits is taken; on it exact beats a conversion, that a type parameter,
// that an untyped parameter, that Any.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

constexpr int score_literal = 1, score_union = 2, score_function = 1, score_generic = 4, score_untyped = 9, score_cast = 12, score_any = 15;

bool same_params(const FnDef& a, const FnDef& b) {
  if (a.params.size() != b.params.size()) return false;
  for (std::size_t i = 0; i < a.params.size(); ++i) {
    const Node* x = a.params[i].type;
    const Node* y = b.params[i].type;
    if (!x != !y || (x && syntax::encode(*x) != syntax::encode(*y))) return false;
  }
  return true;
}

}  // namespace

Module* Inference::module_of(const Type* type) {
  type = vars.resolve(type);
  if (type->kind == TypeKind::named) return type->decl->module.empty() ? &checker.session : checker.library.find(type->decl->module);
  if (type->kind == TypeKind::duration) return checker.library.find("duration");
  if (type->kind == TypeKind::capability || type->kind == TypeKind::module)
    return checker.library.has(type->name) ? checker.library.find(type->name) : nullptr;
  return nullptr;
}

Callable Inference::functions_named(std::string_view name, const Context& where, Module* qualifier, const std::vector<Arg>& args) {
  Callable callable;
  callable.name = name;
  auto add = [&](std::vector<const FnDef*> level) {
    if (!level.empty()) callable.levels.push_back(std::move(level));
  };
  auto of_module = [&](Module& module) {
    const std::vector<FnDef*>& found = checker.library.fns_of(module, name);
    return std::vector<const FnDef*>(found.begin(), found.end());
  };
  if (qualifier) {
    add(of_module(*qualifier));
    return callable;
  }
  const LocalFns* local = where.module == context.module && local_fns_ ? local_fns_ : where.local_fns;
  for (; local; local = local->outer) {
    std::vector<const FnDef*> level;
    for (const FnDef* def : local->fns)
      if (def->name == name) level.push_back(def);
    add(level);
  }
  add(of_module(*where.module));
  std::vector<const FnDef*> library;
  checker.library.open_modules(name, [&](Module& module) {
    if (&module == where.module) return;
    for (const FnDef* def : of_module(module)) library.push_back(def);
  });
  add(library);
  std::vector<const FnDef*> of_types;
  for (const Arg& arg : args) {
    if (!arg.value) continue;
    std::vector<const Type*> types{vars.resolve(arg.value->type)};
    if (types[0]->kind == TypeKind::union_) types.assign(types[0]->args.begin(), types[0]->args.end());
    for (const Type* type : types)
      if (Module* module = module_of(type); module && module != where.module)
        for (const FnDef* def : of_module(*module))
          if (std::find(of_types.begin(), of_types.end(), def) == of_types.end()) of_types.push_back(def);
  }
  add(of_types);
  return callable;
}

std::vector<const Type*> Inference::param_types(const FnDef& def, TypeArgs& type_args) {
  if (def.resolved && def.type_params.empty()) return def.param_types;
  for (std::string_view name : def.type_params) type_args.emplace_back(name, vars.fresh());
  TypeArgs all = def.context.type_args;
  all.insert(all.end(), type_args.begin(), type_args.end());
  std::vector<const Type*> types;
  Context before = context;
  context = def.context;
  for (const ParamDef& param : def.params)
    types.push_back(param.type ? resolve_type(*param.type, def.context, all) : nullptr);
  context = before;
  if (def.type_params.empty()) {
    FnDef& kept = const_cast<FnDef&>(def);
    kept.param_types = types;
    // With a mistake in it, it is looked at again, so that the message stands in every round.
    kept.resolved = std::none_of(types.begin(), types.end(), [](const Type* type) { return type && type->kind == TypeKind::never; });
  }
  return types;
}

std::string Inference::describe(const FnDef& def) const {
  std::string text(def.name);
  text += '(';
  for (std::size_t i = 0; i < def.params.size(); ++i) {
    if (i) text += ", ";
    text += def.params[i].name;
    if (def.params[i].type && def.context.source) {
      Span span = def.params[i].type->span;
      text += ": ";
      text += def.context.source->text().substr(span.begin, span.end - span.begin);
    }
  }
  return text + ")";
}

// How well a value fits a type; -1: not at all. Binds variables.
int Inference::match_arg(Expr* value, const Type* to, bool generic) {
  const Type* from = vars.resolve(value->type);
  to = vars.resolve(to);
  if (from == to || from->kind == TypeKind::never) return 0;
  if (is_variable(to)) {
    vars.unify(from, to);
    return generic ? score_generic : 0;
  }
  if (is_row_argument(from, to)) return 0;
  if (to->kind == TypeKind::any) return is_template(from) ? -1 : score_any;
  if (from->kind == TypeKind::any) return score_cast;
  if (to->kind == TypeKind::float_ && is_int_literal(value)) return score_literal;
  if (is_template(from) && to->kind != TypeKind::union_) {
    if (to->kind != TypeKind::fn) return -1;
    const Template& given = *template_of(from);
    if (given.kind == Template::Kind::lambda) {
      const std::size_t takes = given.node->size() - 1, gets = to->args.size() - 1;
      if (gets > takes || (gets < takes && !(*given.node)[gets][0])) return -1;
    }
    return score_function;
  }
  if (to->kind == TypeKind::union_) {
    if (is_subset(from, to)) return score_union;
    if (from->kind == TypeKind::union_) return -1;
    for (const Type* member : to->args) {
      std::size_t mark = vars.mark();
      if (match_arg(value, member, false) >= 0) return generic ? score_generic : score_union;
      vars.rollback(mark);
    }
    return -1;
  }
  if (to->kind == TypeKind::never) return -1;
  if (to->kind == TypeKind::type_value)
    if (const Type* spelt = type_spelt_by(from)) return vars.unify(unary_of(TypeKind::type_value, spelt), to) ? score_generic : -1;
  if (forgets_environment(from, to)) return score_union;
  bool open = generic && vars.is_open(to);
  if (!vars.unify(from, to)) return -1;
  return open ? score_generic : 0;
}

// Does `def` fit? Leaves nothing bound.
std::optional<Match> Inference::match(const FnDef& def, std::vector<Arg>& args, std::string* why) {
  Match found;
  found.def = &def;
  found.arg_of_param.assign(def.params.size(), -1);
  auto say = [&](std::string text) {
    if (why) *why = std::move(text);
    return std::nullopt;
  };
  std::size_t next = 0;
  for (std::size_t i = 0; i < args.size(); ++i) {
    std::size_t param = next;
    if (!args[i].name.empty()) {
      for (param = 0; param < def.params.size(); ++param)
        if (def.params[param].name == args[i].name) break;
      if (param == def.params.size()) {
        std::vector<std::string> names;
        for (const ParamDef& each : def.params) names.emplace_back(each.name);
        std::string near = nearest(args[i].name, names);
        return say("it has no parameter `" + std::string(args[i].name) + "`" + (near.empty() ? "" : ": did you mean `" + near + "`?"));
      }
      if (found.arg_of_param[param] >= 0) return say("`" + std::string(args[i].name) + "` is given twice");
    } else {
      if (param >= def.params.size())
        return say("it takes " + std::to_string(def.params.size()) + (def.params.size() == 1 ? " argument" : " arguments") + ", found " +
                   std::to_string(args.size()));
      ++next;
    }
    found.arg_of_param[param] = static_cast<int>(i);
  }
  for (std::size_t i = 0; i < def.params.size(); ++i)
    if (found.arg_of_param[i] < 0 && !def.params[i].fallback)
      return say("the argument `" + std::string(def.params[i].name) + "` is missing");
  std::size_t mark = vars.mark();
  TypeArgs type_args;
  std::vector<const Type*> types = param_types(def, type_args);
  bool generic = !def.type_params.empty();
  for (std::size_t i = 0; i < def.params.size(); ++i) {
    if (found.arg_of_param[i] < 0) continue;
    Arg& arg = args[static_cast<std::size_t>(found.arg_of_param[i])];
    Expr* value = value_of(arg);
    if (!types[i]) {
      found.score += score_untyped;
      continue;
    }
    int score = match_arg(value, types[i], generic);
    if (score < 0) {
      std::string text = "expected " + show(types[i]) + ", found " + show(value->type);
      vars.rollback(mark);
      return say(text);
    }
    found.score += score;
  }
  vars.rollback(mark);
  return found;
}

// map(f, xs): words take the values first.
Expr* Inference::function_first(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span) {
  constexpr std::string_view words[] = {"map", "filter", "each", "fold", "flatMap", "any", "all", "find", "count", "sortBy", "groupBy", "partition"};
  if (!node.is(Kind::call) || args.size() != 2 || !args[0].node || !args[1].node || std::find(std::begin(words), std::end(words), callable.name) == std::end(words)) return nullptr;
  const auto is_fn = [&](Arg& arg) {
    const Type* type = vars.resolve(value_of(arg)->type);
    return is_template(type) || type->kind == TypeKind::fn;
  };
  const bool is_library = std::all_of(callable.levels.begin(), callable.levels.end(), [](const auto& level) {
    return std::all_of(level.begin(), level.end(), [](const FnDef* def) { return def->context.module->is_library; });
  });
  if (!is_library || !is_fn(args[0]) || is_fn(args[1])) return nullptr;
  const std::string first = source_text(args[0].span), second = source_text(args[1].span);
  return error(name_span, "`" + std::string(callable.name) + "` takes the values first, then the function", "write `" + second + " | " + std::string(callable.name) + "(" + first + ")`",
               {{args[0].span, second}, {args[1].span, first}});
}

// Calls as other languages have them: what is meant, and the edit that writes it. Null: none of those.
Expr* Inference::habit_of_others(std::string_view name, const std::vector<Arg>& args, const Node& node, Span name_span) {
  const bool plain = node.is(Kind::call) && std::all_of(args.begin(), args.end(), [](const Arg& arg) { return arg.node && arg.name.empty(); });
  if (!plain) return nullptr;
  const auto text_of = [&](std::size_t i) { return source_text(args[i].span); };
  if (name == "range" && args.size() == 1) {
    const std::string after = source_text({node.span.end, node.span.end + 1});
    const std::string numbers = "0.." + text_of(0);
    return error_rewrite(name_span, "`range` takes two ends, and a range from 0 has a form of its own", node.span, after == "." || after == "[" ? "(" + numbers + ")" : numbers);
  }
  if ((name == "max" || name == "min") && args.size() > 2) {
    const std::string all = source_text({args[0].span.begin, args.back().span.end});
    return error_rewrite(name_span, "`" + std::string(name) + "` takes two values, or a list", node.span, std::string(name) + "([" + all + "])");
  }
  return nullptr;
}

Expr* Inference::call_overloads(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span) {
  // With one function only, what it expects helps to read the arguments.
  std::size_t total = 0;
  const FnDef* only = nullptr;
  for (const auto& level : callable.levels)
    for (const FnDef* def : level) {
      ++total;
      only = def;
    }
  if (total == 1 && only->type_params.empty()) {
    TypeArgs none;
    std::vector<const Type*> types = param_types(*only, none);
    std::size_t position = 0;
    for (Arg& arg : args) {
      std::size_t param = position;
      if (!arg.name.empty())
        for (param = 0; param < only->params.size(); ++param)
          if (only->params[param].name == arg.name) break;
      if (arg.name.empty()) ++position;
      if (!arg.value) value_of(arg, param < types.size() ? types[param] : nullptr);
    }
  }
  if (Expr* said = function_first(callable, args, node, name_span)) return said;
  bool poisoned = false, has_any = false, has_union = false;
  for (Arg& arg : args) {
    const Type* type = vars.resolve(value_of(arg)->type);
    poisoned |= type->kind == TypeKind::never;
    has_any |= type->kind == TypeKind::any;
    has_union |= type->kind == TypeKind::union_;
  }
  if (poisoned) {
    std::vector<Expr*> parts;
    for (Arg& arg : args) parts.push_back(arg.value);
    parts.push_back(poison(node.span));
    return block_of(parts, node.span);
  }
  for (const auto& level : callable.levels) {
    std::vector<Match> fits;
    for (const FnDef* def : level)
      if (std::optional<Match> found = match(*def, args, nullptr)) fits.push_back(*found);
    if (fits.empty()) continue;
    std::stable_sort(fits.begin(), fits.end(), [](const Match& a, const Match& b) { return a.score < b.score; });
    if (fits.size() > 1 && fits[0].score == fits[1].score && !same_params(*fits[0].def, *fits[1].def)) {
      // Fewer defaults used is nearer.
      auto defaults = [](const Match& each) { return std::count(each.arg_of_param.begin(), each.arg_of_param.end(), -1); };
      if (defaults(fits[0]) == defaults(fits[1])) {
        if (has_any) return any_call(callable, args, node, name_span);
        return error(name_span, "two functions named `" + std::string(callable.name) + "` fit equally well",
                     describe(*fits[0].def) + " and " + describe(*fits[1].def) + ": give a parameter of one a type");
      }
      if (defaults(fits[1]) < defaults(fits[0])) std::swap(fits[0], fits[1]);
    }
    if (has_any && fits[0].score >= score_cast && fits.size() > 1 && fits[0].score != score_any) return any_call(callable, args, node, name_span);
    return call_match(fits[0], args, node, name_span);
  }
  if (Expr* done = call_with_any_inside(callable, args, node, name_span)) return done;
  if (has_union) return call_per_member(callable, args, node, name_span);

  for (Arg& arg : args) {
    const Type* type = vars.zonk(arg.value->type);
    bool empty = (type->kind == TypeKind::list || type->kind == TypeKind::map) && type->args.back()->kind == TypeKind::never;
    if (!empty || !arg.node || !arg.node->is(Kind::name)) continue;
    std::string name(arg.node->text);
    return error(arg.span, "`" + name + "` was made empty, and nothing there told of what",
                 "write its type where it is made: `" + name + (type->kind == TypeKind::list ? ": List[Int] = []`" : ": Map[String, Int] = [:]`"));
  }

  if (Expr* said = habit_of_others(callable.name, args, node, name_span)) return said;
  // What came out of a mistake that is reported already.
  const auto holds_never = [&](const Arg& arg) {
    const Type* type = vars.zonk(arg.value->type);
    return std::any_of(type->args.begin(), type->args.end(), [](const Type* each) { return each->kind == TypeKind::never; });
  };
  if (std::any_of(args.begin(), args.end(), holds_never) && is_wrong_below(0)) return poison(node.span);

  // Nothing fits: say why, where there is one, else what there is.
  std::string types;
  for (std::size_t i = 0; i < args.size(); ++i) types += (i ? ", " : "") + show(args[i].value->type);
  std::vector<const FnDef*> all;
  for (const auto& level : callable.levels) all.insert(all.end(), level.begin(), level.end());
  std::vector<const FnDef*> same_count;
  for (const FnDef* def : all) {
    std::size_t least = 0;
    for (const ParamDef& param : def->params) least += !param.fallback;
    if (args.size() >= least && args.size() <= def->params.size()) same_count.push_back(def);
  }
  const FnDef* nearest_def = all.size() == 1 ? all[0] : same_count.size() == 1 ? same_count[0] : nullptr;
  if (nearest_def) {
    std::string why;
    match(*nearest_def, args, &why);
    Span span = name_span;
    // A parameter that is misspelt.
    for (const Arg& arg : args) {
      if (arg.name.empty()) continue;
      std::vector<std::string> names;
      for (const ParamDef& each : nearest_def->params) names.emplace_back(each.name);
      if (std::find(names.begin(), names.end(), arg.name) != names.end()) continue;
      std::string near = nearest(arg.name, names);
      Span at = name_before(arg.span, arg.name);
      return error(at, "`" + std::string(callable.name) + "` has no parameter `" + std::string(arg.name) + "`",
                   near.empty() ? "it is " + describe(*nearest_def) : "did you mean `" + near + "`?",
                   near.empty() ? std::vector<syntax::Edit>{} : std::vector<syntax::Edit>{{at, near}});
    }
    // The argument that does not fit gets the carets.
    std::size_t mark = vars.mark();
    TypeArgs type_args;
    std::vector<const Type*> wanted = param_types(*nearest_def, type_args);
    for (std::size_t i = 0; i < args.size() && i < wanted.size(); ++i)
      if (args[i].name.empty() && wanted[i] && match_arg(args[i].value, wanted[i], true) < 0) {
        span = args[i].span.end ? args[i].span : args[i].value->span;
        vars.rollback(mark);
        std::string param(nearest_def->params[i].name);
        std::size_t before = instance.diagnostics.size();
        coerce(args[i].value, wanted[i], span, "argument `" + param + "` of `" + std::string(callable.name) + "`");
        if (instance.diagnostics.size() > before) return poison(node.span);
        break;
      }
    vars.rollback(mark);
    return error(span, "`" + std::string(callable.name) + "` does not fit: " + why, "it is " + describe(*nearest_def));
  }
  std::string advice;
  std::size_t shown = 0;
  for (const FnDef* def : same_count.empty() ? all : same_count) {
    if (++shown > 4) {
      advice += ", ..";
      break;
    }
    advice += (advice.empty() ? "there is " : ", ") + describe(*def);
  }
  std::vector<syntax::Edit> edits;
  for (const auto& [reads, writes] : {std::pair{"json", "toJson"}, {"csv", "toCsv"}, {"tsv", "toTsv"}})
    if (callable.name == reads) {
      advice = "`" + std::string(reads) + "` reads a text; `" + writes + "` writes one";
      edits.push_back({name_span, writes});
    }
  return error(name_span, "no `" + std::string(callable.name) + "` takes (" + types + ")", advice, edits);
}

}  // namespace m31::types
