// The parser's state, shared by its parts: parser.cc (tokens, recovery, entry), parser_layout.cc
// (brackets and blocks), parser_stmt.cc, parser_foreign.cc, parser_expr.cc, parser_postfix.cc, parser_primary.cc,
// parser_collection.cc, parser_control.cc, parser_fn.cc, parser_pattern.cc and parser_type.cc.
// Recursive descent over the lexer's tokens. Private to kernel/syntax.
//
// Layout. The parser knows where a block can open, so it decides layout itself: `stack_` holds the
// brackets and indented blocks around the current token, and look() shows the token through them:
// newline where a line begins a new statement, block_end where an indented block ends (a line
// further left; inside brackets also a closing bracket or a comma), else the token's own kind. A
// line that begins with | . ?. , is shown as it is, hence continues. Inside a bracket newlines vanish.
//
// Errors. The first error of a statement sets panic_; look() then shows end_of_text, so that every
// rule returns at once; the nearest list of statements skips to its next statement and goes on.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "kernel/syntax/lexer.h"
#include "kernel/syntax/parser.h"

namespace m31::syntax {

using Items = std::vector<const Node*>;

// Tokens that continue the line before, and words that continue a block.
inline bool continues_a_line(Tok kind) {
  return kind == Tok::bar || kind == Tok::dot || kind == Tok::safe_dot || kind == Tok::comma;
}

inline bool continues_a_block(Tok kind) {
  return kind == Tok::word_else_ || kind == Tok::word_elif_ || kind == Tok::word_catch_ || kind == Tok::word_finally_;
}

class Parser {
 public:
  Parser(const SourcePtr& source, Tree& tree, Lexed& lexed);
  const Node* program();

  std::vector<Diagnostic> diagnostics;
  bool wants_more = false;        // the text ends where an operand or a block must follow
  bool open_block_at_end = false; // it ends in an indented block
  bool bare_try_at_end = false;   // its last statement is a `try` without catch or finally

 private:
  // A bracket counts twice: for what stands in it, and as a statement.
  static constexpr unsigned depth_max = 2 * nesting_max + 10;

  struct Context {
    bool bracket = false;
    bool inside_bracket = false;  // a block with a bracket somewhere around it
    std::uint32_t column = 0;     // of a block; of a bracket: the block around it
    std::uint32_t token = 0;      // of a bracket: its opener
  };
  struct Mode {                   // what a rule inherits from those around it
    bool many = true;             // `;` continues the one-line body of a block that begins the statement
    bool no_lambda = false;       // an unbracketed => belongs to an arm
    bool header = false;          // up to the `:` of if, for, while, match
    bool pipe_line = false;       // a line of this statement began with |
    bool clause_if = false;       // `if` after an expression is a comprehension's
    bool open_range = false;      // xs[1..]
    std::uint32_t statement = 0;  // the statement's first token
  };
  struct Keep {                   // restores mode_ at the end of a scope
    explicit Keep(Parser& parser) : parser(parser), saved(parser.mode_) {}
    ~Keep() { parser.mode_ = saved; }
    Keep(const Keep&) = delete;
    Keep& operator=(const Keep&) = delete;
    Parser& parser;
    Mode saved;
  };
  struct Nest {                   // one level deeper
    explicit Nest(Parser& parser) : parser(parser) {
      if (++parser.depth_ > depth_max) parser.too_deep();
    }
    ~Nest() { --parser.depth_; }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;
    Parser& parser;
  };

