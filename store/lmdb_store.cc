#include "store/lmdb_store.h"

#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include "kernel/data/shape.h"
#include "store/index.h"
#include "store/key.h"
#include "store/record.h"
#include "store/search.h"

namespace m31::store {
namespace {

constexpr std::size_t commands_max = 1'000'000;  // of one transaction

// Makes the directory and those above it.
int make_directory(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    std::string part = path.substr(0, slash);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      struct stat status;   // a parent that exists may refuse mkdir with EACCES or EROFS
      int code = errno;
      if (stat(part.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return code;
    }
    if (slash == std::string::npos) break;
  }
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return errno;
  return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
}

}  // namespace

bool is_network_file_system(std::uint64_t magic) {
  constexpr std::uint64_t known[] = {
      0x6969 /* NFS */, 0x517b /* SMB */, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x5346414f /* AFS */, 0x6b414653 /* kAFS */,
      0x00c36400 /* Ceph */, 0x73757245 /* Coda */, 0x564c /* NCP */, 0x0bd00bd0 /* Lustre */, 0x47504653 /* GPFS */};
  return std::find(std::begin(known), std::end(known), magic) != std::end(known);
}

Result<std::unique_ptr<Store>> Store::open(const std::string& directory) { return open_lmdb_store(directory, {}); }

Result<std::shared_ptr<lmdb::Environment>> open_environment(const std::string& directory, const OpenOptions& options) {
  if (directory.empty()) return std::unexpected(Error{ErrorCode::cannot_open, "cannot open a store: no directory is named"});
  if (int code = make_directory(directory)) {
    if (code == ENOTDIR || code == ELOOP || code == ENAMETOOLONG || code == EEXIST || code == ENOENT)
      return std::unexpected(Error{ErrorCode::cannot_open, "cannot make a store in " + directory + ": " + std::strerror(code)});
    return std::unexpected(lmdb::error_of(code, "cannot make", directory));
  }
  struct statfs file_system;
  if (statfs(directory.c_str(), &file_system) == 0 &&
      is_network_file_system(static_cast<std::uint32_t>(file_system.f_type)))
    return std::unexpected(Error{ErrorCode::network_file_system,
                                 "the store in " + directory + " would be on a network file system, where processes do not see each other's locks; choose a local directory"});
  auto environment = lmdb::Environment::open(directory, options.map_bytes);
  if (!environment) return std::unexpected(environment.error());
  auto txn = (*environment)->read();
  if (!txn) return std::unexpected(txn.error());
  auto formatted = check_format(*txn, false, directory);
  if (!formatted) return std::unexpected(formatted.error());
  if (!*formatted) {
    { auto ended = std::move(*txn); }
    auto writing = (*environment)->write();
    if (!writing) return std::unexpected(writing.error());
    formatted = check_format(*writing, true, directory);
    if (!formatted) return std::unexpected(formatted.error());
    if (int code = writing->commit()) return std::unexpected(lmdb::error_of(code, "cannot write to", directory));
  }
  return std::move(*environment);
}

Result<std::unique_ptr<Store>> open_lmdb_store(const std::string& directory, const OpenOptions& options) {
  auto environment = open_environment(directory, options);
  if (!environment) return std::unexpected(environment.error());
  return std::make_unique<LmdbStore>(std::move(*environment));
}

template <class Body>
Result<void> LmdbStore::write(Body body) {
  std::optional<Error> unreadable;
  auto written = lmdb::write_whole(*environment_, [&](lmdb::Transaction& txn) {
    if (auto refreshed = catalogue_.refresh(txn, environment_->directory()); !refreshed) {
      unreadable = refreshed.error();
      return ECANCELED;
    }
    return static_cast<int>(body(txn));
  });
  if (unreadable) return std::unexpected(std::move(*unreadable));
  return written;
}

Result<lmdb::Transaction> LmdbStore::read() {
  auto txn = environment_->read();
  if (txn)
    if (auto refreshed = catalogue_.refresh(*txn, environment_->directory()); !refreshed) return std::unexpected(refreshed.error());
  return txn;
}

Result<const KnownSpace*> LmdbStore::known(std::uint32_t space) {
  if (const KnownSpace* found = catalogue_.find(space)) return found;
  return std::unexpected(Error{ErrorCode::no_space, "there is no space number " + std::to_string(space)});
}

Result<std::vector<Space>> LmdbStore::spaces() {
  auto txn = read();
  if (!txn) return std::unexpected(txn.error());
  std::vector<Space> all;
  for (const auto& each : catalogue_.spaces()) all.push_back(each->space);
  return all;
}

Result<Space> LmdbStore::add_space(const Space& asked) {
  Space wanted = asked;
  if (wanted.name.empty()) wanted.name = wanted.key.name;
  if (std::string fault = fault_of(wanted); !fault.empty())
    return std::unexpected(Error{ErrorCode::bad_record, "space " + wanted.name + ": " + fault});
  auto existing = [&]() -> std::optional<Result<Space>> {
    const KnownSpace* found = catalogue_.find(wanted.name);
    if (!found) return std::nullopt;
    std::string text = difference(found->space, wanted);
    if (text.empty()) return found->space;
    return std::unexpected(Error{ErrorCode::different_space, "space " + wanted.name + " is there and different: " + text});
  };
  {
    auto txn = read();
    if (!txn) return std::unexpected(txn.error());
    if (auto found = existing()) return *found;
  }
  std::optional<Result<Space>> outcome;
  std::optional<Error> fault;
  auto written = write([&](lmdb::Transaction& txn) {
    outcome = existing();   // another process may have been faster
    if (outcome) return 0;
    auto id = write_space(txn, wanted, environment_->directory());
    if (id) return 0;
    fault = id.error();
    return fault->code == ErrorCode::full ? lmdb::map_full : ECANCELED;
  });
  if (!written) return std::unexpected(fault ? *fault : written.error());
  if (outcome) return *outcome;
  auto txn = read();
  if (!txn) return std::unexpected(txn.error());
  return *existing();
}

int LmdbStore::apply_together(lmdb::Transaction& txn, const Prepared& prepared, const std::vector<Batch>& batches,
                              std::vector<Verdict>& verdicts, std::uint64_t first_stamp, bool& stopped) {
  Applier applier(txn, first_stamp);
  std::vector<bool> active(batches.size(), false);
  std::vector<Verdict> decided = verdicts;
  for (std::uint32_t i = 0; i < batches.size(); ++i) {
    if (decided[i]) continue;
    auto is_new = applier.admit(batches[i], i);
    if (!is_new) {
      if (is_new.error().code) return is_new.error().code;
      stopped = true;
      return 0;
    }
    active[i] = *is_new;
    decided[i] = BatchResult{.applied_before = !*is_new, .last = {}};
  }
  if (auto stop = applier.run(prepared, prepared.steps, active)) {
    if (stop->code) return stop->code;
    stopped = true;
    return 0;
  }
  for (auto& [batch, record] : applier.wanted()) (*decided[batch])->last = std::move(record);
  verdicts = std::move(decided);
  return 0;
}

// One nested transaction for each batch, so that one that fails leaves nothing and the others go on.
int LmdbStore::apply_each(lmdb::Transaction& txn, const Prepared& prepared, const std::vector<Batch>& batches,
                          std::vector<Verdict>& verdicts, std::uint64_t first_stamp) {
  std::vector<std::vector<Step>> steps(batches.size());
  for (const Step& step : prepared.steps) steps[step.batch].push_back(step);
  std::vector<bool> active(batches.size(), true);
  for (std::uint32_t i = 0; i < batches.size(); ++i) {
    if (verdicts[i]) continue;
    auto inner = txn.nested();
    if (!inner) {
      verdicts[i] = std::unexpected(inner.error());
      continue;
    }
    Applier applier(*inner, first_stamp);
    std::optional<Stop> stop;
    auto is_new = applier.admit(batches[i], i);
    if (!is_new)
      stop = is_new.error();
    else if (*is_new)
      stop = applier.run(prepared, steps[i], active);
    if (stop && stop->code) return stop->code;
    if (stop) {
      verdicts[i] = std::unexpected(stop->error);
      continue;
    }
    if (int code = inner->commit()) return code;
    verdicts[i] = BatchResult{.applied_before = !*is_new, .last = {}};
    for (auto& [batch, record] : applier.wanted()) (*verdicts[i])->last = std::move(record);
  }
  return 0;
}

void LmdbStore::apply_some(const std::vector<Batch>& batches, std::vector<Verdict>& verdicts) {
  auto fail_undecided = [&](const Error& error) {
    for (Verdict& verdict : verdicts)
      if (!verdict) verdict = std::unexpected(error);
  };
  if (auto txn = read(); !txn) return fail_undecided(txn.error());
  Prepared prepared = prepare(catalogue_, batches, verdicts);
  if (std::all_of(verdicts.begin(), verdicts.end(), [](const Verdict& verdict) { return verdict.has_value(); })) return;

  const std::vector<Verdict> before = verdicts;
  std::optional<Error> fault;
  bool careful = false;
  bool stopped = true;
  while (stopped) {
    stopped = false;
    auto written = write([&](lmdb::Transaction& txn) {
      verdicts = before;
      auto stamp = next_stamp(txn, environment_->directory());
      if (!stamp) {
        fault = stamp.error();
        return 0;
      }
      std::uint64_t first_stamp = *stamp;
      int code = 0;
      if (careful) {
        code = apply_each(txn, prepared, batches, verdicts, first_stamp);
      } else {
        code = apply_together(txn, prepared, batches, verdicts, first_stamp, stopped);
        if (stopped) return ECANCELED;
      }
      if (code) return code;
      return txn.put(lmdb::Database::meta, stamp_key, number_bytes(first_stamp + batches.size()));
    });
    if (stopped) {
      careful = true;   // some batch cannot be applied: find out which
      continue;
    }
    if (!written) {
      verdicts = before;
      fault = written.error();
    }
  }
  if (fault) fail_undecided(*fault);
}

std::vector<Result<BatchResult>> LmdbStore::apply(const std::vector<Batch>& batches) {
  std::vector<Result<BatchResult>> results;
  auto apply_part = [&](const std::vector<Batch>& part) {
    std::vector<Verdict> verdicts(part.size());
    apply_some(part, verdicts);
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (!part[i].wants_last || !*verdicts[i] || !(*verdicts[i])->applied_before || part[i].commands.empty()) continue;
      auto now = get(part[i].commands.back().space, part[i].commands.back().key);
      if (now)
        (*verdicts[i])->last = std::move(*now);
      else
        verdicts[i] = std::unexpected(now.error());
    }
    for (Verdict& verdict : verdicts) results.push_back(std::move(*verdict));
  };
  std::size_t commands = 0;
  for (const Batch& batch : batches) commands += batch.commands.size();
  if (commands <= commands_max) {
    if (!batches.empty()) apply_part(batches);
    return results;
  }
  for (std::size_t from = 0; from < batches.size();) {
    std::vector<Batch> part;
    for (std::size_t size = 0; from < batches.size() && (part.empty() || size + batches[from].commands.size() <= commands_max); ++from) {
      size += batches[from].commands.size();
      part.push_back(batches[from]);
    }
    apply_part(part);
  }
  return results;
}

