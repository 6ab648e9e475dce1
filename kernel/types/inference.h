// Inference: one round over the body of one instance (checker.h). It reads the tree forwards once, finds types and emits typed core
// at the same time; types that are found later (of empty literals) are filled in at the end of the round.
//
// Where something is wrong it reports and goes on with a value of type Never, which goes with everything, so that one mistake gives
// one message. Methods stand in the file that their section names.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/types/checker.h"
#include "kernel/types/describe.h"

namespace m31::types {

using core::Expr;
using core::Op;
using core::Prim;

struct Var {                               // a local, or a top-level name
  enum class Origin { plain, parameter, loop, capture, pattern };
  std::string name;
  const Type* type = nullptr;
  std::uint32_t local = 0, number = 0;     // number: in Flow
  bool is_global = false, is_annotated = false, is_caught = false, is_var_param = false;
  Origin origin = Origin::plain;
  syntax::Span declared, moved_at;
  std::vector<std::uint32_t> reads;        // offsets
  struct Change {                          // of it or its parts
    syntax::Span span;
    std::uint32_t root = 0;                // offset of the name in it
    std::uint32_t loop = UINT32_MAX;       // where the outermost loop around begins that does not bind it
  };
  std::vector<Change> changes;             // for the advice about changes that nobody sees
};

struct Flow {                              // what is known at one point of the text
  std::vector<char> assigned, moved;       // by Var::number
  std::map<std::string, const Type*> facts;  // what tests told about places (narrow.cc)
  bool reachable = true;
};

struct Scope {
  std::vector<Var*> vars;
  std::unordered_map<std::string_view, Var*> by_name;   // of a long one, of the first `indexed`: the last of each name
  std::size_t indexed = 0;
};

struct Arg {
  const syntax::Node* node = nullptr;      // null for one that was made up
  Expr* value = nullptr;
  std::string_view name;                   // of a named one
  syntax::Span span;
};

struct Callable {                          // a set of overloads, level by level, innermost first
  std::string_view name;
  std::vector<std::vector<const FnDef*>> levels;
  bool empty() const { return levels.empty(); }
};

struct Qualifier {                         // what stands before the dot of a name that is no value
  Module* module = nullptr;
  std::string capability;                  // non-empty: fs, http, ..
  const Type* type = nullptr;              // a type's namespace
  bool is_parent = false;
  explicit operator bool() const { return module || type || is_parent || !capability.empty(); }
};

struct Match {                             // one candidate that fits
  const FnDef* def = nullptr;
  std::vector<int> arg_of_param;           // -1: the default
  int score = 0;
};

struct PlaceUse {
  Var* root = nullptr;
  std::vector<core::Step> steps;
  const Type* type = nullptr;              // of the whole place
};

struct Path {                              // a place that facts may be known of
  std::string key;
  const Type* type = nullptr;              // as declared
};

struct Access {                            // a part of a matched value, made anew wherever it is read
  const Type* type = nullptr;
  std::function<Expr*()> make;
};

struct AnyCall {                           // a call that chooses when it runs (dynamic.cc)
  bool library_only = false;
  std::vector<const Type*> known;        // of an argument that was made an Any for the call: what is known of it, else null
  std::function<Expr*(const std::vector<std::uint32_t>& locals)> otherwise;   // what is done when no function fits
};

struct Choice {                            // one of the functions it may call
  Expr* test = nullptr;                  // null: it always holds
  Expr* call = nullptr;                  // null: it is no choice
  std::vector<const Type*> wanted;       // of each argument that is an Any; null: anything
};

class Inference {
 public:
  Inference(Checker& checker, Instance& instance);
  void run_fn(const FnDef& def);
  void run_lambda(const Template& lambda);
  void run_cell(const syntax::Node& root);
  void run_made(const std::function<Expr*(Inference&)>& body);
  bool learned = false;                    // a hint was added: another round

  using Node = syntax::Node;
  using Kind = syntax::Kind;
  using Span = syntax::Span;

