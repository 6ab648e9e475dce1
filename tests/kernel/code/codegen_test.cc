// What the code generator makes, seen in its dump.
#include <catch2/catch.hpp>

#include "tests/kernel/vm/core_builder.h"

using namespace m31;
using namespace m31::test;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

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
