// Printing of expressions.
#include <charconv>

#include "kernel/syntax/lexer_core.h"
#include "kernel/syntax/printer_core.h"

namespace m31::syntax {

namespace {

bool is_bare_key(std::string_view key) {
  if (key.empty() || (key[0] >= '0' && key[0] <= '9')) return false;
  for (std::size_t at = 0; at < key.size();) {
    const unsigned bytes = is_name_char(key[at]) ? 1 : name_letter_bytes(key.substr(at), at != 0);
    if (bytes == 0) return false;
    at += bytes;
  }
  return true;
}

}  // namespace

Printer::Level Printer::level_of_operator(std::string_view op) {
  if (op == "or") return or_level;
  if (op == "and") return and_level;
  if (op == "\?\?") return coalesce_level;
  if (op == "**") return unary_level;
  if (op == "+" || op == "-" || op == "+%" || op == "-%") return sum_level;
  if (op == "*" || op == "/" || op == "//" || op == "%" || op == "*%") return mul_level;
  return compare_level;
}

Printer::Level Printer::level_of(const Node& node) {
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

bool Printer::needs_brackets(const Node& node) {
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

void Printer::expression(const Node& node, Level place) {
  if (node.kind != Kind::type_decl && name_of(node.kind).starts_with("type_")) return type(node, place > pipe_level);
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

void Printer::bracketed(const Node& node) {
  out += '(';
  ++brackets_;
  bare(node);
  --brackets_;
  out += ')';
}

void Printer::bare(const Node& node) {
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
void Printer::object(const Node& node) {
  expression(node, postfix_level);
  if (node.is(Kind::optional)) out += ' ';
}

void Printer::binary(const Node& node) {
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

void Printer::pipe_callee(const Node& node) {
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

void Printer::arguments(const Node& node) {
  out += '(';
  ++brackets_;
  list(node.kids, 1, [&](const Node& each) { item(each); });
  --brackets_;
  out += ')';
}

void Printer::item(const Node& node) {
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

void Printer::key(std::string_view text) {
  if (is_bare_key(text)) {
    out += text;
  } else {
    out += '"';
    characters(text, false);
    out += '"';
  }
}

void Printer::comprehension(const Node& node) {
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

void Printer::lambda(const Node& node) {
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

void Printer::characters(std::string_view text, bool bytes) {
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

void Printer::interpolation(const Node& node) {
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

}  // namespace m31::syntax
