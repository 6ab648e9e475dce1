// A thin C++ face of LMDB; lmdb.h itself is included by lmdb.cc alone. Codes are LMDB's own (0 is success), so
// that hot loops carry an int; error_of() turns one into words.
//
// Environment: one for each directory and process, however many Stores use it (LMDB forbids a second: closing it would drop
// the first one's locks). Thread-safe. The map grows when it is full, here or in another process; nothing may read it while
// it does, which `gate` sees to: transactions hold it shared, growing takes it alone.
// Transaction, Cursor: one thread at a time. A view that they give is valid until the transaction's next write or its end.
// A write transaction waits for other processes, and puts off stop signals until its end (store/stop_signals.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

#include "store/stop_signals.h"
#include "store/store.h"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

namespace m31::store::lmdb {

inline constexpr int not_found = -30798;   // checked against lmdb.h in lmdb.cc
inline constexpr int map_full = -30792;
inline constexpr int unreadable = 5;       // EIO: for cursors that cannot be opened
inline constexpr std::size_t key_bytes_max = 511;

// The fixed databases: d records, h older versions, x index, y records it is behind on, m everything else, o objects (stored
// files), b their chunks (store/format.md).
enum class Database : unsigned { records, history, index, behind, meta, objects, chunks };
inline constexpr unsigned database_count = 7;

Error error_of(int code, std::string_view doing, const std::string& directory);

class Transaction;

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  static Result<std::shared_ptr<Environment>> open(const std::string& directory, std::size_t map_bytes);
  ~Environment();
  Environment(const Environment&) = delete;

  Result<Transaction> read();
  Result<Transaction> write();             // blocks while another process or thread writes
  // Makes the map at least twice as large. REQUIRES: the calling thread has no transaction.
  Result<void> grow();
  const std::string& directory() const { return directory_; }
  std::size_t map_bytes() const;
  std::size_t used_bytes() const;

 private:
  friend class Transaction;
  Environment() = default;
  Result<Transaction> begin(bool is_write);
  int open_databases(unsigned read_only);
  int set_map(std::size_t map_bytes);

  std::string directory_;
  std::pair<std::uint64_t, std::uint64_t> identity_;   // device, inode
  bool is_known_ = false;
  MDB_env* env_ = nullptr;
  unsigned databases_[database_count] = {};
  std::shared_mutex gate_;
};

class Cursor {
 public:
  Cursor(Cursor&& other) noexcept
      : cursor_(std::exchange(other.cursor_, nullptr)), key_(other.key_), value_(other.value_), stands_(other.stands_) {}
  Cursor& operator=(Cursor&&) = delete;
  ~Cursor();
  int seek(std::string_view key);             // exactly there
  // The same, and cheap when the entry is among the few after the last one found or put. REQUIRES: `key` is after that one.
  int seek_forward(std::string_view key);
  int seek_at_least(std::string_view key);    // there, or the next after it
  int next();
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  int put(std::string_view key, std::string_view value);
  // Of the entry the cursor stands on. REQUIRES: `key` equals key() and is not a view into the store.
  int replace(std::string_view key, std::string_view value);
  int remove();                               // the entry the cursor stands on

 private:
  friend class Transaction;
  explicit Cursor(MDB_cursor* cursor) : cursor_(cursor) {}
  int move(std::string_view key, int operation);
  MDB_cursor* cursor_ = nullptr;
  std::string_view key_, value_;
  bool stands_ = false;                       // next() leads to the entry after the last one found or put
};

class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();                             // gives up what was not committed

  int get(Database database, std::string_view key, std::string_view& value) const;
  int put(Database database, std::string_view key, std::string_view value);
  int remove(Database database, std::string_view key);
  Result<Cursor> cursor(Database database);   // must end before the transaction
  std::uint64_t entry_count(Database database) const;
  // A transaction inside this write transaction; this one is not used while it lives.
  Result<Transaction> nested();
  int commit();                               // on disk when it returns 0; ended either way

 private:
  friend class Environment;
  Transaction() = default;
  void end();
  std::shared_ptr<Environment> environment_;
  MDB_txn* txn_ = nullptr;
  std::shared_lock<std::shared_mutex> open_;  // before txn_ in every order of ending
  std::optional<StopSignalsDeferred> deferred_;
};

// Runs `body`, which gives a code of LMDB, in write transactions until one commits, enlarging the map when it is full.
Result<void> write_whole(Environment& environment, const std::function<int(Transaction&)>& body);

}  // namespace m31::store::lmdb
