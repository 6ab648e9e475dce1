// m31sh check: every diagnostic of some programs; none of them runs. Each file is checked by itself, as a script would be.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "runtime/session.h"
#include "shell/face.h"
#include "shell/text_file.h"
#include "shell/tools.h"

namespace m31::shell {

namespace {

using Json = nlohmann::ordered_json;
using syntax::Diagnostic;
using syntax::Severity;

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::hint: return "hint";
  }
  return "";
}

Json json_of(const syntax::Source& source, syntax::Span span) {
  const auto place = [&](std::uint32_t offset) {
    const syntax::LineColumn at = source.position(offset);
    return Json{{"line", at.line}, {"column", at.column}, {"offset", offset}};
  };
  return {{"begin", place(span.begin)}, {"end", place(span.end)}};
}

Json json_of(const Diagnostic& diagnostic) {
  Json json = {{"severity", name_of(diagnostic.severity)}, {"message", diagnostic.message}};
  if (diagnostic.source) {
    json["file"] = diagnostic.source->name();
    json["span"] = json_of(*diagnostic.source, diagnostic.span);
  }
  if (!diagnostic.advice.empty()) json["advice"] = diagnostic.advice;
  for (const syntax::Edit& edit : diagnostic.edits)
    if (diagnostic.source) json["edits"].push_back({{"span", json_of(*diagnostic.source, edit.span)}, {"text", edit.text}});
  for (const syntax::Note& note : diagnostic.notes) {
    Json each = {{"message", note.message}};
    if (note.source) {
      each["file"] = note.source->name();
      each["span"] = json_of(*note.source, note.span);
    }
    json["notes"].push_back(std::move(each));
  }
  return json;
}

}  // namespace

int run_check(const Arguments& arguments) {
  if (const int answered = answer_options("check", arguments, {"--json"}); answered >= 0) return answered;
  bool as_json = false;
  Arguments files;
  for (const std::string& each : arguments)
    if (each == "--json") as_json = true;
    else if (each != "--") files.push_back(each);
  if (files.empty()) {
    std::fputs("m31sh: check wants files\ntry: m31sh check --help\n", stderr);
    return 2;
  }
  const auto node = runtime::make_node({});
  const auto session = runtime::Session::make(node, {});
  const types::Environment environment = session->environment();
  Face face({}, false);
  int code = 0;
  Json all = Json::array();
  for (const std::string& file : files) {
    auto text = read_text_file(file);
    if (!text) {
      std::fprintf(stderr, "m31sh: %s\n", text.error().c_str());
      code = 2;
      continue;
    }
    types::Program program;
    const auto source = std::make_shared<const syntax::Source>(file == "-" ? "<stdin>" : file, std::move(*text));
    const types::Checked checked = program.check(source, environment);
    if (!checked.ok()) code = 2;
    for (const Diagnostic& diagnostic : checked.diagnostics) {
      if (as_json) all.push_back(json_of(diagnostic));
      else face.report(diagnostic);
    }
  }
  if (as_json) std::puts(all.dump(1, ' ', false, Json::error_handler_t::replace).c_str());
  return code;
}

}  // namespace m31::shell
