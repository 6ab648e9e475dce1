// Memcomparable keys: values as bytes whose order (memcmp) is the order of data::compare, and of which none is the
// beginning of another of the same type. Integers in keys are big-endian.
//
//   Bool 1 | Int, Duration 8, sign bit flipped | Float 8, IEEE order, one NaN last, no -0.0
//   String, Bytes: 00 as 00 ff, ended by 00 01 | tuple, record, range: parts in order
//   List: 01 item ... 00 | Map: 01 key value ... 00, entries by key | sum type: constructor 4, fields
//   union, Any: 00 for None, else 01, the held type's text as a String, value
//
// LMDB allows keys of 511 bytes, so a component over its budget becomes its first 224 bytes and a 16-byte hash of the whole;
// the record holds the whole, and whoever finds it by such a key compares that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/data/datum.h"

namespace m31::store {

inline constexpr std::size_t component_bytes_max = 240;
inline constexpr std::size_t component_prefix_bytes = 224;

void append_u16(std::uint16_t value, std::string& to);
void append_u32(std::uint32_t value, std::string& to);
void append_u64(std::uint64_t value, std::string& to);
std::uint32_t read_u32(std::string_view bytes);   // REQUIRES: 4 bytes
std::uint64_t read_u64(std::string_view bytes);   // REQUIRES: 8 bytes

void append_int_key(std::int64_t value, std::string& to);
void append_text_key(std::string_view text, std::string& to);
// Without a budget. REQUIRES: data::fits(type, value).
void append_key(const types::Type* type, const data::Datum& value, std::string& to);

// Cuts what was appended to `key` from `begin` on to the budget of a component.
void apply_budget(std::string& key, std::size_t begin);

// [part 4][branch 4][key]: where a record stands.
std::string record_key(std::uint32_t first_partition, std::uint32_t partitions, const types::Type* key_type,
                       const data::Datum& key);
void append_record_key(std::uint32_t first_partition, std::uint32_t partitions, const types::Type* key_type,
                       const data::Datum& key, std::string& to);
inline constexpr std::size_t record_key_prefix_bytes = 8;
std::string partition_prefix(std::uint32_t partition);   // what its record keys begin with

// [space 4][branch 4][attribute 2][value]: what index entries of one value begin with; [part 4][key] follows.
void append_index_prefix(std::uint32_t space, std::uint16_t attribute, std::string& to);
inline constexpr std::size_t index_prefix_bytes = 10;

}  // namespace m31::store
