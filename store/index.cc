#include "store/index.h"

#include <algorithm>
#include <cstring>

#include "store/key.h"
#include "store/record.h"

namespace m31::store {

bool append_index_key(const KnownSpace& space, std::uint32_t attribute, std::string_view field, std::string_view record_key,
                      std::string& to) {
  append_index_prefix(space.space.id, static_cast<std::uint16_t>(attribute), to);
  if (!append_field_key(space.space.attributes[attribute].type, field, to)) return false;
  to.append(record_key.substr(0, 4)).append(record_key.substr(record_key_prefix_bytes));
  return true;
}

bool IndexChanges::add(const KnownSpace& space, std::uint32_t attribute, std::string_view field, std::string_view record_key,
                       bool is_added) {
  Change change;
  change.at = keys_.size();
  if (!append_index_key(space, attribute, field, record_key, keys_)) {
    keys_.resize(change.at);
    return false;
  }
  change.size = static_cast<std::uint32_t>(keys_.size() - change.at);
  std::string_view value = std::string_view(keys_).substr(change.at + index_prefix_bytes);
  char head[8] = {};
  std::memcpy(head, value.data(), std::min<std::size_t>(8, value.size()));
  change.head = read_u64({head, 8});
  change.is_added = is_added;
  changes_.push_back(change);
  return true;
}

int IndexChanges::write(lmdb::Transaction& txn) {
  std::string_view keys = keys_;
  auto key_of = [&](const Change& change) { return keys.substr(change.at, change.size); };
  auto prefix_of = [&](const Change& change) { return keys.substr(change.at, index_prefix_bytes); };
  std::sort(changes_.begin(), changes_.end(), [&](const Change& a, const Change& b) {
    if (int order = prefix_of(a).compare(prefix_of(b))) return order < 0;
    if (a.head != b.head) return a.head < b.head;
    return key_of(a) < key_of(b);
  });
  auto index = txn.cursor(lmdb::Database::index);
  if (!index) return lmdb::unreadable;
  for (const Change& change : changes_) {
    int code = 0;
    if (change.is_added) {
      code = index->put(key_of(change), {});
    } else {
      code = index->seek(key_of(change));
      if (code == 0) code = index->remove();
      if (code == lmdb::not_found) code = 0;   // a damaged index: verify() tells
    }
    if (code) return code;
  }
  changes_.clear();
  keys_.clear();
  return 0;
}

void write_noted(const KnownSpace& space, const std::vector<std::string_view>& fields, std::string& to) {
  to = '\1';
  for (std::uint32_t attribute : space.indexed) to += fields[attribute + 1];
}

bool read_noted(const KnownSpace& space, std::string_view noted, std::vector<std::string_view>& fields) {
  fields.clear();
  if (noted.empty()) return true;
  return noted[0] == '\1' && split_fields(space.indexed_types, noted.substr(1), fields);
}

std::size_t count_behind(lmdb::Transaction& txn, const KnownSpace& space, std::size_t count_max) {
  std::size_t count = 0;
  if (count_max > 0) visit_behind(txn, space, [&](std::string_view, std::string_view) { return ++count < count_max; });
  return count;
}

int catch_up(lmdb::Transaction& txn, const KnownSpace& space) {
  IndexChanges changes;
  std::vector<std::string> done;
  {
    auto records = txn.cursor(lmdb::Database::records);
    if (!records) return lmdb::unreadable;
    std::vector<std::string_view> before, now;
    int failed = 0;
    int code = visit_behind(txn, space, [&](std::string_view key, std::string_view noted) {
      int found = records->seek_forward(key);
      if (found != 0 && found != lmdb::not_found) failed = found;
      RecordView view;
      if (found != 0 || read_record(records->value(), view) != nullptr || view.type_fingerprint != space.type_fingerprint ||
          !split_fields(space.field_types, view.body, now) || !read_noted(space, noted, before))
        return failed == 0;
      bool well_formed = true;
      for (std::size_t i = 0; i < space.indexed.size(); ++i) {
        std::uint32_t attribute = space.indexed[i];
        std::string_view field = now[attribute + 1];
        if (!before.empty() && before[i] == field) continue;
        if (!before.empty()) well_formed = changes.add(space, attribute, before[i], key, false) && well_formed;
        well_formed = changes.add(space, attribute, field, key, true) && well_formed;
      }
      if (well_formed) done.emplace_back(key);
      return true;
    });
    if (failed) return failed;
    if (code) return code;
  }
  if (int code = changes.write(txn)) return code;
  auto behind = txn.cursor(lmdb::Database::behind);
  if (!behind) return lmdb::unreadable;
  for (const std::string& key : done) {
    int code = behind->seek(key);   // sorted: the page is at hand
    if (code == 0) code = behind->remove();
    if (code) return code;
  }
  return 0;
}

}  // namespace m31::store
