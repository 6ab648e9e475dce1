#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/runtime/drivers/driver_stage.h"

using namespace m31;
using namespace m31::runtime;
using namespace m31::runtime::test;
using namespace std::chrono_literals;

namespace {

struct Stage {
  IoThread io;
  std::unique_ptr<Driver> host = make_host_driver(io);
  std::string folder = "/tmp/m31_host_XXXXXX";
  Stage() { REQUIRE(mkdtemp(folder.data())); }
  ~Stage() {
    io.stop();
    if (std::system(("rm -rf " + folder).c_str()) != 0) std::perror("rm");
  }
  std::string at(const char* name) const { return folder + "/" + name; }
  void make(const char* name, std::string_view text) { std::ofstream(at(name), std::ios::binary) << text; }
  Reply call(const char* operation, std::vector<std::string> args) {
    std::vector<data::Datum> data;
    for (const std::string& arg : args) data.push_back(text_of(arg));
    return ask(*host, operation, std::move(data)).get();
  }
  std::string read(const std::string& path) {
    Reply reply = call("host.read", {path});
    return reply ? std::string(reply->text.view()) : failure_of(reply);
  }
};

}  // namespace

TEST_CASE("a file is read whole, whatever is in it") {
  Stage stage;
  std::string text(3'000'000, 'x');
  text[5] = '\0';
  stage.make("big", text);
  stage.make("empty", "");
  CHECK(stage.read(stage.at("big")) == text);
  CHECK(stage.read(stage.at("empty")) == "");
  CHECK(stage.read("/proc/self/comm").size() > 1);           // says that it has no bytes
  CHECK(stage.call("host.readBytes", {stage.at("big")})->text.view() == text);
}

TEST_CASE("files that cannot be read: which, and why") {
  Stage stage;
  CHECK(stage.read(stage.at("none")) == "NotFound: cannot read " + stage.at("none") + ": No such file or directory");
  CHECK(stage.read(stage.folder) == "IoError: cannot read " + stage.folder + ": Is a directory");
  CHECK(stage.read(std::string("a\0b", 3)) == "NotFound: no path and no name holds a NUL byte");
  CHECK(failure_of(stage.call("host.nothing", {"x"})).starts_with("Unknown: "));
  CHECK(failure_of(stage.call("host.read", {})).starts_with("Unknown: "));
}

TEST_CASE("a named pipe is read until its end, and holds up nobody") {
  Stage stage;
  REQUIRE(mkfifo(stage.at("pipe").c_str(), 0600) == 0);
  stage.make("file", "file");
  int writer = open(stage.at("pipe").c_str(), O_RDWR);       // so that neither end waits for the other
  REQUIRE(write(writer, "one", 3) == 3);
  auto reading = ask(*stage.host, "host.read", {text_of(stage.at("pipe"))}, 1);
  for (int i = 0; i < 5; ++i) CHECK(stage.read(stage.at("file")) == "file");
  CHECK(reading.wait_for(0s) == std::future_status::timeout);
  REQUIRE(write(writer, "two", 3) == 3);
  std::this_thread::sleep_for(50ms);
  close(writer);
  CHECK(reading.get()->text.view() == "onetwo");
}

TEST_CASE("a read that never ends is ended by cancel") {
  Stage stage;
  REQUIRE(mkfifo(stage.at("pipe").c_str(), 0600) == 0);
  int writer = open(stage.at("pipe").c_str(), O_RDWR);
  auto reading = ask(*stage.host, "host.read", {text_of(stage.at("pipe"))}, 9);
  std::this_thread::sleep_for(20ms);
  stage.host->cancel(9);
  CHECK(failure_of(reading.get()) == "Killed: cancelled");
  close(writer);
}

TEST_CASE("write replaces a file and keeps its mode; other names and links are written through") {
  Stage stage;
  std::string path = stage.at("f");
  CHECK(failure_of(stage.call("host.write", {path, "first"})) == "");
  CHECK(stage.read(path) == "first");
  REQUIRE(chmod(path.c_str(), 0640) == 0);
  CHECK(failure_of(stage.call("host.write", {path, ""})) == "");
  CHECK(stage.read(path) == "");
  struct stat status{};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
  REQUIRE(symlink("f", stage.at("link").c_str()) == 0);
  REQUIRE(link(path.c_str(), stage.at("second").c_str()) == 0);
  CHECK(failure_of(stage.call("host.write", {stage.at("link"), "through"})) == "");
  CHECK(stage.read(stage.at("second")) == "through");
  CHECK(texts_of(stage.call("host.list", {stage.at("*")})).size() == 3);         // nothing left behind
}

TEST_CASE("writes that fail leave what was there") {
  Stage stage;
  CHECK(failure_of(stage.call("host.write", {"/dev/full", "x"})) == "IoError: cannot write /dev/full: No space left on device");
  CHECK(failure_of(stage.call("host.write", {stage.at("no/such"), "x"})).starts_with("NotFound: cannot write"));
  CHECK(failure_of(stage.call("host.write", {stage.folder, "x"})).starts_with("IoError: cannot write"));
}

TEST_CASE("lists are sorted by bytes and hold no folders") {
  Stage stage;
  for (const char* name : {"b.txt", "a.txt", "B.txt", "c.md", "z.txt"}) stage.make(name, "");
  REQUIRE(mkdir(stage.at("d.txt").c_str(), 0700) == 0);
  CHECK(texts_of(stage.call("host.list", {stage.at("*.txt")})) ==
        std::vector<std::string>{stage.at("B.txt"), stage.at("a.txt"), stage.at("b.txt"), stage.at("z.txt")});
  CHECK(texts_of(stage.call("host.list", {stage.at("{c,a}.*")})) == std::vector<std::string>{stage.at("a.txt"), stage.at("c.md")});
  CHECK(texts_of(stage.call("host.list", {stage.at("none*")})).empty());
  CHECK(texts_of(stage.call("host.list", {"/no/such/folder/*.txt"})).empty());
  CHECK(texts_of(stage.call("host.list", {stage.at("c.md")})) == std::vector<std::string>{stage.at("c.md")});
  CHECK(failure_of(stage.call("host.list", {stage.at("none")})).starts_with("NotFound: cannot find"));
}

TEST_CASE("exists and env") {
  Stage stage;
  CHECK(stage.call("host.exists", {stage.folder})->integer == 1);
  CHECK(stage.call("host.exists", {stage.at("none")})->integer == 0);
  setenv("M31_TEST_VARIABLE", "its value", 1);
  CHECK(stage.call("host.env", {"M31_TEST_VARIABLE", "default"})->text.view() == "its value");
  CHECK(stage.call("host.env", {"M31_TEST_NO_VARIABLE", "default"})->text.view() == "default");
}

TEST_CASE("thousands of calls at once are all answered") {
  Stage stage;
  stage.make("f", "text");
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 5000; ++i) replies.push_back(ask(*stage.host, "host.read", {text_of(stage.at("f"))}, i));
  int good = 0;
  for (auto& reply : replies) good += reply.get()->text.view() == "text";
  CHECK(good == 5000);
}
