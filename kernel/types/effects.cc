// Effects are capabilities: naming one is an effect, and needs that the environment grants it.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

namespace {

constexpr std::string_view capabilities[] = {"clock", "fs", "host", "http", "net", "print", "random", "sh", "stdin", "sys"};

}  // namespace

bool Inference::is_capability(std::string_view name) {
  return std::find(std::begin(capabilities), std::end(capabilities), name) != std::end(capabilities);
}

bool Inference::use_capability(std::string_view name, Span span) {
  instance.effects.insert(std::string(name));
  if (name == "fs") checker.know_spaces();
  if (checker.granted(name)) return true;
  std::string granted;
  for (const std::string& each : checker.environment.capabilities) granted += (granted.empty() ? "" : ", ") + each;
  error(span, "the capability `" + std::string(name) + "` is not granted here",
        granted.empty() ? "this environment grants nothing" : "this environment grants " + granted);
  return false;
}

// fn f(x) uses {fs}: what its code uses beyond that is an error.
void Inference::check_uses(const FnDef& def) {
  if (!def.uses) return;
  std::string demanded;
  std::set<std::string_view> named;
  for (const Node* field : def.uses->kids) {
    named.insert(field->text);
    demanded += std::string(field->text) + ", ";
  }
  for (const auto& [effect, chain] : reached_effects(instance)) {
    if (named.count(effect) || effect == "chan" || effect == "PARENT" || effect == "any") continue;
    std::string through;
    for (const Instance* each : chain) through += (through.empty() ? ": it calls `" : ", which calls `") + each->shown + "`";
    std::string written = "{" + demanded + effect + "}";
    error(def.uses->span, "`" + std::string(def.name) + "` uses `" + effect + "` too" + through, "write `uses " + written + "`, or do without",
          {{def.uses->span, written}});
  }
}

// Every effect of this function and of all it calls, with the nearest way to it.
std::map<std::string, std::vector<const Instance*>> Inference::reached_effects(const Instance& instance) {
  std::map<std::string, std::vector<const Instance*>> effects;
  for (const std::string& effect : instance.effects) effects[effect];
  std::vector<std::pair<const Instance*, std::size_t>> reached;      // and who asked for it
  std::unordered_set<const Instance*> seen{&instance};
  for (const Instance* each : instance.uses)
    if (seen.insert(each).second) reached.emplace_back(each, SIZE_MAX);
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const std::string& effect : reached[i].first->effects) {
      if (effects.count(effect)) continue;
      std::vector<const Instance*>& chain = effects[effect];
      for (std::size_t at = i; at != SIZE_MAX; at = reached[at].second) chain.insert(chain.begin(), reached[at].first);
    }
    for (const Instance* each : reached[i].first->uses)
      if (seen.insert(each).second) reached.emplace_back(each, i);
  }
  return effects;
}

}  // namespace m31::types
