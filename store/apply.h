// Applying batches: the only code that changes records. Deterministic in the state before, the batches and the stamp.
//
//   prepare   outside any transaction: checks shapes, makes keys, sorts all commands of all batches by key
//   Applier   inside a write transaction: one pass over the sorted commands, with a cursor on the records and one on what
//             the index is behind on (store/index.h); so a page is visited once, not once for each command
//
// A batch that cannot be applied fails as a whole and leaves nothing: the caller gives up the (nested) transaction.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/catalogue.h"
#include "store/lmdb.h"

namespace m31::store {

using Verdict = std::optional<Result<BatchResult>>;   // empty: not decided yet

struct Step {                       // one command, in the order of its key
  std::uint64_t key_head = 0;       // of [part][key]: orders most pairs without a look at the bytes
  std::uint32_t key_at = 0;         // in Prepared::keys
  std::uint32_t key_size = 0;
  std::uint32_t batch = 0;
  std::uint32_t place = 0;          // in the batches' order: settles ties
  bool is_wanted = false;           // the record after this step is a part of the result
  const KnownSpace* space = nullptr;
  const Command* command = nullptr;
};

struct Prepared {
  std::vector<Step> steps;
  std::string keys;
  std::string_view key_of(const Step& step) const { return std::string_view(keys).substr(step.key_at, step.key_size); }
};

// Decides the verdict of each batch that cannot be applied to any state; the others' commands are in the result. The batches
// and the catalogue must outlive it.
Prepared prepare(const Catalogue& catalogue, const std::vector<Batch>& batches, std::vector<Verdict>& verdicts);

// What stopped an Applier: LMDB (code), or one batch that cannot be applied to this state.
struct Stop {
  int code = 0;
  std::uint32_t batch = 0;
  Error error = {};
};

class Applier {
 public:
  // Batch i gets the stamp `first_stamp` + i.
  Applier(lmdb::Transaction& txn, std::uint64_t first_stamp) : txn_(txn), first_stamp_(first_stamp) {}

  // True when the batch's token is new here, and remembers it; false when it was applied before.
  std::expected<bool, Stop> admit(const Batch& batch, std::uint32_t number);
  // Applies the steps of the batches whose `active` is set. REQUIRES: sorted as prepare() sorts.
  std::optional<Stop> run(const Prepared& prepared, const std::vector<Step>& steps, const std::vector<bool>& active);
  // The records that batches want back, by batch.
  std::map<std::uint32_t, Record>& wanted() { return wanted_; }

 private:
  struct Group;
  std::optional<Stop> load(Group& group, std::string_view old_bytes);
  std::optional<Stop> change(Group& group, const Step& step);
  void remember(const Group& group, std::uint32_t batch);
  std::optional<Stop> store(Group& group, lmdb::Cursor& records, lmdb::Cursor& behind, bool existed, std::string_view old_bytes);
  int write_counts();

  lmdb::Transaction& txn_;
  std::uint64_t first_stamp_;
  std::string record_, body_, noted_, old_copy_;
  std::vector<std::string_view> fields_before_, fields_;
  std::vector<std::string> made_;                    // new fields' bytes, one string for each field
  std::map<std::uint32_t, std::int64_t> new_records_;   // by space
  std::map<std::uint32_t, Record> wanted_;
};

// What a token is remembered under, and the range of one incarnation's (store/format.md).
std::string token_key(const Token& token);
std::string epoch_key(const Token& token);
bool is_named(const Token& token);   // a token of no incarnation is none: its batch is applied each time

}  // namespace m31::store
