// The standard library: modules of share/m31. Those that are in scope everywhere are parsed definition by definition, when a name is
// first looked up; where definitions stand is found by looking at the beginnings of lines, so that a program that uses little
// reads little. The others are parsed as a whole when they are first named.
// Owned by a Program; its thread only.
#pragma once

#include <map>
#include <memory>
#include <string_view>

#include "kernel/types/definitions.h"

namespace m31::types {

class Library {
 public:
  Library();
  ~Library();
  Module* find(std::string_view name);                       // null when there is no such module
  const std::vector<FnDef*>& fns_of(Module& module, std::string_view name);   // parses them when they are first asked for
  bool has(std::string_view name) const;
  static bool is_standard(std::string_view name);            // a module of share/m31
  static bool is_open(std::string_view name);                // its names are in scope without a qualifier
  // Calls visit(Module&) for each open module that holds `name` at top level.
  template <class Visit>
  void open_modules(std::string_view name, Visit visit) {
    for (std::size_t i = 0; i < open_count; ++i)
      if (holds(i, name)) visit(*find(open_names[i]));
  }
  // Modules of users, by the names they were imported by. A new one takes the place of an old one of the same name, which stays alive.
  using UserModules = std::map<std::string, Module*, std::less<>>;
  Module& add(std::string name, std::shared_ptr<const syntax::Tree> tree, syntax::SourcePtr source);
  const UserModules& user_modules() const { return user_; }
  void restore(UserModules before) { user_ = std::move(before); }
  std::vector<std::string_view> names() const;               // of open modules, and the modules themselves
  // What a module defines, in the order of its text, each name once.
  std::vector<std::string_view> names_of(const Module& module) const;
  static std::string_view text_of(std::string_view name);    // of a module's file; empty when there is none
  static std::vector<std::string_view> module_names();

  static constexpr std::string_view open_names[] = {"text",     "collections", "numbers", "statistics",
                                                      "coding",   "channels",    "output",     "interchange"};
  static constexpr std::size_t open_count = std::size(open_names);

 private:
  bool holds(std::size_t open_module, std::string_view name) const;
  std::map<std::string, Module, std::less<>> modules_;
  UserModules user_;
  std::deque<Module> user_store_;
  std::deque<FnDef> fns_;
  std::deque<TypeDef> types_;
  std::vector<std::shared_ptr<const syntax::Tree>> trees_;
};

// Adds a top-level statement to a module when it is a definition (fn, type_decl; in a library also NAME = e).
// `redefined` gets the function it replaces, if any. Returns false when it is none.
struct DefinitionStore {
  std::deque<FnDef>& fns;
  std::deque<TypeDef>& types;
};
bool define(Module& module, const syntax::Node& statement, const syntax::SourcePtr& source, DefinitionStore store);

}  // namespace m31::types
