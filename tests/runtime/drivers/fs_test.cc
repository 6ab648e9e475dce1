#include "runtime/drivers/fs.h"

#include <catch2/catch.hpp>
#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "store/store_dump.h"
#include "tests/store/temporary_directory.h"

using namespace m31;
using namespace m31::runtime;
using data::Datum;

namespace {

const types::Type* int_type() { return types::basic(types::TypeKind::int_); }
const types::Type* string_type() { return types::basic(types::TypeKind::string); }
const types::Type* any_type() { return types::basic(types::TypeKind::any); }

struct Argument {
  const types::Type* type;
  Datum value;
};
Argument text(std::string_view value) { return {string_type(), Datum::of_text(value)}; }
Argument number(std::int64_t value) { return {int_type(), Datum::of_int(value)}; }

const types::Type* word_record() {
  std::string_view names[] = {"word", "freq"};
  const types::Type* parts[] = {string_type(), int_type()};
  return types::record_of(names, parts);
}

Reply ask(FsDriver& fs, std::string operation, std::vector<Argument> args, const types::Type* result = types::basic(types::TypeKind::none)) {
  Call call;
  call.operation = std::move(operation);
  for (Argument& arg : args) {
    call.types.push_back(arg.type);
    call.args.push_back(std::move(arg.value));
  }
  call.result_type = result;
  std::promise<Reply> promise;
  fs.call(std::move(call), [&](Reply reply) { promise.set_value(std::move(reply)); });
  return promise.get_future().get();
}

Argument declaration(std::string_view key, std::int64_t partitions = 8, const types::Type* freq = int_type()) {
  const types::Type* column_parts[] = {string_type(), types::basic(types::TypeKind::bytes)};
  std::string_view names[] = {"name", "key", "columns", "partitions", "failures", "versioning", "strict"};
  const types::Type* parts[] = {string_type(), string_type(), types::list_of(types::tuple_of(column_parts)), int_type(), int_type(),
                                types::basic(types::TypeKind::boolean), types::basic(types::TypeKind::boolean)};
  auto column = [](std::string_view name, const types::Type* type) {
    return Datum::of_items({Datum::of_text(name), Datum::of_text(std::string_view(types::encode_type(type)))});
  };
  return {types::record_of(names, parts),
          Datum::of_items({Datum::of_text(key), Datum::of_text(key), Datum::of_items({column(key, string_type()), column("freq", freq)}),
                           Datum::of_int(partitions), Datum::of_int(2), Datum::of_bool(false), Datum::of_bool(false)})};
}

Flush increments(std::vector<std::pair<std::string, std::int64_t>> counts, std::string_view space = "word") {
  WriteBuffer buffer;
  for (auto& [word, by] : counts) {
    std::uint32_t words = buffer.space(space, string_type());
    buffer.add(words, word, buffer.attribute(words, "freq", int_type()), by);
  }
  return buffer.take();
}

Reply flush(FsDriver& fs, store::Token token, Flush what, const types::Type* result = nullptr) {
  std::promise<Reply> promise;
  fs.flush(token, std::move(what), result != nullptr, result, [&](Reply reply) { promise.set_value(std::move(reply)); });
  return promise.get_future().get();
}

std::string shown(const types::Type* type, const Reply& reply) {
  return reply ? data::show(type, *reply) : reply.error().kind + ": " + reply.error().message;
}

}  // namespace

TEST_CASE("a store is made at the first call, not before") {
  tests::TemporaryDirectory directory;
  std::string path = directory.path() + "/deep/store";
  {
    FsDriver unused(path, false);
  }
  CHECK_FALSE(std::filesystem::exists(path));
  FsDriver fs(path, false);
  CHECK(shown(types::list_of(string_type()), ask(fs, "fs.spaces", {}, types::list_of(string_type()))) == "[]");
  CHECK(std::filesystem::exists(path + "/data.mdb"));
}

