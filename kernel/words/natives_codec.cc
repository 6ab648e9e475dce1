// Bytes and texts in other clothes: hex, base64, percent-encoding; and what names them, hashes. A String or Bytes as
// argument; what is decoded is a String, which `bytes` makes Bytes of without copying.
#include <sodium/crypto_hash_sha256.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <string>

#include "kernel/vm/fibril.h"
#include "kernel/words/native_state.h"
#include "kernel/words/text_job.h"

namespace m31::words {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";
constexpr char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<std::int8_t, 256> base64_values = [] {
  std::array<std::int8_t, 256> values;
  values.fill(-1);
  for (int i = 0; i < 64; ++i) values[static_cast<unsigned char>(base64_digits[i])] = static_cast<std::int8_t>(i);
  values['-'] = 62;   // of the alphabet for addresses
  values['_'] = 63;
  return values;
}();

NativeStatus hex(NativeCall& call) {
  return run_text_job(call, [&](TextJob& job) {
    const std::string_view bytes = vm::text_of(first_argument(call));
    const std::size_t stop = std::min(bytes.size(), job.at + quantum_bytes);
    for (; job.at < stop; ++job.at) {
      const auto byte = static_cast<unsigned char>(bytes[job.at]);
      const char digits[2] = {hex_digits[byte >> 4], hex_digits[byte & 15]};
      job.out.append(digits, 2);
    }
    return job.at < bytes.size();
  });
}

NativeStatus unhex(NativeCall& call) {
  if (vm::text_of(first_argument(call)).size() % 2) return call.raise("ValueError", "hex has two digits for each byte");
  std::size_t wrong = std::string_view::npos;
  const NativeStatus status = run_text_job(call, [&](TextJob& job) {
    const std::string_view text = vm::text_of(first_argument(call));
    const std::size_t stop = std::min(text.size(), job.at + quantum_bytes);
    for (; job.at < stop; job.at += 2) {
      const int high = hex_value(text[job.at]), low = hex_value(text[job.at + 1]);
      if (high < 0 || low < 0) {
        wrong = job.at;
        return false;
      }
      job.out.append(static_cast<char>(high << 4 | low));
    }
    return job.at < text.size();
  });
  if (wrong != std::string_view::npos) return call.raise("ValueError", "no hex digit at byte " + std::to_string(wrong));
  return status;
}

NativeStatus base64(NativeCall& call) {
  return run_text_job(call, [&](TextJob& job) {
    const std::string_view bytes = vm::text_of(first_argument(call));
    const std::size_t stop = std::min(bytes.size(), job.at + quantum_bytes / 3 * 3);
    while (job.at < stop) {
      const std::size_t n = std::min<std::size_t>(3, bytes.size() - job.at);
      std::uint32_t word = 0;
      for (std::size_t i = 0; i < 3; ++i) word = word << 8 | (i < n ? static_cast<unsigned char>(bytes[job.at + i]) : 0);
      char digits[4];
      for (std::size_t i = 0; i < 4; ++i) digits[i] = i <= n ? base64_digits[word >> (18 - 6 * i) & 63] : '=';
      job.out.append(digits, 4);
      job.at += n;
    }
    return job.at < bytes.size();
  });
}

// Either alphabet; white space between is passed over, `=` at the end may be missing. `part`: bits held << 8 | their count.
NativeStatus unbase64(NativeCall& call) {
  std::size_t wrong = std::string_view::npos;
  const NativeStatus status = run_text_job(call, [&](TextJob& job) {
    const std::string_view text = vm::text_of(first_argument(call));
    const std::size_t stop = std::min(text.size(), job.at + quantum_bytes);
    auto bits = static_cast<std::uint32_t>(job.part >> 8), count = static_cast<std::uint32_t>(job.part & 0xff);
    for (; job.at < stop; ++job.at) {
      const char c = text[job.at];
      if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
      if (c == '=' && text.find_first_not_of("= \r\n\t", job.at) == std::string_view::npos) {
        job.at = text.size();
        break;
      }
      const int value = base64_values[static_cast<unsigned char>(c)];
      if (value < 0) {
        wrong = job.at;
        return false;
      }
      bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
      count += 6;
      if (count >= 8) {
        count -= 8;
        job.out.append(static_cast<char>(bits >> count));
      }
    }
    job.part = std::size_t{bits} << 8 | count;
    if (job.at >= text.size() && count == 6) wrong = text.size();
    return job.at < text.size();
  });
  if (wrong != std::string_view::npos) return call.raise("ValueError", "this is no base64: look at byte " + std::to_string(wrong));
  return status;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
}

NativeStatus url_encode(NativeCall& call) {
  return run_text_job(call, [&](TextJob& job) {
    const std::string_view text = vm::text_of(first_argument(call));
    const std::size_t stop = std::min(text.size(), job.at + quantum_bytes);
    for (; job.at < stop; ++job.at) {
      const char c = text[job.at];
      const auto byte = static_cast<unsigned char>(c);
      const char coded[3] = {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
      if (is_plain(c)) job.out.append(c);
      else job.out.append(coded, 3);
    }
    return job.at < text.size();
  });
}

// A `%` that no two hex digits follow stays as it is; `+` too (it is a blank in forms only).
NativeStatus url_decode(NativeCall& call) {
  return run_text_job(call, [&](TextJob& job) {
    const std::string_view text = vm::text_of(first_argument(call));
    const std::size_t stop = std::min(text.size(), job.at + quantum_bytes);
    while (job.at < stop) {
      const char c = text[job.at];
      const bool coded = c == '%' && job.at + 2 < text.size() && hex_value(text[job.at + 1]) >= 0 && hex_value(text[job.at + 2]) >= 0;
      job.out.append(coded ? static_cast<char>(hex_value(text[job.at + 1]) << 4 | hex_value(text[job.at + 2])) : c);
      job.at += coded ? 3 : 1;
    }
    return job.at < text.size();
  });
}

class HashJob final : public NativeObject {
 public:
  std::size_t at = 0;
  crypto_hash_sha256_state sha;
  HashJob() { crypto_hash_sha256_init(&sha); }
};

NativeStatus sha256(NativeCall& call) {
  HashJob small;
  const bool is_small = vm::text_of(first_argument(call)).size() <= quantum_bytes;
  HashJob& job = is_small ? small : job_of<HashJob>(call, [] { return new HashJob; });
  for (;;) {
    const std::string_view part = vm::text_of(first_argument(call)).substr(job.at, quantum_bytes);
    if (part.empty()) break;
    crypto_hash_sha256_update(&job.sha, reinterpret_cast<const unsigned char*>(part.data()), part.size());
    job.at += part.size();
    if (spent(call, 8 * part.size()) && !is_small) return NativeStatus::again;
  }
  std::string text;
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256_final(&job.sha, digest.data());
  for (const unsigned char byte : digest) {
    text += hex_digits[byte >> 4];
    text += hex_digits[byte & 15];
  }
  return done(call, vm::make_string(call.heap, text));
}

// 64 bits, as quick as memory.
NativeStatus xxhash(NativeCall& call) {
  const std::string_view bytes = vm::text_of(call.args[0]);
  spent(call, bytes.size() / 8);
  return done(call, XXH3_64bits(bytes.data(), bytes.size()));
}

constexpr vm::NativeEntry entries[] = {
    {"hex.encode", hex},          {"hex.decode", unhex},    {"base64.encode", base64}, {"base64.decode", unbase64},
    {"url.encode", url_encode},   {"url.decode", url_decode}, {"hash.sha256", sha256},   {"hash.xxhash", xxhash},
};

}  // namespace
}  // namespace m31::words

namespace m31::vm {
extern const NativeTable codec_natives;
const NativeTable codec_natives = words::entries;
}  // namespace m31::vm
