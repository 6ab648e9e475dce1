#include "kernel/types/describe.h"

#include <algorithm>

#include "kernel/syntax/parser.h"
#include "kernel/syntax/printer.h"
#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Node;

namespace {

// The text of a node on one line.
std::string text_of(const Node& node, const syntax::SourcePtr& source) {
  std::string_view text;
  if (source && node.span.end <= source->text().size() && node.span.begin <= node.span.end)
    text = source->text().substr(node.span.begin, node.span.end - node.span.begin);
  std::string line;
  for (char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!blank) line += c;
    else if (!line.empty() && line.back() != ' ') line += ' ';
  }
  return line;
}

std::string whole_text_of(const Node& node, const syntax::SourcePtr& source) {
  if (!source || node.span.end > source->text().size()) return syntax::print(node);
  return std::string(source->text().substr(node.span.begin, node.span.end - node.span.begin));
}

std::string first_sentence(std::string_view doc) {
  std::string text(doc.substr(0, doc.find("  ")));
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (const std::size_t stop = text.find(". "); stop != std::string::npos) text.resize(stop + 1);
  return text;
}

// The comment that a module opens with.
std::string opening_doc(std::string_view text) {
  std::string doc;
  while (text.starts_with("##")) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(2, end - 2);
    if (line.starts_with(' ')) line.remove_prefix(1);
    doc += std::string(line) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (doc.ends_with('\n')) doc.pop_back();
  return doc;
}

void indented(std::string& to, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) to += "  " + std::string(text.substr(0, end));
    to += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool parses(std::string_view text) {
  return syntax::parse(std::make_shared<const syntax::Source>("example", std::string(text))).ok();
}

// A doc comment with each example on a line of its own.
void shown_doc(std::string& to, std::string_view doc) {
  const std::vector<Example> examples = examples_of(doc);
  std::string prose;
  std::uint32_t number = 0;
  for (std::string_view rest = doc; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    bool has_example = false;
    for (const Example& example : examples) {
      if (example.line != number) continue;
      has_example = true;
      line = line.substr(0, line.rfind(example.code));
      if (example.how == Example::How::as_in) line = line.substr(0, line.rfind("as in"));
    }
    while (line.ends_with(' ')) line.remove_suffix(1);
    if (!line.empty() || !has_example) prose += std::string(line) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!prose.empty()) {
    to += '\n';
    indented(to, prose);
  }
  if (examples.empty()) return;
  to += '\n';
  std::size_t widest = 0;
  for (const Example& each : examples)
    if (each.how != Example::How::as_in) widest = std::max(widest, each.code.size());
  for (const Example& each : examples) {
    to += "  " + each.code;
    if (each.how != Example::How::as_in)
      to += std::string(widest - each.code.size(), ' ') + (each.how == Example::How::gives ? "  gives " : "  raises ") + each.value;
    to += '\n';
  }
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) { return nearest(name, candidates); }

std::vector<Example> examples_of(std::string_view doc) {
  std::vector<Example> all;
  for (std::uint32_t number = 0; !doc.empty(); ++number) {
    const std::size_t end = std::min(doc.find('\n'), doc.size());
    std::string_view line = doc.substr(0, end);
    doc.remove_prefix(std::min(end + 1, doc.size()));
    while (line.ends_with(' ')) line.remove_suffix(1);
    constexpr std::string_view as_in = "as in ";
    const std::size_t as_in_at = line.starts_with(as_in) ? 0 : line.rfind("  as in ");
    if (as_in_at != std::string_view::npos) {
      const std::string_view code = trimmed(line.substr(as_in_at + (as_in_at ? 2 : 0) + as_in.size()));
      if (parses(code)) all.push_back({Example::How::as_in, std::string(code), {}, number});
      continue;
    }
    const std::size_t gives = line.rfind(" gives "), raises = line.rfind(" raises ");
    const bool is_error = gives == std::string_view::npos || (raises != std::string_view::npos && raises > gives);
    const std::size_t at = is_error ? raises : gives;
    if (at == std::string_view::npos) continue;
    std::string_view code = line.substr(0, at);
    std::size_t begin = 0;
    for (std::size_t i = 1; i + 1 < code.size(); ++i)
      if (code[i] == ' ' && code[i + 1] == ' ' && std::string_view(".:;?)").find(code[i - 1]) != std::string_view::npos) begin = i;
    code = trimmed(code.substr(begin));
    const std::string_view value = trimmed(line.substr(at + (is_error ? 8 : 7)));
    // Prose gives and raises things too.
    const std::string_view whole = is_error ? value.substr(0, value.find_first_of(" :(")) : value;
    if (code.empty() || whole.empty() || !parses(code) || !parses(whole)) continue;
    if (is_error && !(whole[0] >= 'A' && whole[0] <= 'Z')) continue;
    all.push_back({is_error ? Example::How::raises : Example::How::gives, std::string(code), std::string(value), number});
  }
  return all;
}

