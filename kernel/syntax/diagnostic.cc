#include "kernel/syntax/diagnostic.h"

#include <utf8proc.h>

#include <algorithm>

namespace m31::syntax {

namespace {

constexpr unsigned tab_columns = 4;
constexpr std::size_t line_bytes_max = 1u << 16;   // of a longer line only the part around the caret is looked at

struct Colors {
  std::string_view error, warning, hint, place, caret, off;
};
constexpr Colors no_colors{};
constexpr Colors ansi{"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[1m", "\x1b[1;31m", "\x1b[0m"};

// One character as the terminal shows it.
struct Cell {
  std::uint32_t offset;   // byte in the line
  unsigned width;         // columns
  std::string text;
};

// A line as cells: tabs are spaces, what cannot be shown is a mark.
std::vector<Cell> cells_of(std::string_view line, std::uint32_t from, std::uint32_t to) {
  std::vector<Cell> cells;
  unsigned column = 0;
  for (std::uint32_t at = from; at < to;) {
    utf8proc_int32_t code_point = -1;
    auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(line.data() + at),
                                  static_cast<utf8proc_ssize_t>(std::min<std::size_t>(4, line.size() - at)), &code_point);
    Cell cell{at, 1, {}};
    if (bytes <= 0) {
      cell.text = "\xEF\xBF\xBD";
      bytes = 1;
    } else if (code_point == '\t') {
      cell.width = tab_columns - column % tab_columns;
      cell.text.assign(cell.width, ' ');
    } else if (code_point < 0x20) {   // the pictures of control characters, U+2400..
      cell.text = std::string("\xE2\x90") + static_cast<char>(0x80 + code_point);
    } else if (code_point == 0x7f || (code_point >= 0x80 && code_point < 0xa0) ||
               (code_point >= 0x202a && code_point <= 0x202e) || (code_point >= 0x2066 && code_point <= 0x2069)) {
      cell.text = "\xEF\xBF\xBD";   // controls, and marks that would turn the line round
    } else {
      cell.text = line.substr(at, static_cast<std::size_t>(bytes));
      int width = utf8proc_charwidth(code_point);
      cell.width = static_cast<unsigned>(std::max(width, 0));
    }
    column += cell.width;
    at += static_cast<std::uint32_t>(bytes);
    cells.push_back(std::move(cell));
  }
  return cells;
}

// The source line of `span` and the carets below it.
void excerpt(std::string& out, const Source& source, Span span, const RenderOptions& options, const Colors& colors) {
  LineColumn place = source.position(span.begin);
  std::string_view line = source.line(place.line);
  std::uint32_t line_begin = source.line_begin(place.line);
  if (line_begin == 0 && line.starts_with("\xEF\xBB\xBF")) {
    line.remove_prefix(3);
    line_begin = 3;
  }
  std::uint32_t size = static_cast<std::uint32_t>(line.size());
  std::uint32_t begin = std::min(span.begin > line_begin ? span.begin - line_begin : 0, size);
  std::uint32_t end = std::clamp(span.end > line_begin ? span.end - line_begin : 0, begin, size);

  std::string number = std::to_string(place.line);
  unsigned gutter = static_cast<unsigned>(number.size()) + 5;
  unsigned width = std::max(options.width_columns, gutter + 20) - gutter;

  std::uint32_t from = 0, to = size;
  if (size > line_bytes_max) {
    from = begin > line_bytes_max / 2 ? begin - static_cast<std::uint32_t>(line_bytes_max / 2) : 0;
    to = std::min<std::uint32_t>(size, from + static_cast<std::uint32_t>(line_bytes_max));
    while (from < begin && (static_cast<unsigned char>(line[from]) & 0xC0) == 0x80) ++from;
  }
  std::vector<Cell> cells = cells_of(line, from, to);

  // Which cells are shown: all, or a window with the caret a third from its left.
  unsigned total = 0, caret_column = 0;
  for (const Cell& cell : cells) {
    if (cell.offset < begin) caret_column += cell.width;
    total += cell.width;
  }
  std::size_t first = 0, last = cells.size();
  bool cut_left = from > 0, cut_right = to < size;
  if (total > width) {
    unsigned window_begin = caret_column > width / 3 ? caret_column - width / 3 : 0;
    if (caret_column < width - 2) window_begin = 0;
    unsigned column = 0;
    while (first < cells.size() && column < window_begin) column += cells[first++].width;
    unsigned used = 0;
    last = first;
    while (last < cells.size() && used + cells[last].width <= width - 2) used += cells[last++].width;
    cut_left = cut_left || first > 0;
    cut_right = cut_right || last < cells.size();
  }
  std::string shown, carets;
  if (cut_left) {
    shown += "\xE2\x80\xA6";
    carets += ' ';
  }
  unsigned marked = 0;
  for (std::size_t i = first; i < last; ++i) {
    const Cell& cell = cells[i];
    shown += cell.text;
    if (cell.offset < begin)
      carets.append(cell.width, ' ');
    else if (cell.offset < end)
      marked += cell.width;
  }
  if (cut_right) shown += "\xE2\x80\xA6";
  while (!shown.empty() && shown.back() == ' ') shown.pop_back();

  out += "  " + number + " | " + shown + "\n";
  out += std::string(number.size() + 2, ' ') + " | " + carets;
  out += colors.caret;
  out.append(std::max(marked, 1u), '^');
  out += colors.off;
  out += '\n';
}

void place(std::string& out, const Source& source, Span span, const Colors& colors) {
  LineColumn at = source.position(span.begin);
  out += colors.place;
  out += source.name() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ":";
  out += colors.off;
  out += ' ';
}

}  // namespace

std::string render(const Diagnostic& diagnostic, const RenderOptions& options) {
  const Colors& colors = options.color ? ansi : no_colors;
  std::string out;
  if (diagnostic.source) place(out, *diagnostic.source, diagnostic.span, colors);
  switch (diagnostic.severity) {
    case Severity::error:
      out += colors.error;
      out += "error:";
      break;
    case Severity::warning:
      out += colors.warning;
      out += "warning:";
      break;
    case Severity::hint:
      out += colors.hint;
      out += "hint:";
      break;
  }
  out += colors.off;
  out += ' ' + diagnostic.message + '\n';
  if (diagnostic.source) excerpt(out, *diagnostic.source, diagnostic.span, options, colors);
  if (!diagnostic.advice.empty()) {
    out += "  ";
    out += colors.hint;
    out += "try:";
    out += colors.off;
    out += ' ' + diagnostic.advice + '\n';
  }
  for (const Note& note : diagnostic.notes) {
    if (note.source) place(out, *note.source, note.span, colors);
    out += "note: " + note.message + '\n';
    if (note.source) excerpt(out, *note.source, note.span, options, colors);
  }
  return out;
}

}  // namespace m31::syntax
