#include "store/record.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "kernel/data/datum.h"
#include "kernel/data/varint.h"
#include "store/key.h"

namespace m31::store {
namespace {

using types::Type;
using types::TypeKind;

constexpr std::size_t sum_at = 2;
constexpr std::size_t summed_at = 10;

void write_u64(std::uint64_t value, std::string& to) { to.append(reinterpret_cast<const char*>(&value), sizeof value); }

std::uint64_t load_u64(const char* bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::uint64_t sum_of(std::string_view record) {
  std::uint64_t seed = static_cast<unsigned char>(record[0]) | static_cast<std::uint64_t>(static_cast<unsigned char>(record[1])) << 8;
  return XXH64(record.data() + summed_at, record.size() - summed_at, seed);
}

bool skip(const Type* type, std::string_view& bytes) {
  std::uint64_t number = 0;
  std::string_view text;
  switch (type->kind) {
    case TypeKind::int_:
    case TypeKind::duration: return data::read_varint(bytes, number);
    case TypeKind::string:
    case TypeKind::bytes: return data::read_sized(bytes, text);
    default: return data::decode(type, bytes, decoded_bytes_max).has_value();
  }
}

}  // namespace

std::uint64_t fingerprint_of(const Type* type) {
  std::string structure = types::encode_type(type);
  return XXH3_64bits(structure.data(), structure.size());
}

void write_record(const RecordView& record, std::string& to) {
  to.clear();
  to += static_cast<char>(record_format);
  to += '\0';
  write_u64(0, to);
  write_u64(record.type_fingerprint, to);
  data::write_varint(record.version, to);
  write_u64(record.stamp, to);
  to += record.body;
  std::uint64_t sum = sum_of(to);
  std::memcpy(to.data() + sum_at, &sum, sizeof sum);
}

const char* read_record(std::string_view bytes, RecordView& record) {
  if (bytes.size() < summed_at + 8) return "a record is cut off";
  if (sum_of(bytes) != load_u64(bytes.data() + sum_at)) return "a record's checksum does not match";
  if (static_cast<unsigned char>(bytes[0]) != record_format || bytes[1] != 0) return "a record has a newer format";
  record.type_fingerprint = load_u64(bytes.data() + summed_at);
  bytes.remove_prefix(summed_at + 8);
  if (!data::read_varint(bytes, record.version) || bytes.size() < 8) return "a record is cut off";
  record.stamp = load_u64(bytes.data());
  record.body = bytes.substr(8);
  return nullptr;
}

bool split_fields(std::span<const Type* const> types, std::string_view body, std::vector<std::string_view>& fields) {
  fields.clear();
  for (const Type* type : types) {
    std::string_view rest = body;
    if (!skip(type, rest)) return false;
    fields.push_back(body.substr(0, body.size() - rest.size()));
    body = rest;
  }
  return body.empty();
}

bool append_field_key(const Type* type, std::string_view field, std::string& to) {
  std::size_t begin = to.size();
  switch (type->kind) {
    case TypeKind::int_:
    case TypeKind::duration: {
      std::uint64_t number = 0;
      if (!data::read_varint(field, number)) return false;
      append_int_key(data::unzigzag(number), to);
      return true;
    }
    case TypeKind::string:
    case TypeKind::bytes: {
      std::string_view text;
      if (!data::read_sized(field, text)) return false;
      append_text_key(text, to);
      break;
    }
    default: {
      auto value = data::decode(type, field, decoded_bytes_max);
      if (!value) return false;
      append_key(type, *value, to);
      break;
    }
  }
  apply_budget(to, begin);
  return true;
}

}  // namespace m31::store
