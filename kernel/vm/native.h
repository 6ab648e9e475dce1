// Native words: C++ functions that bytecode calls. They never call bytecode, never block, spend
// fuel by bytes of work and look at `interrupted` at least every millisecond; a long one returns
// `again` after saving its position in its frame (args may be overwritten) and is called again.
//
// args[0..n) are VM registers: roots, so slots read from them again after an allocation are right.
// They alias the caller's frame; the result goes to *result. A word's `var` parameter is changed by
// writing its arg (own() it first). Raise: fill the error and return raised. An arg may be overwritten to save a
// position, but a reference only by a reference. When fuel is below zero return `again`: the VM looks at interrupts
// and limits and calls again with the same args.
//
// `stream.next` is the word behind `for x in stream`: args[0] the stream, args[1] is set to 1 when *result holds
// the next item, to 0 at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "kernel/types/type.h"
#include "kernel/vm/value.h"

namespace m31::vm {

class Fibril;
class Heap;

enum class NativeStatus : std::uint8_t {
  done,
  raised,    // error was set with raise()
  again,     // fuel used up or interrupted: call again with the same args
  blocked,   // waits for the host (reading a stream's next chunk); called again when it is there
};

struct NativeCall {
  Fibril& fibril;
  Heap& heap;
  Slot* args;                                   // refreshed by the VM if the stack moves; do not keep
  std::uint32_t arg_count;
  std::span<const types::Type* const> types;    // static types of the args
  const types::Type* result_type;
  Slot* result;
  std::int64_t& fuel;                           // subtract about 1 per 16 bytes of work
  // Raises error type `kind` of share/m31/errors.m31 with this message. Returns `raised`.
  NativeStatus raise(std::string_view kind, std::string_view message);
};

using NativeFunction = NativeStatus (*)(NativeCall& call);

// Registration by static tables: a file defines `extern const NativeTable text_natives;` over a static array of
// entries, and lists it as NATIVE_TABLE(text_natives) in kernel/vm/native_tables.def.
struct NativeEntry {
  std::string_view name;                        // "words.string"
  NativeFunction function;
  // Bit i: argument i comes to stand in the result or in a var argument. The caller then hands over a value that
  // is either unshared and unnamed or marked shared. What is returned out of another argument: share() it.
  std::uint32_t keeps = 0;
  std::uint32_t changes = 0;                    // bit i: argument i is a var parameter
};
using NativeTable = std::span<const NativeEntry>;
const NativeEntry* find_native_entry(std::string_view name);   // null when there is none
NativeFunction find_native(std::string_view name);   // null when there is none

// ---- Streams, as native words see them ------------------------------------------------------
// A Stream value is a Handle whose object is a TextStream or another host stream. Its chunks come
// from the host as they are read: the first native word that needs one returns `blocked`.
//
// A helper runs a job soon, on another thread; false: nobody does, and the job is gone. It may be called on any thread, and by
// a job too. Jobs are short, do not wait, and touch nothing of a fibril.
using Helper = std::function<bool(std::function<void()> job)>;

class ChunkSource : public HostObject {
 public:
  enum class State : std::uint8_t { ready, wait, again, end, failed };
  // Ready: `chunk` is set (consumed by take). Wait: the host has been asked, return blocked. Again: it did its share of work,
  // return again.
  virtual State poll(Fibril& fibril) = 0;
  virtual data::Text take() = 0;                 // REQUIRES: poll gave ready
  virtual std::string_view failure() const = 0;  // of failed
  virtual Helper helper() { return nullptr; }    // for words that read much; null: there is none
  // What wakes this fibril, once and from any thread, after a word of it returns `blocked`; it may come before that.
  // REQUIRES: helper() gave one.
  virtual std::function<void()> wake_of(Fibril&) { return nullptr; }
};

// A stream of values that are no text, behind a handle whose object gives it as items().
class ItemSource {
 public:
  virtual NativeStatus next(NativeCall& call) = 0;   // as `stream.next`

 protected:
  ~ItemSource() = default;
};

}  // namespace m31::vm
