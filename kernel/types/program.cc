#include "kernel/types/program.h"

#include <algorithm>

#include "kernel/types/checker.h"
#include "kernel/types/program_state.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;

namespace {

bool is_trivial(const Node& root) {
  if (root.size() != 1) return false;
  const Node* node = root.kids[0];
  while (node->is(Kind::expr_stmt) && node->size() == 1) node = node->kids[0];
  switch (node->kind) {
    case Kind::int_lit:
    case Kind::float_lit:
    case Kind::string_lit:
    case Kind::bool_lit:
    case Kind::none_lit: return true;
    default: return false;
  }
}

// `x?` and `help` as a whole cell are calls of help.
std::shared_ptr<const syntax::Tree> as_help(const std::shared_ptr<const syntax::Tree>& tree) {
  if (tree->root->size() != 1 || !(*tree->root)[0].is(Kind::expr_stmt)) return tree;
  const Node& asked = (*tree->root)[0][0];
  const Node* subject = asked.is(Kind::optional) ? &asked[0] : nullptr;
  for (const Node* at = subject; at && !at->is(Kind::name); at = at->kids[0])
    if (!at->is(Kind::member)) return tree;
  if (!subject && !(asked.is(Kind::name) && asked.text == "help")) return tree;
  struct Asked {
    std::shared_ptr<const syntax::Tree> text;   // whose nodes it goes on to use
    syntax::Tree tree;
  };
  auto made = std::make_shared<Asked>();
  made->text = tree;
  Arena& arena = made->tree.arena;
  const auto node = [&](Kind kind, std::string_view text, std::vector<const Node*> kids) {
    Node* each = arena.make<Node>();
    each->kind = kind;
    each->span = asked.span;
    each->text = text;
    each->kids = arena.copy(kids);
    return each;
  };
  std::vector<const Node*> call{node(Kind::name, "help", {})};
  if (subject) call.push_back(subject);
  made->tree.source = tree->source;
  made->tree.node_count = tree->node_count + 4;
  made->tree.root = node(Kind::program, {}, {node(Kind::expr_stmt, {}, {node(Kind::call, {}, call)})});
  return {made, &made->tree};
}

}  // namespace

// Definitions of a cell, also those in brackets: (fn sq(x): x * x); ..
void Program::Implementation::define_all(Module& module, const Node& node, const syntax::SourcePtr& source) {
  for (const Node* statement : node.kids) {
    if (define(module, *statement, source, {fns, types})) continue;
    const Node* inner = statement;
    while (inner->is(Kind::expr_stmt) && inner->size() == 1) inner = inner->kids[0];
    if (inner->is(Kind::fn)) define(module, *inner, source, {fns, types});
    if (inner->is(Kind::block)) define_all(module, *inner, source);
  }
}

Checked Program::Implementation::check(syntax::SourcePtr source, const Environment& environment) {
  syntax::Parsed parsed = syntax::parse(source);
  bool wrong = !parsed.ok() || std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(), [](const syntax::Diagnostic& each) {
    return each.severity == syntax::Severity::error;
  });
  Checked checked;
  if (!wrong && environment.at_prompt) parsed.tree = as_help(parsed.tree);
  if (!wrong) checked = check_tree(parsed.tree, source, environment);
  checked.diagnostics.insert(checked.diagnostics.begin(), parsed.diagnostics.begin(), parsed.diagnostics.end());
  return checked;
}

Checked Program::Implementation::check_tree(std::shared_ptr<const syntax::Tree> tree, const syntax::SourcePtr& source,
                                            const Environment& environment, std::vector<UserModule> given) {
  Checked checked;
  trees.push_back(tree);
  const Node& root = *tree->root;
  ModuleChanges changes;
  if (environment.modules) changes = load_modules(root, source, *environment.modules);
  for (UserModule& each : given) changes.modules.push_back(std::move(each));
  auto is_error = [](const syntax::Diagnostic& each) { return each.severity == syntax::Severity::error; };
  if (std::any_of(changes.diagnostics.begin(), changes.diagnostics.end(), is_error)) {
    checked.diagnostics = std::move(changes.diagnostics);
    return checked;
  }
  // Nothing of the session changes until the cell is known to be right.
  Module session_before = session;
  std::map<std::string, Global, std::less<>> globals_before = globals;
  std::vector<SpaceShape> spaces_before = spaces;
  const Library::UserModules modules_before = library.user_modules();
  std::vector<Module*> new_modules;
  for (const UserModule& each : changes.modules) new_modules.push_back(&library.add(each.name, each.tree, each.source));
  define_all(session, root, source);
  bool ok = false;
  {
    Checker checker(arena, library, session, globals, spaces, templates, template_store, instances, environment);
    if (!is_trivial(root)) checker.load_errors();
    for (const Node* statement : root.kids)
      checker.redefines |= (statement->is(Kind::fn) && session_before.fns.count(statement->text)) ||
                           (statement->is(Kind::type_decl) && session_before.types.count(statement->text));
    checker.used_before = &used;
    checker.new_modules = std::move(new_modules);
    checker.redefines |= changes.replaces;
    Instance* cell = checker.check_cell(root, source);
    checked.diagnostics = checker.diagnostics();
    ok = std::none_of(checked.diagnostics.begin(), checked.diagnostics.end(),
                      [](const syntax::Diagnostic& each) { return each.severity == syntax::Severity::error; });
    if (ok) {
      checker.finish(*cell);
      checked.cell = cell->core;
      remember(checker.used());
      for (const std::string& name : checker.defined) {
        symbols.push_back(name);
        checked.defined.push_back({symbols.back(), checker.vars.runtime(globals[name].type)});
      }
      // Variables end with the check.
      for (auto& [name, global] : globals)
        global.type = checker.vars.is_open(global.type) ? checker.vars.runtime(global.type) : checker.vars.zonk(global.type);
      cells.push_back({tree, environment.capabilities, checker.spaces_before_cell(), changes.modules});
    }
    keep(checker);
  }
  if (!ok) {
    session = std::move(session_before);
    globals = std::move(globals_before);
    spaces = std::move(spaces_before);
    library.restore(modules_before);
  }
  checked.diagnostics.insert(checked.diagnostics.begin(), changes.diagnostics.begin(), changes.diagnostics.end());
  return checked;
}

