#include "runtime/error_report.h"

namespace m31::runtime {

namespace {

constexpr std::size_t frames_shown = 16;

// "ValueError: three is not allowed"; of a value that is no declared error, how it is shown.
std::string headline(const data::Datum& error) {
  if (error.kind != data::DatumKind::boxed || error.items.empty()) return "error";
  const types::Type* type = error.type;
  const data::Datum& value = error.items[0];
  if (type->kind == types::TypeKind::named && !type->constructors.empty()) {
    const int at = types::field_index(type, "message");
    if (at >= 0 && static_cast<std::size_t>(at) < value.items.size() &&
        value.items[static_cast<std::size_t>(at)].kind == data::DatumKind::text) {
      std::string_view name = type->decl->name;
      return std::string(name.substr(name.rfind('.') + 1)) + ": " +
             std::string(value.items[static_cast<std::size_t>(at)].text.view());
    }
  }
  return "raised " + data::show(type, value);
}

// The library's sources are not the user's to mend.
bool is_users(const vm::FrameInfo& frame) {
  const auto* instance = frame.function;
  return instance && instance->source && !instance->source->name().starts_with("<library");
}

void add_frame(const vm::FrameInfo& frame, std::string& to) {
  const auto* instance = frame.function;
  to += "  in " + (instance ? instance->name : std::string("?"));
  if (instance && instance->source && frame.line > 0) to += " (" + instance->source->name() + ":" + std::to_string(frame.line) + ")";
  to += "\n";
}

}  // namespace

ErrorReport report_error(const data::Datum& error, const std::vector<vm::FrameInfo>& trace) {
  ErrorReport report;
  const std::string head = headline(error);
  for (const vm::FrameInfo& frame : trace) {
    if (!is_users(frame)) continue;
    syntax::Diagnostic place;
    place.source = frame.function->source;
    place.span = {frame.offset, frame.offset + 1};
    place.message = head;
    report.text = syntax::render(place, {});
    report.places.push_back(std::move(place));
    break;
  }
  if (report.places.empty()) report.text = "error: " + head + "\n";
  if (!report.text.ends_with('\n')) report.text += '\n';
  // A call of the same from the same line is told once, with a count.
  std::size_t told = 0;
  for (std::size_t i = 0; i < trace.size() && told < frames_shown; ++told) {
    std::size_t same = i + 1;
    while (same < trace.size() && trace[same].function == trace[i].function && trace[same].line == trace[i].line) ++same;
    add_frame(trace[i], report.text);
    if (same - i > 1) report.text += "  ... and " + std::to_string(same - i - 1) + " times more\n";
    i = same;
    if (told + 1 == frames_shown && i < trace.size()) report.text += "  ... called by " + std::to_string(trace.size() - i) + " more\n";
  }
  return report;
}

}  // namespace m31::runtime
