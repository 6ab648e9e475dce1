#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "tests/runtime/drivers/driver_stage.h"

using namespace m31;
using namespace m31::runtime;
using namespace m31::runtime::test;
using namespace std::chrono_literals;

namespace {

struct Archives {
  std::string folder = "/tmp/m31_archives_XXXXXX";
  Archives() {
    REQUIRE(mkdtemp(folder.data()));
    REQUIRE(std::system(("/usr/bin/python3 " M31_SOURCE_DIR "/tests/runtime/drivers/make_archives.py " + folder).c_str()) == 0);
  }
  ~Archives() {
    if (std::system(("rm -rf " + folder).c_str()) != 0) std::perror("rm");
  }
  data::Datum operator[](const char* name) const {
    std::ifstream in(folder + "/" + name, std::ios::binary);
    return text_of(std::string(std::istreambuf_iterator<char>(in), {}));
  }
};

const Archives& archives() {
  static Archives made;
  return made;
}

struct Stage {
  IoThread io;
  std::shared_ptr<ParseClient> parsers;
  std::unique_ptr<Driver> jam, http;

  explicit Stage(ParseLimits limits = {}, std::string helper = options_of_build().parse_helper)
      : parsers(std::make_shared<ParseClient>(io, helper, limits)),
        jam(make_jam_driver(io, parsers)),
        http(make_http_driver(io, options_of_build(), parsers)) {}

  Reply unzip(const char* name) { return ask(*jam, "jam.unzip", {archives()[name]}).get(); }
  std::string text(const char* operation, const char* name) {
    Reply reply = ask(*jam, operation, {archives()[name]}).get();
    return reply ? std::string(reply->text.view()) : failure_of(reply);
  }
  Reply links(std::string_view url, std::string_view html) {
    return ask(*http, "http.urls",
               {data::Datum::of_items({text_of(url), data::Datum::of_int(200), text_of("text/html"), text_of(html)})}).get();
  }
};

}  // namespace

TEST_CASE("the files of a zip come one after the other, a newline between where there is none") {
  Stage stage;
  CHECK(stage.text("jam.unzip", "two.zip") == std::string("first\nsecond\nc\xc5\x93ur\0", 19));
  CHECK(stage.text("jam.unzip", "stored.zip") == "as it is");
  CHECK(stage.text("jam.unzip", "empty.zip") == "");
  CHECK(stage.text("jam.unzip", "repeated.zip").size() == 20'000'000);
}

TEST_CASE("links in archives are not files") {
  Stage stage;
  CHECK(stage.text("jam.unzip", "link.zip") == "text\n");
}

TEST_CASE("the files of a zip by name") {
  Stage stage;
  Reply files = ask(*stage.jam, "jam.files", {archives()["two.zip"]}).get();
  CHECK(texts_of(files) == std::vector<std::string>{"b.txt", "first", "a.txt", "second\n", "c.txt", std::string("c\xc5\x93ur\0", 6)});
  CHECK(failure_of(ask(*stage.jam, "jam.files", {archives()["same-name.zip"]}).get()) == "BadData: two files in the archive are named 'a'");
}

TEST_CASE("gzip: all members, padding ignored") {
  Stage stage;
  CHECK(stage.text("jam.gunzip", "one.gz") == "one\ntwo");
}

TEST_CASE("damaged, cut off and other data are BadData") {
  Stage stage;
  for (const char* name : {"truncated.zip", "damaged.zip", "one.gz"}) {
    CAPTURE(name);
    CHECK(failure_of(stage.unzip(name)).starts_with("BadData: "));
  }
  for (const char* name : {"truncated.gz", "damaged.gz", "two.zip"}) {
    CAPTURE(name);
    CHECK(stage.text("jam.gunzip", name).starts_with("BadData: "));
  }
  CHECK(failure_of(ask(*stage.jam, "jam.unzip", {text_of("")}).get()).starts_with("BadData: "));
  CHECK(failure_of(ask(*stage.jam, "jam.gunzip", {text_of("")}).get()).starts_with("BadData: "));
  CHECK(stage.text("jam.unzip", "stored.zip") == "as it is");
  CHECK(helpers_of(stage.io, *stage.parsers).size() == 1);        // none of this cost the helper its life
}

TEST_CASE("bombs are bounded") {
  Stage stage;
  CHECK(failure_of(stage.unzip("bomb.zip")).find("bomb") != std::string::npos);
  CHECK(failure_of(stage.unzip("many.zip")) == "BadData: the archive has 70000 entries; at most 65536 are read");
  CHECK(stage.text("jam.gunzip", "bomb.gz").starts_with("BadData: "));
  Stage narrow({.payload_bytes_max = 1000});
  CHECK(failure_of(narrow.unzip("repeated.zip")).find("larger than") != std::string::npos);
  CHECK(narrow.text("jam.unzip", "stored.zip") == "as it is");
}

