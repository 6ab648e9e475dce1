// Text -> tokens. Settles everything that needs no grammar: lexemes, escapes, numbers and their
// units, interpolation (a string with \( ) becomes string_open, tokens, string_middle, tokens,
// string_close), which bracket closes which, and where lines begin. Layout proper is the parser's.
//
// Never recurses; any bytes are accepted and give tokens or diagnostics. After a bracket error the
// missing partners are made up, so that openers and closers always pair. The tokens' texts point
// into the source or the arena, which must outlive them.
#pragma once

#include <utility>
#include <vector>

#include "kernel/base/arena.h"
#include "kernel/syntax/diagnostic.h"
#include "kernel/syntax/token.h"

namespace m31::syntax {

struct Lexed {
  std::vector<Token> tokens;                // the last one is end_of_text
  std::vector<Diagnostic> diagnostics;
  std::vector<std::pair<std::uint32_t, std::string_view>> docs;   // index of the token below a doc comment, its text
  std::uint32_t trusted_end = ~0u;          // after this byte brackets are unreliable: errors there are consequences
  bool open_at_end = false;                 // a bracket or """ is still open, and nothing else is wrong with brackets
  bool doc_at_end = false;                  // the text ends with a doc comment of nothing
  bool fatal = false;                       // nested too deeply: do not parse
};

Lexed lex(const SourcePtr& source, Arena& arena);

}  // namespace m31::syntax
