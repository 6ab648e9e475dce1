#include "kernel/types/program.h"

#include <algorithm>

#include "kernel/types/checker.h"
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;

struct Program::Implementation {
  Arena arena;
  Library library;
  Module session;
  std::map<std::string, Global, std::less<>> globals;
  std::vector<SpaceShape> spaces;
  std::unordered_map<std::string, Template*> templates;
  std::deque<Template> template_store;
  std::deque<core::FnInstance> instances;
  std::deque<FnDef> fns;
  std::deque<TypeDef> types;
  std::vector<std::shared_ptr<const syntax::Tree>> trees;
  std::deque<std::string> symbols;
  std::deque<FnDef> nested;                // of past checks: their instances may still be shown
  std::deque<LocalFns> local_fns;

  // Definitions of a cell, also those in brackets: (fn sq(x): x * x); ..
  void define_all(Module& module, const Node& node, const syntax::SourcePtr& source) {
    for (const Node* statement : node.kids) {
      if (define(module, *statement, source, {fns, types})) continue;
      const Node* inner = statement;
      while (inner->is(Kind::expr_stmt) && inner->size() == 1) inner = inner->kids[0];
      if (inner->is(Kind::block) || inner->is(Kind::fn)) {
        if (inner->is(Kind::fn)) define(module, *inner, source, {fns, types});
        else define_all(module, *inner, source);
      }
    }
  }

  static bool is_trivial(const Node& root) {
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

  Checked check(syntax::SourcePtr source, const Environment& environment) {
    Checked checked;
    syntax::Parsed parsed = syntax::parse(source);
    checked.diagnostics = parsed.diagnostics;
    if (!parsed.ok()) return checked;
    for (const syntax::Diagnostic& each : parsed.diagnostics)
      if (each.severity == syntax::Severity::error) return checked;
    trees.push_back(parsed.tree);
    const Node& root = *parsed.tree->root;
    // Nothing of the session changes until the cell is known to be right.
    Module kept = session;
    std::map<std::string, Global, std::less<>> globals_kept = globals;
    std::vector<SpaceShape> spaces_kept = spaces;
    define_all(session, root, source);
    bool ok = false;
    {
      Checker checker(arena, library, session, globals, spaces, templates, template_store, instances, environment);
      if (!is_trivial(root)) checker.load_errors();
      Instance* cell = checker.check_cell(root, source);
      std::vector<syntax::Diagnostic> found = checker.diagnostics();
      checked.diagnostics.insert(checked.diagnostics.end(), found.begin(), found.end());
      ok = std::none_of(found.begin(), found.end(), [](const syntax::Diagnostic& each) { return each.severity == syntax::Severity::error; });
      if (ok) {
        checker.finish(*cell);
        checked.cell = cell->core;
        for (const std::string& name : checker.defined) {
          symbols.push_back(name);
          Global& global = globals[name];
          global.type = checker.vars.zonk(global.type);
          checked.defined.push_back({symbols.back(), checker.vars.runtime(global.type)});
        }
        for (auto& [name, global] : globals) global.type = checker.vars.is_open(global.type) ? checker.vars.runtime(global.type) : checker.vars.zonk(global.type);
      }
      // Contexts of templates name nested functions.
      for (FnDef& def : checker.nested_fns) nested.push_back(std::move(def));
      (void)local_fns;
    }
    if (!ok) {
      session = std::move(kept);
      globals = std::move(globals_kept);
      spaces = std::move(spaces_kept);
    }
    return checked;
  }
};

Program::Program() : implementation_(std::make_unique<Implementation>()) {}
Program::~Program() = default;

Checked Program::check(syntax::SourcePtr source, const Environment& environment) {
  return implementation_->check(std::move(source), environment);
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
