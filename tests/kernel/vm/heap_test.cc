// The heap of a fibril: what lives survives collections unchanged, what died outside is released, and messages are
// copies that keep sharing.
#include <catch2/catch.hpp>

#include <random>

#include "kernel/vm/map_ops.h"
#include "tests/kernel/vm/core_builder.h"
#include "tests/kernel/vm/lone_host.h"

using namespace m31;
using namespace m31::test;

namespace {

// A fibril that does nothing, for its heap.
struct Idle {
  Build b;
  code::Code code;
  vm::Fibril* fibril;
  explicit Idle(std::size_t heap_bytes_max = std::size_t{1} << 30) {
    auto* f = b.fn("idle", {}, t_none());
    f->body = b.none();
    fibril = vm::make_fibril(code.generate(f), vm::Limits{heap_bytes_max, 1 << 20});
  }
  ~Idle() { vm::destroy(fibril); }
  vm::Heap& heap() { return vm::heap_of(*fibril); }
};

#ifdef M31_TORMENT
constexpr std::size_t many = 60;       // a list of more would be copied at each 64th allocation for minutes
#else
constexpr std::size_t many = 6000;     // more than one large object
#endif

data::Datum random_datum(std::mt19937_64& random, const Type* type, int depth) {
  switch (type->kind) {
    case TypeKind::int_: return data::Datum::of_int(static_cast<std::int64_t>(random()));
    case TypeKind::string: return data::Datum::of_text(std::string(random() % (random() % 50 == 0 ? 9000 : 20), 'x'));
    case TypeKind::any:
      if (random() % 3 == 0) return {};
      return data::Datum::of_box(t_int(), data::Datum::of_int(static_cast<std::int64_t>(random() % 100)));
    case TypeKind::list: {
      auto list = data::Datum::of_items({});
      std::size_t count = depth == 0 && random() % 4 == 0 ? many : random() % 6;
      for (std::size_t i = 0; i < count; ++i) list.items.push_back(random_datum(random, type->args[0], depth + 1));
      return list;
    }
    case TypeKind::map: {
      auto map = data::Datum::of_pairs({});
      std::size_t count = random() % 40;
      for (std::size_t i = 0; i < count; ++i) {
        map.items.push_back(data::Datum::of_text("k" + std::to_string(i)));
        map.items.push_back(random_datum(random, type->args[1], depth + 1));
      }
      return map;
    }
    default: {
      auto items = data::Datum::of_items({});
      for (const Type* part : type->args) items.items.push_back(random_datum(random, part, depth + 1));
      return items;
    }
  }
}

}  // namespace

TEST_CASE("values survive collections, detaching, attaching and copying unchanged") {
  std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const Type* row = types::tuple_of(std::vector<const Type*>{t_int(), t_string(), t_any()});
  const Type* type = t_list(types::map_of(t_string(), t_list(row)));
  for (int round = 0; round < 20; ++round) {
    data::Datum datum = random_datum(random, type, 0);
    Idle one, other;
    vm::Root value(one.heap(), vm::build(one.heap(), type, datum));
    CHECK(data::equal(vm::read(type, value.get()), datum));
    vm::collect(one.heap());
    vm::collect(one.heap());
    CHECK(data::equal(vm::read(type, value.get()), datum));
    vm::Message* message = vm::detach(one.heap(), value.get(), true);
    vm::Root arrived(other.heap(), vm::attach(other.heap(), message));
    vm::collect(other.heap());
    CHECK(data::equal(vm::read(type, arrived.get()), datum));
    vm::Root copied(other.heap(), vm::copy_to(other.heap(), value.get(), true));
    vm::collect(other.heap());
    CHECK(data::equal(vm::read(type, copied.get()), datum));
    CHECK(data::equal(vm::read(type, value.get()), datum));
    vm::discard(vm::detach(other.heap(), copied.get(), true));
  }
}