TEST_CASE("operations on a known space") {
  tests::TemporaryDirectory directory;
  FsDriver fs(directory.path(), false);
  REQUIRE(ask(fs, "fs.addSpace", {declaration("word")}).has_value());
  REQUIRE(ask(fs, "fs.addSpace", {declaration("word")}).has_value());
  CHECK(shown(any_type(), ask(fs, "fs.addSpace", {declaration("word", 4)})) ==
        "StoreError: space word is there and different: partitions is 8, not 4");
  auto spaces = fs.spaces();
  REQUIRE(spaces.has_value());
  REQUIRE(spaces->size() == 1);
  CHECK((*spaces)[0].record_type() == word_record());

  CHECK(ask(fs, "fs.invoke", {text("word"), text("pi"), text("freq"), number(1), number(3)})->kind == data::DatumKind::none);
  CHECK(shown(word_record(), ask(fs, "fs.invoke", {text("word"), text("pi"), text("freq"), number(1), number(4)}, word_record())) ==
        "{word: \"pi\", freq: 7}");
  REQUIRE(ask(fs, "fs.put", {text("word"), text("e"), text("freq"), number(0), number(7)}).has_value());
  const types::Type* list = types::list_of(word_record());
  CHECK(shown(list, ask(fs, "fs.search", {text("word"), text("word"), text("pi")}, list)) == "[{word: \"pi\", freq: 7}]");
  CHECK(shown(list, ask(fs, "fs.search", {text("word"), text("freq"), number(7)}, list)) ==
        "[{word: \"e\", freq: 7}, {word: \"pi\", freq: 7}]");
  Reply page = ask(fs, "fs.page", {text("word"), text("")}, list);
  REQUIRE(page.has_value());
  CHECK(shown(list, page->items[0]) == "[{word: \"e\", freq: 7}, {word: \"pi\", freq: 7}]");
  CHECK(page->items[1].text.view() == "");
  CHECK(shown(int_type(), ask(fs, "fs.count", {text("word")}, int_type())) == "2");
  const types::Type* optional = types::optional_of(word_record());
  CHECK(shown(optional, ask(fs, "fs.get", {text("word"), text("pi")}, optional)) == "{word: \"pi\", freq: 7}");
  CHECK(shown(optional, ask(fs, "fs.get", {text("word"), text("tau")}, optional)) == "None");
  CHECK(ask(fs, "fs.explain", {text("word"), text("word"), text("pi")}, string_type())->text.view().find("get by key word") != std::string::npos);
  CHECK(ask(fs, "fs.status", {}, string_type())->text.view().find("degraded: tolerates 0 failures of 2") != std::string::npos);
}

TEST_CASE("what is wrong comes back as a failure, and the driver goes on") {
  tests::TemporaryDirectory directory;
  FsDriver fs(directory.path(), false);
  REQUIRE(ask(fs, "fs.addSpace", {declaration("word")}).has_value());
  const types::Type* list = types::list_of(word_record());
  CHECK(shown(list, ask(fs, "fs.search", {text("wrod")}, list)) == "NotFound: there is no space wrod; there are word");
  CHECK(shown(list, ask(fs, "fs.search", {text("word"), text("frq"), number(1)}, list)) ==
        "StoreError: space word has no attribute frq; it has word, freq");
  CHECK(shown(list, ask(fs, "fs.search", {text("word"), text("freq"), text("one")}, list)) == "TypeError: freq: expected Int, found String");
  CHECK(ask(fs, "fs.dance", {}).error().kind == "Unknown");
  CHECK(ask(fs, "fs.search", {}).error().kind == "Unknown");
  CHECK(ask(fs, "fs.invoke", {text("word")}).error().kind == "Unknown");
  REQUIRE(ask(fs, "fs.invoke", {text("word"), text("pi"), text("freq"), number(0), number(INT64_MAX)}).has_value());
  CHECK(shown(list, ask(fs, "fs.invoke", {text("word"), text("pi"), text("freq"), number(1), number(1)})) ==
        "StoreError: space word: \"pi\": freq would overflow");
}

