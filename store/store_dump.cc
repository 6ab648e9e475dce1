#include "store/store_dump.h"

#include <sys/stat.h>

#include <map>

#include "kernel/data/datum.h"
#include "store/catalogue.h"
#include "store/file_check.h"
#include "store/index.h"
#include "store/key.h"
#include "store/lmdb_store.h"
#include "store/record.h"
#include "store/search.h"

namespace m31::store {
namespace {

constexpr std::size_t faults_max = 100;

// The directory must hold a store already: a dump makes nothing.
Result<std::shared_ptr<lmdb::Environment>> open_existing(const std::string& directory) {
  struct stat status;
  if (stat((directory + "/data.mdb").c_str(), &status) != 0)
    return std::unexpected(Error{ErrorCode::cannot_open, "there is no store in " + directory});
  return lmdb::Environment::open(directory, OpenOptions().map_bytes);
}

std::string space_text(const KnownSpace& known, std::uint64_t records) {
  const Space& space = known.space;
  std::string text = "space " + std::to_string(space.id) + " " + space.name + ": key " + space.key.name + ": " + types::show(space.key.type);
  for (const Attribute& attribute : space.attributes)
    text += ", " + attribute.name + ": " + types::show(attribute.type) + (attribute.queryable ? "" : " (not queryable)");
  text += "; partitions " + std::to_string(space.options.partitions) + " from " + std::to_string(known.first_partition) + ", failures " +
          std::to_string(space.options.failures) + (space.options.versioning ? ", versioning" : "") + (space.options.strict ? ", strict" : "");
  return text + "; " + std::to_string(records) + " records\n";
}

std::string token_text(std::string_view key, std::string_view value) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text = "token ";
  for (unsigned char byte : key.substr(1, 16)) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text + " fibril " + std::to_string(read_u64(key.substr(17))) + " flush " + std::to_string(read_u32(key.substr(25))) +
         " epoch " + std::to_string(read_u32(value)) + "\n";
}

class Verifier {
 public:
  Verifier(lmdb::Transaction& txn, const Catalogue& catalogue, const std::string& directory, std::size_t files_listed_max)
      : txn_(txn), catalogue_(catalogue), directory_(directory), files_listed_max_(files_listed_max) {}

  Result<Verification> run();

 private:
  void fault(std::string what) {
    if (result_.faults.size() < faults_max) result_.faults.push_back(std::move(what));
  }
  const KnownSpace* owner(std::uint32_t partition) const {
    for (const auto& known : catalogue_.spaces())
      if (partition >= known->first_partition && partition - known->first_partition < known->space.options.partitions) return known.get();
    return nullptr;
  }
  void check_record(std::string_view key, std::string_view bytes);
  void check_index(const KnownSpace& space, std::string_view key, const std::vector<std::string_view>& fields);
  void check_counts();

