#include "store/store.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "store/store_dump.h"
#include "tests/store/temporary_directory.h"
#include "tests/store/words_space.h"

using namespace m31;
using namespace m31::tests;
using data::Datum;
using store::ErrorCode;

namespace {

store::Space people_space() {
  store::Space space;
  space.name = "people";
  space.key = {"id", int_type(), true};
  space.attributes = {{"name", string_type(), true},
                      {"age", int_type(), true},
                      {"notes", types::list_of(string_type()), false},
                      {"city", types::optional_of(string_type()), true}};
  return space;
}

store::Command person(std::uint32_t space, std::int64_t id, std::string_view name, std::int64_t age) {
  store::Command command;
  command.space = space;
  command.key = Datum::of_int(id);
  command.replace = true;
  command.changes.push_back({0, store::Operation::assign, Datum::of_text(name)});
  command.changes.push_back({1, store::Operation::assign, Datum::of_int(age)});
  return command;
}

std::vector<std::int64_t> ids(const store::Result<std::vector<store::Record>>& records) {
  if (!records) FAIL(records.error().message);
  std::vector<std::int64_t> all;
  for (const store::Record& record : *records) all.push_back(record.value.items[0].integer);
  return all;
}

void require_sound(const std::string& directory) {
  auto verified = store::verify(directory);
  if (!verified) FAIL(verified.error().message);
  for (const std::string& fault : verified->faults) UNSCOPED_INFO(fault);
  REQUIRE(verified->faults.empty());
}

}  // namespace

TEST_CASE("a space is opened by who asks for an equal one, and told from a different one") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  auto made = store->add_space(words_space());
  REQUIRE(made.has_value());
  CHECK(made->name == "word");
  auto again = store->add_space(words_space());
  REQUIRE(again.has_value());
  CHECK(again->id == made->id);

  store::Space other = words_space();
  other.options.partitions = 4;
  other.attributes[0].type = string_type();
  auto refused = store->add_space(other);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::different_space);
  CHECK(refused.error().message ==
        "space word is there and different: its value is {freq: Int}, not {freq: String}; partitions is 8, not 4");

  REQUIRE(store->add_space(people_space()).has_value());
  store.reset();
  store = opened(directory.path());
  auto spaces = store->spaces();
  REQUIRE(spaces.has_value());
  REQUIRE(spaces->size() == 2);
  CHECK((*spaces)[1].name == "people");
  CHECK((*spaces)[1].attributes[3].type == types::optional_of(string_type()));
  CHECK_FALSE((*spaces)[1].attributes[2].queryable);
}

TEST_CASE("spaces that cannot be kept are refused with the reason") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  auto refusal = [&](const store::Space& space) {
    auto made = store->add_space(space);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == ErrorCode::bad_record);
    return made.error().message;
  };
  store::Space space = words_space();
  space.attributes.push_back({"freq", int_type(), true});
  CHECK(refusal(space) == "space word: attribute freq is declared twice");
  space = words_space();
  space.attributes[0].type = types::unary_of(types::TypeKind::sender, int_type());
  CHECK(refusal(space) == "space word: freq: a value of type Sender[Int] cannot be kept");
  space = words_space();
  space.options.partitions = 0;
  CHECK(refusal(space) == "space word: partitions must be 1 to 1024, not 0");
  space = words_space();
  space.key.type = types::map_of(int_type(), int_type());
  CHECK(refusal(space) == "space word: word: a Map[Int, Int] cannot be a key");
}

TEST_CASE("records start from zeros, and commands change them") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t people = store->add_space(people_space())->id;
  store::Batch batch;
  store::Command touch;
  touch.space = people;
  touch.key = Datum::of_int(5);
  batch.commands.push_back(touch);
  REQUIRE(apply_one(*store, batch).has_value());
  auto record = store->get(people, Datum::of_int(5));
  REQUIRE(record.has_value());
  REQUIRE(record->has_value());
  CHECK(data::show(people_space().record_type(), (**record).value) == "{id: 5, name: \"\", age: 0, notes: [], city: None}");
  CHECK((**record).version == 1);

  store::Command change = touch;
  change.changes.push_back({2, store::Operation::assign, Datum::of_items({Datum::of_text("tall")})});
  change.changes.push_back({3, store::Operation::assign, Datum::of_box(string_type(), Datum::of_text("Turku"))});
  change.changes.push_back({1, store::Operation::add, Datum::of_int(30)});
  change.changes.push_back({1, store::Operation::add, Datum::of_int(3)});
  REQUIRE(apply_one(*store, {{}, {change}}).has_value());
  record = store->get(people, Datum::of_int(5));
  CHECK(data::show(people_space().record_type(), (**record).value) ==
        "{id: 5, name: \"\", age: 33, notes: [\"tall\"], city: \"Turku\"}");
  std::uint64_t stamp = (**record).stamp;

  REQUIRE(apply_one(*store, {{}, {person(people, 5, "Aino", 1)}}).has_value());
  record = store->get(people, Datum::of_int(5));
  CHECK(data::show(people_space().record_type(), (**record).value) == "{id: 5, name: \"Aino\", age: 1, notes: [], city: None}");
  CHECK((**record).version == 3);
  CHECK((**record).stamp > stamp);
  auto absent = store->get(people, Datum::of_int(6));
  REQUIRE(absent.has_value());
  CHECK_FALSE(absent->has_value());
  require_sound(directory.path());
}

