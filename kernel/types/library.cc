#include "kernel/types/library.h"

#include <algorithm>
#include <unordered_map>

#include "kernel/base/ensure.h"
#include "kernel/base/library.h"
#include "kernel/syntax/parser.h"

namespace m31::types {

using syntax::Kind;
using syntax::Node;

namespace {

const LibrarySource* source_of(std::string_view module) {
  for (const LibrarySource& each : library_sources())
    if (each.module == module) return &each;
  return nullptr;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9'); }

std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_letter(text[end])) ++end;
  return text.substr(at, end - at);
}

struct Chunk {                             // one definition in an open module: lines [begin, end) of its text
  std::size_t module, line, begin, end;
};

// name -> its definitions in the open modules, in order.
const std::unordered_map<std::string_view, std::vector<Chunk>>& index() {
  static const auto* the = [] {
    auto* made = new std::unordered_map<std::string_view, std::vector<Chunk>>;
    made->reserve(256);
    for (std::size_t module = 0; module < Library::open_count; ++module) {
      const LibrarySource* source = source_of(Library::open_names[module]);
      if (!source) continue;
      std::string_view text = source->text;
      Chunk* last = nullptr;
      std::size_t number = 0;
      std::size_t doc = std::string_view::npos, doc_line = 0;   // the doc comment right above
      for (std::size_t line = 0; line < text.size(); ++number) {
        std::size_t end = text.find('\n', line);
        end = end == std::string_view::npos ? text.size() : end + 1;
        char first = text[line];
        if (first != ' ' && last) last->end = line, last = nullptr;
        if (first != ' ' && first != '\n' && first != '#') {
          std::string_view name = text.substr(line, 3) == "fn " ? word_at(text, line + 3) : word_at(text, line);
          std::vector<Chunk>& chunks = (*made)[name];
          const bool has_doc = doc != std::string_view::npos;
          chunks.push_back({module, has_doc ? doc_line : number, has_doc ? doc : line, text.size()});
          last = &chunks.back();
        }
        if (!text.substr(line).starts_with("##")) doc = std::string_view::npos;
        else if (doc == std::string_view::npos) doc = line, doc_line = number;
        line = end;
      }
    }
    return made;
  }();
  return *the;
}

bool same_signature(const FnDef& a, const FnDef& b) {
  if (a.params.size() != b.params.size() || a.type_params.size() != b.type_params.size()) return false;
  for (std::size_t i = 0; i < a.params.size(); ++i) {
    const Node* x = a.params[i].type;
    const Node* y = b.params[i].type;
    if (!x != !y) return false;
    if (x && syntax::encode(*x) != syntax::encode(*y)) return false;
  }
  return true;
}

}  // namespace

bool define(Module& module, const Node& statement, const syntax::SourcePtr& source, DefinitionStore store) {
  if (statement.is(Kind::fn)) {
    FnDef& def = store.fns.emplace_back();
    def.node = &statement;
    def.context.module = &module;
    def.context.source = source;
    def.context.root = &statement;
    if (!module.is_library) def.context.fingerprint = syntax::fingerprint(statement);
    // What its names mean is said by the whole module.
    if (!module.is_library && !module.name.empty())
      def.context.fingerprint = syntax::hash_bytes(def.context.fingerprint.hex() + module.fingerprint.hex());
    read_fn(def);
    std::vector<FnDef*>& overloads = module.fns[def.name];
    for (FnDef*& each : overloads)
      if (!module.is_library && same_signature(*each, def)) {
        each = &def;
        return true;
      }
    overloads.push_back(&def);
    return true;
  }
  if (statement.is(Kind::type_decl)) {
    TypeDef& def = store.types.emplace_back();
    def.node = &statement;
    def.module = &module;
    def.source = source;
    def.shown = module.name.empty() || Library::is_open(module.name) || module.name == "errors"
                    ? std::string(statement.text)
                    : module.name + "." + std::string(statement.text);
    if (statement[0])
      for (const Node* name : statement[0].kids) def.params.push_back(name->text);
    bool is_sum = statement.size() > 1 && statement[1].is(Kind::type_ctor);
    bool is_record = statement.size() == 2 && statement[1].is(Kind::type_record);
    if (is_sum || is_record) {
      TypeDecl decl;
      decl.name = def.shown;
      decl.module = module.name;
      decl.fingerprint = syntax::fingerprint(statement);
      decl.parameter_count = static_cast<std::uint32_t>(def.params.size());
      decl.is_sum = is_sum;
      decl.is_error = module.name == "errors";
      def.decl = declare(decl);
    }
    module.types[statement.text] = &def;
    if (is_sum)
      for (std::size_t i = 1; i < statement.size(); ++i)
        module.constructors[statement[i].text] = {&def, static_cast<std::uint32_t>(i - 1)};
    if (is_record) module.constructors[statement.text] = {&def, 0};
    return true;
  }
  if (!module.name.empty() && statement.is(Kind::assign) && statement[0].is(Kind::name)) {
    module.constants[statement[0].text] = {statement[0].text, &statement[1]};
    return true;
  }
  return false;
}