  lmdb::Transaction& txn_;
  const Catalogue& catalogue_;
  const std::string& directory_;
  const std::size_t files_listed_max_;
  Verification result_;
  std::uint64_t expected_entries_ = 0;
  std::uint64_t missing_entries_ = 0;
  std::map<std::uint32_t, std::uint64_t> records_by_space_;
};

// The index has the fields as they are now, or, of a record that it is behind on, as database `y` noted them.
void Verifier::check_index(const KnownSpace& space, std::string_view key, const std::vector<std::string_view>& fields) {
  std::vector<std::string_view> expected;
  for (std::uint32_t attribute : space.indexed) expected.push_back(fields[attribute + 1]);
  std::string_view noted;
  int code = txn_.get(lmdb::Database::behind, key, noted);
  if (code == 0) {
    ++result_.behind;
    if (!read_noted(space, noted, expected)) return fault("space " + space.space.name + ": what is noted of a record is malformed");
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    std::string entry;
    if (!append_index_key(space, space.indexed[i], expected[i], key, entry)) return fault("space " + space.space.name + ": a field is malformed");
    std::string_view nothing;
    ++expected_entries_;
    if (txn_.get(lmdb::Database::index, entry, nothing) != 0) {
      ++missing_entries_;
      fault("space " + space.space.name + ": the index of " + space.space.attributes[space.indexed[i]].name + " lacks a record");
    }
  }
}

void Verifier::check_record(std::string_view key, std::string_view bytes) {
  ++result_.records;
  const KnownSpace* space = key.size() >= record_key_prefix_bytes ? owner(read_u32(key)) : nullptr;
  if (!space) return fault("a record belongs to no space");
  ++records_by_space_[space->space.id];
  RecordView view;
  std::vector<std::string_view> fields;
  const char* wrong = read_record(bytes, view);
  if (!wrong && view.type_fingerprint != space->type_fingerprint) wrong = "a record has another type";
  if (!wrong && !split_fields(space->field_types, view.body, fields)) wrong = "a record's body is malformed";
  if (wrong) return fault("space " + space->space.name + ": " + wrong);
  std::string_view key_field = fields[0];
  auto key_value = data::decode(space->space.key.type, key_field, decoded_bytes_max);
  if (!key_value || record_key(space->first_partition, space->space.options.partitions, space->space.key.type, *key_value) != key)
    return fault("space " + space->space.name + ": a record stands under another's key");
  for (std::size_t i = 1; i < fields.size(); ++i) {
    std::string_view field = fields[i];
    if (!data::decode(space->field_types[i], field, decoded_bytes_max)) return fault("space " + space->space.name + ": a field is malformed");
  }
  check_index(*space, key, fields);
}

void Verifier::check_counts() {
  result_.index_entries = txn_.entry_count(lmdb::Database::index);
  std::uint64_t present = expected_entries_ - missing_entries_;
  if (result_.index_entries != present)
    fault("the index has " + std::to_string(result_.index_entries - present) + " entries too many");
  if (result_.behind != txn_.entry_count(lmdb::Database::behind)) fault("records are noted that are not there");
  for (const auto& known : catalogue_.spaces()) {
    auto count = read_number(txn_, count_key(known->space.id), directory_);
    std::uint64_t found = records_by_space_[known->space.id];
    if (!count || *count != found)
      fault("space " + known->space.name + ": its count is " + (count ? std::to_string(*count) : "unreadable") + ", there are " +
            std::to_string(found) + " records");
  }
}

Result<Verification> Verifier::run() {
  {
    auto records = txn_.cursor(lmdb::Database::records);
    if (!records) return std::unexpected(records.error());
    int code = records->seek_at_least({});
    for (; code == 0; code = records->next()) check_record(records->key(), records->value());
    if (code != lmdb::not_found) return std::unexpected(lmdb::error_of(code, "cannot read", directory_));
  }
  check_counts();
  auto meta = txn_.cursor(lmdb::Database::meta);
  if (!meta) return std::unexpected(meta.error());
  int code = meta->seek_at_least("t");
  for (; code == 0 && meta->key().starts_with("t"); code = meta->next()) {
    ++result_.tokens;
    if (meta->key().size() != 29 || meta->value().size() != 12) fault("a token is malformed");
  }
  if (code != 0 && code != lmdb::not_found) return std::unexpected(lmdb::error_of(code, "cannot read", directory_));
  auto files = check_files(txn_, files_listed_max_, directory_);
  if (!files) return std::unexpected(files.error());
  result_.files = files->files;
  result_.chunks = files->chunks;
  result_.waiting = files->waiting;
  result_.listing = std::move(files->listing);
  for (std::string& each : files->faults) fault(std::move(each));
  return std::move(result_);
}

struct Opened {
  std::shared_ptr<lmdb::Environment> environment;
  lmdb::Transaction txn;
  Catalogue catalogue;
};

Result<Opened> open(const std::string& directory) {
  auto environment = open_existing(directory);
  if (!environment) return std::unexpected(environment.error());
  auto txn = (*environment)->read();
  if (!txn) return std::unexpected(txn.error());
  auto formatted = check_format(*txn, false, directory);
  if (!formatted) return std::unexpected(formatted.error());
  Catalogue catalogue;
  if (auto refreshed = catalogue.refresh(*txn, directory); !refreshed) return std::unexpected(refreshed.error());
  return Opened{std::move(*environment), std::move(*txn), std::move(catalogue)};
}

}  // namespace

Result<Verification> verify(const std::string& directory) {
  auto opened = open(directory);
  if (!opened) return std::unexpected(opened.error());
  return Verifier(opened->txn, opened->catalogue, directory, 0).run();
}

Result<std::string> dump(const std::string& directory, const DumpOptions& options) {
  auto opened = open(directory);
  if (!opened) return std::unexpected(opened.error());
  std::string text = "store format " + std::to_string(store_format) + ", " + std::to_string(opened->environment->used_bytes()) + " bytes used\n";
  for (const auto& known : opened->catalogue.spaces()) {
    auto count = read_number(opened->txn, count_key(known->space.id), directory);
    text += space_text(*known, count ? *count : 0);
    auto records = search_records(opened->txn, *known, {}, options.records_max, directory);
    if (!records) {
      text += "  " + records.error().message + "\n";
      continue;
    }
    for (const Record& record : *records)
      text += "  " + data::show(known->record_type, record.value) + "  version " + std::to_string(record.version) + "\n";
    if (count && *count > records->size()) text += "  and " + std::to_string(*count - records->size()) + " more\n";
  }
  {
    auto meta = opened->txn.cursor(lmdb::Database::meta);
    if (!meta) return std::unexpected(meta.error());
    int code = meta->seek_at_least("t");
    for (; code == 0 && meta->key().starts_with("t"); code = meta->next())
      if (meta->key().size() == 29 && meta->value().size() == 12) text += token_text(meta->key(), meta->value());
  }
  auto verified = Verifier(opened->txn, opened->catalogue, directory, options.records_max).run();
  if (!verified) return std::unexpected(verified.error());
  if (verified->files > 0)
    text += "files: " + std::to_string(verified->files) + " of " + std::to_string(verified->chunks) + " chunks\n" + verified->listing;
  text += std::to_string(verified->records) + " records, " + std::to_string(verified->index_entries) + " index entries, " +
          (verified->behind ? std::to_string(verified->behind) + " newer than the index, " : "") + std::to_string(verified->tokens) + " tokens: " + (verified->faults.empty() ? "sound" : "DAMAGED") + "\n";
  for (const std::string& fault : verified->faults) text += "  " + fault + "\n";
  return text;
}

}  // namespace m31::store
