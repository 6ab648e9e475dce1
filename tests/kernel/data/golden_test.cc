// Values that earlier versions stored: tests/kernel/data/golden/*.txt, one a line: what it shows as, its type and its bytes in the compact form (hex),
// separated by tabs. Files are added by new versions (run this test with M31_WRITE_GOLDEN=FILE), and never changed.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "kernel/data/read_text.h"
#include "tests/kernel/data/random_data.h"

using namespace m31;

namespace {

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (unsigned char byte : bytes) text.append({"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]});
  return text;
}

std::string of_hex(std::string_view text) {
  std::string bytes;
  auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return bytes;
}

struct Stored {
  const types::Type* type;
  data::Datum value;
};

std::vector<Stored> samples() {
  std::vector<Stored> all;
  auto add = [&](std::string_view text, const types::Type* type = nullptr) {
    auto read = data::read_text(text, {}, type);
    REQUIRE(read.has_value());
    all.push_back({read->type, read->value});
  };
  for (const char* text :
       {"None", "True", "0", "-1", "9223372036854775807", "-9223372036854775808", "0.1", "-0.0", "Float.nan", "-Float.inf", "5s", "-3ns", "\"\"",
        "\"text \xc3\xa4 \\xff\"", "b\"\\x00\\xff\"", "0..10", "()", "(1, \"a\")", "[1, 2, 3]", "[\"k\": 1.5, \"l\": -2.0]", "{word: \"pi\", \"how many\": 3}",
        "[1, None]", "[1, \"a\", 2.5]", "[[1], [2, 3]]", "[(1, 2): [True]]", "{a: {b: {c: [None]}}}"})
    add(text);
  add("[1, \"x\", [2], {a: None}, [\"k\": 1s]]", types::list_of(types::basic(types::TypeKind::any)));
  add("{n: 3, s: None}", [] {
    std::string_view names[] = {"n", "s"};
    const types::Type* parts[] = {types::basic(types::TypeKind::int_), types::optional_of(types::basic(types::TypeKind::string))};
    return types::record_of(names, parts);
  }());
  add("Node(left: Leaf(), value: 7, right: Node(left: Leaf(), value: 8, right: None))", tests::RandomData::tree(types::basic(types::TypeKind::int_)));
  return all;
}

}  // namespace

TEST_CASE("values that earlier versions stored are read") {
  if (const char* path = std::getenv("M31_WRITE_GOLDEN")) {
    std::ofstream file(path, std::ios::binary);
    for (const Stored& each : samples()) {
      std::string bytes;
      data::encode(each.type, each.value, bytes);
      file << data::show(each.type, each.value) << '\t' << to_hex(types::encode_type(each.type)) << '\t' << to_hex(bytes) << '\n';
    }
  }
  std::size_t read_count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(M31_SOURCE_DIR) + "/tests/kernel/data/golden")) {
    std::ifstream file(entry.path(), std::ios::binary);
    for (std::string line; std::getline(file, line); ++read_count) {
      INFO(entry.path().filename().string() << ": " << line);
      const std::size_t first = line.find('\t'), second = line.find('\t', first + 1);
      REQUIRE(second != std::string::npos);
      const std::string structure = of_hex(std::string_view(line).substr(first + 1, second - first - 1));
      std::string_view left = structure;
      auto type = types::decode_type(left);
      REQUIRE(type.has_value());
      REQUIRE(left.empty());
      const std::string bytes = of_hex(std::string_view(line).substr(second + 1));
      std::string_view rest = bytes;
      auto value = data::decode(*type, rest, std::size_t{1} << 20);
      REQUIRE(value.has_value());
      CHECK(rest.empty());
      CHECK(data::show(*type, *value) == line.substr(0, first));
      // And this version still writes it so: its own values are read by those that know this form.
      std::string again;
      data::encode(*type, *value, again);
      CHECK(to_hex(again) == line.substr(second + 1));
    }
  }
  CHECK(read_count >= samples().size());
}
