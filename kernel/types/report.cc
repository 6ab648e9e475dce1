// Messages of a round.
#include "kernel/types/inference.h"

namespace m31::types {

Expr* Inference::error(Span span, std::string message, std::string advice, std::vector<syntax::Edit> edits) {
  syntax::Diagnostic diagnostic;
  diagnostic.source = context.source;
  diagnostic.span = span;
  diagnostic.message = std::move(message);
  diagnostic.advice = std::move(advice);
  diagnostic.edits = std::move(edits);
  instance.diagnostics.push_back(std::move(diagnostic));
  return poison(span);
}

void Inference::warn(Span span, std::string message, std::string advice) {
  error(span, std::move(message), std::move(advice));
  instance.diagnostics.back().severity = syntax::Severity::warning;
}

Expr* Inference::unknown_name(std::string_view name, Span span, std::string_view what, std::vector<std::string> candidates) {
  std::string near = nearest(name, candidates);
  std::string message = std::string(what) + " `" + std::string(name) + "` is not known";
  if (near.empty()) return error(span, message);
  return error(span, message, "did you mean `" + near + "`?", {{span, near}});
}

std::string Inference::source_text(Span span) const {
  if (!context.source || span.end > context.source->text().size() || span.begin > span.end) return {};
  return std::string(context.source->text().substr(span.begin, span.end - span.begin));
}

std::vector<std::string> Inference::names_in_scope() const {
  std::vector<std::string> all;
  for (const Scope& scope : scopes_)
    for (const Var* var : scope.vars)
      if (var->name.find('@') == std::string::npos) all.push_back(var->name);
  for (const LocalFns* fns = local_fns_; fns; fns = fns->outer)
    for (const FnDef* def : fns->fns) all.emplace_back(def->name);
  for (const auto& [symbol, global] : checker.globals) all.push_back(symbol);
  for (const auto& [name, fns] : context.module->fns) all.emplace_back(name);
  for (const auto& [name, def] : context.module->types) all.emplace_back(name);
  for (const auto& [name, def] : context.module->constructors) all.emplace_back(name);
  for (std::string_view name : checker.library.names()) all.emplace_back(name);
  for (std::string_view name : {"print", "stdin", "PARENT", "fs", "http", "sys", "clock", "random", "host", "sh", "Int", "Float",
                                "String", "Bool", "Bytes", "List", "Map", "None", "Any"})
    all.emplace_back(name);
  return all;
}

}  // namespace m31::types
