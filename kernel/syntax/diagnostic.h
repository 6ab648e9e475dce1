// Diagnostic: what is wrong with a program, as data: where, what was expected and found, one edit
// to try. The faces (shell, notebook, language server) render it; nothing here prints.
#pragma once

#include <string>
#include <vector>

#include "kernel/syntax/source.h"

namespace m31::syntax {

enum class Severity { error, warning, hint };

struct Edit {  // replace the text of `span` by `text`
  Span span;
  std::string text;
};

struct Note {  // a second place: "inside f, used here"
  SourcePtr source;
  Span span;
  std::string message;
};

struct Diagnostic {
  Severity severity = Severity::error;
  SourcePtr source;
  Span span;
  std::string message;          // one line, no full stop: "expected Int, found String"
  std::string advice;           // one line or empty: "did you mean `freq`?"
  std::vector<Edit> edits;      // mechanical form of the advice, if there is one
  std::vector<Note> notes;
};

struct RenderOptions {
  bool color = false;
  unsigned width_columns = 100;  // longer source lines are cut around the caret
};

// The text a terminal shows: file:line:column, message, source line, carets, advice, notes.
std::string render(const Diagnostic& diagnostic, const RenderOptions& options);

}  // namespace m31::syntax
