#include "store/search.h"

#include <algorithm>

#include "kernel/data/shape.h"
#include "store/index.h"
#include "store/key.h"
#include "store/record.h"

namespace m31::store {
namespace {

constexpr std::size_t sample_max = 1000;   // index entries counted to choose what drives
constexpr int by_scan = -2;
constexpr int by_key = -1;

struct Resolved {                // a condition
  std::size_t field = 0;         // 0 is the key
  const data::Datum* value = nullptr;
  std::string index_prefix;      // empty: cannot drive
  std::size_t entries = 0;       // counted, up to sample_max
};

struct Counts {
  std::size_t index_entries = 0;
  std::size_t behind = 0;
  std::size_t records_read = 0;
  std::size_t returned = 0;
};

class Search {
 public:
  Search(lmdb::Transaction& txn, const KnownSpace& space, const std::string& directory)
      : txn_(txn), space_(space), directory_(directory) {}

  std::optional<Error> run(const std::vector<Condition>& conditions, std::size_t records_max);
  // Without conditions, from the record key `from` on; then `next` is where the rest begins.
  std::optional<Error> through_all(std::size_t records_max, std::string_view from = {});

  std::vector<Record> records;
  std::vector<Resolved> resolved;
  Counts counts;
  int driver = by_scan;          // or by_key, or a condition's number
  std::string next;

 private:
  std::optional<Error> resolve(const std::vector<Condition>& conditions);
  std::optional<Error> choose();
  std::optional<Error> through_index(std::size_t records_max);
  std::optional<Error> consider(std::string_view bytes);   // adds the record if it matches
  Error broken(int code) const { return lmdb::error_of(code, "cannot read", directory_); }

