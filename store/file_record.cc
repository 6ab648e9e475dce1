#include "store/file_record.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "kernel/base/ensure.h"
#include "kernel/data/varint.h"
#include "store/key.h"

namespace m31::store {
namespace {

constexpr char format = 1, kind_file = 1;
constexpr std::size_t sum_at = 2, summed_at = 10;
constexpr std::size_t labels_max = 1000;
constexpr std::uint32_t first_part = 0xfffffff0;   // spaces are given theirs from 0 on

void write_u64(std::uint64_t value, std::string& to) { to.append(reinterpret_cast<const char*>(&value), sizeof value); }

bool read_u64_le(std::string_view& bytes, std::uint64_t& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return true;
}

bool read_16(std::string_view& bytes, std::array<char, 16>& to) {
  if (bytes.size() < to.size()) return false;
  std::memcpy(to.data(), bytes.data(), to.size());
  bytes.remove_prefix(to.size());
  return true;
}

std::uint64_t sum_of(std::string_view record) {
  return XXH64(record.data() + summed_at, record.size() - summed_at, static_cast<unsigned char>(record[1]));
}

bool read_labels(std::string_view& bytes, FileRecord& record) {
  std::uint64_t count = 0;
  if (!data::read_varint(bytes, count) || count > labels_max) return false;
  record.labels.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string_view name, value;
    if (!data::read_sized(bytes, name) || !data::read_sized(bytes, value)) return false;
    record.labels.emplace_back(name, value);
  }
  return true;
}

}  // namespace

std::string_view FileRecord::path() const {
  for (const auto& [name, value] : labels)
    if (name == path_label) return value;
  return {};
}

void write_file_record(const FileRecord& record, std::string& to) {
  to.assign({format, kind_file});
  write_u64(0, to);
  data::write_varint(record.version, to);
  write_u64(record.stamp, to);
  data::write_varint(record.size_bytes, to);
  to.append(record.hash.data(), record.hash.size());
  to.append(record.upload.data(), record.upload.size());
  data::write_varint(record.labels.size(), to);
  for (const auto& [name, value] : record.labels) {
    data::write_sized(name, to);
    data::write_sized(value, to);
  }
  data::write_sized(record.provenance.origin, to);
  write_u64(record.provenance.session_high, to);
  write_u64(record.provenance.session_low, to);
  write_u64(record.provenance.fibril, to);
  const std::uint64_t sum = sum_of(to);
  std::memcpy(to.data() + sum_at, &sum, sizeof sum);
}

const char* read_file_record(std::string_view bytes, FileRecord& record) {
  if (bytes.size() < summed_at) return "a stored file's record is cut short";
  if (bytes[0] != format) return "a stored file's record has a format of a newer version";
  if (bytes[1] != kind_file) return "an object is no file";
  std::uint64_t sum = 0;
  std::memcpy(&sum, bytes.data() + sum_at, sizeof sum);
  if (sum != sum_of(bytes)) return "a stored file's record does not fit its checksum";
  bytes.remove_prefix(summed_at);
  std::string_view origin;
  const bool whole = data::read_varint(bytes, record.version) && read_u64_le(bytes, record.stamp) &&
                     data::read_varint(bytes, record.size_bytes) && read_16(bytes, record.hash) && read_16(bytes, record.upload) &&
                     read_labels(bytes, record) && data::read_sized(bytes, origin) &&
                     read_u64_le(bytes, record.provenance.session_high) && read_u64_le(bytes, record.provenance.session_low) &&
                     read_u64_le(bytes, record.provenance.fibril) && bytes.empty();
  if (!whole || record.size_bytes > std::uint64_t{chunk_bytes_max} * UINT32_MAX) return "a stored file's record is malformed";
  record.provenance.origin = origin;
  return nullptr;
}

std::uint32_t file_part(std::string_view path) {
  return first_part + static_cast<std::uint32_t>(XXH3_64bits(path.data(), path.size()) % file_parts);
}

std::string file_key(std::string_view path) {
  std::string key;
  append_u32(file_part(path), key);
  append_u32(0, key);
  append_text_key(path, key);
  apply_budget(key, record_key_prefix_bytes);
  return key;
}

std::string file_prefix_key(std::uint32_t number, std::string_view path_prefix) {
  std::string key;
  append_u32(first_part + number, key);
  append_u32(0, key);
  append_text_key(path_prefix, key);
  key.resize(key.size() - 2);                      // the text's end
  key.resize(std::min(key.size(), record_key_prefix_bytes + component_prefix_bytes));
  return key;
}

std::string chunk_range(std::uint32_t part, const UploadId& upload) {
  std::string key;
  append_u32(part, key);
  key.append(upload.data(), upload.size());
  return key;
}

std::string chunk_key(std::uint32_t part, const UploadId& upload, std::uint32_t number) {
  std::string key = chunk_range(part, upload);
  append_u32(number, key);
  return key;
}

std::uint64_t chunk_sum(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

struct FileHash::State {
  XXH3_state_t* xxh = XXH3_createState();
};

FileHash::FileHash() : state_(new State) {
  ENSURE(state_->xxh != nullptr);
  begin();
}

FileHash::~FileHash() {
  XXH3_freeState(state_->xxh);
  delete state_;
}

void FileHash::begin() { XXH3_128bits_reset(state_->xxh); }
void FileHash::add(std::string_view bytes) { XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size()); }

std::array<char, 16> FileHash::end() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->xxh));
  std::array<char, 16> hash;
  std::memcpy(hash.data(), canonical.digest, hash.size());
  return hash;
}

}  // namespace m31::store
