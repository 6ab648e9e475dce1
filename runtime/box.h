// Box: what a sandbox is while it lives: which capabilities the code in it holds, and how much it may use up. A box made in another
// one grants no more than that does, and what runs in it is charged to both.
//
// Each fibril knows the box it runs in (none: the session itself) and hands it down to its children; every act that leaves a fibril
// is asked of it here. Enforced by the host, outside the interpreter: a loop in a box runs the same instructions as one that is in none.
//
// Counted by handles, fibrils, channels and the boxes in it; any thread. What is used is counted by atomics: two processors that charge
// at the same moment may together be one act over a limit, never more.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/vm/value.h"

namespace m31::runtime {

// In the order of sandbox.make's arguments (kernel/types/sandbox.cc).
enum class Resource : std::uint8_t {
  memory,      // bytes in the heaps of its fibrils, and in buffers that they hold
  time,        // of processors, ns
  wall,        // since it was made, ns
  stack,       // bytes, of each fibril
  fibrils,     // alive
  channels,    // alive
  messages,    // sent, ever
  store,       // bytes written, ever
  output,      // bytes printed, ever
};
inline constexpr std::size_t resource_count = 9;
inline constexpr std::int64_t no_limit = -1;

class Box final : public vm::HostObject {
 public:
  static constexpr unsigned depth_max = 64;

  // With one count. `around` may be null. limits[i]: of Resource i, or no_limit. `granted`: names, sorted.
  Box(Box* around, std::vector<std::string> granted, std::span<const std::int64_t, resource_count> limits, std::uint64_t now_ns);

  void retain() override { count_.fetch_add(1, std::memory_order_relaxed); }
  void drop() override;
  std::uint64_t identity() const override { return id_; }
  std::uint8_t role() const override { return static_cast<std::uint8_t>(vm::HandleRole::sandbox); }

  bool is_inside(const Box& other) const;                // or the same
  unsigned depth() const { return depth_; }
  // Empty, or why this capability cannot be used here.
  std::string refusal(std::string_view capability) const;
  void revoke() { revoked_.store(true, std::memory_order_relaxed); }
  bool is_revoked() const;                               // this one or one around it

  // Charges this box and those around it. Gives the innermost that would be over its limit, and charges nothing then.
  const Box* take(Resource resource, std::int64_t amount);
  void give(Resource resource, std::int64_t amount);
  void charge(Resource resource, std::int64_t amount);   // what cannot be refused any more
  Box* exceeded(Resource resource);          // by what was charged; null: none
  std::int64_t left(Resource resource) const;            // the least of all; INT64_MAX without a limit
  std::int64_t least(Resource resource) const;           // the least limit of all; likewise
  // "the sandbox's limit of 64 MB of memory is used up"
  std::string describe(Resource resource) const;
  // Of the least limit of all, as describe() says it; live as long as the box. Empty without a limit.
  const std::string& memory_message() const { return memory_message_; }
  const std::string& stack_message() const { return stack_message_; }

  // Ends what runs in it: from now on is_over, with this reason. The first counts.
  void end(std::string kind, std::string message);
  const Box* over() const;                               // this one or one around it that was ended; null: none
  std::string end_kind() const { return end_kind_; }     // REQUIRES: it was ended
  std::string end_message() const { return end_message_; }
  std::uint64_t own_wall_end_ns() const { return made_ns_ + static_cast<std::uint64_t>(limits_[static_cast<std::size_t>(Resource::wall)]); }

 private:
  ~Box() = default;
  std::string message_of(Resource resource, std::string Box::*inherited) const;

  std::atomic<std::uint64_t> count_{1};
  const std::uint64_t id_;
  Box* const around_;
  const unsigned depth_;
  const std::vector<std::string> granted_;
  std::array<std::int64_t, resource_count> limits_;
  std::array<std::atomic<std::int64_t>, resource_count> used_{};
  const std::uint64_t made_ns_;
  std::string memory_message_, stack_message_;
  std::atomic<bool> revoked_{false}, over_{false};
  std::mutex end_mutex_;                                 // guards the writing of:
  std::string end_kind_, end_message_;                   // fixed before over_ is set
};

// Keeps it while others may still ask.
inline std::shared_ptr<Box> hold(Box& box) {
  box.retain();
  return {&box, [](Box* held) { held->drop(); }};
}

}  // namespace m31::runtime
