// When the cell is checked: effects, globals and identities of all that it reaches; the messages.
#include <algorithm>

#include "kernel/types/checker.h"

namespace m31::types {

void Checker::finish(Instance& cell) {
  std::vector<Instance*> reached{&cell};
  std::unordered_set<Instance*> seen{&cell};
  for (std::size_t i = 0; i < reached.size(); ++i)
    for (Instance* each : reached[i]->uses)
      if (seen.insert(each).second) reached.push_back(each);
  for (bool again = true; again;) {
    again = false;
    for (auto at = reached.rbegin(); at != reached.rend(); ++at) {
      Instance& user = **at;
      for (Instance* used : user.uses) {
        for (const std::string& effect : used->effects)
          if (effect != "PARENT") again |= user.effects.insert(effect).second;
        for (const auto& [symbol, type] : used->globals) again |= user.globals.emplace(symbol, type).second;
      }
    }
  }
  // Two instances that reach the same code under the same types are the same; what they reach is part of what they are.
  std::unordered_map<Instance*, std::vector<Instance*>> below;
  for (Instance* instance : reached) {
    core::FnInstance& core = *instance->core;
    core.effects.clear();
    core.globals.clear();
    core.callees.clear();
    for (const std::string& effect : instance->effects) core.effects.push_back(arena.copy(std::string_view(effect)));
    for (const auto& [symbol, type] : instance->globals) core.globals.push_back(arena.copy(std::string_view(symbol)));
    for (Instance* used : instance->uses) core.callees.push_back(used->core);
    std::vector<Instance*> all{instance};
    std::unordered_set<Instance*> inner{instance};
    for (std::size_t i = 0; i < all.size(); ++i)
      for (Instance* each : all[i]->uses)
        if (inner.insert(each).second) all.push_back(each);
    std::vector<std::string> identities;
    for (std::size_t i = 1; i < all.size(); ++i) identities.push_back(all[i]->context.identity);
    std::sort(identities.begin(), identities.end());
    std::string whole = instance->context.identity + instance->named_calls;
    for (const std::string& each : identities) whole += ";" + each;
    for (const auto& [symbol, type] : instance->globals) whole += "$" + symbol + ":" + encode_type(vars.runtime(type));
    core.identity = core.name + "-" + syntax::hash_bytes(whole).hex();
  }
}

std::vector<UsedInstance> Checker::used() const {
  std::vector<UsedInstance> all;
  std::vector<const Instance*> reached{cell_};
  std::unordered_set<const Instance*> seen{cell_};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const Instance& each = *reached[i];
    for (const std::vector<Instance*>* more : {&each.uses, &each.also_checked, &each.checked_again})
      for (const Instance* next : *more)
        if (seen.insert(next).second) reached.push_back(next);
    if (!each.def || each.def->is_nested || each.def->context.module->is_library || each.forced_out) continue;
    const bool typed = each.def->type_params.empty() && std::all_of(each.def->params.begin(), each.def->params.end(), [](const ParamDef& param) { return param.type != nullptr; });
    const bool is_closed = std::none_of(each.params.begin(), each.params.end(), [&](const Type* type) { return vars.is_open(type); });
    if (typed || !is_closed) continue;
    UsedInstance& made = all.emplace_back();
    made.def = each.def;
    made.params = each.params;
    const std::size_t own = each.def->type_params.size(), with = each.context.type_args.size();
    made.type_args.assign(each.context.type_args.end() - static_cast<std::ptrdiff_t>(std::min(own, with)), each.context.type_args.end());
  }
  return all;
}

const Type* Checker::as_now(const Type* type) {
  if (is_template(type) || type->args.empty()) {
    if (type->kind != TypeKind::named) return type;
  }
  std::vector<const Type*> args;
  for (const Type* arg : type->args) args.push_back(as_now(arg));
  switch (type->kind) {
    case TypeKind::tuple: return tuple_of(args);
    case TypeKind::list: return list_of(args[0]);
    case TypeKind::map: return map_of(args[0], args[1]);
    case TypeKind::record: return record_of(type->names, args);
    case TypeKind::union_: return union_of(args);
    case TypeKind::fn: return fn_of(std::span(args).first(args.size() - 1), args.back(), type->names);
    case TypeKind::named: {
      const TypeDecl* decl = type->decl;
      if (decl->module.empty())
        if (auto found = session.types.find(decl->name); found != session.types.end() && found->second->decl && found->second->params.size() == args.size())
          decl = found->second->decl;
      const Type* made = named_of(decl, args);
      complete(made);
      return made;
    }
    case TypeKind::type_value:
    case TypeKind::sender:
    case TypeKind::receiver:
    case TypeKind::stream:
    case TypeKind::space: return unary_of(type->kind, args[0]);
    default: return type;
  }
}

std::vector<syntax::Diagnostic> Checker::diagnostics() const {
  std::vector<Instance*> reached{cell_};
  std::unordered_set<Instance*> seen{cell_};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (Instance* each : reached[i]->uses)
      if (seen.insert(each).second) reached.push_back(each);
    for (Instance* each : reached[i]->also_checked)
      if (seen.insert(each).second) reached.push_back(each);
  }
  std::vector<syntax::Diagnostic> all;
  std::set<std::tuple<const syntax::Source*, std::uint32_t, std::uint32_t, std::string>> known;
  for (const Instance* instance : reached)
    for (syntax::Diagnostic diagnostic : instance->diagnostics) {
      const Instance* user = instance;
      bool in_library = instance->context.module && instance->context.module->is_library;
      if (in_library) {
        std::string name = instance->shown;
        syntax::Note note{diagnostic.source, diagnostic.span, "inside " + name};
        while (user && user->context.module->is_library) {
          diagnostic.source = user->used_in;
          diagnostic.span = user->used_at;
          user = user->user;
        }
        diagnostic.message = "in " + name + ": " + diagnostic.message;
        diagnostic.edits.clear();
        diagnostic.notes.push_back(note);
      } else if (instance != cell_ && instance->user && instance->user != instance) {
        bool generic = instance->lambda != nullptr;
        if (instance->def) {
          const bool by_itself = instance->used_in == instance->def->context.source && instance->used_at.begin == instance->def->node->span.begin;
          for (const ParamDef& param : instance->def->params) generic |= !param.type && !by_itself;
        }
        if (generic) diagnostic.notes.push_back({instance->used_in, instance->used_at, "in " + instance->shown + ", used here"});
      }
      if (!known.insert({diagnostic.source.get(), diagnostic.span.begin, diagnostic.span.end, diagnostic.message}).second) continue;
      all.push_back(std::move(diagnostic));
    }
  for (const Instance* first : cell_->checked_again) {
    std::vector<const Instance*> below;
    if (seen.insert(const_cast<Instance*>(first)).second) below.push_back(first);
    for (std::size_t i = 0; i < below.size(); ++i) {
      for (Instance* each : below[i]->uses)
        if (seen.insert(each).second) below.push_back(each);
      for (syntax::Diagnostic diagnostic : below[i]->diagnostics) {
        if (diagnostic.severity != syntax::Severity::error) continue;
        diagnostic.severity = syntax::Severity::warning;
        const bool named = below[i]->def && !below[i]->def->context.module->is_library;
        diagnostic.message = "`" + (named ? below[i] : first)->shown + "` no longer checks: " + diagnostic.message;
        diagnostic.edits.clear();
        all.push_back(std::move(diagnostic));
      }
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const syntax::Diagnostic& a, const syntax::Diagnostic& b) {
    if (a.severity != b.severity) return a.severity < b.severity;
    return a.span.begin < b.span.begin;
  });
  return all;
}

}  // namespace m31::types
