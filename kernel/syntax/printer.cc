#include "kernel/syntax/printer.h"

#include <cstring>

#include "kernel/syntax/printer_core.h"

namespace m31::syntax {

void Printer::root(const Node& node) {
  switch (node.kind) {
    case Kind::program:
      for (const Node* each : node.kids) line(*each);
      break;
    case Kind::expr_stmt:
    case Kind::assign:
    case Kind::multi_assign:
    case Kind::typed_assign:
    case Kind::command:
    case Kind::assert_:
    case Kind::test:
    case Kind::fn:
    case Kind::type_decl:
    case Kind::import:
    case Kind::return_:
    case Kind::raise:
    case Kind::break_:
    case Kind::continue_:
      line(node);
      break;
    default:
      if (name_of(node.kind).starts_with("type_"))
        type(node, false);
      else if (name_of(node.kind).starts_with("pat_"))
        pattern(node, false);
      else
        expression(node, open_end);
  }
}

void Printer::newline() {
  out += '\n';
  out.append(indent_, ' ');
}

void Printer::doc(const Node& node) {
  if (node.doc.empty()) return;
  std::string_view rest = node.doc;
  if (brackets_) newline();
  for (;;) {
    std::size_t end = rest.find('\n');
    out += "## ";
    out += rest.substr(0, end);
    newline();
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
}

void Printer::line(const Node& node) {
  statement(node, true);
  out += '\n';
}

void Printer::block(const Node& node) {
  indent_ += step;
  for (const Node* each : node.kids) {
    newline();
    statement(*each, true);
  }
  indent_ -= step;
}

// `x => e` and `p => e` stand on one line if e is an expression.
void Printer::arrow_body(const Node& node) {
  out += " =>";
  if (node.size() == 1 && node[0].is(Kind::expr_stmt)) {
    out += ' ';
    expression(node[0][0], pipe_level);
  } else {
    block(node);
  }
}

void Printer::statement(const Node& node, bool begins_line) {
  doc(node);
  std::size_t begin = out.size();
  switch (node.kind) {
    case Kind::expr_stmt:
      if (is_block(node[0].kind))
        control(node[0]);
      else
        expression(node[0], open_end);
      break;
    case Kind::assign:
      expression(node[0], postfix_level);
      out += ' ';
      out += node.text;
      out += ' ';
      expression(node[1], open_end);
      break;
    case Kind::typed_assign:
      out += node[0].text;
      out += ": ";
      type(node[1], false);
      out += " = ";
      expression(node[2], open_end);
      break;
    case Kind::multi_assign: {
      bool bracket = brackets_ > 0 || node.size() == 2;
      if (bracket) out += '(';
      for (std::size_t i = 0; i + 1 < node.size(); ++i) {
        if (i) out += ", ";
        expression(node[i], postfix_level);
      }
      if (bracket) out += node.size() == 2 ? ",)" : ")";
      out += " = ";
      expression(node[node.size() - 1], open_end);
      break;
    }
    case Kind::command:
      out += ':';
      out += node.text;
      for (std::size_t i = 0; i < node.size(); ++i) {
        out += i ? ", " : " ";
        expression(node[i], pipe_level);
      }
      break;
    case Kind::assert_:
      out += "assert ";
      expression(node[0], pipe_level);
      if (node[1]) {
        out += ", ";
        expression(node[1], pipe_level);
      }
      break;
    case Kind::test:
      out += "test \"";
      characters(node.text, false);
      out += "\":";
      block(node[0]);
      break;
    case Kind::import:
      if (node.size() > 1 && brackets_) {
        expression(node, postfix_level);
        break;
      }
      control(node);
      break;
    default:
      control(node);
  }
  // A line that begins with a dot would continue the one before.
  if (begins_line && out.size() > begin && out[begin] == '.') {
    out.insert(begin, "(");
    out += ')';
  }
}

bool Printer::is_block(Kind kind) {
  switch (kind) {
    case Kind::if_:
    case Kind::match:
    case Kind::for_:
    case Kind::while_:
    case Kind::try_:
    case Kind::select:
      return true;
    default:
      return false;
  }
}

// Constructs with blocks, and jumps, unbracketed.
void Printer::control(const Node& node) {
  switch (node.kind) {
    case Kind::fn:
      return function(node);
    case Kind::type_decl:
      return type_declaration(node);
    case Kind::import:
      out += "import ";
      return list(node.kids, 0, [&](const Node& each) { out += each.text; });
    case Kind::return_:
    case Kind::raise:
      out += node.is(Kind::return_) ? "return" : "raise";
      if (node[0]) {
        out += ' ';
        expression(node[0], pipe_level);
      }
      return;
    case Kind::break_:
      out += "break";
      return;
    case Kind::continue_:
      out += "continue";
      return;
    case Kind::if_: {
      const Node* at = &node;
      out += "if ";
      for (;;) {
        head((*at)[0]);
        block((*at)[1]);
        if (!(*at)[2]) return;
        newline();
        if (!(*at)[2].is(Kind::if_)) break;
        out += "elif ";
        at = at->kids[2];
      }
      out += "else:";
      return block((*at)[2]);
    }
    case Kind::for_:
      out += "for ";
      pattern(node[0], false);
      out += " in ";
      head(node[1]);
      return block(node[2]);
    case Kind::while_:
      out += "while ";
      head(node[0]);
      return block(node[1]);
    case Kind::match:
      out += "match ";
      head(node[0]);
      indent_ += step;
      for (std::size_t i = 1; i < node.size(); ++i) {
        newline();
        pattern(node[i][0], false);
        guard(node[i][1]);
        arrow_body(node[i][2]);
      }
      indent_ -= step;
      return;
    case Kind::select:
      out += "select:";
      indent_ += step;
      for (const Node* arm : node.kids) {
        newline();
        if (arm->number) out += "after ";
        if ((*arm)[0]) {
          pattern((*arm)[0], false);
          out += " = ";
        }
        std::size_t begin = out.size();
        expression((*arm)[1], pipe_level);
        // Neither the word of another arm, nor a dot, which would continue the line before.
        const std::string_view operation = std::string_view(out).substr(begin);
        if (!arm->number && !(*arm)[0] && (operation.starts_with("after") || operation.starts_with('.'))) {
          out.insert(begin, "(");
          out += ')';
        }
        arrow_body((*arm)[2]);
      }
      indent_ -= step;
      return;
    case Kind::try_:
      out += "try:";
      block(node[0]);
      for (std::size_t i = 1; i + 1 < node.size(); ++i) {
        newline();
        out += "catch";
        if (node[i][0]) {
          out += ' ';
          pattern(node[i][0], true);
        }
        guard(node[i][1]);
        out += ':';
        block(node[i][2]);
      }
      if (node[node.size() - 1]) {
        newline();
        out += "finally:";
        block(node[node.size() - 1]);
      }
      return;
    default:
      return;
  }
}

void Printer::head(const Node& node) {
  expression(node, pipe_level);
  out += ':';
}

void Printer::guard(const Node& node) {
  if (!node) return;
  out += " if ";
  expression(node, pipe_level);
}

std::string print(const Node& node) {
  Printer printer;
  printer.root(node);
  return std::move(printer.out);
}

bool same_tree(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.doc != b.doc || a.size() != b.size()) return false;
  if (std::memcmp(&a.number, &b.number, sizeof a.number) != 0) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same_tree(a[i], b[i])) return false;
  return true;
}

}  // namespace m31::syntax
