#include "shell/lsp/document.h"

#include <algorithm>
#include <functional>
#include <set>

#include "kernel/syntax/lexer.h"
#include "kernel/types/describe.h"

namespace m31::shell {

namespace {

using syntax::Kind;
using syntax::Node;
using syntax::Span;

bool is_word_byte(unsigned char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

bool holds(Span span, std::uint32_t offset) { return span.begin <= offset && offset <= span.end; }

// The bytes of the character that begins with this one, and its UTF-16 units.
unsigned bytes_of(unsigned char c) { return c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4; }

// Where names are bound: visit(name, node, Symbol::Kind).
template <class Visit>
void each_binding(const Node& node, const Visit& visit) {
  switch (node.kind) {
    case Kind::fn: visit(node.text, node, Symbol::Kind::function); break;
    case Kind::type_decl:
    case Kind::type_ctor: visit(node.text, node, Symbol::Kind::type); break;
    case Kind::param:
    case Kind::pat_bind:
    case Kind::pat_rest:
      if (!node.text.empty()) visit(node.text, node, Symbol::Kind::variable);
      break;
    case Kind::assign:
    case Kind::typed_assign:
      if (node[0].is(Kind::name)) visit(node[0].text, node[0], Symbol::Kind::variable);
      break;
    case Kind::multi_assign:
      for (std::size_t i = 0; i + 1 < node.size(); ++i)
        if (node[i].is(Kind::name)) visit(node[i].text, node[i], Symbol::Kind::variable);
      break;
    default: break;
  }
  for (const Node* kid : node.kids) each_binding(*kid, visit);
}

// Where in a node its name stands.
Span name_in(const Node& node, std::string_view name, std::string_view text) {
  for (std::size_t at = text.find(name, node.span.begin); at != std::string_view::npos && at < node.span.end; at = text.find(name, at + 1)) {
    const bool begins = at == 0 || !is_word_byte(static_cast<unsigned char>(text[at - 1]));
    const std::size_t end = at + name.size();
    if (begins && (end == text.size() || !is_word_byte(static_cast<unsigned char>(text[end]))))
      return {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)};
  }
  return node.span;
}

constexpr std::string_view words[] = {"and", "assert", "break", "catch", "continue", "elif", "else", "False", "finally", "fn", "for", "if", "import", "in",
                                      "match", "move", "None", "not", "or", "raise", "return", "select", "spawn", "test", "True", "try", "type", "while"};

}  // namespace

Document::Document(std::string name, std::string text, const types::Environment& environment, std::unique_ptr<Document> before)
    : source_(std::make_shared<const syntax::Source>(std::move(name), std::move(text))) {
  const syntax::Parsed parsed = syntax::parse(source_);
  tree_ = parsed.ok() ? parsed.tree : before ? before->tree_ : nullptr;
  auto known = std::make_shared<Known>();
  known->checked = known->program.check(source_, environment);
  diagnostics_ = known->checked.diagnostics;
  const bool use_before = !known->checked.ok() && before && before->known_;
  known_ = use_before ? before->known_ : known;
}

Span Document::word_at(std::uint32_t offset) const {
  const std::string_view text = source_->text();
  std::uint32_t begin = std::min<std::uint32_t>(offset, static_cast<std::uint32_t>(text.size())), end = begin;
  while (begin > 0 && is_word_byte(static_cast<unsigned char>(text[begin - 1]))) --begin;
  while (end < text.size() && is_word_byte(static_cast<unsigned char>(text[end]))) ++end;
  return {begin, end};
}

std::string Document::qualified(Span word) const {
  const std::string_view text = source_->text();
  std::string name(text.substr(word.begin, word.end - word.begin));
  if (word.begin < 2 || text[word.begin - 1] != '.') return name;
  const Span before = word_at(word.begin - 1);
  if (before.begin == before.end || before.end != word.begin - 1) return name;
  return std::string(text.substr(before.begin, before.end - before.begin)) + "." + name;
}

// Of a local of the innermost function around, or a name at top level.
std::string Document::type_of_name(std::string_view name, std::uint32_t offset) const {
  if (!known_ || !known_->checked.cell) return {};
  std::vector<const core::FnInstance*> all{known_->checked.cell};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const core::FnInstance* each : all[i]->callees)
      if (std::find(all.begin(), all.end(), each) == all.end()) all.push_back(each);
  const types::Type* found = nullptr;
  std::uint32_t narrowest = UINT32_MAX;
  for (const core::FnInstance* each : all) {
    if (!each->source || each->source->name() != source_->name() || !holds(each->span, offset)) continue;
    const std::uint32_t width = each->span.end - each->span.begin;
    if (width >= narrowest) continue;
    for (const core::Local& local : each->locals)
      if (local.name == name) found = local.type, narrowest = width;
  }
  if (!found)
    for (const types::GlobalBinding& global : known_->checked.defined)
      if (global.symbol == name) found = global.type;
  return found ? types::show(found) : std::string();
}

