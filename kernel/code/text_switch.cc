#include "kernel/code/text_switch.h"

#include <algorithm>

#include "kernel/vm/value_ops.h"

namespace m31::code {
namespace {

// The last byte of a string constant says its kind.
std::string_view case_text(const FnCode& code, const TextSwitch& choice, std::size_t number) {
  std::string_view text = code.strings[choice.texts[number]];
  text.remove_suffix(1);
  return text;
}

}  // namespace

void index_cases(const FnCode& code, TextSwitch& choice) {
  std::size_t size = 4;
  while (size < 2 * choice.texts.size()) size *= 2;
  choice.index.assign(size, 0);
  for (std::size_t i = 0; i < choice.texts.size(); ++i) {
    std::string_view text = case_text(code, choice, i);
    choice.bytes_max = std::max(choice.bytes_max, text.size());
    std::size_t at = vm::hash_text(text) / 2 % size;          // its lowest bit is always set
    while (choice.index[at]) at = (at + 1) % size;
    choice.index[at] = static_cast<std::uint16_t>(i + 1);
  }
}

std::int32_t distance_of(const FnCode& code, const TextSwitch& choice, std::string_view text) {
  if (text.size() <= choice.bytes_max) {                      // a long text is not hashed for nothing
    std::size_t mask = choice.index.size() - 1;
    for (std::size_t at = vm::hash_text(text) / 2 & mask; choice.index[at]; at = (at + 1) & mask) {
      std::size_t number = choice.index[at] - 1u;
      if (case_text(code, choice, number) == text) return choice.distances[number];
    }
  }
  return choice.distances.back();
}

}  // namespace m31::code
