// The steps of a channel, without threads, fibrils or heaps: a home that counts what it is told.
#include "runtime/channel.h"

#include <catch2/catch.hpp>
#include <deque>
#include <memory>
#include <random>
#include <vector>

using namespace m31::runtime;

namespace {

struct CountingHome final : ChannelHome {
  int lasts = 0, elsewhere = 0;
  void retained_elsewhere(Channel& channel, bool sender) override { channel.retain_elsewhere(sender); }
  void dropped(Channel& channel, bool sender) override { lasts += channel.drop_here(sender); }
  void dropped_elsewhere(Channel&, bool) override { ++elsewhere; }
};

// A channel with one end of each kind held, on a home that is this thread's.
struct Fixture {
  CountingHome home;
  Channel channel;
  explicit Fixture(std::uint32_t capacity) : channel(&home, 7, capacity, false) {
    this_home = &home;
    channel.sender_end.retain();
    channel.receiver_end.retain();
  }
  ~Fixture() {
    std::uint64_t value;
    bool reference;
    while (channel.next_sender() || channel.next_receiver()) {}
    while (channel.take_queued(value, reference)) {}
    this_home = nullptr;
  }
  Waiter waiter(bool sends, std::uint64_t value = 0) {
    Waiter w;
    w.channel = &channel;
    w.sends = sends;
    w.value = value;
    return w;
  }
};

}  // namespace

TEST_CASE("a rendezvous hands the message over, whoever came first", "[channel]") {
  Fixture f(0);
  Waiter* other = nullptr;
  std::uint64_t value = 0;

  Waiter receiver = f.waiter(false);
  CHECK(f.channel.begin_receive(value, other) == ReceiveStep::wait);
  f.channel.wait(receiver);
  CHECK(f.channel.begin_send(other) == SendStep::hand_over);
  CHECK(other == &receiver);

  Waiter sender = f.waiter(true, 42);
  CHECK(f.channel.begin_send(other) == SendStep::wait);
  f.channel.wait(sender);
  CHECK(f.channel.begin_receive(value, other) == ReceiveStep::got);
  CHECK(value == 42);
  CHECK(other == &sender);
}

TEST_CASE("a buffer pushes back when full and lets one in for one out, in order", "[channel]") {
  Fixture f(2);
  Waiter* other = nullptr;
  for (std::uint64_t i = 0; i < 2; ++i) {
    REQUIRE(f.channel.begin_send(other) == SendStep::store);
    f.channel.store(i);
  }
  Waiter third = f.waiter(true, 2), fourth = f.waiter(true, 3);
  REQUIRE(f.channel.begin_send(other) == SendStep::wait);
  f.channel.wait(third);
  REQUIRE(f.channel.begin_send(other) == SendStep::wait);
  f.channel.wait(fourth);

  std::uint64_t value = 0;
  Waiter* freed[] = {&third, &fourth, nullptr, nullptr};
  for (std::uint64_t i = 0; i < 4; ++i) {
    REQUIRE(f.channel.begin_receive(value, other) == ReceiveStep::got);
    CHECK(value == i);
    CHECK(other == freed[i]);
  }
  CHECK(f.channel.begin_receive(value, other) == ReceiveStep::wait);
}

TEST_CASE("a channel without receivers is closed to senders", "[channel]") {
  Fixture f(4);
  Waiter* other = nullptr;
  f.channel.receiver_end.drop();
  CHECK(f.home.lasts == 1);
  CHECK(f.channel.begin_send(other) == SendStep::closed);
}

TEST_CASE("a channel without senders drains, tells the error once, then has ended", "[channel]") {
  Fixture f(4);
  Waiter* other = nullptr;
  std::uint64_t value = 0;
  f.channel.store(1);
  f.channel.fail(99);
  f.channel.sender_end.drop();
  CHECK(f.channel.begin_receive(value, other) == ReceiveStep::got);
  CHECK(value == 1);
  CHECK(f.channel.begin_receive(value, other) == ReceiveStep::failed);
  CHECK(value == 99);
  CHECK(f.channel.begin_receive(value, other) == ReceiveStep::ended);
  CHECK(f.channel.begin_receive(value, other) == ReceiveStep::ended);
}

TEST_CASE("who waits can withdraw from any place in the line", "[channel]") {
  for (int leaver = 0; leaver < 3; ++leaver) {
    Fixture f(0);
    Waiter line[3] = {f.waiter(false), f.waiter(false), f.waiter(false)};
    for (Waiter& w : line) f.channel.wait(w);
    f.channel.withdraw(line[leaver]);
    for (int i = 0; i < 3; ++i)
      if (i != leaver) CHECK(f.channel.next_receiver() == &line[i]);
    CHECK(f.channel.next_receiver() == nullptr);
  }
}

TEST_CASE("ends that were cloned elsewhere are not forgotten when those at home are gone", "[channel]") {
  Fixture f(0);
  CountingHome other;
  this_home = &other;
  f.channel.sender_end.retain();        // a clone on another processor
  f.channel.sender_end.retain();
  this_home = &f.home;
  f.channel.sender_end.drop();          // the home's own
  CHECK(f.home.lasts == 0);
  this_home = &other;
  f.channel.sender_end.drop();
  CHECK(other.elsewhere == 1);          // told by ring; the home hears of it:
  this_home = &f.home;
  f.home.dropped(f.channel, true);
  CHECK(f.home.lasts == 0);
  CHECK_FALSE(f.channel.is_closed());
  f.home.dropped(f.channel, true);
  CHECK(f.home.lasts == 1);
  CHECK(f.channel.is_closed());
}

TEST_CASE("random traffic keeps FIFO and loses nothing", "[channel]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (std::uint32_t capacity : {0u, 1u, 3u, 64u}) {
    std::vector<std::unique_ptr<Waiter>> all;   // outlive the channel they wait at
    Fixture f(capacity);
    std::deque<std::uint64_t> expected;   // sent, not yet received
    std::deque<Waiter*> receivers;
    std::uint64_t next = 0;
    for (int step = 0; step < 20'000; ++step) {
      Waiter* other = nullptr;
      if (random() % 2) {
        std::uint64_t message = next++;
        switch (f.channel.begin_send(other)) {
          case SendStep::hand_over:
            REQUIRE(expected.empty());
            REQUIRE(other == receivers.front());
            receivers.pop_front();
            continue;
          case SendStep::store: f.channel.store(message); break;
          case SendStep::wait:
            all.push_back(std::make_unique<Waiter>(f.waiter(true, message)));
            f.channel.wait(*all.back());
            break;
          case SendStep::closed: FAIL("closed");
        }
        expected.push_back(message);
      } else {
        std::uint64_t value = 0;
        switch (f.channel.begin_receive(value, other)) {
          case ReceiveStep::got:
            REQUIRE(value == expected.front());
            expected.pop_front();
            break;
          case ReceiveStep::wait:
            REQUIRE(expected.empty());
            all.push_back(std::make_unique<Waiter>(f.waiter(false)));
            f.channel.wait(*all.back());
            receivers.push_back(all.back().get());
            break;
          default: FAIL("ended");
        }
      }
    }
  }
}
