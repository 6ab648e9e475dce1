#include "kernel/words/stream_pass.h"

#include <condition_variable>
#include <map>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/kernel/words/naive.h"

namespace words = m31::words;
using words::Stage;
using words::Tallies;

namespace {

// One thread that runs jobs in turn, as the runtime's pool does.
class Thread {
 public:
  ~Thread() { stop(); }
  bool submit(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    if (stopping_) return false;
    jobs_.push_back(std::move(job));
    changed_.notify_one();
    return true;
  }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_{[this] { serve(); }};
};

using Counts = std::map<std::string, std::int64_t>;
void add(Counts& counts, const words::FreqTable& table) {
  table.for_each([&](const words::FreqTable::Entry& entry) { counts[std::string(entry.word)] += entry.count; });
}

void feed(words::Pipeline& pipeline, std::string_view text) {
  while (!text.empty()) text.remove_prefix(pipeline.feed(text, 1 << 20));
}

}  // namespace

TEST_CASE("what is given away and what is kept are the whole, whatever the stages and where the text is cut") {
  const uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  size_t given = 0;
  Thread thread;
  for (int round = 0; round < 300; ++round) {
    std::vector<Stage> stages(1 + random() % 4);
    for (Stage& stage : stages) stage = static_cast<Stage>(random() % 6);
    const std::string_view separators = words::separators(stages);
    if (separators.empty()) continue;
    INFO("seed " << seed << " round " << round);
    const std::string text = naive::random_text(random, random() % 600);

    // One helper of a kind in each round: a thread, one that works at once, one that refuses now and then.
    const int kind = round % 3;
    words::Tally table, number;
    const auto each = words::make_tallying(Tallies::each, stages, table);
    const auto all = words::make_tallying(Tallies::all, stages, number);
    const m31::vm::Helper helper = [&, kind](std::function<void()> job) {
      if (kind == 0) return thread.submit(std::move(job));
      if (kind == 2 && random() % 2) return false;
      job();
      return true;
    };
    const auto table_aside = std::make_shared<words::Aside>(Tallies::each, stages, helper);
    const auto number_aside = std::make_shared<words::Aside>(Tallies::all, stages, helper);
    for (std::string_view chunk : naive::random_chunks(random, text)) {
      const size_t first = chunk.find_first_of(separators);
      std::string_view behind;
      if (first != std::string_view::npos && random() % 4 && table_aside->has_room() && number_aside->has_room()) {
        const size_t from = first + 1, to = chunk.find_last_of(separators) + 1;
        table_aside->give(m31::data::Text(chunk.substr(from, to - from)));
        number_aside->give(m31::data::Text(chunk.substr(from, to - from)));
        behind = chunk.substr(to);
        chunk = chunk.substr(0, from);
        ++given;
      }
      feed(*each, chunk);
      feed(*each, behind);
      feed(*all, chunk);
      feed(*all, behind);
    }
    for (const auto& [aside, pipeline] : {std::pair(table_aside, each.get()), std::pair(number_aside, all.get())}) {
      while (!pipeline->end_text(1 << 20)) continue;
      while (auto back = aside->take_back()) {
        feed(*pipeline, back->view());
        while (!pipeline->end_text(1 << 20)) continue;
      }
      std::mutex mutex;
      std::condition_variable woken;
      bool awake = false;
      if (aside->wait([&] {
            return [&] {
              std::lock_guard lock(mutex);
              awake = true;
              woken.notify_one();
            };
          })) {
        std::unique_lock lock(mutex);
        woken.wait(lock, [&] { return awake; });
      }
    }
    Counts expected, found;
    std::int64_t count = 0;
    for (const std::string& piece : naive::apply(stages, text)) ++expected[piece], ++count;
    add(found, table.table);
    add(found, table_aside->finish().table);
    REQUIRE(found == expected);
    REQUIRE(number.count + number_aside->finish().count == count);
  }
  CHECK(given > 300);
}

TEST_CASE("nothing is given away where a piece may go over line ends") {
  CHECK(words::separators(std::vector{Stage::words}) == "\n ");
  CHECK(words::separators(std::vector{Stage::lower, Stage::split}) == "\n ");
  CHECK(words::separators(std::vector{Stage::lines, Stage::words}) == "\n ");
  CHECK(words::separators(std::vector{Stage::lines, Stage::trim}) == "\n");
  CHECK(words::separators(std::vector{Stage::upper, Stage::lines}) == "\n");
  CHECK(words::separators(std::vector{Stage::trim, Stage::lines}).empty());
  CHECK(words::separators(std::vector{Stage::lower}).empty());
  CHECK(words::separators(std::vector<Stage>{}).empty());
}

TEST_CASE("a helper that ends with work undone leaves it to be taken back") {
  words::Tally here;
  std::vector<std::function<void()>> jobs;
  bool open = true;
  const auto aside = std::make_shared<words::Aside>(Tallies::all, std::vector{Stage::words}, [&](std::function<void()> job) {
    if (open) jobs.push_back(std::move(job));
    return open;
  });
  aside->give(m31::data::Text(std::string_view("one two ")));
  CHECK_FALSE(aside->has_room());
  aside->give(m31::data::Text(std::string_view("three ")));
  open = false;                                  // the job that comes after the first is refused
  bool woken = false;
  REQUIRE(aside->wait([&] { return [&] { woken = true; }; }));
  jobs.at(0)();
  CHECK(woken);
  CHECK_FALSE(aside->wait([] { return nullptr; }));
  CHECK(aside->take_back()->view() == "three ");
  CHECK_FALSE(aside->take_back());
  CHECK(aside->finish().count == 2);
}
