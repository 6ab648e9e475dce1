// ENSURE: our own invariants, always on. A failed one is a bug of ours: it prints the place, the
// condition and the values, and stops the process. Never used for input from outside (a program,
// a file, a frame): those get a Diagnostic, an error value or std::expected.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace m31 {


[[noreturn]] void ensure_failed(const char* file, int line, const char* condition,
                                std::initializer_list<std::uint64_t> values) noexcept;

}  // namespace m31

// ENSURE(cond), ENSURE(cond, integer, ...): the integers are printed when the condition fails.
#define ENSURE(condition, ...)                                                              \
  do {                                                                                      \
    if (!(condition)) [[unlikely]]                                                          \
      ::m31::ensure_failed(__FILE__, __LINE__, #condition, {__VA_ARGS__});                  \
  } while (false)
