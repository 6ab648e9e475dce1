#include "kernel/types/type.h"

#include <catch2/catch.hpp>
#include <random>
#include <thread>
#include <vector>

using namespace m31::types;

namespace {

const Type* int_type() { return basic(TypeKind::int_); }
const Type* string_type() { return basic(TypeKind::string); }
const Type* none_type() { return basic(TypeKind::none); }

const Type* record(std::vector<std::string_view> names, std::vector<const Type*> types) {
  return record_of(names, types);
}
const Type* tuple(std::vector<const Type*> types) { return tuple_of(types); }
const Type* either(std::vector<const Type*> types) { return union_of(types); }
const Type* fn(std::vector<const Type*> parameters, const Type* result, std::vector<std::string_view> effects = {}) {
  return fn_of(parameters, result, effects);
}

TypeDecl declaration(std::string_view name, std::uint64_t fingerprint, std::uint32_t parameters, bool is_sum) {
  TypeDecl decl;
  decl.name = name;
  decl.fingerprint = {fingerprint, 7};
  decl.parameter_count = parameters;
  decl.is_sum = is_sum;
  return decl;
}

// type Tree[T] = Leaf() | Node(left: Tree[T], value: T, others: List[Tree[T]])
const Type* tree_of(const Type* item) {
  const TypeDecl* decl = declare(declaration("Tree", 0xabcdef, 1, true));
  const Type* tree = named_of(decl, std::span(&item, 1));
  std::string_view fields[] = {"left", "value", "others"};
  const Type* types[] = {tree, item, list_of(tree)};
  Constructor constructors[] = {{"Leaf", {}, {}}, {"Node", fields, types}};
  set_constructors(tree, constructors);
  return tree;
}

const Type* decoded(std::string_view bytes) {
  auto type = decode_type(bytes);
  REQUIRE(type.has_value());
  REQUIRE(bytes.empty());
  return *type;
}

}  // namespace

TEST_CASE("equal types are one pointer, and ids lead back to it") {
  REQUIRE(list_of(int_type()) == list_of(basic(TypeKind::int_)));
  REQUIRE(list_of(int_type()) != list_of(string_type()));
  REQUIRE(record({"a", "b"}, {int_type(), int_type()}) == record({"a", "b"}, {int_type(), int_type()}));
  REQUIRE(record({"a", "b"}, {int_type(), int_type()}) != record({"b", "a"}, {int_type(), int_type()}));
  REQUIRE(record({"ab", "c"}, {int_type(), int_type()}) != record({"a", "bc"}, {int_type(), int_type()}));
  REQUIRE(tuple({}) != record({}, {}));
  const Type* type = map_of(string_type(), list_of(int_type()));
  REQUIRE(by_id(type->id) == type);
  std::string name = "temporary";
  const Type* kept = capability_of(name);
  name = "overwritten";
  REQUIRE(kept->name == "temporary");
}

TEST_CASE("interning from several threads gives one pointer") {
  std::vector<std::vector<const Type*>> seen(4);
  std::vector<std::thread> threads;
  for (auto& mine : seen)
    threads.emplace_back([&mine] {
      const Type* type = int_type();
      for (int i = 0; i < 200; ++i) {
        type = i % 3 ? list_of(type) : optional_of(type);
        if (i % 7 == 0) type = int_type();
        mine.push_back(type);
      }
    });
  for (auto& thread : threads) thread.join();
  for (auto& mine : seen) REQUIRE(mine == seen[0]);
}

