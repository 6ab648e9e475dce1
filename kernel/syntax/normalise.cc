#include "kernel/syntax/normalise.h"

#include <cstring>
#include <set>
#include <vector>

#include "kernel/syntax/shape.h"

namespace m31::syntax {

namespace {

enum Mark : char { mark_free = 0, mark_local = 1, mark_called = 2 };

// One name of one scope. Both passes meet them in the same order, so that the second one can look up
// by `order` what the first one saw.
struct Local {
  std::string_view name;
  std::size_t order = 0;
  std::int64_t number = -1;   // given at the first appearance
  bool function = false;      // surely callable
  bool nested_fn = false;     // a call that it does not fit may find another function of its name
};

struct Seen {
  bool called = false;   // the callee of a call or pipe
  bool read = false;     // used in any other way
};

struct Scope {
  std::vector<Local> locals;
  bool of_function = false;
  std::vector<std::size_t> before_param;   // how many locals stand before each parameter: those that its default reads
  std::size_t next_param = 0;
  std::size_t visible = ~std::size_t{0};   // in a default: so many of them
};

class Normaliser {
 public:
  // The first pass only collects `seen` and `named`; the second writes.
  std::string run(const Node& root) {
    for (int pass = 0; pass < 2; ++pass) {
      out_.clear();
      scopes_.clear();
      local_count_ = 0;
      next_number_ = 0;
      node(root);
    }
    return std::move(out_);
  }

 private:
  // --- bytes
  void byte(char c) { out_ += c; }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<char>(value | 0x80));
    byte(static_cast<char>(value));
  }
  void text(std::string_view value) {
    varint(value.size());
    out_ += value;
  }

  // --- scopes
  void push_scope(bool of_function) {
    scopes_.emplace_back();
    scopes_.back().of_function = of_function;
  }
  void pop_scope() { scopes_.pop_back(); }

  void declare(std::string_view name, bool function = false, bool nested_fn = false) {
    if (name.empty() || name == "_") return;
    for (Local& local : scopes_.back().locals)
      if (local.name == name) {
        local.function = local.function && function;
        local.nested_fn = local.nested_fn || nested_fn;
        return;
      }
    if (seen_.size() <= local_count_) seen_.emplace_back();
    scopes_.back().locals.push_back({name, local_count_++, -1, function, nested_fn});
  }

  Local* find(std::string_view name) {
    for (std::size_t i = scopes_.size(); i-- > 0;) {
      Scope& scope = scopes_[i];
      for (std::size_t j = 0; j < scope.locals.size() && j < scope.visible; ++j)
        if (scope.locals[j].name == name) return &scope.locals[j];
    }
    return nullptr;
  }

  bool in_function() const {
    for (const Scope& scope : scopes_)
      if (scope.of_function) return true;
    return false;
  }

  // --- names
  void local_mark(Local& local, bool with_name) {
    if (local.number < 0) local.number = next_number_++;
    byte(with_name ? mark_called : mark_local);
    varint(static_cast<std::uint64_t>(local.number));
    if (with_name) text(local.name);
  }

  void use(std::string_view name, bool called) {
    Local* local = find(name);
    if (!local) {
      byte(mark_free);
      text(name);
      return;
    }
    Seen& seen = seen_[local->order];
    (called ? seen.called : seen.read) = true;
    // A parameter that is only ever called cannot be anything but a function.
    local_mark(*local, local->nested_fn || (called && !local->function && seen.read));
  }

  // Where a name is bound. Names of parameters that some call in here names are kept.
  void bind(std::string_view name) {
    Local* local = find(name);
    if (local)
      local_mark(*local, local->nested_fn || named_.contains(name));
    else
      use(name, false);
  }

  // --- what a scope declares
  void declare_pattern(const Node& node_) {
    if (node_.is(Kind::pat_bind) || node_.is(Kind::pat_rest)) declare(node_.text);
    for (const Node* kid : node_.kids) declare_pattern(*kid);
  }

