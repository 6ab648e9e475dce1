// Words over temporaries: `book | words | lower | freq` makes no lists between the words. A chain of list words whose end
// counts becomes a chain of stream words over one text; a `for` over the pieces of a text takes them stripe by stripe, with its
// whole state in locals, so that the loop may suspend.
#include <algorithm>

#include "kernel/types/inference.h"

namespace m31::types {

using syntax::Span;

namespace {

constexpr std::string_view splitters[] = {"words", "split", "lines"};
constexpr std::string_view mappers[] = {"lower", "upper", "trim"};

// "words.string" -> "words" when the word is one of those and of that form.
std::string_view stem(const Expr* expr, std::string_view form) {
  if (expr->op != Op::native || expr->kids.size() != 1) return {};
  std::size_t dot = expr->text.find('.');
  if (dot == std::string_view::npos || expr->text.substr(dot + 1) != form) return {};
  return expr->text.substr(0, dot);
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Expr* Inference::as_stream(Expr* list) {
  const Type* stream = unary_of(TypeKind::stream, basic(TypeKind::string));
  std::string_view splitter = stem(list, "string");
  if (is_one_of(splitter, splitters) && list->type->kind == TypeKind::list) {
    return native(std::string(splitter) + ".text", stream, list->span, {const_cast<Expr*>(list->kids[0])});
  }
  std::string_view word = stem(list, "list");
  if (!is_one_of(word, splitters) && !is_one_of(word, mappers)) return nullptr;
  Expr* inner = as_stream(const_cast<Expr*>(list->kids[0]));
  return inner ? native(std::string(word) + ".stream", stream, list->span, {inner}) : nullptr;
}

Expr* Inference::fuse(Expr* call) {
  if (call->kids.size() != 1 || (call->text != "freq.list" && call->text != "count.list")) return call;
  Expr* stream = as_stream(const_cast<Expr*>(call->kids[0]));
  if (!stream) return call;
  return native(call->text == "freq.list" ? "freq.stream" : "count.stream", call->type, call->span, {stream});
}

Expr* Inference::loop_over_pieces(Expr* list, const std::function<Expr*(Access)>& body, Span span) {
  std::vector<std::string> changes;        // outermost first
  Expr* at = list;
  while (is_one_of(stem(at, "list"), mappers)) {
    changes.emplace_back(stem(at, "list"));
    at = const_cast<Expr*>(at->kids[0]);
  }
  std::string splitter(stem(at, "string"));
  if (!is_one_of(splitter, splitters) || at->type->kind != TypeKind::list) return nullptr;
  const Type* string = basic(TypeKind::string);
  const Type* strings = list_of(string);
  const Type* integer = basic(TypeKind::int_);
  std::uint32_t piece = fresh_local(string);
  Access item{string, [this, piece, string, changes, span] {
                Expr* value = read_local(piece, string, span);
                for (std::size_t i = changes.size(); i-- > 0;) value = native(changes[i] + ".string", string, span, {value});
                return value;
              }};
  Expr* one = body(item);
  if (breaks_.back()) {
    // A break leaves one loop only: the whole list, then.
    Expr* loop = make(Op::for_list, basic(TypeKind::none), span, {at, one});
    loop->index = piece;
    return loop;
  }
  std::uint32_t text = 0, position = 0, open = 0, pieces = fresh_local(strings);
  Expr* keep_text = copy_to_temp(const_cast<Expr*>(at->kids[0]), text);
  Expr* begin = copy_to_temp(int_const(0, span), position);
  Expr* closed = copy_to_temp(int_const(-1, span), open);
  Expr* none_yet = set_local(pieces, make(Op::make_list, strings, span), span);
  Expr* some = native(splitter + ".some", basic(TypeKind::boolean), span,
                      {read_local(text, string, span), read_local(position, integer, span), read_local(open, integer, span),
                       read_local(pieces, strings, span)});
  Expr* each = make(Op::for_list, basic(TypeKind::none), span, {read_local(pieces, strings, span), one});
  each->index = piece;
  Expr* loop = make(Op::while_, basic(TypeKind::none), span, {some, each});
  return block_of({keep_text, begin, closed, none_yet, loop}, span);
}

}  // namespace m31::types
