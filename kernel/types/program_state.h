// What a Program holds: the session's definitions, names and cells. Owned by its Program; its thread only.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/types/checker.h"
#include "kernel/types/program.h"

namespace m31::types {

struct UserModule {                        // as it was loaded
  std::string name;
  std::shared_ptr<const syntax::Tree> tree;
  syntax::SourcePtr source;                // null: it came with a bundle
};

struct ModuleChanges {                     // what the imports of a cell bring
  std::vector<UserModule> modules;         // in the order in which they need each other
  std::vector<syntax::Diagnostic> diagnostics;
  bool replaces = false;                   // a module that was there before
};

struct Cell {                              // as it was given: what another node needs to make the same code
  std::shared_ptr<const syntax::Tree> tree;
  std::vector<std::string> capabilities;
  std::vector<SpaceShape> spaces;          // known before it
  std::vector<UserModule> modules;         // loaded for it
};

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
  std::vector<UsedInstance> used;          // by the cells that were right, each once
  std::set<std::string> used_keys;
  std::vector<Cell> cells;                 // those that were right, in order
  std::vector<std::shared_ptr<const syntax::Tree>> trees;
  std::deque<std::string> symbols;
  std::deque<std::deque<FnDef>> nested;    // of past checks: contexts of templates point to them
  std::deque<std::deque<LocalFns>> local_fns;
  std::unordered_map<std::string, std::unique_ptr<Program>> admitted;   // by the cells they were made from

  Checked check(syntax::SourcePtr source, const Environment& environment);
  // `given`: modules that came with the tree.
  Checked check_tree(std::shared_ptr<const syntax::Tree> tree, const syntax::SourcePtr& source, const Environment& environment,
                     std::vector<UserModule> given = {});
  ModuleChanges load_modules(const syntax::Node& root, const syntax::SourcePtr& source, ModuleLoader& loader);
  void keep(Checker& checker);
  void remember(std::vector<UsedInstance> more);
  void define_all(Module& module, const syntax::Node& node, const syntax::SourcePtr& source);
};

}  // namespace m31::types