TEST_CASE("records as Any name their space by their fields") {
  tests::TemporaryDirectory directory;
  FsDriver fs(directory.path(), false);
  REQUIRE(ask(fs, "fs.addSpace", {declaration("word")}).has_value());
  REQUIRE(ask(fs, "fs.addSpace", {declaration("name")}).has_value());
  auto as_any = [](std::vector<std::string_view> names, std::vector<Argument> fields) {
    std::vector<const types::Type*> field_types;
    std::vector<Datum> values;
    for (Argument& field : fields) {
      field_types.push_back(field.type);
      values.push_back(std::move(field.value));
    }
    return Argument{any_type(), Datum::of_box(types::record_of(names, field_types), Datum::of_items(values))};
  };
  REQUIRE(ask(fs, "fs.putAny", {as_any({"word", "freq"}, {text("pi"), number(3)})}).has_value());
  REQUIRE(ask(fs, "fs.invokeAny", {as_any({"freq", "name"}, {number(4), text("Aino")})}).has_value());
  const types::Type* list = types::list_of(any_type());
  CHECK(shown(list, ask(fs, "fs.searchAny", {as_any({"word"}, {text("pi")})}, list)) == "[{word: \"pi\", freq: 3}]");
  CHECK(shown(any_type(), ask(fs, "fs.getAny", {as_any({"name"}, {text("Aino")})}, any_type())) == "{name: \"Aino\", freq: 4}");
  CHECK(shown(list, ask(fs, "fs.page", {text("word"), text("")}, list)->items[0]) == "[{word: \"pi\", freq: 3}]");
  CHECK(shown(list, ask(fs, "fs.searchAny", {as_any({"freq"}, {number(3)})}, list)) ==
        "StoreError: several spaces fit: word, name; say which with fs.space(\"word\")");
  CHECK(shown(list, ask(fs, "fs.searchAny", {as_any({"colour"}, {number(3)})}, list)) == "NotFound: no space has the attributes colour");
}

TEST_CASE("flushes are applied once for each token") {
  tests::TemporaryDirectory directory;
  FsDriver fs(directory.path(), false);
  REQUIRE(ask(fs, "fs.addSpace", {declaration("word")}).has_value());
  store::Token token{.incarnation_high = 1, .incarnation_low = 2, .fibril = 3, .epoch = 0, .sequence = 4, .hash = 0};
  REQUIRE(flush(fs, token, increments({{"a", 1}, {"b", 2}})).has_value());
  REQUIRE(flush(fs, token, increments({{"a", 1}, {"b", 2}})).has_value());
  CHECK(flush(fs, token, increments({{"a", 1}, {"b", 3}})).error().kind == "Conflict");
  token.sequence = 5;
  CHECK(shown(word_record(), flush(fs, token, increments({{"a", 1}, {"b", 5}}), word_record())) == "{word: \"b\", freq: 7}");
  token.sequence = 6;
  CHECK(store::verify(directory.path())->tokens == 2);
  fs.retire(1, 2);
  REQUIRE(fs.spaces().has_value());
  CHECK(store::verify(directory.path())->tokens == 0);
  CHECK(shown(any_type(), flush(fs, token, increments({{"a", 1}}, "elsewhere"))) == "NotFound: there is no space elsewhere; there are word");
}

TEST_CASE("many fibrils flush at once, in few transactions, and nothing is lost") {
  tests::TemporaryDirectory directory;
  constexpr std::uint32_t fibrils = 200, rounds = 5;
  {
    FsDriver fs(directory.path(), false);
    REQUIRE(ask(fs, "fs.addSpace", {declaration("word")}).has_value());
    std::atomic<int> failed = 0;
    for (std::uint32_t round = 0; round < rounds; ++round)
      for (std::uint32_t i = 0; i < fibrils; ++i) {
        store::Token token{.incarnation_high = 1, .incarnation_low = 2, .fibril = i, .epoch = 0, .sequence = round, .hash = 0};
        fs.flush(token, increments({{"all", 1}, {"w" + std::to_string(i), 1}}), false, nullptr, [&](Reply reply) { failed += !reply; });
      }
    const types::Type* optional = types::optional_of(word_record());
    CHECK(shown(optional, ask(fs, "fs.get", {text("word"), text("all")}, optional)) ==
          "{word: \"all\", freq: " + std::to_string(fibrils * rounds) + "}");
    CHECK(failed == 0);
    // Handed in and not waited for: written before the driver has ended.
    fs.flush({.incarnation_high = 1, .incarnation_low = 2, .fibril = 1, .epoch = 0, .sequence = 99, .hash = 0},
             increments({{"last", 1}}), false, nullptr, [](Reply) {});
  }
  auto verified = store::verify(directory.path());
  REQUIRE(verified.has_value());
  CHECK(verified->faults.empty());
  CHECK(verified->records == fibrils + 2);
  CHECK(verified->tokens == fibrils * rounds + 1);
}

TEST_CASE("a store that cannot be opened is said at each call") {
  FsDriver fs("/proc/nowhere/store", false);
  for (int i = 0; i < 2; ++i) {
    Reply reply = ask(fs, "fs.spaces", {});
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.error().kind == "StoreError");
    CHECK(reply.error().message.find("/proc/nowhere/store") != std::string::npos);
  }
  CHECK_FALSE(flush(fs, {}, increments({{"a", 1}})).has_value());
}
