#include "kernel/syntax/ast.h"

namespace m31::syntax {

std::string_view name_of(Kind kind) {
  switch (kind) {
#define NODE(kind, meaning) \
  case Kind::kind:          \
    return #kind;
#include "kernel/syntax/node_kinds.def"
#undef NODE
  }
  return "";
}

}  // namespace m31::syntax
