#include "runtime/drivers/stream_source.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "runtime/drivers/chunk_intake.h"

using namespace m31;
using namespace m31::runtime;
using namespace std::chrono_literals;

namespace {

// What stands for the processor that parks a fibril: waits until woken.
class Consumer {
 public:
  MakeWake make_wake() {
    return [this](vm::Fibril&) {
      ++waits_;
      return std::function<void()>([this] {
        std::lock_guard lock(mutex_);
        woken_ = true;
        changed_.notify_one();
      });
    };
  }

  // Everything that comes, and how it ended.
  std::string drain(vm::ChunkSource& source, std::string* failure = nullptr) {
    std::string all;
    while (step(source, all, failure)) {
    }
    return all;
  }

  bool step(vm::ChunkSource& source, std::string& all, std::string* failure = nullptr) {
    auto& fibril = reinterpret_cast<vm::Fibril&>(*this);    // never looked into
    switch (source.poll(fibril)) {
      case vm::ChunkSource::State::ready: {
        data::Text chunk = source.take();
        CHECK_FALSE(chunk.view().empty());
        all += chunk.view();
        return true;
      }
      case vm::ChunkSource::State::wait: {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, 20s, [this] { return woken_; })) FAIL("never woken");
        woken_ = false;
        return true;
      }
      case vm::ChunkSource::State::again: return true;
      case vm::ChunkSource::State::end:
        return false;
      case vm::ChunkSource::State::failed:
        if (failure) *failure = source.failure();
        return false;
    }
    return false;
  }

  int waits() const { return waits_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  int waits_ = 0;
};

struct Source {
  vm::ChunkSource* source;
  ~Source() { source->drop(); }
  vm::ChunkSource& operator*() { return *source; }
};

class Folder {
 public:
  Folder() { REQUIRE(mkdtemp(path_.data())); }
  ~Folder() {
    if (std::system(("rm -rf " + path_).c_str()) != 0) std::perror("rm");
  }
  std::string write(const std::string& name, std::string_view text) {
    std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/m31_stream_XXXXXX";
};

std::string random_bytes(std::size_t size_bytes, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size_bytes, '\0');
  for (std::size_t i = 0; i + 8 <= size_bytes; i += 8) {
    std::uint64_t word = random();
    std::memcpy(&bytes[i], &word, 8);
  }
  return bytes;
}

}  // namespace

TEST_CASE("a file of several buffers comes whole and in order, as file list and as descriptor") {
  unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  Folder folder;
  std::string text = random_bytes(chunk_bytes * 5 + 12345, seed);
  std::string path = folder.write("big", text);
  IoThread io;
  Consumer consumer;
  {
    Source source{make_files_source(io, {path}, consumer.make_wake())};
    CHECK(consumer.drain(*source) == text);
  }
  int fd = open(path.c_str(), O_RDONLY);
  {
    Source source{make_fd_source(io, fd, "it", consumer.make_wake())};
    close(fd);                                       // it has its own
    CHECK(consumer.drain(*source) == text);
  }
}

TEST_CASE("a newline keeps files apart where there is none") {
  Folder folder;
  std::vector<std::string> paths = {folder.write("1", "one"), folder.write("2", ""), folder.write("3", "two\n"),
                                    folder.write("4", "three"), folder.write("5", "")};
  IoThread io;
  Consumer consumer;
  Source source{make_files_source(io, paths, consumer.make_wake())};
  CHECK(consumer.drain(*source) == "one\ntwo\nthree");
}

TEST_CASE("no files are an empty stream; so are empty ones") {
  Folder folder;
  IoThread io;
  Consumer consumer;
  Source none{make_files_source(io, {}, consumer.make_wake())};
  CHECK(consumer.drain(*none).empty());
  Source empty{make_files_source(io, {folder.write("e", ""), folder.write("f", "")}, consumer.make_wake())};
  CHECK(consumer.drain(*empty).empty());
}

TEST_CASE("a file that cannot be read fails by name after what came before it") {
  Folder folder;
  IoThread io;
  Consumer consumer;
  std::string failure;
  Source source{make_files_source(io, {folder.write("1", "one"), folder.path() + "/none"}, consumer.make_wake())};
  CHECK(consumer.drain(*source, &failure) == "one");
  CHECK(failure.find(folder.path() + "/none: No such file") != std::string::npos);
  Source directory{make_files_source(io, {folder.path()}, consumer.make_wake())};
  consumer.drain(*directory, &failure);
  CHECK(failure.find("directory") != std::string::npos);
}

