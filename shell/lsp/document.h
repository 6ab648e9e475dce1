// Document: one text in an editor, checked whenever it changes, and what can be asked about a place in it. Places are byte
// offsets here; the editor's lines and UTF-16 units are turned into them at the edge. Knows no protocol.
//
// A text in the middle of being written seldom checks: then its tree, its names and its types are those of the last version
// that did. Owner: the server; its thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/syntax/parser.h"
#include "kernel/types/program.h"

namespace m31::shell {

struct TextPosition {              // as the protocol counts: both from 0
  std::uint32_t line = 0;
  std::uint32_t character = 0;     // UTF-16 units
};

struct Symbol {
  enum class Kind { function, type, variable, test, method } kind = Kind::variable;
  std::string name;
  syntax::Span whole, name_span;
};

struct Candidate {                 // of a completion
  std::string name;
  Symbol::Kind kind = Symbol::Kind::function;
};

struct Place {                     // in this text or another: a module's, the library's
  syntax::SourcePtr source;
  syntax::Span span;
};

struct Signature {                 // of a call that is being written
  std::string label;
  std::vector<std::string> params; // each a part of the label
};
struct SignatureHelp {
  std::vector<Signature> signatures;
  std::size_t param = 0;           // which is written now
};

TextPosition position_in(const syntax::Source& source, std::uint32_t offset);

class Document {
 public:
  Document(std::string name, std::string text, const types::Environment& environment, std::unique_ptr<Document> before);
  const std::vector<syntax::Diagnostic>& diagnostics() const { return diagnostics_; }
  const syntax::Source& source() const { return *source_; }

  std::optional<std::string> hover(std::uint32_t offset, syntax::Span& word);
  std::optional<Place> definition(std::uint32_t offset) const;
  // Where in this text the name at a place stands, its definition included, in order.
  std::vector<syntax::Span> references(std::uint32_t offset) const;
  std::optional<SignatureHelp> signature_help(std::uint32_t offset) const;
  std::vector<Symbol> symbols() const;
  std::vector<Candidate> completion(std::uint32_t offset) const;
  std::string documentation(const std::string& name);

  TextPosition position(std::uint32_t offset) const { return position_in(*source_, offset); }
  std::uint32_t offset(TextPosition position) const;

 private:
  syntax::Span word_at(std::uint32_t offset) const;
  std::string qualified(syntax::Span word) const;        // with the name and dot before it
  std::optional<syntax::Span> definition_here(std::uint32_t offset) const;
  types::Description described(syntax::Span word) const;
  std::string type_of_name(std::string_view name, std::uint32_t offset) const;

  syntax::SourcePtr source_;
  std::vector<syntax::Diagnostic> diagnostics_;
  std::shared_ptr<const syntax::Tree> tree_;             // of this text or an earlier one; may be null
  struct Known {                                         // the last version that checked
    types::Program program;
    types::Checked checked;
  };
  std::shared_ptr<Known> known_;
};

}  // namespace m31::shell
