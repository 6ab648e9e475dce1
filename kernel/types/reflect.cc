// Reflection: reflect(x), help(x), and the commands :type, :effects, :bytecode, :help. What is asked about is known when the
// program is checked, so the answers are constants; only the size of a value, and the type of what an Any holds, are found
// while it runs.
#include <algorithm>

#include "kernel/types/describe.h"
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

constexpr std::string_view commands[] = {"bytecode", "effects", "explain", "help", "type"};

constexpr std::string_view this_node = "/node/local";

const Type* text_type() { return basic(TypeKind::string); }

// Things of the mantle, which have names.
bool is_placed(const Type* type) {
  return type->kind == TypeKind::stream || type->kind == TypeKind::sender || type->kind == TypeKind::receiver || type->kind == TypeKind::fibril;
}

}  // namespace

bool Inference::is_reflection(std::string_view name) const {
  if (name != "help" && name != "reflect" && name != "explain") return false;
  return !context.module->fns.contains(name) && (context.module->is_library || !checker.globals.contains(name));
}

Expr* Inference::reflection(std::string_view name, std::vector<Arg> args, const Node& node) {
  if (name == "help") return help(std::move(args), node);
  return name == "explain" ? explain(std::move(args), node) : reflect(std::move(args), node);
}

bool Inference::is_shell_word(std::string_view name) {
  return std::find(std::begin(commands), std::end(commands), name) != std::end(commands);
}

// The functions, type or module that an expression names; nothing when it is a value.
Description Inference::described(const Node& node, std::vector<const FnDef*>* defs) {
  std::vector<const FnDef*> found;
  std::vector<Arg> none;
  Description made;
  const auto take = [&](const Callable& callable) {
    for (const auto& level : callable.levels) {
      found.insert(found.end(), level.begin(), level.end());
      if (!context.module->is_library && level[0]->context.module == context.module) break;   // it hides those outside
    }
  };
  if (node.is(Kind::name)) {
    if (lookup(node.text)) return made;
    if (auto global = checker.globals.find(node.text); global != checker.globals.end() && !is_callable(global->second.type)) return made;
    take(functions_named(node.text, context, nullptr, none));
    if (found.empty()) {
      if (TypeDef* type = find_type(node.text, context)) return types::describe(*type);
      ConstructorDef constructor;
      Module* module = nullptr;
      if (find_constructor(node.text, context, constructor, module)) return types::describe(*constructor.type);
      if (checker.library.has(node.text)) return describe_module(checker.library, node.text);
      return describe_built_in(node.text);
    }
  } else if (node.is(Kind::member)) {
    Qualifier qualifier = qualifier_of(node[0]);
    if (!qualifier.module) return made;
    take(functions_named(node.text, context, qualifier.module, none));
    if (found.empty()) {
      if (auto type = qualifier.module->types.find(node.text); type != qualifier.module->types.end()) return types::describe(*type->second);
      if (auto constant = qualifier.module->constants.find(node.text); constant != qualifier.module->constants.end()) {
        made.kind = Description::Kind::constant;
        made.name = node.text;
        made.module = qualifier.module->name;
        Span span = constant->second.value->span;
        if (qualifier.module->source) made.type = qualifier.module->source->text().substr(span.begin, span.end - span.begin);
      }
    }
  }
  if (found.empty()) return made;
  if (defs) *defs = found;
  return types::describe(source_text(node.span), found, checker);
}

// Functions whose first parameter takes a value of this type. In the library's collections a parameter `xs` without a type
// stands for everything that a `for` can walk through.
std::vector<std::string> Inference::methods_of(const Type* type) {
  std::set<std::string> names;
  const bool can_walk = type->kind == TypeKind::list || type->kind == TypeKind::map || type->kind == TypeKind::range ||
                        type->kind == TypeKind::stream || type->kind == TypeKind::receiver;
  Expr* value = make(Op::none, type, {});
  const auto look = [&](Module& module, std::string_view name) {
    for (const FnDef* def : checker.library.fns_of(module, name)) {
      if (def->params.empty()) continue;
      if (!def->params[0].type) {
        if (can_walk && def->params[0].name == "xs") names.insert(std::string(name));
        continue;
      }
      const std::size_t mark = vars.mark();
      TypeArgs type_args;
      const Type* wanted = param_types(*def, type_args)[0];
      if (vars.resolve(wanted)->kind != TypeKind::any && match_arg(value, wanted, true) >= 0) names.insert(std::string(name));
      vars.rollback(mark);
    }
  };
  for (const auto& [name, defs] : checker.session.fns) look(checker.session, name);
  for (std::string_view module : Library::open_names)
    for (std::string_view name : checker.library.names_of(*checker.library.find(module))) look(*checker.library.find(module), name);
  if (Module* module = module_of(type))
    for (std::string_view name : checker.library.names_of(*module)) look(*module, name);
  return {names.begin(), names.end()};
}