  // --- tokens through layout (parser.cc)
  Tok look() const;
  const Token& token() const { return tokens_[at_]; }        // as it stands in the text
  const Token& token_at(std::uint32_t index) const { return tokens_[std::min<std::size_t>(index, tokens_.size() - 1)]; }
  const Token& previous() const { return tokens_[at_ ? at_ - 1 : 0]; }
  bool see(Tok kind) const { return look() == kind; }
  bool see_name(std::string_view text) const { return look() == Tok::name && token().text == text; }
  bool ends_statement() const;                               // newline, block_end, end_of_text
  bool same_line(std::uint32_t index) const;                 // tokens_[index] follows on, through layout
  void advance() {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  void advance_joined() {                                    // after an operator: the next line belongs here
    advance();
    handled_ = operand_at_ = at_;
  }
  bool take(Tok kind);
  bool expect(Tok kind, std::string_view after);
  std::uint32_t group_end(std::uint32_t opener) const;       // index after the bracket group
  void begin_statement() { handled_ = at_; }

  // --- errors (parser.cc)
  Diagnostic* error(Span span, std::string message, std::string advice = {}, std::vector<Edit> edits = {});
  Diagnostic* error_here(std::string message, std::string advice = {}, std::vector<Edit> edits = {});
  Diagnostic* unexpected(std::string_view wanted);           // "expected <wanted>, found .."
  // Without panic: goes on as if the right thing stood there.
  Diagnostic* mistake(Span span, std::string message, std::string advice = {}, std::vector<Edit> edits = {});
  void too_deep();
  Span here() const;
  std::string found() const;
  std::string source_text(Span span) const { return std::string(source_->text().substr(span.begin, span.end - span.begin)); }
  void recover(std::size_t depth);
  void skip_deeper_lines();

  // --- nodes (parser.cc)
  Node* make(Kind kind, Span span, std::string_view text = {}, const Items& kids = {});
  Node* make(Kind kind, Span span, std::string_view text, std::initializer_list<const Node*> kids);
  const Node* none() const { return none_; }
  const Node* or_none(const Node* node) const { return node ? node : none_; }
  Span from(std::uint32_t first_token) const;                // first_token .. the last one read
  static Span join(Span a, Span b) { return {a.begin, b.end}; }
  std::string_view doc_of(std::uint32_t token) const;

  // --- layout of brackets and blocks (parser_layout.cc)
  void open_bracket();                                       // at an opener: reads it
  bool close_bracket(std::string_view wanted);               // reads the closer, or says what was wanted
  bool next_item(Tok closer);                                // after an item: reads a comma; false at the closer
  std::uint32_t block_column() const;
  bool push_block(std::string_view opener);
  void pop_block(std::uint32_t column);
  using Line = const Node* (Parser::*)();
  void block_lines(Items& out, Line line);                   // the lines of the block on top of the stack
  void bracket_mode();                                       // mode_ for what stands in a bracket
  void tab_in_indentation(const Token& token);
  bool value_follows() const;
  void one_line_statements(Items& out, bool many);
  const Node* body(bool begins, std::string_view opener);   // after `:`
  const Node* arm_body(std::string_view opener);            // after `=>`
  void check_unreachable(const Items& statements, bool one_line);

  // --- statements (parser_stmt.cc)
  const Node* statement();
  const Node* statement_of_expression(std::uint32_t first, std::string_view doc);
  const Node* command();
  bool assertion_ahead() const;
  const Node* assertion();
  const Node* test();
  const Node* typed_assign(std::string_view doc);
  const Node* rhs();
  bool tuple_commas() const { return bracket_depth_ == 0; }
  bool target_list_ahead() const;
  const Node* target_list_in_brackets(std::string_view doc);
  bool is_place(const Node& node) const;
  void bad_target(const Node& node);
  const Node* as_statement(const Node* node);
  void after_statement();                 // something follows that does not belong there

  // --- spellings of other languages (parser_foreign.cc): true when one was met, and said
  bool foreign_statement();
  bool foreign_lambda();
  bool foreign_choice();
  bool foreign_format();
  bool foreign_here(std::string_view wanted);

  // --- expressions (parser_expr.cc, parser_postfix.cc, parser_primary.cc)
  static constexpr std::size_t quoted_max = 60;   // longer pieces of source are not repeated in advice
  // Loosest first; `|` and `**` have rules of their own.
  enum Level : int {
    level_or = 1,
    level_and,
    level_not,
    level_compare,
    level_coalesce,
    level_range,
    level_sum,
    level_mul,
    level_none = 99,
  };
  static Level level_of(Tok kind);
  static bool opens_block(Tok kind);
  const Node* expression();
  const Node* pipe();
  const Node* pipe_callee();
  const Node* operators(int level);
  const Node* comparisons(const Node* left, std::uint32_t first);
  const Node* unary();
  const Node* postfix();
  const Node* postfix_of(const Node* node, std::uint32_t first);
  const Node* member(const Node* object, std::uint32_t first);
  const Node* subscript(const Node* object, std::uint32_t first);
  void python_slice(std::uint32_t first);
  void arguments(Items& out);
  const Node* argument();
  const Node* primary();
  Node* literal();                        // a number, duration, string or bytes without holes, True False None
  bool literal_ahead() const;
  const Node* interpolation();
  const Node* field_fn();
  const Node* expected_expression();
  void foreign_conditional(const Node* value);

  // --- brackets (parser_collection.cc)
  const Node* parenthesised();
  const Node* square();
  const Node* record();
  const Node* comprehension(const Node* element, std::uint32_t first);
  bool field_key(std::string_view& key);   // reads a record's key

  // --- blocks as expressions (parser_control.cc)
  bool block_in_header();
  const Node* header(std::string_view of);   // condition and `:`
  const Node* if_expression();
  const Node* for_expression();
  const Node* while_expression();
  const Node* match_expression();
  const Node* select_expression();
  const Node* try_expression();
  void arms(Items& out, Line line, std::string_view opener);
  const Node* arm();
  const Node* select_arm();
  bool clause(Tok kind);
  const Node* jump(Kind kind, bool with_value);
  const Node* spawn_or_move(Kind kind);
  const Node* import();

  // --- functions, types as declarations (parser_fn.cc)
  bool lambda_ahead() const;
  const Node* lambda();
  const Node* fn();
  const Node* type_decl();
  const Node* alternative();
  void parameters(Items& out);
  const Node* parameter();
  const Node* type_parameters();
  const Node* uses();

  // --- patterns and types (parser_pattern.cc, parser_type.cc)
  const Node* patterns();                 // pat {"," pat}
  const Node* pattern(bool typed);
  const Node* pattern_atom(bool typed);
  const Node* pattern_name(bool typed);
  const Node* pattern_literal();
  const Node* constructor_pattern(const Node* name, std::uint32_t first);
  const Node* rest_pattern();
  const Node* type();
  const Node* type_atom();
  const Node* type_named();
  const Node* type_function();
  const Node* type_field();
  const Node* qualified_name(Kind kind);

  SourcePtr source_;
  Tree& tree_;
  Lexed& lexed_;
  std::vector<Token>& tokens_;
  std::uint32_t at_ = 0;
  std::uint32_t handled_ = ~0u;      // the line that token begins has been taken as a statement or joined
  std::uint32_t operand_at_ = ~0u;   // an operator stands before that token
  bool panic_ = false, fatal_ = false, tab_said_ = false;
  unsigned depth_ = 0;
  unsigned bracket_depth_ = 0;
  unsigned bodies_ = 0;                // that stand around: blocks, arms, lambdas
  Mode mode_;
  std::vector<Context> stack_;
  std::vector<std::uint16_t> heights_;   // by node id
  const Node* none_ = nullptr;
};

}  // namespace m31::syntax
