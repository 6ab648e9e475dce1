// The native words as the interpreter calls them: with as little fuel as can be, and a collection before each further call.
#include <algorithm>
#include <concepts>
#include <deque>
#include <map>

#include <catch2/catch.hpp>

#include "kernel/code/code.h"
#include "kernel/data/datum.h"
#include "kernel/vm/fibril.h"
#include "kernel/vm/heap.h"
#include "kernel/vm/native.h"
#include "tests/kernel/words/naive.h"

namespace vm = m31::vm;
namespace types = m31::types;
using types::Type;
using types::TypeKind;
using vm::Slot;

namespace {

const Type* const string_type = types::basic(TypeKind::string);
const Type* const int_type = types::basic(TypeKind::int_);
const Type* const strings_type = types::list_of(string_type);
const Type* const stream_type = types::unary_of(TypeKind::stream, string_type);
const Type* const counts_type = types::map_of(string_type, int_type);

// Chunks that come one by one, each after it has been waited for.
class Source final : public vm::ChunkSource {
 public:
  explicit Source(std::deque<std::string> chunks, bool fails = false) : chunks_(std::move(chunks)), fails_(fails) {}
  void retain() override { ++count; }
  void drop() override { --count; }
  std::uint64_t identity() const override { return 1; }
  std::uint8_t role() const override { return static_cast<std::uint8_t>(vm::HandleRole::stream); }
  State poll(vm::Fibril&) override {
    waited_ = !waited_;
    if (waited_) return State::wait;
    if (!chunks_.empty()) return State::ready;
    return fails_ ? State::failed : State::end;
  }
  m31::data::Text take() override {
    m31::data::Text text(chunks_.front());
    chunks_.pop_front();
    return text;
  }
  std::string_view failure() const override { return "the disk is gone"; }

  int count = 1;

 private:
  std::deque<std::string> chunks_;
  bool fails_;
  bool waited_ = false;
};

// A fibril that stands before a call with up to eight arguments.
class Caller {
 public:
  Caller() {
    instance_.result = types::basic(TypeKind::none);
    code_.instance = &instance_;
    code_.parameter_count = code_.register_count = 8;
    code_.instructions.resize(1);
    code_.safepoints = {{0, 0, UINT32_MAX}};
    code_.bitmaps = {0};
    fibril_ = vm::make_fibril(&code_, {});
  }
  ~Caller() { vm::destroy(fibril_); }

  vm::Heap& heap() { return vm::heap_of(*fibril_); }

  Caller& with(const Type* type, Slot value) {
    vm::argument_slots(*fibril_)[types_.size()] = value;
    if (type->is_ref) code_.bitmaps[0] |= std::uint64_t{1} << types_.size();
    types_.push_back(type);
    return *this;
  }
  Caller& with(std::string_view text) { return with(string_type, vm::make_string(heap(), text)); }
  template <std::integral Number>
  Caller& with(Number number) {
    return with(int_type, static_cast<Slot>(static_cast<std::int64_t>(number)));
  }
  Caller& with(const std::vector<std::string>& texts) {
    vm::Root list(heap(), vm::make_list(heap(), true, 0));
    for (const std::string& text : texts) vm::list_append(heap(), list, vm::make_string(heap(), text));
    return with(strings_type, list.get());
  }
  Caller& with(const std::vector<std::int64_t>& numbers) {
    vm::Root list(heap(), vm::make_list(heap(), false, 0));
    for (const std::int64_t number : numbers) vm::list_append(heap(), list, static_cast<Slot>(number));
    return with(types::list_of(int_type), list.get());
  }
  Caller& with(vm::ChunkSource* source) { return with(stream_type, vm::make_handle(heap(), source)); }