  lmdb::Transaction& txn_;
  const KnownSpace& space_;
  const std::string& directory_;
};

Error damaged(const KnownSpace& space, std::string_view what, const std::string& directory) {
  return {ErrorCode::damaged, "the store in " + directory + " is damaged: space " + space.space.name + ": " + std::string(what)};
}

std::expected<Record, const char*> decode_record(const KnownSpace& space, std::string_view bytes) {
  RecordView view;
  if (const char* fault = read_record(bytes, view)) return std::unexpected(fault);
  if (view.type_fingerprint != space.type_fingerprint) return std::unexpected("a record has another type");
  auto value = data::decode(space.record_type, view.body, decoded_bytes_max);
  if (!value || !view.body.empty()) return std::unexpected("a record's body is malformed");
  return Record{std::move(*value), view.version, view.stamp};
}

std::optional<Error> Search::resolve(const std::vector<Condition>& conditions) {
  for (const Condition& condition : conditions) {
    Resolved each;
    each.value = &condition.value;
    const Attribute* attribute = nullptr;
    if (condition.attribute == space_.space.key.name) {
      attribute = &space_.space.key;
    } else {
      for (std::size_t i = 0; i < space_.space.attributes.size(); ++i)
        if (space_.space.attributes[i].name == condition.attribute) {
          attribute = &space_.space.attributes[i];
          each.field = i + 1;
        }
    }
    if (!attribute) {
      std::string names = space_.space.key.name;
      for (const Attribute& known : space_.space.attributes) names += ", " + known.name;
      return Error{ErrorCode::bad_record, "space " + space_.space.name + " has no attribute " + condition.attribute + "; it has " + names};
    }
    if (std::string fault = data::misfit(attribute->type, condition.value); !fault.empty())
      return Error{ErrorCode::bad_record, "space " + space_.space.name + ": " + condition.attribute + ": " + fault};
    if (each.field > 0 && attribute->queryable) {
      append_index_prefix(space_.space.id, static_cast<std::uint16_t>(each.field - 1), each.index_prefix);
      std::size_t begin = each.index_prefix.size();
      append_key(attribute->type, condition.value, each.index_prefix);
      apply_budget(each.index_prefix, begin);
    }
    resolved.push_back(std::move(each));
  }
  return std::nullopt;
}

std::optional<Error> Search::choose() {
  for (std::size_t i = 0; i < resolved.size(); ++i)
    if (resolved[i].field == 0) {
      driver = by_key;
      return std::nullopt;
    }
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    Resolved& each = resolved[i];
    if (each.index_prefix.empty()) continue;
    auto cursor = txn_.cursor(lmdb::Database::index);
    if (!cursor) return cursor.error();
    int code = cursor->seek_at_least(each.index_prefix);
    for (; code == 0 && cursor->key().starts_with(each.index_prefix) && each.entries < sample_max; code = cursor->next()) ++each.entries;
    if (code != 0 && code != lmdb::not_found) return broken(code);
    if (driver == by_scan || each.entries < resolved[static_cast<std::size_t>(driver)].entries) driver = static_cast<int>(i);
  }
  return std::nullopt;
}

std::optional<Error> Search::consider(std::string_view bytes) {
  ++counts.records_read;
  auto record = decode_record(space_, bytes);
  if (!record) return damaged(space_, record.error(), directory_);
  for (const Resolved& each : resolved)
    if (!data::equal(record->value.items[each.field], *each.value)) return std::nullopt;
  ++counts.returned;
  records.push_back(std::move(*record));
  return std::nullopt;
}

std::optional<Error> Search::through_index(std::size_t records_max) {
  const std::string& prefix = resolved[static_cast<std::size_t>(driver)].index_prefix;
  std::vector<std::string> found;   // [key][part 4], to be sorted by key
  {
    auto cursor = txn_.cursor(lmdb::Database::index);
    if (!cursor) return cursor.error();
    int code = cursor->seek_at_least(prefix);
    for (; code == 0 && cursor->key().starts_with(prefix); code = cursor->next()) {
      std::string_view rest = cursor->key().substr(prefix.size());
      if (rest.size() < 4) return damaged(space_, "an index entry is cut off", directory_);
      found.push_back(std::string(rest.substr(4)).append(rest.substr(0, 4)));
    }
    if (code != 0 && code != lmdb::not_found) return broken(code);
  }
  counts.index_entries = found.size();
  int code = visit_behind(txn_, space_, [&](std::string_view key, std::string_view) {
    found.push_back(std::string(key.substr(record_key_prefix_bytes)).append(key.substr(0, 4)));
    return true;
  });
  if (code) return broken(code);
  counts.behind = found.size() - counts.index_entries;
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  auto cursor = txn_.cursor(lmdb::Database::records);
  if (!cursor) return cursor.error();
  for (const std::string& each : found) {
    if (records.size() >= records_max) break;
    std::string key = each.substr(each.size() - 4);
    append_u32(0, key);
    key.append(each, 0, each.size() - 4);
    int code = cursor->seek(key);
    if (code == lmdb::not_found) return damaged(space_, "an index entry leads nowhere", directory_);
    if (code != 0) return broken(code);
    if (auto error = consider(cursor->value())) return error;
  }
  return std::nullopt;
}

// Merges the partitions by key, so that the first records come first and the rest is not read.
std::optional<Error> Search::through_all(std::size_t records_max, std::string_view first_key) {
  struct Front {
    lmdb::Cursor cursor;
    std::uint32_t partition;
    std::string_view key() const { return cursor.key().substr(record_key_prefix_bytes); }
  };
  std::vector<Front> fronts;
  auto stands = [](const lmdb::Cursor& cursor, std::uint32_t partition) {
    return cursor.key().size() >= record_key_prefix_bytes && read_u32(cursor.key()) == partition;
  };
  for (std::uint32_t i = 0; i < space_.space.options.partitions; ++i) {
    std::string from;
    append_u32(space_.first_partition + i, from);
    append_u32(0, from);
    from += first_key;
    auto cursor = txn_.cursor(lmdb::Database::records);
    if (!cursor) return cursor.error();
    int code = cursor->seek_at_least(from);
    if (code != 0 && code != lmdb::not_found) return broken(code);
    if (code == 0 && stands(*cursor, space_.first_partition + i)) fronts.push_back({std::move(*cursor), space_.first_partition + i});
  }
  auto later = [&](std::size_t a, std::size_t b) { return fronts[a].key() > fronts[b].key(); };
  std::vector<std::size_t> heap;   // the smallest key first
  for (std::size_t i = 0; i < fronts.size(); ++i) heap.push_back(i);
  std::make_heap(heap.begin(), heap.end(), later);
  while (!heap.empty() && records.size() < records_max) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Front& first = fronts[heap.back()];
    if (auto error = consider(first.cursor.value())) return error;
    int code = first.cursor.next();
    if (code != 0 && code != lmdb::not_found) return broken(code);
    if (code == 0 && stands(first.cursor, first.partition))
      std::push_heap(heap.begin(), heap.end(), later);
    else
      heap.pop_back();
  }
  next = heap.empty() ? std::string() : std::string(fronts[heap.front()].key());
  return std::nullopt;
}

