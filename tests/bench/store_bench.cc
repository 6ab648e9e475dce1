// What a flush of word counts costs: M31's store (records with checksums, an index, tokens) beside plain LMDB puts of the same
// keys and counts. Synced commits on both sides, runs interleaved, the ratio of medians at the end.
// Usage: store_bench [directory] [distinct words] [increments of a flush] [rounds]
#include <lmdb.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "store/lmdb_store.h"

using namespace m31;

namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void need(int code) {
  if (code == 0) return;
  std::fprintf(stderr, "lmdb: %s\n", mdb_strerror(code));
  std::exit(1);
}

template <class T>
T need(store::Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "store: %s\n", result.error().message.c_str());
  std::exit(1);
}

// Words of a book: Zipf, merged as a fibril's buffer merges them.
std::map<std::string, std::int64_t> flush_of(std::mt19937& random, std::size_t distinct, std::size_t increments) {
  std::map<std::string, std::int64_t> merged;
  std::uniform_real_distribution<double> uniform(0, 1);
  double scale = std::log(static_cast<double>(distinct));
  for (std::size_t i = 0; i < increments; ++i) {
    auto rank = static_cast<std::size_t>(std::exp(uniform(random) * scale));
    ++merged["w" + std::to_string(rank * 2654435761u % 1000003) + "x"];
  }
  return merged;
}

// Every word once, as the first flush of a big book.
std::map<std::string, std::int64_t> all_words(std::size_t distinct) {
  std::map<std::string, std::int64_t> merged;
  for (std::size_t rank = 1; rank <= distinct; ++rank) merged["w" + std::to_string(rank * 2654435761u % 1000003) + "x"] = 1;
  return merged;
}

struct Raw {
  MDB_env* env = nullptr;
  MDB_dbi dbi = 0;
  explicit Raw(const std::string& directory) {
    std::filesystem::create_directories(directory);
    need(mdb_env_create(&env));
    need(mdb_env_set_mapsize(env, std::size_t{4} << 30));
    need(mdb_env_open(env, directory.c_str(), MDB_NOTLS, 0600));
    MDB_txn* txn;
    need(mdb_txn_begin(env, nullptr, 0, &txn));
    need(mdb_dbi_open(txn, nullptr, 0, &dbi));
    need(mdb_txn_commit(txn));
  }
  void apply(const std::map<std::string, std::int64_t>& merged) {
    MDB_txn* txn;
    need(mdb_txn_begin(env, nullptr, 0, &txn));
    for (const auto& [word, count] : merged) {
      MDB_val key{word.size(), const_cast<char*>(word.data())}, value;
      std::int64_t sum = count;
      if (mdb_get(txn, dbi, &key, &value) == 0) {
        std::int64_t before;
        std::memcpy(&before, value.mv_data, 8);
        sum += before;
      }
      value = {8, &sum};
      need(mdb_put(txn, dbi, &key, &value, 0));
    }
    need(mdb_txn_commit(txn));
  }
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  std::string base = argc > 1 ? argv[1] : (std::filesystem::temp_directory_path() / "m31-store-bench").string();
  std::size_t distinct = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 60'000;
  std::size_t increments = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 400'000;
  int rounds = argc > 4 ? std::atoi(argv[4]) : 15;
  std::filesystem::remove_all(base);
  Raw raw(base + "/raw");
  auto ours = need(store::Store::open(base + "/ours"));
  store::Space wanted;
  wanted.key = {"word", types::basic(types::TypeKind::string), true};
  wanted.attributes = {{"freq", types::basic(types::TypeKind::int_), true}};
  store::Space indexed = need(ours->add_space(wanted));
  wanted.name = "plain";
  wanted.attributes[0].queryable = false;
  store::Space plain = need(ours->add_space(wanted));

  std::mt19937 random(1);
  std::uint32_t sequence = 0;
  auto apply = [&](const store::Space& space, const std::map<std::string, std::int64_t>& merged) {
    std::vector<store::Batch> batches(1);
    batches[0].token = {.incarnation_high = 1, .incarnation_low = 1, .fibril = space.id, .sequence = sequence++, .hash = 1};
    for (const auto& [word, count] : merged) {
      store::Command command;
      command.space = space.id;
      command.key = data::Datum::of_text(word);
      command.changes.push_back({0, store::Operation::add, data::Datum::of_int(count)});
      batches[0].commands.push_back(std::move(command));
    }
    double begin = now_s();
    need(ours->apply(batches)[0]);
    return now_s() - begin;
  };

  std::vector<double> raw_rates, indexed_rates, plain_rates;
  for (int round = 0; round < rounds; ++round) {
    auto merged = round == 0 ? all_words(distinct) : flush_of(random, distinct, increments);
    auto size = static_cast<double>(merged.size());
    double begin = now_s();
    raw.apply(merged);
    double raw_s = now_s() - begin;
    double indexed_s = apply(indexed, merged);
    double plain_s = apply(plain, merged);
    std::printf("flush of %6.0f words: lmdb %5.1f ms (%4.0f k/s), store %6.1f ms (%4.0f k/s), not indexed %6.1f ms (%4.0f k/s)\n", size,
                raw_s * 1e3, size / raw_s / 1e3, indexed_s * 1e3, size / indexed_s / 1e3, plain_s * 1e3, size / plain_s / 1e3);
    if (round == 0) continue;
    raw_rates.push_back(size / raw_s);
    indexed_rates.push_back(size / indexed_s);
    plain_rates.push_back(size / plain_s);
  }
  std::printf("ratio to lmdb: %.2f indexed, %.2f not indexed (goal 0.5)\n", median(indexed_rates) / median(raw_rates),
              median(plain_rates) / median(raw_rates));
  std::filesystem::remove_all(base);
}