std::string Document::documentation(const std::string& name) {
  const types::Description of = known_->program.describe(name);
  return of.kind == types::Description::Kind::nothing ? std::string() : types::help_text(of);
}

std::optional<std::string> Document::hover(std::uint32_t offset, Span& word) {
  word = word_at(offset);
  if (word.begin == word.end) return std::nullopt;
  const std::string name(source_->text().substr(word.begin, word.end - word.begin));
  const std::string whole = qualified(word);
  if (whole == name)
    if (const std::string type = type_of_name(name, offset); !type.empty()) return name + ": " + type + "\n";
  std::string text = documentation(whole);
  if (text.empty()) text = documentation(name);   // x.f(a) is f(x, a)
  if (text.empty()) return std::nullopt;
  return text;
}

types::Description Document::described(Span word) const {
  types::Description of = known_->program.describe(qualified(word));
  if (of.kind != types::Description::Kind::nothing) return of;
  return known_->program.describe(std::string(source_->text().substr(word.begin, word.end - word.begin)));   // x.f(a) is f(x, a)
}

std::optional<Place> Document::definition(std::uint32_t offset) const {
  if (auto here = definition_here(offset)) return Place{source_, *here};
  const Span word = word_at(offset);
  if (word.begin == word.end) return std::nullopt;
  const types::Description of = described(word);
  const syntax::SourcePtr& place = of.functions.empty() ? of.place : of.functions[0].place;
  const Span span = of.functions.empty() ? of.span : of.functions[0].span;
  if (!place || place->name() == source_->name() || span.end > place->text().size()) return std::nullopt;
  const std::string_view name = source_->text().substr(word.begin, word.end - word.begin);
  const std::size_t at = place->text().substr(0, span.end).find(name, span.begin);
  if (at == std::string_view::npos) return Place{place, span};
  return Place{place, {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + name.size())}};
}

std::optional<Span> Document::definition_here(std::uint32_t offset) const {
  const Span word = word_at(offset);
  if (!tree_ || word.begin == word.end) return std::nullopt;
  const std::string_view text = source_->text();
  const std::string_view name = text.substr(word.begin, word.end - word.begin);
  // In the top-level definition around it, else at top level.
  const auto first_in = [&](const Node& node) {
    std::optional<Span> found;
    each_binding(node, [&](std::string_view bound, const Node& at, Symbol::Kind) {
      if (bound == name && !found) found = name_in(at, name, text);
    });
    return found;
  };
  for (const Node* statement : tree_->root->kids)
    if ((statement->is(Kind::fn) || statement->is(Kind::test)) && holds(statement->span, offset))
      if (auto found = first_in(*statement)) return found;
  for (const Node* statement : tree_->root->kids) {
    if (statement->is(Kind::fn) || statement->is(Kind::test)) {
      if (statement->text == name && statement->is(Kind::fn)) return name_in(*statement, name, text);
    } else if (auto found = first_in(*statement)) {
      return found;
    }
  }
  return std::nullopt;
}

