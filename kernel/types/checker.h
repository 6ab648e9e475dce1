// Checker: one check of one cell. It owns what is known while it runs (globals, spaces, instances under way) and makes
// instances of functions: one for each set of argument types, checked in rounds.
//
// A round infers the whole body with what is known so far: estimates of the results of functions that are still being
// checked (Never at first, so that a recursive branch adds nothing) and hints about names and literals whose type
// came out wider or later than they were written. When a round learns something new it is thrown away, with its messages, and
// another one is run. Functions that call each other share their rounds: the first of them that was entered runs again until
// nothing changes. Everything found wrong in the last round is reported.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kernel/base/arena.h"
#include "kernel/syntax/diagnostic.h"
#include "kernel/types/core.h"
#include "kernel/types/definitions.h"
#include "kernel/types/library.h"
#include "kernel/types/program.h"
#include "kernel/types/variables.h"

namespace m31::types {

struct Global {
  const Type* type = nullptr;              // as the checker sees it: may be a template
  const syntax::Node* constant = nullptr;  // what it was last set to, when that is a literal of constants
  syntax::SourcePtr source;
};

struct Instance {
  core::FnInstance* core = nullptr;
  const FnDef* def = nullptr;              // or a template's lambda, or neither: a cell
  const Template* lambda = nullptr;
  Context context;                         // what its code sees
  std::vector<const Type*> params;         // as the checker sees them
  const Type* forced_out = nullptr;        // what PARENT of the fibril that runs it takes, when that is wider than its own
  // what is known of it
  const Type* result = nullptr;
  const Type* in = nullptr;                // Never: nothing is received
  const Type* out = nullptr;               // what is sent, without the result
  bool uses_parent = false;
  // state of checking
  enum class State { fresh, running, provisional, done } state = State::fresh;
  std::size_t depth = 0, low = 0;
  bool changed = false;                    // a round gave other estimates
  std::unordered_map<std::string, const Type*> name_hints;
  std::unordered_map<const syntax::Node*, const Type*> literal_hints;
  const Type* in_hint = nullptr;
  std::set<std::string> unsettled;         // places of which no fact is kept: a call in a loop changes them
  // of the last round
  std::vector<syntax::Diagnostic> diagnostics;
  std::vector<Instance*> uses;             // called, spawned or made into a value
  std::vector<Instance*> also_checked;     // nothing calls them
  std::vector<Instance*> checked_again;    // of cells before: what they depend on is another now
  std::map<std::string, const Type*> globals;
  std::set<std::string> effects;
  std::string named_calls;                 // which parameter each named argument is: names are no part of fingerprints
  // who asked for it first
  Instance* user = nullptr;
  syntax::SourcePtr used_in;
  syntax::Span used_at;
  std::string shown;                       // main(String)
};

// A function of the session or of a user's module as a cell used it: checked again when what it depends on is replaced.
struct UsedInstance {
  const FnDef* def = nullptr;
  std::vector<const Type*> params;
  TypeArgs type_args;
};

class Checker {
 public:
  // The definitions of `session` are those before the cell; `globals` and `spaces` likewise.
  Checker(Arena& arena, Library& library, Module& session, std::map<std::string, Global, std::less<>>& globals,
          std::vector<SpaceShape>& spaces, std::unordered_map<std::string, Template*>& templates,
          std::deque<Template>& template_store, std::deque<core::FnInstance>& instances, const Environment& environment);
  ~Checker();

  // The cell of `root`; gives its instance (its messages are in diagnostics()).
  Instance* check_cell(const syntax::Node& root, const syntax::SourcePtr& source);
  // After check_cell: identities, effects, globals; all instances that it reaches.
  void finish(Instance& cell);
  std::vector<syntax::Diagnostic> diagnostics() const;
  std::vector<UsedInstance> used() const;  // after check_cell: generic ones that the cell reaches
  const Type* as_now(const Type* type);    // with the session's types of today in the place of those that they replaced

  struct Use {                             // where an instance is asked for
    Instance* by = nullptr;
    syntax::SourcePtr source;
    syntax::Span span;
  };
  // The instance of `def` for parameters of these types (captures after them). Its estimates are set, its code only when all is done.
  Instance* instantiate(const FnDef& def, std::vector<const Type*> params, const TypeArgs& type_args, const Type* forced_out,
                        const Use& use);
  Instance* instantiate(const Template& lambda, std::vector<const Type*> params, const Type* forced_out, const Use& use);
  // A made-up instance around others (conversion of templates to closures, results to messages).
  Instance* synthesize(std::string key, std::string name, const Use& use);

  const Template* intern(Template made);
  void complete(const Type* named);        // constructors of a declared type's instance
  TypeDef* type_def_of(const TypeDecl* decl) const;
  void load_errors();
  void begin_cell_round();                 // forgets what an earlier round of the cell set
  bool granted(std::string_view capability) const;
  bool was_checked(const FnDef& def) const; // there is an instance of it
  // What its code uses, for parameters of the types that it declares, else Any (describe.cc); sorted.
  std::vector<std::string> effects_of(const FnDef& def);
  void know_spaces();                      // asks the environment once
  const std::vector<SpaceShape>& spaces_before_cell() const { return spaces_before_; }

  Arena& arena;
  Library& library;
  Module& session;
  std::map<std::string, Global, std::less<>>& globals;
  std::vector<SpaceShape>& spaces;
  Variables vars;
  const Environment& environment;
  std::vector<std::string> too_deep;       // chain of instances that nest without end, once found
  std::unordered_map<const TypeDecl*, TypeDef*> type_defs;
  std::deque<FnDef> nested_fns;
  std::deque<LocalFns> local_fns;
  std::map<std::string, const syntax::Node*, std::less<>> empty_globals;   // stand for the literals of cells before
  bool redefines = false;                  // the cell replaces a function, type or module
  const std::vector<UsedInstance>* used_before = nullptr;   // by cells before
  std::vector<Module*> new_modules;        // that the cell's imports brought
  std::vector<std::string> defined;        // globals that the cell sets, in order, each once
  void note_defined(std::string_view name);

 private:
  friend class Inference;
  void run(Instance& instance);
  void round(Instance& instance);
  Instance* find_or_make(const std::string& key);
  Instance* ensure_checked(Instance& instance, const Use& use);

  std::unordered_map<std::string, Template*>& templates_;
  std::deque<Template>& template_store_;
  std::deque<core::FnInstance>& core_instances_;
  std::deque<Instance> instances_;
  std::unordered_map<std::string, Instance*> by_key_;
  std::vector<Instance*> stack_;
  const syntax::Node* cell_root_ = nullptr;
  Instance* cell_ = nullptr;
  std::unordered_set<std::string> defined_names_;
  bool spaces_asked_ = false;
  std::map<std::string, Global, std::less<>> globals_before_;
  std::vector<SpaceShape> spaces_before_;
  CompleteScope complete_scope_;
};

// A key from types: process-local, short.
void add_type_key(std::string& key, const Type* type);

}  // namespace m31::types
