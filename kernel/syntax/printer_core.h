// The printer's state, shared by its parts: printer.cc (lines, blocks, statements), printer_expr.cc
// and printer_type.cc (declarations, types, patterns). Private to kernel/syntax.
#pragma once

#include <span>
#include <string>

#include "kernel/syntax/ast.h"

namespace m31::syntax {

class Printer {
 public:
  std::string out;
  void root(const Node& node);

 private:
  // How tightly an expression holds together in print; an operand looser than its place is bracketed.
  enum Level : int {
    open_end,     // lambda, jumps: may stand where an expression ends with a bracket or a line
    pipe_level,
    or_level,
    and_level,
    not_level,
    compare_level,
    coalesce_level,
    range_level,
    sum_level,
    mul_level,
    unary_level,
    postfix_level,
  };
  static constexpr unsigned step = 2;   // blanks by which a block is indented

  // Lines and blocks (printer.cc).
  void newline();
  void doc(const Node& node);
  void line(const Node& node);
  void block(const Node& node);
  void arrow_body(const Node& node);
  void statement(const Node& node, bool begins_line);
  static bool is_block(Kind kind);
  void control(const Node& node);
  void head(const Node& node);
  void guard(const Node& node);

  // Expressions (printer_expr.cc).
  static Level level_of(const Node& node);
  static bool needs_brackets(const Node& node);
  void expression(const Node& node, Level place);
  void bracketed(const Node& node);
  void bare(const Node& node);
  void object(const Node& node);
  void binary(const Node& node);
  void pipe_callee(const Node& node);
  void arguments(const Node& node);
  void item(const Node& node);
  void key(std::string_view text);
  void comprehension(const Node& node);
  void lambda(const Node& node);
  void characters(std::string_view text, bool bytes);
  void interpolation(const Node& node);
  static Level level_of_operator(std::string_view op);
  static Level next(Level level) { return static_cast<Level>(level + 1); }

  // Declarations, types, patterns (printer_type.cc). `tight`: where `|`, `->` or a colon would reach
  // further than this type or pattern.
  void function(const Node& node);
  void names(const Node& node);
  void parameter(const Node& node);
  void type_declaration(const Node& node);
  void field(const Node& node);
  void type(const Node& node, bool tight);
  void pattern(const Node& node, bool tight);

  // Separated by commas, from the kid with index `from` on.
  template <class Each>
  void list(std::span<const Node* const> kids, std::size_t from, Each each) {
    for (std::size_t i = from; i < kids.size(); ++i) {
      if (i > from) out += ", ";
      each(*kids[i]);
    }
  }

  unsigned indent_ = 0;
  unsigned brackets_ = 0;        // brackets around what is being printed
  const Node* it_ = nullptr;     // the name that `.name` leaves out
};

}  // namespace m31::syntax
