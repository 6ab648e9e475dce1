// A world that is wrong: places that cannot be written, full disks, damaged files, maps that are too small.
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sys/resource.h>
#include <thread>

#include "store/key.h"
#include "store/store_dump.h"
#include "tests/store/child_process.h"
#include "tests/store/temporary_directory.h"
#include "tests/store/words_space.h"

using namespace m31;
using namespace m31::tests;
using store::ErrorCode;

namespace {

void put_raw(const std::string& directory, store::lmdb::Database database, std::string_view key, std::string_view value) {
  auto environment = store::lmdb::Environment::open(directory, 1 << 20);
  REQUIRE(environment.has_value());
  auto txn = (*environment)->write();
  REQUIRE(txn.has_value());
  REQUIRE(txn->put(database, key, value) == 0);
  REQUIRE(txn->commit() == 0);
}

std::string raw(const std::string& directory, store::lmdb::Database database, std::string_view key) {
  auto environment = store::lmdb::Environment::open(directory, 1 << 20);
  auto txn = (*environment)->read();
  std::string_view value;
  REQUIRE(txn->get(database, key, value) == 0);
  return std::string(value);
}

}  // namespace

TEST_CASE("places where no store can be are named, with what to try") {
  auto refused = [](const std::string& directory) {
    auto store = store::Store::open(directory);
    REQUIRE_FALSE(store.has_value());
    CHECK(store.error().message.find(directory) != std::string::npos);
    return store.error().code;
  };
  TemporaryDirectory directory;
  std::ofstream(directory.path() + "/file") << "no directory";
  CHECK(refused(directory.path() + "/file") == ErrorCode::cannot_open);
  CHECK(refused(directory.path() + "/file/below") == ErrorCode::cannot_open);
  auto in_proc = refused("/proc/store");
  CHECK((in_proc == ErrorCode::cannot_open || in_proc == ErrorCode::not_writable));
  CHECK_FALSE(store::Store::open("").has_value());
  std::filesystem::create_directory(directory.path() + "/other");
  std::ofstream(directory.path() + "/other/data.mdb") << std::string(10'000, 'x');
  CHECK(refused(directory.path() + "/other") == ErrorCode::damaged);
}

TEST_CASE("network file systems are refused by their number") {
  CHECK(store::is_network_file_system(0x6969));
  CHECK(store::is_network_file_system(0xff534d42));
  CHECK_FALSE(store::is_network_file_system(0xef53));       // ext4
  CHECK_FALSE(store::is_network_file_system(0x794c7630));   // overlay
}

TEST_CASE("a store of a newer format is left alone") {
  TemporaryDirectory directory;
  opened(directory.path());
  put_raw(directory.path(), store::lmdb::Database::meta, "f", store::number_bytes(2));
  auto refused = store::Store::open(directory.path());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::newer_format);
  CHECK(refused.error().message.find("format 2") != std::string::npos);
}

TEST_CASE("a damaged record is an error that names it, and the others stay readable") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  REQUIRE(apply_one(*store, {{}, {increment(words, "good"), increment(words, "bad")}}).has_value());
  std::string key = store::record_key(0, 8, string_type(), data::Datum::of_text("bad"));
  std::string bytes = raw(directory.path(), store::lmdb::Database::records, key);
  std::mt19937 random(7);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (random() % 8)));
    put_raw(directory.path(), store::lmdb::Database::records, key, damaged);
    auto record = store->get(words, data::Datum::of_text("bad"));
    REQUIRE_FALSE(record.has_value());
    CHECK(record.error().code == ErrorCode::damaged);
    CHECK(record.error().message.find("\"bad\"") != std::string::npos);
    auto refused = apply_one(*store, {{}, {increment(words, "good"), increment(words, "bad")}});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::damaged);
    CHECK_FALSE(store->search(words, {}, 10).has_value());
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    put_raw(directory.path(), store::lmdb::Database::records, key, bytes.substr(0, size));
    CHECK_FALSE(store->get(words, data::Datum::of_text("bad")).has_value());
  }
  CHECK(count_of(*store, words, "good") == 1);
  auto verified = store::verify(directory.path());
  REQUIRE(verified.has_value());
  REQUIRE(verified->faults.size() >= 1);
  CHECK(verified->faults[0] == "space word: a record's checksum does not match");
  CHECK(store::dump(directory.path(), {})->find("DAMAGED") != std::string::npos);
}