  // The value; of a raised error "raised".
  Slot run(std::string_view word, const Type* result_type) {
    const vm::NativeEntry* const entry = vm::find_native_entry(word);
    REQUIRE(entry);
    again = blocked = 0;
    for (;;) {
      std::int64_t fuel = 0;
      Slot result = 0;
      vm::NativeCall call{*fibril_,     heap(), vm::argument_slots(*fibril_), static_cast<std::uint32_t>(types_.size()), types_,
                          result_type, &result, fuel};
      switch (entry->function(call)) {
        case vm::NativeStatus::done:
          code_.bitmaps[0] = 0;
          types_.clear();
          return result;
        case vm::NativeStatus::raised: raised = true; return 0;
        case vm::NativeStatus::again: ++again; break;
        case vm::NativeStatus::blocked: ++blocked; break;
      }
      vm::collect(heap());
    }
  }
  // The value as a program writes it.
  std::string show(std::string_view word, const Type* result_type) {
    const Slot value = run(word, result_type);
    if (raised) return "raised";
    return m31::data::show(result_type, vm::read(result_type, value));
  }
  naive::Pieces texts(std::string_view word) {
    const Slot list = run(word, strings_type);
    naive::Pieces out;
    for (std::size_t i = 0; i < vm::list_count(list); ++i) out.emplace_back(vm::text_of(vm::list_at(list, i)));
    return out;
  }
  vm::Fibril& fibril() { return *fibril_; }
  Slot argument(std::size_t i) { return vm::argument_slots(*fibril_)[i]; }

  int again = 0, blocked = 0;
  bool raised = false;

 private:
  m31::core::FnInstance instance_;
  m31::code::FnCode code_;
  vm::Fibril* fibril_;
  std::vector<const Type*> types_;
};

std::string large_text(std::mt19937_64& random) {
  std::string text;
  while (text.size() < 300000) text += naive::random_text(random, 1000);
  return text;
}

using m31::words::Stage;

}  // namespace

TEST_CASE("words, split, lines of a String and of a List") {
  REQUIRE(Caller().with("Don't, \xC3\xA9t\xC3\xA9\n").texts("words.string") == naive::Pieces{"Don", "t", "\xC3\xA9t\xC3\xA9"});
  REQUIRE(Caller().with(" a b\t").texts("split.string") == naive::Pieces{"a", "b"});
  REQUIRE(Caller().with("a\r\n\nb").texts("lines.string") == naive::Pieces{"a", "", "b"});
  REQUIRE(Caller().with("").texts("words.string").empty());
  REQUIRE(Caller().with(naive::Pieces{"a b", "", "c"}).texts("words.list") == naive::Pieces{"a", "b", "c"});

  const std::uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  const std::string text = large_text(random);
  const std::pair<const char*, Stage> words[] = {{"words", Stage::words}, {"split", Stage::split}, {"lines", Stage::lines}};
  for (const auto& [word, stage] : words) {
    Caller one;
    REQUIRE((one.with(text).texts(std::string(word) + ".string") == naive::apply(stage, text)));
    REQUIRE(one.again > 0);  // it was interrupted, and went on
    Caller all;
    const std::string half = text.substr(0, text.size() / 2);
    naive::Pieces expected = naive::apply(stage, half);
    const naive::Pieces again = expected;
    expected.push_back("x");
    expected.insert(expected.end(), again.begin(), again.end());
    REQUIRE((all.with(naive::Pieces{half, "x", "", half}).texts(std::string(word) + ".list") == expected));
    REQUIRE(all.again > 0);
  }
}

TEST_CASE("lower, upper, trim of a String and of a List, whose items stay as they were for others") {
  Caller accents;
  REQUIRE(vm::text_of(accents.with("\xC3\x89T\xFF").run("lower.string", string_type)) == "\xC3\xA9t\xFF");
  REQUIRE(Caller().with("ab").show("upper.string", string_type) == "\"AB\"");
  REQUIRE(Caller().with("\xC2\xA0 a b\n").show("trim.string", string_type) == "\"a b\"");
  REQUIRE(Caller().with(naive::Pieces{"A", "b", "Cd"}).texts("lower.list") == naive::Pieces{"a", "b", "cd"});
  REQUIRE(Caller().with(naive::Pieces{" A", "b "}).texts("trim.list") == naive::Pieces{"A", "b"});

  Caller shared;
  shared.with(naive::Pieces{"A", "B"});
  vm::share(shared.argument(0));
  vm::Root before(shared.heap(), shared.argument(0));
  REQUIRE(shared.texts("lower.list") == naive::Pieces{"a", "b"});
  REQUIRE(vm::text_of(vm::list_at(before.get(), 0)) == "A");

  const std::uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  const std::string text = large_text(random);
  for (const auto& [word, stage] : {std::pair{"lower.string", Stage::lower}, std::pair{"upper.string", Stage::upper}}) {
    Caller one;
    one.with(text);
    REQUIRE((vm::text_of(one.run(word, string_type)) == naive::apply(stage, text).front()));
    REQUIRE(one.again > 0);
  }
  naive::Pieces items, expected;
  for (int i = 0; i < 20000; ++i) {
    items.push_back("Item " + std::to_string(i));
    expected.push_back("ITEM " + std::to_string(i));
  }
  Caller many;
  REQUIRE(many.with(items).texts("upper.list") == expected);
  REQUIRE(many.again > 0);
}

