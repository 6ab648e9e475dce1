// A suspended fibril goes on in a separately started process, which gets its code as compact AST, checks it and
// compiles it again.
#include "runtime/nucleus_peer.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>

#include "kernel/types/program.h"
#include "tests/runtime/conversation.h"

using namespace m31;
using namespace m31::runtime;

namespace {

const std::string peer_program = std::string(M31_BUILD_DIR) + "/m31sh";

struct Compiled final : CodeSource {
  types::Program program;
  code::Code code;
  const core::FnInstance* cell = nullptr;
  int bundles = 0;
  bool lies = false;

  explicit Compiled(std::string text) {
    auto checked = program.check(std::make_shared<const syntax::Source>("<test>", std::move(text)), {});
    REQUIRE(checked.ok());
    cell = checked.cell;
  }
  std::string bundle(std::string_view identity) override {
    ++bundles;
    const code::FnCode* found = code.find(identity);
    return found ? program.bundle(*found->instance) : std::string();
  }
  const code::FnCode* find(std::string_view identity) override { return code.find(identity); }
  std::string listing(std::string_view) override { return {}; }
};

}  // namespace

TEST_CASE("a fibril's legs run in another process and its state comes back", "[nucleus_peer]") {
  Compiled compiled("fn add(xs: List[Int], n: Int) -> Int: xs[0] + n\n"
                    "total = 0\nxs = [1]\nfor i in 0..200: total = total + add(xs, i)\ntotal");
  auto peer = NucleusPeer::start(peer_program);
  REQUIRE(peer);
  vm::Fibril* fibril = vm::make_fibril(compiled.code.generate(compiled.cell), {});
  int legs = 0;
  while (peer->run(fibril, 20, compiled) == NucleusPeer::Leg::yielded) ++legs;
  CHECK(legs > 5);
  CHECK(compiled.bundles >= 1);

  struct NoHost final : vm::Host {
    vm::HostStatus make_channel(vm::HostCall&, std::uint32_t) override { return vm::HostStatus::blocked; }
    vm::HostStatus send(vm::HostCall&) override { return vm::HostStatus::blocked; }
    vm::HostStatus receive(vm::HostCall&) override { return vm::HostStatus::blocked; }
    vm::HostStatus close(vm::HostCall&) override { return vm::HostStatus::blocked; }
    vm::HostStatus spawn(vm::HostCall&, const code::FnCode*) override { return vm::HostStatus::blocked; }
    vm::HostStatus parent(vm::HostCall&, bool) override { return vm::HostStatus::blocked; }
    vm::HostStatus select(vm::HostCall&, std::uint32_t) override { return vm::HostStatus::blocked; }
    vm::HostStatus operation(vm::HostCall&, std::string_view) override { return vm::HostStatus::blocked; }
  } host;
  vm::RunStatus status = vm::RunStatus::yielded;
  while (status == vm::RunStatus::yielded) status = vm::run(*fibril, host, 1000);
  REQUIRE(status == vm::RunStatus::done);
  CHECK(data::equal(vm::result_datum(*fibril), data::Datum::of_int(20100)));
  vm::destroy(fibril);
}

#ifdef M31_TORMENT
namespace {

struct Setting {                       // of the environment, while it lives
  std::string name;
  Setting(std::string n, const std::string& value) : name(std::move(n)) { ::setenv(name.c_str(), value.c_str(), 1); }
  ~Setting() { ::unsetenv(name.c_str()); }
};

const char* programs[][2] = {
    {"fn work(n: Int): n * n\nprint(sys.gather([sys.spawn(work, [n]) for n in 0..10]))", "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]\n"},
    {"fn echo():\n  while True:\n    n: Int = PARENT.recv()\n    if n == 0: break\n    PARENT.send(n * 2)\n"
     "s, r = sys.spawn(echo, [])\ntotal = 0\nfor n in 1..=10:\n  s.send(n)\n  total += r.recv()\ns.send(0)\nprint(total)", "110\n"},
    {"fn child(n: Int):\n  s, r = chan(String, 2)\n  s.send(\"n\\(n)\")\n  PARENT.send(r.recv() + \"!\")\n"
     "cs = [sys.spawn(child, [n]) for n in 0..5]\nprint(cs | map(c => c[1].recv()))",
     "[\"n0!\", \"n1!\", \"n2!\", \"n3!\", \"n4!\"]\n"},
};

}  // namespace

TEST_CASE("programs give the same when every leg runs in another process", "[nucleus_peer]") {
  Setting peer("M31_TORMENT_PEER", peer_program);
  for (const auto& [text, expected] : programs) {
    auto c = Conversation::alone();
    CHECK(c.eval(text) == Outcome::ok);
    INFO(text << c.error << c.diagnostics);
    CHECK(c.output == expected);
  }
}

TEST_CASE("programs give the same when their fibrils die and are started again", "[nucleus_peer]") {
  for (int seed = 1; seed <= 20; ++seed) {
    Setting kill("M31_TORMENT_KILL", std::to_string(seed));
    Setting delay("M31_TORMENT_DELAY", std::to_string(seed));
    for (const auto& [text, expected] : programs) {
      auto c = Conversation::alone();
      INFO("seed " << seed << "\n" << text);
      CHECK(c.eval(text) == Outcome::ok);
      CHECK(c.output == expected);
    }
  }
}
#endif