  // ---- emit.cc: making core
  Expr* make(Op op, const Type* type, Span span, std::initializer_list<Expr*> kids = {});
  Expr* make_with(Op op, const Type* type, Span span, const std::vector<Expr*>& kids);
  Expr* prim(Prim op, const Type* type, Span span, std::initializer_list<Expr*> kids);
  Expr* string_const(std::string_view text, Span span);
  Expr* int_const(std::int64_t value, Span span);
  Expr* bool_const(bool value, Span span);
  Expr* none_const(Span span);
  Expr* read_local(std::uint32_t local, const Type* type, Span span);
  Expr* set_local(std::uint32_t local, Expr* value, Span span);
  Expr* block_of(const std::vector<Expr*>& kids, Span span);
  Expr* native(std::string_view word, const Type* type, Span span, std::initializer_list<Expr*> kids);
  Expr* concat_lists(Expr* a, Expr* b, Span span);
  Expr* merge_maps(Expr* a, Expr* b, Span span);
  Expr* host(std::string_view operation, const Type* type, Span span, const std::vector<Expr*>& kids);
  Expr* poison(Span span);
  static bool is_poison(const Expr* expr) { return expr->op == Op::none && expr->type->kind == TypeKind::never; }
  Expr* if_expr(Expr* condition, Expr* then, Expr* otherwise, const Type* type, Span span);
  Expr* copy_to_temp(Expr* value, std::uint32_t& local);   // set_local of a fresh local; an expression of type none
  std::uint32_t fresh_local(const Type* type, std::string_view name = {});
  void finish_core(Expr* body);
  static bool is_int_literal(const Expr* expr);

  // ---- report.cc: messages
  Expr* error(Span span, std::string message, std::string advice = {}, std::vector<syntax::Edit> edits = {});
  Expr* error_rewrite(Span span, std::string message, Span at, std::string text, std::string_view more = {});
  bool is_wrong_below(std::size_t first_use) const;
  Span name_before(Span value, std::string_view name) const;
  std::string known_name_like(std::string_view name, const std::vector<std::string>& candidates) const;
  void warn(Span span, std::string message, std::string advice = {});
  Expr* unknown_name(std::string_view name, Span span, std::string_view what, std::vector<std::string> candidates);
  std::string show(const Type* type) const { return vars.show(type); }
  std::string source_text(Span span) const;
  std::vector<std::string> names_in_scope() const;

  // ---- infer_expr.cc
  Expr* infer(const Node& node, const Type* expected = nullptr, bool wanted = true);
  Expr* infer_node(const Node& node, const Type* expected, bool wanted);
  std::vector<Expr*>::iterator leaving_since(std::size_t mark);   // in evaluated_: the first part that never gives a value
  Expr* infer_as(const Node& node, const Type* type, std::string_view what = {});   // infers and converts
  Expr* infer_name(const Node& node);
  Expr* infer_member(const Node& node);
  Expr* member_of(Expr* object, std::string_view name, const Node& node, Span name_span);
  Expr* infer_safe(const Node& node);
  Expr* infer_index(const Node& node);
  Expr* infer_slice(const Node& node);
  Expr* infer_interpolation(const Node& node);
  Expr* display(Expr* value, Span span);
  Expr* infer_tuple(const Node& node, const Type* expected);
  Expr* infer_list(const Node& node, const Type* expected);
  Expr* infer_map(const Node& node, const Type* expected);
  Expr* infer_record(const Node& node, const Type* expected);
  Expr* infer_comprehension(const Node& node, const Type* expected);
  Expr* infer_range(const Node& node);
  Expr* infer_lambda(const Node& node);
  Expr* infer_move(const Node& node);
  Expr* template_value(Template made, Span span);
  std::vector<Capture> captures_of(const Node& body, const std::vector<std::string_view>& bound);
  Expr* qualified(const Qualifier& qualifier, std::string_view name, const Node& node, Span name_span);
  Expr* constant(Module& module, const ConstDef& def);
  Qualifier qualifier_of(const Node& node);