Expr* Inference::text_list(const std::vector<std::string>& texts, Span span) {
  std::vector<Expr*> items;
  for (const std::string& each : texts) items.push_back(string_const(each, span));
  return make_with(Op::make_list, list_of(text_type()), span, items);
}

Expr* Inference::record_value(const std::vector<std::pair<std::string_view, Expr*>>& fields, Span span) {
  std::vector<std::string_view> names;
  std::vector<const Type*> types;
  std::vector<Expr*> values;
  for (const auto& [name, value] : fields) {
    names.push_back(name);
    types.push_back(value->type);
    values.push_back(value);
  }
  return make_with(Op::make_record, record_of(names, types), span, values);
}

// A list of {name, type}.
Expr* Inference::named_types(const std::vector<std::pair<std::string, std::string>>& all, Span span) {
  const std::string_view names[] = {"name", "type"};
  const Type* types[] = {text_type(), text_type()};
  std::vector<Expr*> items;
  for (const auto& [name, type] : all)
    items.push_back(record_value({{"name", string_const(name, span)}, {"type", string_const(type, span)}}, span));
  return make_with(Op::make_list, list_of(record_of(names, types)), span, items);
}

Expr* Inference::reflect(std::vector<Arg> args, const Node& node) {
  const Span span = node.span;
  if (args.size() != 1 || !args[0].name.empty()) return error(span, "reflect takes one value", "write `reflect(x)`");
  const auto text = [&](std::string_view value) { return string_const(value, span); };
  if (args[0].node) {
    const Description of = described(*args[0].node, nullptr);
    if (of.kind == Description::Kind::function) {
      const FnDescription& first = of.functions[0];
      std::vector<std::pair<std::string, std::string>> params;
      for (const ParamDescription& each : first.params) params.emplace_back(each.name, each.type.empty() ? "_" : each.type);
      std::vector<std::string> overloads;
      for (const FnDescription& each : of.functions) overloads.push_back(each.signature + shown_effects(each.effects));
      return record_value({{"name", text(of.name)}, {"type", text(overloads[0])}, {"parameters", named_types(params, span)},
                           {"effects", text_list(first.effects, span)}, {"doc", text(of.doc)}, {"source", text(first.source)},
                           {"fingerprint", text(first.fingerprint)}, {"module", text(of.module)},
                           {"overloads", text_list(overloads, span)}}, span);
    }
    if (of.kind == Description::Kind::module) {
      std::vector<std::string> members;
      for (const Member& each : of.members) members.push_back(each.name);
      return record_value({{"name", text(of.name)}, {"type", text("module")}, {"doc", text(of.doc)}, {"members", text_list(members, span)}}, span);
    }
    if (of.kind == Description::Kind::type)
      return record_value({{"name", text(of.name)}, {"type", text("Type")}, {"doc", text(of.doc)}, {"source", text(of.type)}}, span);
  }
  const Flow before = flow_;               // a stream is not used up by being looked at
  Expr* value = value_of(args[0]);
  const Type* type = known(vars.zonk(value->type), args[0].span);
  if (type->kind == TypeKind::stream) flow_ = before;
  if (type->kind == TypeKind::never) return poison(span);
  if (is_template(type)) {
    return record_value({{"type", block_of({value, text(show(type))}, span)}, {"fields", named_types({}, span)}, {"methods", text_list({}, span)},
                         {"size", int_const(0, span)}}, span);
  }
  std::vector<std::pair<std::string, std::string>> fields;
  if (type->kind == TypeKind::record)
    for (std::size_t i = 0; i < type->args.size(); ++i) fields.emplace_back(type->names[i], show(type->args[i]));
  if (type->kind == TypeKind::named && !type->decl->is_sum && !type->constructors.empty())
    for (std::size_t i = 0; i < type->constructors[0].fields.size(); ++i)
      fields.emplace_back(type->constructors[0].fields[i], show(type->constructors[0].types[i]));
  std::uint32_t local = 0;
  Expr* keep = copy_to_temp(value, local);
  const auto kept = [&] { return read_local(local, type, span); };
  const bool is_handle = type->kind == TypeKind::stream || type->kind == TypeKind::sender || type->kind == TypeKind::receiver ||
                         type->kind == TypeKind::fibril || type->kind == TypeKind::sandbox || type->kind == TypeKind::fn || type->kind == TypeKind::capability ||
                         type->kind == TypeKind::module || type->kind == TypeKind::type_value || type->kind == TypeKind::space;
  Expr* shown = type->kind == TypeKind::any ? native("reflect.type", text_type(), span, {kept()}) : text(show(type));
  Expr* size = is_handle ? int_const(0, span) : native("reflect.size", basic(TypeKind::int_), span, {kept()});
  // Where it is, what is written on it and where it comes from: of values in this fibril's own memory there is nothing to say.
  const Type* string = text_type();
  const Type* texts = map_of(string, string);
  const bool has_place = is_placed(type);
  const auto told = [&](std::string_view word) {
    return has_place ? native(word, texts, span, {kept()}) : make_with(Op::make_map, texts, span, {});
  };
  Expr* place = record_value({{"node", text(this_node)}, {"uri", has_place ? native("reflect.uri", string, span, {kept()}) : text("")}}, span);
  return block_of({keep, record_value({{"type", shown}, {"fields", named_types(fields, span)}, {"methods", text_list(methods_of(type), span)},
                                       {"size", size}, {"place", place}, {"labels", told("reflect.labels")},
                                       {"provenance", told("reflect.provenance")}}, span)}, span);
}