TEST_CASE("types are shown as programs write them") {
  const Type* pair = tuple({string_type(), int_type()});
  CHECK(show(record({"freq", "word"}, {int_type(), string_type()})) == "{freq: Int, word: String}");
  CHECK(show(record({"two words", "a\"b"}, {int_type(), int_type()})) == "{\"two words\": Int, \"a\\\"b\": Int}");
  CHECK(show(list_of(optional_of(int_type()))) == "List[Int?]");
  CHECK(show(pair) == "(String, Int)");
  CHECK(show(tuple({int_type()})) == "(Int,)");
  CHECK(show(tuple({})) == "()");
  CHECK(show(map_of(string_type(), pair)) == "Map[String, (String, Int)]");
  CHECK(show(either({string_type(), none_type(), int_type()})) == "Int | String | None");
  CHECK(show(fn({int_type()}, int_type(), {"http", "fs"})) == "fn(Int) -> Int uses {fs, http}");
  CHECK(show(fn({}, fn({int_type()}, none_type(), {"fs"}))) == "fn() -> (fn(Int) -> None uses {fs})");
  CHECK(show(fn({}, either({int_type(), string_type()}))) == "fn() -> (Int | String)");
  CHECK(show(fn({}, optional_of(int_type()))) == "fn() -> Int?");
  CHECK(show(optional_of(fn({}, int_type()))) == "(fn() -> Int)?");
  CHECK(show(unary_of(TypeKind::sender, pair)) == "Sender[(String, Int)]");
  CHECK(show(capability_of("fs")) == "fs");
  CHECK(show(tree_of(int_type())) == "Tree[Int]");
  CHECK(show(named_of(declare(declaration("sys.Status", 3, 0, true)), {})) == "sys.Status");
}

TEST_CASE("unions are flat, sorted, without doubles") {
  const Type* both = either({string_type(), int_type()});
  CHECK(both == either({int_type(), string_type(), int_type()}));
  CHECK(either({both, none_type()}) == either({none_type(), int_type(), string_type()}));
  CHECK(either({int_type()}) == int_type());
  CHECK(either({int_type(), basic(TypeKind::never)}) == int_type());
  CHECK(either({}) == basic(TypeKind::never));
  CHECK(either({int_type(), basic(TypeKind::any)}) == basic(TypeKind::any));
  CHECK(optional_of(optional_of(int_type())) == optional_of(int_type()));
  const Type* a = named_of(declare(declaration("Same", 1, 0, true)), {});
  const Type* b = named_of(declare(declaration("Same", 2, 0, true)), {});
  CHECK(a != b);
  CHECK(either({a, b}) == either({b, a}));
  CHECK(is_subset(int_type(), both));
  CHECK(is_subset(both, either({both, none_type()})));
  CHECK_FALSE(is_subset(either({both, none_type()}), both));
  CHECK(is_subset(basic(TypeKind::never), int_type()));
  CHECK_FALSE(is_subset(string_type(), int_type()));
}

TEST_CASE("fields are found by name or number") {
  CHECK(field_index(record({"a", "b"}, {int_type(), int_type()}), "b") == 1);
  CHECK(field_index(record({"a"}, {int_type()}), "b") == -1);
  CHECK(field_index(tuple({int_type(), int_type()}), "1") == 1);
  CHECK(field_index(tuple({int_type(), int_type()}), "2") == -1);
  CHECK(field_index(tuple({int_type()}), "999999999999999999999") == -1);
  CHECK(field_index(tree_of(int_type()), "left") == -1);
  const Type* point = named_of(declare(declaration("Point", 11, 0, false)), {});
  std::string_view fields[] = {"x", "y"};
  const Type* types[] = {int_type(), int_type()};
  Constructor constructor[] = {{"Point", fields, types}};
  set_constructors(point, constructor);
  CHECK(field_index(point, "y") == 1);
}

TEST_CASE("what may be sent, and what may be a key") {
  CHECK(is_sendable(tree_of(int_type())));
  CHECK(is_sendable(unary_of(TypeKind::sender, int_type())));
  CHECK_FALSE(is_sendable(list_of(unary_of(TypeKind::stream, string_type()))));
  CHECK_FALSE(is_sendable(tree_of(capability_of("fs"))));
  CHECK(is_hashable(tuple({int_type(), string_type()})));
  CHECK(is_hashable(tree_of(string_type())));
  CHECK_FALSE(is_hashable(list_of(map_of(int_type(), int_type()))));
  CHECK_FALSE(is_hashable(tree_of(fn({}, int_type()))));
}

