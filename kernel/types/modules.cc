// Modules of users: loading what a cell imports, and what that imports, depth first. A module that has changed since it was loaded takes the
// place of the one before; code that runs keeps what it was made from. Nothing stays when anything is wrong.
#include <algorithm>

#include "kernel/types/inference.h"
#include "kernel/types/module_loader.h"
#include "kernel/types/program_state.h"

namespace m31::types {

using syntax::Diagnostic;
using syntax::Kind;
using syntax::Node;

namespace {

constexpr std::size_t modules_max = 1'000, nesting_max = 100;

template <class Visit>
void each_import(const Node& node, Visit visit) {
  if (node.is(Kind::import)) {
    for (const Node* name : node.kids) visit(*name);
    return;
  }
  for (const Node* kid : node.kids) each_import(*kid, visit);
}

bool is_definition(const Node& statement) {
  const Node* inner = &statement;
  while (inner->is(Kind::expr_stmt) && inner->size() == 1) inner = inner->kids[0];
  if (inner->is(Kind::fn) || inner->is(Kind::type_decl) || inner->is(Kind::import)) return true;
  return statement.is(Kind::assign) && statement[0].is(Kind::name) && statement.text == "=";
}

class Loading {
 public:
  Loading(Program::Implementation& program, ModuleLoader& loader, ModuleChanges& changes) : program_(program), loader_(loader), changes_(changes) {}

  void imports_of(const Node& node, const syntax::SourcePtr& source) {
    each_import(node, [&](const Node& name) { load(name, source); });
  }

 private:
  void say(const syntax::SourcePtr& source, syntax::Span span, std::string message, std::string advice) {
    Diagnostic& made = changes_.diagnostics.emplace_back();
    made.source = source;
    made.span = span;
    made.message = std::move(message);
    made.advice = std::move(advice);
  }

  void load(const Node& node, const syntax::SourcePtr& from) {
    const std::string name(node.text);
    if (Inference::is_capability(name) || Library::is_standard(name)) return;
    if (auto at = std::find(under_way_.begin(), under_way_.end(), name); at != under_way_.end()) {
      std::string path;
      for (; at != under_way_.end(); ++at) path += *at + " -> ";
      return say(from, node.span, "modules import each other: " + path + name, "move what both need into a module of its own");
    }
    if (!done_.insert(name).second) return;
    if (done_.size() > modules_max || under_way_.size() > nesting_max)
      return say(from, node.span, "too many modules are imported here", "");
    std::optional<ModuleText> found = loader_.load(name, from ? from->name() : "");
    Module* known = program_.library.find(name);
    if (!found) {
      // The cell's own import is looked at where it is checked.
      if (!known && !under_way_.empty())
        say(from, node.span, "the module `" + name + "` is not known", "it would be `" + name + ".m31` beside this file, here, or in M31_PATH, or the stored file /m31/" + name + ".m31");
      return;
    }
    under_way_.push_back(name);
    if (known && known->source && known->source->text() == found->text && known->source->name() == found->path) {
      imports_of(*known->tree->root, known->source);
    } else {
      read(name, std::move(*found), known);
    }
    under_way_.pop_back();
  }

  void read(const std::string& name, ModuleText found, const Module* known) {
    auto source = std::make_shared<syntax::Source>(std::move(found.path), std::move(found.text));
    syntax::Parsed parsed = syntax::parse(source);
    changes_.diagnostics.insert(changes_.diagnostics.end(), parsed.diagnostics.begin(), parsed.diagnostics.end());
    if (!parsed.ok()) return;
    for (const Node* statement : parsed.tree->root->kids)
      if (!is_definition(*statement))
        say(source, statement->span, "a module holds definitions only: functions, types, constants and imports", "put this into a function");
    imports_of(*parsed.tree->root, source);
    changes_.modules.push_back({name, parsed.tree, source});
    changes_.replaces |= known != nullptr;
  }

  Program::Implementation& program_;
  ModuleLoader& loader_;
  ModuleChanges& changes_;
  std::vector<std::string> under_way_;     // from the cell's import to the module that is read now
  std::set<std::string> done_;
};

}  // namespace

ModuleChanges Program::Implementation::load_modules(const Node& root, const syntax::SourcePtr& source, ModuleLoader& loader) {
  ModuleChanges changes;
  Loading(*this, loader, changes).imports_of(root, source);
  return changes;
}

// Typed functions are checked though nobody calls them yet: what is wrong in a module is said when it is imported.
void Inference::check_module(Module& module) {
  Context before = context;
  context.module = &module;
  context.source = module.source;
  context.root = nullptr;
  for (const Node* statement : module.tree->root->kids) {
    if (statement->is(Kind::type_decl)) check_type_decl(*statement);
    if (!statement->is(Kind::fn)) continue;
    check_params(*statement);
    for (FnDef* def : module.fns[statement->text])
      if (def->node == statement) check_if_typed(*def, *statement);
  }
  context = before;
}

void Inference::check_if_typed(FnDef& def, const Node& statement) {
  TypeArgs type_args;
  std::vector<const Type*> params = param_types(def, type_args);
  bool typed = def.type_params.empty();
  for (const Type* type : params) typed &= type && !vars.is_open(type) && type->kind != TypeKind::never;
  if (def.type_params.empty())
    if (Instance* made = check_with_defaults(def, statement)) {
      instance.also_checked.push_back(made);
      return;
    }
  if (!typed) {
    if (!checker.was_checked(def)) check_names(statement);
    return;
  }
  Instance* made = checker.instantiate(def, params, {}, nullptr, {nullptr, context.source, statement.span});
  if (made) instance.also_checked.push_back(made);
}

}  // namespace m31::types