  void declare_params(const Node& list, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const Node& param = list[i];
      scopes_.back().before_param.push_back(scopes_.back().locals.size());
      declare(param.text, param[1].is(Kind::type_fn));
      declare_pattern(param[2]);
    }
  }

  // Names assigned in a function belong to it, wherever in it; those of a lambda to the function
  // around it if that has them.
  void declare_assigned(const Node& node_, bool in_lambda) {
    auto target = [&](const Node& place, bool function) {
      if (place.is(Kind::name) && !(in_lambda && find(place.text))) declare(place.text, function);
    };
    switch (node_.kind) {
      case Kind::assign:
        target(node_[0], node_.text == "=" && node_[1].is(Kind::lambda));
        break;
      case Kind::typed_assign:
        target(node_[0], node_[1].is(Kind::type_fn));
        break;
      case Kind::multi_assign:
        for (std::size_t i = 0; i + 1 < node_.size(); ++i) target(node_[i], false);
        break;
      case Kind::fn:
        declare(node_.text, false, true);
        return;
      case Kind::lambda:
        return;
      default:
        break;
    }
    for (const Node* kid : node_.kids) declare_assigned(*kid, in_lambda);
  }

  // --- nodes
  void kids(const Node& node_) {
    varint(node_.size());
    for (const Node* kid : node_.kids) node(*kid);
  }

  void callee(const Node& node_) {
    if (!node_.is(Kind::name)) return node(node_);
    byte(static_cast<char>(node_.kind));
    use(node_.text, true);
  }

  void node(const Node& node_) {
    byte(static_cast<char>(node_.kind));
    const Shape& shape = shape_of(node_.kind);
    if (shape.has('n')) {
      std::uint64_t bits = static_cast<std::uint64_t>(node_.number);
      varint((bits << 1) ^ (node_.number < 0 ? ~0ull : 0));
    }
    if (shape.has('r')) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &node_.real, sizeof bits);
      varint(bits);
    }
    switch (node_.kind) {
      case Kind::name:
        return use(node_.text, false);
      case Kind::int_lit:
        return;   // its text only says how a size was written
      case Kind::type_name:
        use(node_.text, false);
        return kids(node_);
      case Kind::pat_bind:
      case Kind::pat_rest:
        bind(node_.text);
        return kids(node_);
      case Kind::call:
        varint(node_.size());
        callee(node_[0]);
        for (std::size_t i = 1; i < node_.size(); ++i) node(node_[i]);
        return;
      case Kind::pipe:
        node(node_[0]);
        return callee(node_[1]);
      case Kind::method_call: {
        // x.f(a) may be f(x, a) or a field: both the name and what it may refer to count.
        text(node_.text);
        Local* local = find(node_.text);
        byte(local ? mark_local : mark_free);
        if (local) local_mark(*local, false);
        return kids(node_);
      }
      case Kind::named_arg:
        named_.insert(node_.text);
        text(node_.text);
        return kids(node_);
      case Kind::fn:
        return function(node_);
      case Kind::lambda:
        return lambda(node_);
      case Kind::param: {
        bind(node_.text);
        varint(node_.size());
        const std::size_t scope = scopes_.size() - 1;
        if (scopes_.empty() || scopes_[scope].next_param >= scopes_[scope].before_param.size()) {   // of no function: a forged tree
          for (const Node* kid : node_.kids) node(*kid);
          return;
        }
        scopes_[scope].visible = scopes_[scope].before_param[scopes_[scope].next_param++];
        node(node_[0]);
        scopes_[scope].visible = ~std::size_t{0};
        for (std::size_t i = 1; i < node_.size(); ++i) node(node_[i]);
        return;
      }
      case Kind::import:   // names of modules and capabilities, never locals
        varint(node_.size());
        for (const Node* name : node_.kids) text(name->text);
        return;
      case Kind::type_decl:
        text(node_.text);
        push_scope(false);
        for (const Node* name : node_[0].kids) declare(name->text);
        kids(node_);
        return pop_scope();
      case Kind::field_fn:
        text(node_.text);
        push_scope(false);
        declare("it");
        kids(node_);
        return pop_scope();
      case Kind::for_:
        return scoped(node_, 1, 0, {&node_[0], &node_[2]});
      case Kind::arm:
        return scoped(node_, none_outside, 0, {&node_[0], &node_[1], &node_[2]});
      case Kind::catch_:
        return scoped(node_, none_outside, 0, {&node_[0], &node_[1], &node_[2]});
      case Kind::select_arm:
        return scoped(node_, 1, 0, {&node_[0], &node_[2]});
      case Kind::comprehension: {
        varint(node_.size());
        std::size_t pushed = 0;
        for (std::size_t i = 1; i < node_.size(); ++i) {
          const Node& clause = node_[i];
          byte(static_cast<char>(clause.kind));
          if (clause.is(Kind::if_clause)) {
            node(clause[0]);
            continue;
          }
          node(clause[1]);
          push_scope(false);
          ++pushed;
          declare_pattern(clause[0]);
          node(clause[0]);
        }
        node(node_[0]);
        for (; pushed; --pushed) pop_scope();
        return;
      }
      default:
        if (shape.has('t')) text(node_.text);
        return kids(node_);
    }
  }

  static constexpr std::size_t none_outside = ~std::size_t{0};

  // A child outside the scope of a pattern, then those inside.
  void scoped(const Node& node_, std::size_t outside, std::size_t pattern, std::initializer_list<const Node*> inside) {
    if (outside != none_outside) node(node_[outside]);
    push_scope(false);
    declare_pattern(node_[pattern]);
    for (const Node* each : inside) node(*each);
    pop_scope();
  }

  void function(const Node& node_) {
    if (in_function())
      bind(node_.text);
    else
      text(node_.text);
    push_scope(true);
    for (const Node* name : node_[0].kids) declare(name->text);
    declare_params(node_[1], node_[1].size());
    declare_assigned(node_[4], false);
    kids(node_);
    pop_scope();
  }

  void lambda(const Node& node_) {
    std::size_t params = node_.size() - 1;
    push_scope(true);
    declare_params(node_, params);
    declare_assigned(node_[params], true);
    kids(node_);
    pop_scope();
  }

  std::string out_;
  std::vector<Scope> scopes_;
  std::vector<Seen> seen_;              // by Local::order
  std::set<std::string_view> named_;    // texts of named arguments
  std::size_t local_count_ = 0;
  std::int64_t next_number_ = 0;
};

}  // namespace

std::string normalise(const Node& node) { return Normaliser().run(node); }

}  // namespace m31::syntax
