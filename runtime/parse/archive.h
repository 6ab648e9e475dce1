// Zip and gzip, bounded: how many files, how many bytes, and how much larger than what came in.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/parse/payload.h"

namespace m31::runtime {

// Deflate reaches 1032:1. Beyond this much, input that was blown up more than this is a bomb.
inline constexpr std::uint64_t unsuspected_bytes = std::uint64_t{64} << 20;
inline constexpr std::uint64_t suspected_ratio = 200;

// The regular files of a zip, one after the other in archive order; a newline between two, unless the
// first ends in one, so that no word reaches from one file into the next.
ParseResult unzip(std::string_view zip, std::uint64_t entries_max, Payload& text);
// Their names and bytes, as items. A name that stands twice is a refusal.
ParseResult unzip_files(std::string_view zip, std::uint64_t entries_max, Payload& items);
// All members of a gzip file.
ParseResult gunzip(std::string_view gzip, Payload& bytes);

}  // namespace m31::runtime