TEST_CASE("structure survives bytes, recursive declarations too") {
  std::vector<const Type*> types = {
      int_type(), none_type(), tuple({}), tuple({int_type()}), tree_of(string_type()), list_of(tree_of(int_type())),
      record({"freq", "word"}, {int_type(), string_type()}), fn({tree_of(int_type())}, string_type(), {"fs", "sys"}),
      either({int_type(), tree_of(int_type()), none_type()}), unary_of(TypeKind::receiver, list_of(list_of(int_type()))),
      capability_of("http"), module_of("sys"), map_of(string_type(), tuple({tree_of(int_type()), tree_of(int_type())}))};
  for (const Type* type : types) CHECK(decoded(encode_type(type)) == type);

  // A process that has never seen the declaration gets its constructors from the bytes.
  std::string bytes = encode_type(tree_of(string_type()));
  std::string foreign = bytes;
  std::size_t at = foreign.find("Tree");
  REQUIRE(at != std::string::npos);
  foreign[at] = 'F';
  const Type* free = decoded(foreign);
  REQUIRE(free->decl->name == "Free");
  REQUIRE(free->constructors.size() == 2);
  CHECK(free->constructors[1].fields[2] == "others");
  CHECK(free->constructors[1].types[0] == free);
  CHECK(free->constructors[1].types[2] == list_of(free));
  CHECK(encode_type(free) == foreign);

  std::string_view rest = bytes += "more";
  REQUIRE(decode_type(rest).has_value());
  CHECK(rest == "more");
}

TEST_CASE("a declaration that contradicts the known one is refused") {
  std::string bytes = encode_type(tree_of(int_type()));
  std::string other = bytes;
  std::size_t at = other.find("left");
  REQUIRE(at != std::string::npos);
  other[at] = 'h';
  std::string_view rest = other;
  CHECK_FALSE(decode_type(rest).has_value());
}

TEST_CASE("hostile bytes give a message, in bounded time") {
  auto refused = [](std::string bytes) {
    std::string_view rest = bytes;
    return !decode_type(rest).has_value();
  };
  CHECK(refused(""));
  CHECK(refused("?"));
  CHECK(refused("L"));
  CHECK(refused(std::string("L\x02" "ii")));
  CHECK(refused(std::string("\0\0", 2)));
  CHECK(refused(std::string("T\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11)));
  CHECK(refused("N\1"));
  CHECK(refused(std::string("N\0\0", 3)));
  CHECK(refused(std::string("R\2\1ai\1ai", 8)));
  CHECK(refused(std::string("U\2ii", 4)));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "L\1";
  CHECK(refused(deep + "i"));
  // Thirty pairs of the one before: small when numbered, 2^30 parts when written out.
  std::string doubling = "T\x1f";
  doubling += "T\1i";
  for (char i = 0; i < 30; ++i) doubling += std::string("T\2\0", 3) + i + std::string("\0", 1) + i;
  CHECK(refused(doubling));

  std::uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::string good = encode_type(tuple({tree_of(string_type()), fn({int_type()}, optional_of(int_type()), {"fs"})}));
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good;
    for (unsigned n = 1 + random() % 3; n; --n) bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(bytes.size() - random() % 3);
    std::string_view rest = bytes;
    auto type = decode_type(rest);
    if (type.has_value()) CHECK_FALSE(show(*type).empty());
  }
}

TEST_CASE("an error's type is found by its plain name, and the first of a name stays") {
  CHECK(error_type("TestError") == nullptr);
  auto declared = [](std::uint64_t fingerprint) {
    TypeDecl decl = declaration("errors.TestError", fingerprint, 0, false);
    decl.is_error = true;
    const Type* type = named_of(declare(decl), {});
    std::string_view field = "message";
    const Type* string = string_type();
    Constructor constructor[] = {{"TestError", std::span(&field, 1), std::span(&string, 1)}};
    set_constructors(type, constructor);
    return type;
  };
  const Type* first = declared(1);
  const Type* second = declared(2);
  CHECK(first != second);
  CHECK(error_type("TestError") == first);
}
