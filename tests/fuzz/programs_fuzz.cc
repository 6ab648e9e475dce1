// m31_fuzz_programs: runs random programs in sessions that can reach nothing of the world. A crash, a hang, an answer that
// depends on the number of processors or a promise of the language that does not hold ends the process with a report that
// names seed and program.
//
//   m31_fuzz_programs [--seconds N] [--programs N] [--seed N] [FILE...]
//
// FILEs are the programs that are mutated; those that hold several (`# program: NAME`) are cut. Programs come in batches, each
// in new sessions, seeded by a number: a report is reproduced with `--seed BATCH --programs 100` and the same files.
// m31_fuzz_planted is the same with a bug (planted.cc), to show that one is found.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <thread>
#include <vector>

#include "tests/fuzz/generate.h"
#include "tests/runtime/conversation.h"

namespace {

using namespace m31;
using Clock = std::chrono::steady_clock;

constexpr std::size_t batch_programs = 100;
constexpr auto run_time_max = std::chrono::milliseconds(150);
constexpr unsigned compared_one_in = 3;                        // generated programs that run on two processors as well
constexpr auto hang_time_max = std::chrono::seconds(60);      // from the interrupt: torment on a loaded machine is slow

// What the child that runs a batch shares with its parent, who outlives its crash.
struct Shared {
  std::atomic<std::uint64_t> done, typed, failed;
  char program[1 << 16];                                       // the one that runs
};
Shared* shared = nullptr;

[[noreturn]] void report(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

// Interrupts what runs too long, and reports what does not heed it.
class Watchdog {
 public:
  Watchdog() : thread_([this] { watch(); }) {}
  ~Watchdog() {
    ends_ = true;
    thread_.join();
  }
  void begin(runtime::Session& session) {
    began_ = Clock::now().time_since_epoch().count();
    session_ = &session;
  }
  // Was it interrupted?
  bool end() {
    while (busy_.exchange(true)) {}
    session_ = nullptr;
    busy_ = false;
    return interrupted_.exchange(false);
  }

 private:
  void watch() {
    while (!ends_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      while (busy_.exchange(true)) {}
      if (runtime::Session* session = session_) {
        const auto ran = Clock::duration(Clock::now().time_since_epoch().count() - began_);
        if (ran > run_time_max) {
          interrupted_ = true;
          session->interrupt();
        }
        if (ran > run_time_max + hang_time_max) report("a hang");
      }
      busy_ = false;
    }
  }
  std::atomic<runtime::Session*> session_{nullptr};
  std::atomic<Clock::rep> began_{0};
  std::atomic<bool> interrupted_{false}, busy_{false}, ends_{false};
  std::thread thread_;
};

runtime::Conversation conversation(unsigned processors) {
  return runtime::Conversation::alone({.processors = processors, .fibrils_max = 2000},
                                      {.capabilities = {"print", "sys"}, .stdin_fd = -1});
}

struct Answer {
  runtime::Outcome outcome;
  std::string output, value, error;
  bool operator==(const Answer&) const = default;
};

Answer run(const std::string& program, runtime::Conversation& with, Watchdog& watchdog, bool& interrupted) {
  const std::size_t bytes = std::min(program.size(), sizeof shared->program - 1);
  std::memcpy(shared->program, program.data(), bytes);
  shared->program[bytes] = 0;
  watchdog.begin(*with.session);
  const runtime::Outcome outcome = with.eval(program);
  interrupted |= watchdog.end();
  if (!with.ended_with_done) report("no last event");
  return {outcome, with.output, with.value, with.error};
}

void run_batch(std::uint64_t seed, std::uint64_t programs, std::span<const std::string> corpus) {
  fuzz::Random random(seed);
  Watchdog watchdog;
  // Names live on from program to program: those that are compared have sessions of their own.
  runtime::Conversation one = conversation(1), two = conversation(2), other = conversation(0);
  for (std::uint64_t i = 0; i < programs; ++i, ++shared->done) {
    const bool is_generated = corpus.empty() || random() % 2;
    const std::string program = is_generated ? fuzz::generate(random) : fuzz::mutate(corpus, random);
    bool interrupted = false;
    const bool is_compared = is_generated && i % compared_one_in == 0;
    const Answer first = run(program, is_compared ? one : other, watchdog, interrupted);
    shared->typed += first.outcome != runtime::Outcome::ill_typed;
    shared->failed += first.outcome == runtime::Outcome::failed;
    if (!is_generated) continue;                               // it may print anything, and from several fibrils at once
    if (first.output.find(FUZZ_WRONG) != std::string::npos) {
      std::fputs(first.output.c_str(), stderr);
      report("a promise that does not hold");
    }
    if (!is_compared) continue;
    const Answer second = run(program, two, watchdog, interrupted);
    if (interrupted) {                                         // their names may differ now
      one = conversation(1);
      two = conversation(2);
    } else if (second != first) {
      for (const Answer& each : {first, second})
        std::fprintf(stderr, "--- outcome %d\n%s%s\n%s\n", static_cast<int>(each.outcome), each.output.c_str(), each.value.c_str(),
                     each.error.c_str());
      report("two processors answer differently");
    }
  }
}

void add_programs(std::string_view text, std::vector<std::string>& corpus) {
  constexpr std::string_view mark = "# program:";
  while (!text.empty()) {
    const std::size_t next = text.find(mark, text.starts_with(mark) ? mark.size() : 0);
    corpus.emplace_back(text.substr(0, next));
    text = next == text.npos ? std::string_view() : text.substr(next);
  }
}

}  // namespace

// Recording whole stacks of each allocation would take most of the time; a report is reproduced with
// ASAN_OPTIONS=malloc_context_size=30.
extern "C" const char* __asan_default_options() { return "malloc_context_size=2:quarantine_size_mb=16"; }

int main(int count, char** arguments) {
  double seconds = 1e9;
  std::uint64_t programs = ~0ull, seed = std::random_device()();
  std::vector<std::string> corpus;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = arguments[i];
    const char* value = i + 1 < count ? arguments[i + 1] : "";
    if (word == "--seconds") seconds = std::atof(value), ++i;
    else if (word == "--programs") programs = std::strtoull(value, nullptr, 10), ++i;
    else if (word == "--seed") seed = std::strtoull(value, nullptr, 10), ++i;
    else {
      std::ifstream file(arguments[i], std::ios::binary);
      add_programs(std::string(std::istreambuf_iterator<char>(file), {}), corpus);
    }
  }
  std::printf("seed %llu, %zu programs to mutate\n", static_cast<unsigned long long>(seed), corpus.size());
  std::fflush(stdout);
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 2;
  shared = new (memory) Shared;

  const auto begin = Clock::now();
  for (; shared->done < programs && std::chrono::duration<double>(Clock::now() - begin).count() < seconds; ++seed) {
    const pid_t child = fork();
    if (child == 0) {
      run_batch(seed, std::min<std::uint64_t>(batch_programs, programs - shared->done), corpus);
      std::exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return 2;
    if (status != 0) {
      std::fprintf(stderr, "status %d: reproduce with --seed %llu --programs %zu\n--- program\n%s\n---\n", status,
                   static_cast<unsigned long long>(seed), batch_programs, shared->program);
      return 1;
    }
  }
  std::printf("%llu programs, %llu well-typed, %llu of them failed\n", static_cast<unsigned long long>(shared->done),
              static_cast<unsigned long long>(shared->typed), static_cast<unsigned long long>(shared->failed));
  return 0;
}
