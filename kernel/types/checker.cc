// Instances and their rounds; see checker.h.
#include "kernel/types/checker.h"

#include <algorithm>
#include <functional>

#include "kernel/base/ensure.h"
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;

namespace {

constexpr unsigned rounds_max = 12;
constexpr std::size_t nesting_of_one_max = 24, nesting_max = 300;

void complete_for(void* context, const Type* named) { static_cast<Checker*>(context)->complete(named); }

// Number of `wanted` in the tree of `root`, walked in order: the same for equal text.
bool count_to(const Node& node, const Node* wanted, std::size_t& count) {
  if (&node == wanted) return true;
  ++count;
  for (const Node* kid : node.kids)
    if (count_to(*kid, wanted, count)) return true;
  return false;
}

std::string path_in(const Node* root, const Node* node) {
  std::size_t count = 0;
  if (root && node) count_to(*root, node, count);
  return std::to_string(count);
}

}  // namespace

void add_type_key(std::string& key, const Type* type) {
  std::uint32_t id = type ? type->id : 0xffff'ffff;
  key.append(reinterpret_cast<const char*>(&id), sizeof id);
}

Checker::Checker(Arena& arena_, Library& library_, Module& session_, std::map<std::string, Global, std::less<>>& globals_,
                 std::vector<SpaceShape>& spaces_, std::unordered_map<std::string, Template*>& templates,
                 std::deque<Template>& template_store, std::deque<core::FnInstance>& instances, const Environment& environment_)
    : arena(arena_), library(library_), session(session_), globals(globals_), spaces(spaces_), environment(environment_),
      templates_(templates), template_store_(template_store), core_instances_(instances),
      globals_before_(globals_), spaces_before_(spaces_), complete_scope_(complete_for, this) {
  for (auto& [name, def] : session.types)
    if (def->decl) type_defs[def->decl] = def;
}

Checker::~Checker() = default;

// ---------------------------------------------------------------------------------- declared types

TypeDef* Checker::type_def_of(const TypeDecl* decl) const {
  auto found = type_defs.find(decl);
  if (found != type_defs.end()) return found->second;
  if (decl->module.empty()) return nullptr;
  Module* module = library.find(decl->module);
  if (!module) return nullptr;
  for (auto& [name, def] : module->types)
    if (def->decl == decl) return def;
  return nullptr;
}

void Checker::complete(const Type* named) {
  if (!named->constructors.empty()) return;
  TypeDef* def = type_def_of(named->decl);
  if (!def) return;
  Instance nobody;
  core::FnInstance core;
  nobody.core = &core;
  nobody.context.module = def->module;
  nobody.context.source = def->source;
  Inference inference(*this, nobody);
  TypeArgs args;
  for (std::size_t i = 0; i < def->params.size(); ++i) args.emplace_back(def->params[i], named->args[i]);
  const Node& decl = *def->node;
  std::vector<std::vector<std::string_view>> names;
  std::vector<std::vector<const Type*>> types;
  std::vector<Constructor> constructors;
  names.reserve(decl.size());
  types.reserve(decl.size());
  // Recursive declarations meet their own, unfinished type here: it is the same pointer.
  if (def->is_resolving) return;
  def->is_resolving = true;
  for (std::size_t i = 1; i < decl.size(); ++i) {
    names.emplace_back();
    types.emplace_back();
    for (const Node* field : decl[i].kids) {
      names.back().push_back(field->text);
      types.back().push_back(inference.resolve_type((*field)[0], nobody.context, args, false));
    }
    constructors.push_back({decl[i].is(Kind::type_ctor) ? decl[i].text : decl.text, names.back(), types.back()});
  }
  def->is_resolving = false;
  for (const auto& fields : types)
    for (const Type* field : fields)
      if (vars.is_open(field)) return;     // of a trial: completed when its arguments are known
  set_constructors(named, constructors);
  // What was met while this one was unfinished.
  std::function<void(const Type*, unsigned)> finish_inner = [&](const Type* type, unsigned depth) {
    if (depth > 8) return;
    if (type->kind == TypeKind::named && type->constructors.empty()) complete(type);
    for (const Type* arg : type->args) finish_inner(arg, depth + 1);
  };
  for (const auto& fields : types)
    for (const Type* field : fields) finish_inner(field, 0);
}

