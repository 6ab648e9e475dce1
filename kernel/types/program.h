// Program: all the definitions that one session has seen, and the checker over them. A cell (a line at a prompt, -c, a script, a notebook
// cell) is checked as a whole, and only when it has no error is anything added. Pure: no
// thread, socket or file; used by one thread at a time.
//
// The standard library (share/m31, embedded; kernel/base/library.h) is parsed module by module
// when first needed. Its bodies may be `native("word")` or `host("operation")`.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/syntax/diagnostic.h"
#include "kernel/syntax/parser.h"
#include "kernel/types/core.h"
#include "kernel/types/describe.h"

namespace m31::types {

// A space known when a program is checked.
struct SpaceShape {
  std::string name;
  std::string key;
  const Type* key_type = nullptr;
  std::vector<std::string> attributes;
  std::vector<const Type*> attribute_types;
};

class ModuleLoader;                        // module_loader.h

// What a cell is checked against: its fibril's environment.
struct Environment {
  std::vector<std::string> capabilities;   // granted: "fs", "http", "print", ...; sorted
  std::vector<SpaceShape> spaces;          // the store's catalogue, if it was opened or is needed
  // Asked once, when a cell first names `fs`, so that a program without it opens no store. May be empty.
  std::vector<SpaceShape> (*load_spaces)(void* context) = nullptr;
  void* context = nullptr;
  // A line that is nothing but a dotted name and `?`, or `help`, asks for help.
  bool at_prompt = false;
  ModuleLoader* modules = nullptr;         // null: there are none but the library's
};

struct GlobalBinding {
  std::string_view symbol;
  const Type* type = nullptr;
};

struct Checked {
  std::vector<syntax::Diagnostic> diagnostics;      // errors, then warnings and hints
  const core::FnInstance* cell = nullptr;           // null when there are errors
  std::vector<GlobalBinding> defined;               // globals that the cell sets
  bool ok() const { return cell != nullptr; }
};

class Program {
 public:
  Program();
  ~Program();
  Program(const Program&) = delete;

  // Parses and checks `source` as the next cell. Commits its definitions only if it is right.
  Checked check(syntax::SourcePtr source, const Environment& environment);

  // Code shipping. The code that `instance` and all it calls need, as compact AST of the user's own definitions by
  // fingerprint (the library is known to every node), plus environment types, so that
  // another Program makes the same instance from it with its own checker.
  std::string bundle(const core::FnInstance& instance) const;
  // The reverse: checks the bundle's code and gives the instance; a message when it is malformed,
  // ill-typed or gives another identity. Nothing of the session's names changes.
  std::expected<const core::FnInstance*, std::string> admit(std::string_view bundle);

  // Names for completion and nearest-name advice; types for :type.
  std::vector<std::string> names() const;
  // What there is to say about a name: `map`, `float.parse`, `Point`, a module's.
  Description describe(std::string_view name);
  std::string overview();                           // the modules and commands
  // Members of a module or capability; empty when it is none.
  std::vector<std::string> members(std::string_view module);
  // Code of this name that was checked: one for each set of argument types.
  std::vector<const core::FnInstance*> instances_named(std::string_view name) const;

 struct Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace m31::types
