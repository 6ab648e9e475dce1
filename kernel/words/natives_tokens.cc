// words, split and lines of a String or of a List of them: a List of slices.
#include "kernel/words/line_spans.h"
#include "kernel/words/native_state.h"
#include "kernel/words/token_spans.h"

namespace m31::words {
namespace {

enum Slots : std::uint32_t { argument, out, item, position, open_token, slot_count };

// Where the splitting stands: in which text, and where in it.
struct Progress {
  std::size_t item = 0;
  TokenSpans::Position in_text;
};

void save(NativeCall& call, Slot list, const Progress& progress) {
  if (!resumed(call)) {
    vm::Root keep(call.heap, list);
    suspend_with(call, slot_count, 2);
    list = keep.get();
  }
  state_slot(call, out) = list;
  state_slot(call, item) = progress.item;
  state_slot(call, position) = progress.in_text.at;
  state_slot(call, open_token) = progress.in_text.open;
}

struct SplitTokens {
  Tokens tokens;
  // Appends tokens of text (a String) to list, a stripe's; returns whether the text is done.
  bool operator()(vm::Heap& heap, vm::Root& text, vm::Root& list, TokenSpans::Position& at) const {
    TokenSpans spans(tokens, at);
    const std::string_view view = vm::text_of(text.get());
    spans.scan(view, 1, [&](std::size_t offset, std::size_t size) {
      vm::list_append(heap, list, vm::slice_string(heap, text.get(), offset, size));
    });
    at = spans.position();
    return at.at >= vm::text_of(text.get()).size();
  }
};

struct SplitLines {
  bool operator()(vm::Heap& heap, vm::Root& text, vm::Root& list, TokenSpans::Position& at) const {
    const std::size_t from = at.at;
    while (at.at - from < Stripe::bytes_max) {
      if (at.at >= vm::text_of(text.get()).size()) return true;
      const LineSpan line = line_at(vm::text_of(text.get()), at.at);
      vm::list_append(heap, list, vm::slice_string(heap, text.get(), at.at, line.size));
      at.at = line.next;
    }
    return false;
  }
};

template <class Split>
NativeStatus split_all(NativeCall& call, Split split) {
  Progress progress;
  vm::Root list(call.heap, 0);
  if (resumed(call)) {
    list.set(state_slot(call, out));
    progress.item = state_slot(call, item);
    progress.in_text = {state_slot(call, position), state_slot(call, open_token)};
  } else {
    list.set(vm::make_list(call.heap, true, 0));
  }
  const bool one = call.types[0]->kind == types::TypeKind::string;
  vm::Root input(call.heap, first_argument(call));
  vm::Root text(call.heap, 0);
  std::size_t worked = 0;
  const std::size_t texts = one ? 1 : vm::list_count(input.get());
  for (; progress.item < texts; ++progress.item, progress.in_text = {}) {
    text.set(one ? input.get() : vm::list_at(input.get(), progress.item));
    if (vm::text_of(text.get()).empty()) continue;
    for (bool whole = false; !whole;) {
      const std::size_t before = progress.in_text.at;
      whole = split(call.heap, text, list, progress.in_text);
      worked += progress.in_text.at - before + 64;
      if (worked < quantum_bytes) continue;
      if (spent(call, worked) && !(whole && progress.item + 1 == texts)) {
        if (whole) ++progress.item, progress.in_text = {};
        save(call, list.get(), progress);
        return NativeStatus::again;
      }
      worked = 0;
    }
  }
  spent(call, worked);
  return done(call, list.get());
}

NativeStatus words_native(NativeCall& call) { return split_all(call, SplitTokens{Tokens::words}); }
NativeStatus split_native(NativeCall& call) { return split_all(call, SplitTokens{Tokens::split}); }
NativeStatus lines_native(NativeCall& call) { return split_all(call, SplitLines{}); }

constexpr vm::NativeEntry entries[] = {
    {"words.string", words_native}, {"words.list", words_native}, {"split.string", split_native},
    {"split.list", split_native},   {"lines.string", lines_native}, {"lines.list", lines_native},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable token_natives;
const NativeTable token_natives = words::entries;
}  // namespace m31::vm
