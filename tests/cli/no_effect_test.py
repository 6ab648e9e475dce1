#!/usr/bin/python3
"""A program that is refused has done nothing: every ill-typed program of tests/lang, each behind lines that would write to the
store, to a file, to a socket, to the output and run a program, beside a store that holds something."""
import glob
import os
import re
import socket
import threading
import unittest

import shell

PROGRAMS_MIN = 200


def refused_programs():
    """(name, text) of every program in tests/lang that says `# error:`."""
    found = []
    for path in sorted(glob.glob(os.path.join(shell.SOURCE_DIR, "tests/lang/**/*.m31"), recursive=True)):
        with open(path, encoding="utf-8", newline="") as file:
            parts = re.split(r"^# program: (.*)\n", file.read(), flags=re.M)
        programs = list(zip(parts[1::2], parts[2::2])) if len(parts) > 1 else [("", parts[0])]
        found += [(f"{os.path.basename(path)}: {name}", text) for name, text in programs if "# error:" in text]
    return found


class NoEffect(shell.ShellTest):
    def setUp(self):
        super().setUp()
        self.connections = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        threading.Thread(target=self.serve, daemon=True).start()
        self.effects = f"""print("printed")
host.write("{self.path('written')}", "text")
fs.addSpace({{key: "word", value: {{"freq": Int}}, opts: {{partitions: 8, failures: 2, versioning: False}}}})
fs.invoke({{word: "pi", freq: Int.incr}})
fs.addSpace({{key: "other", value: {{"n": Int}}, opts: {{partitions: 8, failures: 2, versioning: False}}}})
sh("touch {self.path('ran')}")
try: http.req("http://127.0.0.1:{self.server.getsockname()[1]}/")
catch e: None
"""

    def serve(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def seen(self):
        files = sorted(os.path.join(at, name) for at, _, names in os.walk(self.folder) for name in names)
        stored = self.code('print(fs.search({word: "pi"}), fs.spaces())')
        return files, stored.out, stored.err, self.connections

    def test_every_refused_program(self):
        self.assertEqual(self.run_shell("-", stdin=self.effects.encode()).status, 0)
        before = self.seen()
        self.assertEqual(self.connections, 1)
        for name in ("written", "ran"):
            os.remove(self.path(name))
        before = self.seen()
        programs = refused_programs()
        self.assertGreaterEqual(len(programs), PROGRAMS_MIN)
        for name, text in programs:
            with self.subTest(name):
                done = self.run_shell("-", stdin=(self.effects + text).encode())
                self.assertEqual((done.status, done.out), (2, b""), done.complaint)
        self.assertEqual(self.seen(), before)

    def test_the_lines_before_have_their_effects(self):
        done = self.run_shell("-", stdin=self.effects.encode())
        self.assertEqual((done.status, done.out), (0, b"printed\n"), done.complaint)
        files, stored, _, connections = self.seen()
        self.assertTrue({self.path("written"), self.path("ran")} <= set(files))
        self.assertIn(b"other", stored)
        self.assertGreater(connections, 0)


if __name__ == "__main__":
    unittest.main()
