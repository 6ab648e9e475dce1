// Checks of definitions that do not need an instance.
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

void Inference::check_params(const Node& fn) {
  const Node& params = fn[1];
  bool defaults = false;
  for (std::size_t i = 0; i < params.size(); ++i) {
    std::string_view name = params[i].text;
    for (std::size_t j = 0; j < i; ++j)
      if (!name.empty() && name != "_" && params[j].text == name)
        error(params[i].span, "two parameters are named `" + std::string(name) + "`", "rename one of them");
    if (params[i][0]) defaults = true;
    else if (defaults) error(params[i].span, "a parameter without a default stands after one with a default", "move it before, or give it one");
  }
}

// A function that nothing calls and whose parameters have no types is not checked, but its names are looked up.
void Inference::check_names(const Node& fn) {
  std::set<std::string_view> bound;
  std::function<void(const Node&)> collect = [&](const Node& node) {
    switch (node.kind) {
      case Kind::param:
      case Kind::pat_bind:
      case Kind::pat_rest:
      case Kind::fn: bound.insert(node.text); break;
      case Kind::assign:
      case Kind::typed_assign:
        if (node[0].is(Kind::name)) bound.insert(node[0].text);
        break;
      case Kind::multi_assign:
        for (const Node* target : node.kids)
          if (target->is(Kind::name)) bound.insert(target->text);
        break;
      case Kind::import:
      case Kind::type_params:
        for (const Node* name : node.kids) bound.insert(name->text);
        break;
      case Kind::field_fn: bound.insert("it"); break;
      default: break;
    }
    for (const Node* kid : node.kids) collect(*kid);
  };
  collect(fn);
  std::vector<std::string> known_names = names_in_scope();
  std::set<std::string_view> all(known_names.begin(), known_names.end());
  for (std::string_view each : {"Duration", "Range", "Never", "Fibril", "Sender", "Receiver", "Stream", "Type", "Space", "net"}) all.insert(each);
  std::function<void(const Node&)> look = [&](const Node& node) {
    if (node.is(Kind::import) || node.is(Kind::type_params) || node.is(Kind::pat_const) || node.is(Kind::pat_ctor)) {
      for (std::size_t i = node.is(Kind::pat_ctor) ? 1 : node.size(); i < node.size(); ++i) look(node[i]);
      return;
    }
    if (node.is(Kind::name) && !bound.count(node.text) && !all.count(node.text)) {
      std::vector<Arg> none;
      ConstructorDef constructor;
      Module* module = nullptr;
      if (functions_named(node.text, context, nullptr, none).empty() && !find_type(node.text, context) &&
          !find_constructor(node.text, context, constructor, module)) {
        std::vector<std::string> candidates = known_names;
        for (std::string_view each : bound) candidates.emplace_back(each);
        unknown_name(node.text, node.span, "the name", candidates);
        bound.insert(node.text);
      }
    }
    for (const Node* kid : node.kids) look(*kid);
  };
  look(fn);
}

void Inference::check_type_decl(const Node& decl) {
  TypeArgs bound;
  if (decl[0])
    for (const Node* name : decl[0].kids) bound.emplace_back(name->text, basic(TypeKind::any));
  for (std::size_t i = 1; i < decl.size(); ++i) {
    if (!decl[i].is(Kind::type_ctor) && !decl[i].is(Kind::type_record)) {
      resolve_type(decl[i], context, bound);
      continue;
    }
    for (const Node* field : decl[i].kids) resolve_type((*field)[0], context, bound);
  }
}

}  // namespace m31::types
