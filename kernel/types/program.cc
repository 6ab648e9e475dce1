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
  if (!wrong) checked = check_tree(parsed.tree, source, environment);
  checked.diagnostics.insert(checked.diagnostics.begin(), parsed.diagnostics.begin(), parsed.diagnostics.end());
  return checked;
}

Checked Program::Implementation::check_tree(std::shared_ptr<const syntax::Tree> tree, const syntax::SourcePtr& source,
                                            const Environment& environment) {
  Checked checked;
  trees.push_back(tree);
  const Node& root = *tree->root;
  // Nothing of the session changes until the cell is known to be right.
  Module session_before = session;
  std::map<std::string, Global, std::less<>> globals_before = globals;
  std::vector<SpaceShape> spaces_before = spaces;
  define_all(session, root, source);
  bool ok = false;
  {
    Checker checker(arena, library, session, globals, spaces, templates, template_store, instances, environment);
    if (!is_trivial(root)) checker.load_errors();
    for (const Node* statement : root.kids)
      checker.redefines |= (statement->is(Kind::fn) && session_before.fns.count(statement->text)) ||
                           (statement->is(Kind::type_decl) && session_before.types.count(statement->text));
    Instance* cell = checker.check_cell(root, source);
    checked.diagnostics = checker.diagnostics();
    ok = std::none_of(checked.diagnostics.begin(), checked.diagnostics.end(),
                      [](const syntax::Diagnostic& each) { return each.severity == syntax::Severity::error; });
    if (ok) {
      checker.finish(*cell);
      checked.cell = cell->core;
      for (const std::string& name : checker.defined) {
        symbols.push_back(name);
        checked.defined.push_back({symbols.back(), checker.vars.runtime(globals[name].type)});
      }
      // Variables end with the check.
      for (auto& [name, global] : globals)
        global.type = checker.vars.is_open(global.type) ? checker.vars.runtime(global.type) : checker.vars.zonk(global.type);
      cells.push_back({tree, environment.capabilities, checker.spaces_before_cell()});
    }
    nested.push_back(std::move(checker.nested_fns));
    local_fns.push_back(std::move(checker.local_fns));
  }
  if (!ok) {
    session = std::move(session_before);
    globals = std::move(globals_before);
    spaces = std::move(spaces_before);
  }
  return checked;
}

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