TEST_CASE("input beyond its limit is not even sent") {
  Stage stage({.input_bytes_max = 10});
  CHECK(failure_of(stage.unzip("two.zip")).starts_with("BadData: the archive has"));
  CHECK(helpers_of(stage.io, *stage.parsers).empty());
}

TEST_CASE("links of a page: absolute, once, in order, without fragments") {
  Stage stage;
  auto links = stage.links("http://h/dir/page",
                           "<A HREF='b.zip'>1</A><area href=/c?x=1&amp;y=2><a href=\"b.zip#part\">again</a><a href='mailto:x@y'>no</a>"
                           "<a name=x>none</a><template><a href=inert></a></template><a href='//o/p'>p</a><link href=style.css>"
                           "<a href='HTTPS://S:443/t'>t");
  CHECK(texts_of(links) == std::vector<std::string>{"http://h/dir/b.zip", "http://h/c?x=1&y=2", "http://o/p", "https://s/t"});
}

TEST_CASE("the first base with an address counts, for all links") {
  Stage stage;
  auto links = stage.links("http://h/dir/page", "<a href=x>x</a><base target=_top><base href='../other/'><base href='/no/'><a href=y>y</a>");
  CHECK(texts_of(links) == std::vector<std::string>{"http://h/other/x", "http://h/other/y"});
}

TEST_CASE("what is no page has no links; a page without address is BadData") {
  Stage stage;
  for (std::string_view text : {std::string_view(""), std::string_view("PK\3\4\0\0 <<<<a href", 18), std::string_view("\xff\xfe\0<", 4)})
    CHECK(texts_of(stage.links("http://h/", text)).empty());
  CHECK(failure_of(stage.links("nonsense", "<a href=x>")).starts_with("BadData: the page's address 'nonsense'"));
}

TEST_CASE("a page tens of thousands deep is read") {
  Stage stage;
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "<div>";
  deep += "<a href=/deep>deep</a>";
  CHECK(texts_of(stage.links("http://h/", deep)) == std::vector<std::string>{"http://h/deep"});
  CHECK(stage.links("http://h/", "<a href=x>")->items.size() == 1);
}

