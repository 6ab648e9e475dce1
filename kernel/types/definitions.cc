#include "kernel/types/definitions.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;

namespace {

thread_local CompleteNamed completer = nullptr;
thread_local void* completer_context = nullptr;

const Node* optional(const Node& node) { return node ? &node : nullptr; }

// native("word") or host("operation") as the whole body.
std::string_view foreign(const Node& body, std::string_view how) {
  const Node* node = &body;
  while ((node->is(Kind::block) || node->is(Kind::expr_stmt)) && node->size() == 1) node = node->kids[0];
  if (!node->is(Kind::call) || node->size() != 2) return {};
  if (!(*node)[0].is(Kind::name) || (*node)[0].text != how || !(*node)[1].is(Kind::string_lit)) return {};
  return (*node)[1].text;
}

}  // namespace

void complete_named(const Type* named) {
  if (completer) completer(completer_context, named);
}

CompleteScope::CompleteScope(CompleteNamed complete, void* context)
    : before_(completer), before_context_(completer_context) {
  completer = complete;
  completer_context = context;
}

CompleteScope::~CompleteScope() {
  completer = before_;
  completer_context = before_context_;
}

std::vector<ParamDef> read_params(std::span<const Node* const> nodes) {
  std::vector<ParamDef> params;
  for (const Node* each : nodes) {
    ParamDef& param = params.emplace_back();
    param.name = each->text;
    param.node = each;
    param.fallback = optional((*each)[0]);
    param.type = optional((*each)[1]);
    param.pattern = optional((*each)[2]);
    param.is_var = each->number == 1;
  }
  return params;
}

void read_fn(FnDef& def) {
  const Node& node = *def.node;
  def.name = node.text;
  if (node[0]) for (const Node* name : node[0].kids) def.type_params.push_back(name->text);
  def.params = read_params(node[1].kids);
  def.result = optional(node[2]);
  def.uses = optional(node[3]);
  def.body = &node[4];
  if (def.context.module->is_library) {
    def.native = foreign(*def.body, "native");
    def.host = foreign(*def.body, "host");
  }
}

}  // namespace m31::types