TEST_CASE("commands on one key in one batch and in several are applied in order") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  store::Command set = increment(words, "a");
  set.changes[0] = {0, store::Operation::assign, Datum::of_int(100)};
  std::vector<store::Batch> batches(2);
  batches[0].commands = {increment(words, "a", 5), set, increment(words, "a", 1)};
  batches[1].commands = {increment(words, "a", 10), increment(words, "b", 2)};
  for (const auto& result : store->apply(batches)) REQUIRE(result.has_value());
  CHECK(count_of(*store, words, "a") == 111);
  CHECK(count_of(*store, words, "b") == 2);
  auto record = store->get(words, Datum::of_text("a"));
  CHECK((**record).version == 4);
  require_sound(directory.path());
}

TEST_CASE("a batch that cannot be applied leaves nothing, and the others go on") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  REQUIRE(apply_one(*store, {token(1, 0), {increment(words, "big", INT64_MAX)}}).has_value());

  store::Command expects = increment(words, "a");
  expects.if_version = 7;
  store::Command wrong = increment(words, "a");
  wrong.changes[0].operand = Datum::of_text("one");
  std::vector<store::Batch> batches(6);
  batches[0] = {token(2, 0), {increment(words, "a"), increment(words, "x")}};
  batches[1] = {token(3, 0), {increment(words, "a"), increment(words, "big"), increment(words, "y")}};
  batches[2] = {token(4, 0), {increment(words, "z"), expects}};
  batches[3] = {token(5, 0), {increment(words, "z"), wrong}};
  batches[4] = {token(6, 0), {increment(words + 40, "z")}};
  batches[5] = {token(7, 0), {increment(words, "a")}};
  auto results = store->apply(batches);
  REQUIRE(results[0].has_value());
  REQUIRE(results[5].has_value());
  REQUIRE_FALSE(results[1].has_value());
  CHECK(results[1].error().message == "space word: \"big\": freq would overflow");
  CHECK(results[2].error().code == ErrorCode::conflict);
  CHECK(results[2].error().message == "space word: \"a\": has version 1, not 7");
  CHECK(results[3].error().message == "space word: freq: a value is no Int");
  CHECK(results[4].error().code == ErrorCode::no_space);
  CHECK(count_of(*store, words, "a") == 2);
  CHECK(count_of(*store, words, "x") == 1);
  CHECK(count_of(*store, words, "y") == 0);
  CHECK(count_of(*store, words, "z") == 0);
  require_sound(directory.path());

  // The refused ones left no token either.
  REQUIRE(apply_one(*store, {token(3, 0), {increment(words, "y")}}).has_value());
  CHECK(count_of(*store, words, "y") == 1);
}

TEST_CASE("a batch may ask for its last record, as it is right after it") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  std::vector<store::Batch> batches(3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    batches[i] = {token(i, 0), {increment(words, "b"), increment(words, "a", 10)}};
    batches[i].wants_last = i != 1;
  }
  auto results = store->apply(batches);
  REQUIRE(results[0]->last.has_value());
  CHECK(results[0]->last->value.items[1].integer == 10);
  CHECK(results[0]->last->version == 1);
  CHECK_FALSE(results[1]->last.has_value());
  CHECK(results[2]->last->value.items[1].integer == 30);
  auto again = apply_one(*store, batches[0]);
  CHECK(again->applied_before);
  CHECK(again->last->value.items[1].integer == 30);
}

TEST_CASE("if_version: 0 means that it must not exist") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  store::Command fresh = increment(words, "a");
  fresh.if_version = 0;
  REQUIRE(apply_one(*store, {{}, {fresh}}).has_value());
  auto again = apply_one(*store, {{}, {fresh}});
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == ErrorCode::conflict);
  fresh.if_version = 1;
  REQUIRE(apply_one(*store, {{}, {fresh}}).has_value());
  CHECK(count_of(*store, words, "a") == 2);
}

