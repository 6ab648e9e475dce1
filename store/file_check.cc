#include "store/file_check.h"

#include <cstring>
#include <set>

#include "store/file_record.h"
#include "store/key.h"

namespace m31::store {
namespace {

constexpr std::size_t upload_at = 4, chunk_key_bytes = 4 + 16 + 4;

// The chunks of one file; gives how many are as they should be.
std::uint64_t check_chunks(const lmdb::Transaction& txn, const FileRecord& file, std::vector<std::string>& faults) {
  std::uint64_t sound = 0;
  for (std::uint32_t number = 0; number < file.chunk_count(); ++number) {
    const std::string what = "file " + std::string(file.path()) + ": chunk " + std::to_string(number);
    const std::uint64_t expected = std::min<std::uint64_t>(chunk_bytes_max, file.size_bytes - std::uint64_t{number} * chunk_bytes_max);
    std::string_view bytes;
    if (txn.get(lmdb::Database::chunks, chunk_key(file_part(file.path()), file.upload, number), bytes) != 0) {
      faults.push_back(what + " is missing");
      continue;
    }
    ++sound;
    std::uint64_t sum = 0;
    if (bytes.size() == chunk_head_bytes + expected) std::memcpy(&sum, bytes.data(), sizeof sum);
    if (bytes.size() != chunk_head_bytes + expected || sum != chunk_sum(bytes.substr(chunk_head_bytes))) faults.push_back(what + " is damaged");
  }
  return sound;
}

}  // namespace

Result<FileCheck> check_files(lmdb::Transaction& txn, std::size_t listed_max, const std::string& directory) {
  FileCheck check;
  const auto unreadable = [&](int code) { return std::unexpected(lmdb::error_of(code, "cannot read", directory)); };
  std::set<std::string, std::less<>> named;    // [part][upload]
  {
    auto objects = txn.cursor(lmdb::Database::objects);
    if (!objects) return std::unexpected(objects.error());
    int code = objects->seek_at_least({});
    for (; code == 0; code = objects->next()) {
      FileRecord file;
      if (const char* fault = read_file_record(objects->value(), file)) {
        check.faults.emplace_back(fault);
        continue;
      }
      ++check.files;
      if (file_key(file.path()) != objects->key()) check.faults.push_back("file " + std::string(file.path()) + " stands under another's path");
      check.chunks += check_chunks(txn, file, check.faults);
      named.insert(chunk_range(file_part(file.path()), file.upload));
      if (check.files <= listed_max)
        check.listing += "  " + std::string(file.path()) + "  " + std::to_string(file.size_bytes) + " bytes  version " + std::to_string(file.version) + "\n";
    }
    if (code != lmdb::not_found) return unreadable(code);
  }
  auto notes = txn.cursor(lmdb::Database::meta);
  if (!notes) return std::unexpected(notes.error());
  for (const char kind : {'u', 'g'}) {
    int code = notes->seek_at_least(std::string_view(&kind, 1));
    for (; code == 0 && notes->key().starts_with(kind); code = notes->next()) {
      if (notes->key().size() != 17 || notes->value().size() != 12) {
        check.faults.emplace_back("a note of an upload is malformed");
        continue;
      }
      ++check.waiting;
      named.insert(std::string(notes->value().substr(8)) + std::string(notes->key().substr(1)));
    }
    if (code != 0 && code != lmdb::not_found) return unreadable(code);
  }
  auto chunks = txn.cursor(lmdb::Database::chunks);
  if (!chunks) return std::unexpected(chunks.error());
  int code = chunks->seek_at_least({});
  for (; code == 0; code = chunks->next()) {
    if (chunks->key().size() != chunk_key_bytes || !named.contains(chunks->key().substr(0, upload_at + 16))) check.faults.emplace_back("a chunk belongs to no file");
  }
  if (code != lmdb::not_found) return unreadable(code);
  return check;
}

}  // namespace m31::store