std::vector<Span> Document::references(std::uint32_t offset) const {
  const Span word = word_at(offset);
  const std::string_view text = source_->text();
  if (!tree_ || word.begin == word.end || tree_->root->span.end > text.size()) return {};
  const std::string_view name = text.substr(word.begin, word.end - word.begin);
  const auto binds_it = [&](const Node& statement) {     // inside, so that there the name is another one
    bool found = false;
    each_binding(statement, [&](std::string_view bound, const Node& at, Symbol::Kind) { found |= bound == name && &at != &statement; });
    return found;
  };
  std::set<std::pair<std::uint32_t, std::uint32_t>> places;
  const auto add = [&](Span span) {
    if (span.end <= text.size() && text.substr(span.begin, span.end - span.begin) == name) places.emplace(span.begin, span.end);
  };
  const std::function<void(const Node&)> look = [&](const Node& node) {
    if (node.text == name) {
      if (node.is(Kind::name) || node.is(Kind::type_name)) add({node.span.begin, node.span.begin + static_cast<std::uint32_t>(name.size())});
      // Of x.f(a), which is f(x, a), the name stands behind the value.
      if (node.is(Kind::method_call) && node.size() > 0) {
        const std::size_t at = text.find(name, node[0].span.end);
        if (at < node.span.end) add({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + name.size())});
      }
    }
    for (const Node* kid : node.kids) look(*kid);
  };
  const auto take_all = [&](const Node& statement, bool with_own_name) {
    look(statement);
    each_binding(statement, [&](std::string_view bound, const Node& at, Symbol::Kind) {
      if (bound == name && (with_own_name || &at != &statement)) add(name_in(at, name, text));
    });
  };
  const auto is_scope = [](const Node& statement) { return statement.is(Kind::fn) || statement.is(Kind::test); };
  for (const Node* statement : tree_->root->kids)
    if (is_scope(*statement) && holds(statement->span, offset) && binds_it(*statement)) {
      take_all(*statement, false);
      break;
    }
  if (places.empty())
    for (const Node* statement : tree_->root->kids) {
      if (!is_scope(*statement) || !binds_it(*statement)) take_all(*statement, true);
      else if (statement->text == name && statement->is(Kind::fn)) add(name_in(*statement, name, text));
    }
  std::vector<Span> all;
  for (const auto& [begin, end] : places) all.push_back({begin, end});
  return all;
}

std::optional<SignatureHelp> Document::signature_help(std::uint32_t offset) const {
  // The innermost bracket that is open there and follows a name, and the commas behind it.
  struct Open {
    std::uint32_t token;
    std::size_t commas = 0;
  };
  Arena arena;
  const syntax::Lexed lexed = syntax::lex(source_, arena);
  const std::vector<syntax::Token>& tokens = lexed.tokens;
  std::vector<Open> open;
  for (std::uint32_t i = 0; i < tokens.size() && tokens[i].begin < offset; ++i) {
    const syntax::Tok kind = tokens[i].kind;
    if (syntax::is_closer(kind) && tokens[i].end <= offset && !open.empty()) open.pop_back();
    if (syntax::is_opener(kind) || kind == syntax::Tok::string_middle) open.push_back({i});
    if (kind == syntax::Tok::comma && !open.empty()) ++open.back().commas;
  }
  if (open.empty() || tokens[open.back().token].kind != syntax::Tok::open_paren || open.back().token == 0) return std::nullopt;
  const syntax::Token& callee = tokens[open.back().token - 1];
  if (callee.kind != syntax::Tok::name && !syntax::is_word(callee.kind)) return std::nullopt;
  const Span word{callee.begin, callee.end};
  SignatureHelp help;
  help.param = open.back().commas;
  // The value before the dot or the pipe is the first argument, unless a module stands there.
  const syntax::Tok before = open.back().token >= 2 ? tokens[open.back().token - 2].kind : syntax::Tok::end_of_text;
  const bool is_qualified = known_->program.describe(qualified(word)).kind != types::Description::Kind::nothing && qualified(word).find('.') != std::string::npos;
  if (before == syntax::Tok::bar || (before == syntax::Tok::dot && !is_qualified)) ++help.param;
  for (const types::FnDescription& fn : described(word).functions) {
    Signature& made = help.signatures.emplace_back();
    made.label = fn.signature + types::shown_effects(fn.effects);
    for (const types::ParamDescription& param : fn.params) made.params.push_back(param.name + (param.type.empty() ? "" : ": " + param.type));
  }
  if (help.signatures.empty()) return std::nullopt;
  return help;
}

