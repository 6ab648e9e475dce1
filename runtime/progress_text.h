// Sizes and progress as a person reads them. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace m31::runtime {

std::string size_text(std::uint64_t bytes);   // "812 bytes", "1.2 MB"

// "1.2 of 2.8 GB, 310.0 MB/s, 5 s left"; without a total "1.2 GB, 310.0 MB/s". REQUIRES: done <= total or total is 0.
std::string progress_text(std::uint64_t done, std::uint64_t total, bool is_records, std::uint64_t elapsed_ns);

}  // namespace m31::runtime