Library::Library() = default;
Library::~Library() = default;

bool Library::is_standard(std::string_view name) { return source_of(name) != nullptr; }
bool Library::has(std::string_view name) const { return is_standard(name) || user_.find(name) != user_.end(); }

Module& Library::add(std::string name, std::shared_ptr<const syntax::Tree> tree, syntax::SourcePtr source) {
  Module& module = user_store_.emplace_back();
  module.name = std::move(name);
  module.source = std::move(source);
  module.tree = std::move(tree);
  module.fingerprint = syntax::hash_bytes(syntax::encode(*module.tree->root));
  for (const Node* statement : module.tree->root->kids) define(module, *statement, module.source, {fns_, types_});
  user_[module.name] = &module;
  return module;
}

bool Library::is_open(std::string_view name) {
  for (std::string_view each : open_names)
    if (each == name) return true;
  return false;
}

bool Library::holds(std::size_t open_module, std::string_view name) const {
  auto found = index().find(name);
  if (found == index().end()) return false;
  for (const Chunk& chunk : found->second)
    if (chunk.module == open_module) return true;
  return false;
}

// Of an open module only the definitions of the names that are looked up are parsed, on the lines where they stand.
const std::vector<FnDef*>& Library::fns_of(Module& module, std::string_view name) {
  static const std::vector<FnDef*> nothing;
  auto known = module.fns.find(name);
  if (known != module.fns.end()) return known->second;
  if (!module.is_library || !is_open(module.name)) return nothing;
  auto found = index().find(name);
  if (found == index().end()) return nothing;
  std::string_view text = source_of(module.name)->text;
  std::string part;
  std::size_t line = 0;
  for (const Chunk& chunk : found->second) {
    if (open_names[chunk.module] != module.name) continue;
    part.append(chunk.line - line, '\n');
    std::string_view lines = text.substr(chunk.begin, chunk.end - chunk.begin);
    part += lines;
    line = chunk.line;
    for (char c : lines) line += c == '\n';
  }
  if (part.empty()) return nothing;
  auto source = std::make_shared<syntax::Source>("m31/" + module.name + ".m31", std::move(part));
  syntax::Parsed parsed = syntax::parse(source);
  ENSURE(parsed.ok());
  trees_.push_back(parsed.tree);
  for (const Node* statement : parsed.tree->root->kids) define(module, *statement, source, {fns_, types_});
  return module.fns[trees_.back()->root->kids[0]->text];
}

Module* Library::find(std::string_view name) {
  auto known = modules_.find(name);
  if (known != modules_.end()) return &known->second;
  if (auto user = user_.find(name); user != user_.end()) return user->second;
  const LibrarySource* text = source_of(name);
  if (!text) return nullptr;
  Module& module = modules_[std::string(name)];
  module.name = name;
  module.is_library = true;
  if (is_open(name)) return &module;
  module.source = std::make_shared<syntax::Source>("m31/" + module.name + ".m31", std::string(text->text));
  syntax::Parsed parsed = syntax::parse(module.source);
  ENSURE(parsed.ok());
  module.tree = parsed.tree;
  for (const Node* statement : parsed.tree->root->kids) define(module, *statement, module.source, {fns_, types_});
  return &module;
}

std::string_view Library::text_of(std::string_view name) {
  const LibrarySource* source = source_of(name);
  return source ? source->text : std::string_view();
}

std::vector<std::string_view> Library::module_names() {
  std::vector<std::string_view> all;
  for (const LibrarySource& each : library_sources()) all.push_back(each.module);
  return all;
}

std::vector<std::string_view> Library::names_of(const Module& module) const {
  std::vector<std::string_view> all;
  std::string_view text = text_of(module.name);
  for (std::size_t line = 0; line < text.size();) {
    const std::size_t end = std::min(text.find('\n', line), text.size());
    std::size_t at = line;
    for (std::string_view word : {"fn ", "type "})
      if (text.substr(line).starts_with(word)) at = line + word.size();
    std::string_view name = word_at(text, at);
    if (!name.empty() && name[0] != '_' && std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
    line = end + 1;
  }
  return all;
}

std::vector<std::string_view> Library::names() const {
  std::vector<std::string_view> all;
  for (const auto& [name, modules] : index()) all.push_back(name);
  for (const LibrarySource& each : library_sources())
    if (!is_open(each.module)) all.push_back(each.module);
  for (const auto& [name, module] : user_) all.push_back(name);
  return all;
}

}  // namespace m31::types
