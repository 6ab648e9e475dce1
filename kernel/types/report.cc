// Messages of a round.
#include <algorithm>

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

// Whether an error stands in what this code uses, from that use on.
bool Inference::is_wrong_below(std::size_t first_use) const {
  std::vector<const Instance*> reached(instance.uses.begin() + static_cast<std::ptrdiff_t>(std::min(first_use, instance.uses.size())), instance.uses.end());
  std::unordered_set<const Instance*> seen(reached.begin(), reached.end());
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const syntax::Diagnostic& each : reached[i]->diagnostics)
      if (each.severity == syntax::Severity::error) return true;
    for (const Instance* each : reached[i]->uses)
      if (seen.insert(each).second) reached.push_back(each);
  }
  return false;
}

// The advice is to write `text` in the place of `span`.
Expr* Inference::error_rewrite(Span span, std::string message, Span at, std::string text, std::string_view more) {
  std::string shown = "write `" + text + "`" + std::string(more);
  return error(span, std::move(message), std::move(shown), {{at, std::move(text)}});
}

// Where the name of a named argument or field stands, whose value begins at `value`.
syntax::Span Inference::name_before(Span value, std::string_view name) const {
  if (!context.source || value.begin > context.source->text().size()) return value;
  std::size_t at = context.source->text().substr(0, value.begin).rfind(name);
  if (at == std::string_view::npos) return value;
  return {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + name.size())};
}

namespace {

// What the words of other languages are called here.
constexpr std::pair<std::string_view, std::string_view> synonyms[] = {
    {"length", "len"},      {"lenght", "len"},     {"size", "len"},         {"println", "print"},   {"printf", "print"},
    {"puts", "print"},      {"echo", "print"},     {"log", "print"},        {"str", "show"},        {"toString", "show"},
    {"to_s", "show"},       {"to_string", "show"}, {"repr", "show"},        {"reduce", "fold"},     {"foldl", "fold"},
    {"forEach", "each"},    {"foreach", "each"},   {"push", "append"},      {"add", "append"},      {"strip", "trim"},
    {"toUpper", "upper"},   {"toLower", "lower"},  {"toUpperCase", "upper"}, {"toLowerCase", "lower"}, {"uppercase", "upper"},
    {"lowercase", "lower"}, {"upcase", "upper"},   {"downcase", "lower"},   {"indexOf", "find"},    {"includes", "contains"},
    {"include", "contains"}, {"has", "contains"},  {"has_key", "contains"}, {"hasKey", "contains"}, {"containsKey", "contains"},
    {"startswith", "startsWith"}, {"endswith", "endsWith"}, {"starts_with", "startsWith"}, {"ends_with", "endsWith"},
    {"sorted", "sort"},     {"reversed", "reverse"}, {"unique", "uniq"},    {"distinct", "uniq"},   {"set", "toSet"},
    {"dict", "toMap"},      {"group_by", "groupBy"}, {"sort_by", "sortBy"}, {"flat_map", "flatMap"}, {"items", "pairs"},
    {"entries", "pairs"},   {"average", "mean"},   {"avg", "mean"},         {"head", "first"},      {"select", "filter"},
    {"collect", "list"},    {"toList", "list"},    {"to_list", "list"},     {"tuple", "list"},      {"slice", "take"},
    {"int", "toInt"},       {"float", "toFloat"},  {"to_i", "toInt"},       {"to_f", "toFloat"},    {"parseInt", "toInt"},
    {"parseFloat", "toFloat"}, {"true", "True"},     {"false", "False"},     {"undefined", "None"},
    {"pass", "None"},       {"Nothing", "None"}, 
};

// Names of other languages that stand for no name here: what is done instead.
constexpr std::pair<std::string_view, std::string_view> elsewhere[] = {
    {"self", "a function names what it works on: `fn f(p: Point): p.x`, called as `p.f()`"},
    {"this", "a function names what it works on: `fn f(p: Point): p.x`, called as `p.f()`"},
    {"console", "write `print(..)`"},
    {"System", "write `print(..)`"},
    {"IO", "write `print(..)`"},
    {"math", "its functions are always there: `sqrt(x)`, `sin(x)`; numbers like `Float.PI`"},
    {"Math", "its functions are always there: `sqrt(x)`, `sin(x)`; numbers like `Float.PI`"},
    {"Enum", "its functions are always there: `xs | map(f)`"},
    {"os", "what a program may reach are capabilities: `sh(..)`, `host`, `fs`, `sys`; paths are in `path`"},
    {"re", "a regular expression is made by `re(..)`; `matches`, `findAll`, `replace` take one"},
    {"open", "a file of this machine is read by `files(\"name\")`, or comes in as `stdin`"},
    {"isinstance", "`match x:` with arms `_: Int => ..` asks for a type"},
    {"typeof", "`reflect(x).type` is the type of a value, `:type x` shows it"},
    {"input", "`stdin` is the stream of the lines that come in: `for line in stdin: ..`"},
    {"exit", "`shell.exit(status)` ends the session; a function ends by `return`, and by `raise`"},
    {"end", "a block ends where its lines are indented less"},
    {"then", "a block follows `:`"},
    {"lambda", "a function as a value is written `x => ..`"},
};

}  // namespace

std::string Inference::known_name_like(std::string_view name, const std::vector<std::string>& candidates) const {
  for (const auto& [theirs, ours] : synonyms)
    if (theirs == name && std::find(candidates.begin(), candidates.end(), ours) != candidates.end()) return std::string(ours);
  return nearest(name, candidates);
}

void Inference::warn(Span span, std::string message, std::string advice) {
  error(span, std::move(message), std::move(advice));
  instance.diagnostics.back().severity = syntax::Severity::warning;
}

Expr* Inference::unknown_name(std::string_view name, Span span, std::string_view what, std::vector<std::string> candidates) {
  std::string message = std::string(what) + " `" + std::string(name) + "` is not known";
  for (const auto& [theirs, advice] : elsewhere)
    if (theirs == name) return error(span, message, std::string(advice));
  if (what == "the function" && !name.starts_with('_')) {
    std::vector<std::string> qualified;
    for (std::string_view each : Library::module_names()) {
      if (Library::is_open(each) || each == "any" || each == "rows") continue;   // those two are the checker's
      const Module* module = checker.library.find(each);
      if (module && module->fns.count(name)) qualified.push_back(std::string(each) + "." + std::string(name));
    }
    if (qualified.size() == 1) return error(span, message, "write `" + qualified[0] + "(..)`", {{span, qualified[0]}});
    if (!qualified.empty()) return error(span, message, "there are `" + qualified[0] + "(..)` and `" + qualified.back() + "(..)`");
  }
  std::string near = known_name_like(name, candidates);
  if (near.empty()) return error(span, message, what == "the function" ? "define it: `fn " + std::string(name) + "(..): ..`" : "give it a value before, or look for its name with `help`");
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
  for (std::string_view name : {"print", "help", "reflect", "stdin", "PARENT", "fs", "http", "sys", "clock", "random", "host", "sh", "Int", "Float",
                                "String", "Bool", "Bytes", "List", "Map", "None", "Any"})
    all.emplace_back(name);
  return all;
}

}  // namespace m31::types
