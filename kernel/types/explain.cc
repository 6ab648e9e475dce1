// explain(flow): the plan of a pipeline, as text. The pipeline is checked and not run: only the source at its head is opened, which
// reads nothing, and asked what it is (explain.stream); what the words after it will do is known when the program is checked. Of
// fs.search the store tells its own plan.
#include <algorithm>

#include "kernel/syntax/printer.h"
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

namespace {

const Expr& last_of(const Expr& expr) { return expr.op == Op::block && !expr.kids.empty() ? last_of(*expr.kids.back()) : expr; }

// Sources that can be opened for what they are, without an effect that anybody sees.
bool opens_lazily(const Expr& expr) {
  constexpr std::string_view lazy[] = {"fs.records", "host.files", "stdin", "stored.files"};
  if (expr.op == Op::host) return std::find(std::begin(lazy), std::end(lazy), expr.text) != std::end(lazy);
  return expr.op == Op::local || expr.op == Op::global;
}

std::string on_one_line(std::string text) {
  std::string line;
  for (const char c : text)
    if (c != '\n' && c != ' ') line += c;
    else if (!line.ends_with(' ')) line += ' ';
  return line;
}

// The words of one pass, as they are put together.
struct Pass {
  std::string native, in_vm;               // texts of stages, `|` between them
  void add(std::string text, bool is_native) {
    std::string& to = is_native && in_vm.empty() ? native : in_vm;
    to += (to.empty() ? "" : " | ") + std::move(text);
  }
  bool empty() const { return native.empty() && in_vm.empty(); }
  std::string text() const {
    if (in_vm.empty()) return native + ": native, one pass over the data as it comes";
    return (native.empty() ? "" : native + ": native; ") + in_vm + ": in the VM, one item at a time";
  }
};

}  // namespace

// `value` opened as a source, as a line of text; null when it is none.
Expr* Inference::explained_source(Expr* value, Span span) {
  const Expr& head = last_of(*value);
  const Type* text = basic(TypeKind::string);
  if (head.op == Op::host && head.text == "fs.search") {
    std::vector<Expr*> kids;
    if (value->op == Op::block)
      for (const Expr* each : value->kids.first(value->kids.size() - 1)) kids.push_back(const_cast<Expr*>(each));
    std::vector<Expr*> asked;
    for (const Expr* each : head.kids) asked.push_back(const_cast<Expr*>(each));
    kids.push_back(host("fs.explain", text, span, asked));
    return block_of(kids, span);
  }
  if (vars.resolve(value->type)->kind != TypeKind::stream || !opens_lazily(head)) return nullptr;
  return make(Op::concat, text, span, {string_const("source   ", span), native("explain.stream", text, span, {value})});
}

Expr* Inference::explain(std::vector<Arg> args, const Node& node) {
  if (args.size() != 1 || !args[0].node || !args[0].name.empty())
    return error(node.span, "explain takes one flow", "write `explain(files(\"*.txt\") | words | freq)`");
  const Flow before = flow_;               // nothing is used up by being explained
  const auto looked_at = [&](const Node& each) {
    Expr* value = infer(each);
    flow_ = before;
    return value;
  };
  if (known(vars.zonk(looked_at(*args[0].node)->type), args[0].span)->kind == TypeKind::never) return poison(node.span);
  std::vector<const Node*> steps;          // the head, then each longer pipe
  for (const Node* each = args[0].node;; each = &(*each)[0]) {
    steps.push_back(each);
    if (!each->is(Kind::pipe)) break;
  }
  std::reverse(steps.begin(), steps.end());

  Expr* head = looked_at(*steps[0]);
  const Type* type = known(vars.zonk(head->type), steps[0]->span);
  std::string plan;
  Expr* source = explained_source(head, node.span);
  const auto line = [&](std::string text) { plan += "\n" + std::move(text); };
  if (!source) plan = "source   " + on_one_line(syntax::print(*steps[0])) + ": " + show(type) + ", computed first, in memory";
  Pass pass;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    Expr* value = looked_at(*steps[i]);
    const Type* result = known(vars.zonk(value->type), steps[i]->span);
    const bool is_native = last_of(*value).op == Op::native;
    const bool was_stream = type->kind == TypeKind::stream, is_stream = result->kind == TypeKind::stream;
    std::string stage = on_one_line(syntax::print((*steps[i])[1]));
    if (was_stream) {
      pass.add(std::move(stage), is_native);
      if (!is_stream) {
        line("pass     " + pass.text() + "; kept: " + show(result));
        pass = {};
      }
    } else if (is_stream) {
      line("flow     " + stage + ": its items one by one, in memory");
    } else {
      line("then     " + stage + ": " + (is_native ? "native" : "in the VM") + ", in memory -> " + show(result));
    }
    type = result;
  }
  if (!pass.empty()) line("pass     " + pass.text() + "; nothing is kept");
  if (type->kind == TypeKind::stream) line("runs     when something takes from it: a loop, a word like count, or to be shown");
  if (!source) return string_const(plan, node.span);
  return make(Op::concat, basic(TypeKind::string), node.span, {source, string_const(plan, node.span)});
}

}  // namespace m31::types