void Checker::load_errors() {
  Module* module = library.find("errors");
  if (!module) return;
  for (auto& [name, def] : module->types)
    if (def->decl && def->params.empty()) complete(named_of(def->decl, {}));
}

void Checker::begin_cell_round() {
  defined.clear();
  defined_names_.clear();
  globals = globals_before_;
  spaces = spaces_before_;
  // What was checked before saw names that are not there yet.
  for (Instance& each : instances_)
    if (&each != cell_ && each.state == Instance::State::done) {
      each.state = Instance::State::fresh;
      each.result = each.in = each.out = basic(TypeKind::never);
      each.uses_parent = false;
    }
}

void Checker::note_defined(std::string_view name) {
  if (defined_names_.emplace(name).second) defined.emplace_back(name);
}

bool Checker::was_checked(const FnDef& def) const {
  return std::any_of(instances_.begin(), instances_.end(), [&](const Instance& each) { return each.def == &def; });
}

bool Checker::granted(std::string_view capability) const {
  return std::find(environment.capabilities.begin(), environment.capabilities.end(), capability) != environment.capabilities.end();
}

void Checker::know_spaces() {
  if (spaces_asked_) return;
  spaces_asked_ = true;
  auto add = [&](const SpaceShape& shape) {
    for (SpaceShape& each : spaces)
      if (each.name == shape.name) {
        each = shape;
        return;
      }
    spaces.push_back(shape);
  };
  std::vector<SpaceShape> added = std::move(spaces);
  spaces = spaces_before_;
  for (const SpaceShape& shape : environment.spaces) add(shape);
  if (environment.load_spaces && granted("fs"))
    for (const SpaceShape& shape : environment.load_spaces(environment.context)) add(shape);
  spaces_before_ = spaces;
  for (const SpaceShape& shape : added) add(shape);
}

const Template* Checker::intern(Template made) {
  std::string key = made.identity;
  for (const Capture& capture : made.captures) {
    key += ' ';
    key += capture.name;
    add_type_key(key, capture.type);
  }
  auto [at, is_new] = templates_.try_emplace(key, nullptr);
  if (is_new) {
    template_store_.push_back(std::move(made));
    at->second = &template_store_.back();
    at->second->type = new_template_type(at->second);
  } else {
    // The same code of a later round or cell: its tree and scope may be others.
    const Type* type = at->second->type;
    *at->second = std::move(made);
    at->second->type = type;
  }
  return at->second;
}

// -------------------------------------------------------------------------------------- instances

Instance* Checker::find_or_make(const std::string& key) {
  auto [at, is_new] = by_key_.try_emplace(key, nullptr);
  if (is_new) {
    Instance& made = instances_.emplace_back();
    made.core = &core_instances_.emplace_back();
    made.result = made.in = made.out = basic(TypeKind::never);
    at->second = &made;
  }
  return at->second;
}

Instance* Checker::ensure_checked(Instance& instance, const Use& use) {
  if (use.by && std::find(use.by->uses.begin(), use.by->uses.end(), &instance) == use.by->uses.end())
    use.by->uses.push_back(&instance);
  if (!instance.user && use.by != &instance) {
    instance.user = use.by;
    instance.used_in = use.source;
    instance.used_at = use.span;
  }
  switch (instance.state) {
    case Instance::State::done: break;
    case Instance::State::running:
      if (use.by) use.by->low = std::min(use.by->low, instance.depth);
      break;
    case Instance::State::provisional:
      if (use.by) use.by->low = std::min(use.by->low, instance.low);
      break;
    case Instance::State::fresh: {
      std::size_t same = 0;
      for (const Instance* each : stack_) same += instance.def && each->def == instance.def;
      if (same >= nesting_of_one_max || stack_.size() >= nesting_max) {
        if (too_deep.empty())
          for (const Instance* each : stack_) too_deep.push_back(each->shown);
        return nullptr;
      }
      run(instance);
      if (use.by && instance.state == Instance::State::provisional) use.by->low = std::min(use.by->low, instance.low);
      break;
    }
  }
  return &instance;
}

