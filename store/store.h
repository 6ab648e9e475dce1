// The embedded store: one LMDB environment in a directory, shared by processes. Layout and reasons: store/format.md.
//
// Space = key attribute + attributes + options. A record is a typed value in compact form with a
// version and a stamp. Commands change it: a batch of commands that one fibril flushes is applied
// whole, in one transaction, together with its exactly-once token, so a batch that is applied
// again after a crash or a restart changes nothing.
//
// Blocking: every function may block on the disk or on another process's write lock; call them on
// a store thread, never on a processor or the event loop. Thread safety: one Store may be used by
// one thread at a time; reads open and end their own read transaction.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/data/datum.h"

namespace m31::store {

enum class ErrorCode { cannot_open, not_writable, full, io, damaged, newer_format, no_space, different_space, bad_record, conflict, network_file_system, too_large, stale };

struct Error {
  ErrorCode code;
  std::string message;   // what, where and what to try: for a person
};

template <class T>
using Result = std::expected<T, Error>;

struct Attribute {
  std::string name;
  const types::Type* type = nullptr;
  bool queryable = true;                       // indexed for equality search
};

struct SpaceOptions {
  std::uint32_t partitions = 8;
  std::uint32_t failures = 0;
  bool versioning = false;
  bool strict = false;
};

struct Space {
  std::uint32_t id = 0;                        // given by the store
  std::string name;                            // its key's name unless told otherwise
  Attribute key;
  std::vector<Attribute> attributes;           // without the key, in the order declared
  SpaceOptions options;
  const types::Type* record_type() const;      // {key, attributes...}
};

enum class Operation : std::uint8_t {          // built-in, applied to one attribute of one record
  assign,                                      // any type
  add,                                         // Int: merges by addition; Int.incr is add 1
};

struct AttributeChange {
  std::uint32_t attribute = 0;                 // index in Space::attributes
  Operation operation = Operation::assign;
  data::Datum operand;
};

struct Command {                               // on one record; missing records start from the types' zeros
  std::uint32_t space = 0;
  data::Datum key;
  std::vector<AttributeChange> changes;
  bool replace = false;                        // put: attributes not named get their zero
  std::optional<std::uint64_t> if_version;     // refused with conflict otherwise; 0 = must not exist
};

// Identifies one flush of one fibril for ever: incarnation of the process that made the fibril, its number, the epoch of its
// latest start and the flush's sequence number.
struct Token {
  std::uint64_t incarnation_high = 0, incarnation_low = 0, fibril = 0;
  std::uint32_t epoch = 0;
  std::uint32_t sequence = 0;
  std::uint64_t hash = 0;                      // of the batch's bytes: a re-run that differs is reported, not applied
};

struct Batch {
  Token token;
  std::vector<Command> commands;               // increments of one key already added up
  bool wants_last = false;                     // BatchResult::last is asked for
};

struct Record {
  data::Datum value;                           // of the space's record_type
  std::uint64_t version = 0;
  std::uint64_t stamp = 0;
};

struct BatchResult {
  bool applied_before = false;                 // the token was known: nothing was done now
  std::optional<Record> last;                  // the last command's record right after the batch; as it is now if applied_before
};

struct Condition {                             // attribute (or key) == value
  std::string attribute;
  data::Datum value;
};

// Some records in key order, and where those after them begin: empty at the end.
struct Page {
  std::vector<Record> records;
  std::string next;
};

class Store {
 public:
  // Makes the directory when missing. Two processes may hold the same one.
  static Result<std::unique_ptr<Store>> open(const std::string& directory);
  virtual ~Store() = default;

  virtual Result<std::vector<Space>> spaces() = 0;
  virtual Result<Space> add_space(const Space& wanted) = 0;   // an equal one is opened; a different one is an error that shows the difference
  // Applies several fibrils' batches in one transaction with one fsync; each has its own verdict.
  virtual std::vector<Result<BatchResult>> apply(const std::vector<Batch>& batches) = 0;
  virtual Result<std::optional<Record>> get(std::uint32_t space, const data::Datum& key) = 0;
  // Records for which all conditions hold, in key order; visits only the index ranges that can match.
  virtual Result<std::vector<Record>> search(std::uint32_t space, const std::vector<Condition>& conditions, std::size_t records_max) = 0;
  // All records of a space, page by page, each as it is when its page is read; `from` is the `next` of the page before, or empty. (Keys over
  // 224 bytes that begin alike come in the order of their hashes.)
  virtual Result<Page> page(std::uint32_t space, const std::string& from, std::size_t records_max) = 0;
  virtual Result<std::uint64_t> count(std::uint32_t space) = 0;
  virtual Result<std::string> explain(std::uint32_t space, const std::vector<Condition>& conditions) = 0;
  // Forgets tokens of `incarnation` once its session's results are in.
  virtual Result<void> retire(std::uint64_t incarnation_high, std::uint64_t incarnation_low) = 0;
};

}  // namespace m31::store
