#include "store/lmdb.h"

#include <lmdb.h>
#include <sys/stat.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>

#include "kernel/base/ensure.h"

namespace m31::store::lmdb {
namespace {

static_assert(not_found == MDB_NOTFOUND && map_full == MDB_MAP_FULL && unreadable == EIO);

constexpr const char* database_names[database_count] = {"d", "h", "x", "y", "m", "o", "b"};

MDB_val value_of(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view view_of(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

// The environments of this process, by the directory's identity.
struct Known {
  std::mutex mutex;
  std::condition_variable closed;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::weak_ptr<Environment>> environments;
};
Known& known() {
  static Known* the = new Known;
  return *the;
}

bool identity(const std::string& path, std::pair<std::uint64_t, std::uint64_t>& id) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return false;
  id = {status.st_dev, status.st_ino};
  return true;
}

}  // namespace

Error error_of(int code, std::string_view doing, const std::string& directory) {
  std::string where = std::string(doing) + " the store in " + directory;
  switch (code) {
    case EACCES:
    case EPERM:
    case EROFS:
      return {ErrorCode::not_writable, where + ": " + std::strerror(code) + "; make the directory writable or choose another"};
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case MDB_MAP_FULL:
      return {ErrorCode::full, where + ": no space is left (" + mdb_strerror(code) + "); what was acknowledged is kept, make room and try again"};
    case EIO:
      return {ErrorCode::io, where + ": the disk failed or is full (" + std::strerror(code) + "); what was acknowledged is kept"};
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
      return {ErrorCode::damaged, where + ": its file is damaged (" + mdb_strerror(code) + ")"};
    case MDB_PANIC:
      return {ErrorCode::io, where + ": an earlier write failed half-way; what was acknowledged is kept, start the program again"};
    case MDB_VERSION_MISMATCH:
      return {ErrorCode::newer_format, where + ": its file was written by another version of LMDB"};
    default: return {ErrorCode::io, where + ": " + mdb_strerror(code)};
  }
}

Result<std::shared_ptr<Environment>> Environment::open(const std::string& directory, std::size_t map_bytes) {
  Known& k = known();
  std::unique_lock lock(k.mutex);
  std::pair<std::uint64_t, std::uint64_t> id;
  if (!identity(directory, id)) return std::unexpected(error_of(errno, "cannot open", directory));
  for (auto found = k.environments.find(id); found != k.environments.end(); found = k.environments.find(id)) {
    if (auto shared = found->second.lock()) return shared;
    k.closed.wait(lock);   // its last user is just closing it
  }

  std::shared_ptr<Environment> made(new Environment);
  made->directory_ = directory;
  auto failed = [&](int code) { return std::unexpected(error_of(code, "cannot open", directory)); };
  if (int code = mdb_env_create(&made->env_)) return failed(code);
  mdb_env_set_maxdbs(made->env_, database_count);
  mdb_env_set_maxreaders(made->env_, 510);
  if (int code = mdb_env_set_mapsize(made->env_, map_bytes)) return failed(code);
  if (int code = mdb_env_open(made->env_, directory.c_str(), MDB_NOTLS | MDB_NOMEMINIT, 0600)) return failed(code);
  int dead = 0;
  mdb_reader_check(made->env_, &dead);

  int code = made->open_databases(MDB_RDONLY);   // a reader need not wait for who writes
  if (code == MDB_NOTFOUND) code = made->open_databases(0);
  if (code) return failed(code);
  k.environments[id] = made;
  made->identity_ = id;
  made->is_known_ = true;
  return made;
}

int Environment::open_databases(unsigned read_only) {
  std::optional<StopSignalsDeferred> deferred;
  if (!read_only) deferred.emplace();
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(env_, nullptr, read_only, &txn);
  if (code == MDB_MAP_RESIZED) {
    mdb_env_set_mapsize(env_, 0);
    code = mdb_txn_begin(env_, nullptr, read_only, &txn);
  }
  if (code) return code;
  for (unsigned i = 0; i < database_count && !code; ++i)
    code = mdb_dbi_open(txn, database_names[i], read_only ? 0 : MDB_CREATE, &databases_[i]);
  if (code) {
    mdb_txn_abort(txn);
    return code;
  }
  return mdb_txn_commit(txn);
}

Environment::~Environment() {
  if (!is_known_) {
    if (env_) mdb_env_close(env_);
    return;
  }
  std::lock_guard lock(known().mutex);
  mdb_env_close(env_);
  known().environments.erase(identity_);
  known().closed.notify_all();
}

std::size_t Environment::map_bytes() const {
  MDB_envinfo info;
  mdb_env_info(env_, &info);
  return info.me_mapsize;
}

std::size_t Environment::used_bytes() const {
  MDB_envinfo info;
  MDB_stat stat;
  mdb_env_info(env_, &info);
  mdb_env_stat(env_, &stat);
  return (info.me_last_pgno + 1) * stat.ms_psize;
}

int Environment::set_map(std::size_t map_bytes) {
  std::unique_lock alone(gate_);
  return mdb_env_set_mapsize(env_, map_bytes);
}

Result<void> Environment::grow() {
  int dead = 0;
  mdb_reader_check(env_, &dead);   // dead readers pin pages that could be used again
  std::size_t before = map_bytes();
  if (int code = set_map(before * 2)) return std::unexpected(error_of(code, "cannot enlarge", directory_));
  return {};
}

Result<Transaction> Environment::begin(bool is_write) {
  Transaction transaction;
  if (is_write) transaction.deferred_.emplace();
  for (int attempt = 0;; ++attempt) {
    transaction.open_ = std::shared_lock(gate_);
    int code = mdb_txn_begin(env_, nullptr, is_write ? 0 : MDB_RDONLY, &transaction.txn_);
    if (code == 0) break;
    transaction.txn_ = nullptr;
    transaction.open_.unlock();
    if (attempt < 8 && code == MDB_MAP_RESIZED) {   // another process made the map larger: follow it
      if (int failed = set_map(0)) return std::unexpected(error_of(failed, "cannot enlarge", directory_));
    } else if (attempt < 8 && code == MDB_READERS_FULL) {
      int dead = 0;
      mdb_reader_check(env_, &dead);
      if (!dead) return std::unexpected(Error{ErrorCode::io, "the store in " + directory_ + " has too many readers at once; try again"});
    } else {
      return std::unexpected(error_of(code, is_write ? "cannot write to" : "cannot read", directory_));
    }
  }
  transaction.environment_ = shared_from_this();
  return transaction;
}

Result<Transaction> Environment::read() { return begin(false); }
Result<Transaction> Environment::write() { return begin(true); }

Cursor::~Cursor() {
  if (cursor_) mdb_cursor_close(cursor_);
}

int Cursor::move(std::string_view key, int operation) {
  MDB_val k = value_of(key), v;
  int code = mdb_cursor_get(cursor_, &k, &v, static_cast<MDB_cursor_op>(operation));
  if (code == 0) {
    key_ = view_of(k);
    value_ = view_of(v);
  }
  stands_ = code == 0;
  return code;
}

int Cursor::seek(std::string_view key) { return move(key, MDB_SET_KEY); }
int Cursor::seek_at_least(std::string_view key) { return move(key, key.empty() ? MDB_FIRST : MDB_SET_RANGE); }

int Cursor::seek_forward(std::string_view key) {
  constexpr int steps_max = 3;
  for (int step = 0; stands_ && step < steps_max; ++step) {
    if (move({}, MDB_NEXT) != 0) break;
    int order = key_.compare(key);
    if (order == 0) return 0;
    if (order > 0) {
      stands_ = false;
      return not_found;
    }
  }
  return seek(key);
}

int Cursor::next() { return move({}, MDB_NEXT); }

int Cursor::put(std::string_view key, std::string_view value) {
  MDB_val k = value_of(key), v = value_of(value);
  int code = mdb_cursor_put(cursor_, &k, &v, 0);
  stands_ = code == 0;
  return code;
}

int Cursor::replace(std::string_view key, std::string_view value) {
  MDB_val k = value_of(key), v = value_of(value);
  return mdb_cursor_put(cursor_, &k, &v, MDB_CURRENT);
}

int Cursor::remove() {
  stands_ = false;
  return mdb_cursor_del(cursor_, 0);
}

Transaction::Transaction(Transaction&& other) noexcept
    : environment_(std::move(other.environment_)), txn_(std::exchange(other.txn_, nullptr)), open_(std::move(other.open_)) {
  if (other.deferred_) {   // the new one begins before the old one ends
    deferred_.emplace();
    other.deferred_.reset();
  }
}

Transaction::~Transaction() {
  if (txn_) mdb_txn_abort(txn_);
  end();
}

void Transaction::end() {
  txn_ = nullptr;
  if (open_.owns_lock()) open_.unlock();
  deferred_.reset();
}

int Transaction::get(Database database, std::string_view key, std::string_view& value) const {
  MDB_val k = value_of(key), v;
  int code = mdb_get(txn_, environment_->databases_[static_cast<unsigned>(database)], &k, &v);
  if (code == 0) value = view_of(v);
  return code;
}

int Transaction::put(Database database, std::string_view key, std::string_view value) {
  MDB_val k = value_of(key), v = value_of(value);
  return mdb_put(txn_, environment_->databases_[static_cast<unsigned>(database)], &k, &v, 0);
}

int Transaction::remove(Database database, std::string_view key) {
  MDB_val k = value_of(key);
  return mdb_del(txn_, environment_->databases_[static_cast<unsigned>(database)], &k, nullptr);
}

Result<Cursor> Transaction::cursor(Database database) {
  MDB_cursor* cursor = nullptr;
  if (int code = mdb_cursor_open(txn_, environment_->databases_[static_cast<unsigned>(database)], &cursor))
    return std::unexpected(error_of(code, "cannot read", environment_->directory_));
  return Cursor(cursor);
}

std::uint64_t Transaction::entry_count(Database database) const {
  MDB_stat stat;
  mdb_stat(txn_, environment_->databases_[static_cast<unsigned>(database)], &stat);
  return stat.ms_entries;
}

Result<Transaction> Transaction::nested() {
  Transaction inner;
  if (int code = mdb_txn_begin(environment_->env_, txn_, 0, &inner.txn_)) {
    inner.txn_ = nullptr;
    return std::unexpected(error_of(code, "cannot write to", environment_->directory_));
  }
  inner.environment_ = environment_;
  return inner;
}

int Transaction::commit() {
  ENSURE(txn_ != nullptr);
  int code = mdb_txn_commit(txn_);
  end();
  return code;
}

Result<void> write_whole(Environment& environment, const std::function<int(Transaction&)>& body) {
  constexpr int attempts_max = 40;   // each doubles the map
  for (int attempt = 0;; ++attempt) {
    int code = 0;
    {
      auto txn = environment.write();
      if (!txn) return std::unexpected(txn.error());
      code = body(*txn);
      if (code == 0) code = txn->commit();
    }
    if (code == 0) return {};
    if (code != map_full || attempt >= attempts_max) return std::unexpected(error_of(code, "cannot write to", environment.directory()));
    if (auto grown = environment.grow(); !grown) return grown;
  }
}

}  // namespace m31::store::lmdb
