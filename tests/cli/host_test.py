#!/usr/bin/python3
"""Files of this machine by pattern, and programs run by sh."""
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shell  # noqa: E402


class Host(shell.ShellTest):
    def make(self, *paths):
        for path in paths:
            whole = os.path.join(self.folder, "tree", path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="utf-8") as file:
                file.write(path)

    def found(self, pattern):
        done = self.assert_ok(self.code(f'host.list("tree/{pattern}")'))
        return [line.removeprefix("tree/") for line in done.text.split()]

    def test_any_number_of_folders(self):
        self.make("a.txt", "b.md", "x/a.txt", "x/y/z/a.txt", "x/y/b.txt", ".hidden/a.txt", "odd[1]/a.txt")
        os.symlink("..", os.path.join(self.folder, "tree", "x", "loop"))
        self.assertEqual(self.found("**/a.txt"), ["a.txt", "odd[1]/a.txt", "x/a.txt", "x/y/z/a.txt"])
        self.assertEqual(self.found("x/**/*.txt"), ["x/a.txt", "x/y/b.txt", "x/y/z/a.txt"])
        self.assertEqual(self.found("x/**"), ["x/a.txt", "x/y/b.txt", "x/y/z/a.txt"])
        self.assertEqual(self.found("**/y/**/a.*"), ["x/y/z/a.txt"])
        self.assertEqual(self.found("**/none"), [])
        self.assertEqual(self.found("*.{txt,md}"), ["a.txt", "b.md"])

    def test_sh_sees_the_environment_and_the_folder(self):
        self.make("a.txt")
        self.environment["SOME_NAME"] = "some value"
        self.assert_prints('sh("echo $SOME_NAME; ls tree") | lines | join(",")', "some value,a.txt")

    def test_what_sh_gives_is_bounded(self):
        done = self.code('try: sh("yes | head -c 300000000")\ncatch (e: errors.IoError): e.message', timeout_s=100)
        self.assertIn("gave more than 256 MiB and was stopped", self.assert_ok(done).text)

    def test_many_at_once(self):
        done = self.assert_ok(self.code('fn run(n: Int): sh("echo \\(n)") | trim | parse(Int)\n'
                                        'sys.gather([sys.spawn(run, [n]) for n in 0..50]) | sum', timeout_s=60))
        self.assertEqual(done.text, "1225\n")

    def test_what_ends_with_its_call(self):
        mark = os.path.join(self.folder, "mark")
        process = self.start("-c", f'sh("sleep 2; touch {mark}")')
        time.sleep(0.3)
        process.send_signal(2)
        process.communicate(timeout=20)
        time.sleep(2.2)
        self.assertFalse(os.path.exists(mark), "the program outlived Ctrl-C")


if __name__ == "__main__":
    unittest.main()
