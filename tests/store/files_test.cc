// Stored files: whole or not at all, read as they were, and nothing left behind.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "store/file_writer.h"
#include "store/store_dump.h"
#include "tests/store/child_process.h"
#include "tests/store/temporary_directory.h"

using namespace m31;
using namespace m31::tests;
using store::FileRecord;
using store::Files;

namespace {

std::unique_ptr<Files> opened_files(const std::string& directory) {
  auto files = Files::open(directory);
  if (!files) FAIL(files.error().message);
  return std::move(*files);
}

void put(Files& files, const std::string& path, std::string_view bytes) {
  store::FileWriter writer(files.environment());
  writer.begin(path, {.origin = "/from" + path, .session_high = 1, .session_low = 2, .fibril = 3});
  REQUIRE(writer.add(bytes).has_value());
  REQUIRE(writer.end().has_value());
  REQUIRE(writer.flush().has_value());
}

FileRecord found(Files& files, const std::string& path) {
  auto record = files.find(path);
  if (!record) FAIL(record.error().message);
  REQUIRE(record->has_value());
  return **record;
}

std::string read_all(store::FileReader& reader, const FileRecord& file, std::size_t step = 100'000) {
  std::string bytes(file.size_bytes, '?');
  for (std::size_t at = 0; at < bytes.size();) {
    auto got = reader.read(file, at, {bytes.data() + at, std::min(step, bytes.size() - at)});
    if (!got) return got.error().message;
    at += *got;
  }
  return bytes;
}

std::string read_path(Files& files, const std::string& path) {
  store::FileReader reader(files.environment());
  return read_all(reader, found(files, path));
}

std::string some_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::vector<std::string> paths_of(Files& files, std::string_view prefix) {
  auto records = files.list(prefix, [](std::string_view) { return true; });
  if (!records) FAIL(records.error().message);
  std::vector<std::string> paths;
  for (const FileRecord& each : *records) paths.emplace_back(each.path());
  return paths;
}

}  // namespace

TEST_CASE("a file of any length is read as it was written") {
  TemporaryDirectory directory;
  std::mt19937 random(31);
  auto files = opened_files(directory.path());
  const std::size_t chunk = store::chunk_bytes_max;
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, chunk + 1, 3 * chunk, 40 * chunk + 17}) {
    INFO("size " << size);
    const std::string bytes = some_bytes(random, size);
    put(*files, "/f", bytes);
    const FileRecord file = found(*files, "/f");
    CHECK(file.size_bytes == size);
    store::FileReader reader(files->environment());
    CHECK(read_all(reader, file) == bytes);
    CHECK(read_all(reader, file, 4 * chunk) == bytes);
    if (size > 0) CHECK(read_all(reader, file, 7777) == bytes);
  }
  const FileRecord last = found(*files, "/f");
  CHECK(last.version == 7);
  CHECK(last.provenance.origin == "/from/f");
  CHECK(last.provenance.fibril == 3);
  REQUIRE(files->sweep().has_value());
  auto verified = store::verify(directory.path());
  CHECK(verified->faults.empty());
  CHECK(verified->chunks == 41);
  CHECK(verified->waiting == 0);
}

TEST_CASE("random writes, removals and listings agree with a map") {
  const std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  TemporaryDirectory directory;
  auto files = opened_files(directory.path());
  std::map<std::string, std::string> model;
  const auto some_path = [&] {
    // Some are too long for a key, and alike in what the key keeps of them.
    const std::string folder = random() % 3 == 0 ? "/" + std::string(230, 'x') + "/" : random() % 2 ? "/a/" : "/ab/";
    return folder + std::to_string(random() % 12);
  };
  for (int i = 0; i < 400; ++i) {
    const std::string path = some_path();
    switch (random() % 4) {
      case 0:
      case 1: {
        const std::string bytes = some_bytes(random, random() % 8 == 0 ? store::chunk_bytes_max * 2 + random() % 1000 : random() % 3000);
        put(*files, path, bytes);
        model[path] = bytes;
        break;
      }
      case 2: {
        auto removed = files->remove({path, "/none"});
        REQUIRE(removed.has_value());
        CHECK(*removed == model.erase(path));
        break;
      }
      default:
        if (model.contains(path)) CHECK(read_path(*files, path) == model[path]);
        else CHECK(*files->find(path) == std::nullopt);
        if (random() % 4 == 0) REQUIRE(files->sweep().has_value());
    }
  }
  for (const std::string& prefix : std::vector<std::string>{"", "/", "/a", "/a/", "/ab/1", "/" + std::string(230, 'x'), "/none"}) {
    std::vector<std::string> expected;
    for (const auto& [path, bytes] : model)
      if (path.starts_with(prefix)) expected.push_back(path);
    CHECK(paths_of(*files, prefix) == expected);
  }
  REQUIRE(files->sweep().has_value());
  auto verified = store::verify(directory.path());
  CHECK(verified->faults.empty());
  CHECK(verified->files == model.size());
  CHECK(verified->waiting == 0);
  files.reset();
  files = opened_files(directory.path());
  for (const auto& [path, bytes] : model) CHECK(read_path(*files, path) == bytes);
}