  // ---- operators.cc
  Expr* infer_binary(const Node& node);
  Expr* infer_unary(const Node& node);
  Expr* infer_chain(const Node& node);
  Expr* infer_coalesce(const Node& node);
  Expr* binary(std::string_view op, Expr* left, Expr* right, const Node& node, Span span);
  Expr* field_fn_operand(std::string_view op, Expr* left, Expr* right, Span span);   // null: there is none
  Expr* binary_any(std::string_view op, Expr* left, Expr* right, const Node& node, Span span);
  Expr* compare(std::string_view op, Expr* left, Expr* right, const Node& node, Span span);
  Expr* declared_equality(std::string_view op, Expr* left, Expr* right, const Node& node, Span span);
  Expr* equality(bool equal, Expr* left, Expr* right, Span span);
  Expr* contains(Expr* item, Expr* container, Span span);
  Expr* condition(const Node& node);

  // ---- convert.cc: unions, Any, conversions
  Expr* coerce(Expr* value, const Type* to, Span span, std::string_view what = {});
  static bool forgets_environment(const Type* from, const Type* to);
  bool converts(Expr* value, const Type* to);          // coerce would succeed (nothing is bound)
  Expr* try_coerce(Expr* value, const Type* to);       // null when it does not convert
  Expr* close(Expr* value, const Type* fn_type, Span span);   // a template as a closure
  const Type* join(const Type* a, const Type* b);      // the type of a value that is one of the two
  const Type* join_all(std::vector<Expr*>& values, Span span);   // and converts them
  bool settle_functions(std::vector<Expr*>& values);
  const Type* own_fn_type(const Template& made, Span span);
  const Type* type_spelt_by(const Type* value);
  const Type* known(const Type* type, Span span);      // resolved; Never (and another round, or a message) when not known yet

  // ---- infer_stmt.cc
  Expr* infer_block(const Node& node, const Type* expected, bool wanted);
  Expr* infer_assign(const Node& node);
  Expr* as_declared(Expr* value, const Type* declared, Span span);
  Expr* infer_multi_assign(const Node& node);
  Expr* infer_typed_assign(const Node& node);
  Expr* assign_name(std::string_view name, Span span, Expr* value, const Node* value_node, const Type* declared);
  Expr* infer_if(const Node& node, const Type* expected, bool wanted);
  Expr* infer_for(const Node& node);
  Expr* infer_while(const Node& node);
  Expr* infer_try(const Node& node, const Type* expected, bool wanted);
  Expr* infer_return(const Node& node);
  Expr* infer_raise(const Node& node);
  Expr* infer_assert(const Node& node);
  Expr* infer_import(const Node& node);
  Expr* infer_nested_fns(const std::vector<const Node*>& nodes);
  void check_moved_again(const Flow& before);
  Expr* infer_command(const Node& node);
  void check_thrown_away(const Node& statement, const Expr* value);
  Expr* loop_over(const Node& iterable, const Node* pattern, Span span, const std::function<Expr*()>& body, const Node* repeated = nullptr);

  // ---- infer_pattern.cc
  Expr* infer_match(const Node& node, const Type* expected, bool wanted);
  // The test of a pattern (null: always holds); binds names in the innermost scope; `binds` are run after the test.
  Expr* pattern_test(const Node& pattern, const Access& subject, std::vector<Expr*>& binds);
  Expr* any_record_test(const Node& pattern, const Access& subject, std::vector<Expr*>& binds);
  Expr* bind_irrefutable(const Node& pattern, const Access& subject);   // assignment, for, parameters
  Expr* narrowed(const Access& subject, const Type* to, Access& part, Span span);
  Var* bind_pattern_name(std::string_view name, const Type* type, Span span);
  const Type* constructor_type(const Node& name, const Type* subject, ConstructorDef& found);
  void check_exhaustive(const Node& match, const Type* subject);

  // ---- narrow.cc
  static std::string key_of(const Var& var);
  std::optional<Path> path_of(const Node& place);
  const Type* fact_of(const std::string& key, const Type* declared) const;
  Expr* as_known(Expr* value, const std::string& key, Span span);
  Expr* read_known(Var& var, Span span);
  void learn(const Path& path, const Type* type);
  void assume(const Node& condition, bool truth);
  void forget(std::string_view path);
  void forget_changed(const Node& place);
  void forget_assigned(const Node& node);

