#include "kernel/syntax/parser.h"

#include <algorithm>

#include "kernel/syntax/look_alike.h"
#include "kernel/syntax/parser_core.h"

namespace m31::syntax {

Parser::Parser(const SourcePtr& source, Tree& tree, Lexed& lexed)
    : source_(source), tree_(tree), lexed_(lexed), tokens_(lexed.tokens) {
  none_ = make(Kind::none, {});
}

// ------------------------------------------------------------------------- tokens through layout

Tok Parser::look() const {
  if (panic_) return Tok::end_of_text;
  const Token& raw = tokens_[at_];
  const Context& top = stack_.back();
  if (top.bracket || raw.kind == Tok::end_of_text) return raw.kind;
  if (top.inside_bracket && (is_closer(raw.kind) || raw.kind == Tok::comma)) return Tok::block_end;
  if (raw.line_first && handled_ != at_) {
    if (raw.column < top.column) return Tok::block_end;
    if (!continues_a_line(raw.kind)) return Tok::newline;
  }
  return raw.kind;
}

bool Parser::ends_statement() const {
  Tok kind = look();
  return kind == Tok::newline || kind == Tok::block_end || kind == Tok::end_of_text;
}

bool Parser::same_line(std::uint32_t index) const {
  const Token& other = token_at(index);
  return other.kind != Tok::end_of_text && (stack_.back().bracket || !other.line_first || handled_ == index);
}

bool Parser::take(Tok kind) {
  if (look() != kind) return false;
  advance();
  return true;
}

std::uint32_t Parser::group_end(std::uint32_t opener) const {
  std::uint32_t at = opener;
  while (is_opener(tokens_[at].kind) || tokens_[at].kind == Tok::string_middle) at = tokens_[at].match;
  return at + 1;
}

// ---------------------------------------------------------------------------------------- errors

Span Parser::here() const {
  Tok kind = panic_ ? token().kind : look();
  if (kind == Tok::newline || kind == Tok::block_end || kind == Tok::end_of_text) {
    const Token& last = kind == Tok::block_end && !token().line_first ? token() : previous();
    if (&last == &token()) return {last.begin, last.end};
    return {last.end, last.end};
  }
  return {token().begin, token().end};
}

std::string Parser::found() const {
  Tok kind = look();
  if (kind == Tok::block_end && !token().line_first) kind = token().kind;   // a closing bracket or comma
  if (kind == Tok::name) return "`" + std::string(token().text) + "`";
  if (kind == Tok::int_number || kind == Tok::float_number || kind == Tok::duration)
    return "`" + source_text({token().begin, token().end}) + "`";
  if (kind == Tok::assign_op) return "`" + std::string(token().text) + "`";
  return std::string(spelling_of(kind));
}

Diagnostic* Parser::mistake(Span span, std::string message, std::string advice, std::vector<Edit> edits) {
  if (panic_) return nullptr;
  Diagnostic diagnostic;
  diagnostic.source = source_;
  diagnostic.span = span;
  diagnostic.message = std::move(message);
  diagnostic.advice = std::move(advice);
  diagnostic.edits = std::move(edits);
  diagnostics.push_back(std::move(diagnostic));
  return &diagnostics.back();
}

Diagnostic* Parser::error(Span span, std::string message, std::string advice, std::vector<Edit> edits) {
  Diagnostic* made = mistake(span, std::move(message), std::move(advice), std::move(edits));
  panic_ = true;
  return made;
}

Diagnostic* Parser::error_here(std::string message, std::string advice, std::vector<Edit> edits) {
  return error(here(), std::move(message), std::move(advice), std::move(edits));
}

Diagnostic* Parser::unexpected(std::string_view wanted) {
  if (panic_) return nullptr;
  if (token().kind == Tok::bad) {   // said by the lexer
    panic_ = true;
    return nullptr;
  }
  if (foreign_here(wanted)) return &diagnostics.back();
  std::string message = "expected " + std::string(wanted) + ", found " + found();
  // What other languages write there.
  Tok kind = look();
  Span span = here();
  std::string right;
  if (mode_.header && kind == Tok::assign) right = "==";
  if (wanted.starts_with("`:`") && (see_name("then") || see_name("do") || kind == Tok::fat_arrow)) right = ":";
  if (wanted.starts_with("`in`") && see_name("of")) right = "in";
  if (!right.empty())
    return error(span, std::move(message), "write `" + right + "`", {{span, right}});
  std::string advice;
  if (kind == Tok::foreign_bits) advice = "bits have words: bitAnd bitOr bitXor bitNot shl shr";
  if (kind == Tok::foreign_step) advice = "write `x += 1` to count; strings and lists join with `+`";
  if (kind == Tok::semicolon && wanted.starts_with("`,`")) return error(span, std::move(message), "write `,`", {{span, ","}});
  if (wanted == "the end of the statement" && token().after_blank && (kind == Tok::name || is_word(kind)))
    return error(span, std::move(message), "begin a new line there, or write `;` before it", {{{previous().end, previous().end}, ";"}});
  if (wanted.starts_with("`:`") && kind == Tok::open_brace) advice = "a block follows `:`, indented or on the same line";
  if (advice.empty() && wanted == "the end of the statement") advice = "begin a new line there, or write `;` before it";
  if (advice.empty() && wanted.starts_with("`")) advice = "write " + std::string(wanted) + (kind == Tok::end_of_text ? " there" : " before it");
  return error_here(std::move(message), std::move(advice));
}

bool Parser::expect(Tok kind, std::string_view after) {
  if (take(kind)) return true;
  unexpected(std::string(spelling_of(kind)) + std::string(after));
  return false;
}

void Parser::too_deep() {
  if (fatal_) return;
  panic_ = false;
  Span span{token().begin, token().end};
  error(span, "this nests deeper than " + std::to_string(nesting_max), "give the inner parts names of their own");
  fatal_ = true;
}

// After an error: on to the next statement of the block whose context is stack_[depth - 1].
void Parser::recover(std::size_t depth) {
  std::uint32_t skip_to = at_;
  // Leave the brackets that the statement opened.
  for (std::size_t i = depth; i < stack_.size(); ++i)
    if (stack_[i].bracket) {
      skip_to = std::max(skip_to, group_end(stack_[i].token));
      break;
    }
  stack_.resize(depth);
  bracket_depth_ = 0;
  for (const Context& context : stack_) bracket_depth_ += context.bracket;
  std::uint32_t limit = static_cast<std::uint32_t>(tokens_.size() - 1);
  for (std::size_t i = depth; i-- > 0;)
    if (stack_[i].bracket) {
      limit = std::min(limit, tokens_[stack_[i].token].match);
      break;
    }
  if (fatal_) {
    at_ = static_cast<std::uint32_t>(tokens_.size() - 1);
    return;
  }
  panic_ = false;
  std::uint32_t column = stack_.back().column;
  at_ = std::min(skip_to, limit);
  bool first = handled_ == at_;   // the statement's own first token
  while (at_ < limit) {
    const Token& raw = tokens_[at_];
    if (raw.line_first && !first && raw.column <= column && !continues_a_line(raw.kind) && !continues_a_block(raw.kind)) break;
    first = false;
    at_ = is_opener(raw.kind) ? std::min(group_end(at_), limit) : at_ + 1;
  }
  handled_ = ~0u;
}

// ----------------------------------------------------------------------------------------- nodes

Node* Parser::make(Kind kind, Span span, std::string_view text, const Items& kids) {
  Node* node = tree_.arena.make<Node>();
  node->kind = kind;
  node->span = span;
  node->id = tree_.node_count++;
  node->text = text;
  node->kids = tree_.arena.copy(std::span<const Node* const>(kids));
  unsigned height = 0;
  for (const Node* kid : kids) height = std::max<unsigned>(height, heights_[kid->id]);
  heights_.push_back(static_cast<std::uint16_t>(height + 1));
  if (height + 1 > height_max && !fatal_) {
    panic_ = false;
    error(span, "this expression has more than " + std::to_string(height_max) + " operations, one inside the other",
          "give parts of it names of their own");
    fatal_ = true;
  }
  return node;
}

Node* Parser::make(Kind kind, Span span, std::string_view text, std::initializer_list<const Node*> kids) {
  return make(kind, span, text, Items(kids));
}

Span Parser::from(std::uint32_t first_token) const {
  Span span{tokens_[first_token].begin, previous().end};
  if (span.end < span.begin) span.end = span.begin;
  return span;
}

std::string_view Parser::doc_of(std::uint32_t index) const {
  auto found = std::lower_bound(lexed_.docs.begin(), lexed_.docs.end(), index,
                                [](const auto& doc, std::uint32_t wanted) { return doc.first < wanted; });
  return found != lexed_.docs.end() && found->first == index ? found->second : std::string_view();
}

const Node* Parser::program() {
  const Token& first = token();
  stack_.push_back({false, false, first.column, 0});
  Items statements;
  unsigned depth_in_text = 0;
  for (const Token& each : tokens_) {   // inside brackets a tab does not matter, unless a block stands there
    if (depth_in_text == 0 && each.line_first && each.tab_indent) tab_in_indentation(each);
    if (is_closer(each.kind) && depth_in_text) --depth_in_text;
    if (is_opener(each.kind) || each.kind == Tok::string_middle) ++depth_in_text;
  }
  std::size_t depth = stack_.size();
  while (!fatal_) {
    block_lines(statements, &Parser::statement);
    if (fatal_ || token().kind == Tok::end_of_text) break;
    // A line further left than the first one.
    Span span{token().begin, token().end};
    error(span, "this line begins further left than the first line",
          "the first line sets the column in which statements begin");
    stack_.back().column = token().column;
    recover(depth);
  }
  check_unreachable(statements, false);
  Span all{0, static_cast<std::uint32_t>(source_->text().size())};
  return make(Kind::program, all, {}, statements);
}

// ----------------------------------------------------------------------------------------- entry

namespace {

// Errors behind a bracket error are its consequences; a place is worth one error.
void merge(std::vector<Diagnostic>& all, std::vector<Diagnostic> parsed, std::uint32_t trusted_end) {
  for (Diagnostic& diagnostic : parsed)
    if (diagnostic.span.begin < trusted_end) all.push_back(std::move(diagnostic));
  std::stable_sort(all.begin(), all.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; });
}

}  // namespace