std::vector<Symbol> Document::symbols() const {
  std::vector<Symbol> all;
  if (!tree_) return all;
  const std::string_view text = source_->text();
  std::set<std::string_view> variables;
  for (const Node* statement : tree_->root->kids) {
    if (statement->span.end > text.size()) break;
    if (statement->is(Kind::test)) {
      all.push_back({Symbol::Kind::test, "test \"" + std::string(statement->text) + "\"", statement->span, statement->span});
    } else if (statement->is(Kind::fn) || statement->is(Kind::type_decl)) {
      all.push_back({statement->is(Kind::fn) ? Symbol::Kind::function : Symbol::Kind::type, std::string(statement->text), statement->span,
                     name_in(*statement, statement->text, text)});
    } else if (statement->is(Kind::assign) || statement->is(Kind::typed_assign) || statement->is(Kind::multi_assign)) {
      for (const Node* target : statement->kids)
        if (target != statement->kids.back() && target->is(Kind::name) && variables.insert(target->text).second)
          all.push_back({Symbol::Kind::variable, std::string(target->text), statement->span, target->span});
    }
  }
  return all;
}

std::vector<Candidate> Document::completion(std::uint32_t offset) const {
  const Span word = word_at(offset);
  const std::string whole = qualified({word.begin, offset});
  const std::string_view text = source_->text();
  std::vector<Candidate> all;
  if (const std::size_t dot = whole.find('.'); dot != std::string::npos) {
    std::string of = whole.substr(0, dot);
    if (of == "Int" || of == "Float" || of == "String") of[0] = static_cast<char>(of[0] + 32);
    for (std::string& each : known_->program.members(of)) all.push_back({std::move(each), Symbol::Kind::method});
    if (of == "sys") all.push_back({"spawn", Symbol::Kind::method});
    if (of == "fs")
      for (const char* each : {"addSpace", "explain", "get", "invoke", "put", "search", "space"}) all.push_back({each, Symbol::Kind::method});
    if (!all.empty()) return all;
  }
  const bool after_dot = word.begin > 0 && text[word.begin - 1] == '.';
  std::set<std::string> known;
  if (tree_ && !after_dot)
    each_binding(*tree_->root, [&](std::string_view name, const Node&, Symbol::Kind kind) {
      if (known.insert(std::string(name)).second) all.push_back({std::string(name), kind});
    });
  for (const std::string& name : known_->program.names())
    if (name[0] != '_' && known.insert(name).second) all.push_back({name, after_dot ? Symbol::Kind::method : Symbol::Kind::function});
  if (after_dot) return all;
  for (std::string_view name : {"print", "help", "reflect", "explain", "stdin", "PARENT"})
    if (known.insert(std::string(name)).second) all.push_back({std::string(name), Symbol::Kind::function});
  for (std::string_view name : words) all.push_back({std::string(name), Symbol::Kind::test});
  return all;
}

TextPosition position_in(const syntax::Source& source, std::uint32_t offset) {
  const std::string_view text = source.text();
  offset = std::min<std::uint32_t>(offset, static_cast<std::uint32_t>(text.size()));
  const std::uint32_t line = source.position(offset).line;
  TextPosition at{line - 1, 0};
  for (std::uint32_t i = source.line_begin(line); i < offset;) {
    const unsigned bytes = bytes_of(static_cast<unsigned char>(text[i]));
    at.character += bytes == 4 ? 2 : 1;
    i += bytes;
  }
  return at;
}

std::uint32_t Document::offset(TextPosition position) const {
  const std::string_view text = source_->text();
  const std::uint32_t lines = source_->position(static_cast<std::uint32_t>(text.size())).line;
  if (position.line >= lines) return static_cast<std::uint32_t>(text.size());
  std::uint32_t at = source_->line_begin(position.line + 1);
  for (std::uint32_t units = 0; units < position.character && at < text.size() && text[at] != '\n';) {
    const unsigned bytes = bytes_of(static_cast<unsigned char>(text[at]));
    units += bytes == 4 ? 2 : 1;
    at += bytes;
  }
  return std::min<std::uint32_t>(at, static_cast<std::uint32_t>(text.size()));
}

}  // namespace m31::shell
