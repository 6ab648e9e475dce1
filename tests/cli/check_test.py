#!/usr/bin/python3
"""m31sh check: every diagnostic of a program, which is not run; and --dump on what has no stages to show."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402

WRONG = 'print("never")\nhost.write("made", "x")\nn: Int = "text"\nm = wrods("a")\n'


class Check(shell.ShellTest):
    def test_a_right_program_says_nothing_and_is_not_run(self):
        path = self.write("right.m31", 'print("ran")\nhost.write("made", "x")\n')
        done = self.assert_ok(self.run_shell("check", path))
        self.assertEqual((done.out, done.err), (b"", b""))
        self.assertFalse(os.path.exists(self.path("made")))

    def test_a_wrong_program_shows_every_error_and_is_not_run(self):
        done = self.run_shell("check", self.write("wrong.m31", WRONG))
        self.assert_refused(done, "wrong.m31:3:", "expected Int", "wrong.m31:4:", "did you mean `words`?")
        self.assertFalse(os.path.exists(self.path("made")))

    def test_files_are_checked_each_by_itself(self):
        first = self.write("first.m31", "fn twice(n: Int): n * 2\n")
        second = self.write("second.m31", "print(twice(2))\n")
        self.assert_refused(self.run_shell("check", first, second), "second.m31:1:7", "twice")

    def test_json_for_machines(self):
        done = self.run_shell("check", "--json", self.write("wrong.m31", WRONG))
        self.assertEqual((done.status, done.err), (2, b""))
        first, second = json.loads(done.text)
        self.assertEqual(first["span"]["begin"], {"line": 3, "column": 10, "offset": 48})
        self.assertIn("expected Int", first["message"])
        self.assertEqual((second["severity"], os.path.basename(second["file"])), ("error", "wrong.m31"))
        edit = second["edits"][0]
        fixed = WRONG[:edit["span"]["begin"]["offset"]] + edit["text"] + WRONG[edit["span"]["end"]["offset"]:]
        self.assertIn('m = words("a")', fixed)
        self.assertEqual(self.run_shell("check", "--json", self.write("right.m31", "1")).text.strip(), "[]")

    def test_json_of_text_that_is_none(self):
        done = self.run_shell("check", "--json", self.write("bad.m31", b'x = "\xff\xfe" + 1\n'))
        self.assertEqual(done.status, 2)
        self.assertEqual(len(json.loads(done.text)), 1)

    def test_standard_input(self):
        self.assert_refused(self.run_shell("check", "-", stdin=b"1 +"), "<stdin>:1:")
        self.assert_ok(self.run_shell("check", "-", stdin=b"1 + 1"))

    def test_what_cannot_be_read(self):
        done = self.run_shell("check", self.path("absent.m31"), self.write("right.m31", "1"))
        self.assertEqual((done.status, done.out), (2, b""))
        self.assertIn("absent.m31: No such file", done.complaint)

    def test_the_command_line(self):
        for arguments in ([], ["--jsn", "x.m31"]):
            done = self.run_shell("check", *arguments)
            self.assertEqual((done.status, done.out), (2, b""))
            self.assertIn("m31sh check --help", done.complaint)
        self.assertIn("--json", self.assert_ok(self.run_shell("check", "--help")).text)
        self.assertIn("m31sh check", self.assert_ok(self.run_shell("--help")).text)

    def test_a_script_of_that_name(self):
        self.write("check", "print(1)\n")
        self.assertEqual(self.assert_ok(self.run_shell("./check")).text, "1\n")


class Dump(shell.ShellTest):
    def test_an_ill_typed_program_has_no_stages(self):
        for stage in ("types", "bytecode"):
            self.assert_refused(self.run_shell("--dump=" + stage, "-c", "n: Int = 'x'"), "expected Int")
        self.assert_refused(self.run_shell("--dump=ast", "-c", "1 +"))
        self.assertIn("int_lit", self.assert_ok(self.run_shell("--dump=ast", "-c", "n: Int = 1")).text)


if __name__ == "__main__":
    unittest.main()
