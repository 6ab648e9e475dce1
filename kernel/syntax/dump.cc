// --dump=tokens and --dump=ast: stable text.
#include <cinttypes>
#include <cstdio>

#include "kernel/syntax/lexer.h"
#include "kernel/syntax/parser.h"

namespace m31::syntax {

namespace {

void quote(std::string& to, std::string_view text) {
  to += '"';
  for (unsigned char c : text) {
    if (c == '"' || c == '\\') {
      to += '\\';
      to += static_cast<char>(c);
    } else if (c == '\n') {
      to += "\\n";
    } else if (c < 0x20 || c == 0x7f) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", c);
      to += hex;
    } else {
      to += static_cast<char>(c);
    }
  }
  to += '"';
}

void payload(std::string& to, const Node& node) {
  char number[40];
  switch (node.kind) {
    case Kind::float_lit:
      std::snprintf(number, sizeof number, " %.17g", node.real);
      to += number;
      break;
    case Kind::int_lit:
    case Kind::duration_lit:
    case Kind::bool_lit:
      std::snprintf(number, sizeof number, " %" PRId64, node.number);
      to += number;
      break;
    default:
      if (node.number) {
        std::snprintf(number, sizeof number, " #%" PRId64, node.number);
        to += number;
      }
  }
}

}  // namespace

std::string dump(const Node& root) {
  std::string out;
  struct Frame {
    const Node* node;
    unsigned depth;
  };
  std::vector<Frame> frames{{&root, 0}};   // a stack of its own: any tree can be dumped
  while (!frames.empty()) {
    auto [node, depth] = frames.back();
    frames.pop_back();
    out.append(2 * depth, ' ');
    std::string_view name = name_of(node->kind);
    if (name.ends_with('_')) name.remove_suffix(1);
    out += name;
    if (!node->text.empty() || node->is(Kind::string_lit) || node->is(Kind::bytes_lit)) {
      out += ' ';
      quote(out, node->text);
    }
    payload(out, *node);
    if (!node->doc.empty()) {
      out += " doc ";
      quote(out, node->doc);
    }
    out += '\n';
    for (std::size_t i = node->size(); i-- > 0;) frames.push_back({node->kids[i], depth + 1});
  }
  return out;
}

std::string dump_tokens(const Source& source) {
  // The lexer's diagnostics hold the source; a dump throws them away.
  auto copy = std::make_shared<const Source>(source.name(), std::string(source.text()));
  Arena arena;
  Lexed lexed = lex(copy, arena);
  std::string out;
  for (const Token& token : lexed.tokens) {
    LineColumn place = source.position(token.begin);
    out += std::to_string(place.line) + ":" + std::to_string(place.column) + " ";
    out += token.line_first ? "^" : " ";
    out += name_of(token.kind);
    switch (token.kind) {
      case Tok::int_number:
      case Tok::duration:
        out += " " + std::to_string(token.magnitude);
        break;
      case Tok::float_number: {
        char number[40];
        std::snprintf(number, sizeof number, " %.17g", token.real);
        out += number;
        break;
      }
      default:
        if (!token.text.empty() || token.kind == Tok::string) {
          out += ' ';
          quote(out, token.text);
        }
    }
    out += '\n';
  }
  return out;
}

}  // namespace m31::syntax