TEST_CASE("a flush is applied once, whatever happens") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  store::Batch batch{token(1, 0), {increment(words, "a", 3)}};
  CHECK_FALSE(apply_one(*store, batch)->applied_before);
  CHECK(apply_one(*store, batch)->applied_before);
  auto twice = store->apply({batch, batch});
  CHECK(twice[0]->applied_before);
  CHECK(twice[1]->applied_before);
  store.reset();
  store = opened(directory.path());
  CHECK(apply_one(*store, batch)->applied_before);
  CHECK(count_of(*store, words, "a") == 3);

  store::Batch restarted = batch;
  restarted.token.epoch = 2;
  CHECK(apply_one(*store, restarted)->applied_before);   // the same flush of a later start

  store::Batch other = batch;
  other.token.hash = 99;
  auto refused = apply_one(*store, other);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "flush 0 of fibril 1: was applied before with other contents; nothing was changed");

  store::Batch in_one = {token(8, 0), {increment(words, "b")}};
  auto both = store->apply({in_one, in_one});
  CHECK_FALSE(both[0]->applied_before);
  CHECK(both[1]->applied_before);
  CHECK(count_of(*store, words, "b") == 1);
}

TEST_CASE("a later start of a fibril fences the earlier ones") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  REQUIRE(apply_one(*store, {token(1, 0, 1, 0), {increment(words, "a")}}).has_value());
  REQUIRE(apply_one(*store, {token(1, 1, 1, 3), {increment(words, "a")}}).has_value());
  auto late = apply_one(*store, {token(1, 2, 1, 2), {increment(words, "a")}});
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == ErrorCode::conflict);
  CHECK(apply_one(*store, {token(1, 1, 1, 2), {increment(words, "a")}})->applied_before);
  CHECK(count_of(*store, words, "a") == 2);
}

TEST_CASE("retired incarnations are forgotten, others are not") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  store::Token other = token(1, 0);
  other.incarnation_low = 8;
  for (std::uint32_t i = 0; i < 50; ++i) REQUIRE(apply_one(*store, {token(i, i, 1, i % 2), {increment(words, "a")}}).has_value());
  REQUIRE(apply_one(*store, {other, {increment(words, "a")}}).has_value());
  CHECK(store::verify(directory.path())->tokens == 51);
  REQUIRE(store->retire(31, 7).has_value());
  CHECK(store::verify(directory.path())->tokens == 1);
  CHECK(apply_one(*store, {other, {increment(words, "a")}})->applied_before);
  CHECK(count_of(*store, words, "a") == 51);
}

TEST_CASE("searches find by key, by index and by reading all, in key order") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t people = store->add_space(people_space())->id;
  store::Batch batch;
  for (int i = -50; i < 250; ++i) batch.commands.push_back(person(people, i, i % 2 ? "odd" : "even", ((i % 10) + 10) % 10));
  REQUIRE(apply_one(*store, batch).has_value());
  auto all = ids(store->search(people, {}, 1000));
  REQUIRE(all.size() == 300);
  CHECK(std::is_sorted(all.begin(), all.end()));
  CHECK(ids(store->search(people, {}, 3)) == std::vector<std::int64_t>{-50, -49, -48});
  auto sevens = ids(store->search(people, {{"age", Datum::of_int(7)}}, 1000));
  REQUIRE(sevens.size() == 30);
  CHECK(std::is_sorted(sevens.begin(), sevens.end()));
  CHECK(ids(store->search(people, {{"age", Datum::of_int(7)}}, 2)) == std::vector<std::int64_t>{-43, -33});
  CHECK(ids(store->search(people, {{"age", Datum::of_int(7)}, {"name", Datum::of_text("even")}}, 1000)).empty());
  CHECK(ids(store->search(people, {{"age", Datum::of_int(4)}, {"name", Datum::of_text("even")}}, 1000)).size() == 30);
  CHECK(ids(store->search(people, {{"id", Datum::of_int(4)}}, 1000)) == std::vector<std::int64_t>{4});
  CHECK(ids(store->search(people, {{"id", Datum::of_int(4)}, {"age", Datum::of_int(5)}}, 1000)).empty());
  CHECK(ids(store->search(people, {{"id", Datum::of_int(4000)}}, 1000)).empty());
  CHECK(ids(store->search(people, {{"notes", Datum::of_items({})}}, 1000)).size() == 300);
  CHECK(ids(store->search(people, {{"city", Datum()}}, 1000)).size() == 300);

  auto unknown = store->search(people, {{"agee", Datum::of_int(1)}}, 1);
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().message == "space people has no attribute agee; it has id, name, age, notes, city");
  auto wrong = store->search(people, {{"age", Datum::of_text("1")}}, 1);
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().code == ErrorCode::bad_record);
}

