// The store against a map: random batches, searches and openings anew.
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "kernel/data/order.h"
#include "kernel/data/shape.h"
#include "store/store_dump.h"
#include "tests/kernel/data/random_data.h"
#include "tests/store/temporary_directory.h"
#include "tests/store/words_space.h"

using namespace m31;
using namespace m31::tests;
using data::Datum;

namespace {

struct Less {
  bool operator()(const Datum& a, const Datum& b) const { return data::compare(a, b) < 0; }
};

struct Modelled {
  store::Space space;
  std::map<Datum, std::vector<Datum>, Less> records;   // attributes by key
  std::map<Datum, std::uint64_t, Less> versions;
};

const types::Type* storable(RandomData& random, bool is_key) {
  for (;;) {
    const types::Type* type = is_key ? random.type(1) : random.type(2);
    if (is_key && !types::is_hashable(type)) continue;
    if (is_key && type->kind == types::TypeKind::none) continue;
    if (data::zero(type).has_value()) return type;
  }
}

Datum key_near(RandomData& random, const Modelled& model) {
  if (!model.records.empty() && random.below(3)) {
    auto at = model.records.begin();
    std::advance(at, random.below(static_cast<std::uint32_t>(model.records.size())));
    return at->first;
  }
  return random.value(model.space.key.type, 2);
}

void compare(store::Store& store, Modelled& model, RandomData& random) {
  auto all = store.search(model.space.id, {}, SIZE_MAX);
  if (!all) FAIL(all.error().message);
  REQUIRE(all->size() == model.records.size());
  auto expected = model.records.begin();
  for (const store::Record& record : *all) {
    REQUIRE(data::equal(record.value.items[0], expected->first));
    for (std::size_t i = 0; i < expected->second.size(); ++i) REQUIRE(data::equal(record.value.items[i + 1], expected->second[i]));
    REQUIRE(record.version == model.versions[expected->first]);
    ++expected;
  }
  for (int i = 0; i < 5; ++i) {
    Datum key = key_near(random, model);
    auto found = store.get(model.space.id, key);
    REQUIRE(found.has_value());
    REQUIRE(found->has_value() == (model.records.count(key) == 1));
  }
  for (std::size_t attribute = 0; attribute < model.space.attributes.size() && !model.records.empty(); ++attribute) {
    Datum wanted = model.records.at(all->at(random.below(static_cast<std::uint32_t>(all->size()))).value.items[0])[attribute];
    std::size_t matches = 0;
    for (const auto& [key, values] : model.records) matches += data::equal(values[attribute], wanted);
    auto found = store.search(model.space.id, {{model.space.attributes[attribute].name, wanted}}, SIZE_MAX);
    if (!found) FAIL(found.error().message);
    REQUIRE(found->size() == matches);
  }
}

}  // namespace

TEST_CASE("random spaces and batches agree with a map, and survive opening anew") {
  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  RandomData random(seed);
  TemporaryDirectory directory;
  auto store = opened(directory.path(), 1 << 20);   // small: it grows on the way
  std::vector<Modelled> models(4);
  for (std::size_t i = 0; i < models.size(); ++i) {
    store::Space& space = models[i].space;
    space.name = "space" + std::to_string(i);
    space.key = {"key", storable(random, true), true};
    space.attributes = {{"count", int_type(), random.below(2) == 0}};
    for (std::uint32_t n = random.below(3); n; --n)
      space.attributes.push_back({"a" + std::to_string(n), storable(random, false), random.below(3) > 0});
    space.options.partitions = 1 + random.below(9);
    space.options.versioning = random.below(3) == 0;
    auto made = store->add_space(space);
    if (!made) FAIL(made.error().message);
    space = *made;
  }
  for (int round = 0; round < 60; ++round) {
    std::vector<store::Batch> batches(1 + random.below(3));
    for (store::Batch& batch : batches) {
      for (std::uint32_t n = random.below(round % 20 == 0 ? 800 : 40); n; --n) {
        Modelled& model = models[random.below(static_cast<std::uint32_t>(models.size()))];
        store::Command command;
        command.space = model.space.id;
        command.key = key_near(random, model);
        command.replace = random.below(6) == 0;
        auto [at, is_new] = model.records.try_emplace(command.key);
        std::vector<Datum>& values = at->second;
        if (is_new || command.replace) {
          values.clear();
          for (const store::Attribute& attribute : model.space.attributes) values.push_back(*data::zero(attribute.type));
        }
        for (std::uint32_t c = random.below(3); c; --c) {
          store::AttributeChange change;
          change.attribute = random.below(static_cast<std::uint32_t>(values.size()));
          if (change.attribute == 0 && random.below(2)) {
            change.operation = store::Operation::add;
            change.operand = Datum::of_int(random.below(50));
            values[0].integer += change.operand.integer;
          } else if (change.attribute == 0) {
            change.operand = values[0] = Datum::of_int(random.below(20));
          } else {
            change.operand = values[change.attribute] = random.value(model.space.attributes[change.attribute].type, 3);
          }
          command.changes.push_back(std::move(change));
        }
        ++model.versions[command.key];
        batch.commands.push_back(std::move(command));
      }
    }
    for (const auto& result : store->apply(batches))
      if (!result) FAIL(result.error().message);
    if (round % 7 == 0) {
      store.reset();
      store = opened(directory.path(), 1 << 20);
    }
    if (round % 5 == 0)
      for (Modelled& model : models) compare(*store, model, random);
  }
  auto verified = store::verify(directory.path());
  REQUIRE(verified.has_value());
  for (const std::string& fault : verified->faults) UNSCOPED_INFO(fault);
  REQUIRE(verified->faults.empty());
}
