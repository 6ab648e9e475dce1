#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fcntl.h>

#include "tests/runtime/drivers/driver_stage.h"

using namespace m31;
using namespace m31::runtime;
using namespace m31::runtime::test;
using namespace std::chrono_literals;

namespace {

// fault_server.py as a process of its own; it ends with the pipe that is its stdin.
struct Server {
  pid_t pid = -1;
  int in = -1;
  std::string base;
  Server() {
    int to[2], from[2];
    REQUIRE(pipe2(to, O_CLOEXEC) == 0);
    REQUIRE(pipe2(from, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    const char* arguments[] = {"python3", M31_SOURCE_DIR "/tests/runtime/drivers/fault_server.py", nullptr};
    REQUIRE(posix_spawn(&pid, "/usr/bin/python3", &actions, nullptr, const_cast<char**>(arguments), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(to[0]);
    close(from[1]);
    in = to[1];
    FILE* out = fdopen(from[0], "r");
    int port = 0;
    REQUIRE(std::fscanf(out, "%d", &port) == 1);
    std::fclose(out);
    base = "//127.0.0.1:" + std::to_string(port);
  }
  ~Server() {
    close(in);
    waitpid(pid, nullptr, 0);
  }
};

const std::string& base() {
  static Server server;
  return server.base;
}

struct Stage {
  IoThread io;
  std::unique_ptr<Driver> http;
  explicit Stage(NodeOptions options = options_of_build())
      : http(make_http_driver(io, options, make_parse_client(io, options))) {}

  std::future<Reply> start(const std::string& path, std::uint64_t fibril = 1) {
    return ask(*http, "http.req", {text_of(path.starts_with("/") && !path.starts_with("//") ? base() + path : path)}, fibril);
  }
  Reply get(const std::string& path) { return start(path).get(); }
  std::string body(const std::string& path) {
    Reply reply = get(path);
    return reply ? std::string(reply->items[3].text.view()) : failure_of(reply);
  }
};

NodeOptions with_timeout(std::uint32_t timeout_ms) {
  NodeOptions options = options_of_build();
  options.http_timeout_ms = timeout_ms;
  return options;
}

int closed_port() {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

TEST_CASE("an answer has address, status, type without parameters, and all bytes") {
  Stage stage;
  Reply reply = stage.get("/ok");
  REQUIRE(failure_of(reply) == "");
  REQUIRE(reply->items.size() == 4);
  CHECK(reply->items[0].text.view() == "http:" + base() + "/ok");
  CHECK(reply->items[1].integer == 200);
  CHECK(reply->items[2].text.view() == "text/plain");
  CHECK(reply->items[3].text.view() == std::string_view("fine\0bytes", 10));
  Reply empty = stage.get("/empty");
  REQUIRE(failure_of(empty) == "");
  CHECK(empty->items[2].text.view() == "");
  CHECK(empty->items[3].text.view() == "");
}

TEST_CASE("redirects are followed, and the address is where they lead, without fragment") {
  Stage stage;
  Reply reply = stage.get("/here");
  REQUIRE(failure_of(reply) == "");
  CHECK(reply->items[0].text.view() == "http:" + base() + "/page");
  Reply links = ask(*stage.http, "http.urls", {*reply}).get();
  CHECK(texts_of(links) == std::vector<std::string>{"http:" + base() + "/ok", "http:" + base() + "/x.zip"});
}

TEST_CASE("packed bodies are unpacked") {
  Stage stage;
  CHECK(stage.body("/gzip").size() == 7000);
}

TEST_CASE("a status of 400 and more is an HttpError with its number") {
  Stage stage;
  Reply reply = stage.get("/none");
  CHECK(failure_of(reply) == "HttpError: http:" + base() + "/none answered 404 Not Found");
  CHECK(reply.error().code == 404);
}

TEST_CASE("a refused connection, an unknown host") {
  Stage stage;
  std::string closed = "//127.0.0.1:" + std::to_string(closed_port()) + "/";
  Reply refused = stage.get(closed);
  CHECK(failure_of(refused).starts_with("IoError: http:" + closed + " cannot be reached: Connection refused; is a server running there?"));
  CHECK(refused.error().code == ECONNREFUSED);
  CHECK(failure_of(stage.get("http://no-such-host.invalid/")).starts_with("IoError: http://no-such-host.invalid/ cannot be reached"));
}

TEST_CASE("a redirect loop, and one that leaves the web") {
  Stage stage;
  CHECK(failure_of(stage.get("/loop")).find("redirects too often (at most 10 times)") != std::string::npos);
  CHECK(failure_of(stage.get("/to-file")).starts_with("HttpError: "));
}

TEST_CASE("an answer that does not come in time") {
  Stage stage(with_timeout(200));
  auto began = std::chrono::steady_clock::now();
  CHECK(failure_of(stage.get("/slow")).starts_with("Timeout: http:" + base() + "/slow did not answer within 200 ms"));
  CHECK(std::chrono::steady_clock::now() - began < 4s);
}

TEST_CASE("bodies beyond the limit: stated, endless, packed") {
  NodeOptions options = options_of_build();
  options.http_body_bytes_max = 1 << 20;
  Stage stage(options);
  for (const char* path : {"/stated-large", "/endless", "/gzip-bomb"}) {
    CAPTURE(path);
    CHECK(failure_of(stage.get(path)).find(" sends more than 1048576 bytes") != std::string::npos);
  }
  CHECK(stage.body("/ok").size() == 10);
}

TEST_CASE("answers that are cut off or no HTTP") {
  Stage stage;
  for (const char* path : {"/cut-off", "/garbage", "/hang-up"}) {
    CAPTURE(path);
    std::string failure = failure_of(stage.get(path));
    CAPTURE(failure);
    CHECK((failure.starts_with("HttpError: ") || failure.starts_with("IoError: ")));
  }
}

TEST_CASE("addresses that are none") {
  Stage stage;
  CHECK(failure_of(stage.get("nonsense")) == "HttpError: 'nonsense' cannot be fetched: it does not begin with https:// or //");
  CHECK(failure_of(stage.get("file:///etc/passwd")) ==
        "HttpError: 'file:///etc/passwd' cannot be fetched: only http and https are spoken here, not file");
  CHECK(failure_of(ask(*stage.http, "http.req", {}).get()).starts_with("Unknown: "));
  CHECK(failure_of(ask(*stage.http, "http.nothing", {text_of("x")}).get()).starts_with("Unknown: "));
  CHECK(failure_of(ask(*stage.http, "http.urls", {text_of("x")}).get()).starts_with("Unknown: "));
}

TEST_CASE("connections are used again") {
  Stage stage;
  stage.get("/ok");
  int before = std::stoi(stage.body("/connections"));
  for (int i = 0; i < 20; ++i) stage.get("/ok");
  CHECK(std::stoi(stage.body("/connections")) == before);
}

TEST_CASE("a thousand requests at once all come, at most 16 at a time, faults among them") {
  Stage stage;
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 1000; ++i) replies.push_back(stage.start(i % 10 == 3 ? "/none" : i % 10 == 7 ? "/cut-off" : "/ok", i));
  int good = 0;
  for (auto& reply : replies) good += reply.get().has_value();
  CHECK(good == 800);
  CHECK(std::stoi(stage.body("/most")) <= 16);
}

TEST_CASE("slow answers do not hold up each other") {
  Stage stage;
  auto began = std::chrono::steady_clock::now();
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 16; ++i) replies.push_back(stage.start("/delay/300", i));
  for (auto& reply : replies) CHECK(reply.get().has_value());
  CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("cancel ends a request on its way and one that waits, no other") {
  Stage stage;
  std::vector<std::future<Reply>> slow;
  for (int i = 0; i < 15; ++i) slow.push_back(stage.start("/slow", 5));
  auto kept = stage.start("/delay/400", 7);
  auto waiting = stage.start("/ok", 6);
  auto began = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(100ms);
  stage.http->cancel(6);
  stage.http->cancel(5);
  CHECK(failure_of(waiting.get()) == "Killed: cancelled");
  for (auto& reply : slow) CHECK(failure_of(reply.get()) == "Killed: cancelled");
  CHECK(kept.get().has_value());
  CHECK(std::chrono::steady_clock::now() - began < 4s);
  CHECK(stage.body("/ok").size() == 10);
}

TEST_CASE("requests on their way when the node stops are answered") {
  std::vector<std::future<Reply>> replies;
  {
    Stage stage;
    stage.get("/ok");
    for (int i = 0; i < 40; ++i) replies.push_back(stage.start("/slow", i));
    std::this_thread::sleep_for(50ms);
  }
  for (auto& reply : replies) CHECK(failure_of(reply.get()).starts_with("Killed: "));
}

TEST_CASE("no plugin: an error value that says so") {
  NodeOptions options = options_of_build();
  options.plugin_directory = "/no/such/folder";
  Stage stage(options);
  CHECK(failure_of(stage.get("/ok")).starts_with("IoError: cannot load what speaks HTTP: /no/such/folder/m31_http.so"));
  CHECK(failure_of(stage.get("/ok")).starts_with("IoError: cannot load"));
}

TEST_CASE("two nodes of one process have a client each") {
  Stage one, two;
  auto first = one.start("/delay/50"), second = two.start("/delay/50");
  CHECK(first.get().has_value());
  CHECK(second.get().has_value());
}
