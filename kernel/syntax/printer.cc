#include "kernel/syntax/printer.h"

#include <charconv>
#include <cstring>

#include "kernel/syntax/lexer_core.h"

namespace m31::syntax {

namespace {

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

Level level_of_operator(std::string_view op) {
  if (op == "or") return or_level;
  if (op == "and") return and_level;
  if (op == "\?\?") return coalesce_level;
  if (op == "**") return unary_level;
  if (op == "+" || op == "-" || op == "+%" || op == "-%") return sum_level;
  if (op == "*" || op == "/" || op == "//" || op == "%" || op == "*%") return mul_level;
  return compare_level;
}

bool is_bare_key(std::string_view key) {
  if (key.empty() || !is_name_start(key[0])) return false;
  for (char c : key)
    if (!is_name_char(c)) return false;
  return true;
}

class Printer {
 public:
  std::string out;

  void root(const Node& node) {
    switch (node.kind) {
      case Kind::program:
        for (const Node* each : node.kids) line(*each);
        break;
      case Kind::expr_stmt:
      case Kind::assign:
      case Kind::multi_assign:
      case Kind::typed_assign:
      case Kind::command:
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

 private:
  static constexpr unsigned step = 2;

  // ------------------------------------------------------------------------------- lines, blocks
  void newline() {
    out += '\n';
    out.append(indent_, ' ');
  }

  void doc(const Node& node) {
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

  void line(const Node& node) {
    statement(node, true);
    out += '\n';
  }

  void block(const Node& node) {
    indent_ += step;
    for (const Node* each : node.kids) {
      newline();
      statement(*each, true);
    }
    indent_ -= step;
  }

  // `x => e` and `p => e` stand on one line if e is an expression.
  void arrow_body(const Node& node) {
    out += " =>";
    if (node.size() == 1 && node[0].is(Kind::expr_stmt)) {
      out += ' ';
      expression(node[0][0], pipe_level);
    } else {
      block(node);
    }
  }

  void statement(const Node& node, bool begins_line) {
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

  static bool is_block(Kind kind) {
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
  void control(const Node& node) {
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
          if (!arm->number && !(*arm)[0] && std::string_view(out).substr(begin).starts_with("after")) {
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

  void head(const Node& node) {
    expression(node, pipe_level);
    out += ':';
  }

  void guard(const Node& node) {
    if (!node) return;
    out += " if ";
    expression(node, pipe_level);
  }

  // ------------------------------------------------------------------------------- expressions
  template <class Each>
  void list(std::span<const Node* const> kids, std::size_t from, Each each) {
    for (std::size_t i = from; i < kids.size(); ++i) {
      if (i > from) out += ", ";
      each(*kids[i]);
    }
  }

  static Level level_of(const Node& node) {
    switch (node.kind) {
      case Kind::lambda:
        return open_end;
      case Kind::pipe:
        return pipe_level;
      case Kind::binary:
        return level_of_operator(node.text);
      case Kind::compare_chain:
        return compare_level;
      case Kind::unary:
        return node.text == "not" ? not_level : unary_level;
      case Kind::range:
        return range_level;
      case Kind::int_lit:
      case Kind::duration_lit:
        return node.number < 0 ? unary_level : postfix_level;
      case Kind::float_lit:
        return node.real < 0 ? unary_level : postfix_level;
      case Kind::field_fn:
        return unary_level;   // as an object it would take the member to itself
      case Kind::spawn:
      case Kind::move:
        return open_end;
      default:
        return postfix_level;
    }
  }


  static bool needs_brackets(const Node& node) {
    switch (node.kind) {
      case Kind::fn:
      case Kind::type_decl:
      case Kind::import:
      case Kind::return_:
      case Kind::raise:
      case Kind::break_:
      case Kind::continue_:
        return true;
      default:
        return is_block(node.kind);
    }
  }

  void expression(const Node& node, Level place) {
    if (needs_brackets(node)) {
      out += '(';
      ++brackets_;
      control(node);
      --brackets_;
      out += ')';
    } else if (level_of(node) < place) {
      out += '(';
      ++brackets_;
      bare(node);
      --brackets_;
      out += ')';
    } else {
      bare(node);
    }
  }

  void bracketed(const Node& node) {
    out += '(';
    ++brackets_;
    bare(node);
    --brackets_;
    out += ')';
  }

  static Level next(Level level) { return static_cast<Level>(level + 1); }

  void bare(const Node& node) {
    char number[40];
    switch (node.kind) {
      case Kind::int_lit:
        if (!node.text.empty()) {
          out += node.text;
          return;
        }
        out += std::to_string(node.number);
        return;
      case Kind::duration_lit:
        out += std::to_string(node.number) + "ns";
        return;
      case Kind::float_lit: {
        auto end = std::to_chars(number, number + sizeof number, node.real).ptr;
        std::string_view text(number, static_cast<std::size_t>(end - number));
        out += text;
        if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
        return;
      }
      case Kind::bool_lit:
        out += node.number ? "True" : "False";
        return;
      case Kind::none_lit:
        out += "None";
        return;
      case Kind::string_lit:
        out += '"';
        characters(node.text, false);
        out += '"';
        return;
      case Kind::bytes_lit:
        out += "b\"";
        characters(node.text, true);
        out += '"';
        return;
      case Kind::interpolation:
        return interpolation(node);
      case Kind::name:
        if (&node != it_) out += node.text;
        return;
      case Kind::operator_name:
        out += '(';
        out += node.text;
        out += ')';
        return;
      case Kind::member:
      case Kind::safe_member:
        object(node[0]);
        out += node.is(Kind::member) ? "." : "?.";
        out += node.text;
        return;
      case Kind::method_call:
        object(node[0]);
        out += node.number ? "?." : ".";
        out += node.text;
        return arguments(node);
      case Kind::call:
        // (x.f)(a) calls what the field holds.
        if (node[0].is(Kind::member) || node[0].is(Kind::safe_member))
          bracketed(node[0]);
        else
          expression(node[0], postfix_level);
        return arguments(node);
      case Kind::index:
        expression(node[0], postfix_level);
        out += '[';
        ++brackets_;
        list(node.kids, 1, [&](const Node& each) { expression(each, pipe_level); });
        --brackets_;
        out += ']';
        return;
      case Kind::slice:
        expression(node[0], postfix_level);
        out += '[';
        ++brackets_;
        if (node[1]) {
          expression(node[1], sum_level);
          out += ' ';
        }
        out += node.number ? "..=" : "..";
        if (node[2]) {
          out += ' ';
          expression(node[2], sum_level);
        }
        --brackets_;
        out += ']';
        return;
      case Kind::optional:
        object(node[0]);
        out += '?';
        return;
      case Kind::field_fn: {
        const Node* root = node.kids[0];
        while (!root->is(Kind::name)) root = root->kids[0];
        const Node* outer = it_;
        it_ = root;
        bare(node[0]);
        it_ = outer;
        return;
      }
      case Kind::pipe:
        expression(node[0], pipe_level);
        out += " | ";
        return pipe_callee(node[1]);
      case Kind::tuple:
        out += '(';
        ++brackets_;
        list(node.kids, 0, [&](const Node& each) { expression(each, pipe_level); });
        --brackets_;
        out += node.size() == 1 ? ",)" : ")";
        return;
      case Kind::list:
      case Kind::map:
        out += '[';
        ++brackets_;
        list(node.kids, 0, [&](const Node& each) { item(each); });
        if (node.is(Kind::map) && node.size() == 0) out += ':';
        --brackets_;
        out += ']';
        return;
      case Kind::comprehension:
        return comprehension(node);
      case Kind::record:
        out += '{';
        ++brackets_;
        list(node.kids, 0, [&](const Node& each) { item(each); });
        --brackets_;
        out += '}';
        return;
      case Kind::unary:
        out += node.text == "not" ? "not " : "-";
        return expression(node[0], node.text == "not" ? not_level : unary_level);
      case Kind::binary:
        return binary(node);
      case Kind::compare_chain:
        expression(node[0], coalesce_level);
        for (std::size_t i = 1; i < node.size(); ++i) {
          out += ' ';
          out += node[i].text;
          out += ' ';
          expression(node[i][0], coalesce_level);
        }
        return;
      case Kind::range:
        expression(node[0], sum_level);
        out += node.number ? " ..= " : " .. ";
        return expression(node[1], sum_level);
      case Kind::lambda:
        return lambda(node);
      case Kind::spawn:
      case Kind::move:
        out += node.is(Kind::spawn) ? "spawn " : "move ";
        return expression(node[0], postfix_level);
      case Kind::block:
        out += '(';
        ++brackets_;
        for (std::size_t i = 0; i < node.size(); ++i) {
          std::size_t begin = out.size();
          statement(node[i], false);
          if (i + 1 == node.size()) break;
          if (out.find('\n', begin) != std::string::npos) newline();   // ends its blocks
          out += "; ";
        }
        --brackets_;
        out += ')';
        return;
      default:
        return;   // parts of other nodes: nothing by themselves
    }
  }

  // What a dot or a question mark follows: with `x?` it would become another operator.
  void object(const Node& node) {
    expression(node, postfix_level);
    if (node.is(Kind::optional)) out += ' ';
  }

  void binary(const Node& node) {
    Level level = level_of_operator(node.text);
    Level left = level, right = next(level);
    if (level == compare_level) left = coalesce_level, right = coalesce_level;
    if (level == coalesce_level) left = range_level, right = coalesce_level;
    if (node.text == "**") left = postfix_level, right = unary_level;
    expression(node[0], left);
    out += ' ';
    out += node.text;
    out += ' ';
    expression(node[1], right);
  }

  void pipe_callee(const Node& node) {
    switch (node.kind) {
      case Kind::name:
      case Kind::member:
      case Kind::safe_member:
      case Kind::call:
      case Kind::method_call:
      case Kind::index:
      case Kind::none_lit:
      case Kind::optional:
      case Kind::operator_name:
      case Kind::tuple:
      case Kind::record:
      case Kind::list:
        return expression(node, postfix_level);
      case Kind::block:
        if (node.size() == 1 && node[0].is(Kind::expr_stmt)) return bracketed(node[0][0]);
        return bare(node);
      default:
        if (needs_brackets(node)) return expression(node, postfix_level);
        return bracketed(node);
    }
  }

  void arguments(const Node& node) {
    out += '(';
    ++brackets_;
    list(node.kids, 1, [&](const Node& each) { item(each); });
    --brackets_;
    out += ')';
  }

  void item(const Node& node) {
    switch (node.kind) {
      case Kind::spread:
        out += "...";
        return expression(node[0], pipe_level);
      case Kind::named_arg:
        out += node.text;
        out += ": ";
        return expression(node[0], pipe_level);
      case Kind::record_field:
        key(node.text);
        out += ": ";
        return expression(node[0], pipe_level);
      case Kind::map_entry:
        expression(node[0], pipe_level);
        out += ": ";
        return expression(node[1], pipe_level);
      default:
        return expression(node, pipe_level);
    }
  }

  void key(std::string_view text) {
    if (is_bare_key(text)) {
      out += text;
    } else {
      out += '"';
      characters(text, false);
      out += '"';
    }
  }

  void comprehension(const Node& node) {
    out += '[';
    ++brackets_;
    item(node[0]);
    for (std::size_t i = 1; i < node.size(); ++i) {
      if (node[i].is(Kind::for_clause)) {
        out += " for ";
        pattern(node[i][0], false);
        out += " in ";
        expression(node[i][1], pipe_level);
      } else {
        guard(node[i][0]);
      }
    }
    --brackets_;
    out += ']';
  }

  void lambda(const Node& node) {
    std::size_t params = node.size() - 1;
    bool plain = params == 1 && !node[0][0] && !node[0][1] && !node[0][2] && !node[0].number;
    if (plain) {
      out += node[0].text;
    } else {
      out += '(';
      ++brackets_;
      list(node.kids.first(params), 0, [&](const Node& each) { parameter(each); });
      --brackets_;
      out += ')';
    }
    arrow_body(node[params]);
  }

  void characters(std::string_view text, bool bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    for (unsigned char c : text) {
      if (c == '"' || c == '\\') {
        out += '\\';
        out += static_cast<char>(c);
      } else if (c == '\n') {
        out += "\\n";
      } else if (c == '\t') {
        out += "\\t";
      } else if (c < 0x20 || c == 0x7f || (bytes && c >= 0x80)) {
        out += "\\x";
        out += digits[c >> 4];
        out += digits[c & 15];
      } else {
        out += static_cast<char>(c);
      }
    }
  }

  void interpolation(const Node& node) {
    std::size_t begin = out.size();
    ++brackets_;
    bool text_before = node.size() == 1;   // two texts side by side: one of them stood in a hole
    for (const Node* part : node.kids) {
      if (part->is(Kind::string_lit) && !part->text.empty() && !text_before) {
        characters(part->text, false);
        text_before = true;
        continue;
      }
      text_before = false;
      out += "\\(";
      expression(*part, pipe_level);
      out += ')';
    }
    --brackets_;
    // A hole of several lines needs a string of several lines.
    bool lines = out.find('\n', begin) != std::string::npos;
    std::string_view quotes = lines ? "\"\"\"" : "\"";
    out.insert(begin, quotes);
    out += quotes;
  }

  // ------------------------------------------------------------------------------ declarations
  void function(const Node& node) {
    out += "fn ";
    out += node.text;
    names(node[0]);
    out += '(';
    ++brackets_;
    list(node[1].kids, 0, [&](const Node& each) { parameter(each); });
    --brackets_;
    out += ')';
    if (node[2]) {
      out += " -> ";
      type(node[2], false);
    }
    if (node[3]) {
      out += " uses ";
      bare(node[3]);
    }
    out += ':';
    block(node[4]);
  }

  void names(const Node& node) {
    if (!node) return;
    out += '[';
    list(node.kids, 0, [&](const Node& each) { out += each.text; });
    out += ']';
  }

  void parameter(const Node& node) {
    if (node[2]) return pattern(node[2], false);
    if (node.number) out += "var ";
    out += node.text;
    if (node[1]) {
      out += ": ";
      type(node[1], false);
    }
    if (node[0]) {
      out += " = ";
      expression(node[0], pipe_level);
    }
  }

  void type_declaration(const Node& node) {
    out += "type ";
    out += node.text;
    names(node[0]);
    out += " =";
    for (std::size_t i = 1; i < node.size(); ++i) {
      out += i > 1 ? " | " : " ";
      if (node[i].is(Kind::type_ctor)) {
        out += node[i].text;
        out += '(';
        list(node[i].kids, 0, [&](const Node& each) { field(each); });
        out += ')';
      } else {
        type(node[i], true);
      }
    }
  }

  void field(const Node& node) {
    key(node.text);
    out += ": ";
    type(node[0], false);
  }

  // `tight`: where `|` and `->` would reach further than this type.
  void type(const Node& node, bool tight) {
    bool bracket = tight && (node.is(Kind::type_union) || node.is(Kind::type_fn));
    if (bracket) out += '(';
    switch (node.kind) {
      case Kind::type_name:
        out += node.text;
        if (node.size()) {
          out += '[';
          list(node.kids, 0, [&](const Node& each) { type(each, false); });
          out += ']';
        }
        break;
      case Kind::type_optional:
        type(node[0], true);
        out += '?';
        break;
      case Kind::type_union:
        for (std::size_t i = 0; i < node.size(); ++i) {
          if (i) out += " | ";
          type(node[i], true);
        }
        break;
      case Kind::type_record:
        out += '{';
        list(node.kids, 0, [&](const Node& each) { field(each); });
        out += '}';
        break;
      case Kind::type_tuple:
        out += '(';
        list(node.kids, 0, [&](const Node& each) { type(each, false); });
        out += node.size() == 1 ? ",)" : ")";
        break;
      case Kind::type_fn: {
        std::size_t params = node.size() - 1 - (node.number ? 1 : 0);
        out += "fn(";
        list(node.kids.first(params), 0, [&](const Node& each) { type(each, false); });
        out += ") -> ";
        type(node[params], true);
        if (node.number) {
          out += " uses ";
          bare(node[params + 1]);
        }
        break;
      }
      default:
        break;
    }
    if (bracket) out += ')';
  }

  // ----------------------------------------------------------------------------------- patterns
  // `tight`: where a type's colon or an alternative would reach further.
  void pattern(const Node& node, bool tight) {
    bool bracket = tight && ((node.is(Kind::pat_bind) && node[0]) || node.is(Kind::pat_or));
    if (bracket) out += '(';
    switch (node.kind) {
      case Kind::pat_wild:
        out += '_';
        break;
      case Kind::pat_bind:
        out += node.text;
        if (node[0]) {
          out += ": ";
          type(node[0], false);
        }
        break;
      case Kind::pat_lit:
      case Kind::pat_const:
        bare(node[0]);
        break;
      case Kind::pat_ctor:
        bare(node[0]);
        out += '(';
        list(node.kids, 1, [&](const Node& each) { pattern(each, true); });
        out += ')';
        break;
      case Kind::pat_field:
        key(node.text);
        out += ": ";
        pattern(node[0], false);
        break;
      case Kind::pat_record:
        out += '{';
        list(node.kids, 0, [&](const Node& each) { pattern(each, false); });
        out += '}';
        break;
      case Kind::pat_tuple:
        out += '(';
        list(node.kids, 0, [&](const Node& each) { pattern(each, false); });
        out += node.size() == 1 ? ",)" : ")";
        break;
      case Kind::pat_list:
        out += '[';
        list(node.kids, 0, [&](const Node& each) { pattern(each, false); });
        out += ']';
        break;
      case Kind::pat_rest:
        out += "...";
        out += node.text;
        break;
      case Kind::pat_or:
        for (std::size_t i = 0; i < node.size(); ++i) {
          if (i) out += " | ";
          pattern(node[i], true);
        }
        break;
      default:
        break;
    }
    if (bracket) out += ')';
  }

  unsigned indent_ = 0;
  unsigned brackets_ = 0;        // brackets around what is being printed
  const Node* it_ = nullptr;     // the name that `.name` leaves out
};

}  // namespace

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