Result<std::optional<Record>> LmdbStore::get(std::uint32_t space, const data::Datum& key) {
  auto txn = read();
  if (!txn) return std::unexpected(txn.error());
  auto where = known(space);
  if (!where) return std::unexpected(where.error());
  return get_record(*txn, **where, key, environment_->directory());
}

Result<void> LmdbStore::catch_up_for(std::uint32_t space, const std::vector<Condition>& conditions) {
  const KnownSpace* behind = nullptr;
  {
    auto txn = read();
    if (!txn) return std::unexpected(txn.error());
    auto where = known(space);
    if (!where) return std::unexpected(where.error());
    if (uses_index(**where, conditions) && count_behind(*txn, **where, behind_max + 1) > behind_max) behind = *where;
  }
  // Where nothing can be written (a full disk), the search is slower and as right.
  if (behind) (void)write([&](lmdb::Transaction& txn) { return catch_up(txn, *behind); });
  return {};
}

Result<std::vector<Record>> LmdbStore::search(std::uint32_t space, const std::vector<Condition>& conditions, std::size_t records_max) {
  if (auto ready = catch_up_for(space, conditions); !ready) return std::unexpected(ready.error());
  auto txn = read();
  if (!txn) return std::unexpected(txn.error());
  auto where = known(space);
  if (!where) return std::unexpected(where.error());
  return search_records(*txn, **where, conditions, records_max, environment_->directory());
}

