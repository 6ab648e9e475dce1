#include "kernel/syntax/fingerprint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kernel/syntax/normalise.h"

namespace m31::syntax {

std::string Fingerprint::hex() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(32);
  for (std::uint64_t part : {high, low})
    for (int shift = 60; shift >= 0; shift -= 4) out += digits[(part >> shift) & 15];
  return out;
}

Fingerprint hash_bytes(std::string_view bytes) {
  XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

Fingerprint fingerprint(const Node& node) { return hash_bytes(normalise(node)); }

}  // namespace m31::syntax
