// A text that a native word makes out of another one in parts: what a word that was interrupted has made so far, and where it is.
// Kept behind a handle in place of the word's first argument (native_state.h).
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

#include "kernel/words/growing_bytes.h"
#include "kernel/words/native_state.h"

namespace m31::words {

class TextJob final : public NativeObject {
 public:
  std::size_t at = 0;       // how far the argument (its bytes, or items) is done
  std::size_t part = 0;     // the word's own
  GrowingBytes out;
};

// Where `part` is in `text` from `at` on; npos if nowhere. memmem is linear whatever the texts are.
inline std::size_t find_from(std::string_view text, std::string_view part, std::size_t at) {
  if (at > text.size()) return std::string_view::npos;
  const void* const found = memmem(text.data() + at, text.size() - at, part.data(), part.size());
  return found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) : std::string_view::npos;
}

inline bool too_large(NativeCall& call, std::size_t bytes) {
  return bytes > vm::room_bytes(call.heap) || bytes > (std::size_t{1} << 40);
}
inline NativeStatus refuse_size(NativeCall& call) {
  return call.raise("LimitExceeded", "the text would be larger than the memory limit allows");
}

// What the job has made, as the result.
inline NativeStatus finish_text(NativeCall& call, GrowingBytes& out) {
  const std::size_t size = out.size();
  if (size <= quantum_bytes) return done(call, vm::make_string(call.heap, out.view()));
  return done(call, vm::make_string(call.heap, text_of_storage(out.release(), size)));
}

// Runs `step(job)` until it gives false (nothing is left), a quantum at a time. The step does about `quantum_bytes` of
// work; it may not allocate in the heap. Small work never suspends, and then no handle is made.
template <class Step>
NativeStatus run_text_job(NativeCall& call, Step step) {
  if (!resumed(call)) {
    TextJob first;
    if (!step(first)) {
      spent(call, first.out.size());
      return finish_text(call, first.out);
    }
    TextJob& kept = job_of<TextJob>(call, [] { return new TextJob; });
    kept.at = first.at;
    kept.part = first.part;
    kept.out = std::move(first.out);
    if (spent(call, quantum_bytes)) return NativeStatus::again;
  }
  TextJob& job = job_of<TextJob>(call, [] { return new TextJob; });
  while (step(job)) {
    if (too_large(call, job.out.size())) return refuse_size(call);
    if (spent(call, quantum_bytes)) return NativeStatus::again;
  }
  return finish_text(call, job.out);
}

}  // namespace m31::words
