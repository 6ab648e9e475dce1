// What the code generator makes, seen in its dump.
#include <catch2/catch.hpp>

#include "tests/kernel/vm/core_builder.h"
#include "tests/kernel/vm/whole_program.h"

using namespace m31;
using namespace m31::test;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string bytecode_of_f(const Programs& programs) {
  for (const code::FnCode* callee : programs.made->callees)
    if (callee->instance->name == "f") return code::dump(*callee);
  return "";
}

}  // namespace

TEST_CASE("a comparison and its jump are one instruction, small operands are immediate") {
  Build b;
  auto* f = b.fn("f", {t_int()}, t_int());
  f->body = b.if_(b.lt(b.get(f, 0), b.integer(2)), b.add(b.get(f, 0), b.integer(1)), b.get(f, 0));
  code::Code code;
  std::string text = code::dump(*code.generate(f));
  CHECK(has(text, "jump_ge_imm r0 2 -> "));
  CHECK(has(text, "add_imm r1 r0 1"));
  CHECK_FALSE(has(text, "load_int"));
}

TEST_CASE("a last use moves, any other use marks") {
  Build b;
  auto ints = t_list(t_int());
  auto* f = b.fn("f", {}, ints);
  auto xs = b.local(f, ints), ys = b.local(f, ints), zs = b.local(f, ints);
  f->body = b.block({b.set(xs, b.list(t_int(), {})), b.set(ys, b.get(f, xs)), b.append(b.get(f, ys), b.integer(1)),
                     b.set(zs, b.get(f, ys)), b.append(b.get(f, ys), b.integer(2)), b.append(b.get(f, zs), b.integer(3)),
                     b.get(f, ys)});
  code::Code code;
  std::string text = code::dump(*code.generate(f));
  CHECK(has(text, "move r1 r0"));          // xs is not used again
  CHECK(has(text, "move_share r2 r1"));    // ys is
}

TEST_CASE("safepoints name exactly the live references") {
  Build b;
  auto ints = t_list(t_int());
  auto* g = b.fn("g", {ints}, t_int());
  g->body = b.block({b.ret(b.len(b.get(g, 0)))});   // not inlined
  auto* f = b.fn("f", {ints, ints, t_int()}, t_int());
  f->body = b.add(b.add(b.call(g, {b.get(f, 0)}), b.call(g, {b.get(f, 1)})), b.get(f, 2));
  code::Code code;
  std::string text = code::dump(*code.generate(f));
  INFO(text);
  // While the first call runs, its own argument is the callee's; the second list is still needed.
  CHECK(has(text, "(under way): r1\n"));
  CHECK_FALSE(has(text, "(under way): r0"));
}

TEST_CASE("the hash follows what the code does, not where it lies") {
  auto make = [](std::int64_t step, std::string name) {
    Build b;
    auto* f = b.fn(std::move(name), {t_int()}, t_int());
    f->body = b.add(b.get(f, 0), b.integer(step));
    code::Code code;
    return code.generate(f)->hash;
  };
  CHECK(make(1, "f") == make(1, "f"));
  CHECK(make(1, "f") != make(2, "f"));
  CHECK(make(1, "f") != make(1, "g"));
}

TEST_CASE("jumps that a short distance cannot span") {
  Build b;
  auto* f = b.fn("f", {t_int()}, t_int());
  auto x = b.local(f, t_int());
  std::vector<const Expr*> body;
  for (int i = 0; i < 40'000; ++i) body.push_back(b.set(x, b.add(b.get(f, x), b.integer(1))));
  body.push_back(b.none());
  f->body = b.block({b.set(x, b.get(f, 0)), b.while_(b.lt(b.get(f, x), b.integer(90'000)), b.block(body)), b.get(f, x)});
  code::Code code;
  const code::FnCode* made = code.generate(f);
  CHECK(made->instructions.size() > 40'000);
  CHECK(has(code::dump(*made), "jump"));
}

TEST_CASE("a choice by text is one look, or one more for each guard") {
  auto bytecode = [](const std::string& source, const std::string& result) {
    Programs programs;
    CHECK(programs.run(source).text == result);
    return code::dump(*programs.made);
  };
  std::string text = bytecode("s = \"d\"\nmatch s:\n  \"a\" => 1\n  \"b\" | \"c\" => 2\n  \"d\" if s > \"x\" => 3\n  \"d\" => 4\n  _ => 5", "4");
  INFO(text);
  CHECK(has(text, "\"a\" -> "));
  CHECK(has(text, "\"d\" -> "));
  CHECK_FALSE(has(text, "text_eq"));
  std::size_t looks = 0;
  for (std::size_t at = 0; (at = text.find("switch_text", at)) != std::string::npos; ++at) ++looks;
  CHECK(looks == 2);
  CHECK_FALSE(has(bytecode("s = \"b\"\nif s == \"a\": 1 elif s == \"b\": 2 else: 3", "2"), "switch_text"));
}

TEST_CASE("a choice by text among very many, some of them guarded") {
  std::string source = "fn f(s: String, n: Int) -> Int:\n  match s:\n";
  for (int i = 0; i < 1000; ++i)
    source += "    \"key \\u{e4} " + std::to_string(i) + "\"" + (i % 3 ? "" : " if n < 5") + " => " + std::to_string(i) + "\n";
  source += "    _ => -1\nlist(0..1001) | map(i => f(\"key \\u{e4} \\(i)\", i % 10)) | sum";
  Programs programs;
  int expected = 0;
  for (int i = 0; i < 1000; ++i) expected += i % 3 || i % 10 < 5 ? i : -1;
  CHECK(programs.run(source).text == std::to_string(expected - 1));
}

TEST_CASE("superinstructions: a remainder that is compared, forwards and backwards") {
  Programs programs;
  CHECK(programs.run("fn f(n: Int) -> Int:\n  t = 0\n  i = -7\n  while i % 5 != 4 or i < n:\n    if i % 3 == 0: t += i\n    if i % 2 != 1: t += 1000\n"
                     "    i += 1\n  while i % 4 == 3 and t > 0: t -= 1\n  t * 100 + i\nf(20)", 3).text == "1507524");
  std::string text = bytecode_of_f(programs);
  INFO(text);
  CHECK(has(text, "jump_mod_ne "));
  CHECK(has(text, "jump_mod_ne_loop"));
  CHECK_FALSE(has(text, "mod_imm"));
}

TEST_CASE("superinstructions: parts of elements, products that are added up, changes in place") {
  Programs programs;
  CHECK(programs.run("type P = {x: Float, y: Float}\nfn f(ps: List[P], n: Int) -> Float:\n  qs = ps\n  t = 0.25\n  for i in 0..n:\n"
                     "    qs[i].x += qs[i].y * t\n    t = t + qs[i].x * qs[i].y\n  t + ps[0].x\n"
                     "f([P(x: 1.0, y: 2.0), P(x: 3.0, y: 4.0)], 2)").text == "68.25");
  std::string text = bytecode_of_f(programs);
  INFO(text);
  CHECK(has(text, "list_field"));
  CHECK(has(text, "float_mul_add"));
  CHECK_FALSE(has(text, " own r"));
}
