// What the code points of a text are: isDigit and its like, title, chars, codes.
#include <utf8proc.h>

#include <algorithm>
#include <string>

#include "kernel/vm/fibril.h"
#include "kernel/words/native_state.h"
#include "kernel/words/text_job.h"
#include "kernel/words/utf8.h"

namespace m31::words {
namespace {

using Test = bool (*)(char32_t);

bool is_digit(char32_t cp) { return utf8proc_category(static_cast<utf8proc_int32_t>(cp)) == UTF8PROC_CATEGORY_ND; }
bool is_number_or_letter(char32_t cp) { return is_letter(cp) || is_digit(cp); }
bool is_white(char32_t cp) { return is_space(cp); }
bool is_a_letter(char32_t cp) { return is_letter(cp); }
bool is_upper(char32_t cp) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(cp));
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT;
}
bool is_lower(char32_t cp) { return utf8proc_category(static_cast<utf8proc_int32_t>(cp)) == UTF8PROC_CATEGORY_LL; }
bool is_ascii(char32_t cp) { return cp < 0x80; }

// Whether all code points are such, and there is one. Slot 1 of the state: the byte to go on from.
template <Test test>
NativeStatus all_are(NativeCall& call) {
  const std::string_view text = vm::text_of(first_argument(call));
  std::size_t at = resumed(call) ? state_slot(call, 1) : 0;
  while (at < text.size()) {
    const std::size_t stop = std::min(text.size(), at + quantum_bytes), before = at;
    while (at < stop) {
      const Decoded next = decode(text.data() + at, text.data() + text.size());
      if (!test(next.cp)) return done(call, false);
      at += next.size;
    }
    if (at < text.size() && spent(call, at - before)) {
      if (!resumed(call)) suspend_with(call, 2, 1);
      state_slot(call, 1) = at;
      return NativeStatus::again;
    }
  }
  return done(call, !text.empty());
}

// The first letter of each word in upper case, the others in lower case. `part`: whether a letter came last.
NativeStatus title(NativeCall& call) {
  return run_text_job(call, [&](TextJob& job) {
    const std::string_view text = vm::text_of(first_argument(call));
    const std::size_t stop = std::min(text.size(), job.at + quantum_bytes);
    while (job.at < stop) {
      const Decoded next = decode(text.data() + job.at, text.data() + text.size());
      const bool letter = is_letter(next.cp) || next.cp == '\'' || next.cp == 0x2019;
      if (!next.well_formed || !letter) {
        job.out.append(text.substr(job.at, next.size));
      } else {
        char bytes[4];
        job.out.append(bytes, encode(job.part ? simple_lower(next.cp) : simple_upper(next.cp), bytes));
      }
      job.part = letter;
      job.at += next.size;
    }
    return job.at < text.size();
  });
}

// A list of what `item` makes of each code point; it may allocate.
template <class Item>
NativeStatus each_code_point(NativeCall& call, bool references, Item item) {
  enum : std::uint32_t { argument, out, position, slot_count };
  vm::Root list(call.heap, 0);
  std::size_t at = 0;
  if (resumed(call)) {
    list.set(state_slot(call, out));
    at = state_slot(call, position);
  } else {
    list.set(vm::make_list(call.heap, references, 0));
  }
  vm::Root string(call.heap, first_argument(call));
  for (std::size_t worked = 0;; ++worked) {
    const std::string_view text = vm::text_of(string.get());
    if (at >= text.size()) break;
    if (worked == quantum_items && (worked = 0, spent(call, 16 * quantum_items))) {
      if (!resumed(call)) suspend_with(call, slot_count, 2);
      state_slot(call, out) = list.get();
      state_slot(call, position) = at;
      return NativeStatus::again;
    }
    const Decoded next = decode(text.data() + at, text.data() + text.size());
    vm::list_append(call.heap, list, item(string.get(), at, next));
    at += next.size;
  }
  return done(call, list.get());
}

NativeStatus chars(NativeCall& call) {
  return each_code_point(call, true, [&](Slot text, std::size_t at, const Decoded& next) { return vm::slice_string(call.heap, text, at, next.size); });
}
NativeStatus codes(NativeCall& call) {
  return each_code_point(call, false, [](Slot, std::size_t, const Decoded& next) { return static_cast<Slot>(next.cp); });
}

NativeStatus text_of_codes(NativeCall& call) {
  std::int64_t wrong = -1;
  bool failed = false;
  const NativeStatus status = run_text_job(call, [&](TextJob& job) {
    const Slot list = first_argument(call);
    const std::size_t count = vm::list_count(list);
    for (std::size_t worked = 0; worked < quantum_bytes && job.at < count; ++job.at, worked += 4) {
      const auto cp = static_cast<std::int64_t>(vm::list_at(list, job.at));
      if (cp < 0 || cp > code_point_max || (cp >= 0xD800 && cp < 0xE000)) {
        failed = true;
        wrong = cp;
        return false;
      }
      char bytes[4];
      job.out.append(bytes, encode(static_cast<char32_t>(cp), bytes));
    }
    return job.at < count;
  });
  if (failed) return call.raise("ValueError", std::to_string(wrong) + " is no code point");
  return status;
}

// How often a text stands in another, not overlapping.
NativeStatus count_text(NativeCall& call) {
  enum : std::uint32_t { argument, position, number, slot_count };
  const std::string_view part = vm::text_of(call.args[1]);
  if (part.empty()) return call.raise("ValueError", "count wants a text to look for that is not empty");
  const std::string_view text = vm::text_of(first_argument(call));
  std::size_t at = 0, count = 0;
  if (resumed(call)) at = state_slot(call, position), count = state_slot(call, number);
  for (;;) {
    const std::size_t window = std::min(text.size(), at + quantum_bytes + part.size() - 1);
    std::size_t found;
    while ((found = find_from(text.substr(0, window), part, at)) != std::string_view::npos) ++count, at = found + part.size();
    if (window == text.size()) return done(call, count);
    const std::size_t before = at;
    at = std::max(at, window - (part.size() - 1));
    if (spent(call, at - before + quantum_bytes / 2)) {
      if (!resumed(call)) suspend_with(call, slot_count, 1);
      state_slot(call, position) = at;
      state_slot(call, number) = count;
      return NativeStatus::again;
    }
  }
}

constexpr vm::NativeEntry entries[] = {
    {"isDigit.string", all_are<is_digit>},  {"isLetter.string", all_are<is_a_letter>},
    {"isSpace.string", all_are<is_white>},  {"isAlnum.string", all_are<is_number_or_letter>},
    {"isUpper.string", all_are<is_upper>},  {"isLower.string", all_are<is_lower>},
    {"isAscii.string", all_are<is_ascii>},  {"title.string", title},
    {"chars.string", chars}, {"codes.string", codes},                {"text.codes", text_of_codes},
    {"count.text", count_text},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable character_natives;
const NativeTable character_natives = words::entries;
}  // namespace m31::vm