  // ---- infer_call.cc
  Expr* infer_call(const Node& node);
  Expr* infer_method_call(const Node& node);
  Expr* infer_pipe(const Node& node);
  std::vector<Arg> args_of(const Node& node, std::size_t first);
  Expr* call_name(std::string_view name, std::vector<Arg> args, const Node& node, Span name_span);
  Expr* call_method(std::string_view name, Expr* object, const Node* object_node, std::vector<Arg> rest, const Node& node, Span name_span);
  Expr* call_qualified(const Qualifier& qualifier, std::string_view name, std::vector<Arg> args, const Node& node, Span name_span);
  Expr* apply(Expr* callee, std::vector<Arg> args, const Node& node, Span callee_span);
  Expr* apply_template(Expr* callee, const Template& called, std::vector<Arg> args, const Node& node, Span callee_span);
  Expr* apply_constructor(TypeDef& def, std::uint32_t index, Module& module, std::vector<Arg> args, const Node& node, Span span);
  Expr* print(std::vector<Arg> args, const Node& node);
  Expr* value_of(Arg& arg, const Type* expected = nullptr);
  bool is_callable(const Type* type);

  // ---- overload.cc
  Callable functions_named(std::string_view name, const Context& context, Module* qualifier, const std::vector<Arg>& args);
  Expr* habit_of_others(std::string_view name, const std::vector<Arg>& args, const Node& node, Span name_span);
  Expr* function_first(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span);
  Expr* call_overloads(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span);
  std::optional<Match> match(const FnDef& def, std::vector<Arg>& args, std::string* why);
  int match_arg(Expr* value, const Type* to, bool generic);
  Expr* call_match(const Match& match, std::vector<Arg>& args, const Node& node, Span name_span);
  Expr* emit_call(const FnDef& def, const std::vector<Expr*>& values, const TypeArgs& type_args, const Node& node, Span name_span);
  Expr* call_per_member(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span);
  std::vector<const Type*> param_types(const FnDef& def, TypeArgs& type_args);
  std::string describe(const FnDef& def) const;
  Module* module_of(const Type* type);
  Expr* call_instance(Instance* callee, const std::vector<Expr*>& args, Span span);

  // ---- defaults.cc
  void fill_defaults(const FnDef& def, const std::vector<const Type*>& types, std::vector<Expr*>& values, std::vector<Expr*>& before, const Node& node);
  void fill_defaults(const std::vector<ParamDef>& params, const Context& where, std::vector<Var*> visible, const std::vector<const Type*>& types,
                     std::vector<Expr*>& values, std::vector<Expr*>& before, const Node& node);
  Instance* check_with_defaults(FnDef& def, const Node& statement);   // null: its parameters do not tell all that it takes

  // ---- places.cc
  std::optional<PlaceUse> place_of(const Node& node, bool for_change);
  Expr* assign_place(const Node& target, std::string_view op, const Node& value_node);
  Expr* modify(PlaceUse& place, Span span, const std::function<Expr*(std::uint32_t hole)>& body);
  core::Place* make_place(const PlaceUse& place);
  void note_change(Var& var, Span span, std::uint32_t root);
  void check_changes();

  // ---- spawn.cc
  Expr* infer_spawn(const Node& node);
  // Of all three: in `box`, when it is not null.
  Expr* call_spawn(std::vector<Arg> args, const Node& node, Expr* box = nullptr);
  Expr* spawn_call(const Node& callee, std::vector<Arg> args, const Node& node, Expr* box = nullptr);
  Expr* spawn_value(Expr* callee, std::vector<Arg> args, const Node& node, Span callee_span, Expr* box = nullptr);
  Expr* parent_call(std::string_view name, std::vector<Arg> args, const Node& node, Span name_span);
  Expr* infer_select(const Node& node, const Type* expected, bool wanted);
  Expr* parent_end(std::uint32_t which, Span span);
  void use_parent_of(Instance* callee, Span span);

