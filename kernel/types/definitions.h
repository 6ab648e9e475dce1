// What names mean: functions, types, constants and modules, as the checker sees them. A definition points into its Tree,
// which the Program keeps. Owner of all: the Program that made them; its thread only.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/syntax/ast.h"
#include "kernel/syntax/fingerprint.h"
#include "kernel/types/type.h"

namespace m31::types {

struct Module;
struct FnDef;
struct TypeDef;

struct Capture {                       // a local of an enclosing function that a lambda or nested function takes with it
  std::string name;
  const Type* type = nullptr;
};

struct ParamDef {
  std::string_view name;
  const syntax::Node* node = nullptr;
  const syntax::Node* type = nullptr;      // null: untyped
  const syntax::Node* fallback = nullptr;  // default value, or null
  const syntax::Node* pattern = nullptr;
  bool is_var = false;
};

// Functions defined inside a function; innermost first.
struct LocalFns {
  std::vector<FnDef*> fns;
  const LocalFns* outer = nullptr;
};

using TypeArgs = std::vector<std::pair<std::string_view, const Type*>>;

// What the code of one function can see beside its own locals.
struct Context {
  Module* module = nullptr;
  syntax::SourcePtr source;
  const syntax::Node* root = nullptr;      // the top-level definition or cell that holds the code
  syntax::Fingerprint fingerprint;         // of root
  const LocalFns* local_fns = nullptr;
  TypeArgs type_args;                      // of the named type parameters around
  std::string identity;                    // of the instance whose code it is
};

struct FnDef {
  std::string_view name;
  const syntax::Node* node = nullptr;
  Context context;                         // where it is defined
  std::vector<ParamDef> params;
  std::vector<std::string_view> type_params;
  const syntax::Node* result = nullptr;    // null: inferred
  const syntax::Node* uses = nullptr;
  const syntax::Node* body = nullptr;
  std::string_view native, host;           // what stands in native("..") or host("..")
  std::vector<Capture> captures;           // of a nested function
  std::vector<const Type*> param_types;    // filled when there are no type parameters; null where untyped
  const Type* result_type = nullptr;
  bool resolved = false;
  bool is_nested = false;
};

struct ConstDef {                          // NAME = expression, in a module
  std::string_view name;
  const syntax::Node* value = nullptr;
};

struct TypeDef {
  std::string shown;                       // "Point", "sys.Status"
  const syntax::Node* node = nullptr;
  Module* module = nullptr;
  syntax::SourcePtr source;
  std::vector<std::string_view> params;
  const TypeDecl* decl = nullptr;          // null: an abbreviation
  bool is_resolving = false;
};

struct ConstructorDef {
  TypeDef* type = nullptr;
  std::uint32_t index = 0;
};

struct Module {
  std::string name;                        // "" for the session's own
  bool is_library = false;
  syntax::Fingerprint fingerprint;         // of a user's module: of its whole text, as a tree
  syntax::SourcePtr source;
  std::shared_ptr<const syntax::Tree> tree;
  std::unordered_map<std::string_view, std::vector<FnDef*>> fns;
  std::unordered_map<std::string_view, TypeDef*> types;
  std::unordered_map<std::string_view, ConstructorDef> constructors;
  std::unordered_map<std::string_view, ConstDef> constants;
};

// A function value whose parameter types are not known yet; see variables.h. At run time it is the tuple of its
// captures, or None when it has none: calling it is a direct call.
struct Template {
  enum class Kind { lambda, field_fn, operator_, named, constructor } kind = Kind::lambda;
  const Type* type = nullptr;
  std::string identity;
  const syntax::Node* node = nullptr;      // lambda, field_fn
  Context context;
  std::string name;                        // operator_, named
  Module* qualifier = nullptr;             // named: only there; constructor: its module
  ConstructorDef constructor;
  std::vector<Capture> captures;
};

// Sets the constructors of a declared type's instance. Kept per thread of checking by the Program at work.
void complete_named(const Type* named);
using CompleteNamed = void (*)(void* context, const Type* named);
struct CompleteScope {                     // while it lives, complete_named asks `complete`
  CompleteScope(CompleteNamed complete, void* context);
  ~CompleteScope();
 private:
  CompleteNamed before_;
  void* before_context_;
};

// What the parameters of a function or lambda say.
std::vector<ParamDef> read_params(std::span<const syntax::Node* const> nodes);

// Reads a fn node (not its types).
void read_fn(FnDef& def);

}  // namespace m31::types