std::string shown_effects(const std::vector<std::string>& effects) {
  if (effects.empty()) return {};
  std::string text = " uses {";
  for (std::size_t i = 0; i < effects.size(); ++i) text += (i ? ", " : "") + effects[i];
  return text + "}";
}

FnDescription describe(const FnDef& def, Checker& checker) {
  const syntax::SourcePtr& source = def.context.source;
  FnDescription made;
  made.signature = def.name;
  if (!def.type_params.empty()) {
    made.signature += '[';
    for (std::size_t i = 0; i < def.type_params.size(); ++i) made.signature += (i ? ", " : "") + std::string(def.type_params[i]);
    made.signature += ']';
  }
  made.signature += '(';
  for (std::size_t i = 0; i < def.params.size(); ++i) {
    const ParamDef& param = def.params[i];
    std::string type = param.type ? text_of(*param.type, source) : "";
    std::string name(param.pattern ? text_of(*param.pattern, source) : param.name);
    made.signature += (i ? ", " : "") + std::string(param.is_var ? "var " : "") + name + (type.empty() ? "" : ": " + type);
    if (param.fallback) made.signature += " = " + text_of(*param.fallback, source);
    made.params.push_back({std::move(name), std::move(type)});
  }
  made.signature += ')';
  if (def.result) made.signature += " -> " + text_of(*def.result, source);
  made.effects = checker.effects_of(def);
  made.doc = def.node->doc;
  // What a file says of itself may stand right above its first function.
  if (def.context.module->is_library && made.doc == opening_doc(Library::text_of(def.context.module->name))) made.doc.clear();
  made.source = whole_text_of(*def.node, source);
  made.fingerprint = syntax::fingerprint(*def.node).hex();
  made.place = source;
  made.span = def.node->span;
  return made;
}

Description describe(std::string name, const std::vector<const FnDef*>& defs, Checker& checker) {
  Description made;
  made.kind = Description::Kind::function;
  made.name = std::move(name);
  for (const FnDef* def : defs) {
    if (made.functions.empty()) made.module = def->context.module->name;
    made.functions.push_back(describe(*def, checker));
    if (made.doc.empty()) made.doc = made.functions.back().doc;
  }
  return made;
}

Description describe_built_in(std::string_view name) {
  struct BuiltIn {
    std::string_view name, signature, doc;
    bool prints;
  };
  static constexpr BuiltIn all[] = {
      {"print", "print(x, ...)", "Writes its arguments on one line, each as `display` gives it.", true},
      {"help", "help(x)", "Shows what a word, type, module or value is. At a prompt `x?` and `:help x` are the same.", true},
      {"reflect", "reflect(x)", "What is known about a value (type, fields, methods, size), or about a function\n"
                                "(type, parameters, effects, doc, source, fingerprint, overloads), as a record.", false},
      {"explain", "explain(flow)", "The plan of a pipeline, which does not run: what its source is and how large, which words share a pass over\n"
                                   "it, what runs natively and what in the VM, what is kept in memory; of fs.search what the store visits.\n"
                                   "At a prompt also `:explain flow`.", false},
  };
  Description made;
  made.name = name;
  for (const BuiltIn& each : all) {
    if (each.name != name) continue;
    made.kind = Description::Kind::function;
    FnDescription& fn = made.functions.emplace_back();
    fn.signature = each.signature;
    fn.doc = made.doc = each.doc;
    if (each.prints) fn.effects = {"print"};
  }
  return made;
}

Description describe(const TypeDef& def) {
  Description made;
  made.kind = Description::Kind::type;
  made.name = def.shown;
  made.module = def.module->name;
  made.type = text_of(*def.node, def.source);
  made.doc = def.node->doc;
  made.place = def.source;
  made.span = def.node->span;
  return made;
}