Expr* Inference::print_text(std::string_view text, Span span) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (!use_capability("print", span)) return poison(span);
  Expr* call = host("print", basic(TypeKind::none), span, {string_const(text, span)});
  call->integer = 1;
  return call;
}

Expr* Inference::help(std::vector<Arg> args, const Node& node) {
  if (args.empty()) return print_text(overview(checker.library), node.span);
  if (args.size() != 1 || !args[0].name.empty()) return error(node.span, "help takes one name or value", "write `help(x)`");
  Description of;
  if (args[0].node) of = described(*args[0].node, nullptr);
  if (of.kind != Description::Kind::nothing) return print_text(help_text(of), node.span);
  const Flow before = flow_;
  Expr* value = value_of(args[0]);
  const Type* type = known(vars.zonk(value->type), args[0].span);
  if (type->kind == TypeKind::never) return poison(node.span);
  of.kind = Description::Kind::value;
  of.name = source_text(args[0].span);
  of.type = show(type);
  if (!is_template(type)) of.methods = methods_of(type);
  if (!is_placed(type)) return block_of({value, print_text(help_text(of), node.span)}, node.span);
  flow_ = before;
  if (!use_capability("print", node.span)) return poison(node.span);
  Expr* text = make(Op::concat, text_type(), node.span,
                    {string_const(help_text(of) + "\n  place: ", node.span), native("reflect.uri", text_type(), node.span, {value})});
  Expr* call = host("print", basic(TypeKind::none), node.span, {text});
  call->integer = 1;
  return call;
}

Expr* Inference::shell_word(std::string_view name, std::vector<Arg> args, const Node& node) {
  if (name == "help") return help(std::move(args), node);
  const Span span = node.span;
  if (name == "explain") {
    Expr* plan = explain(std::move(args), node);
    if (vars.resolve(plan->type)->kind == TypeKind::never || !use_capability("print", span)) return poison(span);
    Expr* call = host("print", basic(TypeKind::none), span, {plan});
    call->integer = 1;
    return call;
  }
  if (args.size() != 1 || !args[0].node)
    return error(span, "`:" + std::string(name) + "` takes one " + (name == "type" ? "expression" : "function"));
  std::vector<const FnDef*> defs;
  const Description of = described(*args[0].node, &defs);
  if (name == "type") {
    if (of.kind == Description::Kind::function || of.kind == Description::Kind::type) {
      std::string text;
      for (const FnDescription& each : of.functions) text += each.signature + shown_effects(each.effects) + "\n";
      return print_text(of.functions.empty() ? of.type : text, span);
    }
    // Nothing of it runs: only its type is wanted.
    Expr* value = value_of(args[0]);
    const Type* type = known(vars.zonk(value->type), args[0].span);
    return type->kind == TypeKind::never ? poison(span) : print_text(show(type), span);
  }
  if (of.kind != Description::Kind::function)
    return error(args[0].span, "`" + source_text(args[0].span) + "` names no function", "`:type e` shows the type of any expression");
  if (name == "effects") {
    std::string text;
    for (const FnDescription& each : of.functions)
      text += each.signature + (each.effects.empty() ? " uses {}" : shown_effects(each.effects)) + "\n";
    return print_text(text, span);
  }
  // The code of functions with types is made now; of the others there is what was called before.
  std::string core_name;
  for (const FnDef* def : defs) {
    TypeArgs type_args;
    std::vector<const Type*> params = param_types(*def, type_args);
    const bool is_typed = type_args.empty() && std::none_of(params.begin(), params.end(), [&](const Type* each) { return !each || vars.is_open(each); });
    const std::string module = def->context.module->name;
    core_name = (module.empty() || Library::is_open(module) ? "" : module + ".") + std::string(def->name);
    if (is_typed && def->native.empty()) checker.instantiate(*def, params, {}, nullptr, {&instance, context.source, span});
  }
  if (!use_capability("host", span)) return poison(span);
  Expr* call = host("shell.bytecode", basic(TypeKind::none), span, {string_const(core_name, span)});
  call->integer = 1;
  return call;
}

}  // namespace m31::types
