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
  std::set<std::string> effects = instance.effects;
  std::vector<Instance*> reached{instance.uses.begin(), instance.uses.end()};
  std::unordered_set<Instance*> seen{reached.begin(), reached.end()};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    effects.insert(reached[i]->effects.begin(), reached[i]->effects.end());
    for (Instance* each : reached[i]->uses)
      if (seen.insert(each).second) reached.push_back(each);
  }
  for (const std::string& effect : effects) {
    bool demanded = std::any_of(def.uses->kids.begin(), def.uses->kids.end(), [&](const Node* field) { return field->text == effect; });
    if (demanded || effect == "chan" || effect == "PARENT" || effect == "any") continue;
    error(def.uses->span, "`" + std::string(def.name) + "` uses `" + effect + "` too", "write it there, or do without");
  }
}

}  // namespace m31::types