TEST_CASE("streams gather stages, run them once, and wait for their source") {
  Source source({"The c", "at, the", "\r\n", "", "dog. THE ", "\xC3", "\x89", "t\xC3\xA9"});
  {
    Caller caller;
    const Slot words = caller.with(&source).run("words.stream", stream_type);
    const Slot lower = caller.with(stream_type, words).run("lower.stream", stream_type);
    REQUIRE(caller.with(stream_type, lower).show("freq.stream", counts_type) ==
            "[\"cat\": 1, \"dog\": 1, \"the\": 3, \"\xC3\xA9t\xC3\xA9\": 1]");
    REQUIRE(caller.blocked == 9);
    vm::collect(caller.heap());
  }
  REQUIRE(source.count == 0);
}

TEST_CASE("a stream of a source is one of lines; a loop pulls them one by one") {
  Source source({"a\nb", "c\r\n\nd"});
  {
    Caller caller;
    naive::Pieces items;
    caller.with(&source).with(0);
    for (;;) {
      const vm::NativeEntry* const entry = vm::find_native_entry("stream.next");
      std::int64_t fuel = 100;
      Slot result = 0;
      const Type* const argument_types[] = {stream_type, int_type};
      Slot* const args = vm::argument_slots(caller.fibril());
      vm::NativeCall call{caller.fibril(), caller.heap(), args, 2, argument_types, string_type, &result, fuel};
      const vm::NativeStatus status = entry->function(call);
      if (status == vm::NativeStatus::blocked) continue;
      REQUIRE(status == vm::NativeStatus::done);
      if (args[1] == 0) break;
      items.emplace_back(vm::text_of(result));
      vm::collect(caller.heap());
    }
    REQUIRE(items == naive::Pieces{"a", "bc", "", "d"});
  }
  REQUIRE(source.count == 0);
}

TEST_CASE("counting a stream; lines of lines are the lines") {
  Source source({"a b\n\nc\n"});
  Caller caller;
  const Slot lines = caller.with(&source).run("lines.stream", stream_type);
  REQUIRE(caller.with(stream_type, lines).show("count.stream", int_type) == "3");
}

TEST_CASE("one text as a stream") {
  Caller caller;
  const Slot words = caller.with("b a b").run("words.text", stream_type);
  REQUIRE(caller.with(stream_type, words).show("freq.stream", counts_type) == "[\"a\": 1, \"b\": 2]");
}

TEST_CASE("a stream is used once, and what its source cannot give is raised") {
  Source source({"x"});
  Caller caller;
  const Slot handle = vm::make_handle(caller.heap(), &source);
  vm::Root stream(caller.heap(), handle);
  caller.with(stream_type, stream.get()).run("words.stream", stream_type);
  caller.with(stream_type, stream.get()).run("words.stream", stream_type);
  REQUIRE(caller.raised);

  Source failing({"some"}, true);
  Caller other;
  other.with(&failing).run("freq.stream", counts_type);
  REQUIRE(other.raised);
}