  // ---- sandbox.cc
  Expr* sandbox(std::vector<Arg> args, const Node& node, Span name_span);
  std::string_view granted_by(const Node& field);
  Expr* call_sandbox(std::string_view name, Expr* box, std::vector<Arg> args, const Node& node, Span name_span);
  void check_boxes();

  // ---- spaces.cc
  Expr* call_fs(std::string_view name, std::vector<Arg>& args, const Node& node, Span name_span);   // null: no operation of its own
  Expr* fs_add_space(std::vector<Arg>& args, const Node& node);
  Expr* fs_record(std::string_view name, std::vector<Arg>& args, const Node& node);
  Expr* fs_space(std::vector<Arg>& args, const Node& node);
  const Node* constant_of(const Node& node, syntax::SourcePtr& source);

  // ---- effects.cc
  bool use_capability(std::string_view name, Span span);
  static bool is_capability(std::string_view name);
  void check_uses(const FnDef& def);
  static std::map<std::string, std::vector<const Instance*>> reached_effects(const Instance& of);
  void check_params(const Node& fn);
  void check_names(const Node& fn);
  // modules.cc
  void check_module(Module& module);
  void check_if_typed(FnDef& def, const Node& statement);   // though nothing calls it
  void check_type_decl(const Node& decl);

  // ---- type_exprs.cc
  const Type* resolve_type(const Node& node, const Context& context, const TypeArgs& type_args, bool report = true);
  const Type* named_type(std::string_view name, std::vector<const Type*> args, const Context& context, const TypeArgs& type_args,
                         Span span, bool report);
  TypeDef* find_type(std::string_view name, const Context& context);
  bool find_constructor(std::string_view name, const Context& context, ConstructorDef& found, Module*& module);
  const Type* type_of_expr(const Node& node);             // null when the expression is no type; nothing is reported
  const Type* instance_of(TypeDef& def, const std::vector<const Type*>& args);

  // ---- reflect.cc
  bool is_reflection(std::string_view name) const;       // help, reflect, explain, unless the program has its own
  Expr* reflection(std::string_view name, std::vector<Arg> args, const Node& node);
  static bool is_shell_word(std::string_view name);      // shell.type, shell.effects, ..
  Description described(const Node& node, std::vector<const FnDef*>* defs);
  std::vector<std::string> methods_of(const Type* type);
  Expr* text_list(const std::vector<std::string>& texts, Span span);
  Expr* record_value(const std::vector<std::pair<std::string_view, Expr*>>& fields, Span span);
  Expr* named_types(const std::vector<std::pair<std::string, std::string>>& all, Span span);
  Expr* reflect(std::vector<Arg> args, const Node& node);
  Expr* help(std::vector<Arg> args, const Node& node);
  Expr* shell_word(std::string_view name, std::vector<Arg> args, const Node& node);
  Expr* print_text(std::string_view text, Span span);

  // ---- explain.cc
  Expr* explain(std::vector<Arg> args, const Node& node);
  Expr* explained_source(Expr* value, Span span);

  // ---- dynamic.cc
  Expr* any_word(std::string_view word, const Type* type, Span span, std::initializer_list<Expr*> kids);
  static bool holds_any(const Type* type);                       // an Any inside
  static bool may_be(const Type* from, const Type* to);         // with Any inside: that may be seen when it runs
  Expr* fits_any(const Access& subject, const Type* to, Access& part, Span span);
  void bind_dynamic(const Match& match, const std::vector<Arg>& args, const std::vector<const Type*>& types);
  Choice any_choice(const Match& fit, const std::vector<Arg>& args, const std::vector<std::uint32_t>& locals,
                    const std::vector<const Type*>& known_types, const Node& node, Span name_span, bool report);
  Expr* any_call(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span, const AnyCall& how = {});
  Expr* refused_call(const Callable& callable, const std::vector<Arg>& args, const std::vector<std::uint32_t>& locals,
                     const std::vector<Choice>& choices, const Node& node);
  Expr* call_with_any_inside(const Callable& callable, std::vector<Arg>& args, const Node& node, Span name_span);   // null: none takes them

