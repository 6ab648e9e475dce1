// Numbers as text of a certain form, and back.
#include <charconv>
#include <cmath>
#include <string>

#include "kernel/vm/fibril.h"
#include "kernel/words/native_state.h"
#include "kernel/words/utf8.h"

namespace m31::words {
namespace {

constexpr std::int64_t digits_max = 300;

NativeStatus text(NativeCall& call, std::string_view made) { return done(call, vm::make_string(call.heap, made)); }

// args: number, digits after the point.
NativeStatus fixed(NativeCall& call) {
  const auto digits = static_cast<std::int64_t>(call.args[1]);
  if (digits < 0 || digits > digits_max)
    return call.raise("ValueError", "fixed wants from 0 to " + std::to_string(digits_max) + " digits, not " + std::to_string(digits));
  char out[1024];
  const auto end = std::to_chars(out, out + sizeof out, vm::float_of(call.args[0]), std::chars_format::fixed, static_cast<int>(digits)).ptr;
  std::string_view made(out, static_cast<std::size_t>(end - out));
  // -0.00 says nothing that 0.00 does not.
  if (made.starts_with('-') && made.find_first_not_of("-0.") == std::string_view::npos) made.remove_prefix(1);
  return text(call, made);
}

// args: number, significant digits after the first.
NativeStatus scientific(NativeCall& call) {
  const auto digits = static_cast<std::int64_t>(call.args[1]);
  if (digits < 0 || digits > digits_max)
    return call.raise("ValueError", "scientific wants from 0 to " + std::to_string(digits_max) + " digits, not " + std::to_string(digits));
  char out[1024];
  const auto end = std::to_chars(out, out + sizeof out, vm::float_of(call.args[0]), std::chars_format::scientific, static_cast<int>(digits)).ptr;
  return text(call, {out, static_cast<std::size_t>(end - out)});
}

bool is_base(std::int64_t base) { return base >= 2 && base <= 36; }
NativeStatus refuse_base(NativeCall& call, std::int64_t base) {
  return call.raise("ValueError", "a base lies from 2 to 36, not " + std::to_string(base));
}

NativeStatus in_base(NativeCall& call) {
  const auto base = static_cast<std::int64_t>(call.args[1]);
  if (!is_base(base)) return refuse_base(call, base);
  char out[80];
  const auto end = std::to_chars(out, out + sizeof out, static_cast<std::int64_t>(call.args[0]), static_cast<int>(base)).ptr;
  return text(call, {out, static_cast<std::size_t>(end - out)});
}

NativeStatus parse_base(NativeCall& call) {
  const auto base = static_cast<std::int64_t>(call.args[1]);
  if (!is_base(base)) return refuse_base(call, base);
  std::string_view given = trim(vm::text_of(call.args[0]));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number, static_cast<int>(base));
  const std::string shown = "\"" + std::string(given.substr(0, 40)) + "\"";
  if (error == std::errc::result_out_of_range) return call.raise("ValueError", shown + " is too large for Int");
  if (error != std::errc() || end != given.data() + given.size())
    return call.raise("ValueError", shown + " is no Int in base " + std::to_string(base));
  return done(call, static_cast<Slot>(number));
}

constexpr vm::NativeEntry entries[] = {
    {"fixed.float", fixed},
    {"scientific.float", scientific},
    {"base.int", in_base},
    {"parse.base", parse_base},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable format_natives;
const NativeTable format_natives = words::entries;
}  // namespace m31::vm
