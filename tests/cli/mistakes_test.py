#!/usr/bin/python3
"""Programs that are wrong, and what their writers get: one clear error, and no effect."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402


class IllTyped(shell.ShellTest):
    def test_no_effect_at_all(self):
        path = self.path("made")
        done = self.code(f'print("before")\nfs.addSpace({{key: "k", value: {{n: Int}}}})\nfs.invoke({{k: "a", n: Int.incr}})\n'
                         f'1 + "a"')
        self.assert_refused(done)
        self.assertFalse(os.path.exists(path))
        self.assertFalse(os.path.exists(self.path("data")), "a store was made by a program that was refused")

    def test_every_error_is_told(self):
        done = self.code('a = 1 + "x"\nb = nosuch(1)\nc = [1].nofield\n')
        self.assert_refused(done, "nosuch", "nofield")
        self.assertGreaterEqual(done.complaint.count("^"), 3)

    def test_file_line_and_source_line_are_named(self):
        path = self.write("wrong.m31", "x = 1\n\ny = x + True\n")
        self.assert_refused(self.run_shell(path), "wrong.m31", "3", "y = x + True")

    def test_misspelt_names_get_the_nearest(self):
        for code, nearest in [("stdin | wrods | freq", "words"), ("fn count(a): a\ncont(1)", "count"),
                              ("total = 1\nprint(totl)", "total"), ("r = {name: 1}\nr.nmae", "name")]:
            with self.subTest(code):
                self.assert_refused(self.code(code), nearest)

    def test_wrong_argument_for_a_function_shows_both_places(self):
        done = self.code("fn twice(x): x.upper()\n\ntwice(3)")
        self.assert_refused(done, "twice(3)", "x.upper()")

    def test_expected_and_found(self):
        self.assert_refused(self.code('x: Int = "seven"'), "Int", "String")


class IllFormed(shell.ShellTest):
    def one_error(self, code, *said):
        done = self.code(code)
        self.assert_refused(done, *said)
        self.assertLess(len(done.complaint), 4000)
        self.assertLessEqual(done.complaint.count("error"), 2, done.complaint)

    def test_unknown_escape(self):
        self.one_error('"a\\qb"', "\\q")

    def test_tab_in_indentation(self):
        self.one_error("if True:\n\tprint(1)\n", "tab")

    def test_unclosed_bracket(self):
        self.one_error("x = [1, 2\ny = 3\n")
        self.one_error("print((1 + 2)")

    def test_unopened_bracket(self):
        self.one_error("x = 1)")
        self.one_error("x = [1, 2)")

    def test_unclosed_string(self):
        self.one_error('x = "never closed\ny = 2\n')
        self.one_error('x = """never closed\ny = 2\n')

    def test_ten_thousand_nested_brackets(self):
        for opening in ("(", "[", "{a: ", "f(", "-", "not ", "x => "):
            with self.subTest(opening):
                done = self.code(opening * 10_000, timeout_s=20)
                self.assert_clean(done)
                self.assertEqual(done.status, 2)
                self.assertLess(len(done.complaint), 4000)
        deep = "[" * 10_000 + "]" * 10_000
        done = self.code(deep, timeout_s=20)
        self.assert_clean(done)
        self.assertEqual(done.status, 2)

    def test_ten_thousand_nested_blocks(self):
        code = "".join(" " * depth + "if True:\n" for depth in range(3_000))
        path = self.write("deep.m31", code + " " * 3_000 + "1\n")
        done = self.run_shell(path, timeout_s=20)
        self.assert_clean(done)
        self.assertEqual(done.status, 2)

    def test_other_languages_habits(self):
        for code, advice in [("f(b=3)", ":"), ("1 && 2", "and"), ("1 || 2", "or")]:
            with self.subTest(code):
                self.one_error(code, advice)

    def test_bytes_that_are_no_program(self):
        for name, data in [("nul", b"x = 1\0\n"), ("binary", bytes(range(256)) * 4), ("ill", b"x = \xff\xfe\n")]:
            with self.subTest(name):
                done = self.run_shell(self.write(f"{name}.m31", data))
                self.assert_clean(done)
                self.assertEqual(done.status, 2, done.complaint)

    def test_crlf_and_byte_order_mark_are_fine(self):
        path = self.write("crlf.m31", b"\xef\xbb\xbfx = 1\r\nif x == 1:\r\n  x = 2\r\nx\r\n")
        self.assertEqual(self.assert_ok(self.run_shell(path)).text, "2\n")


class Running(shell.ShellTest):
    def test_endless_recursion_names_the_function(self):
        self.assert_fails(self.code("fn digs(n): 1 + digs(n + 1)\ndigs(0)", timeout_s=60), "digs")

    def test_mutual_recursion_names_one_of_them(self):
        done = self.code("fn ping(n) -> Int: 1 + pong(n)\nfn pong(n) -> Int: 1 + ping(n)\nping(0)")
        self.assert_fails(done)
        self.assertRegex(done.complaint, "ping|pong")

    def test_errors_name_value_and_place(self):
        self.assert_fails(self.code("xs = [1, 2, 3]\nxs[7]"), "7", "xs[7]")
        self.assert_fails(self.code('m = ["a": 1]\nm["zebra"]'), "zebra")
        self.assert_fails(self.code("9_223_372_036_854_775_807 + 1"), "^")
        self.assert_fails(self.code("fn half(n): 10 // n\nhalf(0)"), "half")

    def test_output_before_an_error_is_kept(self):
        done = self.code('print("kept")\n[1][9]')
        self.assert_fails(done)
        self.assertEqual(done.text, "kept\n")

    def test_raise_and_catch(self):
        self.assert_prints("try: [1][9]\ncatch e: -1", "-1")

    def test_fibril_limit_names_limit_and_fibril(self):
        path = self.write("many.m31", "fn wait(n):\n  select: after 100s => n\ncs = []\n"
                                      "for i in 0..1000: cs.append(sys.spawn(wait, [i]))\nsys.collect(cs)\n")
        done = self.run_shell("--fibrils", "50", path)
        self.assert_fails(done, "50", "wait")

    def test_deadlock_is_no_silent_hang(self):
        done = self.code("s, r = chan(Int)\nr.recv()", timeout_s=20)
        self.assert_clean(done)
        self.assertNotEqual(done.status, 0)


if __name__ == "__main__":
    unittest.main()