TEST_CASE("freq of lists of texts and of anything else, in the order of the items") {
  REQUIRE(Caller().with(naive::Pieces{"b", "a", "", "b"}).show("freq.list", counts_type) == "[\"\": 1, \"a\": 1, \"b\": 2]");
  REQUIRE(Caller().with(naive::Pieces{}).show("freq.list", counts_type) == "[:]");
  REQUIRE(Caller().with(std::vector<std::int64_t>{3, -1, 3, 2}).show("freq.list", types::map_of(int_type, int_type)) ==
          "[-1: 1, 2: 1, 3: 2]");
  naive::Pieces items;
  std::map<std::string, std::int64_t> expected;
  for (int i = 0; i < 30000; ++i) {
    items.push_back("item " + std::to_string(i * 7 % 9001));
    ++expected[items.back()];
  }
  Caller caller;
  const Slot counts = caller.with(items).run("freq.list", counts_type);
  REQUIRE(caller.again > 0);
  const m31::data::Datum read = vm::read(counts_type, counts);
  std::string shown = "[";
  for (const auto& [word, count] : expected) shown += (shown.size() > 1 ? ", \"" : "\"") + word + "\": " + std::to_string(count);
  REQUIRE((m31::data::show(counts_type, read) == shown + "]"));
}

TEST_CASE("sort, sort by keys, uniq") {
  REQUIRE(Caller().with(naive::Pieces{"b", "\xC3\xA9", "", "B"}).texts("sort.list") == naive::Pieces{"", "B", "b", "\xC3\xA9"});
  const Type* const numbers_type = types::list_of(int_type);
  REQUIRE(Caller().with(std::vector<std::int64_t>{3, -1, 2}).show("sort.list", numbers_type) == "[-1, 2, 3]");
  REQUIRE(Caller().with(naive::Pieces{"x", "y", "z"}).with(std::vector<std::int64_t>{2, 1, 1}).texts("sort.keys") ==
          naive::Pieces{"y", "z", "x"});
  REQUIRE(Caller().with(naive::Pieces{"b", "a", "b", "c", "a"}).texts("uniq.list") == naive::Pieces{"b", "a", "c"});
  REQUIRE(Caller().with(std::vector<std::int64_t>{3, 3, -1, 3}).show("uniq.list", numbers_type) == "[3, -1]");

  const std::uint64_t seed = naive::fresh_seed();
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  std::vector<std::int64_t> numbers(50000);
  for (std::int64_t& number : numbers) number = static_cast<std::int64_t>(random() % 20000) - 10000;
  std::vector<std::int64_t> sorted = numbers;
  std::sort(sorted.begin(), sorted.end());
  for (const char* word : {"sort.list", "uniq.list"}) {
    Caller caller;
    const Slot list = caller.with(numbers).run(word, numbers_type);
    REQUIRE(caller.again > 0);
    std::vector<std::int64_t> got;
    for (std::size_t i = 0; i < vm::list_count(list); ++i) got.push_back(static_cast<std::int64_t>(vm::list_at(list, i)));
    if (word == std::string("uniq.list")) {
      std::sort(got.begin(), got.end());
      sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    }
    REQUIRE((got == sorted));
  }
}

TEST_CASE("top of a map and of a list: ties by key, any number wanted") {
  const Type* const pair = types::tuple_of(std::vector{string_type, int_type});
  const Type* const pairs_type = types::list_of(pair);
  const naive::Pieces items = {"c", "b", "a", "b", "c", "d"};
  for (const auto& [n, expected] : {std::pair{2, "[(\"b\", 2), (\"c\", 2)]"}, std::pair{0, "[]"}, std::pair{-1, "[]"},
                                    std::pair{9, "[(\"b\", 2), (\"c\", 2), (\"a\", 1), (\"d\", 1)]"},
                                    std::pair{5000, "[(\"b\", 2), (\"c\", 2), (\"a\", 1), (\"d\", 1)]"}}) {
    Caller caller;
    const Slot counts = caller.with(items).run("freq.list", counts_type);
    REQUIRE(caller.with(counts_type, counts).with(n).show("top.map", pairs_type) == expected);
  }
  REQUIRE(Caller().with(std::vector<std::int64_t>{3, 9, 1, 9}).with(3).show("top.list", types::list_of(int_type)) == "[9, 9, 3]");

  naive::Pieces many;
  for (int i = 0; i < 20000; ++i) many.push_back(std::to_string(i % 10000));
  many.push_back("777");
  for (const int n : {3, 2000}) {
    Caller caller;
    const Slot counts = caller.with(many).run("freq.list", counts_type);
    const std::string shown = caller.with(counts_type, counts).with(n).show("top.map", pairs_type);
    REQUIRE(shown.starts_with("[(\"777\", 3), (\"0\", 2), (\"1\", 2)"));
    REQUIRE(caller.again > 0);
  }
}

