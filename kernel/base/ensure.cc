#include "kernel/base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace m31 {

void ensure_failed(const char* file, int line, const char* condition,
                   std::initializer_list<std::uint64_t> values) noexcept {
  std::fprintf(stderr, "m31: internal error at %s:%d: %s does not hold", file, line, condition);
  for (std::uint64_t value : values)
    std::fprintf(stderr, " [%llu 0x%llx]", static_cast<unsigned long long>(value),
                 static_cast<unsigned long long>(value));
  std::fputc('\n', stderr);
  std::abort();
}

}  // namespace m31