Parsed parse(SourcePtr source) {
  Parsed result;
  if (source->text().size() >= 0x7fff'0000u) {
    Diagnostic diagnostic;
    diagnostic.source = source;
    diagnostic.message = "a program of more than 2 GiB";
    result.diagnostics.push_back(std::move(diagnostic));
    return result;
  }
  auto tree = std::make_shared<Tree>();
  tree->source = source;
  Lexed lexed = lex(source, tree->arena);
  if (!lexed.fatal) {
    Parser parser(source, *tree, lexed);
    tree->root = parser.program();
    merge(lexed.diagnostics, std::move(parser.diagnostics), lexed.trusted_end);
  }
  result.diagnostics = std::move(lexed.diagnostics);
  if (!result.diagnostics.empty()) return result;
  result.tree = std::move(tree);
  result.diagnostics = names_that_look_alike(source, lexed.tokens);
  return result;
}

bool is_incomplete(std::string_view text) {
  auto source = std::make_shared<const Source>("", std::string(text));
  Tree tree;
  tree.source = source;
  Lexed lexed = lex(source, tree.arena);
  if (lexed.fatal) return false;
  if (lexed.open_at_end) return lexed.diagnostics.size() == 1;
  if (!lexed.diagnostics.empty()) return false;
  if (lexed.doc_at_end) return true;
  Parser parser(source, tree, lexed);
  parser.program();
  if (parser.wants_more) return parser.diagnostics.size() == 1;
  if (!parser.diagnostics.empty()) return false;
  // The lines after the last token: an empty one ends an indented block; two end a `try` that shall have no catch.
  std::uint32_t last = lexed.tokens.size() > 1 ? lexed.tokens[lexed.tokens.size() - 2].end : 0;
  std::size_t empty_lines = 0;
  bool blank = false;
  for (char c : text.substr(last)) {
    if (c == '\n') {
      empty_lines += blank;
      blank = true;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      blank = false;   // a comment
    }
  }
  if (parser.bare_try_at_end) return empty_lines < 2;
  return parser.open_block_at_end && empty_lines == 0;
}

}  // namespace m31::syntax
