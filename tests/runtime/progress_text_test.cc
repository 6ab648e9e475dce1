#include <catch2/catch.hpp>

#include "runtime/progress_text.h"

using namespace m31::runtime;

TEST_CASE("sizes and progress read well") {
  CHECK(size_text(0) == "0 bytes");
  CHECK(size_text(1) == "1 byte");
  CHECK(size_text(999) == "999 bytes");
  CHECK(size_text(1000) == "1.0 kB");
  CHECK(size_text(1'999'999) == "1.9 MB");
  CHECK(size_text(UINT64_MAX) == "18446.7 PB");
  CHECK(progress_text(1'200'000'000, 2'800'000'000, false, 4'000'000'000) == "1.2 of 2.8 GB, 300.0 MB/s, 5 s left");
  CHECK(progress_text(500, 2'000'000, false, 1'000'000'000) == "0.0 of 2.0 MB, 500 bytes/s, 3999 s left");
  CHECK(progress_text(3'000'000, 0, false, 1'500'000'000) == "3.0 MB, 2.0 MB/s");
  CHECK(progress_text(10, 30, true, 2'000'000'000) == "10 of 30 records, 5/s, 4 s left");
  CHECK(progress_text(0, 30, true, 0) == "0 of 30 records, 0/s");
}
