// Store on one LMDB environment. The parts: lmdb (the library's C++ face), key, record, catalogue, apply, index, search; format.md has
// the layout. Several LmdbStores, of one process or of many, may have the same directory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/apply.h"
#include "store/catalogue.h"
#include "store/lmdb.h"
#include "store/store.h"

namespace m31::store {

struct OpenOptions {
  std::size_t map_bytes = std::size_t{4} << 30;   // address space, not disk; grows when full
};

// The environment of a directory, which is made when missing, with its format checked.
Result<std::shared_ptr<lmdb::Environment>> open_environment(const std::string& directory, const OpenOptions& options);
Result<std::unique_ptr<Store>> open_lmdb_store(const std::string& directory, const OpenOptions& options);

// True for file systems whose locks or memory maps other machines do not see. `magic` is statfs's f_type.
bool is_network_file_system(std::uint64_t magic);

class LmdbStore final : public Store {
 public:
  explicit LmdbStore(std::shared_ptr<lmdb::Environment> environment) : environment_(std::move(environment)) {}

  Result<std::vector<Space>> spaces() override;
  Result<Space> add_space(const Space& wanted) override;
  std::vector<Result<BatchResult>> apply(const std::vector<Batch>& batches) override;
  Result<std::optional<Record>> get(std::uint32_t space, const data::Datum& key) override;
  Result<std::vector<Record>> search(std::uint32_t space, const std::vector<Condition>& conditions, std::size_t records_max) override;
  Result<Page> page(std::uint32_t space, const std::string& from, std::size_t records_max) override;
  Result<std::uint64_t> count(std::uint32_t space) override;
  Result<std::string> explain(std::uint32_t space, const std::vector<Condition>& conditions) override;
  Result<void> retire(std::uint64_t incarnation_high, std::uint64_t incarnation_low) override;

 private:
  // Runs `body` in write transactions until one commits, enlarging the map when it is full. `body` gives a code of LMDB.
  template <class Body>
  Result<void> write(Body body);
  Result<lmdb::Transaction> read();                        // with the catalogue up to date
  Result<const KnownSpace*> known(std::uint32_t space);    // after read()
  Result<void> catch_up_for(std::uint32_t space, const std::vector<Condition>& conditions);
  void apply_some(const std::vector<Batch>& batches, std::vector<Verdict>& verdicts);
  int apply_together(lmdb::Transaction& txn, const Prepared& prepared, const std::vector<Batch>& batches,
                     std::vector<Verdict>& verdicts, std::uint64_t first_stamp, bool& stopped);
  int apply_each(lmdb::Transaction& txn, const Prepared& prepared, const std::vector<Batch>& batches,
                 std::vector<Verdict>& verdicts, std::uint64_t first_stamp);

  std::shared_ptr<lmdb::Environment> environment_;
  Catalogue catalogue_;
};

}  // namespace m31::store