void Checker::run(Instance& instance) {
  instance.depth = stack_.size();
  stack_.push_back(&instance);
  instance.state = Instance::State::running;
  for (unsigned count = 0;; ++count) {
    instance.low = instance.depth;
    const Type* result = instance.result;
    const Type* in = instance.in;
    const Type* out = instance.out;
    bool uses_parent = instance.uses_parent;
    round(instance);
    instance.changed = result != instance.result || in != instance.in || out != instance.out || uses_parent != instance.uses_parent;
    if (instance.low < instance.depth) {
      instance.state = Instance::State::provisional;
      break;
    }
    // The first of those that call each other: have all settled?
    bool settled = true;
    std::vector<Instance*> members;
    for (Instance& each : instances_)
      if (each.state == Instance::State::provisional && each.low >= instance.depth) {
        members.push_back(&each);
        settled &= !each.changed;
      }
    bool recursive = !members.empty() ||
                     std::find(instance.uses.begin(), instance.uses.end(), &instance) != instance.uses.end();
    if (recursive && instance.changed) settled = false;
    if (!settled && count >= rounds_max) {
      syntax::Diagnostic endless;
      endless.source = instance.core->source;
      endless.span = instance.def ? instance.def->node->span : instance.core->span;
      endless.message = "the types of `" + instance.shown + "` do not settle: its result grows with each call of itself";
      endless.advice = "give it a result type: `-> T`, where T is a declared type";
      instance.diagnostics.push_back(std::move(endless));
    }
    if (settled || count >= rounds_max) {
      for (Instance* each : members) each->state = Instance::State::done;
      instance.state = Instance::State::done;
      break;
    }
    for (Instance* each : members) each->state = Instance::State::fresh;
  }
  stack_.pop_back();
}

void Checker::round(Instance& instance) {
  for (unsigned count = 0; count < rounds_max; ++count) {
    instance.diagnostics.clear();
    instance.uses.clear();
    instance.also_checked.clear();
    instance.checked_again.clear();
    instance.globals.clear();
    instance.effects.clear();
    instance.named_calls.clear();
    core::FnInstance& core = *instance.core;
    core.locals.clear();
    core.is_var.clear();
    core.body = nullptr;
    Inference inference(*this, instance);
    if (instance.def)
      inference.run_fn(*instance.def);
    else if (instance.lambda)
      inference.run_lambda(*instance.lambda);
    else
      inference.run_cell(*cell_root_);
    if (!inference.learned) break;
  }
}