TEST_CASE("a closed descriptor is a failure, not a crash") {
  IoThread io;
  Consumer consumer;
  std::string failure;
  Source source{make_fd_source(io, 987, "standard input", consumer.make_wake())};
  consumer.drain(*source, &failure);
  CHECK(failure == "cannot read standard input: Bad file descriptor");
}

TEST_CASE("a pipe hands over what is there, without waiting for more") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  IoThread io;
  Consumer consumer;
  Source source{make_fd_source(io, ends[0], "pipe", consumer.make_wake())};
  std::string all;
  for (std::string line : {"first\n", "second\n", "third"}) {
    REQUIRE(write(ends[1], line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    std::string expected = all + line;
    while (all != expected && consumer.step(*source, all)) {
    }
    CHECK(all == expected);
  }
  close(ends[1]);
  consumer.drain(*source);
  close(ends[0]);
}

TEST_CASE("a fast pipe comes whole; its writer is held back while nobody takes") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  IoThread io;
  Consumer consumer;
  unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::string text = random_bytes(std::size_t{12} << 20, seed);
  std::atomic<std::size_t> written{0};
  std::thread writer([&] {
    while (written < text.size()) {
      ssize_t n = write(ends[1], text.data() + written, std::min<std::size_t>(60'000, text.size() - written));
      if (n <= 0) break;
      written += n;
    }
    close(ends[1]);
  });
  Source source{make_fd_source(io, ends[0], "pipe", consumer.make_wake())};
  std::string all;
  while (all.empty()) consumer.step(*source, all);
  std::this_thread::sleep_for(100ms);
  CHECK(written < text.size() / 2);                 // 2 ready, 1 filling, 1 MiB of pipe, one given
  all += consumer.drain(*source);
  writer.join();
  CHECK(all == text);
  close(ends[0]);
}

TEST_CASE("memory is bounded: buffers come back") {
  IoThread io;
  Consumer consumer;
  int fd = open("/dev/zero", O_RDONLY);
  Source source{make_fd_source(io, fd, "zeros", consumer.make_wake())};
  close(fd);
  auto& fibril = reinterpret_cast<vm::Fibril&>(consumer);
  std::vector<const void*> seen;
  std::string all;
  for (std::size_t bytes = 0; bytes < 64 * chunk_bytes;) {
    if (source.source->poll(fibril) == vm::ChunkSource::State::ready) {
      data::Text chunk = source.source->take();
      bytes += chunk.view().size();
      if (std::find(seen.begin(), seen.end(), chunk.buffer()) == seen.end()) seen.push_back(chunk.buffer());
    } else {
      std::this_thread::yield();
    }
  }
  CHECK(seen.size() <= 10);
}

TEST_CASE("a chunk may be kept longer than its source and its thread") {
  Folder folder;
  data::Text kept;
  {
    IoThread io;
    Consumer consumer;
    Source source{make_files_source(io, {folder.write("1", "kept")}, consumer.make_wake())};
    auto& fibril = reinterpret_cast<vm::Fibril&>(consumer);
    while ((*source).poll(fibril) != vm::ChunkSource::State::ready) std::this_thread::sleep_for(1ms);
    kept = (*source).take();
  }
  CHECK(kept.view() == "kept");
}

TEST_CASE("a source dropped while it waits ends quietly") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  {
    IoThread io;
    Consumer consumer;
    std::string all;
    auto* source = make_fd_source(io, ends[0], "pipe", consumer.make_wake());
    auto& fibril = reinterpret_cast<vm::Fibril&>(consumer);
    CHECK(source->poll(fibril) == vm::ChunkSource::State::wait);
    std::this_thread::sleep_for(2ms);
    source->drop();
    // Its duplicate of the descriptor goes with it: the writer notices.
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    bool broken = false;
    for (int tries = 0; tries < 2000 && !broken; ++tries) {
      broken = write(ends[1], "x", 1) < 0 && errno == EPIPE;
      if (!broken) std::this_thread::sleep_for(1ms);
    }
    CHECK(broken);
  }
  close(ends[1]);
}

TEST_CASE("a source dropped after its thread has stopped") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  IoThread io;
  Consumer consumer;
  auto* source = make_fd_source(io, ends[0], "pipe", consumer.make_wake());
  auto& fibril = reinterpret_cast<vm::Fibril&>(consumer);
  CHECK(source->poll(fibril) == vm::ChunkSource::State::wait);
  io.stop();
  source->drop();
  close(ends[0]);
  close(ends[1]);
}
