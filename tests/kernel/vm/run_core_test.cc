// Hand-made core, through code generator and interpreter.
#include <catch2/catch.hpp>

#include "tests/kernel/vm/core_builder.h"
#include "tests/kernel/vm/lone_host.h"

using namespace m31;
using namespace m31::test;

namespace {

struct Ran {
  vm::RunStatus status;
  data::Datum value;      // result, or the error
  std::string shown;
};

Ran run_fn(const FnInstance* fn, std::vector<vm::Slot> scalars = {}) {
  code::Code code;
  const code::FnCode* made = code.generate(fn);
  vm::Fibril* fibril = vm::make_fibril(made, vm::Limits{});
  for (std::size_t i = 0; i < scalars.size(); ++i) vm::argument_slots(*fibril)[i] = scalars[i];
  LoneHost host;
  Ran ran;
  ran.status = run_to_end(*fibril, host);
  if (ran.status == vm::RunStatus::done) {
    ran.value = vm::result_datum(*fibril);
    ran.shown = data::show(fn->result, ran.value);
  } else if (ran.status == vm::RunStatus::trapped) {
    ran.value = vm::error_datum(*fibril);
    ran.shown = data::show(t_any(), ran.value);
  }
  vm::destroy(fibril);
  return ran;
}

}  // namespace

TEST_CASE("recursion and arithmetic") {
  Build b;
  auto* fib = b.fn("fib", {t_int()}, t_int());
  auto n = b.get(fib, 0);
  fib->body = b.if_(b.lt(n, b.integer(2)), n,
                    b.add(b.call(fib, {b.sub(n, b.integer(1))}), b.call(fib, {b.sub(n, b.integer(2))})));
  CHECK(run_fn(fib, {15}).shown == "610");
}

TEST_CASE("loops over a range and while") {
  Build b;
  auto* f = b.fn("f", {t_int()}, t_int());
  auto sum = b.local(f, t_int()), i = b.local(f, t_int());
  f->body = b.block({b.set(sum, b.integer(0)),
                     b.for_range(i, b.range(b.integer(0), b.get(f, 0)), b.set(sum, b.add(b.get(f, sum), b.get(f, i)))),
                     b.while_(b.lt(b.get(f, sum), b.integer(100000)), b.set(sum, b.mul(b.get(f, sum), b.integer(2)))),
                     b.get(f, sum)});
  CHECK(run_fn(f, {1000}).shown == "499500");
  CHECK(run_fn(f, {100}).shown == "158400");
}

TEST_CASE("lists keep value semantics") {
  Build b;
  auto ints = t_list(t_int());
  auto* f = b.fn("f", {}, types::tuple_of(std::vector<const Type*>{ints, ints}));
  auto xs = b.local(f, ints), ys = b.local(f, ints), i = b.local(f, t_int());
  f->body = b.block({b.set(xs, b.list(t_int(), {})),
                     b.for_range(i, b.range(b.integer(0), b.integer(5)), b.append(b.get(f, xs), b.get(f, i))),
                     b.set(ys, b.get(f, xs)), b.append(b.get(f, xs), b.integer(99)),
                     b.node(Op::make_tuple, f->result, {b.get(f, xs), b.get(f, ys)})});
  CHECK(run_fn(f).shown == "([0, 1, 2, 3, 4, 99], [0, 1, 2, 3, 4])");
}

TEST_CASE("places inside lists of lists") {
  Build b;
  auto ints = t_list(t_int()), grid = t_list(ints);
  auto* f = b.fn("f", {}, types::tuple_of(std::vector<const Type*>{grid, grid}));
  auto g = b.local(f, grid), h = b.local(f, grid), hole = b.local(f, ints);
  f->body = b.block({b.set(g, b.list(ints, {b.list(t_int(), {b.integer(1)}), b.list(t_int(), {b.integer(2)})})),
                     b.set(h, b.get(f, g)),
                     b.place_set(b.place(f, g, {b.item_step(grid, b.integer(0)), b.item_step(ints, b.integer(0))}), b.integer(7)),
                     b.place_modify(b.place(f, h, {b.item_step(grid, b.integer(-1))}), hole,
                                    b.append(b.get(f, hole), b.integer(3))),
                     b.node(Op::make_tuple, f->result, {b.get(f, g), b.get(f, h)})});
  CHECK(run_fn(f).shown == "([[7], [2]], [[1], [2, 3]])");
}

TEST_CASE("overflow is an error value that a try catches") {
  Build b;
  auto* f = b.fn("f", {t_int()}, t_int());
  auto e = b.local(f, t_any());
  f->body = b.try_(e, b.mul(b.get(f, 0), b.get(f, 0)), b.integer(-1));
  CHECK(run_fn(f, {5}).shown == "25");
  CHECK(run_fn(f, {static_cast<vm::Slot>(1) << 62}).shown == "-1");
  auto* g = b.fn("g", {t_int()}, t_int());
  g->body = b.mul(b.get(g, 0), b.get(g, 0));
  Ran ran = run_fn(g, {static_cast<vm::Slot>(1) << 62});
  CHECK(ran.status == vm::RunStatus::trapped);
  CHECK(ran.shown.find("does not fit") != std::string::npos);
}

TEST_CASE("endless recursion names the function") {
  Build b;
  auto* f = b.fn("forever", {t_int()}, t_int());
  f->body = b.add(b.integer(1), b.call(f, {b.get(f, 0)}));
  Ran ran = run_fn(f, {1});
  CHECK(ran.status == vm::RunStatus::trapped);
  CHECK(ran.shown.find("forever") != std::string::npos);
}

TEST_CASE("strings are joined and compared") {
  Build b;
  auto* f = b.fn("f", {}, t_string());
  auto s = b.local(f, t_string()), i = b.local(f, t_int());
  f->body = b.block({b.set(s, b.string("")),
                     b.for_range(i, b.range(b.integer(0), b.integer(300)), b.set(s, b.concat({b.get(f, s), b.string("ab")}))),
                     b.if_(b.prim(Prim::equal, t_bool(), {b.get(f, s), b.string("x")}), b.string("no"), b.get(f, s))});
  std::string expected = "\"";
  for (int k = 0; k < 300; ++k) expected += "ab";
  CHECK(run_fn(f).shown == expected + "\"");
}

TEST_CASE("var parameters are written back") {
  Build b;
  auto ints = t_list(t_int());
  auto* push = b.fn("push", {ints, t_int()}, t_none());
  push->is_var[0] = true;
  push->body = b.block({b.append(b.get(push, 0), b.get(push, 1)), b.none()});
  auto* f = b.fn("f", {}, types::tuple_of(std::vector<const Type*>{ints, ints}));
  auto xs = b.local(f, ints), ys = b.local(f, ints), i = b.local(f, t_int());
  f->body = b.block({b.set(xs, b.list(t_int(), {})), b.set(ys, b.get(f, xs)),
                     b.for_range(i, b.range(b.integer(0), b.integer(3)), b.call(push, {b.get(f, xs), b.get(f, i)})),
                     b.node(Op::make_tuple, f->result, {b.get(f, xs), b.get(f, ys)})});
  CHECK(run_fn(f).shown == "([0, 1, 2], [])");
}