Instance* Checker::instantiate(const FnDef& def, std::vector<const Type*> params, const TypeArgs& type_args, const Type* forced_out,
                               const Use& use) {
  std::string key = "f";
  const FnDef* address = &def;
  // A nested function is read anew in every round: what it is, is its place.
  if (def.is_nested)
    key += def.context.identity + "/" + path_in(def.context.root, def.node);
  else
    key.append(reinterpret_cast<const char*>(&address), sizeof address);
  for (const Type* type : params) add_type_key(key, type);
  key += '/';
  for (const auto& [name, type] : type_args) add_type_key(key, type);
  key += '/';
  if (forced_out) add_type_key(key, forced_out);
  Instance& instance = *find_or_make(key);
  if (instance.state == Instance::State::fresh) {
    instance.def = &def;
    instance.context = def.context;
    instance.params = params;
    instance.forced_out = forced_out;
    for (const auto& each : type_args) instance.context.type_args.push_back(each);
    std::string shown(def.name);
    shown += '(';
    for (std::size_t i = 0; i < def.params.size(); ++i) shown += (i ? ", " : "") + vars.show(params[i]);
    shown += ')';
    instance.shown = shown;
    core::FnInstance& core = *instance.core;
    core.name = def.is_nested && instance.context.root && instance.context.root->is(Kind::fn)
                    ? std::string(instance.context.root->text) + "." + std::string(def.name)
                    : std::string(def.name);
    if (!def.context.module->name.empty() && !Library::is_open(def.context.module->name))
      core.name = def.context.module->name + "." + core.name;
    core.source = def.context.source;
    core.span = def.node->span;
    std::string local = def.context.module->name + "." + def.context.fingerprint.hex() + "." + std::string(def.name);
    if (def.context.module->is_library) {
      const auto& overloads = def.context.module->fns[def.name];
      local += "#" + std::to_string(std::find(overloads.begin(), overloads.end(), &def) - overloads.begin());
    } else if (def.is_nested) {
      local += "/" + path_in(def.context.root, def.node) + "[" + def.context.identity + "]";
    }
    for (const Type* type : params) local += "," + (is_template(type) ? template_of(type)->identity : encode_type(vars.runtime(type)));
    if (forced_out) local += ">" + encode_type(forced_out);
    instance.context.identity = std::string(def.name) + "-" + syntax::hash_bytes(local).hex();
  }
  return ensure_checked(instance, use);
}

Instance* Checker::instantiate(const Template& lambda, std::vector<const Type*> params, const Type* forced_out, const Use& use) {
  std::string key = "l" + lambda.identity;
  add_type_key(key, lambda.type);
  for (const Type* type : params) add_type_key(key, type);
  key += '/';
  if (forced_out) add_type_key(key, forced_out);
  Instance& instance = *find_or_make(key);
  if (instance.state == Instance::State::fresh) {
    instance.lambda = &lambda;
    instance.context = lambda.context;
    instance.params = params;
    instance.forced_out = forced_out;
    std::string where = lambda.context.root && lambda.context.root->is(Kind::fn) ? std::string(lambda.context.root->text) : "<cell>";
    std::string path = path_in(lambda.context.root, lambda.node);
    instance.shown = "a lambda in " + where;
    core::FnInstance& core = *instance.core;
    core.name = where + ".<lambda " + path + ">";
    core.source = lambda.context.source;
    core.span = lambda.node->span;
    std::string local = lambda.identity;
    for (const Type* type : params) local += "," + (is_template(type) ? template_of(type)->identity : encode_type(vars.runtime(type)));
    if (forced_out) local += ">" + encode_type(forced_out);
    instance.context.identity = "lambda-" + syntax::hash_bytes(local).hex();
  }
  return ensure_checked(instance, use);
}

Instance* Checker::synthesize(std::string key, std::string name, const Use& use) {
  Instance& instance = *find_or_make("s" + key);
  core::FnInstance& core = *instance.core;
  if (core.name.empty()) {
    core.name = name;
    core.source = use.source;
    core.span = use.span;
    instance.shown = name;
    if (use.by) {
      instance.context = use.by->context;
      instance.context.identity = name + "-" + syntax::hash_bytes(key).hex();
    }
  }
  instance.state = Instance::State::done;
  if (use.by && std::find(use.by->uses.begin(), use.by->uses.end(), &instance) == use.by->uses.end()) use.by->uses.push_back(&instance);
  return &instance;
}

Instance* Checker::check_cell(const Node& root, const syntax::SourcePtr& source) {
  cell_root_ = &root;
  Instance& cell = *find_or_make("cell");
  cell_ = &cell;
  cell.context.module = &session;
  cell.context.source = source;
  cell.context.root = &root;
  cell.context.fingerprint = syntax::fingerprint(root);
  cell.context.identity = "cell-" + cell.context.fingerprint.hex();
  cell.shown = "<cell>";
  cell.core->name = "<cell>";
  cell.core->source = source;
  cell.core->span = root.span;
  run(cell);
  return &cell;
}

}  // namespace m31::types
