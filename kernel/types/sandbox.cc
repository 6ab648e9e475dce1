// Sandboxes: sandbox({print}, limits: {time: 5s}), box.run(f, [x]), box.spawn(f, [x]).
//
// What a box grants is part of its type, so that code which reaches further is refused where it is written. The run asks again, at
// each use (runtime/box.h): that is what holds, for whatever the checker cannot see.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

struct Limit {
  std::string_view name;
  TypeKind kind;
};
// In the order in which sandbox.make takes them (runtime/box.h).
constexpr Limit limits[] = {
    {"memory", TypeKind::int_},  {"time", TypeKind::duration}, {"wall", TypeKind::duration}, {"stack", TypeKind::int_}, {"fibrils", TypeKind::int_},
    {"channels", TypeKind::int_}, {"messages", TypeKind::int_}, {"store", TypeKind::int_},    {"output", TypeKind::int_},
};

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& each : names) all += (all.empty() ? "" : ", ") + each;
  return all;
}

}  // namespace

// One name of the environment: which capability it grants, or nothing when it was refused.
std::string_view Inference::granted_by(const Node& field) {
  if (field.is(Kind::spread)) {
    error(field.span, "the capabilities of a sandbox are written out", "write `{print, fs}`");
    return {};
  }
  const Node& value = field[0];
  std::string_view capability;
  if (value.is(Kind::name) && is_capability(value.text) && !lookup(value.text)) {
    if (!use_capability(value.text, value.span)) return {};
    capability = value.text;
  } else {
    const Type* type = vars.resolve(infer(value)->type);
    if (type->kind == TypeKind::never) return {};
    if (type->kind != TypeKind::capability) {
      error(value.span, "a sandbox grants capabilities, and this is " + show(type), "give values to what runs in it: `box.run(f, [x])`");
      return {};
    }
    capability = type->name;
  }
  if (field.text != capability) {
    error(field.span, "the capability `" + std::string(capability) + "` keeps its name in a sandbox", "write `" + std::string(capability) + "`",
          {{field.span, std::string(capability)}});
    return {};
  }
  return capability;
}

Expr* Inference::sandbox(std::vector<Arg> args, const Node& node, Span name_span) {
  const std::size_t errors = instance.diagnostics.size();
  const Node* environment = nullptr;
  const Node* bounds = nullptr;
  bool checks_run = false;
  for (Arg& arg : args) {
    if (arg.name.empty() && !environment && arg.node) {
      environment = arg.node;
    } else if (arg.name == "limits" && arg.node && arg.node->is(Kind::record)) {
      bounds = arg.node;
    } else if (arg.name == "checks" && arg.node && arg.node->is(Kind::string_lit) && (arg.node->text == "run" || arg.node->text == "compile")) {
      checks_run = arg.node->text == "run";
    } else if (arg.name == "checks") {
      error(arg.span, "`checks` says when a sandbox asks: \"compile\" or \"run\"", "write `checks: \"run\"`");
    } else if (arg.name == "limits") {
      error(arg.span, "the limits of a sandbox are written out", "write `limits: {time: 5s, memory: 64mb}`");
    } else {
      std::string near = nearest(arg.name, {"limits", "checks"});
      error(arg.span, arg.name.empty() ? "sandbox takes one environment" : "sandbox has no parameter `" + std::string(arg.name) + "`",
            near.empty() ? "write `sandbox({print}, limits: {time: 5s})`" : "did you mean `" + near + "`?");
    }
  }
  if (!environment || !environment->is(Kind::record)) {
    if (instance.diagnostics.size() > errors) return poison(node.span);
    return error(environment ? environment->span : name_span, "sandbox takes the environment of what runs in it, written out",
                 "write `sandbox({print})`, or `sandbox({})` for one that grants nothing");
  }
  std::vector<std::string> granted;
  for (const Node* field : environment->kids)
    if (std::string_view name = granted_by(*field); !name.empty()) granted.emplace_back(name);
  std::sort(granted.begin(), granted.end());
  granted.erase(std::unique(granted.begin(), granted.end()), granted.end());

  std::vector<Expr*> values(std::size(limits));
  for (const Node* field : bounds ? bounds->kids : std::span<Node* const>()) {
    const auto* limit = field->is(Kind::spread) ? nullptr
                        : std::find_if(std::begin(limits), std::end(limits), [&](const Limit& each) { return each.name == field->text; });
    if (!limit || limit == std::end(limits)) {
      std::vector<std::string> names;
      for (const Limit& each : limits) names.emplace_back(each.name);
      std::string near = nearest(field->text, names);
      error(field->span, "there is no limit `" + std::string(field->text) + "`",
            near.empty() ? "there are " + listed(names) : "did you mean `" + near + "`?");
      continue;
    }
    Expr*& value = values[static_cast<std::size_t>(limit - limits)];
    value = infer_as((*field)[0], basic(limit->kind), "the limit `" + std::string(limit->name) + "`");
  }
  if (instance.diagnostics.size() > errors) return poison(node.span);

  std::vector<Expr*> kids{string_const(listed(granted), node.span)};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) {
      values[i] = int_const(-1, node.span);
      values[i]->type = basic(limits[i].kind);
    }
    kids.push_back(values[i]);
  }
  const Type* what = basic(TypeKind::any);
  if (!checks_run) {
    std::vector<std::string_view> names;
    std::vector<const Type*> types;
    for (const std::string& each : granted) {
      types.push_back(capability_of(each));
      names.push_back(types.back()->name);
    }
    what = record_of(names, types);
  }
  return host("sandbox.make", unary_of(TypeKind::sandbox, what), node.span, kids);
}