Description describe_module(Library& library, std::string_view name) {
  Description made;
  made.kind = Description::Kind::module;
  made.name = name;
  made.module = name;
  Module* module = library.find(name);
  if (!module) return made;
  const std::string_view text = Library::text_of(name);
  made.doc = opening_doc(text);
  std::vector<std::string_view> names = library.names_of(*module);
  for (std::string_view each : names) {
    std::string doc;
    for (const FnDef* def : library.fns_of(*module, each))
      if (doc.empty()) doc = def->node->doc;
    if (auto type = module->types.find(each); type != module->types.end()) doc = type->second->node->doc;
    made.members.push_back({std::string(each), first_sentence(doc)});
  }
  return made;
}

std::string overview(Library& library) {
  std::string text;
  const auto list = [&](bool open) {
    for (std::string_view name : Library::module_names()) {
      if (Library::is_open(name) != open) continue;
      const Description module = describe_module(library, name);
      text += "  " + module.name + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') + first_sentence(module.doc) + "\n";
    }
  };
  text += "Modules whose words are always in scope:\n";
  list(true);
  text += "Modules and capabilities, used as `name.word`:\n";
  list(false);
  text +=
      "At a prompt:\n"
      "  :help name  what a word, type or module is; `name?` is the same\n"
      "  :type e     the type of an expression\n"
      "  :effects f  what a function may do to the world\n"
      "  :bytecode f what it is compiled to\n"
      "  :exit n     ends the session; so do :quit and Ctrl-D\n";
  return text;
}

std::string help_text(const Description& of) {
  std::string text;
  switch (of.kind) {
    case Description::Kind::nothing: return of.name + " is not known\n";
    case Description::Kind::value: text = of.name + ": " + of.type + "\n"; break;
    case Description::Kind::constant: text = of.name + " = " + of.type + "\n"; break;
    case Description::Kind::type: text = of.type + "\n"; break;
    case Description::Kind::module: text = "module " + of.name + "\n"; break;
    case Description::Kind::function:
      for (const FnDescription& each : of.functions) text += each.signature + shown_effects(each.effects) + "\n";
      break;
  }
  if (of.kind != Description::Kind::module && !of.module.empty()) text += "in module " + of.module + "\n";
  std::vector<std::string> docs;
  if (of.functions.empty() && !of.doc.empty()) docs.push_back(of.doc);
  for (const FnDescription& each : of.functions)
    if (!each.doc.empty()) docs.push_back(each.doc);
  for (const std::string& doc : docs) shown_doc(text, doc);
  if (!of.members.empty()) {
    text += '\n';
    std::size_t widest = 0;
    for (const Member& each : of.members) widest = std::max(widest, each.name.size());
    for (const Member& each : of.members) {
      std::string line = "  " + each.name;
      if (!each.summary.empty()) line += std::string(widest + 2 - each.name.size(), ' ') + each.summary;
      text += line + "\n";
    }
  }
  if (!of.methods.empty()) {
    std::string line = "\n  takes:";
    for (const std::string& each : of.methods) {
      if (line.size() - line.rfind('\n') + each.size() > 100) line += "\n        ";
      line += " " + each;
    }
    text += line + "\n";
  }
  return text;
}

// ------------------------------------------------------------------------------------ effects

std::vector<std::string> Checker::effects_of(const FnDef& def) {
  std::set<std::string> effects;
  if (def.uses) {
    for (const Node* field : def.uses->kids) effects.insert(std::string(field->text));
    return {effects.begin(), effects.end()};
  }
  if (!def.native.empty() || def.is_nested) return {};
  Instance nobody;
  core::FnInstance core;
  nobody.core = &core;
  nobody.context = def.context;
  Inference inference(*this, nobody);
  TypeArgs type_args;
  std::vector<const Type*> params = inference.param_types(def, type_args);
  const Type* any = basic(TypeKind::any);
  bool is_generic = !type_args.empty();
  for (auto& [name, type] : type_args) {
    vars.unify(type, any);
    type = any;
  }
  for (const Type*& param : params) {
    is_generic |= !param;
    param = param ? vars.zonk(param) : any;
  }
  Instance* made = instantiate(def, params, type_args, nullptr, {nullptr, def.context.source, def.node->span});
  if (!made) return {};
  std::vector<Instance*> reached{made};
  std::unordered_set<Instance*> seen{made};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    effects.insert(reached[i]->effects.begin(), reached[i]->effects.end());
    for (Instance* each : reached[i]->uses)
      if (seen.insert(each).second) reached.push_back(each);
  }
  if (effects.erase("PARENT")) effects.insert("chan");
  if (is_generic) effects.erase("any");
  return {effects.begin(), effects.end()};
}

}  // namespace m31::types