TEST_CASE("a deadline ends the job and its helper; the next job gets another") {
  Stage stage({.deadline = 50ms, .helpers_max = 1});
  std::string slow;                                         // quadratic work
  for (int i = 0; i < 60'000; ++i) slow += "<div><p>";
  auto failure = failure_of(stage.links("http://h/", slow));
  CHECK(failure == "Timeout: the page was not parsed within 50 ms; its parser was stopped");
  CHECK(helpers_of(stage.io, *stage.parsers).empty());
  Stage patient({.helpers_max = 1});
  CHECK(patient.text("jam.unzip", "stored.zip") == "as it is");
}

TEST_CASE("a helper killed in the middle of a job: its caller gets an error, others go on") {
  Stage stage({.deadline = 30s, .helpers_max = 2});
  std::string slow;
  for (int i = 0; i < 60'000; ++i) slow += "<div><p>";
  auto page = data::Datum::of_items({text_of("http://h/"), data::Datum::of_int(200), text_of(""), text_of(slow)});
  auto doomed = ask(*stage.http, "http.urls", {page});
  std::vector<pid_t> helpers;
  while (helpers.empty()) helpers = helpers_of(stage.io, *stage.parsers);
  CHECK(stage.text("jam.unzip", "stored.zip") == "as it is");           // the other helper
  REQUIRE(doomed.wait_for(0s) == std::future_status::timeout);
  kill(helpers[0], SIGKILL);
  CHECK(failure_of(doomed.get()).starts_with("BadData: the page could not be parsed: its parser ended with signal 9"));
  for (int i = 0; i < 4; ++i) CHECK(stage.text("jam.unzip", "two.zip").size() == 19);
}

TEST_CASE("a helper killed while idle is replaced without anybody noticing") {
  Stage stage;
  CHECK(stage.text("jam.unzip", "stored.zip") == "as it is");
  auto before = helpers_of(stage.io, *stage.parsers);
  REQUIRE(before.size() == 1);
  kill(before[0], SIGKILL);
  std::this_thread::sleep_for(20ms);
  CHECK(stage.text("jam.unzip", "stored.zip") == "as it is");
  auto after = helpers_of(stage.io, *stage.parsers);
  REQUIRE(after.size() == 1);
  CHECK(after != before);
}

TEST_CASE("the helper is kept and has one descriptor for us, two for nothing") {
  Stage stage;
  stage.unzip("stored.zip");
  auto first = helpers_of(stage.io, *stage.parsers);
  for (int i = 0; i < 10; ++i) stage.unzip("stored.zip");
  CHECK(helpers_of(stage.io, *stage.parsers) == first);
  REQUIRE(first.size() == 1);
  // /proc/PID/fd is closed to us (the helper is not dumpable) unless we are root.
  std::string listing = "/tmp/m31_fds_" + std::to_string(first[0]);
  REQUIRE(std::system(("ls /proc/" + std::to_string(first[0]) + "/fd > " + listing + " 2>/dev/null || :").c_str()) == 0);
  std::ifstream in(listing);
  std::vector<std::string> fds(std::istream_iterator<std::string>(in), {});
  std::remove(listing.c_str());
  if (!fds.empty()) CHECK(fds == std::vector<std::string>{"0", "1", "2"});
}

TEST_CASE("the helper has given up what it does not need") {
  Stage stage;
  stage.unzip("stored.zip");
  auto helpers = helpers_of(stage.io, *stage.parsers);
  REQUIRE(helpers.size() == 1);
  CHECK(getpgid(helpers[0]) == helpers[0]);                // Ctrl-C at the terminal is not for it
  std::ifstream in("/proc/" + std::to_string(helpers[0]) + "/status");
  std::string status(std::istreambuf_iterator<char>(in), {});
  CHECK(status.find("NoNewPrivs:\t1") != std::string::npos);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(status.find("Seccomp:\t2") != std::string::npos);
#endif
}

TEST_CASE("a cancelled job ends at once, waiting or running; the others are done") {
  Stage stage({.deadline = 30s, .helpers_max = 1});
  std::string slow;
  for (int i = 0; i < 60'000; ++i) slow += "<div><p>";
  auto page = data::Datum::of_items({text_of("http://h/"), data::Datum::of_int(200), text_of(""), text_of(slow)});
  auto running = ask(*stage.http, "http.urls", {page}, 7);
  auto waiting = ask(*stage.jam, "jam.unzip", {archives()["two.zip"]}, 8);
  auto other = ask(*stage.jam, "jam.unzip", {archives()["stored.zip"]}, 9);
  while (helpers_of(stage.io, *stage.parsers).empty()) {
  }
  auto began = std::chrono::steady_clock::now();
  stage.jam->cancel(8);
  CHECK(failure_of(waiting.get()) == "Killed: cancelled");
  stage.http->cancel(7);
  CHECK(failure_of(running.get()) == "Killed: cancelled");
  CHECK(other.get()->text.view() == "as it is");
  CHECK(std::chrono::steady_clock::now() - began < 5s);
}

TEST_CASE("no helper, or one that is none: an error value that names it") {
  Stage none({}, "/no/such/m31-parse");
  CHECK(failure_of(none.unzip("stored.zip")) ==
        "IoError: cannot start /no/such/m31-parse, which parses what comes from outside: No such file or directory");
  Stage quits({}, "/bin/true");
  CHECK(failure_of(quits.unzip("stored.zip")).starts_with("BadData: the archive could not be parsed: its parser ended with status 0"));
  Stage babbles({.deadline = 2s}, "/bin/cat");
  CHECK_FALSE(failure_of(babbles.unzip("stored.zip")).empty());
}

TEST_CASE("jobs that wait when the node stops are answered") {
  std::vector<std::future<Reply>> replies;
  {
    Stage stage({.deadline = 30s, .helpers_max = 2});
    std::string slow;
    for (int i = 0; i < 60'000; ++i) slow += "<div><p>";
    auto page = data::Datum::of_items({text_of("http://h/"), data::Datum::of_int(200), text_of(""), text_of(slow)});
    for (int i = 0; i < 10; ++i) replies.push_back(ask(*stage.http, "http.urls", {page}, i));
    while (helpers_of(stage.io, *stage.parsers).size() < 2) {
    }
  }
  for (auto& reply : replies) CHECK(failure_of(reply.get()).starts_with("Killed: "));
}

TEST_CASE("random damage to archives never gives more than an error") {
  unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  Stage stage;
  std::string good(archives()["two.zip"].text.view()), packed(archives()["one.gz"].text.view());
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 400; ++i) {
    std::string bad = i % 2 ? good : packed;
    for (unsigned n = 1 + random() % 4; n > 0; --n) bad[random() % bad.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bad.resize(random() % bad.size());
    replies.push_back(ask(*stage.jam, i % 2 ? (i % 4 == 1 ? "jam.unzip" : "jam.files") : "jam.gunzip", {text_of(bad)}));
  }
  int failed = 0;
  for (auto& reply : replies) {
    Reply got = reply.get();
    if (!got) CHECK(got.error().kind == "BadData");
    failed += !got;
  }
  CHECK(failed > 50);
}
