// The bug that the fuzzer has to find: `trim` keeps a pointer into the heap while it allocates. Linked with --wrap, so that the
// compiler sees this function where it looks native words up.
#include <string_view>

#include "kernel/vm/native.h"
#include "kernel/vm/value.h"
#include "kernel/vm/heap.h"

namespace {

using namespace m31;

vm::NativeStatus trim(vm::NativeCall& call) {
  const std::string_view text = vm::text_of(call.args[0]);
  vm::make_string(call.heap, std::string(40, ' '));            // may collect: `text` is where the string was
  const std::size_t begin = text.find_first_not_of(' ');
  const std::size_t end = text.find_last_not_of(' ');
  *call.result = vm::make_string(call.heap, begin == text.npos ? std::string() : std::string(text.substr(begin, end - begin + 1)));
  return vm::NativeStatus::done;
}

constexpr vm::NativeEntry planted{"trim.string", trim};

}  // namespace

extern "C" {
const vm::NativeEntry* __real__ZN3m312vm17find_native_entryESt17basic_string_viewIcSt11char_traitsIcEE(std::string_view name);
const vm::NativeEntry* __wrap__ZN3m312vm17find_native_entryESt17basic_string_viewIcSt11char_traitsIcEE(std::string_view name) {
  return name == planted.name ? &planted : __real__ZN3m312vm17find_native_entryESt17basic_string_viewIcSt11char_traitsIcEE(name);
}
vm::NativeFunction __wrap__ZN3m312vm11find_nativeESt17basic_string_viewIcSt11char_traitsIcEE(std::string_view name) {
  const vm::NativeEntry* entry = __wrap__ZN3m312vm17find_native_entryESt17basic_string_viewIcSt11char_traitsIcEE(name);
  return entry ? entry->function : nullptr;
}
}