TEST_CASE("a message keeps sharing: a doubling structure stays small") {
  Idle one, other;
  vm::Root value(one.heap(), vm::make_list(one.heap(), true, 0));
  for (int i = 0; i < 60; ++i) {            // as a tree it would have 2^60 leaves
    vm::Root twice(one.heap(), vm::make_list(one.heap(), true, 2));
    vm::list_append(one.heap(), twice, value.get());
    vm::list_append(one.heap(), twice, value.get());
    vm::share(value.get());
    value.set(twice.get());
  }
  vm::Root arrived(other.heap(), vm::attach(other.heap(), vm::detach(one.heap(), value.get(), true)));
  vm::collect(other.heap());
  CHECK(vm::memory_bytes(*other.fibril) < 50'000);
  CHECK_FALSE(vm::object(arrived.get())->shared());
  CHECK(vm::object(vm::list_at(arrived.get(), 0))->shared());
  CHECK(vm::list_at(arrived.get(), 0) == vm::list_at(arrived.get(), 1));
}

TEST_CASE("handles and outside strings are released when they die, and with the fibril") {
  auto* kept = new TestHandle(vm::HandleRole::sender);
  auto* lost = new TestHandle(vm::HandleRole::sender);
  kept->retain();
  lost->retain();
  {
    Idle idle;
    vm::Root handle(idle.heap(), vm::make_handle(idle.heap(), kept));
    vm::make_handle(idle.heap(), lost);
    vm::make_string(idle.heap(), std::string(100'000, 'y'));
    vm::collect(idle.heap());
    CHECK(kept->count == 2);
    CHECK(lost->count == 1);
    CHECK(vm::memory_bytes(*idle.fibril) < 10'000);
  }
  CHECK(kept->count == 1);
  kept->drop();
  lost->drop();
}

TEST_CASE("strings that come and go outside the heap do not pile up") {
  Idle idle;
  for (int i = 0; i < 2000; ++i) vm::make_string(idle.heap(), std::string(100'000, 'z'));
  CHECK(vm::memory_bytes(*idle.fibril) < 8'000'000);
}

TEST_CASE("a small slice of a large string is a copy, a large one shares") {
  Idle idle;
  vm::Root text(idle.heap(), vm::make_string(idle.heap(), std::string(1'000'000, 'a')));
  vm::Slot small = vm::slice_string(idle.heap(), text.get(), 10, 100);
  CHECK(vm::object(small)->kind() == vm::ObjectKind::str);
  vm::Slot large = vm::slice_string(idle.heap(), text.get(), 10, 500'000);
  REQUIRE(vm::object(large)->kind() == vm::ObjectKind::str_ext);
  CHECK(vm::text_of(large).data() == vm::text_of(text.get()).data() + 10);
}

TEST_CASE("maps: insertion order, removal, growth, against a model") {
  std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  Idle idle;
  vm::Root map(idle.heap(), vm::make_map(idle.heap(), true, false, 0));
  std::vector<std::pair<std::string, std::uint64_t>> model;
  auto find = [&](const std::string& key) {
    return std::find_if(model.begin(), model.end(), [&](auto& entry) { return entry.first == key; });
  };
  for (int i = 0; i < 4000; ++i) {
    std::string key = "key" + std::to_string(random() % 300);
    auto at = find(key);
    if (random() % 3 == 0) {
      vm::Slot slot = vm::make_string(idle.heap(), key);
      CHECK(vm::map_remove(map.get(), t_string(), slot) == (at != model.end()));
      if (at != model.end()) model.erase(at);
    } else {
      std::uint64_t value = random();
      vm::map_put_text(idle.heap(), map, key, value);
      if (at != model.end()) at->second = value;
      else model.push_back({key, value});
    }
  }
  REQUIRE(vm::as<vm::Map>(map.get())->live == model.size());
  std::size_t i = 0;
  for (const vm::MapEntry& entry : vm::entries_of(map.get())) {
    if (!entry.hash) continue;
    CHECK(vm::text_of(entry.key) == model[i].first);
    CHECK(entry.value == model[i].second);
    CHECK(vm::map_find_text(map.get(), model[i].first) == &entry);
    ++i;
  }
}

TEST_CASE("a new fibril is one block of 512 bytes") {
  Idle idle;
  CHECK(vm::memory_bytes(*idle.fibril) == 512);
}