TEST_CASE("texts are asked, taken apart and made") {
  const std::string text = "h\xC3\xA9llo";
  REQUIRE(Caller().with(text).show("len.string", int_type) == "5");
  REQUIRE(Caller().with(text).with("llo").show("find.string", int_type) == "2");
  REQUIRE(Caller().with(text).with("x").show("find.string", int_type) == "-1");
  REQUIRE(Caller().with(text).with("").show("find.string", int_type) == "0");
  REQUIRE(Caller().with(text).with(1).show("index.string", string_type) == "\"\xC3\xA9\"");
  REQUIRE(Caller().with(text).with(-1).show("index.string", string_type) == "\"o\"");
  REQUIRE(Caller().with(text).with(5).show("index.string", string_type) == "raised");
  REQUIRE(Caller().with(text).with(-6).show("index.string", string_type) == "raised");
  REQUIRE(Caller().with(text).with(1).with(3).show("slice.string", string_type) == "\"\xC3\xA9l\"");
  REQUIRE(Caller().with(text).with(-2).with(5).show("slice.string", string_type) == "\"lo\"");
  REQUIRE(Caller().with(text).with(2).with(6).show("slice.string", string_type) == "raised");
  REQUIRE(Caller().with(text).with(2).with(1).show("slice.string", string_type) == "raised");
  REQUIRE(Caller().with(text).texts("chars.string") == naive::Pieces{"h", "\xC3\xA9", "l", "l", "o"});
  REQUIRE(Caller().with(text).show("reverse.string", string_type) == "\"oll\xC3\xA9h\"");
  REQUIRE(Caller().with("a,,b").with(",").texts("split.separator") == naive::Pieces{"a", "", "b"});
  REQUIRE(Caller().with("").with(",").texts("split.separator") == naive::Pieces{""});
  REQUIRE(Caller().with("aXbX").with("X").with("--").show("replace.string", string_type) == "\"a--b--\"");
  REQUIRE(Caller().with("ab").with(3).show("repeat.string", string_type) == "\"ababab\"");
  REQUIRE(Caller().with("ab").with(0).show("repeat.string", string_type) == "\"\"");
  REQUIRE(Caller().with("ab").with(std::int64_t{1} << 60).show("repeat.string", string_type) == "raised");
  REQUIRE(Caller().with(naive::Pieces{"a", "b", ""}).with("-").show("join.list", string_type) == "\"a-b-\"");
  REQUIRE(Caller().with("abc").with("bc").show("endsWith.string", types::basic(TypeKind::boolean)) == "True");
  REQUIRE(Caller().with("abc").with("d").show("contains.string", types::basic(TypeKind::boolean)) == "False");

  std::string repeated;
  for (int i = 0; i < 700000; ++i) repeated += "xyz";
  Caller caller;
  REQUIRE((vm::text_of(caller.with("xyz").with(700000).run("repeat.string", string_type)) == repeated));
}

TEST_CASE("numbers are read from whole texts only") {
  REQUIRE(Caller().with(" 42\n").show("parse.int", int_type) == "42");
  REQUIRE(Caller().with("+7").show("parse.int", int_type) == "7");
  REQUIRE(Caller().with("-9223372036854775808").show("parse.int", int_type) == "-9223372036854775808");
  for (const char* wrong : {"", "x", "1x", "1 2", "+-1", "0x10", "9223372036854775808", "1.0"}) {
    REQUIRE(Caller().with(wrong).show("parse.int", int_type) == "raised");
  }
  REQUIRE(Caller().with("2.5e3").show("parse.float", types::basic(TypeKind::float_)) == "2500.0");
  REQUIRE(Caller().with("2.5e").show("parse.float", types::basic(TypeKind::float_)) == "raised");
}
