// What else a String can be asked: its code points, its parts, other texts made of it. Indices and lengths count code points; looking for
// a text is by bytes, which in UTF-8 comes to the same for well-formed ones.
//
// Those that make texts do so in parts (text_job.h); those that only look are quick.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include "kernel/vm/fibril.h"
#include "kernel/words/native_state.h"
#include "kernel/words/text_job.h"
#include "kernel/words/utf8.h"

namespace m31::words {
namespace {

std::string_view text_at(const NativeCall& call, std::uint32_t i) { return vm::text_of(call.args[i]); }

bool ascii(Slot string) { return vm::object(string)->header & vm::flag_ascii; }

std::size_t code_points(Slot string) {
  const std::string_view text = vm::text_of(string);
  return ascii(string) ? text.size() : count_code_points(text);
}

NativeStatus made(NativeCall& call, std::string_view text) {
  spent(call, text.size());
  return done(call, vm::make_string(call.heap, text));
}

// ---------------------------------------------------------------------------------------------- asking
NativeStatus len_string(NativeCall& call) {
  spent(call, text_at(call, 0).size() / 8);
  return done(call, code_points(call.args[0]));
}
NativeStatus len_bytes(NativeCall& call) { return done(call, text_at(call, 0).size()); }
NativeStatus contains_string(NativeCall& call) {
  spent(call, text_at(call, 0).size() / 8);
  return done(call, find_from(text_at(call, 0), text_at(call, 1), 0) != std::string_view::npos);
}
NativeStatus starts_with(NativeCall& call) { return done(call, text_at(call, 0).starts_with(text_at(call, 1))); }
NativeStatus ends_with(NativeCall& call) { return done(call, text_at(call, 0).ends_with(text_at(call, 1))); }
NativeStatus find_string(NativeCall& call) {
  const std::string_view text = text_at(call, 0);
  spent(call, text.size() / 8);
  const std::size_t at = find_from(text, text_at(call, 1), 0);
  if (at == std::string_view::npos) return done(call, static_cast<Slot>(-1));
  return done(call, ascii(call.args[0]) ? at : count_code_points(text.substr(0, at)));
}

// ------------------------------------------------------------------------------------------ taking apart
// The byte where code point `index` begins; one past the last has an offset too.
std::optional<std::size_t> byte_of(Slot string, std::size_t index) {
  const std::string_view text = vm::text_of(string);
  if (!ascii(string)) return offset_of(text, index);
  if (index > text.size()) return std::nullopt;
  return index;
}

// s[i]: negative counts from the end.
NativeStatus index_string(NativeCall& call) {
  const auto wanted = static_cast<std::int64_t>(call.args[1]);
  const auto count = [&] { return static_cast<std::int64_t>(code_points(call.args[0])); };
  if (!ascii(call.args[0])) spent(call, text_at(call, 0).size() / 8);
  const std::int64_t index = wanted < 0 ? wanted + count() : wanted;
  const std::string_view text = text_at(call, 0);
  const auto from = index < 0 ? std::nullopt : byte_of(call.args[0], static_cast<std::size_t>(index));
  if (!from || *from == text.size()) {
    return call.raise("IndexError", "index " + std::to_string(wanted) + " of a text of length " + std::to_string(count()));
  }
  const std::size_t size = decode(text.data() + *from, text.data() + text.size()).size;
  return done(call, vm::slice_string(call.heap, call.args[0], *from, size));
}

// s[a..b]: negative ends count from the end.
NativeStatus slice_native(NativeCall& call) {
  auto from = static_cast<std::int64_t>(call.args[1]), to = static_cast<std::int64_t>(call.args[2]);
  const std::string_view text = text_at(call, 0);
  if (!ascii(call.args[0])) spent(call, text.size() / 8);
  std::int64_t count = -1;
  const auto length = [&] { return count < 0 ? count = static_cast<std::int64_t>(code_points(call.args[0])) : count; };
  if (from < 0) from += length();
  if (to < 0) to += length();
  const auto begin = from < 0 ? std::nullopt : byte_of(call.args[0], static_cast<std::size_t>(from));
  const auto end = to < from ? std::nullopt : byte_of(call.args[0], static_cast<std::size_t>(to));
  if (!begin || !end) {
    return call.raise("IndexError", "slice " + std::to_string(from) + ".." + std::to_string(to) + " of a text of length " +
                                        std::to_string(length()));
  }
  return done(call, vm::slice_string(call.heap, call.args[0], *begin, *end - *begin));
}

NativeStatus index_bytes(NativeCall& call) {
  const std::string_view bytes = text_at(call, 0);
  const auto wanted = static_cast<std::int64_t>(call.args[1]), count = static_cast<std::int64_t>(bytes.size());
  const std::int64_t index = wanted < 0 ? wanted + count : wanted;
  if (index < 0 || index >= count) {
    return call.raise("IndexError", "index " + std::to_string(wanted) + " of " + std::to_string(count) + " bytes");
  }
  return done(call, static_cast<unsigned char>(bytes[static_cast<std::size_t>(index)]));
}

NativeStatus slice_bytes(NativeCall& call) {
  const auto count = static_cast<std::int64_t>(text_at(call, 0).size());
  auto from = static_cast<std::int64_t>(call.args[1]), to = static_cast<std::int64_t>(call.args[2]);
  if (from < 0) from += count;
  if (to < 0) to += count;
  if (from < 0 || to < from || to > count) {
    return call.raise("IndexError", "slice " + std::to_string(from) + ".." + std::to_string(to) + " of " + std::to_string(count) + " bytes");
  }
  return done(call, vm::slice_string(call.heap, call.args[0], static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
}

// args: the text, the separator. As Python has it: n separators make n + 1 parts, some of them empty.
NativeStatus split_separator(NativeCall& call) {
  if (text_at(call, 1).empty()) return call.raise("ValueError", "split wants a separator that is not empty");
  enum : std::uint32_t { argument, out, position, slot_count };
  std::size_t at = 0;
  vm::Root list(call.heap, 0);
  if (resumed(call)) {
    list.set(state_slot(call, out));
    at = state_slot(call, position);
  } else {
    list.set(vm::make_list(call.heap, true, 0));
  }
  vm::Root string(call.heap, first_argument(call));
  for (std::size_t worked = 0;;) {
    const std::size_t end = find_from(vm::text_of(string.get()), text_at(call, 1), at);
    const std::size_t stop = std::min(end, vm::text_of(string.get()).size());
    vm::list_append(call.heap, list, vm::slice_string(call.heap, string.get(), at, stop - at));
    if (end == std::string_view::npos) break;
    worked += stop - at + 64;
    at = stop + text_at(call, 1).size();
    if (worked < quantum_bytes) continue;
    if (spent(call, worked)) {
      if (!resumed(call)) suspend_with(call, slot_count, 2);
      state_slot(call, out) = list.get();
      state_slot(call, position) = at;
      return NativeStatus::again;
    }
    worked = 0;
  }
  return done(call, list.get());
}

// ----------------------------------------------------------------------------------------------- making
NativeStatus replace_string(NativeCall& call) {
  if (text_at(call, 1).empty()) return call.raise("ValueError", "replace wants a text to look for that is not empty");
  if (!resumed(call) && find_from(text_at(call, 0), text_at(call, 1), 0) == std::string_view::npos) {
    spent(call, text_at(call, 0).size());
    return done(call, call.args[0]);
  }
  return run_text_job(call, [&](TextJob& job) {
    const std::string_view text = vm::text_of(first_argument(call)), from = text_at(call, 1), to = text_at(call, 2);
    for (std::size_t worked = 0; worked < quantum_bytes;) {
      // What is looked through at a time overlaps by what the text to find may stick out.
      const std::size_t window = std::min(text.size(), job.at + quantum_bytes + from.size() - 1);
      const std::size_t found = find_from(text.substr(0, window), from, job.at);
      const bool is_found = found != std::string_view::npos;
      const std::size_t stop = is_found ? found : window == text.size() ? window : window - (from.size() - 1);
      job.out.append(text.substr(job.at, stop - job.at));
      if (is_found) job.out.append(to);
      worked += stop - job.at + from.size() + (is_found ? to.size() : 0);
      job.at = is_found ? stop + from.size() : stop;
      if (!is_found && window == text.size()) return false;
    }
    return true;
  });
}

NativeStatus reverse_string(NativeCall& call) {
  return run_text_job(call, [&](TextJob& job) {
    const std::string_view text = vm::text_of(first_argument(call));
    const std::size_t end = text.size() - job.at;
    const std::size_t begin = end > quantum_bytes ? boundary_before(text, end - quantum_bytes) : 0;
    std::string out(end - begin, '\0');
    char* to = out.data() + out.size();
    for (const char *p = text.data() + begin, *last = text.data() + end; p < last;) {
      const std::size_t size = decode(p, last).size;
      to -= size;
      std::memcpy(to, p, size);
      p += size;
    }
    job.out.append(out);
    job.at += end - begin;
    return begin > 0;
  });
}

NativeStatus repeat_string(NativeCall& call) {
  const auto times = static_cast<std::int64_t>(call.args[1]);
  if (times < 0) return call.raise("ValueError", "repeat wants a number of times that is not negative, not " + std::to_string(times));
  const std::size_t unit = vm::text_of(first_argument(call)).size();
  std::size_t size;
  if (__builtin_mul_overflow(unit, static_cast<std::size_t>(times), &size) || too_large(call, size)) return refuse_size(call);
  if (size == 0) return made(call, "");
  return run_text_job(call, [&](TextJob& job) {
    const std::string_view text = vm::text_of(first_argument(call));
    if (job.out.empty()) {
      job.out.reserve(size);
      // What is repeated is made as long as a quantum first.
      const std::size_t first = std::min<std::size_t>(static_cast<std::size_t>(times), quantum_bytes / unit + 1) * unit;
      while (job.out.size() < first) job.out.append(text);
      job.part = first;
    } else {
      job.out.append_own(std::min(job.part, size - job.out.size()));
    }
    return job.out.size() < size;
  });
}

// args: the list, the separator. `part`: the bytes of the item that are done.
NativeStatus join_list(NativeCall& call) {
  return run_text_job(call, [&](TextJob& job) {
    const Slot list = first_argument(call);
    const std::string_view separator = text_at(call, 1);
    const std::size_t count = vm::list_count(list);
    for (std::size_t worked = 0; worked < quantum_bytes && job.at < count;) {
      const std::string_view item = vm::text_of(vm::list_at(list, job.at));
      if (job.at && job.part == 0) job.out.append(separator);
      const std::string_view next = item.substr(job.part, quantum_bytes);
      job.out.append(next);
      job.part += next.size();
      worked += next.size() + separator.size() + 16;
      if (job.part < item.size()) continue;
      job.part = 0;
      ++job.at;
    }
    return job.at < count;
  });
}

// ---- Bytes and String: the same bytes under another type ----
NativeStatus retyped(NativeCall& call, bool bytes) {
  const vm::Object* const from = vm::object(call.args[0]);
  if (from->kind() == vm::ObjectKind::str_ext) {
    data::Buffer* const buffer = static_cast<const vm::StrExt*>(from)->buffer;
    const std::string_view text = text_at(call, 0);
    buffer->retain();
    return done(call, vm::make_string(call.heap, data::Text(buffer, text), bytes));
  }
  const std::string copy(text_at(call, 0));
  return done(call, vm::make_string(call.heap, copy, bytes));
}
NativeStatus text_of_bytes(NativeCall& call) { return retyped(call, false); }
NativeStatus bytes_of_text(NativeCall& call) { return retyped(call, true); }

// ---------------------------------------------------------------------------------------------- parsing
std::string shortened(std::string_view text) {
  return text.size() <= 40 ? std::string(text) : std::string(text.substr(0, *offset_of(text, std::min<std::size_t>(37, count_code_points(text))))) + "...";
}

// The number of the whole text, white space around it left out; a "+" may stand before it.
template <class Number>
NativeStatus parse_number(NativeCall& call, std::string_view kind, Slot (*slot)(Number)) {
  std::string_view text = trim(text_at(call, 0));
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    return call.raise("ValueError", "\"" + shortened(text) + "\" is too large for " + std::string(kind));
  }
  if (error != std::errc() || end != text.data() + text.size()) {
    return call.raise("ValueError", "\"" + shortened(text) + "\" is no " + std::string(kind));
  }
  return done(call, slot(number));
}
NativeStatus parse_int(NativeCall& call) {
  return parse_number<std::int64_t>(call, "Int", [](std::int64_t n) { return static_cast<Slot>(n); });
}
NativeStatus parse_float(NativeCall& call) { return parse_number<double>(call, "Float", vm::slot_of_float); }

constexpr vm::NativeEntry entries[] = {
    {"len.string", len_string},
    {"len.bytes", len_bytes},
    {"contains.string", contains_string},
    {"startsWith.string", starts_with},
    {"endsWith.string", ends_with},
    {"find.string", find_string},
    {"index.string", index_string},
    {"slice.string", slice_native},
    {"index.bytes", index_bytes},
    {"slice.bytes", slice_bytes},
    {"split.separator", split_separator},
    {"replace.string", replace_string, 1},
    {"reverse.string", reverse_string},
    {"repeat.string", repeat_string},
    {"join.list", join_list},
    {"text.bytes", text_of_bytes},
    {"bytes.string", bytes_of_text},
    {"parse.int", parse_int},
    {"parse.float", parse_float},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable string_natives;
const NativeTable string_natives = words::entries;
}  // namespace m31::vm