void Program::Implementation::remember(std::vector<UsedInstance> more) {
  for (UsedInstance& each : more) {
    const FnDef* address = each.def;
    std::string key(reinterpret_cast<const char*>(&address), sizeof address);
    for (const Type* type : each.params) add_type_key(key, type);
    for (const auto& [name, type] : each.type_args) add_type_key(key, type);
    if (used_keys.insert(std::move(key)).second) used.push_back(std::move(each));
  }
}

// Contexts of templates point into it.
void Program::Implementation::keep(Checker& checker) {
  nested.push_back(std::move(checker.nested_fns));
  local_fns.push_back(std::move(checker.local_fns));
}

Program::Program() : implementation_(std::make_unique<Implementation>()) {}
Program::~Program() = default;

Checked Program::check(syntax::SourcePtr source, const Environment& environment) {
  return implementation_->check(std::move(source), environment);
}

Description Program::describe(std::string_view name) {
  Implementation& all = *implementation_;
  Description made;
  made.name = name;
  const std::size_t dot = name.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  Environment environment;
  environment.capabilities = {"clock", "fs", "host", "http", "net", "print", "random", "sh", "stdin", "sys"};
  Checker checker(all.arena, all.library, all.session, all.globals, all.spaces, all.templates, all.template_store, all.instances, environment);
  const auto in_module = [&](Module& module) {
    const std::vector<FnDef*>& found = all.library.fns_of(module, last);
    if (!found.empty()) {
      made = types::describe(std::string(name), {found.begin(), found.end()}, checker);
    } else if (auto type = module.types.find(last); type != module.types.end()) {
      made = types::describe(*type->second);
    } else if (auto constructor = module.constructors.find(last); constructor != module.constructors.end()) {
      made = types::describe(*constructor->second.type);
    } else if (auto constant = module.constants.find(last); constant != module.constants.end()) {
      const syntax::Span span = constant->second.value->span;
      made.kind = Description::Kind::constant;
      made.module = module.name;
      if (module.source) made.type = module.source->text().substr(span.begin, span.end - span.begin);
    }
    return made.kind != Description::Kind::nothing;
  };
  if (dot != std::string_view::npos) {
    std::string of(name.substr(0, dot));
    if (of == "Int" || of == "Float" || of == "String") of[0] = static_cast<char>(of[0] + 32);
    if (Module* module = all.library.find(of)) in_module(*module);
  } else if (auto global = all.globals.find(name); global != all.globals.end() && !is_template(global->second.type)) {
    made.kind = Description::Kind::value;
    made.type = checker.vars.show(global->second.type);
  } else if (!in_module(all.session)) {
    std::vector<const FnDef*> found;
    all.library.open_modules(name, [&](Module& module) {
      for (const FnDef* def : all.library.fns_of(module, name)) found.push_back(def);
    });
    if (!found.empty()) made = types::describe(std::string(name), found, checker);
    else if (all.library.has(name)) made = describe_module(all.library, name);
    else made = describe_built_in(name);
  }
  all.keep(checker);
  return made;
}

std::string Program::overview() { return types::overview(implementation_->library); }

std::vector<std::string> Program::members(std::string_view module) {
  Module* found = implementation_->library.find(module);
  if (!found) return {};
  const std::vector<std::string_view> all = implementation_->library.names_of(*found);
  return {all.begin(), all.end()};
}

std::vector<const core::FnInstance*> Program::instances_named(std::string_view name) const {
  std::vector<const core::FnInstance*> all;
  for (const core::FnInstance& each : implementation_->instances)
    if (each.name == name && each.body && !each.identity.empty()) all.push_back(&each);
  return all;
}

std::vector<std::string> Program::names() const {
  std::vector<std::string> all;
  for (const auto& [name, global] : implementation_->globals) all.push_back(name);
  for (const auto& [name, fns] : implementation_->session.fns) all.emplace_back(name);
  for (const auto& [name, def] : implementation_->session.types) all.emplace_back(name);
  for (const auto& [name, def] : implementation_->session.constructors) all.emplace_back(name);
  for (std::string_view name : implementation_->library.names()) all.emplace_back(name);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace m31::types
