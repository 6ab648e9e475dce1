// The text words done the plain way on a whole text, as the tests' reference: every code point is decoded by the definition of
// well-formed UTF-8, asked of utf8proc, and nothing is incremental. Also the random texts and chunkings of the property tests.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/words/stages.h"

namespace naive {

struct CodePoint {
  char32_t cp;            // 0xFFFD where ill-formed
  std::string_view bytes;
  bool well_formed;
};

std::vector<CodePoint> code_points(std::string_view text);
bool is_letter(char32_t cp);
bool is_space(char32_t cp);

using Pieces = std::vector<std::string>;
Pieces apply(m31::words::Stage stage, std::string_view text);
Pieces apply(const std::vector<m31::words::Stage>& stages, std::string_view text);

// Bytes of all kinds: words, white space, CR LF, NUL, letters of many scripts, well-formed rarities, ill-formed ones.
std::string random_text(std::mt19937_64& random, size_t fragments);
// 0 .. size in random steps, some of them empty, some tiny, some long.
std::vector<std::string_view> random_chunks(std::mt19937_64& random, std::string_view text);
// A seed of its own for each run, so that many runs see many texts; print it.
uint64_t fresh_seed();

}  // namespace naive
