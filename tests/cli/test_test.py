#!/usr/bin/python3
"""m31sh test: test blocks and the examples of doc comments; and assert, which is there without it too."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402

GOOD = '''#!/usr/bin/m31sh
print("never printed by a test")
## Twice as much.  double(4) gives 8
## double("x") raises TypeError
fn double(n): if n == 0: raise errors.TypeError("zero") else: n * 2
factor = 3
test "doubles":
  n = double(factor)
  assert n == 6
  assert n > 5 and n < 7, "in between"
test "in one line": assert double(1) == 2; assert [] == []
print("neither is this")
'''


class Assert(shell.ShellTest):
    def test_shows_both_sides(self):
        self.assert_fails(self.code("x = 3\nassert x + 1 == 5"), "AssertionError: left is 4, right is 5", "-c:2:1")
        self.assert_fails(self.code('assert "a" in ["b"], "no \\(1 + 1)"'), 'AssertionError: no 2: left is "a", right is ["b"]')
        self.assert_fails(self.code("assert 2.5 < 1"), "left is 2.5, right is 1")
        self.assert_fails(self.code("assert 1 == 1 and 1 == 2"), "the condition is False")
        self.assert_fails(self.code("assert (False), 'said'"), "said: the condition is False")

    def test_holds(self):
        self.assert_prints("assert 1 == 1\nassert not False\nassert ([1] | count) == 1, 'x'\nxs = [1.5]\nassert xs == [1.5]\nassert xs[0] > 1\nprint('on')", "on")

    def test_sides_are_evaluated_once(self):
        self.assert_prints("fn f() -> Int:\n  print('ran')\n  1\nassert f() == 1", "ran")

    def test_is_caught_like_other_errors(self):
        self.assert_prints("try: assert 1 == 2\ncatch (e: errors.AssertionError): print(e.message)", "left is 1, right is 2")

    def test_is_a_name_elsewhere(self):
        self.assert_prints("assert = 3\ntest = 4\nprint(assert + test)", "7")

    def test_mistakes(self):
        self.assert_refused(self.code("assert 3"), "Bool")
        self.assert_refused(self.code("assert 1 == nosuch"), "nosuch")
        self.assert_refused(self.code('fn f():\n  test "x": assert True'), "a test stands by itself")


class Test(shell.ShellTest):
    def run_tests(self, text, status):
        done = self.run_shell("test", self.write("program.m31", text))
        self.assert_clean(done)
        self.assertEqual(done.status, status, done.text + done.complaint)
        return done

    def test_what_is_right(self):
        text = GOOD.replace('double("x") raises TypeError', "double(0) raises TypeError")
        self.assertEqual(self.run_tests(text, 0).text, "4 passed, 0 failed\n")
        path = self.write("program.m31", text)
        self.assert_ok(self.run_shell("fmt", "--check", path))
        self.assertEqual(self.assert_ok(self.run_shell(path)).text, "never printed by a test\nneither is this\n")

    def test_what_is_wrong_is_reported(self):
        done = self.run_tests("## One more.  more(1) gives 3\nfn more(n: Int): n + 1\n"
                              'test "wrong":\n  print("before")\n  assert more(1) == 3, "sums"\n', 1)
        self.assertEqual(done.text.count("FAILED"), 2)
        for said in ("program.m31:1: FAILED more(1) gives 3\n  it gives 2\n", 'program.m31:3: FAILED test "wrong"\n',
                     "sums: left is 2, right is 3", "program.m31:5:3", "it printed:\n  before\n", "0 passed, 2 failed\n"):
            self.assertIn(said, done.text)

    def test_each_runs_by_itself(self):
        done = self.run_tests('n = 1\ntest "a":\n  n = 2\n  left = 3\n  assert n == 2\ntest "b": assert n == 1\ntest "c": assert left == 3\n', 1)
        self.assertIn("2 passed, 1 failed", done.text)
        self.assertIn('FAILED test "c"', done.text)

    def test_an_ill_typed_test_fails_alone(self):
        done = self.run_tests('test "a": assert 1 == 1\ntest "b":\n  n: Int = "x"\n', 1)
        self.assertIn("program.m31:3:12: error: expected Int, found String", done.text)
        self.assertIn("1 passed, 1 failed", done.text)

    def test_a_file_that_is_none(self):
        self.run_tests("fn f(x: Int): x + 'a'\ntest 'a': assert True\n", 2)
        self.run_tests("fn f(\n", 2)
        self.assertEqual(self.run_shell("test", self.path("absent")).status, 2)
        self.assertEqual(self.run_shell("test").status, 2)

    def test_the_store_is_an_empty_one(self):
        text = ('fn keep():\n  fs.addSpace({key: "word", value: {freq: Int}})\n  fs.invoke({word: "a", freq: Int.incr})\n'
                'test "stores":\n  keep()\n  assert (fs.space("word") | count) == 1\n')
        self.run_tests(text, 0)
        self.run_tests(text, 0)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data", "m31", "store")))

    def test_fibrils_and_the_end(self):
        self.run_tests('fn sq(n: Int): n * n\ntest "gathers": assert sys.gather([spawn sq(i) for i in 0..4]) == [0, 1, 4, 9]\n', 0)
        self.assertIn("ended the session with status 3", self.run_tests('test "leaves": :exit 3\ntest "goes on": assert True\n'.replace(":exit 3", "shell.exit(3)"), 1).text)

    def test_prose_is_no_example(self):
        self.assertEqual(self.run_tests("## This gives the result that it gives.\n## It raises 3 hopes.\nfn f(x): x\n", 0).text, "0 passed, 0 failed\n")

    def test_examples_as_they_may_be_written(self):
        self.assertEqual(self.run_tests('## Sums.  xs = [1]; xs.append(2); total(xs) gives 3\n## total([0.5])  gives  0.5\n## [ "a" ] gives ["a"]\n'
                                        "## Slow.  as in total([1])\nfn total(xs): sum(xs)\n", 0).text, "4 passed, 0 failed\n")
        self.run_tests("## Slow.  as in nosuch([1])\nfn total(xs): sum(xs)\n", 1)


if __name__ == "__main__":
    unittest.main()
