// A record as it stands in the databases `d` and `h`:
//
//   0        1       2        10        18       .. +8
//   | fmt 1  | flags | xxh64  | type fp | ver    | stamp | body                 |
//   |   1    |   1   |   8    |    8    | varint |   8   | key, attributes in compact form, in the space's order |
//
// The xxh64 covers everything but itself. The type fingerprint is that of the space's record type, so that a body is never read as
// another type. Integers are little-endian. Nothing here touches the disk; bytes may be hostile.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/types/type.h"

namespace m31::store {

inline constexpr std::uint8_t record_format = 1;
inline constexpr std::size_t record_bytes_max = 16u << 20;
inline constexpr std::size_t decoded_bytes_max = 2ull << 30;   // of the largest record: 80 bytes for each of its own

struct RecordView {
  std::uint64_t type_fingerprint = 0;
  std::uint64_t version = 0;
  std::uint64_t stamp = 0;
  std::string_view body;
};

std::uint64_t fingerprint_of(const types::Type* type);

// Replaces `to`.
void write_record(const RecordView& record, std::string& to);

// Null when `bytes` are a whole record, whose views point into them; else what is wrong.
const char* read_record(std::string_view bytes, RecordView& record);

// Cuts a body into its fields' bytes. False when it is malformed.
bool split_fields(std::span<const types::Type* const> types, std::string_view body, std::vector<std::string_view>& fields);

// The key component (store/key.h), with its budget, of a field's compact form. False when that is malformed.
bool append_field_key(const types::Type* type, std::string_view field, std::string& to);

}  // namespace m31::store