Result<Page> LmdbStore::page(std::uint32_t space, const std::string& from, std::size_t records_max) {
  auto txn = read();
  if (!txn) return std::unexpected(txn.error());
  auto where = known(space);
  if (!where) return std::unexpected(where.error());
  return page_of_records(*txn, **where, from, records_max, environment_->directory());
}

Result<std::uint64_t> LmdbStore::count(std::uint32_t space) {
  auto txn = read();
  if (!txn) return std::unexpected(txn.error());
  return read_number(*txn, count_key(space), environment_->directory());
}

Result<std::string> LmdbStore::explain(std::uint32_t space, const std::vector<Condition>& conditions) {
  if (auto ready = catch_up_for(space, conditions); !ready) return std::unexpected(ready.error());
  auto txn = read();
  if (!txn) return std::unexpected(txn.error());
  auto where = known(space);
  if (!where) return std::unexpected(where.error());
  return explain_search(*txn, **where, conditions, environment_->directory());
}

Result<void> LmdbStore::retire(std::uint64_t incarnation_high, std::uint64_t incarnation_low) {
  Token token{.incarnation_high = incarnation_high, .incarnation_low = incarnation_low};
  std::string range = epoch_key(token);
  range.resize(1 + 16);
  {
    // Who wrote nothing does not wait for those who write.
    auto txn = read();
    if (!txn) return std::unexpected(txn.error());
    auto cursor = txn->cursor(lmdb::Database::meta);
    if (!cursor) return std::unexpected(cursor.error());
    bool any = false;
    for (char kind : {'t', 'e'}) {
      range[0] = kind;
      any = any || (cursor->seek_at_least(range) == 0 && cursor->key().starts_with(range));
    }
    if (!any) return {};
  }
  return write([&](lmdb::Transaction& txn) {
    for (char kind : {'t', 'e'}) {
      range[0] = kind;
      auto cursor = txn.cursor(lmdb::Database::meta);
      if (!cursor) return EIO;
      int code = cursor->seek_at_least(range);
      while (code == 0 && cursor->key().starts_with(range)) {
        if (int failed = cursor->remove()) return failed;
        code = cursor->seek_at_least(range);
      }
      if (code != 0 && code != lmdb::not_found) return code;
    }
    return 0;
  });
}

}  // namespace m31::store
