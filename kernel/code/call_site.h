// CallSite: what a native, host or channel instruction calls: by name, with the static types of arguments and result.
#pragma once

#include <string>
#include <vector>

#include "kernel/code/code.h"
#include "kernel/vm/native.h"

namespace m31::code {

struct FnCode::CallSite {
  std::string name;
  vm::NativeFunction native = nullptr;
  std::vector<const types::Type*> types;
  const types::Type* result = nullptr;
  std::uint16_t arg_count = 0;
  bool result_unused = false;
  bool parent_receiver = false;
  const FnCode* callee = nullptr;       // spawn of a known function
};

}  // namespace m31::code