TEST_CASE("who reads a file that is replaced reads it as it was") {
  TemporaryDirectory directory;
  auto files = opened_files(directory.path());
  const std::string before(store::chunk_bytes_max * 3, 'a'), after(store::chunk_bytes_max * 2, 'b');
  put(*files, "/f", before);
  {
    store::FileReader reader(files->environment());
    const FileRecord old = found(*files, "/f");
    put(*files, "/f", after);
    REQUIRE(files->remove({"/f"}).has_value());
    put(*files, "/f", after);
    REQUIRE(files->sweep().has_value());
    CHECK(read_all(reader, old) == before);
    CHECK(store::verify(directory.path())->waiting == 2);
  }
  const FileRecord late = found(*files, "/f");
  put(*files, "/f", before);
  REQUIRE(files->sweep().has_value());
  CHECK(store::verify(directory.path())->waiting == 0);
  CHECK(store::verify(directory.path())->faults.empty());
  store::FileReader reader(files->environment());
  CHECK(read_all(reader, late) == "/f was replaced or removed while it was read; read it again");
}

TEST_CASE("writing over and over keeps the store bounded, with a reader that stands still") {
  TemporaryDirectory directory;
  auto files = opened_files(directory.path());
  put(*files, "/kept", std::string(1 << 20, 'k'));
  const FileRecord kept = found(*files, "/kept");
  std::size_t used = 0;
  for (int i = 0; i < 40; ++i) {
    put(*files, "/f", std::string(4 << 20, static_cast<char>('a' + i % 26)));
    {
      store::FileReader reader(files->environment());   // begins, and ends before the sweep
      char some[100];
      REQUIRE(reader.read(kept, 0, some).has_value());
    }
    REQUIRE(files->sweep().has_value());
    if (i == 3) used = files->environment()->used_bytes();
  }
  CHECK(files->environment()->used_bytes() <= used + (4 << 20));
}

TEST_CASE("a damaged chunk is an error that names the file") {
  TemporaryDirectory directory;
  auto files = opened_files(directory.path());
  put(*files, "/f", std::string(1000, 'a'));
  const FileRecord file = found(*files, "/f");
  auto done = store::lmdb::write_whole(*files->environment(), [&](store::lmdb::Transaction& txn) {
    return txn.put(store::lmdb::Database::chunks, store::chunk_key(store::file_part("/f"), file.upload, 0), std::string(1008, 'b'));
  });
  REQUIRE(done.has_value());
  CHECK(read_path(*files, "/f").starts_with("a chunk of a stored file does not fit its checksum (/f)"));
  CHECK(store::verify(directory.path())->faults == std::vector<std::string>{"file /f: chunk 0 is damaged"});
}

TEST_CASE("records of files: hostile bytes are refused") {
  FileRecord record;
  record.labels = {{"path", "/a"}, {"colour", "red"}};
  record.size_bytes = 12345;
  std::string bytes;
  store::write_file_record(record, bytes);
  FileRecord back;
  REQUIRE(store::read_file_record(bytes, back) == nullptr);
  CHECK(back.labels == record.labels);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) CHECK(store::read_file_record(bytes.substr(0, cut), back) != nullptr);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ 0x40);
    CHECK(store::read_file_record(other, back) != nullptr);
  }
}

// The child: stores one file over and over, large, each time of one letter.
TEST_CASE("stores a file until it is killed", "[.child_files]") {
  auto files = opened_files(std::getenv("M31_TEST_DIRECTORY"));
  for (int i = 0;; ++i) {
    put(*files, "/f", std::string(20 << 20, static_cast<char>('a' + i % 26)));
    put(*files, "/small" + std::to_string(i % 50), std::string(100, static_cast<char>('a' + i % 26)));
    char done = 1;
    if (write(ChildProcess::child_output, &done, 1) != 1) return;
  }
}

TEST_CASE("kill -9 while a file is stored leaves the old one or the new one, and no chunk for ever") {
  const std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  TemporaryDirectory directory;
  { auto made = opened_files(directory.path()); }
  for (int round = 0; round < 12; ++round) {
    {
      ChildProcess child("stores a file until it is killed", {"M31_TEST_DIRECTORY=" + directory.path()});
      REQUIRE(child.started());
      char done;
      REQUIRE(child.read_exactly(&done, 1));
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
    }
    auto files = opened_files(directory.path());
    CHECK(store::verify(directory.path())->faults.empty());
    const std::string bytes = read_path(*files, "/f");
    CHECK(bytes == std::string(20 << 20, bytes[0]));
    REQUIRE(files->sweep().has_value());
    auto verified = store::verify(directory.path());
    CHECK(verified->faults.empty());
    CHECK(verified->waiting == 0);
  }
}
