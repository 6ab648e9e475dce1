// Printing of functions, type declarations, types and patterns.
#include "kernel/syntax/printer_core.h"

namespace m31::syntax {

void Printer::function(const Node& node) {
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

void Printer::names(const Node& node) {
  if (!node) return;
  out += '[';
  list(node.kids, 0, [&](const Node& each) { out += each.text; });
  out += ']';
}

void Printer::parameter(const Node& node) {
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

void Printer::type_declaration(const Node& node) {
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

void Printer::field(const Node& node) {
  key(node.text);
  out += ": ";
  type(node[0], false);
}

// `tight`: where `|` and `->` would reach further than this type.
void Printer::type(const Node& node, bool tight) {
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

// `tight`: where a type's colon or an alternative would reach further.
void Printer::pattern(const Node& node, bool tight) {
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

}  // namespace m31::syntax
