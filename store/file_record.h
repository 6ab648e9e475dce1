// A stored file as it stands in database `o`, under [part 4][branch 4][path]; its bytes are chunks in `b`, under
// [part 4][upload 16][n 4] (store/format.md):
//
//   0       1        2          10
//   | fmt 1 | kind 1 | xxh64 8  | ver varint | stamp 8 | size varint | hash 16 | upload 16 | labels | origin | author 24 |
//   |   1   | 1 file | of all   |            |   ns    |    bytes    | XXH3 of | of random | count,  | sized  | session   |
//   |       |        | but this |            |         |             | bytes   | bytes     | pairs   |        | fibril    |
//
// The label `path` names it. A chunk is `xxh3 8 | bytes`: with LMDB's own 16 bytes a full one fills 64 pages. Nothing here touches
// the disk; bytes may be hostile.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace m31::store {

inline constexpr std::size_t chunk_bytes_max = (std::size_t{256} << 10) - 16 - 8;
inline constexpr std::size_t chunk_head_bytes = 8;
inline constexpr std::size_t path_bytes_max = 4096;
inline constexpr std::string_view path_label = "path";

using UploadId = std::array<char, 16>;

// Who stored it, and from what.
struct Provenance {
  std::string origin;                                        // a path of the machine that had it, or empty
  std::uint64_t session_high = 0, session_low = 0, fibril = 0;
};

struct FileRecord {
  std::uint64_t version = 0;                                 // 1 for the first of a path
  std::uint64_t stamp = 0;
  std::uint64_t size_bytes = 0;
  std::array<char, 16> hash{};                               // of all its bytes
  UploadId upload{};
  std::vector<std::pair<std::string, std::string>> labels;
  Provenance provenance;

  std::string_view path() const;                             // its label, or empty
  std::uint32_t chunk_count() const { return static_cast<std::uint32_t>((size_bytes + chunk_bytes_max - 1) / chunk_bytes_max); }
};

void write_file_record(const FileRecord& record, std::string& to);   // replaces `to`
// Null when `bytes` are a whole record; else what is wrong.
const char* read_file_record(std::string_view bytes, FileRecord& record);

// Where a path stands, what all paths of a part that begin so have before them, and where a chunk stands.
inline constexpr std::uint32_t file_parts = 8;
std::uint32_t file_part(std::string_view path);
std::string file_key(std::string_view path);
std::string file_prefix_key(std::uint32_t number, std::string_view path_prefix);   // number: 0 .. file_parts - 1
std::string chunk_key(std::uint32_t part, const UploadId& upload, std::uint32_t number);
std::string chunk_range(std::uint32_t part, const UploadId& upload);

std::uint64_t chunk_sum(std::string_view bytes);
// The hash of a file's bytes, as they come.
class FileHash {
 public:
  FileHash();
  ~FileHash();
  FileHash(const FileHash&) = delete;
  void begin();
  void add(std::string_view bytes);
  std::array<char, 16> end() const;

 private:
  struct State;
  State* state_;
};

}  // namespace m31::store