Expr* Inference::call_sandbox(std::string_view name, Expr* box, std::vector<Arg> args, const Node& node, Span name_span) {
  if (name == "spawn") return call_spawn(std::move(args), node, box);
  if (name == "revoke") {
    if (!args.empty()) return error(args[0].span, "revoke takes no argument", "write `box.revoke()`");
    return host("sandbox.revoke", basic(TypeKind::none), node.span, {box});
  }
  if (name != "run") {
    for (Arg& arg : args) value_of(arg);
    std::string near = nearest(name, {"run", "spawn", "revoke"});
    return error(name_span, "a sandbox has no `" + std::string(name) + "`", near.empty() ? "it has run, spawn and revoke" : "did you mean `" + near + "`?",
                 near.empty() ? std::vector<syntax::Edit>{} : std::vector<syntax::Edit>{{name_span, near}});
  }
  Expr* spawned = call_spawn(std::move(args), node, box);
  if (vars.resolve(spawned->type)->kind == TypeKind::never) return spawned;
  const BoxUse& use = box_uses_.back();    // noted by that spawn
  if (use.target->uses_parent)
    return error(name_span, "`" + use.target->shown + "` speaks to PARENT, and run waits for its result only", "write `s, r = box.spawn(f, [..])`");
  // The result is the only message. None is not sent: then the end is what comes.
  const Type* result = vars.resolve(use.result);
  const bool is_none = result->kind == TypeKind::none || result->kind == TypeKind::never;
  const bool may_be_none = result->kind == TypeKind::union_ && is_subset(basic(TypeKind::none), result);
  std::vector<Arg> ends(1);
  ends[0].value = spawned;
  ends[0].span = node.span;
  Module* module = checker.library.find("sandbox");
  return call_overloads(functions_named(is_none ? "_wait" : may_be_none ? "_valueIfAny" : "_value", context, module, ends), ends, node, name_span);
}

// What runs in a box uses no more than the box grants.
void Inference::check_boxes() {
  for (const BoxUse& use : box_uses_) {
    const Type* granted = vars.resolve(use.box)->args[0];
    if (granted->kind != TypeKind::record) continue;              // known when it runs
    for (const auto& [effect, chain] : reached_effects(*use.target)) {
      if (effect == "chan" || effect == "PARENT" || effect == "any") continue;
      if (std::find(granted->names.begin(), granted->names.end(), effect) != granted->names.end()) continue;
      std::string through;
      for (const Instance* each : chain) through += (through.empty() ? ": it calls `" : ", which calls `") + each->shown + "`";
      std::vector<std::string> names(granted->names.begin(), granted->names.end());
      error(use.span, "`" + use.target->shown + "` uses `" + effect + "`, which this sandbox does not grant" + through,
            names.empty() ? "it grants nothing" : "it grants " + listed(names));
    }
  }
}

}  // namespace m31::types
