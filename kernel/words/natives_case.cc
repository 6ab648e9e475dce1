// lower, upper and trim of a String or of a List of them.
#include <algorithm>
#include <string>

#include "kernel/vm/fibril.h"
#include "kernel/words/native_state.h"
#include "kernel/words/utf8.h"

namespace m31::words {
namespace {

using Append = void (*)(std::string&, std::string_view);

// A long text on its way to another case.
class CaseJob final : public NativeObject {
 public:
  std::size_t at = 0;
  GrowingBytes out;
  std::string part;
};

NativeStatus map_text(NativeCall& call, Append append) {
  if (!resumed(call) && vm::text_of(call.args[0]).size() <= quantum_bytes) {
    const std::string_view text = vm::text_of(call.args[0]);
    std::string mapped;
    mapped.reserve(text.size());
    append(mapped, text);
    spent(call, text.size());
    return done(call, mapped == text ? call.args[0] : vm::make_string(call.heap, mapped));
  }
  CaseJob& job = job_of<CaseJob>(call, [] { return new CaseJob; });
  const std::string_view text = vm::text_of(first_argument(call));
  while (job.at < text.size()) {
    std::string_view part = text.substr(job.at, quantum_bytes);
    if (job.at + part.size() < text.size()) part.remove_suffix(incomplete_tail(part));
    job.part.clear();
    append(job.part, part);
    job.out.append(job.part);
    job.at += part.size();
    if (spent(call, part.size()) && job.at < text.size()) return NativeStatus::again;
  }
  const std::size_t size = job.out.size();
  return done(call, vm::make_string(call.heap, text_of_storage(job.out.release(), size)));
}

Slot trimmed(vm::Heap& heap, Slot string) {
  const std::string_view text = vm::text_of(string);
  const std::string_view inner = trim(text);
  if (inner.size() == text.size()) return string;
  return vm::slice_string(heap, string, static_cast<std::size_t>(inner.data() - text.data()), inner.size());
}

Slot mapped_item(vm::Heap& heap, Slot string, Append append, std::string& scratch) {
  if (!append) return trimmed(heap, string);
  const std::string_view text = vm::text_of(string);
  scratch.clear();
  append(scratch, text);
  return scratch == text ? string : vm::make_string(heap, scratch);
}

// The items of a list, one after the other, in place. The list is kept (NativeEntry::keeps), so an unshared one is nobody else's.
NativeStatus map_list(NativeCall& call, Append append) {
  std::size_t i = 0;
  if (resumed(call)) {
    i = state_slot(call, 1);
  } else {
    call.args[0] = vm::own(call.heap, call.args[0]);
  }
  vm::Root list(call.heap, first_argument(call));
  std::string scratch;
  const std::size_t count = vm::list_count(list.get());
  for (std::size_t worked = 0; i < count; ++i) {
    if (worked >= quantum_bytes) {
      if (spent(call, worked)) {
        if (!resumed(call)) suspend_with(call, 2, 1);
        state_slot(call, 1) = i;
        return NativeStatus::again;
      }
      worked = 0;
    }
    const Slot item = vm::list_at(list.get(), i);
    worked += vm::text_of(item).size() + 64;
    const Slot mapped = mapped_item(call.heap, item, append, scratch);
    vm::as<vm::Array>(list.as<vm::List>()->items)->slots[i] = mapped;
  }
  return done(call, list.get());
}

NativeStatus lower_string(NativeCall& call) { return map_text(call, append_lower); }
NativeStatus upper_string(NativeCall& call) { return map_text(call, append_upper); }

// What is left of the text lies from slot 1 up to slot 2 of the state; a quantum of it is looked at a time.
template <bool front, bool back>
NativeStatus trim_ends(NativeCall& call) {
  const Slot string = first_argument(call);
  const std::string_view text = vm::text_of(string);
  std::size_t from = 0, to = text.size();
  if (resumed(call)) from = state_slot(call, 1), to = state_slot(call, 2);
  const auto stop_here = [&](std::size_t bytes) {
    if (!spent(call, bytes)) return false;
    if (!resumed(call)) suspend_with(call, 3, 1);
    state_slot(call, 1) = from;
    state_slot(call, 2) = to;
    return true;
  };
  while (front && from < to) {
    std::string_view part = text.substr(from, std::min(quantum_bytes, to - from));
    if (from + part.size() < to) part.remove_suffix(incomplete_tail(part));
    const std::string_view rest = trim_start(part);
    from += part.size() - rest.size();
    if (!rest.empty()) break;
    if (part.size() >= quantum_bytes / 2 && stop_here(part.size())) return NativeStatus::again;
  }
  while (back && to > from) {
    const std::size_t begin = to - from > quantum_bytes ? std::max(from, boundary_before(text, to - quantum_bytes)) : from;
    const std::string_view part = text.substr(begin, to - begin), rest = trim_end(part);
    to = begin + rest.size();
    if (!rest.empty()) break;
    if (part.size() >= quantum_bytes && stop_here(part.size())) return NativeStatus::again;
  }
  if (to - from == text.size()) return done(call, string);
  return done(call, vm::slice_string(call.heap, first_argument(call), from, to - from));
}
NativeStatus lower_list(NativeCall& call) { return map_list(call, append_lower); }
NativeStatus upper_list(NativeCall& call) { return map_list(call, append_upper); }
NativeStatus trim_list(NativeCall& call) { return map_list(call, nullptr); }

constexpr vm::NativeEntry entries[] = {
    {"lower.string", lower_string, 1}, {"upper.string", upper_string, 1}, {"trim.string", trim_ends<true, true>, 1},
    {"lower.list", lower_list, 1},     {"upper.list", upper_list, 1},     {"trim.list", trim_list, 1},
    {"trimStart.string", trim_ends<true, false>, 1}, {"trimEnd.string", trim_ends<false, true>, 1},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable case_natives;
const NativeTable case_natives = words::entries;
}  // namespace m31::vm
