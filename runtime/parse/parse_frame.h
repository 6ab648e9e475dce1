// What a node and its parse helper say to each other over a socket: one request, one reply, in turn.
// Both are the same build on the same machine, so numbers stand as they are in memory; yet the node
// believes nothing of a reply but what it has checked, for the helper has read hostile bytes.
//
//   request  | magic u32 | task u32 | limit_bytes u64 | entries_max u64 | base_bytes u64 | body_bytes u64 | base | body |
//   reply    | magic u32 | verdict u32 | size_bytes u64 | payload |
//   payload  text (unzip, gunzip, and the message of a refusal), or items: | size_bytes u64 | bytes | ...
//            links: one item each; files: name, bytes, name, bytes, ...
//
// A reply's payload is at most limit_bytes long, a refusal's at most refusal_bytes_max.
#pragma once

#include <cstdint>

namespace m31::runtime {

inline constexpr std::uint32_t parse_magic = 0x5033314d;        // "M31P"
inline constexpr std::uint64_t refusal_bytes_max = 4096;

enum class ParseTask : std::uint32_t { links = 1, unzip = 2, files = 3, gunzip = 4 };
enum class ParseVerdict : std::uint32_t { done = 0, bad_data = 1, too_large = 2 };

struct ParseRequestHead {
  std::uint32_t magic;
  ParseTask task;
  std::uint64_t limit_bytes;     // of the payload
  std::uint64_t entries_max;     // files in an archive
  std::uint64_t base_bytes;      // the address of the page; links only
  std::uint64_t body_bytes;
};

struct ParseReplyHead {
  std::uint32_t magic;
  ParseVerdict verdict;
  std::uint64_t size_bytes;
};

}  // namespace m31::runtime