std::optional<Error> Search::run(const std::vector<Condition>& conditions, std::size_t records_max) {
  if (auto error = resolve(conditions)) return error;
  if (auto error = choose()) return error;
  if (driver == by_scan) return through_all(records_max);
  if (driver != by_key) return through_index(records_max);
  const Resolved* key = nullptr;
  for (const Resolved& each : resolved)
    if (each.field == 0) key = &each;
  std::string_view bytes;
  int code = txn_.get(lmdb::Database::records,
                      record_key(space_.first_partition, space_.space.options.partitions, space_.space.key.type, *key->value), bytes);
  if (code == lmdb::not_found || records_max == 0) return std::nullopt;
  if (code != 0) return broken(code);
  return consider(bytes);
}

}  // namespace

bool uses_index(const KnownSpace& space, const std::vector<Condition>& conditions) {
  bool can_drive = false;
  for (const Condition& condition : conditions) {
    if (condition.attribute == space.space.key.name) return false;
    for (std::uint32_t attribute : space.indexed)
      can_drive = can_drive || space.space.attributes[attribute].name == condition.attribute;
  }
  return can_drive;
}

Result<std::optional<Record>> get_record(const lmdb::Transaction& txn, const KnownSpace& space, const data::Datum& key,
                                         const std::string& directory) {
  if (std::string fault = data::misfit(space.space.key.type, key); !fault.empty())
    return std::unexpected(Error{ErrorCode::bad_record, "space " + space.space.name + ": key " + space.space.key.name + ": " + fault});
  std::string_view bytes;
  int code = txn.get(lmdb::Database::records,
                     record_key(space.first_partition, space.space.options.partitions, space.space.key.type, key), bytes);
  if (code == lmdb::not_found) return std::optional<Record>();
  if (code) return std::unexpected(lmdb::error_of(code, "cannot read", directory));
  auto record = decode_record(space, bytes);
  if (!record)
    return std::unexpected(damaged(space, std::string(record.error()) + " at key " + data::show(space.space.key.type, key), directory));
  if (!data::equal(record->value.items[0], key)) return std::optional<Record>();   // another long key with the same hash
  return std::optional<Record>(std::move(*record));
}

Result<std::vector<Record>> search_records(lmdb::Transaction& txn, const KnownSpace& space, const std::vector<Condition>& conditions,
                                           std::size_t records_max, const std::string& directory) {
  Search search(txn, space, directory);
  if (auto error = search.run(conditions, records_max)) return std::unexpected(std::move(*error));
  return std::move(search.records);
}

Result<Page> page_of_records(lmdb::Transaction& txn, const KnownSpace& space, const std::string& from, std::size_t records_max,
                             const std::string& directory) {
  Search search(txn, space, directory);
  if (auto error = search.through_all(records_max, from)) return std::unexpected(std::move(*error));
  return Page{std::move(search.records), std::move(search.next)};
}

Result<std::string> explain_search(lmdb::Transaction& txn, const KnownSpace& space, const std::vector<Condition>& conditions,
                                   const std::string& directory) {
  Search search(txn, space, directory);
  if (auto error = search.run(conditions, SIZE_MAX)) return std::unexpected(std::move(*error));
  auto count = read_number(txn, count_key(space.space.id), directory);
  if (!count) return std::unexpected(count.error());
  std::string text = "explain: search " + space.space.name;
  std::string filters;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    text += (i ? ", " : "  ") + conditions[i].attribute + " == " +
            data::show(space.field_types[search.resolved[i].field], conditions[i].value);
    bool drives = search.driver == by_key ? search.resolved[i].field == 0 : static_cast<int>(i) == search.driver;
    if (!drives) filters += ", filter " + conditions[i].attribute;
  }
  std::string partitions = std::to_string(space.space.options.partitions);
  text += "\n plan     ";
  if (search.driver == by_key)
    text += "get by key " + space.space.key.name + filters + "\n regions  1 of " + partitions + " partitions visited";
  else if (search.driver == by_scan)
    text += "read the whole space (" + std::to_string(*count) + " records)" + filters + "\n regions  all " + partitions + " partitions visited";
  else
    text += "drive " + conditions[static_cast<std::size_t>(search.driver)].attribute + " (" +
            std::to_string(search.counts.index_entries) + " rows)" + filters + "\n regions  one index range, for all " + partitions + " partitions";
  text += "\n rows     " + std::to_string(search.counts.index_entries) + " index, " +
          (search.counts.behind ? std::to_string(search.counts.behind) + " newer than the index, " : "") +
          std::to_string(search.counts.records_read) +
          " records read, " + std::to_string(search.counts.returned) + " returned";
  return text;
}

}  // namespace m31::store