TEST_CASE("explain says what a search visits") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t people = store->add_space(people_space())->id;
  store::Batch batch;
  for (int i = 0; i < 300; ++i) batch.commands.push_back(person(people, i, i % 3 ? "many" : "few", i % 2));
  REQUIRE(apply_one(*store, batch).has_value());
  // A few new records are looked at beside the index ...
  CHECK(*store->explain(people, {{"age", Datum::of_int(0)}, {"name", Datum::of_text("few")}}) ==
        "explain: search people  age == 0, name == \"few\"\n"
        " plan     drive age (0 rows), filter name\n"
        " regions  one index range, for all 8 partitions\n"
        " rows     0 index, 300 newer than the index, 300 records read, 50 returned");
  // ... many bring it up to date first.
  batch.commands.clear();
  for (int i = 1000; i < 2000; ++i) batch.commands.push_back(person(people, i, "other", 77));
  REQUIRE(apply_one(*store, batch).has_value());
  CHECK(*store->explain(people, {{"age", Datum::of_int(0)}, {"name", Datum::of_text("few")}}) ==
        "explain: search people  age == 0, name == \"few\"\n"
        " plan     drive name (100 rows), filter age\n"
        " regions  one index range, for all 8 partitions\n"
        " rows     100 index, 100 records read, 50 returned");
  require_sound(directory.path());
  CHECK(store::verify(directory.path())->behind == 0);
  CHECK(*store->explain(people, {{"age", Datum::of_int(0)}, {"id", Datum::of_int(7)}}) ==
        "explain: search people  age == 0, id == 7\n"
        " plan     get by key id, filter age\n"
        " regions  1 of 8 partitions visited\n"
        " rows     0 index, 1 records read, 0 returned");
  CHECK(*store->explain(people, {{"notes", Datum::of_items({})}}) ==
        "explain: search people  notes == []\n"
        " plan     read the whole space (1300 records), filter notes\n"
        " regions  all 8 partitions visited\n"
        " rows     0 index, 1300 records read, 1300 returned");
}

TEST_CASE("long keys and values are kept whole and found") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  store::Space space;
  space.name = "pages";
  space.key = {"url", string_type(), true};
  space.attributes = {{"text", string_type(), true}};
  std::uint32_t pages = store->add_space(space)->id;
  std::string stem(400, 'u');
  store::Batch batch;
  for (int i = 0; i < 20; ++i) {
    store::Command command;
    command.space = pages;
    command.key = Datum::of_text(stem + std::to_string(i) + std::string(1, '\0'));
    command.changes.push_back({0, store::Operation::assign, Datum::of_text(std::string(100'000, 't') + std::to_string(i % 2))});
    batch.commands.push_back(command);
  }
  REQUIRE(apply_one(*store, batch).has_value());
  auto found = store->search(pages, {{"text", Datum::of_text(std::string(100'000, 't') + "1")}}, 100);
  REQUIRE(found.has_value());
  CHECK(found->size() == 10);
  auto one = store->get(pages, batch.commands[3].key);
  REQUIRE(one.has_value());
  REQUIRE(one->has_value());
  CHECK(data::equal((**one).value.items[0], batch.commands[3].key));
  CHECK((**one).value.items[1].text.view().size() == 100'001);
  require_sound(directory.path());

  store::Command huge = batch.commands[0];
  huge.changes[0].operand = Datum::of_text(std::string(17u << 20, 'h'));
  auto refused = apply_one(*store, {{}, {huge}});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::too_large);
}

TEST_CASE("versioned spaces keep what was overwritten") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  store::Space space = words_space();
  space.options.versioning = true;
  std::uint32_t words = store->add_space(space)->id;
  for (int i = 0; i < 5; ++i) REQUIRE(apply_one(*store, {{}, {increment(words, "a")}}).has_value());
  auto environment = store::lmdb::Environment::open(directory.path(), 1 << 20);
  REQUIRE(environment.has_value());
  auto txn = (*environment)->read();
  REQUIRE(txn.has_value());
  CHECK(txn->entry_count(store::lmdb::Database::history) == 4);
}

TEST_CASE("the dump shows spaces, records, tokens, and says whether all is sound") {
  TemporaryDirectory directory;
  auto store = opened(directory.path());
  std::uint32_t words = store->add_space(words_space())->id;
  REQUIRE(apply_one(*store, {token(9, 4), {increment(words, "pi", 3), increment(words, "e")}}).has_value());
  auto text = store::dump(directory.path(), {.records_max = 1});
  REQUIRE(text.has_value());
  std::string rest = text->substr(text->find('\n') + 1);
  CHECK(rest ==
        "space 0 word: key word: String, freq: Int; partitions 8 from 0, failures 0; 2 records\n"
        "  {word: \"e\", freq: 1}  version 1\n"
        "  and 1 more\n"
        "token 000000000000001f0000000000000007 fibril 9 flush 4 epoch 0\n"
        "2 records, 0 index entries, 2 newer than the index, 1 tokens: sound\n");
  TemporaryDirectory empty;
  CHECK_FALSE(store::dump(empty.path(), {}).has_value());
}