TEST_CASE("verification finds an index, a count and a catalogue that are wrong") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  store::Batch batch;
  for (int i = 0; i < 1500; ++i) batch.commands.push_back(increment(words, "w" + std::to_string(i), i % 7));
  REQUIRE(apply_one(*store, batch).has_value());
  REQUIRE(store->search(words, {{"freq", data::Datum::of_int(3)}}, 10).has_value());   // brings the index up to date
  CHECK(store::verify(directory.path())->index_entries == 1500);

  put_raw(directory.path(), store::lmdb::Database::index, "nonsense", "");
  CHECK(store::verify(directory.path())->faults == std::vector<std::string>{"the index has 1 entries too many"});
  put_raw(directory.path(), store::lmdb::Database::meta, store::count_key(words), store::number_bytes(3));
  CHECK(store::verify(directory.path())->faults.size() == 2);
  put_raw(directory.path(), store::lmdb::Database::behind, "nobody's", "");
  CHECK(store::verify(directory.path())->faults.size() == 3);

  std::string space_key = "s";
  store::append_u32(words, space_key);
  put_raw(directory.path(), store::lmdb::Database::meta, space_key, "broken");
  store.reset();
  auto again = opened(directory.path());
  auto spaces = again->spaces();
  REQUIRE_FALSE(spaces.has_value());
  CHECK(spaces.error().code == ErrorCode::damaged);
}

TEST_CASE("the map grows when it is full, under a reader in the same process too") {
  TemporaryDirectory directory;
  auto store = opened(directory.path(), 1 << 20);
  auto reader = opened(directory.path());   // the same environment, for another thread
  std::uint32_t words = store->add_space(words_space())->id;
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::thread reading([&] {
    while (!stop)
      if (!reader->get(words, data::Datum::of_text("w1")).has_value()) ++wrong;
  });
  std::size_t written = 0;
  for (int round = 0; round < 12; ++round) {
    store::Batch batch;
    for (int i = 0; i < 5000; ++i) batch.commands.push_back(increment(words, "w" + std::to_string(round * 5000 + i)));
    auto result = apply_one(*store, batch);
    if (result) written += 5000;
  }
  stop = true;
  reading.join();
  CHECK(written == 60'000);
  CHECK(wrong == 0);
  CHECK(store::verify(directory.path())->records == 60'000);
}

TEST_CASE("reading, and retiring what is not there, waits for no writer") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  REQUIRE(apply_one(*store, {token(1, 0), {increment(words, "a")}}).has_value());
  auto environment = store::lmdb::Environment::open(directory.path(), 1 << 20);
  auto writing = (*environment)->write();   // held meanwhile
  REQUIRE(writing.has_value());
  std::thread reading([&] {
    auto reader = store::Store::open(directory.path());
    if (!reader || !(*reader)->get(words, data::Datum::of_text("a")) || !(*reader)->search(words, {}, 5) ||
        !(*reader)->add_space(words_space()) || !(*reader)->retire(999, 999))
      std::abort();
  });
  reading.join();   // the test's time limit is the check
  CHECK(writing->commit() == 0);
}

TEST_CASE("writes with a small limit on file size", "[.child]") {
  rlimit limit{.rlim_cur = 2 << 20, .rlim_max = 2 << 20};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::signal(SIGXFSZ, SIG_IGN);
  auto store = opened(std::getenv("M31_TEST_DIRECTORY"));
  std::uint32_t words = store->add_space(words_space())->id;
  for (std::uint32_t round = 0;; ++round) {
    store::Batch batch{token(1, round), {}};
    for (int i = 0; i < 1000; ++i) batch.commands.push_back(increment(words, "r" + std::to_string(round) + "/" + std::to_string(i)));
    auto result = apply_one(*store, batch);
    if (!result) {
      CHECK((result.error().code == ErrorCode::full || result.error().code == ErrorCode::io));
      CHECK(count_of(*store, words, "r0/0") == 1);   // reads go on
      auto code = static_cast<std::uint32_t>(result.error().code);
      REQUIRE(write(ChildProcess::child_output, &code, sizeof code) == sizeof code);
      return;
    }
    REQUIRE(write(ChildProcess::child_output, &round, sizeof round) == sizeof round);
  }
}

TEST_CASE("a full disk is said, and what was acknowledged stays") {
  TemporaryDirectory directory;
  ChildProcess child("writes with a small limit on file size", {"M31_TEST_DIRECTORY=" + directory.path()});
  std::vector<std::uint32_t> said;
  for (std::uint32_t number = 0; child.read_exactly(&number, sizeof number);) said.push_back(number);
  REQUIRE(child.wait() == 0);
  REQUIRE(said.size() > 2);
  auto verified = store::verify(directory.path());
  REQUIRE(verified.has_value());
  CHECK(verified->faults.empty());
  CHECK(verified->records == 1000 * (said.size() - 1));
}
