#include "runtime/box.h"

#include <fmt/format.h>

#include <algorithm>

namespace m31::runtime {

namespace {

std::atomic<std::uint64_t> next_id{1};

// "64 MB", "64 MiB", "5 s".
std::string amount(Resource resource, std::int64_t value) {
  switch (resource) {
    case Resource::time:
    case Resource::wall:
      return value % 1'000'000'000 == 0 ? fmt::format("{} s", value / 1'000'000'000) : fmt::format("{} ms", static_cast<double>(value) / 1e6);
    case Resource::memory:
    case Resource::stack:
    case Resource::store:
    case Resource::output:
      if (value >= 1 << 20 && value % (1 << 20) == 0) return fmt::format("{} MiB", value >> 20);
      if (value >= 1'000'000) return fmt::format("{} MB", static_cast<double>(value) / 1e6);
      return fmt::format("{} bytes", value);
    default: return std::to_string(value);
  }
}

std::string_view noun(Resource resource) {
  switch (resource) {
    case Resource::memory: return " of memory";
    case Resource::time: return " of processor time";
    case Resource::wall: return "";
    case Resource::stack: return " of stack";
    case Resource::fibrils: return " fibrils";
    case Resource::channels: return " channels";
    case Resource::messages: return " messages";
    case Resource::store: return " written to the store";
    case Resource::output: return " of output";
  }
  return "";
}

std::size_t index(Resource resource) { return static_cast<std::size_t>(resource); }

}  // namespace

Box::Box(Box* around, std::vector<std::string> granted, std::span<const std::int64_t, resource_count> limits, std::uint64_t now_ns)
    : id_(next_id.fetch_add(1, std::memory_order_relaxed)),
      around_(around),
      depth_(around ? around->depth_ + 1 : 1),
      granted_(std::move(granted)),
      made_ns_(now_ns) {
  std::ranges::copy(limits, limits_.begin());
  if (around_) around_->retain();
  memory_message_ = message_of(Resource::memory, &Box::memory_message_);
  stack_message_ = message_of(Resource::stack, &Box::stack_message_);
}

std::string Box::message_of(Resource resource, std::string Box::*inherited) const {
  const std::int64_t own = limits_[index(resource)];
  if (own != no_limit && (!around_ || own <= around_->least(resource))) return describe(resource);
  return around_ ? around_->*inherited : std::string();
}

void Box::drop() {
  for (Box* box = this; box;) {
    Box* around = box->around_;
    if (box->count_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    delete box;
    box = around;
  }
}

bool Box::is_inside(const Box& other) const {
  for (const Box* box = this; box; box = box->around_)
    if (box == &other) return true;
  return false;
}

std::string Box::refusal(std::string_view capability) const {
  for (const Box* box = this; box; box = box->around_) {
    if (box->revoked_.load(std::memory_order_relaxed))
      return fmt::format("the sandbox /sandbox/{} was revoked: `{}` cannot be used in it any more", box->id_, capability);
    if (std::ranges::binary_search(box->granted_, capability)) continue;
    std::string all;
    for (const std::string& each : box->granted_) all += (all.empty() ? "" : ", ") + each;
    return fmt::format("the sandbox /sandbox/{} does not grant `{}`: it grants {}", box->id_, capability, all.empty() ? "nothing" : all);
  }
  return {};
}

bool Box::is_revoked() const {
  for (const Box* box = this; box; box = box->around_)
    if (box->revoked_.load(std::memory_order_relaxed)) return true;
  return false;
}

const Box* Box::take(Resource resource, std::int64_t amount) {
  for (Box* box = this; box; box = box->around_) {
    const std::int64_t before = box->used_[index(resource)].fetch_add(amount, std::memory_order_relaxed);
    const std::int64_t limit = box->limits_[index(resource)];
    if (limit == no_limit || (before <= limit && amount <= limit - before)) continue;
    for (Box* charged = this;; charged = charged->around_) {
      charged->used_[index(resource)].fetch_sub(amount, std::memory_order_relaxed);
      if (charged == box) return box;
    }
  }
  return nullptr;
}

void Box::give(Resource resource, std::int64_t amount) { charge(resource, -amount); }

void Box::charge(Resource resource, std::int64_t amount) {
  for (Box* box = this; box; box = box->around_) box->used_[index(resource)].fetch_add(amount, std::memory_order_relaxed);
}

Box* Box::exceeded(Resource resource) {
  for (Box* box = this; box; box = box->around_) {
    const std::int64_t limit = box->limits_[index(resource)];
    if (limit != no_limit && box->used_[index(resource)].load(std::memory_order_relaxed) > limit) return box;
  }
  return nullptr;
}

std::int64_t Box::left(Resource resource) const {
  std::int64_t least = INT64_MAX;
  for (const Box* box = this; box; box = box->around_) {
    const std::int64_t limit = box->limits_[index(resource)];
    if (limit == no_limit) continue;
    least = std::min(least, std::max<std::int64_t>(0, limit - box->used_[index(resource)].load(std::memory_order_relaxed)));
  }
  return least;
}

std::int64_t Box::least(Resource resource) const {
  std::int64_t least = INT64_MAX;
  for (const Box* box = this; box; box = box->around_)
    if (box->limits_[index(resource)] != no_limit) least = std::min(least, box->limits_[index(resource)]);
  return least;
}

std::string Box::describe(Resource resource) const {
  return fmt::format("the limit of {}{} of the sandbox /sandbox/{} is used up", amount(resource, limits_[index(resource)]), noun(resource), id_);
}

void Box::end(std::string kind, std::string message) {
  std::lock_guard lock(end_mutex_);
  if (over_.load(std::memory_order_relaxed)) return;
  end_kind_ = std::move(kind);
  end_message_ = std::move(message);
  over_.store(true, std::memory_order_release);
}

const Box* Box::over() const {
  for (const Box* box = this; box; box = box->around_)
    if (box->over_.load(std::memory_order_acquire)) return box;
  return nullptr;
}

}  // namespace m31::runtime
