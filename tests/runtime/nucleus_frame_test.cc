#include "runtime/nucleus_frame.h"

#include <catch2/catch.hpp>
#include <random>

using namespace m31::runtime;

namespace {
std::vector<NucleusFrame> examples() {
  NucleusFrame run, code, need, back, fault;
  run.kind = NucleusFrame::Kind::run;
  run.fuel = 12345678901;
  run.roles = std::string("\0\1\1", 3);
  run.body = std::string(300, 's');
  code.kind = NucleusFrame::Kind::code;
  code.identity = "main(String)";
  code.body = "bundle";
  need.kind = NucleusFrame::Kind::need;
  need.identity = "main(String)";
  need.hash = ~std::uint64_t{0};
  back.kind = NucleusFrame::Kind::back;
  back.status = NucleusFrame::Status::yielded;
  back.body = "state";
  back.handles = {2, 0, 70000};
  fault.kind = NucleusFrame::Kind::fault;
  fault.body = "refused";
  return {run, code, need, back, fault};
}
}  // namespace

TEST_CASE("frames come out as they went in, whole or in pieces", "[nucleus_frame]") {
  for (const NucleusFrame& frame : examples()) {
    const std::string bytes = encode(frame);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      std::string_view part = std::string_view(bytes).substr(0, cut);
      const auto none = decode_frame(part);
      REQUIRE(none.has_value());
      CHECK_FALSE(none->has_value());
      CHECK(part.size() == cut);
    }
    const std::string followed = bytes + "x";
    std::string_view rest = followed;
    const auto whole = decode_frame(rest);
    REQUIRE(whole.has_value());
    REQUIRE(whole->has_value());
    CHECK(rest == "x");
    CHECK(encode(**whole) == bytes);
  }
}

TEST_CASE("bytes that are no frame are refused and never read beyond their end", "[nucleus_frame]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = encode(examples()[random() % 5]);
    for (int n = 1 + static_cast<int>(random() % 4); n > 0; --n) bytes[4 + random() % (bytes.size() - 4)] = static_cast<char>(random());
    std::string_view rest = bytes;
    const auto frame = decode_frame(rest);
    if (!frame) ++refused;
    else if (*frame) CHECK(encode(**frame).size() <= bytes.size());
  }
  CHECK(refused > 1000);
  std::string_view huge("\xff\xff\xff\xff\x01", 5);
  CHECK_FALSE(decode_frame(huge).has_value());
}
