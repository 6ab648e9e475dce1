// words.some, split.some, lines.some: the next pieces of a text, for loops over them. All that such a loop knows stands in its own locals (where
// it is, and the pieces of the stripe it is at), so its fibril may suspend, be serialised and go on elsewhere.
//
//   args: text, var at (Int, 0 first), var open (Int, -1 first), var pieces (List[String]) -> whether there are any more
#include "kernel/words/line_spans.h"
#include "kernel/words/native_state.h"
#include "kernel/words/token_spans.h"

namespace m31::words {
namespace {

NativeStatus give(NativeCall& call, TokenSpans::Position at, vm::Root& pieces, std::size_t before) {
  call.args[1] = at.at;
  call.args[2] = at.open;
  call.args[3] = pieces.get();
  spent(call, at.at - before + 64);
  return done(call, vm::list_count(pieces.get()) > 0);
}

template <Tokens tokens>
NativeStatus some_tokens(NativeCall& call) {
  vm::Root text(call.heap, call.args[0]), pieces(call.heap, vm::make_list(call.heap, true, 0));
  TokenSpans::Position at{static_cast<std::size_t>(call.args[1]), static_cast<std::size_t>(call.args[2])};
  const std::size_t before = at.at;
  // A stripe without an end of a token gives none: another one, for about a quantum.
  while (vm::list_count(pieces.get()) == 0 && at.at < vm::text_of(text.get()).size()) {
    if (at.at - before > quantum_bytes) {
      call.args[1] = at.at;
      call.args[2] = at.open;
      if (spent(call, at.at - before)) return NativeStatus::again;
    }
    TokenSpans spans(tokens, at);
    const std::string_view view = vm::text_of(text.get());
    spans.scan(view, 1, [&](std::size_t offset, std::size_t size) {
      vm::list_append(call.heap, pieces, vm::slice_string(call.heap, text.get(), offset, size));
    });
    at = spans.position();
  }
  return give(call, at, pieces, before);
}

NativeStatus some_lines(NativeCall& call) {
  vm::Root text(call.heap, call.args[0]), pieces(call.heap, vm::make_list(call.heap, true, 0));
  TokenSpans::Position at{static_cast<std::size_t>(call.args[1]), static_cast<std::size_t>(call.args[2])};
  const std::size_t before = at.at;
  while (at.at - before < Stripe::bytes_max) {
    if (at.at >= vm::text_of(text.get()).size()) break;
    const LineSpan line = line_at(vm::text_of(text.get()), at.at);
    vm::list_append(call.heap, pieces, vm::slice_string(call.heap, text.get(), at.at, line.size));
    at.at = line.next;
  }
  return give(call, at, pieces, before);
}

constexpr std::uint32_t changed = 1u << 1 | 1u << 2 | 1u << 3;
constexpr vm::NativeEntry entries[] = {
    {"words.some", some_tokens<Tokens::words>, 0, changed},
    {"split.some", some_tokens<Tokens::split>, 0, changed},
    {"lines.some", some_lines, 0, changed},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable piece_natives;
const NativeTable piece_natives = words::entries;
}  // namespace m31::vm
