#include "kernel/syntax/token.h"

namespace m31::syntax {

std::string_view name_of(Tok kind) {
  switch (kind) {
#define TOKEN(kind, meaning) \
  case Tok::kind:            \
    return #kind;
#define WORD(kind, spelling) \
  case Tok::word_##kind:     \
    return "word";
#include "kernel/syntax/tokens.def"
#undef TOKEN
#undef WORD
  }
  return "";
}

std::string_view spelling_of(Tok kind) {
  switch (kind) {
#define TOKEN(kind, meaning) \
  case Tok::kind:            \
    return meaning;
#define WORD(kind, spelling) \
  case Tok::word_##kind:     \
    return "`" spelling "`";
#include "kernel/syntax/tokens.def"
#undef TOKEN
#undef WORD
  }
  return "";
}

}  // namespace m31::syntax
