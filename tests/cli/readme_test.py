#!/usr/bin/python3
"""The lines that the README asks people to try do what people will expect of them."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402


def lines_to_try():
    with open(os.path.join(shell.SOURCE_DIR, "README.md"), encoding="utf-8") as file:
        section = file.read().split("## Ten lines to try", 1)[1]
    return [line.strip() for line in section.split("```")[1].splitlines() if line.strip()]


class Readme(shell.ShellTest):
    def test_each_line(self):
        lines = lines_to_try()
        self.assertTrue(lines[0].startswith("alias m31sh="))
        self.assertEqual(len(lines), 11)
        for line in lines[1:]:
            with self.subTest(line):
                done = subprocess.run(["bash", "-c", f'm31sh() {{ "{shell.SHELL}" "$@"; }}\n{line}'],
                                      cwd=shell.SOURCE_DIR, env=self.environment, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60 * shell.SLOW, check=False)
                refused = "wrods" in line
                self.assertEqual(done.returncode, 2 if refused else 0, done.stderr.decode())
                said = (done.stderr if refused else done.stdout).decode()
                for part, expected in [("wrods", "words"), ("x * x", "385"), ("fib(25)", "75025"), ('word: "a"})', "a\t2"),
                                       ("sq(i)", "16"), ("LICENSE", "the\t")]:
                    if part in line:
                        self.assertIn(expected, said)


if __name__ == "__main__":
    unittest.main()
