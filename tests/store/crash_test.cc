// Processes that write are killed at random moments: what was acknowledged is there, whole, and not twice.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <thread>

#include "store/store_dump.h"
#include "tests/store/child_process.h"
#include "tests/store/temporary_directory.h"
#include "tests/store/words_space.h"

using namespace m31;
using namespace m31::tests;

namespace {

// Flush `sequence` of a writer adds 1 to "all" and to one word of its own.
store::Batch flush_of(std::uint32_t space, std::uint64_t fibril, std::uint32_t sequence) {
  store::Batch batch{token(fibril, sequence, sequence + 1), {increment(space, "all")}};
  for (int i = 0; i < 20; ++i) batch.commands.push_back(increment(space, "w" + std::to_string(fibril) + "/" + std::to_string(sequence % 50) + "/" + std::to_string(i)));
  return batch;
}

}  // namespace

// The child: writes flushes without end, from the one it is told on, several at once, and says each that is safe.
TEST_CASE("writes until it is killed", "[.child]") {
  const char* directory = std::getenv("M31_TEST_DIRECTORY");
  REQUIRE(directory != nullptr);
  auto fibril = std::strtoull(std::getenv("M31_TEST_FIBRIL"), nullptr, 10);
  auto sequence = static_cast<std::uint32_t>(std::strtoul(std::getenv("M31_TEST_SEQUENCE"), nullptr, 10));
  auto store = opened(directory, 1 << 20);
  auto space = store->add_space(words_space());
  REQUIRE(space.has_value());
  for (;; sequence += 3) {
    std::vector<store::Batch> batches;
    for (std::uint32_t i = 0; i < 3; ++i) batches.push_back(flush_of(space->id, fibril, sequence + i));
    auto results = store->apply(batches);
    for (std::uint32_t i = 0; i < 3; ++i) {
      if (!results[i]) FAIL(results[i].error().message);
      std::uint32_t done = sequence + i;
      if (write(ChildProcess::child_output, &done, sizeof done) != sizeof done) return;
    }
  }
}

TEST_CASE("kill -9 at random moments loses nothing that was acknowledged and applies nothing twice") {
  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  TemporaryDirectory directory;
  const int rounds = std::getenv("M31_TEST_KILLS") ? std::atoi(std::getenv("M31_TEST_KILLS")) : 25;
  std::uint32_t next[2] = {0, 0};   // of each writer: all before it are acknowledged
  std::uint32_t space = 0;
  {
    auto store = opened(directory.path(), 1 << 20);
    space = store->add_space(words_space())->id;
  }
  for (int round = 0; round < rounds; ++round) {
    {
      std::vector<std::unique_ptr<ChildProcess>> writers;
      for (int fibril = 0; fibril < 2; ++fibril) {
        // Begins a little before what is acknowledged: the store knows those by their tokens.
        std::uint32_t from = next[fibril] > 4 ? next[fibril] - 4 : 0;
        writers.push_back(std::make_unique<ChildProcess>(
            "writes until it is killed",
            std::vector<std::string>{"M31_TEST_DIRECTORY=" + directory.path(), "M31_TEST_FIBRIL=" + std::to_string(fibril),
                                     "M31_TEST_SEQUENCE=" + std::to_string(from)}));
        REQUIRE(writers.back()->started());
      }
      std::uint32_t done = 0;
      REQUIRE(writers[0]->read_exactly(&done, sizeof done));   // both are at work
      next[0] = std::max(next[0], done + 1);
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
      for (auto& writer : writers) writer->signal(SIGKILL);
      for (int fibril = 0; fibril < 2; ++fibril)
        while (writers[fibril]->read_exactly(&done, sizeof done)) next[fibril] = std::max(next[fibril], done + 1);
    }
    auto verified = store::verify(directory.path());
    if (!verified) FAIL(verified.error().message);
    for (const std::string& fault : verified->faults) UNSCOPED_INFO(fault);
    REQUIRE(verified->faults.empty());

    // Written is what was acknowledged, and at most the three flushes of each writer that were under way.
    auto store = opened(directory.path(), 1 << 20);
    std::int64_t all = count_of(*store, space, "all");
    REQUIRE(all == static_cast<std::int64_t>(verified->tokens));
    REQUIRE(all >= next[0] + next[1]);
    REQUIRE(all <= next[0] + next[1] + 6);
  }
  auto store = opened(directory.path());
  for (int fibril = 0; fibril < 2; ++fibril) {
    for (std::uint32_t sequence = next[fibril] > 100 ? next[fibril] - 100 : 0; sequence < next[fibril]; ++sequence)
      REQUIRE(apply_one(*store, flush_of(space, static_cast<std::uint64_t>(fibril), sequence))->applied_before);
  }
}

TEST_CASE("two processes share a store; one that is stopped does not block the other") {
  TemporaryDirectory directory;
  std::uint32_t space = 0;
  {
    auto store = opened(directory.path(), 1 << 20);
    space = store->add_space(words_space())->id;
  }
  ChildProcess writer("writes until it is killed", {"M31_TEST_DIRECTORY=" + directory.path(), "M31_TEST_FIBRIL=7", "M31_TEST_SEQUENCE=0"});
  std::uint32_t done = 0;
  REQUIRE(writer.read_exactly(&done, sizeof done));
  auto store = opened(directory.path(), 1 << 20);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    writer.signal(SIGTSTP);   // Ctrl-Z, most likely while it writes
    REQUIRE(apply_one(*store, {{}, {increment(space, "mine")}}).has_value());
    CHECK(count_of(*store, space, "mine") == i + 1);
    writer.signal(SIGCONT);
    REQUIRE(writer.read_exactly(&done, sizeof done));
  }
  // It made the map larger than this process knew, and this one followed.
  store::Space other = words_space();
  other.name = "other";
  REQUIRE(store->add_space(other).has_value());
  writer.end(SIGKILL);
  CHECK(count_of(*store, space, "all") > 0);
  CHECK(store::verify(directory.path())->faults.empty());
}
