#include "kernel/syntax/format.h"

#include "kernel/syntax/format_core.h"
#include "kernel/syntax/parser.h"
#include "kernel/syntax/printer.h"

namespace m31::syntax {

namespace {

constexpr unsigned passes_max = 4;   // a line that was broken may let another one stand elsewhere

// Null when it does not parse.
std::shared_ptr<const Tree> tree_of(const std::string& name, std::string text) {
  return parse(std::make_shared<const Source>(name, std::move(text))).tree;
}

std::string laid_out(const std::string& name, const std::string& text, bool may_break) {
  const auto source = std::make_shared<const Source>(name, text);
  const Parsed parsed = parse(source);
  if (!parsed.ok()) return text;
  Marks marks;
  mark(*parsed.tree->root, source->text(), marks);
  std::vector<Piece> pieces = pieces_of(source, marks);
  return Layout(pieces, marks, may_break).write();
}

// Until nothing changes; the text itself when that would mean something else.
std::string settled(const std::string& name, const std::string& text, bool may_break) {
  const auto meant = tree_of(name, text);
  if (!meant) return text;
  std::string now = laid_out(name, text, may_break);
  for (unsigned i = 0; i < passes_max; ++i) {
    std::string next = laid_out(name, now, may_break);
    if (next == now) {
      const auto means = tree_of(name, now);
      if (means && same_tree(*meant->root, *means->root)) return now;
      break;
    }
    now = std::move(next);
  }
  return text;
}

std::string formatted(const std::string& name, const std::string& text) {
  std::string broken = settled(name, text, true);
  return broken == text ? settled(name, text, false) : broken;
}

// Where a line that is exactly `mark` begins, from `at` on; the end of the text when there is none.
std::size_t find_line(std::string_view text, std::string_view mark, std::size_t at) {
  for (; at < text.size(); ++at) {
    std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line == mark) return at;
    at = end;
  }
  return text.size();
}

}  // namespace

std::expected<std::string, std::vector<Diagnostic>> format(const SourcePtr& source) {
  Parsed parsed = parse(source);
  if (!parsed.ok()) return std::unexpected(std::move(parsed.diagnostics));
  const std::string_view text = source->text();
  std::string all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t off = find_line(text, "# fmt: off", at);
    all += formatted(source->name(), std::string(text.substr(at, off - at)));
    if (off == text.size()) break;
    const std::size_t on = find_line(text, "# fmt: on", off);
    if (off > at && text.substr(0, off).ends_with("\n\n")) all += '\n';
    all += text.substr(off, on - off);
    at = on;
  }
  // Cut at the marks the text may mean something else, when one stands inside a statement.
  const auto means = tree_of(source->name(), all);
  if (!means || !same_tree(*parsed.tree->root, *means->root)) return std::string(text);
  return all;
}

}  // namespace m31::syntax