  // ---- data_words.cc: data(text)
  const Type* constructing_types();                       // the declared types that its text may construct, as a tuple
  Expr* read_data(Expr* text, const Type* wanted, Span span);
  // What words over rows take in place of a function or a type. Null: `value` is not what `to`, a rows.Field or rows.Example, stands for.
  Expr* row_argument(Expr* value, const Type* from, const Type* to, Span span);
  bool is_row_argument(const Type* from, const Type* to) const;
  Expr* checked_rows(Expr* value, const Type* from, const Type* to, Span span);   // null: these are no rows from outside

  // ---- fuse.cc: words over temporaries
  Expr* fuse(Expr* call);
  Expr* as_stream(Expr* list);
  Expr* loop_over_pieces(Expr* list, const std::function<Expr*(Access)>& body, Span span);

  // ---- names
  Var* lookup(std::string_view name);
  Var* declare(std::string_view name, const Type* type, Span span, Var::Origin origin);
  Expr* read_var(Var& var, Span span);
  Expr* read_global(const std::string& symbol, const Global& global, Span span);
  Var* declare_global(std::string_view name, const Type* type, Span span);
  std::size_t push_scope();
  void pop_scope(std::size_t mark);
  Flow join_flow(const Flow& a, const Flow& b) const;
  bool is_assigned(const Var& var) const;
  void set_assigned(const Var& var);
  void set_result(Expr* body, const Type* declared);
  std::vector<Expr*> empty_globals(const Node& root);
  void check_again(const Node& root);
  void begin_params(const std::vector<ParamDef>& params, const std::vector<Capture>& captures);

  Checker& checker;
  Instance& instance;
  Variables& vars;
  Context context;                         // of the code being read: changes for defaults and constants of other modules
  core::FnInstance& core_fn;

 private:
  struct Unknown {
    Span span;
    std::string message, advice;
  };
  std::deque<Var> var_store_;
  std::vector<Scope> scopes_;
  std::uint32_t var_count_ = 0;
  Flow flow_;
  std::vector<Expr*> made_;
  std::vector<Expr*> evaluated_;           // parts of what is being read, in order
  std::vector<core::Step*> made_steps_;
  std::vector<core::Place*> made_places_;
  std::vector<Expr*> returns_;             // return_ nodes: converted when the result is known
  std::vector<Expr*> sends_;               // host chan.send to PARENT: likewise
  std::vector<const Type*> sent_;          // by functions that are called
  struct ParentCall {                      // of a function that speaks to PARENT: it must send what this channel carries
    Expr* call;
    Instance* callee;
    std::function<Instance*(const Type* out)> instantiate;
  };
  std::vector<ParentCall> parent_calls_;
  struct BoxUse {                          // what is spawned in a sandbox
    Instance* target;
    const Type* box;
    const Type* result;
    Span span;
  };
  std::vector<BoxUse> box_uses_;
  std::vector<std::pair<const Node*, const Type*>> open_literals_;
  std::vector<Unknown> unknown_;
  const Type* declared_result_ = nullptr;
  const Type* in_ = nullptr;               // what PARENT.recv gives
  bool is_cell_ = false;
  std::vector<std::uint32_t> loops_;       // where the loops around begin
  unsigned lambda_depth_ = 0;
  std::vector<bool> breaks_;               // per loop: a break was seen
  std::uint32_t caught_local_ = UINT32_MAX;
  const Node* call_statement_ = nullptr;   // the call whose value nobody uses
  const LocalFns* local_fns_ = nullptr;
  bool reads_whole_ = false;               // what is compared with None is read as declared
  std::vector<std::string> forgotten_;     // keys of facts, as they were forgotten
  std::vector<Expr*> pattern_binds_;       // of parameters that are patterns
  friend class Checker;
};

// advice.cc
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);   // empty when none is near

}  // namespace m31::types
